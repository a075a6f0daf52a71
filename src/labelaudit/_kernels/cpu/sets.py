"""Rows of flags as lists of the columns that are set."""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP


@njit(**LOOP)
def _columns_set(flags, columns):
    n, k = flags.shape
    counts = np.empty(n, np.int64)
    filled = 0
    for i in range(n):
        before = filled
        for j in range(k):
            columns[filled] = j  # without a branch, which nobody could foresee; the next one takes its place if not set
            filled += np.int64(flags[i, j])
        counts[i] = filled - before
    return counts, columns[:filled].copy()


def columns_set(flags):
    """How many columns of each row of booleans are set, and those of one row after another."""
    # the narrower the less memory is touched, which is what takes the time
    kind = np.uint16 if flags.shape[1] <= 2**16 else np.int32
    return _columns_set(flags, np.empty(flags.size + 1, kind))
