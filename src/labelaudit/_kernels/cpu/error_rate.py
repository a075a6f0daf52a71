"""What tells how many labels are wrong: sums over rows by class, and probabilities from log odds."""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP, exponential


@njit(**LOOP)
def class_counts(labels, classes):
    """How many labels are of each class, (K,); those that are of none are not counted."""
    counts = np.zeros(classes, np.int64)
    for i in range(labels.size):
        if 0 <= labels[i] < classes:
            counts[labels[i]] += 1
    return counts


@njit(**LOOP)
def logistic(log_odds):
    """The probabilities that have these log odds."""
    p = np.empty(log_odds.size)
    for i in range(log_odds.size):
        # of odds below 1 whatever the sign, so that nothing overflows
        odds = exponential(-abs(log_odds[i]))
        p[i] = (odds if log_odds[i] < 0.0 else 1.0) / (1.0 + odds)
    return p


@njit(**LOOP)
def logistic_sums(log_odds, shift):
    """The sum of the probabilities that have these log odds, all moved by the shift, and of their derivatives."""
    total, slope = 0.0, 0.0
    for i in range(log_odds.size):
        moved = log_odds[i] + shift
        odds = exponential(-abs(moved))
        inverse = 1.0 / (1.0 + odds)
        total += (odds if moved < 0.0 else 1.0) * inverse
        slope += odds * inverse * inverse
    return total, slope
