"""From the labels and predictions of a segmentation data set to its audit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.arrays import check_choice
from labelaudit._checks.classification import check_class_names
from labelaudit._checks.models import first_model
from labelaudit._checks.options import check_count, check_threshold
from labelaudit._checks.segmentation import check_segmentation
from labelaudit._data.arrays import to_numpy
from labelaudit._data.images import LabelledImage, LabelledImages
from labelaudit.assembly import Found, build_audit, count_classes
from labelaudit.decisions import Decisions
from labelaudit.headlines import say_estimate, say_share
from labelaudit.results import Estimate, Record
from labelaudit.segmentation._doubts import doubts_of
from labelaudit.segmentation._flags import find_flags
from labelaudit.segmentation._posterior import PixelPosterior, pixel_posterior
from labelaudit.segmentation._regions import Regions, region_table, regions_of, shapes_of
from labelaudit.segmentation._scores import band_of, pooled, unflagged_share
from labelaudit.segmentation._walk import map_and_fold
from labelaudit.segmentation.rank import METHODS, Method

UNIT = "pixels"

_TEMPERATURE = 0.1


def fits(labels: Any, predictions: Any) -> bool:
    """Whether these are images: a class a pixel, and a plane of probabilities a class."""
    predictions = first_model(predictions)
    return any(_axes(labels, outer) == outer + 2 and _axes(predictions, outer) == outer + 3 for outer in (0, 1))


def _axes(value: Any, outer: int) -> int:
    # of the first image where images come in a list
    if outer == 0:
        value = value[0] if isinstance(value, list | tuple) and len(value) else None
    return len(getattr(value, "shape", ()))


def headline(record: Record) -> str:
    """Return what was found in a sentence."""
    counts, images, regions = record.counts, len(record.items), len(record.issues)
    if not regions:
        none = f"no region of {_several(images, 'image')} looks wrong ({_several(counts.labels, 'pixel')})"
        return none + say_estimate(record.estimate)
    return (
        f"{_several(regions, 'region')} in {record.issues['row'].n_unique():,} of {_several(images, 'image')} "
        f"{'looks' if regions == 1 else 'look'} wrong: {counts.wrong:,} of {_several(counts.labels, 'pixel')} "
        f"({say_share(counts.share)})" + say_estimate(record.estimate)
    )


def _several(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def audit_segmentation(
    labels: Any,
    predictions: Any,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    decisions: Decisions | None = None,
    method: Method = "softmin",
    ignore_index: int | None = None,
    boundary_width: int = 0,
    threshold: float = 0.5,
) -> Record:
    """Return the audit: an issue is a region of pixels that touch and whose labels look wrong.

    A label looks wrong where another class is the most likely one and the noise posterior thinks it wrong with more
    than the threshold. ``bbox`` is x1, y1, x2, y2 in pixels, the last two the first ones outside; ``area`` counts
    pixels; ``given`` and ``suggested`` are the label and the most likely class of most of them; ``rle`` is the shape,
    which is what ``counts`` is in COCO's ``{"size": [height, width], "counts": …}``; ``p_wrong`` is the mean over the
    pixels.

    The other arguments are those of :func:`labelaudit.segmentation.rank.get_label_quality_scores`, whose scores of
    images the threshold leaves alone.
    """
    check_choice(method, "method", METHODS)
    check_threshold(threshold)
    width = check_count(boundary_width, "boundary_width", 0)
    images = check_segmentation(labels, predictions, ignore_index)
    names = None if class_names is None else check_class_names(class_names, images.k)
    posterior = pixel_posterior(images, _scorer(images, method, width))  # statistics, score and finish
    look = _Look(images, posterior, width, threshold)
    start = np.zeros(images.k, np.int64)
    found, wrong = map_and_fold(images, look.at, start, len(posterior.seen), posterior.reads)
    return build_audit(
        "segmentation",
        _found(found, posterior, wrong, names),
        method=method,
        parameters={
            "ignore_index": ignore_index,
            "boundary_width": width,
            "threshold": threshold,
            **_weights(images),
        },
        ids=ids,
        class_names=names,
        decisions=decisions,
    )


def _weights(images: LabelledImages) -> dict[str, dict[str, float]]:
    weights = images.weights
    return {} if weights is None else {"weights": {name: round(share, 6) for name, share in weights.items()}}


def _scorer(images: LabelledImages, method: Method, width: int) -> Callable[[LabelledImage, np.ndarray], float]:
    """Return what scores an image, given the probabilities of its labels (H, W)."""
    if method == "softmin":
        return lambda image, given_prob: pooled(given_prob, band_of(image, images, width), _TEMPERATURE)
    flags = find_flags(images)
    return lambda image, _: unflagged_share(image, images, flags.mask(image), band_of(image, images, width))


@dataclass(frozen=True)
class _Image:
    """What is found in an image."""

    size: tuple[int, int]
    pixels: int
    flagged: int
    regions: Regions


@dataclass(frozen=True)
class _Look:
    """What is looked at in an image, and how."""

    images: LabelledImages
    posterior: PixelPosterior
    width: int
    threshold: float

    def at(self, image: LabelledImage) -> tuple[_Image, np.ndarray]:
        """Return what is found in an image, and how many of its pixels look wrong by class, (K,)."""
        band = band_of(image, self.images, self.width)
        wrong = self.posterior.wrong_pixels(image, self.threshold, band)
        mask = np.zeros(image.size, bool)
        mask.reshape(-1)[wrong.places] = True
        shapes, labels = shapes_of(mask), to_numpy(image.labels, "labels").reshape(-1)
        of_places = np.searchsorted(wrong.places, shapes.places)
        regions, by_class = regions_of(
            shapes,
            labels[shapes.places],
            wrong.predicted[of_places],
            wrong.given_prob[of_places],
            wrong.p_wrong[of_places],
            self.images.k,
        )
        labelled = int(np.count_nonzero(labels != self.images.ignore_index))
        return _Image(image.size, labelled, shapes.places.size, regions), by_class


def _found(
    found: Sequence[_Image], posterior: PixelPosterior, wrong: np.ndarray, names: tuple[str, ...] | None
) -> Found:
    columns = {
        "height": [image.size[0] for image in found],
        "width": [image.size[1] for image in found],
        "pixels": [image.pixels for image in found],
        "flagged": [image.flagged for image in found],
    }
    rate = posterior.noise.rate
    return Found(
        pl.DataFrame(
            [
                pl.Series("score", [seen.score for seen in posterior.seen], dtype=pl.Float64),
                *(pl.Series(name, values, dtype=pl.Int64) for name, values in columns.items()),
            ]
        ),
        region_table([image.regions for image in found], names),
        count_classes(UNIT, posterior.counts, wrong, names=names),
        Estimate(rate.wrong, rate.low, rate.high, UNIT),
        doubts_of(posterior.noise, names),
    )
