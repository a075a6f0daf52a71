"""The mean distance of every point to its k nearest, leaf by leaf of the tree."""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP
from labelaudit._kernels.cpu.nearest.search import group_sums, nearest_sum
from labelaudit._kernels.cpu.nearest.sums import CUBIC, count_within
from labelaudit._kernels.cpu.nearest.tree import CX, CY, LEAF, RADIUS

# The error of exp(-mean / scale) that a heavy point and the search may each cause, and the series four times; all of it
# counts twice, for the scale is the median of such means: 2 * (1 + 1 + 4) * 8e-7 < 1e-5, were every error at its bound.
_SHARE = 8e-7

# Far points may err more, for exp(-x) is flat there, but by no more than this share of their mean: their order counts.
_RELATIVE = 1e-4


@njit(**LOOP)
def _tolerance(least_mean, scale):
    """The error of a mean of at least ``least_mean`` that moves exp(-mean / scale) by no more than the share."""
    if least_mean <= 0.0:
        return _SHARE * scale
    return max(_SHARE * scale, min(_SHARE * scale * np.exp(least_mean / scale), _RELATIVE * least_mean))


@njit(**LOOP)
def _room(n):
    # entries that a group may list; where it would need more, its observers go one by one
    return int(200 * np.sqrt(n)) + 64


@njit(**LOOP)
def mean_distances(tree, leaves, k, scale):
    """Mean distances to the k nearest of the points of these leaves, neighbours in the order of the tree.

    ``scale``: about the median of all means, which says how large an error matters. Each call searches its first
    radius from nothing, so that the leaves can be shared out among calls in any way.
    """
    xs, ys, _, nodes, starts, stops, _ = tree
    offset = starts[leaves[0]]
    means = np.empty(stops[leaves[-1]] - offset)
    state, cubic, sums, room = np.empty(9), np.empty(CUBIC), np.empty(LEAF), np.empty((4, _room(xs.size)))
    # a rough first sum says where the block is
    px, py = xs[offset], ys[offset]
    rough = 1e-3 * nodes[0, RADIUS]
    total, r = nearest_sum(tree, px, py, k, -1.0, rough, state)
    mean = total / k - 3.0 * rough
    for v in leaves:
        begin, end = starts[v], stops[v]
        x, y, width = nodes[v, CX], nodes[v, CY], nodes[v, RADIUS]
        # a mean changes by no more than the observer moves
        way = np.sqrt((x - px) ** 2 + (y - py) ** 2)
        tolerance = _tolerance(mean - way - width, scale)
        if width == 0.0:
            # half of all points at one place are at distance zero exactly
            together = end - begin > 1 and count_within(tree, x, y, 0.0, 0.0) >= k
            total, r = nearest_sum(tree, x, y, k, 0.0 if together else r, tolerance, state)
            means[begin - offset : end - offset] = total / k
        else:
            group_r = group_sums(tree, v, k, r, tolerance, state, cubic, room, sums)
            for i in range(begin, end):
                if group_r < 0.0:
                    total, r = nearest_sum(tree, xs[i], ys[i], k, r, tolerance, state)
                else:
                    total, r = sums[i - begin], group_r
                means[i - offset] = total / k
        px, py, mean = xs[end - 1], ys[end - 1], total / k
    return means
