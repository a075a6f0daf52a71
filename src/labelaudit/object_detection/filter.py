"""Which images have a wrong box."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelaudit._checks.object_detection import check_scenes
from labelaudit._data.boxes import Boxes, Detections, Scenes
from labelaudit._data.ragged import offsets_of
from labelaudit._kernels import box_kernels, detection_kernels
from labelaudit._run.passes import in_order
from labelaudit.object_detection import _objectlab

__all__ = ["find_label_issues"]

# the IoU from which on a prediction has found an object, 0.50 to 0.95
THRESHOLDS = np.linspace(0.5, 0.95, 10)

# a box is an issue at or below this share of the average precision of its class, in float32 as cleanlab has it
_FACTORS = (np.float32(0.25), np.float32(0.8))


def find_label_issues(
    labels: Any,
    predictions: Any,
    *,
    return_indices_ranked_by_score: bool = False,
    overlapping_label_check: bool = True,
) -> np.ndarray:
    """Return which images have an overlooked, badly located or swapped box: a mask, or indices, worst first.

    A box is an issue where its score is at most 0.2 times the average precision of its class (the mean over IoU
    thresholds of 0.50 to 0.95).

    Parameters
    ----------
    labels, predictions, overlapping_label_check
        As in :func:`labelaudit.object_detection.rank.get_label_quality_scores`.
    return_indices_ranked_by_score
        Return indices, ranked by that score, instead of a mask.

    Raises
    ------
    InputError
        As :func:`labelaudit.object_detection.rank.get_label_quality_scores`.

    Examples
    --------
    >>> labels = [{"bboxes": [[0, 0, 10, 10]], "labels": [k]} for k in (0, 1, 1)]  # the second is a 0
    >>> seen, none = np.array([[0, 0, 10, 10, 0.99], [90, 90, 99, 99, 0.2]]), np.zeros((0, 5))
    >>> find_label_issues(labels, [[seen, none], [seen, none], [none, seen]])
    array([False,  True, False])
    """
    scenes = check_scenes(labels, predictions)
    precision = average_precision(scenes)
    at_most = (precision * _FACTORS[0] * _FACTORS[1]).astype(np.float64)
    overlooked, badly_located, swapped = boxes = _objectlab.box_scores(scenes, overlapping=overlapping_label_check)
    given, found = scenes.labels, scenes.predictions
    mask = np.zeros(len(scenes), bool)
    mask[found.images[overlooked <= at_most[found.classes]]] = True
    mask[given.images[(badly_located <= at_most[given.classes]) | (swapped <= at_most[given.classes])]] = True
    if not return_indices_ranked_by_score:
        return mask
    scores = _objectlab.image_scores(scenes, boxes, _objectlab.WEIGHTS)
    flagged = np.flatnonzero(mask)
    return flagged[np.argsort(scores[flagged], kind="stable")]


def average_precision(scenes: Scenes) -> np.ndarray:
    """Return the average precision of each class, (K,) float32."""
    found = scenes.predictions
    order = np.lexsort((-found.confidences, found.classes))
    starts = offsets_of(np.bincount(found.classes, minlength=scenes.k))
    counts = np.bincount(scenes.labels.classes, minlength=scenes.k)
    kernel = detection_kernels().average_precision
    precision: np.ndarray = kernel(hits(scenes), order, starts, counts, THRESHOLDS.size).mean(axis=1)
    return precision


def hits(scenes: Scenes) -> np.ndarray:
    """Return for each predicted box a bit a threshold: whether it is the one that found an annotated box."""

    def work(block: tuple[Boxes, Detections]) -> np.ndarray:
        given, found = block
        ious = box_kernels().iou(given.boxes, given.starts, found.boxes, found.starts)
        bits: np.ndarray = detection_kernels().first_to_cover(
            ious, given.classes, given.starts, found.classes, found.confidences, found.starts, THRESHOLDS
        )
        return bits

    return np.concatenate(in_order(scenes.blocks(), work))
