"""Regions as COCO keeps masks: run lengths, column by column, in turn outside and inside, as a string of letters."""

from __future__ import annotations

import numpy as np

from labelaudit._checks.masks import unpack
from labelaudit._checks.ragged import Ragged, offsets_of
from labelaudit._kernels import mask_kernels


def runs_of(numbered: np.ndarray, regions: int) -> Ragged:
    """Return where the runs of each region end; pixels of the image (H, W) hold the number of their region, from 1."""
    flat = numbered.ravel(order="F")
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts, stops = np.concatenate([[0], edges]), np.concatenate([edges, [flat.size]])
    region = flat[starts].astype(np.int64) - 1
    inside = np.flatnonzero(region >= 0)
    inside = inside[np.argsort(region[inside], kind="stable")]
    counts = np.bincount(region[inside], minlength=regions)
    next_region = np.cumsum(counts)
    ends = np.stack([starts[inside], stops[inside]], axis=1).reshape(-1)
    outside = ends[2 * next_region - 1] < flat.size  # once more, up to the last pixel
    ends = np.insert(ends, 2 * next_region[outside], flat.size)
    return Ragged(ends, offsets_of(2 * counts + outside))


def boxes_of(runs: Ragged, height: int) -> np.ndarray:
    """Return the least box of each region, x1, y1, x2, y2, (R, 4) int64."""
    boxes: np.ndarray = mask_kernels().bounding_boxes(runs.values, runs.offsets, np.full(len(runs), height))
    return boxes.astype(np.int64)


def letters_of(runs: Ragged) -> Ragged:
    """Return the string of each region, in letters."""
    counts = np.diff(runs.values, prepend=0)
    first = runs.offsets[:-1]
    counts[first] = runs.values[first]
    return Ragged(*mask_kernels().packed(counts, runs.offsets))


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
