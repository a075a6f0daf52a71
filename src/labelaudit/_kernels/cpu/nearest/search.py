"""The mean distance to the k nearest points over the tree.

With F(r) the sum of min(d, r) over all points minus (N - k) r, the sum of the k smallest distances is the maximum of F:
F is concave, its slope is k minus the number of points within r, and it is flat at the k-th distance. So F next to that
distance is already right to second order, and two tangents say how far below the maximum it can be.
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP
from labelaudit._kernels.cpu.nearest.sums import cubic_at, sum_within, survey
from labelaudit._kernels.cpu.nearest.tree import CX, CY, RADIUS, START, STOP

# State of a search: a bracket of the k-th distance, F and its slope at both ends (the slope is nan where the end has
# not been visited), the greatest F met and its r, and how often the same end has moved (negative: the upper one).
_LOW, _LOW_F, _LOW_SLOPE, _HIGH, _HIGH_F, _HIGH_SLOPE, _BEST, _BEST_R, _STREAK = range(9)
STATE = 9
# Every second step at least halves the bracket once it stalls, so this is never reached; it only bounds the loop.
_MOST_STEPS = 400

# What is known of the last observer: where it is, its k-th distance and a bracket of that, how fast that changes with x
# and y, and the tolerance that the bracket holds to.
_X, _Y, _R, _FROM, _TO, _GX, _GY, _TOLERANCE = range(8)
TRAIL = 8

# How much further than the trail expects the k-th distances of a group may lie, in radii of the group. Found by trying.
_REACH = 0.4


@njit(**LOOP)
def start_trail(tree, x, y, trail):
    """Begin with nothing known but the bounds of all points."""
    root = tree[3][0]  # the ball of all points
    # a little more than the farthest point, for rounding
    farthest = (np.sqrt((x - root[CX]) ** 2 + (y - root[CY]) ** 2) + root[RADIUS]) * (1.0 + 1e-12)
    trail[:] = 0.0
    trail[_X], trail[_Y], trail[_R], trail[_FROM], trail[_TO] = x, y, 0.5 * farthest, 0.0, farthest


@njit(**LOOP)
def _expect(trail, x, y, tolerance, state):
    """Begin a search from (x, y), whose k-th distance differs by no more than the way there; return a guess of it."""
    hx, hy = x - trail[_X], y - trail[_Y]
    way = np.sqrt(hx * hx + hy * hy) + trail[_TOLERANCE] + tolerance
    state[:] = 0.0
    state[_LOW], state[_HIGH] = max(trail[_FROM] - way, 0.0), trail[_TO] + way
    state[_LOW_SLOPE] = state[_HIGH_SLOPE] = np.nan
    state[_BEST] = -np.inf
    r = trail[_R] + trail[_GX] * hx + trail[_GY] * hy
    return min(max(r, state[_LOW]), state[_HIGH])


@njit(**LOOP)
def _follow(trail, x, y, tolerance, state):
    """Take what a search has found for the last observer."""
    trail[_X], trail[_Y], trail[_TOLERANCE] = x, y, tolerance
    trail[_R], trail[_FROM], trail[_TO] = state[_BEST_R], state[_LOW], state[_HIGH]


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
        state[_LOW] = state[_HIGH] = r
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
def nearest_sum(tree, x, y, k, tolerance, state, trail):
    """Sum of the k smallest distances from (x, y); the trail knows where to look for the k-th, and follows."""
    r = _expect(trail, x, y, tolerance, state)
    for _ in range(_MOST_STEPS):
        total, count, trail[_GX], trail[_GY], density = sum_within(tree, x, y, r, tolerance)
        if density <= 0.0:
            density = 1.5 * k / r if r > 0.0 else k / state[_HIGH]
        r = _advance(state, r, total, count, k, density, tolerance * k)
        if r < 0.0:
            break
    _follow(trail, x, y, tolerance, state)
    return state[_BEST]


@njit(**LOOP)
def _pull(r, width, bx, by, bw):
    """How fast the k-th distance from the origin changes with x and y, and the number of points with the distance."""
    gx, gy, weight = 0.0, 0.0, 0.0
    for j in range(bx.size):
        d = np.sqrt(bx[j] * bx[j] + by[j] * by[j])
        w = np.float64(bw[j]) / d if abs(d - r) <= width and d > 0.0 else 0.0
        gx -= w * bx[j]
        gy -= w * by[j]
        weight += w * d
    return (gx / weight, gy / weight, weight / (2.0 * width)) if weight > 0.0 else (0.0, 0.0, 0.0)


@njit(**LOOP)
def _listed_distances(x, y, bx, by, d):
    """Write the distances of (x, y) to the points of a list to ``d``; return their sum."""
    x, y = bx.dtype.type(x), by.dtype.type(y)
    total = 0.0
    for j in range(bx.size):
        dx = x - bx[j]
        dy = y - by[j]
        d[j] = np.sqrt(dx * dx + dy * dy)
        total += d[j]
    return total


@njit(**LOOP)
def _listed_within(d, bw, r):
    """Sum of the distances of a list that are at most r, and how many they are, by their weights."""
    r = d.dtype.type(r)
    total, count = 0.0, 0.0
    for j in range(d.size):
        w = bw[j] if d[j] <= r else d.dtype.type(0)
        total += w * d[j]
        count += w
    return total, count


@njit(**LOOP)
def group_sums(tree, node, k, tolerance, state, trail, cubic, room, sums):
    """Write the sums of the k smallest distances from the points of a node to ``sums``; return for how many of them.

    The k-th distance changes by no more than the observer moves, and much as the trail expects. So all observers of the
    group share the points that are certainly within it, as a cubic, and look one by one only at a ring about the k-th
    distance of the centre. An observer whose k-th distance is not where the ring was laid ends the work of the group.
    """
    xs, ys, _, balls, _, links = tree
    x, y, width = balls[node, CX], balls[node, CY], balls[node, RADIUS]
    begin, end = links[node, START], links[node, STOP]
    unit = _expect(trail, x, y, tolerance, state)
    # the lists have 32 bits, enough for distances that are not much smaller than the coordinates seen from the centre
    if 2.0 * width > unit:
        return 0
    reach = (_REACH + np.sqrt(trail[_GX] ** 2 + trail[_GY] ** 2)) * width
    low, high = unit - reach, unit + reach
    inside, near, m = survey(tree, x, y, width, low - width, high + width, tolerance, cubic, unit, room)
    if m < 0:
        return 0
    nx, ny, nd = room[0, :near], room[1, :near], room[5, :near]
    bx, by, bw, d = room[2, :m], room[3, :m], room[4, :m], room[6, :m]
    gx, gy, density = _pull(1.0, reach / unit, bx, by, bw)
    density = density / unit if density > 0.0 else 1.5 * k / unit
    trail[_GX], trail[_GY] = gx, gy
    wanted = k - inside - near
    for i in range(begin, end):
        r = _expect(trail, xs[i], ys[i], tolerance, state)
        r = min(max(r, low), high)
        hx, hy = xs[i] - x, ys[i] - y
        _listed_distances(hx / unit, hy / unit, bx, by, d)
        while r >= 0.0:
            total, count = _listed_within(d, bw, r / unit)
            r = _advance(state, r, total * unit, count, wanted, density, tolerance * k)
            if r >= 0.0 and not low <= r <= high:
                return i - begin
        _follow(trail, xs[i], ys[i], tolerance, state)
        shared = cubic_at(cubic, hx, hy) + _listed_distances(hx / unit, hy / unit, nx, ny, nd) * unit
        sums[i - begin] = shared + state[_BEST]
    return end - begin
