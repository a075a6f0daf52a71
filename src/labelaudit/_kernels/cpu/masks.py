"""Masks as run lengths, as COCO has them: their IoU as ragged pairs, the same form that IoU of boxes has.

A mask is a list of runs of pixels, column by column, that are in turn outside and inside. The masks of all images lie
one after another: ``ends`` says where each run ends (counted from the first pixel of its mask), ``runs`` (n + 1,) where
the runs of each mask are in it, ``starts`` (N + 1,) where the masks of each image are.

Every call works on whole images and is serial; blocks of images may run in threads.
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.boxes import EXACT, pair_count

# a letter of a compressed string is one of the 64 from here on
_FIRST_LETTER = 48

# eight letters of 5 bits are beyond any number of pixels; a shift beyond 63 would be anything
_MOST_BITS = 40


@njit(**EXACT)
def mask_iou(a_ends, a_runs, a_starts, b_ends, b_runs, b_starts):
    """IoU of every mask of ``a`` with every mask of ``b`` in its image, as ragged pairs; 0 for two empty masks."""
    a_areas, b_areas = areas(a_ends, a_runs), areas(b_ends, b_runs)
    pairs = np.zeros(pair_count(a_starts, b_starts))
    p = 0
    for i in range(a_starts.size - 1):
        for a in range(a_starts[i], a_starts[i + 1]):
            for b in range(b_starts[i], b_starts[i + 1]):
                both = _shared(a_ends[a_runs[a] : a_runs[a + 1]], b_ends[b_runs[b] : b_runs[b + 1]])
                if both > 0:
                    pairs[p] = both / (a_areas[a] + b_areas[b] - both)
                p += 1
    return pairs


@njit(**EXACT)
def areas(ends, runs):
    """The number of pixels inside each mask."""
    found = np.zeros(runs.size - 1, np.int64)
    for m in range(runs.size - 1):
        for r in range(runs[m] + 1, runs[m + 1], 2):
            found[m] += ends[r] - ends[r - 1]
    return found


@njit(**EXACT)
def _shared(a, b):
    # runs at odd places are inside, and begin where the one before them ends
    if a.size < 2 or b.size < 2:
        return 0
    # most masks of an image lie side by side
    if a[0] >= b[b.size // 2 * 2 - 1] or b[0] >= a[a.size // 2 * 2 - 1]:
        return 0
    shared, r, s = 0, 1, 1
    while r < a.size and s < b.size:
        first, last = max(a[r - 1], b[s - 1]), min(a[r], b[s])
        if last > first:
            shared += last - first
        if a[r] < b[s]:
            r += 2
        else:
            s += 2
    return shared


@njit(**EXACT)
def bounding_boxes(ends, runs, heights):
    """The least box x1, y1, x2, y2 that holds each mask; zeros for an empty one."""
    boxes = np.zeros((heights.size, 4))
    for m in range(heights.size):
        height = heights[m]
        left, top, right, bottom = -1, height, 0, 0
        for r in range(runs[m] + 1, runs[m + 1], 2):
            first, last = ends[r - 1], ends[r] - 1
            if first > last:
                continue
            if left < 0:
                left = first // height
            right = last // height + 1
            # a run that goes on in the next column touches the lower and the upper edge
            if first // height == last // height:
                top, bottom = min(top, first % height), max(bottom, last % height + 1)
            else:
                top, bottom = 0, height
        if left >= 0:
            boxes[m] = left, top, right, bottom
    return boxes


@njit(**EXACT)
def unpacked(letters, starts):
    """The run lengths in compressed strings that lie one after another, and where those of each string begin.

    5 bits a letter, least first; from the fourth on, a run is the difference to the one two before. A string that is
    cut off, or has other letters, gives no runs.
    """
    counts = np.empty(letters.size, np.int64)
    runs = np.zeros(starts.size, np.int64)
    n = 0
    for m in range(starts.size - 1):
        first = n
        value, shift = 0, 0
        for at in range(starts[m], starts[m + 1]):
            letter = np.int64(letters[at]) - _FIRST_LETTER
            if letter < 0 or letter >= 64 or shift >= _MOST_BITS:
                shift = _MOST_BITS
                break
            value |= (letter & 31) << shift
            shift += 5
            if letter & 32:
                continue
            if letter & 16:
                value |= -1 << shift
            counts[n] = value + counts[n - 2] if n - first > 2 else value
            n += 1
            value, shift = 0, 0
        if shift > 0:
            n = first
        runs[m + 1] = n
    return counts[:n], runs


@njit(**EXACT)
def packed(counts, runs):
    """The compressed strings that :func:`unpacked` reads, and where each begins."""
    letters = np.empty(2 * counts.size + _MOST_BITS, np.uint8)
    starts = np.zeros(runs.size, np.int64)
    at = 0
    for m in range(runs.size - 1):
        for r in range(runs[m], runs[m + 1]):
            if at + _MOST_BITS > letters.size:
                letters = np.concatenate((letters, np.empty(letters.size, np.uint8)))
            value = counts[r] - counts[r - 2] if r - runs[m] > 2 else counts[r]
            more = True
            while more:
                letter = value & 31
                value >>= 5
                more = value != (-1 if letter & 16 else 0)
                letters[at] = _FIRST_LETTER + (letter | 32 if more else letter)
                at += 1
        starts[m + 1] = at
    return letters[:at].copy(), starts


@njit(**EXACT)
def ends_of(counts, runs, pixels):
    """Where each run ends, int32, and the first mask whose runs do not fill that many pixels, or -1."""
    ends = np.empty(counts.size, np.int32)
    for m in range(runs.size - 1):
        end = 0
        for r in range(runs[m], runs[m + 1]):
            if counts[r] < 0 or counts[r] > pixels - end:
                return ends, m
            end += counts[r]
            ends[r] = end
        if end != pixels:
            return ends, m
    return ends, -1


@njit(**EXACT)
def ends_of_dense(masks):
    """Where each run of dense masks (n, height, width) ends, int32, and where the runs of each mask begin."""
    n, height, width = masks.shape
    runs = np.zeros(n + 1, np.int64)
    ends = np.empty(4 * (width + n), np.int32)
    at = 0
    for m in range(n):
        touched = _touched_columns(masks[m])
        inside = False
        for x in range(width):
            if not touched[x] and not inside:
                continue
            if at + height >= ends.size:
                ends = np.concatenate((ends, np.empty(ends.size + height, np.int32)))
            for y in range(height):
                if masks[m, y, x] != inside:
                    ends[at] = x * height + y
                    at, inside = at + 1, not inside
        if at == ends.size:
            ends = np.concatenate((ends, np.empty(ends.size, np.int32)))
        ends[at] = height * width
        at += 1
        runs[m + 1] = at
    return ends[:at].copy(), runs


@njit(**EXACT)
def _touched_columns(mask):
    # reads along the rows, as they lie in memory; along the columns it takes several times as long
    touched = np.zeros(mask.shape[1], np.bool_)
    for y in range(mask.shape[0]):
        for x in range(mask.shape[1]):
            touched[x] |= mask[y, x]
    return touched
