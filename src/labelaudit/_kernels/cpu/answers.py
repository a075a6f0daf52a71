"""What yes-or-no labels hold, in one byte each."""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP

# beside 0 and 1; a row has an answer that is none if one of its bytes has the bit
UNKNOWN, BAD = 2, 4


@njit(**LOOP)
def answers_of(labels):
    """0, 1, UNKNOWN for -1 or NaN, and BAD for anything else, as uint8."""
    n, k = labels.shape
    answers = np.empty((n, k), np.uint8)
    for i in range(n):
        for j in range(k):
            y = labels[i, j]
            answer = BAD
            if y == 0 or y == 1:  # noqa: PLR1714
                answer = 1 if y == 1 else 0
            elif y == -1 or y != y:  # noqa: PLR0124  NaN
                answer = UNKNOWN
            answers[i, j] = answer
    return answers


@njit(**LOOP)
def any_of(answers):
    """The bits that any of a row of answers has."""
    found = np.uint8(0)
    for j in range(answers.size):
        found |= answers[j]
    return found
