"""The bits of a float as an unsigned integer, and a logarithm and an exponential that vectorise.

Non-negative floats order as their bits do, and every negative number, infinity and NaN has greater bits than any
probability. So one integer maximum over a row finds its greatest probability and checks its range; LLVM turns it
into vector instructions, which it must not do for a float maximum while NaN is possible.
"""

import math
import warnings

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload

from labelaudit._kernels.limits import LARGEST


def _can_be_kept() -> bool:
    """Whether there is a folder for what is compiled: without one, numba refuses to compile what is to be kept."""
    try:
        njit(cache=True)(_can_be_kept)
    except RuntimeError:
        warnings.warn(
            "no folder can be written to in which compiled code is kept, so that each process compiles anew; set "
            "NUMBA_CACHE_DIR to a folder that can",
            UserWarning,
            stacklevel=2,
        )
        return False
    return True


# How every loop is compiled. Sums may be reordered into vector lanes; unlike fastmath=True nothing is assumed about
# NaN or infinity. A division by zero gives infinity, as in NumPy, for a check inside a loop would keep it scalar.
LOOP = {
    "cache": _can_be_kept(),
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


def to_float(bits):
    """Return the float whose bits these are, uint16, uint32 or uint64; a float32 for a finite float16 >= 0."""
    raise NotImplementedError


@overload(to_float)
def _(bits):
    # where a float32 has them, the bits of a float16 make a number that is too small by the difference of the biases
    half = np.float32(2.0**112)
    if bits == types.uint16:
        return lambda bits: as_float(np.uint32(np.uint32(bits) << np.uint32(13))) * half
    return lambda bits: as_float(bits)


@njit(**IN_ORDER)
def plain_bits(p, zero):
    """The bits of a probability, those of +0.0 for -0.0, which is one too; ``zero`` is one of its type."""
    return as_bits(p + zero)


@njit(**IN_ORDER)
def greatest_bits(p):
    """The bits of the greatest of a row of probabilities; greater than those of 1 if one of them is none."""
    zero = p.dtype.type(0)
    greatest = as_bits(zero)
    for j in range(p.size):
        bits = plain_bits(p[j], zero)
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


# x = n * ln 2 + r with |r| <= ln 2 / 2; a sum with 1.5 * 2^52 rounds to the integer n and keeps it in its last bits, of
# which the exponent of e^r is made; the series of that needs 14 terms for a float64 and 8 for a float32. ln 2 comes in
# two parts, the first so short that its product with n is exact.
_LOG2E = 1 / _LN2
_LN2_HIGH_64, _LN2_LOW_64 = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_LN2_HIGH_32, _LN2_LOW_32 = np.float32(0.693359375), np.float32(-2.12194440e-4)
_ROUND_64, _ROUND_32 = 1.5 * 2**52, np.float32(1.5 * 2**23)
# below, e^x is no normal float
_LEAST_64, _LEAST_32 = -708.0, np.float32(-87.0)
_FACTORIALS = tuple(1 / math.factorial(k) for k in range(14))
(_C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12, _C13) = _FACTORIALS[2:]
(_F2, _F3, _F4, _F5, _F6, _F7) = (np.float32(term) for term in _FACTORIALS[2:8])


@njit(**IN_ORDER)
def _exp64(x):
    rounded = x * _LOG2E + _ROUND_64
    n = rounded - _ROUND_64
    r = x - n * _LN2_HIGH_64 - n * _LN2_LOW_64
    series = _C12 + r * _C13
    series = _C11 + r * series
    series = _C10 + r * series
    series = _C9 + r * series
    series = _C8 + r * series
    series = _C7 + r * series
    series = _C6 + r * series
    series = _C5 + r * series
    series = _C4 + r * series
    series = _C3 + r * series
    series = _C2 + r * series
    series = 1.0 + r * (1.0 + r * series)
    result = as_float(as_bits(series) + (as_bits(rounded) << np.uint64(52)))
    return 0.0 if x < _LEAST_64 else result


@njit(**IN_ORDER)
def _exp32(x):
    one = np.float32(1)
    rounded = x * np.float32(_LOG2E) + _ROUND_32
    n = rounded - _ROUND_32
    r = x - n * _LN2_HIGH_32 - n * _LN2_LOW_32
    series = _F6 + r * _F7
    series = _F5 + r * series
    series = _F4 + r * series
    series = _F3 + r * series
    series = _F2 + r * series
    series = one + r * (one + r * series)
    result = as_float(np.uint32(as_bits(series) + np.uint32(as_bits(rounded) << np.uint32(23))))
    return np.float32(0) if x < _LEAST_32 else result


def exponential(x):
    """Return e^x of a float <= 0, to the rounding of its type; 0 below -708 or -87. Vectorises in loops."""
    raise NotImplementedError


@overload(exponential)
def _(x):
    return (lambda x: _exp32(x)) if x == types.float32 else (lambda x: _exp64(x))


@njit
def entropy_score(entropy, own):
    """ln(1 + e) / e with e = entropy / own, continued to 1 at e = 0 and to 0 at e = infinity."""
    if own <= 0.0:
        return 0.0
    e = entropy / own
    if e == 0.0:
        return 1.0
    return math.log1p(e) / e if e < math.inf else 0.0
