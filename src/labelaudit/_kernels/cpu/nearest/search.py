"""The mean distance to the k nearest points over the tree.

With F(r) the sum of min(d, r) over all points minus (N - k) r, the sum of the k smallest distances is the maximum of F:
F is concave, its slope is k minus the number of points within r, and it is flat at the k-th distance. So F next to that
distance is already right to second order, and two tangents say how far below the maximum it can be.
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP
from labelaudit._kernels.cpu.nearest.sums import count_within, cubic_at, sum_within, survey
from labelaudit._kernels.cpu.nearest.tree import CX, CY, RADIUS

# State of a search: a bracket of the k-th distance, F and its slope at both ends (the slope is nan where the end has
# not been visited), the greatest F met and its r, and how often the same end has moved (negative: the upper one).
_LOW, _LOW_F, _LOW_SLOPE, _HIGH, _HIGH_F, _HIGH_SLOPE, _BEST, _BEST_R, _STREAK = range(9)
# Every second step at least halves the bracket once it stalls, so this is never reached; it only bounds the loop.
_MOST_STEPS = 400


@njit(**LOOP)
def _begin(state, low, high):
    state[:] = 0.0
    state[_LOW], state[_HIGH] = low, high
    state[_LOW_SLOPE] = state[_HIGH_SLOPE] = np.nan
    state[_BEST] = -np.inf


@njit(**LOOP)
def _shortfall(state):
    """How far the greatest F met can be below the maximum."""
    width = state[_HIGH] - state[_LOW]
    up, down = state[_LOW_SLOPE], state[_HIGH_SLOPE]
    if np.isnan(up):
        return state[_HIGH_F] - down * width - state[_BEST]
    if np.isnan(down):
        return state[_LOW_F] + up * width - state[_BEST]
    t = (state[_HIGH_F] - state[_LOW_F] - down * width) / (up - down)
    return state[_LOW_F] + up * t - state[_BEST]


@njit(**LOOP)
def _advance(state, r, total, count, k, density, enough):
    """Take in the sum and number of the distances up to r; return the next r to look at, or -1 where that is enough.

    ``density``: a guess of how fast the number grows with r. ``enough``: the shortfall that does not matter.
    """
    slope = k - count
    f = total + slope * r
    if f > state[_BEST]:
        state[_BEST], state[_BEST_R] = f, r
    if slope == 0.0:
        return -1.0
    if slope > 0.0:
        state[_LOW], state[_LOW_F], state[_LOW_SLOPE] = r, f, slope
        state[_STREAK] = max(state[_STREAK], 0.0) + 1.0
    else:
        state[_HIGH], state[_HIGH_F], state[_HIGH_SLOPE] = r, f, slope
        state[_STREAK] = min(state[_STREAK], 0.0) - 1.0
    low, high = state[_LOW], state[_HIGH]
    if _shortfall(state) <= enough or high - low <= 4e-16 * high:
        return -1.0
    streak = abs(state[_STREAK])
    up, down = state[_LOW_SLOPE], state[_HIGH_SLOPE]
    if np.isnan(up) or np.isnan(down):
        # a little further than the guess says, and further each time, to get the k-th distance between two visits
        r += 1.1 * slope / density * 2.0 ** (streak - 1.0)
    elif streak < 2.0:
        r = low + (high - low) * (up / (up - down))
    if not (low < r < high) or (streak >= 2.0 and not (np.isnan(up) or np.isnan(down))):
        r = 0.5 * (low + high)
    return r


@njit(**LOOP)
def _farthest(tree, x, y):
    # no distance from (x, y) is greater; a little more than that for rounding
    root = tree[3][0]
    return (np.sqrt((x - root[CX]) ** 2 + (y - root[CY]) ** 2) + root[RADIUS]) * (1.0 + 1e-12)


@njit(**LOOP)
def nearest_sum(tree, x, y, k, guess, tolerance, state):
    """Sum of the k smallest distances from (x, y), and about the k-th; ``guess``: where to look for that first."""
    farthest = _farthest(tree, x, y)
    _begin(state, 0.0, farthest)
    r = guess if 0.0 <= guess <= farthest else 0.5 * farthest
    for _ in range(_MOST_STEPS):
        total, count = sum_within(tree, x, y, r, tolerance)
        if r == 0.0 and count >= k:
            return 0.0, 0.0
        # twice that of a disc of one density would be 2 k / r; less overshoots, which costs little
        density = 1.5 * k / r if r > 0.0 else k / farthest
        r = _advance(state, r, total, count, k, density, tolerance * k)
        if r < 0.0:
            break
    return state[_BEST], state[_BEST_R]


@njit(**LOOP)
def _bracket(tree, x, y, k, guess, width, tolerance):
    """Two radii at most ``width`` apart with the k-th smallest distance from (x, y) between them."""
    low, high = 0.0, _farthest(tree, x, y)
    low_count, high_count = 0, tree[0].size
    step = 0.9 * width
    # the first two visits are on both sides of a good guess
    r = guess - 0.5 * step
    streak, visited_low, visited_high = 0, False, False
    for _ in range(_MOST_STEPS):
        if high - low <= width or high - low <= 4e-16 * high:
            break
        if not (low < r < high):
            r = 0.5 * (low + high)
        count = count_within(tree, x, y, r, tolerance)
        if count < k:
            low, low_count, visited_low = r, count, True
            streak = max(streak, 0) + 1
        else:
            high, high_count, visited_high = r, count, True
            streak = min(streak, 0) - 1
        if not (visited_low and visited_high):
            r = low + step if visited_low else high - step
            step *= 2.0
        elif abs(streak) < 2:
            # the ends of a window around where a straight line says
            r = low + (high - low) * ((k - low_count) / max(high_count - low_count, 1))
            r += 0.45 * width if r - low > high - r else -0.45 * width
        else:
            r = 0.5 * (low + high)
    return low, high


@njit(**LOOP)
def _pull(x, y, r, width, bx, by, bw):
    """How fast the k-th distance from (x, y) changes with x and y: the mean direction of the points near it."""
    gx, gy, weight = 0.0, 0.0, 0.0
    for j in range(bx.size):
        dx = x - bx[j]
        dy = y - by[j]
        d = np.sqrt(dx * dx + dy * dy)
        w = bw[j] / d if abs(d - r) <= width and d > 0.0 else 0.0
        gx += w * dx
        gy += w * dy
        weight += w * d
    return (gx / weight, gy / weight) if weight > 0.0 else (0.0, 0.0)


@njit(**LOOP)
def _listed_distances(x, y, bx, by, d):
    for j in range(bx.size):
        dx = x - bx[j]
        dy = y - by[j]
        d[j] = np.sqrt(dx * dx + dy * dy)


@njit(**LOOP)
def _listed_within(d, bw, r):
    total, count = 0.0, 0.0
    for j in range(d.size):
        w = bw[j] if d[j] <= r else 0.0
        total += w * d[j]
        count += w
    return total, count


@njit(**LOOP)
def group_sums(tree, leaf, k, guess, tolerance, state, cubic, room, sums):
    """The sums of the k smallest distances from each point of a leaf, and about the k-th of the last; -1 if no room.

    The k-th distance changes by no more than the observer moves. So all observers of the leaf share the points that are
    certainly within it, as a cubic, and look one by one only at a thin ring about the k-th distance of the centre.
    """
    xs, ys, _, nodes, starts, stops, _ = tree
    x, y, width = nodes[leaf, CX], nodes[leaf, CY], nodes[leaf, RADIUS]
    low, high = _bracket(tree, x, y, k, guess, 0.5 * width, tolerance)
    inside, m = survey(
        tree, x, y, width, low - 2.0 * width, high + 2.0 * width, tolerance, cubic, room[0], room[1], room[2]
    )
    if m < 0:
        return -1.0
    bx, by, bw, d = room[0, :m], room[1, :m], room[2, :m], room[3, :m]
    centre_r = 0.5 * (low + high)
    gx, gy = _pull(x, y, centre_r, 1.5 * width, bx, by, bw)
    wanted = k - inside
    r = centre_r
    for i in range(starts[leaf], stops[leaf]):
        hx, hy = xs[i] - x, ys[i] - y
        shift = np.sqrt(hx * hx + hy * hy)
        bottom, top = max(low - shift, 0.0), high + shift
        _begin(state, bottom, top)
        _listed_distances(xs[i], ys[i], bx, by, d)
        r = min(max(centre_r + gx * hx + gy * hy, bottom), top)
        while r >= 0.0:
            total, count = _listed_within(d, bw, r)
            r = _advance(state, r, total, count, wanted, 1.5 * k / max(centre_r, width), tolerance * k)
        r = state[_BEST_R]
        centre_r = r - gx * hx - gy * hy
        sums[i - starts[leaf]] = cubic_at(cubic, hx, hy) + state[_BEST]
    return r
