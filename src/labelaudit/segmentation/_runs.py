"""Regions as COCO keeps masks: run lengths, column by column, in turn outside and inside, as a string of letters."""

from __future__ import annotations

import numpy as np

from labelaudit._checks.masks import unpack
from labelaudit._checks.ragged import Ragged, offsets_of
from labelaudit._kernels import mask_kernels


def runs_of(numbered: np.ndarray, regions: int) -> Ragged:
    """Return the letters of each region of an image (H, W) in which its pixels hold its number, 1..regions."""
    flat = numbered.ravel(order="F")
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts, ends = np.concatenate([[0], edges]), np.concatenate([edges, [flat.size]])
    region = flat[starts].astype(np.int64) - 1
    inside = np.flatnonzero(region >= 0)
    inside = inside[np.argsort(region[inside], kind="stable")]
    starts, ends, region = starts[inside], ends[inside], region[inside]
    counts = np.bincount(region, minlength=regions)
    first = offsets_of(counts)[:-1]
    before = np.concatenate([[0], ends[:-1]])
    before[first] = 0
    runs = np.stack([starts - before, ends - starts], axis=1).reshape(-1)
    last = flat.size - ends[first + counts - 1]  # outside again, up to the last pixel
    with_last = last > 0
    runs = np.insert(runs, 2 * (first + counts)[with_last], last[with_last])
    return Ragged(*mask_kernels().packed(runs, offsets_of(2 * counts + with_last)))


def places_of(rle: str, pixels: int) -> np.ndarray | None:
    """Return the places of the pixels inside, counted column by column; None where the runs are not of that many."""
    runs, _ = unpack([rle])
    ends = np.cumsum(runs)
    if not ends.size or ends[-1] != pixels or runs.min() < 0:
        return None
    stops = ends[1::2]
    starts = ends[::2][: stops.size]
    lengths = stops - starts
    shift = starts - offsets_of(lengths)[:-1]
    places: np.ndarray = np.arange(lengths.sum()) + np.repeat(shift, lengths)
    return places
