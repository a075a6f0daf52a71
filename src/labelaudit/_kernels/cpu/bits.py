"""The bits of a float as an unsigned integer, and a logarithm that vectorises.

Non-negative floats order as their bits do, and every negative number, infinity and NaN has greater bits than any
probability. So one integer maximum over a row finds its greatest probability and checks its range; LLVM turns it
into vector instructions, which it must not do for a float maximum while NaN is possible.
"""

import math

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload

from labelaudit._kernels.limits import LARGEST

# How every loop is compiled. Sums may be reordered into vector lanes; unlike fastmath=True nothing is assumed about
# NaN or infinity. A division by zero gives infinity, as in NumPy, for a check inside a loop would keep it scalar.
LOOP = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"reassoc", "contract", "arcp", "nsz"},
}

# For the inner functions that must keep their order and the sign of zero; LLVM inlines them with their own flags.
IN_ORDER = {"error_model": "numpy", "fastmath": {"contract"}}

_WIDTH = {types.float32: (types.uint32, 32), types.float64: (types.uint64, 64)}


def _bitcast(result, argument, ir_type):
    def build(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir_type)

    return result(argument), build


@intrinsic
def as_bits(typing, x):
    """The bits of a float32 or float64, as uint32 or uint64."""
    integer, width = _WIDTH[x]
    return _bitcast(integer, x, ir.IntType(width))


@intrinsic
def as_float(typing, bits):
    """The float32 or float64 with these bits (uint32 or uint64)."""
    return (
        _bitcast(types.float32, bits, ir.FloatType())
        if bits == types.uint32
        else _bitcast(types.float64, bits, ir.DoubleType())
    )


@njit(**IN_ORDER)
def greatest_bits(p):
    """The bits of the greatest of a row of probabilities; greater than those of 1 if one of them is none."""
    # -0.0 is a probability, and adding zero makes it +0.0
    zero = p.dtype.type(0)
    greatest = as_bits(zero)
    for j in range(p.size):
        bits = as_bits(p[j] + zero)
        if bits > greatest:
            greatest = bits
    return greatest


@njit(inline="always")
def usable(p, label, greatest):
    """Whether a row of probabilities, whose greatest bits these are, and its label can be scored."""
    return 0 <= label < p.size and greatest <= as_bits(p.dtype.type(LARGEST))


@njit(**IN_ORDER)
def first_equal(p, value):
    """The first place of a row that holds the value; a search that stops there would not vectorise."""
    k = np.int32(p.size)
    place = k
    for j in range(np.int32(0), k):
        place = min(place, np.int32(j) if p[j] == value else k)
    return place


# p = 2^e * m with m in [sqrt(1/2), sqrt(2)), read off the bits; ln m = 2 artanh(s), s = (m - 1) / (m + 1), so that
# |s| < 0.172 and the series of artanh needs 5 terms for a float32 and 11 for a float64.
_SQRT_HALF_64, _TO_ONE_64 = np.uint64(0x3FE6A09E667F3BCD), np.uint64(0x00095F619980C433)
_SQRT_HALF_32, _TO_ONE_32 = np.uint32(0x3F3504F3), np.uint32(0x004AFB0D)
_LN2 = math.log(2.0)


# the exponent's bias must not be cancelled against 2^52, as reordering would
@njit(**IN_ORDER)
def _log64(p):
    shifted = as_bits(p) + _TO_ONE_64
    # there is no vector conversion from 64-bit integers before AVX-512: put e into the mantissa of 2^52 instead
    exponent = as_float((shifted >> np.uint64(52)) | np.uint64(0x4330000000000000)) - float(2**52 + 1023)
    m = as_float((shifted & np.uint64(0x000FFFFFFFFFFFFF)) + _SQRT_HALF_64)
    s = (m - 1.0) / (m + 1.0)
    q = s * s
    series = 1 / 19 + q * (1 / 21)
    series = 1 / 17 + q * series
    series = 1 / 15 + q * series
    series = 1 / 13 + q * series
    series = 1 / 11 + q * series
    series = 1 / 9 + q * series
    series = 1 / 7 + q * series
    series = 1 / 5 + q * series
    series = 1 / 3 + q * series
    return exponent * _LN2 + 2.0 * s * (1.0 + q * series)


@njit(**IN_ORDER)
def _log32(p):
    # numba widens the sum of two uint32, so that each step says again that it is one
    one = np.float32(1)
    shifted = np.uint32(as_bits(p) + _TO_ONE_32)
    exponent = np.float32(np.int32(shifted >> np.uint32(23)) - np.int32(127))
    m = as_float(np.uint32((shifted & np.uint32(0x007FFFFF)) + _SQRT_HALF_32))
    s = (m - one) / (m + one)
    q = s * s
    series = np.float32(1 / 7) + q * np.float32(1 / 9)
    series = np.float32(1 / 5) + q * series
    series = np.float32(1 / 3) + q * series
    return exponent * np.float32(_LN2) + (s + s) * (one + q * series)


def natural_log(p):
    """Return ln p of a normal float > 0, to the rounding of its type; for 0 a finite number. Vectorises in loops."""
    raise NotImplementedError


@overload(natural_log)
def _(p):
    return (lambda p: _log32(p)) if p == types.float32 else (lambda p: _log64(p))
