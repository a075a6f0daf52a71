"""How likely the boxes of each image are right, and each box on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np

from labelaudit._checks.arrays import check_choice, check_scores
from labelaudit._checks.object_detection import check_either, check_scenes
from labelaudit._checks.options import check_temperature
from labelaudit._data.arrays import to_numpy
from labelaudit._data.ragged import Ragged, offsets_of
from labelaudit._stats.detector_counts import Calibration
from labelaudit.errors import InputError
from labelaudit.object_detection import _calibrated, _objectlab
from labelaudit.object_detection._match import BOX_IOU

Method = Literal["objectlab", "calibrated"]
METHODS: tuple[str, ...] = get_args(Method)


def get_label_quality_scores(
    labels: Any,
    predictions: Any,
    *,
    aggregation_weights: Mapping[str, float] | None = None,
    overlapping_label_check: bool = True,
    verbose: bool = True,
    method: Method = "objectlab",
    calibration: Calibration | None = None,
) -> np.ndarray:
    """Return how likely the boxes of each image are right and complete, from 0 (surely not) to 1 (surely).

    Parameters
    ----------
    labels : N dictionaries
        Of ``bboxes`` (or ``boxes``), (L, 4) x1, y1, x2, y2 in pixels, and ``labels``, (L,) classes 0..K-1.
    predictions : N images' predictions, all in one form
        A list of K arrays (M, 5) x1, y1, x2, y2, confidence, one a class (mmdetection); an array (P, 5 + K) of x1, y1,
        x2, y2, confidence and class probabilities; or a dictionary of ``boxes``, ``labels`` and ``scores``
        (torchvision). By a model that was not trained on the image.
    aggregation_weights
        The weights of ``overlooked``, ``badloc`` and ``swap`` (and of ``duplicate`` with ``calibrated``), which sum to
        1; equal by default.
    overlapping_label_check
        Whether two annotated boxes in the same place with different classes are swapped (``objectlab`` only).
    verbose
        Taken for compatibility; nothing is printed.
    method
        ``objectlab``: the geometric mean of the pooled scores of confident predictions, as in cleanlab. ``calibrated``:
        1 / (1 + expected number of wrong boxes), from probabilities that the annotations of the data set themselves
        confirm (this project's own): free of the scale of images and of the detector's confidences.
    calibration
        For ``calibrated``: what :func:`calibrate` returns, so that an image's score does not depend on the others.

    Returns
    -------
    (N,) float64.

    Raises
    ------
    InputError
        For images in several forms or in none that is known, boxes that are not x1, y1, x2, y2, confidences outside
        [0, 1], weights that do not fit.

    References
    ----------
    Tkachenko, Thyagarajan, Mueller: ObjectLab: Automated diagnosis of mislabeled images in object detection data (ICML
    2023 workshop on challenges in deployable generative AI).

    Examples
    --------
    >>> labels = [{"bboxes": [[0, 0, 10, 10]], "labels": [0]}, {"bboxes": [[0, 0, 10, 10]], "labels": [1]}]
    >>> seen = np.array([[0, 0, 10, 10, 0.99], [90, 90, 99, 99, 0.2]])
    >>> predictions = [[seen, np.zeros((0, 5))], [seen, np.zeros((0, 5))]]
    >>> get_label_quality_scores(labels, predictions).round(2)
    array([1.  , 0.01])
    """
    check_choice(method, "method", METHODS)
    scenes = check_scenes(labels, predictions)
    if method == "objectlab":
        if calibration is not None:
            raise InputError('calibration: is used only with method="calibrated"')
        weights = _objectlab.check_weights(aggregation_weights, _objectlab.WEIGHTS)
        boxes = _objectlab.box_scores(scenes, overlapping=overlapping_label_check)
        return _objectlab.image_scores(scenes, boxes, weights)
    weights = _objectlab.check_weights(aggregation_weights, _calibrated.WEIGHTS)
    return _calibrated.image_scores(_calibrated.errors_of(scenes, calibration, BOX_IOU), scenes, weights)


def calibrate(labels: Any, predictions: Any) -> Calibration:
    """Return how far this detector's predictions are to be believed, from how often the annotations confirm them.

    The probability that a prediction of a class shows a real object is the isotonic regression of being matched by an
    annotated box (one to one, IoU of at least 0.5) on its confidence, divided by the annotators' estimated recall.

    Examples
    --------
    >>> labels = [{"bboxes": [[0, 0, 10, 10]], "labels": [0]}] * 50
    >>> predictions = [[np.array([[0, 0, 10, 10, 0.9], [40, 40, 50, 50, 0.2]])]] * 50
    >>> calibrate(labels, predictions).probability(np.array([0, 0]), np.array([0.9, 0.2])).round(2)
    array([1., 0.])
    """
    return _calibrated.calibrate(check_scenes(labels, predictions), BOX_IOU)


def compute_calibrated_box_scores(
    labels: Any, predictions: Any, *, calibration: Calibration | None = None
) -> dict[str, list[np.ndarray]]:
    """Return how likely each box is right, by kind of error: lists with an array of scores in [0, 1] an image.

    ``overlooked`` has a score a predicted box, NaN where it is annotated; ``badloc``, ``swap`` and ``duplicate`` have
    one an annotated box. Parameters and errors are those of :func:`get_label_quality_scores`.

    Examples
    --------
    >>> labels = [{"bboxes": [[0, 0, 10, 10]], "labels": [0]}] * 50
    >>> predictions = [[np.array([[0, 0, 10, 10, 0.9], [40, 40, 50, 50, 0.2]])]] * 50
    >>> sorted(compute_calibrated_box_scores(labels, predictions))
    ['badloc', 'duplicate', 'overlooked', 'swap']
    """
    scenes = check_scenes(labels, predictions)
    return _calibrated.scores_by_kind(_calibrated.errors_of(scenes, calibration, BOX_IOU), scenes)


def issues_from_scores(label_quality_scores: Any, *, threshold: float = 0.1) -> np.ndarray:
    """Return the indices of the images that score at most the threshold, worst first.

    Raises
    ------
    InputError
        For scores that are NaN, and a threshold above 1.

    Examples
    --------
    >>> issues_from_scores([0.05, 0.9, 0.01])
    array([2, 0])
    """
    scores = to_numpy(check_scores(label_quality_scores, "label_quality_scores"), "label_quality_scores")
    if not threshold <= 1:
        raise InputError(f"threshold: expected a score of at most 1, got {threshold}")
    found = np.flatnonzero(scores <= threshold)
    return found[np.argsort(scores[found], kind="stable")]


def compute_overlooked_box_scores(
    *,
    labels: Any = None,
    predictions: Any = None,
    alpha: float | None = None,
    high_probability_threshold: float | None = None,
    auxiliary_inputs: Sequence[Mapping[str, Any]] | None = None,
) -> list[np.ndarray]:
    """Return for each image a score a predicted box: low where it shows an object that nobody annotated.

    Parameters
    ----------
    labels, predictions
        As :func:`get_label_quality_scores` takes them.
    alpha
        The weight of the IoU in similarity = alpha * IoU + (1 - alpha) * exp(-0.1 * distance of centres); 0.9.
    high_probability_threshold
        Boxes less confident than this score NaN, as do those that overlap any annotated box; 0.95.
    auxiliary_inputs
        Dictionaries of ``lab_bboxes``, ``lab_labels``, ``pred_bboxes``, ``pred_labels`` and ``pred_label_probs``, as
        cleanlab makes them, instead of labels and predictions; similarities in them are calculated again.

    Examples
    --------
    >>> labels = [{"bboxes": [[0, 0, 10, 10]], "labels": [0]}]
    >>> predictions = [[np.array([[0, 0, 10, 10, 0.99], [50, 0, 60, 10, 0.99]])]]
    >>> compute_overlooked_box_scores(labels=labels, predictions=predictions)[0].round(4)
    array([   nan, 0.0007])
    """
    scenes = check_either(labels, predictions, auxiliary_inputs)
    high = _objectlab.CONFIDENT if high_probability_threshold is None else high_probability_threshold
    scores = _objectlab.overlooked_scores(scenes, _objectlab.ALPHA if alpha is None else alpha, high)
    return Ragged(scores, scenes.predictions.starts).split()


def compute_badloc_box_scores(
    *,
    labels: Any = None,
    predictions: Any = None,
    alpha: float | None = None,
    low_probability_threshold: float | None = None,
    auxiliary_inputs: Sequence[Mapping[str, Any]] | None = None,
) -> list[np.ndarray]:
    """Return for each image a score an annotated box: low where it is badly located, 1 where no prediction tells.

    ``low_probability_threshold``: predictions no more confident than this do not count; 0.5. The other parameters are
    those of :func:`compute_overlooked_box_scores`.

    Examples
    --------
    >>> labels = [{"bboxes": [[0, 0, 10, 10]], "labels": [0]}]
    >>> compute_badloc_box_scores(labels=labels, predictions=[[np.array([[5, 0, 15, 10, 0.99]])]])[0].round(4)
    array([0.3607])
    """
    scenes = check_either(labels, predictions, auxiliary_inputs)
    low = _objectlab.FAIRLY_CONFIDENT if low_probability_threshold is None else low_probability_threshold
    alpha = _objectlab.ALPHA if alpha is None else alpha
    return Ragged(_objectlab.box_scores(scenes, alpha=alpha, fairly_confident=low)[1], scenes.labels.starts).split()


def compute_swap_box_scores(
    *,
    labels: Any = None,
    predictions: Any = None,
    alpha: float | None = None,
    high_probability_threshold: float | None = None,
    overlapping_label_check: bool = True,
    auxiliary_inputs: Sequence[Mapping[str, Any]] | None = None,
) -> list[np.ndarray]:
    """Return for each image a score an annotated box: low where it has the class of another object.

    ``high_probability_threshold``: predictions no more confident than this do not count; 0.95.
    ``overlapping_label_check``: whether two annotated boxes in one place with different classes are swapped. The other
    parameters are those of :func:`compute_overlooked_box_scores`.

    Examples
    --------
    >>> labels = [{"bboxes": [[0, 0, 10, 10]], "labels": [1]}]
    >>> predictions = [[np.array([[0, 0, 10, 9, 0.99], [90, 90, 99, 99, 0.2]]), np.zeros((0, 5))]]
    >>> compute_swap_box_scores(labels=labels, predictions=predictions)[0].round(4)
    array([0.0949])
    """
    scenes = check_either(labels, predictions, auxiliary_inputs)
    high = _objectlab.CONFIDENT if high_probability_threshold is None else high_probability_threshold
    alpha = _objectlab.ALPHA if alpha is None else alpha
    scores = _objectlab.box_scores(scenes, alpha=alpha, confident=high, overlapping=overlapping_label_check)[2]
    return Ragged(scores, scenes.labels.starts).split()


def pool_box_scores_per_image(box_scores: Sequence[Any], *, temperature: float | None = None) -> np.ndarray:
    """Return one score an image, the softmin of those of its boxes; NaN is left out, 1 where nothing is left.

    Examples
    --------
    >>> pool_box_scores_per_image([np.array([0.5, np.nan]), np.array([])])
    array([0.5, 1. ])
    """
    temperature = _objectlab.TEMPERATURE if temperature is None else check_temperature(temperature)
    parts = [np.asarray(scores, np.float64).ravel() for scores in box_scores]
    starts = offsets_of([part.size for part in parts])
    return _objectlab.pooled(np.concatenate([np.zeros(0), *parts]), starts, temperature)


__all__ = [
    "calibrate",
    "compute_badloc_box_scores",
    "compute_calibrated_box_scores",
    "compute_overlooked_box_scores",
    "compute_swap_box_scores",
    "get_label_quality_scores",
    "issues_from_scores",
    "pool_box_scores_per_image",
]
