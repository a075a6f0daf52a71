"""The mean distance of every point to its k nearest, group by group of neighbours."""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP
from labelaudit._kernels.cpu.nearest.search import STATE, TRAIL, group_sums, nearest_sum, start_trail
from labelaudit._kernels.cpu.nearest.sums import CUBIC, count_within
from labelaudit._kernels.cpu.nearest.tree import CX, CY, GROUP, RADIUS, START, STOP

# The error of exp(-mean / scale) that a heavy point and the search may each cause, and the series four times; all of it
# counts twice, for the scale is the median of such means; what lists of 32 bits add is 1e-7 at most. That makes
# 2 * ((1 + 1 + 4) * 8e-7 + 1e-7) < 1e-5, were every error at its bound.
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
    # entries that a group may list; where it would need more, its observers go one by one. Found by trying.
    return int(50 * np.sqrt(n)) + 64


@njit(**LOOP)
def mean_distances(tree, groups, k, scale):
    """Mean distances to the k nearest of the points of these groups, neighbours in the order of the tree.

    ``scale``: about the median of all means, which says how large an error matters. Each call searches its first
    radius from nothing, so that the groups can be shared out among calls in any way.
    """
    xs, ys, _, balls, _, links = tree
    offset = links[groups[0], START]
    means = np.empty(links[groups[-1], STOP] - offset)
    state, trail, cubic = np.empty(STATE), np.empty(TRAIL), np.empty(CUBIC)
    sums, room = np.empty(GROUP), np.empty((7, _room(xs.size)), np.float32)
    # a rough first sum says where the block is
    px, py = xs[offset], ys[offset]
    rough = 1e-3 * balls[0, RADIUS]
    start_trail(tree, px, py, trail)
    mean = nearest_sum(tree, px, py, k, rough, state, trail) / k - 3.0 * rough
    for v in groups:
        begin, end = links[v, START], links[v, STOP]
        x, y, width = balls[v, CX], balls[v, CY], balls[v, RADIUS]
        # a mean changes by no more than the observer moves
        way = np.sqrt((x - px) ** 2 + (y - py) ** 2)
        tolerance = _tolerance(mean - way - width, scale)
        if width == 0.0:
            # half of all points at one place are at distance zero exactly
            together = end - begin > 1 and count_within(tree, x, y, 0.0, 0.0) >= k
            total = 0.0 if together else nearest_sum(tree, x, y, k, tolerance, state, trail)
            means[begin - offset : end - offset] = total / k
        else:
            done = group_sums(tree, v, k, tolerance, state, trail, cubic, room, sums)
            for i in range(begin, end):
                alone = i - begin >= done
                total = nearest_sum(tree, xs[i], ys[i], k, tolerance, state, trail) if alone else sums[i - begin]
                means[i - offset] = total / k
        px, py, mean = xs[end - 1], ys[end - 1], total / k
    return means
