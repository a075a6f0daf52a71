"""From the labels and predictions of a segmentation data set to its audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from labelaudit._checks.arrays import check_choice, to_numpy
from labelaudit._checks.classification import check_class_names
from labelaudit._checks.options import check_count
from labelaudit._checks.segmentation import Picture, check_segmentation
from labelaudit.results import Audit, as_ids
from labelaudit.segmentation._flags import flags
from labelaudit.segmentation._regions import Regions, region_table, regions_of
from labelaudit.segmentation._scores import band_of, checked_scores, pooled, unflagged_share
from labelaudit.segmentation._walk import walk
from labelaudit.segmentation.rank import METHODS, Method

_TEMPERATURE = 0.1


def fits(labels: Any, predictions: Any) -> bool:
    """Whether these are images: a class a pixel, and a plane of probabilities a class."""
    return any(_axes(labels, outer) == outer + 2 and _axes(predictions, outer) == outer + 3 for outer in (0, 1))


def _axes(value: Any, outer: int) -> int:
    # of the first image where images come in a list
    if outer == 0:
        value = value[0] if isinstance(value, list | tuple) and len(value) else None
    return len(getattr(value, "shape", ()))


class _Found(NamedTuple):
    score: float
    regions: Regions
    size: tuple[int, int]
    pixels: int
    flagged: int


def judge(
    labels: Any,
    predictions: Any,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    method: Method = "softmin",
    ignore_index: int | None = None,
    boundary_width: int = 0,
) -> Audit:
    """Return the audit of images: an issue is a region of flagged pixels that touch.

    Its ``bbox`` is x1, y1, x2, y2 in pixels, the last two the first ones outside; ``area`` counts its pixels; ``given``
    and ``suggested`` are the label and the most likely class of most of them; ``rle`` is its shape, which is what
    ``counts`` is in COCO's ``{"size": [height, width], "counts": …}``.

    Arguments are those of :func:`labelaudit.segmentation.rank.get_label_quality_scores`.
    """
    check_choice(method, "method", METHODS)
    width = check_count(boundary_width, "boundary_width", 0)
    pictures = check_segmentation(labels, predictions, ignore_index)
    names = None if class_names is None else check_class_names(class_names, pictures.k)
    row_ids = None if pictures.n is None else as_ids(ids, pictures.n)
    flagged = flags(pictures)
    images: list[_Found] = []

    def look(picture: Picture) -> _Found:
        scores = checked_scores(picture, pictures)
        band = band_of(picture, pictures, width)
        given = to_numpy(picture.labels, "labels")
        mask = flagged[picture.number]
        if method == "softmin":
            score = pooled(scores, band, _TEMPERATURE)
        else:
            score = unflagged_share(picture, pictures, mask, band)
        mask = mask if band is None else mask & ~band
        regions = regions_of(mask, picture, scores)
        pixels = int(np.count_nonzero(given != pictures.void))
        return _Found(score, regions, picture.size, pixels, int(np.count_nonzero(mask)))

    walk(pictures, look, images.append, len(flagged))
    row_ids = as_ids(ids, len(images)) if row_ids is None else row_ids
    parts = {
        "height": [image.size[0] for image in images],
        "width": [image.size[1] for image in images],
        "pixels": [image.pixels for image in images],
        "flagged": [image.flagged for image in images],
    }
    return Audit(
        task="segmentation",
        method=method,
        parameters={"ignore_index": ignore_index, "boundary_width": width},
        ids=row_ids,
        scores=np.array([image.score for image in images], np.float64),
        parts=pl.DataFrame(parts, schema=dict.fromkeys(parts, pl.Int64)),
        labels=sum(image.pixels for image in images),
        issues=region_table((image.regions for image in images), row_ids, names),
        class_names=names,
    )
