"""A k-d tree whose nodes know what a far observer needs: centroid, radius, second and third central moments.

Nodes lie in preorder: the first child of node v is v + 1, and ``skip[v]`` is the node after its subtree, so that a walk
needs no stack. A node is a leaf where ``skip[v] == v + 1``. The points of a node are a range of the reordered points.
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP
from labelaudit._kernels.cpu.nearest.exact import select

# Most distinct points of a leaf, whose points are also a group of observers. Found by trying.
LEAF = 16

# Columns of ``nodes``; VARIANCE is the mean squared distance from the centroid, the moments are sums.
CX, CY, RADIUS, COUNT, VARIANCE, XX, XY, YY, XXX, XXY, XYY, YYY = range(12)


@njit(**LOOP)
def _extent(values, start, stop):
    least, greatest = values[start], values[start]
    for j in range(start + 1, stop):
        least = min(least, values[j])
        greatest = max(greatest, values[j])
    return least, greatest


@njit(**LOOP)
def _describe(node, xs, ys, start, stop):
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
    node[CX], node[CY], node[COUNT] = cx, cy, count
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
    node[RADIUS] = np.sqrt(farthest)
    node[VARIANCE] = (xx + yy) / count
    node[XX], node[XY], node[YY] = xx, xy, yy
    node[XXX], node[XXY], node[XYY], node[YYY] = xxx, xxy, xyy, yyy


@njit(**LOOP)
def _grow(xs, ys, order, nodes, starts, stops, right):
    """Split ranges at the median of their wider side, in place; return the number of nodes."""
    # one waiting range per level, and halving has at most 64 levels
    waiting = np.empty((65, 3), np.int64)
    waiting[0, 0], waiting[0, 1], waiting[0, 2] = 0, xs.size, -1
    depth, m = 1, 0
    while depth > 0:
        depth -= 1
        start, stop, parent = waiting[depth, 0], waiting[depth, 1], waiting[depth, 2]
        starts[m], stops[m], right[m] = start, stop, -1
        if parent >= 0:
            right[parent] = m
        _describe(nodes[m], xs, ys, start, stop)
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
def _skips(right, m):
    skip = np.empty(m, np.int32)
    for v in range(m - 1, -1, -1):
        skip[v] = skip[right[v]] if right[v] >= 0 else v + 1
    return skip


@njit(**LOOP)
def build_tree(xs, ys):
    """Return (xs, ys, order, nodes, starts, stops, skip): the points in the order of the tree, and its nodes."""
    n = xs.size
    xs = xs.copy()
    ys = ys.copy()
    order = np.arange(n).astype(np.int32)
    # a half of more than LEAF points has at least LEAF // 2 of them
    most = 2 * (n // (LEAF // 2) + 1)
    nodes = np.empty((most, 12))
    starts = np.empty(most, np.int32)
    stops = np.empty(most, np.int32)
    right = np.empty(most, np.int32)
    m = _grow(xs, ys, order, nodes, starts, stops, right)
    return xs, ys, order, nodes[:m].copy(), starts[:m].copy(), stops[:m].copy(), _skips(right, m)


def leaves_of(tree):
    """Return the nodes that are leaves, in the order of their points."""
    skip = tree[-1]
    return np.flatnonzero(skip == np.arange(1, skip.size + 1)).astype(np.int32)
