"""Probabilities of pixels as their bits, unsigned integers.

numba cannot compute with float16; and of probabilities the greater one has the greater bits, while every negative
number, infinity and NaN has greater bits than any probability.
"""

import numpy as np

from labelaudit._kernels.limits import LARGEST

_BITS = {np.dtype(np.float16): np.uint16, np.dtype(np.float32): np.uint32, np.dtype(np.float64): np.uint64}


def bits_of(floats):
    """The bits of an array of floats of 16, 32 or 64 bits."""
    return floats.view(_BITS[floats.dtype])


def bit_constants(floats):
    """The bits of the largest probability, of 1, of NaN, and of -0.0, which is a probability too, in this type."""
    return bits_of(np.array([LARGEST, 1.0, np.nan, -0.0], floats.dtype))
