"""How many scores become one, on the CPU.

Segment i of the flat scores is ``scores[offsets[i] : offsets[i + 1]]``. Scores are not negative: rounding below 0
counts as 0. NaN is no score and left out; where nothing is left the segment scores 1.
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP, as_bits, as_float, exponential


@njit(inline="always")
def _least(values):
    # the bits of NaN are above those of infinity, with which the search begins
    zero = values.dtype.type(0)
    least = as_bits(values.dtype.type(np.inf))
    for i in range(values.size):
        value = values[i]
        bits = as_bits(zero if value <= zero else value)
        if bits < least:
            least = bits
    return as_float(least)


@njit(inline="always")
def softmin_of(values, temperature):
    """The softmin of a contiguous array that is not empty, for other kernels to call; NaN is left out."""
    zero = values.dtype.type(0)
    least = _least(values)
    if not least < np.inf:
        return values.dtype.type(1)
    inverse = 1.0 / temperature if temperature > 0.0 else np.inf
    if inverse == np.inf:
        return least
    scale = values.dtype.type(inverse)
    total = 0.0
    weights = 0.0
    for i in range(values.size):
        # NaN becomes 0 before the exponential and its weight 0 after it: LLVM would branch on a sum that is left out
        value = values[i] if values[i] > zero else zero
        weight = exponential((least - value) * scale)
        weight = zero if np.isnan(values[i]) else weight
        weights += weight
        total += weight * value
    return values.dtype.type(min(max(total / weights, np.float64(least)), 1.0))


@njit(**LOOP)
def softmin(scores, offsets, temperature):
    """The sum of s * softmax((1 - s) / temperature) over each segment: the least at 0, the mean at infinity."""
    segments = offsets.size - 1
    pooled = np.ones(segments, scores.dtype)
    for i in range(segments):
        if offsets[i] < offsets[i + 1]:
            pooled[i] = softmin_of(scores[offsets[i] : offsets[i + 1]], temperature)
    return pooled


@njit(**LOOP)
def minimum(scores, offsets):
    """The least score of each segment."""
    segments = offsets.size - 1
    pooled = np.ones(segments, scores.dtype)
    for i in range(segments):
        least = _least(scores[offsets[i] : offsets[i + 1]])
        pooled[i] = least if least < np.inf else 1.0
    return pooled
