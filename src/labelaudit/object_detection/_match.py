"""Which predicted object saw which annotated one, and what else was seen there: the part that boxes and masks share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from labelaudit._kernels import box_kernels, matching_kernels
from labelaudit._stats.detector_counts import DetectorCounts


class Overlaps(NamedTuple):
    """The pairs of objects of the same image that overlap, image by image."""

    first: np.ndarray  # (n,) int32, rising
    second: np.ndarray  # (n,) int32
    ious: np.ndarray  # (n,)


@dataclass(frozen=True)
class PairSimilarity:
    """How alike the objects of two ragged containers are: the one thing that boxes and masks do not share."""

    iou: Callable[[Any, Any], np.ndarray]  # all pairs of each image, row by row, one image after another
    similarity: Callable[[Any, Any, Overlaps], np.ndarray]  # (n,), by which pairs with an IoU of ½ or more are matched


BOX_IOU = PairSimilarity(
    lambda a, b: box_kernels().iou(a.boxes, a.starts, b.boxes, b.starts),
    lambda a, b, pairs: box_kernels().scaled_similarity(a.boxes, b.boxes, *pairs),
)


@dataclass(frozen=True)
class Matches:
    """What was seen of a block of images: all that scores need beside the calibration.

    It is a few numbers an object, not one for every pair of them, so that it is kept from the walk that calibrates to
    the one that scores.
    """

    partners: np.ndarray  # (L,) index of the prediction that saw an annotated object, or -1
    overlaps: np.ndarray  # (L,) IoU with it, or NaN
    matched: np.ndarray  # (M,) whether a prediction is the partner of an annotated object
    greatest: np.ndarray  # (M,) greatest IoU with an annotated object of any class
    contradictions: tuple[np.ndarray, np.ndarray]  # (n,) int32 twice: an annotated object, a prediction against it
    repeats: Overlaps  # of annotated objects with each other


def match(labels: Any, predictions: Any, similarity: PairSimilarity) -> Matches:
    """Return which prediction saw which annotated object: one each, of its class, the most alike first."""
    kernels = matching_kernels()
    pairs = overlaps_of(labels, predictions, similarity)
    partners, overlaps, matched = kernels.assign(
        *pairs, similarity.similarity(labels, predictions, pairs), labels.classes, labels.starts, predictions.classes
    )
    against = kernels.contradicts(*pairs, labels.classes, predictions.classes, matched)
    return Matches(
        partners,
        overlaps,
        matched,
        kernels.greatest_overlap(pairs.second, pairs.ious, matched.size),
        (pairs.first[against], pairs.second[against]),
        repeats_of(labels, similarity),
    )


def overlaps_of(a: Any, b: Any, similarity: PairSimilarity) -> Overlaps:
    """Return which objects overlap with which of the same image."""
    return Overlaps(*matching_kernels().overlapping(similarity.iou(a, b), a.starts, b.starts))


def repeats_of(objects: Any, similarity: PairSimilarity) -> Overlaps:
    """Return which objects overlap with each other, each pair once, the earlier one first."""
    pairs = overlaps_of(objects, objects, similarity)
    once = pairs.first < pairs.second
    return Overlaps(*(part[once] for part in pairs))


def count(labels: Any, predictions: Any, matches: Matches, k: int) -> DetectorCounts:
    """Return how often the annotations confirm the detector in a block of images."""
    return DetectorCounts.of(
        labels.classes, predictions.classes, predictions.confidences, matches.partners, matches.overlaps, k
    )
