"""Regions of an image (H, W): their shapes as COCO has them, the band along their edges, and images with repaired ones.

COCO keeps a shape as the lengths of its runs, in turn outside and inside, column by column from the top left, as a
string of letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from labelaudit._data.masks import unpack
from labelaudit._data.ragged import Ragged, offsets_of
from labelaudit._kernels import mask_kernels
from labelaudit.errors import InputError


@dataclass(frozen=True)
class Repair:
    """A region that should be of another class."""

    counts: str  # its shape, which is what COCO calls it
    old: int | None  # the label that most of its pixels have; None where that is not known
    new: int
    boundary_width: int = 0  # of the band that regions stop at: the label ``old`` in it, as near as this, is wrong too


def strings_of(runs: Ragged) -> list[str]:
    """Return the shape of each region, whose runs end at these pixels."""
    counts = np.diff(runs.values, prepend=0)
    first = runs.offsets[:-1]
    counts[first] = runs.values[first]
    letters, starts = mask_kernels().packed(counts, runs.offsets)
    text = letters.tobytes().decode("ascii")
    return [text[start:stop] for start, stop in pairwise(starts.tolist())]


def string_of(counts: Sequence[int]) -> str:
    """Return the string of a shape that is given as a list of numbers, which COCO has too.

    Examples
    --------
    >>> string_of([2, 2, 2]), string_of([0, 2, 2])
    ('222', '022')
    """
    (text,) = strings_of(Ragged(np.cumsum(counts, dtype=np.int64), np.array([0, len(counts)])))
    return text


def places_of(counts: str, pixels: int) -> np.ndarray | None:
    """Return the places of the pixels inside, counted column by column; None where the runs are not of that many.

    Examples
    --------
    >>> places_of("222", 6)  # two outside, two inside, two outside
    array([2, 3])
    """
    runs, _ = unpack([counts])
    ends = np.cumsum(runs)
    if not ends.size or ends[-1] != pixels or runs.min() < 0:
        return None
    stops = ends[1::2]
    starts = ends[::2][: stops.size]
    lengths = stops - starts
    shift = starts - offsets_of(lengths)[:-1]
    places: np.ndarray = np.arange(lengths.sum()) + np.repeat(shift, lengths)
    return places


def near_boundary(labels: np.ndarray, ignore_index: int, width: int) -> np.ndarray:
    """Return which pixels have a pixel of another label within this many rows and columns, (H, W) bool.

    Annotators disagree there by a pixel or two. An ignored pixel has no label, so that the edge of an ignored area is
    no change.
    """
    if not width:
        return np.zeros(labels.shape, bool)
    from scipy.ndimage import maximum_filter, minimum_filter

    kept = labels != ignore_index
    side = 2 * width + 1
    least = minimum_filter(np.where(kept, labels, np.iinfo(np.int32).max).astype(np.int32), side, mode="nearest")
    greatest = maximum_filter(np.where(kept, labels, -1).astype(np.int32), side, mode="nearest")
    band: np.ndarray = kept & (least < greatest)
    return band


def repaired(labels: np.ndarray, repairs: Sequence[Repair], ignore_index: int, name: str) -> np.ndarray:
    """Return a copy of the labels (H, W) with these regions repaired, one after another; wider only if need be.

    ``name`` is what messages call the image.
    """
    classes = [repair.new for repair in repairs]
    corrected = labels.astype(holding(labels.dtype, classes), order="F")
    down_the_columns = corrected.T.reshape(-1)
    widths = {repair.boundary_width for repair in repairs}
    bands = {width: near_boundary(labels, ignore_index, width) for width in widths if width}
    for repair in repairs:
        places, width = places_in(labels, repair, name), repair.boundary_width
        down_the_columns[places] = repair.new
        if width and places.size:
            here, rim = _rim(places, bands[width] & (labels == repair.old), width)
            corrected[here][rim] = repair.new
    return np.ascontiguousarray(corrected)


def still_stands(labels: np.ndarray, repair: Repair, name: str) -> bool:
    """Whether there is something to repair: most pixels of the region have its old label, not all have the new one."""
    inside = labels.T.reshape(-1)[places_in(labels, repair, name)]
    if not inside.size or (inside == repair.new).all():
        return False
    if repair.old is None:
        return True
    values, counts = np.unique(inside, return_counts=True)
    return bool(values[np.argmax(counts)] == repair.old)


def places_in(labels: np.ndarray, repair: Repair, name: str) -> np.ndarray:
    """Return the places of the region in the labels, counted column by column."""
    places = places_of(repair.counts, labels.size)
    if places is None:
        raise InputError(
            f"labels: {name} has {labels.size} pixels, and a region of it is of another size; pass the masks that the "
            "audit was made of"
        )
    return places


def holding(dtype: np.dtype[np.generic], classes: Sequence[int]) -> np.dtype[np.generic]:
    """Return the type if it holds these classes too, else one that holds both.

    Examples
    --------
    >>> holding(np.dtype(np.uint8), [7]), holding(np.dtype(np.uint8), [7, 300])
    (dtype('uint8'), dtype('uint16'))
    """
    values = np.array(classes, np.int64)
    if (values.astype(dtype) == values).all():
        return dtype
    return np.result_type(dtype, *(np.min_scalar_type(int(end)) for end in (values.min(), values.max())))


def _rim(places: np.ndarray, candidates: np.ndarray, width: int) -> tuple[tuple[slice, slice], np.ndarray]:
    """Return which candidates are within some pixels of a region: a part of the image, and a mask of it."""
    from scipy.ndimage import maximum_filter

    columns, rows = np.divmod(places, len(candidates))
    top, left = max(rows.min() - width, 0), max(columns.min() - width, 0)
    here = slice(top, rows.max() + width + 1), slice(left, columns.max() + width + 1)
    inside = np.zeros(candidates[here].shape, bool)
    inside[rows - top, columns - left] = True
    return here, maximum_filter(inside, 2 * width + 1) & candidates[here]
