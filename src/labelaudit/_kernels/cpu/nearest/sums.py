"""What one observer, or a small group of observers, learns from a walk over the tree.

A node may stand for its points in two ways. As a *series*: seen from distance p, with offset v from the centroid split
into along (a) and across (c) the line of sight, |D + v| = p + a + c^2 / 2p - a c^2 / 2p^2 + rest, and the rest is at
most |v|^4 / (8 p^2 (p - |v|)); summed over the points only their moments enter. As one *heavy point*, where its radius
is within the tolerance: moving points by no more than that moves a mean of smallest distances by no more than that.
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP
from labelaudit._kernels.cpu.nearest.tree import (
    COUNT,
    CX,
    CY,
    RADIUS,
    SKIP,
    START,
    STOP,
    VARIANCE,
    XX,
    XXX,
    XXY,
    XY,
    XYY,
    YY,
    YYY,
)

# Coefficients of the cubic that a group of observers shares: 1, x, y, xx, xy, yy, xxx, xxy, xyy, yyy.
CUBIC = 10


# The series gets four times the tolerance of the two other sources, for most of the work is where it does not hold.
_SERIES_SHARE = 4.0


@njit(**LOOP)
def series_holds(rho, reach, square, tolerance):
    """Whether the rest of the series is within the tolerance; reach: greatest |v|, square: mean of |v|^2."""
    return reach < rho and reach * reach * square <= 8.0 * _SERIES_SHARE * tolerance * rho * rho * (rho - reach)


@njit(**LOOP)
def _series(node, dx, dy, rho):
    # the sum of the distances from the centroid's offset (dx, dy), rho away
    ux, uy = dx / rho, dy / rho
    across = uy * uy * node[XX] - 2.0 * ux * uy * node[XY] + ux * ux * node[YY]
    third = (
        ux * uy * uy * node[XXX]
        + uy * (uy * uy - 2.0 * ux * ux) * node[XXY]
        + ux * (ux * ux - 2.0 * uy * uy) * node[XYY]
        + ux * ux * uy * node[YYY]
    )
    return node[COUNT] * rho + (across + third / rho) / (2.0 * rho)


@njit(**LOOP)
def count_within(tree, x, y, r, tolerance):
    """How many points are within r of (x, y)."""
    xs, ys, _, balls, _, links = tree
    count = 0
    v, end = 0, len(links)
    while v < end:
        dx = x - balls[v, CX]
        dy = y - balls[v, CY]
        rho = np.sqrt(dx * dx + dy * dy)
        radius = balls[v, RADIUS]
        if rho - radius > r:
            v = links[v, SKIP]
        elif rho + radius <= r or radius <= tolerance:
            if rho <= r:
                count += links[v, STOP] - links[v, START]
            v = links[v, SKIP]
        else:
            if links[v, SKIP] == v + 1:
                square = r * r
                for j in range(links[v, START], links[v, STOP]):
                    px = x - xs[j]
                    py = y - ys[j]
                    count += 1 if px * px + py * py <= square else 0
            v += 1
    return count


@njit(**LOOP)
def sum_within(tree, x, y, r, tolerance):
    """Sum of the distances from (x, y) that are at most r, and how many they are; and what is told by the points at r.

    The last three: how fast the distance of the same rank changes with x and y, and how fast the number grows with r.
    """
    xs, ys, _, balls, moments, links = tree
    total, count = 0.0, 0
    gx, gy, density = 0.0, 0.0, 0.0
    v, end = 0, len(links)
    while v < end:
        dx = x - balls[v, CX]
        dy = y - balls[v, CY]
        rho = np.sqrt(dx * dx + dy * dy)
        radius = balls[v, RADIUS]
        if rho - radius > r:
            v = links[v, SKIP]
        elif rho + radius <= r and series_holds(rho, radius, balls[v, VARIANCE], tolerance):
            total += _series(moments[v], dx, dy, rho)
            count += links[v, STOP] - links[v, START]
            v = links[v, SKIP]
        else:
            heavy = radius <= tolerance
            if heavy:
                if rho <= r:
                    total += rho * moments[v, COUNT]
                    count += links[v, STOP] - links[v, START]
            elif links[v, SKIP] == v + 1:
                for j in range(links[v, START], links[v, STOP]):
                    px = x - xs[j]
                    py = y - ys[j]
                    d = np.sqrt(px * px + py * py)
                    total += d if d <= r else 0.0
                    count += 1 if d <= r else 0
            if rho + radius > r and 0.0 < radius < rho and (heavy or links[v, SKIP] == v + 1):
                weight = moments[v, COUNT] / (2.0 * radius)
                density += weight
                gx += weight * dx / rho
                gy += weight * dy / rho
            v = links[v, SKIP] if heavy else v + 1
    if density > 0.0:
        gx /= density
        gy /= density
    return total, count, gx, gy, density


@njit(**LOOP)
def _add_series(cubic, count, across, along_across, third, ux, uy, rho):
    # the series for observers at offset h from the group's centre, whose v is h minus the point's offset
    bend = 0.5 / rho
    twist = bend / rho
    cubic[0] += count * rho + across * bend + third * twist
    cubic[1] += count * ux - twist * (across * ux - 2.0 * along_across * uy)
    cubic[2] += count * uy - twist * (across * uy + 2.0 * along_across * ux)
    bend *= count
    twist *= count
    cubic[3] += bend * uy * uy
    cubic[4] -= bend * 2.0 * ux * uy
    cubic[5] += bend * ux * ux
    cubic[6] -= twist * ux * uy * uy
    cubic[7] -= twist * uy * (uy * uy - 2.0 * ux * ux)
    cubic[8] -= twist * ux * (ux * ux - 2.0 * uy * uy)
    cubic[9] -= twist * ux * ux * uy


@njit(**LOOP)
def _add_node(cubic, node, dx, dy, rho):
    ux, uy = dx / rho, dy / rho
    xx, xy, yy = node[XX], node[XY], node[YY]
    across = uy * uy * xx - 2.0 * ux * uy * xy + ux * ux * yy
    along_across = ux * uy * (yy - xx) + (ux * ux - uy * uy) * xy
    third = (
        ux * uy * uy * node[XXX]
        + uy * (uy * uy - 2.0 * ux * ux) * node[XXY]
        + ux * (ux * ux - 2.0 * uy * uy) * node[XYY]
        + ux * ux * uy * node[YYY]
    )
    _add_series(cubic, node[COUNT], across, along_across, third, ux, uy, rho)


@njit(**LOOP)
def cubic_at(cubic, x, y):
    """The group's cubic at the offset (x, y) from its centre."""
    second = cubic[3] * x * x + cubic[4] * x * y + cubic[5] * y * y
    third = x * x * (cubic[6] * x + cubic[7] * y) + y * y * (cubic[8] * x + cubic[9] * y)
    return cubic[0] + cubic[1] * x + cubic[2] * y + second + third


@njit(**LOOP)
def survey(tree, x, y, width, low, high, tolerance, cubic, unit, room):
    """Sort the points for observers within ``width`` of (x, y).

    Points nearer than ``low`` are within every observer's k-th distance, those beyond ``high`` are not. The near ones
    go into the cubic where the series holds, else into the first two rows of the room; leaves between the two are
    listed whole in the next three, with their weights. Lists are seen from (x, y), in units of ``unit``. Returns how
    many points the cubic has, and how many entries the two lists have: -1 where there is no room for them.
    """
    xs, ys, _, balls, moments, links = tree
    cubic[:] = 0.0
    inside, near, m = 0, 0, 0
    v, end = 0, len(links)
    while v < end:
        dx = x - balls[v, CX]
        dy = y - balls[v, CY]
        rho = np.sqrt(dx * dx + dy * dy)
        radius = balls[v, RADIUS]
        if rho - radius > high:
            v = links[v, SKIP]
        elif rho + radius <= low and series_holds(rho, radius + width, balls[v, VARIANCE] + width * width, tolerance):
            _add_node(cubic, moments[v], dx, dy, rho)
            inside += links[v, STOP] - links[v, START]
            v = links[v, SKIP]
        elif radius <= tolerance:
            if m == room.shape[1]:
                return inside, near, -1
            room[2, m], room[3, m], room[4, m] = -dx / unit, -dy / unit, moments[v, COUNT]
            m += 1
            v = links[v, SKIP]
        else:
            if links[v, SKIP] == v + 1:
                count = links[v, STOP] - links[v, START]
                if max(m, near) + count > room.shape[1]:
                    return inside, near, -1
                if rho + radius <= low:
                    for j in range(count):
                        room[0, near + j] = (xs[links[v, START] + j] - x) / unit
                        room[1, near + j] = (ys[links[v, START] + j] - y) / unit
                    near += count
                else:
                    for j in range(count):
                        room[2, m + j] = (xs[links[v, START] + j] - x) / unit
                        room[3, m + j] = (ys[links[v, START] + j] - y) / unit
                        room[4, m + j] = 1.0
                    m += count
            v += 1
    return inside, near, m
