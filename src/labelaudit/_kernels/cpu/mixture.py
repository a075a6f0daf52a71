"""Probabilities of several models, mixed a block at a time."""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP, as_bits, plain_bits
from labelaudit._kernels.limits import LARGEST


@njit(**LOOP)
def add_share(mixed, probs, weight):
    """Add a model's share of probabilities, in place; return the first row that holds what is none, or -1."""
    n, k = probs.shape
    zero, share = probs.dtype.type(0), mixed.dtype.type(weight)
    most = as_bits(probs.dtype.type(LARGEST))
    first_bad = -1
    for i in range(n):
        greatest = as_bits(zero)
        for j in range(k):
            greatest = max(greatest, plain_bits(probs[i, j], zero))
            mixed[i, j] += share * probs[i, j]
        if first_bad < 0 and greatest > most:
            first_bad = i
    return first_bad


@njit(**LOOP)
def likeliest_weights(own, rounds, tolerance):
    """The weights on the simplex, (M,), that make the labels likeliest: expectation maximisation from equal ones.

    ``own`` is what each model gives each label, (n, M). No more than so many rounds are taken, fewer where no weight
    moves by more than the tolerance.
    """
    n, models = own.shape
    weights, total = np.full(models, 1.0 / models), np.empty(models)
    for _ in range(rounds):
        total[:] = 0.0
        for i in range(n):
            chance = 0.0
            for m in range(models):
                chance += weights[m] * own[i, m]
            for m in range(models):
                total[m] += weights[m] * own[i, m] / chance
        moved = 0.0
        for m in range(models):
            value = total[m] / n
            moved = max(moved, abs(value - weights[m]))
            weights[m] = value
        if moved < tolerance:
            break
    return weights
