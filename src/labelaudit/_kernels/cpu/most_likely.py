"""The most likely class of each pixel of a block, whose probabilities are carried as their bits (see ``segmentation``).

Rows are taken four at a time, so that the best of each pixel is carried to and fro once for four of its probabilities.
"""

import numpy as np
from numba import njit, types
from numba.extending import overload

from labelaudit._kernels.cpu.bits import IN_ORDER, LOOP, to_float


@njit(**IN_ORDER)
def _challenge(row, this, minus_zero, best, place, sums):
    zero = row.dtype.type(0)
    for i in range(row.size):
        p = zero if row[i] == minus_zero else row[i]
        sums[i] += to_float(p)
        greatest = max(best[i], p)
        place[i] = place[i] if greatest == best[i] else this
        best[i] = greatest


@njit(**IN_ORDER)
def _challenge_by_four(a, b, c, d, first, minus_zero, best, place, sums):
    """The same for four rows."""
    zero, one = a.dtype.type(0), a.dtype.type(1)
    second = a.dtype.type(first + one)
    third = a.dtype.type(second + one)
    fourth = a.dtype.type(third + one)
    for i in range(a.size):
        p = zero if a[i] == minus_zero else a[i]
        q = zero if b[i] == minus_zero else b[i]
        r = zero if c[i] == minus_zero else c[i]
        s = zero if d[i] == minus_zero else d[i]
        sums[i] += (to_float(p) + to_float(q)) + (to_float(r) + to_float(s))
        of_two, of_others = (second if q > p else first), (fourth if s > r else third)
        greatest_of_two, greatest_of_others = max(p, q), max(r, s)
        of_four = of_others if greatest_of_others > greatest_of_two else of_two
        greatest = max(greatest_of_two, greatest_of_others)
        place[i] = of_four if greatest > best[i] else place[i]
        best[i] = max(best[i], greatest)


@njit(**IN_ORDER)
def _key(half, inverse):
    """A number that holds a probability and, below it, its class, the lower the greater."""
    return np.uint32(np.uint32(np.uint32(half) << np.uint32(16)) | inverse)


@njit(**IN_ORDER)
def _challenge_half(row, inverse, minus_zero, keys, sums):
    zero = row.dtype.type(0)
    for i in range(row.size):
        p = zero if row[i] == minus_zero else row[i]
        sums[i] += to_float(p)
        keys[i] = max(keys[i], _key(p, inverse))


@njit(**IN_ORDER)
def _challenge_half_by_four(a, b, c, d, inverse, minus_zero, keys, sums):
    zero = a.dtype.type(0)
    for i in range(a.size):
        p = zero if a[i] == minus_zero else a[i]
        q = zero if b[i] == minus_zero else b[i]
        r = zero if c[i] == minus_zero else c[i]
        s = zero if d[i] == minus_zero else d[i]
        sums[i] += (to_float(p) + to_float(q)) + (to_float(r) + to_float(s))
        of_two = max(_key(p, inverse), _key(q, np.uint32(inverse - np.uint32(1))))
        of_others = max(_key(r, np.uint32(inverse - np.uint32(2))), _key(s, np.uint32(inverse - np.uint32(3))))
        keys[i] = max(keys[i], of_two, of_others)


@njit(**LOOP)
def _most_likely_of_floats(bits, start, stop, minus_zero, best, place, sums):
    best[:] = bits.dtype.type(0)
    place[:] = bits.dtype.type(0)
    classes = bits.shape[0]
    by_four = classes // 4 * 4
    for k in range(0, by_four, 4):
        a, b, c, d = bits[k, start:stop], bits[k + 1, start:stop], bits[k + 2, start:stop], bits[k + 3, start:stop]
        _challenge_by_four(a, b, c, d, bits.dtype.type(k), minus_zero, best, place, sums)
    for k in range(by_four, classes):
        _challenge(bits[k, start:stop], bits.dtype.type(k), minus_zero, best, place, sums)


@njit(**LOOP)
def _most_likely_of_halves(bits, start, stop, minus_zero, best, place, sums):
    # one maximum of numbers that hold both; two of 16 bits each do not become vector instructions, which takes seven
    # times as long
    last = np.uint32(0xFFFF)
    keys = np.zeros(stop - start, np.uint32)
    classes = bits.shape[0]
    by_four = classes // 4 * 4
    for k in range(0, by_four, 4):
        a, b, c, d = bits[k, start:stop], bits[k + 1, start:stop], bits[k + 2, start:stop], bits[k + 3, start:stop]
        _challenge_half_by_four(a, b, c, d, np.uint32(last - np.uint32(k)), minus_zero, keys, sums)
    for k in range(by_four, classes):
        _challenge_half(bits[k, start:stop], np.uint32(last - np.uint32(k)), minus_zero, keys, sums)
    for i in range(keys.size):
        best[i] = keys[i] >> np.uint32(16)
        place[i] = last - (keys[i] & last)


def most_likely_of_block(bits, start, stop, minus_zero, best, place, sums):
    """The greatest probability of each pixel of a block, its class, the first on ties, and the sum of all."""
    raise NotImplementedError


@overload(most_likely_of_block)
def _(bits, start, stop, minus_zero, best, place, sums):
    of_kind = _most_likely_of_halves if bits.dtype == types.uint16 else _most_likely_of_floats
    return lambda bits, start, stop, minus_zero, best, place, sums: of_kind(
        bits, start, stop, minus_zero, best, place, sums
    )
