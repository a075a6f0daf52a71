"""A k-d tree whose nodes know what a far observer needs: centroid, radius, second and third central moments.

Nodes lie in preorder: the first child of node v is v + 1, and its SKIP is the node after its subtree, so that a walk
needs no stack. A node is a leaf where that is v + 1. The points of a node are the range START to STOP of the reordered
points. What a walk asks of every node it comes by lies together and apart from what it asks of few, for a walk is as
fast as nodes come out of memory.
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP
from labelaudit._kernels.cpu.nearest.exact import select

# Most distinct points of a leaf, and of a group of observers that share a survey. Found by trying.
LEAF = 16
GROUP = 32

# Columns of ``balls``; VARIANCE is the mean squared distance from the centroid.
CX, CY, RADIUS, VARIANCE = range(4)
# Columns of ``moments``, which are sums.
COUNT, XX, XY, YY, XXX, XXY, XYY, YYY = range(8)
# Columns of ``links``.
START, STOP, SKIP = range(3)


@njit(**LOOP)
def _extent(values, start, stop):
    least, greatest = values[start], values[start]
    for j in range(start + 1, stop):
        least = min(least, values[j])
        greatest = max(greatest, values[j])
    return least, greatest


@njit(**LOOP)
def _describe(ball, moments, xs, ys, start, stop):
    """Fill a node with the centroid and moments of the points [start, stop)."""
    count = stop - start
    # relative to one of the points, so that a small far cluster keeps its digits
    x0, y0 = xs[start], ys[start]
    cx, cy = 0.0, 0.0
    for j in range(start, stop):
        cx += xs[j] - x0
        cy += ys[j] - y0
    cx = x0 + cx / count
    cy = y0 + cy / count
    ball[CX], ball[CY], moments[COUNT] = cx, cy, count
    farthest = 0.0
    xx, xy, yy = 0.0, 0.0, 0.0
    xxx, xxy, xyy, yyy = 0.0, 0.0, 0.0, 0.0
    for j in range(start, stop):
        dx = xs[j] - cx
        dy = ys[j] - cy
        dxx, dxy, dyy = dx * dx, dx * dy, dy * dy
        farthest = max(farthest, dxx + dyy)
        xx += dxx
        xy += dxy
        yy += dyy
        xxx += dxx * dx
        xxy += dxx * dy
        xyy += dyy * dx
        yyy += dyy * dy
    ball[RADIUS] = np.sqrt(farthest)
    ball[VARIANCE] = (xx + yy) / count
    moments[XX], moments[XY], moments[YY] = xx, xy, yy
    moments[XXX], moments[XXY], moments[XYY], moments[YYY] = xxx, xxy, xyy, yyy


@njit(**LOOP)
def _grow(xs, ys, order, balls, moments, links, right):
    """Split ranges at the median of their wider side, in place; return the number of nodes."""
    # one waiting range per level, and halving has at most 64 levels
    waiting = np.empty((65, 3), np.int64)
    waiting[0, 0], waiting[0, 1], waiting[0, 2] = 0, xs.size, -1
    depth, m = 1, 0
    while depth > 0:
        depth -= 1
        start, stop, parent = waiting[depth, 0], waiting[depth, 1], waiting[depth, 2]
        links[m, START], links[m, STOP], right[m] = start, stop, -1
        if parent >= 0:
            right[parent] = m
        _describe(balls[m], moments[m], xs, ys, start, stop)
        x_low, x_high = _extent(xs, start, stop)
        y_low, y_high = _extent(ys, start, stop)
        width = max(x_high - x_low, y_high - y_low)
        # duplicates are one heavy point however many they are
        if width > 0.0 and stop - start > LEAF:
            middle = (start + stop) // 2
            select(xs if width == x_high - x_low else ys, start, stop, middle, (xs, ys, order))
            waiting[depth, 0], waiting[depth, 1], waiting[depth, 2] = middle, stop, m
            waiting[depth + 1, 0], waiting[depth + 1, 1], waiting[depth + 1, 2] = start, middle, -1
            depth += 2
        m += 1
    return m


@njit(**LOOP)
def _link(links, right, m):
    for v in range(m - 1, -1, -1):
        links[v, SKIP] = links[right[v], SKIP] if right[v] >= 0 else v + 1


@njit(**LOOP)
def build_tree(xs, ys):
    """Return (xs, ys, order, balls, moments, links): the points in the order of the tree, and its nodes."""
    n = xs.size
    xs = xs.copy()
    ys = ys.copy()
    order = np.arange(n).astype(np.int32)
    # a half of more than LEAF points has at least LEAF // 2 of them
    most = 2 * (n // (LEAF // 2) + 1)
    balls, moments, links = np.empty((most, 4)), np.empty((most, 8)), np.empty((most, 3), np.int32)
    right = np.empty(most, np.int32)
    m = _grow(xs, ys, order, balls, moments, links, right)
    _link(links, right, m)
    return xs, ys, order, balls[:m].copy(), moments[:m].copy(), links[:m].copy()


@njit(**LOOP)
def groups_of(tree):
    """Return the nodes whose points are a group of observers, in the order of their points, which are all points."""
    links = tree[-1]
    groups = np.empty(len(links), np.int32)
    m, v = 0, 0
    while v < len(links):
        if links[v, STOP] - links[v, START] <= GROUP or links[v, SKIP] == v + 1:
            groups[m] = v
            m += 1
            v = links[v, SKIP]
        else:
            v += 1
    return groups[:m].copy()
