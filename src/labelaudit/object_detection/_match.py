"""Which predicted object saw which annotated one: the part that boxes and masks share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelaudit._kernels import box_kernels, matching_kernels
from labelaudit._stats.confirmations import Confirmations


@dataclass(frozen=True)
class Likeness:
    """How alike the objects of two ragged containers are: the one thing that boxes and masks do not share."""

    iou: Callable[[Any, Any], np.ndarray]  # ragged pairs
    iou_and_similarity: Callable[[Any, Any], tuple[np.ndarray, np.ndarray]]


iou = Likeness(
    lambda a, b: box_kernels().iou(a.boxes, a.starts, b.boxes, b.starts),
    lambda a, b: box_kernels().iou_and_scaled_similarity(a.boxes, a.starts, b.boxes, b.starts),
)


@dataclass(frozen=True)
class Matches:
    """What was seen of a block of images; all that scores need beside the calibration."""

    partners: np.ndarray  # (L,) index of the prediction that saw an annotated object, or -1
    overlaps: np.ndarray  # (L,) IoU with it, or NaN
    ious: np.ndarray  # ragged pairs, annotated with predicted


def match(labels: Any, predictions: Any, likeness: Likeness) -> Matches:
    """Return which prediction saw which annotated object: one each, of its class, the most alike first."""
    kernels = matching_kernels()
    ious, similarities = likeness.iou_and_similarity(labels, predictions)
    partners = kernels.assign(
        ious, similarities, labels.classes, labels.starts, predictions.classes, predictions.starts
    )
    overlaps = kernels.overlap_with_partner(ious, partners, labels.starts, predictions.starts)
    return Matches(partners, overlaps, ious)


def confirmations(labels: Any, predictions: Any, matches: Matches, k: int) -> Confirmations:
    """Return how often the annotations confirm the detector in a block of images."""
    return Confirmations.of(
        labels.classes, predictions.classes, predictions.confidences, matches.partners, matches.overlaps, k
    )
