"""Flagged pixels that hang together, which is what a person can look at and correct."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from labelaudit._checks.arrays import to_numpy
from labelaudit._checks.ragged import Ragged
from labelaudit._checks.segmentation import Picture
from labelaudit._kernels import segmentation_for
from labelaudit.segmentation._runs import boxes_of, letters_of, runs_of

# Pixels that touch at a corner belong together: errors along a slanted edge are one error.
_TOUCHING = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Regions:
    """The regions of one image, from the top down."""

    boxes: np.ndarray  # (R, 4) int64, x1, y1, x2, y2 in pixels, x2 and y2 the first ones outside
    areas: np.ndarray  # (R,) int64, pixels
    given: np.ndarray  # (R,) int64, the label that most of its pixels have, the lowest of equals
    suggested: np.ndarray  # (R,) int64, the class that is most likely in most of its pixels
    scores: np.ndarray  # (R,) float64
    shapes: Ragged  # of letters, uint8


_NONE = np.zeros(0, np.int64)
_NO_REGIONS = Regions(
    _NONE.reshape(0, 4), _NONE, _NONE, _NONE, _NONE.astype(float), Ragged(_NONE.astype(np.uint8), np.zeros(1, np.int64))
)


def regions_of(mask: np.ndarray, picture: Picture, scores: np.ndarray) -> Regions:
    """Return the connected regions of a mask (H, W) of an image, whose pixels have these scores.

    The score of a region is the mean of its pixels' and of one that is surely right. A plain mean puts thousands of
    single pixels, whose edge an annotator drew a pixel off, before whole objects of a wrong class: on the two kinds of
    images in benchmarks/segmentation_quality.py 12 and 45 of the first 100 regions are errors then, and 79 and 84 with
    the pixel more. What matters is that size counts; how it does moves the figures by 3.
    """
    if not mask.any():
        return _NO_REGIONS
    from scipy.ndimage import label

    numbered, regions = label(mask, _TOUCHING)
    places = np.flatnonzero(mask)
    region = numbered.reshape(-1)[places].astype(np.int64) - 1
    areas = np.bincount(region, minlength=regions)
    sums = np.bincount(region, weights=scores.reshape(-1)[places].astype(np.float64), minlength=regions)
    runs = runs_of(numbered, regions)
    return Regions(
        boxes_of(runs, len(mask)),
        areas,
        _majority(region, to_numpy(picture.labels, "labels").reshape(-1)[places].astype(np.int64)),
        _majority(region, most_likely_at(picture, places)),
        (sums + 1) / (areas + 1),
        letters_of(runs),
    )


def most_likely_at(picture: Picture, places: np.ndarray) -> np.ndarray:
    """Return the most likely class of some pixels of an image, the first on ties."""
    _, probs = picture.flat
    classes: np.ndarray = to_numpy(segmentation_for(probs).most_likely_at(probs, places), "pred_probs")
    return classes


def _majority(region: np.ndarray, classes: np.ndarray) -> np.ndarray:
    # pairs that occur, for a table of all regions and classes may be large
    width = int(classes.max()) + 1
    pairs, counts = np.unique(region * width + classes, return_counts=True)
    order = np.lexsort((pairs, -counts, pairs // width))
    _, first = np.unique(pairs[order] // width, return_index=True)
    majority: np.ndarray = pairs[order][first] % width
    return majority


def region_table(regions: Iterable[Regions], row_ids: pl.Series, names: tuple[str, ...] | None) -> pl.DataFrame:
    """Return a row a region of all images, worst first; of equal scores the larger one."""
    found = list(regions)
    rows = np.repeat(np.arange(len(found)), [len(image.areas) for image in found])

    def joined(values: list[np.ndarray], width: tuple[int, ...] = (0,)) -> np.ndarray:
        return np.concatenate([*values, np.zeros(width, np.int64)])

    scores = joined([image.scores for image in found])
    areas = joined([image.areas for image in found])
    boxes = joined([image.boxes for image in found], (0, 4))
    order = np.lexsort((rows, -areas, scores))
    classes = {
        "given": joined([image.given for image in found])[order],
        "suggested": joined([image.suggested for image in found])[order],
    }
    columns = [pl.Series(name, values, dtype=pl.Int64) for name, values in classes.items()]
    if names is not None:
        called = pl.Series(list(names), dtype=pl.String)
        columns = [called.gather(column).alias(column.name) for column in columns]
    return pl.DataFrame(
        [
            row_ids.gather(rows[order]),
            pl.Series("row", rows[order], dtype=pl.Int64),
            pl.Series("kind", ["swapped"] * len(order), dtype=pl.String),
            *columns,
            pl.Series("bbox", boxes[order], dtype=pl.Array(pl.Int64, 4)).arr.to_list(),
            pl.Series("area", areas[order], dtype=pl.Int64),
            _texts(found).gather(order),
            pl.Series("score", scores[order], dtype=pl.Float64),
        ]
    )


def _texts(found: list[Regions]) -> pl.Series:
    """Return the shapes of all regions, a string each."""
    texts = []
    for image in found:
        letters = image.shapes.values.tobytes().decode("ascii")
        texts += [letters[start:stop] for start, stop in pairwise(image.shapes.offsets.tolist())]
    return pl.Series("rle", texts, dtype=pl.String)
