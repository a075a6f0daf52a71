"""The regions that the pixels of a mask hang together in, and what they have in common."""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP


@njit(**LOOP)
def _root(parents, run):
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run


@njit(**LOOP)
def _joined_runs(mask):
    """The runs of a mask (H, W), row by row: where they begin and end, the first run that each hangs together with, and
    how many there are up to each row. Pixels that touch at a corner hang together.
    """  # noqa: D205
    height, width = mask.shape
    most = height * (width // 2 + 1)
    starts, stops, parents = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int32)
    of_row = np.zeros(height + 1, np.int64)
    run = 0
    for y in range(height):
        above = of_row[y - 1] if y else 0
        x = 0
        while x < width:
            if not mask[y, x]:
                x += 1
                continue
            starts[run] = x
            while x < width and mask[y, x]:
                x += 1
            stops[run] = x
            parents[run] = run
            while above < of_row[y] and stops[above] < starts[run]:
                above += 1
            other = above
            while other < of_row[y] and starts[other] <= x:
                a, b = _root(parents, other), _root(parents, run)
                parents[max(a, b)] = min(a, b)
                other += 1
            run += 1
        of_row[y + 1] = run
    return starts[:run], stops[:run], parents[:run], of_row


@njit(**LOOP)
def connected(mask):
    """The number of the region of each pixel (H, W), from 1 in the order of their first pixels, row by row, and 0
    outside; the least boxes that hold the regions, x1, y1, x2, y2 with x2 and y2 the first outside, (R, 4); the places
    of their pixels, one region after another; and where each region begins there.
    """  # noqa: D205
    height, width = mask.shape
    starts, stops, parents, of_row = _joined_runs(mask)
    numbers = np.empty(starts.size, np.int32)
    areas = np.zeros(starts.size + 1, np.int64)
    regions = 0
    for run in range(starts.size):
        if parents[run] == run:
            regions += 1
            numbers[run] = regions
        else:
            numbers[run] = numbers[_root(parents, run)]
        areas[numbers[run]] += stops[run] - starts[run]
    begins = np.cumsum(areas[: regions + 1])
    filled = begins.copy()
    places = np.empty(begins[regions], np.int64)
    numbered = np.zeros(mask.shape, np.int32)
    boxes = np.empty((regions, 4), np.int64)
    boxes[:, :2], boxes[:, 2:] = max(height, width), 0
    for y in range(height):
        for run in range(of_row[y], of_row[y + 1]):
            region, start, stop = numbers[run] - 1, starts[run], stops[run]
            boxes[region, 0], boxes[region, 1] = min(boxes[region, 0], start), min(boxes[region, 1], y)
            boxes[region, 2], boxes[region, 3] = max(boxes[region, 2], stop), y + 1
            place = filled[region] - start
            for x in range(start, stop):
                numbered[y, x] = region + 1
                places[place + x] = y * width + x
            filled[region] += stop - start
    return numbered, boxes, places, begins


@njit(**LOOP)
def column_runs(numbered, areas):
    """Where the runs of each region end, in turn outside and inside, column by column; and where those of each begin.

    Pixels of the image (H, W) hold the number of their region, from 1, and 0 outside; regions have these areas.
    """
    height, width = numbered.shape
    regions = areas.size
    # where one region, or the outside, gives way to another: at most before and after each pixel inside
    most = 2 * areas.sum() + 1
    places, after = np.empty(most, np.int64), np.empty(most + 1, np.int32)
    after[0] = 0
    counts = np.zeros(regions + 1, np.int64)
    edges = 0
    current = 0
    for x in range(width):
        for y in range(height):
            region = numbered[y, x]
            if region != current:
                places[edges] = x * height + y
                edges += 1
                after[edges] = region
                counts[region] += 2
                current = region
    counts[0] = 0
    for region in range(1, regions + 1):  # outside once more, up to the last pixel, unless that is inside
        counts[region] += region != current
    begins = np.cumsum(counts)
    ends = np.full(begins[regions], numbered.size, np.int64)
    filled = begins.copy()
    for edge in range(edges):
        for region in (after[edge], after[edge + 1]):
            if region:
                ends[filled[region - 1]] = places[edge]
                filled[region - 1] += 1
    return ends, begins


@njit(**LOOP)
def majorities(values, begins, most):
    """The value, from 0 to below ``most``, that most pixels of each region hold, the lowest of equals; and how many
    pixels of all regions hold each.
    """  # noqa: D205
    regions = begins.size - 1
    found = np.empty(regions, np.int64)
    totals, tally = np.zeros(most, np.int64), np.empty(most, np.int64)
    for region in range(regions):
        tally[:] = 0
        for i in range(begins[region], begins[region + 1]):
            tally[values[i]] += 1
        found[region] = np.argmax(tally)
        totals += tally
    return found, totals
