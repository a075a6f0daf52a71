"""Mean distance to the k nearest points by brute force: exact, quadratic in time, linear in memory."""

import numpy as np
from numba import literal_unroll, njit

from labelaudit._kernels.cpu.bits import LOOP

# Counting passes before the rest is sorted out by exchanges. A pass vectorises and costs a tenth of what exchanging
# does; where distances are spread smoothly three leave next to nothing, and where they are not, more would not help.
_PASSES = 3
# A rest so small needs no further pass.
_FEW = 48


@njit(**LOOP)
def _distances(x, y, xs, ys, out):
    """Write the distances of (x, y) to all points to ``out``; return the greatest."""
    greatest = 0.0
    for j in range(xs.size):
        dx = xs[j] - x
        dy = ys[j] - y
        d = np.sqrt(dx * dx + dy * dy)
        out[j] = d
        greatest = d if d > greatest else greatest
    return greatest


@njit(**LOOP)
def _count_within(d, r):
    count = 0
    for j in range(d.size):
        count += 1 if d[j] <= r else 0
    return count


@njit(**LOOP)
def select(keys, start, stop, k, columns):
    """Reorder the columns, of which one is the keys, in [start, stop) so that keys[k] is in its sorted place.

    Nothing before it is greater, and nothing behind it less.
    """
    low, high = start, stop - 1
    while low < high:
        a, b, c = keys[low], keys[(low + high) // 2], keys[high]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = low, high
        while i <= j:
            while keys[i] < pivot:
                i += 1
            while keys[j] > pivot:
                j -= 1
            if i <= j:
                for column in literal_unroll(columns):
                    column[i], column[j] = column[j], column[i]
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            return


@njit(**LOOP)
def _sum_of_smallest(d, k, guess, greatest, rest):
    """Return the sum of the k smallest of d, and the k-th; ``rest`` is room for as many numbers as d has."""
    # invariant: fewer than k of d are <= low, at least k are <= high
    low, high = -1.0, greatest
    below, within = 0, d.size
    r = guess if 0.0 < guess < greatest else 0.5 * greatest
    for _ in range(_PASSES):
        if within - below <= _FEW or not (low < r < high):
            break
        count = _count_within(d, r)
        if count < k:
            low, below = r, count
        else:
            high, within = r, count
        # aim at a few dozen on the other side of k, so that both ends of the bracket move
        margin = 0.02 * (within - below)
        aim = k - below + (margin if count < k else -margin)
        bottom = low if low > 0.0 else 0.0
        r = bottom + (high - bottom) * (aim / (within - below))
    total = 0.0
    m = 0
    for j in range(d.size):
        if d[j] <= low:
            total += d[j]
        elif d[j] <= high:
            rest[m] = d[j]
            m += 1
    last = k - below - 1
    select(rest, 0, m, last, (rest,))
    for j in range(last + 1):
        total += rest[j]
    return total, rest[last]


@njit(**LOOP)
def exact_mean_distances(xs, ys, start, stop, k):
    """Mean distance of each of the points [start, stop) to its k nearest of all points, itself included."""
    d = np.empty(xs.size)
    rest = np.empty(xs.size)
    means = np.empty(stop - start)
    r = -1.0
    for i in range(start, stop):
        greatest = _distances(xs[i], ys[i], xs, ys, d)
        total, r = _sum_of_smallest(d, k, r, greatest, rest)
        means[i - start] = total / k
    return means
