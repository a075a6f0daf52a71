"""How likely the masks of each image are right, and each mask on its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from labelaudit._checks.instance_segmentation import check_mask_scenes, check_mask_sets
from labelaudit._kernels import mask_kernels
from labelaudit._stats.detector_counts import Calibration
from labelaudit.instance_segmentation._match import MASK_IOU
from labelaudit.object_detection import _calibrated
from labelaudit.object_detection._objectlab import check_weights


def get_label_quality_scores(
    labels: Any,
    predictions: Any,
    *,
    aggregation_weights: Mapping[str, float] | None = None,
    calibration: Calibration | None = None,
) -> np.ndarray:
    """Return how likely the masks of each image are right and complete, from 0 (surely not) to 1 (surely).

    The score is 1 / (1 + expected number of wrong masks), from probabilities that the annotations of the data set
    themselves confirm, as ``method="calibrated"`` of object detection has it.

    Parameters
    ----------
    labels : N dictionaries
        Of ``masks``, L of them, and ``labels``, (L,) classes 0..K-1. Masks are COCO run lengths (dictionaries of
        ``size``, height and width, and ``counts``, a list or a compressed string), an array (L, height, width) of
        booleans or of 0 and 1, or a list of arrays (height, width). All masks of an image have its size. Or
        :class:`labelaudit.instance_segmentation.Masks`, flat arrays of the runs of all images, which is fastest.
    predictions : N dictionaries
        Of ``masks``, ``labels`` and ``scores``, (M,) confidences; or ``PredictedMasks``. By a model that was not
        trained on the image.
    aggregation_weights
        The weights of ``overlooked``, ``badloc``, ``swap`` and ``duplicate``, which sum to 1; equal by default.
    calibration
        What :func:`calibrate` returns, so that an image's score does not depend on the others.

    Returns
    -------
    (N,) float64.

    Raises
    ------
    InputError
        For malformed masks, masks of several sizes in an image, confidences outside [0, 1], weights that do not fit.

    Examples
    --------
    >>> square, gone = np.zeros((1, 8, 8), bool), np.zeros((0, 8, 8), bool)
    >>> square[:, 2:6, 2:6] = True
    >>> labels = [{"masks": square, "labels": [0]}] * 99 + [{"masks": gone, "labels": []}]
    >>> predictions = [{"masks": square, "labels": [0], "scores": [0.9]}] * 100
    >>> get_label_quality_scores(labels, predictions)[[0, 99]].round(2)
    array([1. , 0.5])
    """
    weights = check_weights(aggregation_weights, _calibrated.WEIGHTS)
    scenes = check_mask_scenes(labels, predictions)
    return _calibrated.image_scores(_calibrated.errors_of(scenes, calibration, MASK_IOU), scenes, weights)


def calibrate(labels: Any, predictions: Any) -> Calibration:
    """Return how far this model's masks are to be believed, from how often the annotations confirm them.

    The probability that a predicted mask of a class shows a real object is the isotonic regression of being matched by
    an annotated mask (one to one, IoU of at least 0.5) on its confidence, divided by the annotators' estimated recall.

    Examples
    --------
    >>> two = [{"size": [4, 4], "counts": [0, 8, 8]}, {"size": [4, 4], "counts": [8, 8]}]
    >>> labels = [{"masks": two[:1], "labels": [0]}] * 50
    >>> predictions = [{"masks": two, "labels": [0, 0], "scores": [0.9, 0.2]}] * 50
    >>> calibrate(labels, predictions).probability(np.array([0, 0]), np.array([0.9, 0.2])).round(2)
    array([1., 0.])
    """
    return _calibrated.calibrate(check_mask_scenes(labels, predictions), MASK_IOU)


def compute_object_scores(
    labels: Any, predictions: Any, *, calibration: Calibration | None = None
) -> dict[str, list[np.ndarray]]:
    """Return how likely each mask is right, by kind of error: lists with an array of scores in [0, 1] an image.

    ``overlooked`` has a score a predicted mask, NaN where it is annotated; ``badloc``, ``swap`` and ``duplicate`` have
    one an annotated mask. Parameters and errors are those of :func:`get_label_quality_scores`.

    Examples
    --------
    >>> two = [{"size": [4, 4], "counts": [0, 8, 8]}, {"size": [4, 4], "counts": [8, 8]}]
    >>> labels = [{"masks": two, "labels": [0, 0]}] * 50 + [{"masks": two, "labels": [0, 1]}]
    >>> predictions = [{"masks": two, "labels": [0, 0], "scores": [0.9, 0.8]}] * 51
    >>> compute_object_scores(labels, predictions)["swap"][-1].round(2)
    array([1.  , 0.02])
    """
    scenes = check_mask_scenes(labels, predictions)
    return _calibrated.scores_by_kind(_calibrated.errors_of(scenes, calibration, MASK_IOU), scenes)


def mask_iou(masks_a: Any, masks_b: Any) -> np.ndarray:
    """Return the intersection over union of every mask of one set with every mask of another, (A, B) float64.

    Masks are taken in the forms of :func:`get_label_quality_scores`. Two empty masks have none in common: 0.

    Examples
    --------
    >>> mask_iou([[[1, 1, 0, 0]]], [{"size": [1, 4], "counts": [1, 2, 1]}]).round(3)
    array([[0.333]])
    """
    a, b = check_mask_sets(masks_a, masks_b)
    shape = len(a.starts) - 1, len(b.starts) - 1
    pairs: np.ndarray = mask_kernels().mask_iou(*a, np.array([0, shape[0]]), *b, np.array([0, shape[1]]))
    return pairs.reshape(shape)


__all__ = ["calibrate", "compute_object_scores", "get_label_quality_scores", "mask_iou"]
