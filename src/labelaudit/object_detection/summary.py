"""What a data set of boxes holds, how well a detector does on each class, and how a scene looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from labelaudit._checks.object_detection import check_either, check_scenes
from labelaudit._data.boxes import Boxes, Detections, Scenes
from labelaudit.errors import InputError
from labelaudit.object_detection import _drawing
from labelaudit.object_detection._marks import checked_names
from labelaudit.object_detection._visualize import visualize
from labelaudit.object_detection.filter import THRESHOLDS, hits

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ClassNames = Mapping[Any, Any] | Sequence[Any] | None


def object_counts_per_image(
    labels: Any = None, predictions: Any = None, *, auxiliary_inputs: Sequence[Mapping[str, Any]] | None = None
) -> tuple[list[int], list[int]]:
    """Return how many annotated and how many predicted boxes each image has.

    Parameters
    ----------
    labels, predictions
        As :func:`labelaudit.object_detection.rank.get_label_quality_scores` takes them.
    auxiliary_inputs
        As :func:`labelaudit.object_detection.rank.compute_overlooked_box_scores` takes them, instead of both.

    Raises
    ------
    InputError
        As :func:`labelaudit.object_detection.rank.get_label_quality_scores`.

    Examples
    --------
    >>> labels = [{"bboxes": [[0, 0, 9, 9]], "labels": [1]}, {"bboxes": [], "labels": []}]
    >>> found = {"boxes": [[0, 0, 9, 8], [0, 0, 4, 4]], "labels": [1, 0], "scores": [0.9, 0.3]}
    >>> object_counts_per_image(labels, [found, found])
    ([1, 0], [2, 2])
    """
    scenes = check_either(labels, predictions, auxiliary_inputs)
    return scenes.labels.counts.tolist(), scenes.predictions.counts.tolist()


def bounding_box_size_distribution(
    labels: Any = None,
    predictions: Any = None,
    *,
    auxiliary_inputs: Sequence[Mapping[str, Any]] | None = None,
    class_names: ClassNames = None,
    sort: bool = False,
) -> tuple[dict[Any, list[float]], dict[Any, list[float]]]:
    """Return the areas of the annotated and of the predicted boxes of each class that has any, in square pixels.

    Parameters
    ----------
    labels, predictions, auxiliary_inputs
        As in :func:`object_counts_per_image`.
    class_names : K names, or a mapping of some classes (0 or "0") to names
        What classes are called in the result; only these are in it. All, by their index, by default.
    sort
        Whether classes with more boxes come first; else in the order of their indices.

    Raises
    ------
    InputError
        As :func:`object_counts_per_image`, and for two classes of one name.

    Examples
    --------
    >>> labels = [{"bboxes": [[0, 0, 9, 9]], "labels": [1]}]
    >>> found = {"boxes": [[0, 0, 9, 8], [0, 0, 4, 4]], "labels": [1, 0], "scores": [0.9, 0.3]}
    >>> bounding_box_size_distribution(labels, [found], class_names=["cat", "dog"])
    ({'dog': [81.0]}, {'cat': [16.0], 'dog': [72.0]})
    """
    scenes = check_either(labels, predictions, auxiliary_inputs)
    names = checked_names(class_names)
    keys = _keys(range(scenes.k) if class_names is None else sorted(names), names)
    given, found = (_sizes(part, keys, sort=sort) for part in (scenes.labels, scenes.predictions))
    return given, found


def class_label_distribution(
    labels: Any = None,
    predictions: Any = None,
    *,
    auxiliary_inputs: Sequence[Mapping[str, Any]] | None = None,
    class_names: ClassNames = None,
    decimals: int | None = 2,
) -> tuple[dict[Any, float], dict[Any, float]]:
    """Return the share of each class in the annotated and in the predicted boxes, of classes that have any.

    Parameters
    ----------
    labels, predictions, auxiliary_inputs
        As in :func:`object_counts_per_image`.
    class_names : K names, or a mapping of classes (0 or "0") to names
        What classes are called in the result; those without a name keep their index.
    decimals
        Shares are rounded to so many places; None: not at all, so that rare classes keep theirs.

    Raises
    ------
    InputError
        As :func:`bounding_box_size_distribution`.

    Examples
    --------
    >>> labels = [{"bboxes": [[0, 0, 9, 9], [0, 0, 4, 4], [1, 1, 5, 5]], "labels": [1, 0, 0]}]
    >>> found = {"boxes": [[0, 0, 9, 8]], "labels": [1], "scores": [0.9]}
    >>> class_label_distribution(labels, [found], class_names={0: "cat"})
    ({'cat': 0.67, 1: 0.33}, {1: 1.0})
    """
    scenes = check_either(labels, predictions, auxiliary_inputs)
    keys = _keys(range(scenes.k), checked_names(class_names))
    given, found = (_shares(part.classes, keys, decimals) for part in (scenes.labels, scenes.predictions))
    return given, found


def get_sorted_bbox_count_idxs(labels: Any, predictions: Any) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return (image, count) of annotated and of predicted boxes, images with most boxes first.

    Parameters and errors are those of :func:`object_counts_per_image`.

    Examples
    --------
    >>> labels = [{"bboxes": [], "labels": []}, {"bboxes": [[0, 0, 9, 9]], "labels": [1]}]
    >>> found = {"boxes": [[0, 0, 9, 8]], "labels": [1], "scores": [0.9]}
    >>> get_sorted_bbox_count_idxs(labels, [found, found])
    ([(1, 1), (0, 0)], [(0, 1), (1, 1)])
    """
    given, found = (sorted(enumerate(c), key=lambda i: -i[1]) for c in object_counts_per_image(labels, predictions))
    return given, found


def get_average_per_class_confusion_matrix(
    labels: Any, predictions: Any, num_procs: int = 1, class_names: ClassNames = None
) -> dict[Any, dict[str, float]]:
    """Return how many boxes of each class the detector found (TP), made up (FP) and missed (FN).

    Counts are means over the IoU thresholds 0.50, 0.55, ... 0.95; errors are those of
    :func:`bounding_box_size_distribution`.

    Parameters
    ----------
    labels, predictions
        As in :func:`object_counts_per_image`.
    num_procs
        Taken for compatibility.
    class_names : K names, or a mapping of classes (0 or "0") to names
        What classes are called in the result; those without a name keep their index.

    Examples
    --------
    >>> labels = [{"bboxes": [[0, 0, 10, 10]], "labels": [0]}]
    >>> found = {"boxes": [[0, 0, 10, 7.5]], "labels": [0], "scores": [0.9]}  # IoU 0.75: 6 of the 10 thresholds
    >>> get_average_per_class_confusion_matrix(labels, [found])
    {0: {'TP': 0.6, 'FP': 0.4, 'FN': 0.4}}
    """
    scenes = check_scenes(labels, predictions)
    keys = _keys(range(scenes.k), checked_names(class_names))
    rows = np.round(_confusion(scenes), 1).tolist()  # tenths, but for the last bit
    return {keys[k]: dict(zip(("TP", "FP", "FN"), row, strict=True)) for k, row in enumerate(rows)}


def calculate_per_class_metrics(
    labels: Any, predictions: Any, num_procs: int = 1, class_names: ClassNames = None
) -> dict[Any, dict[str, float]]:
    """Return the precision, recall and F1 of the detector for each class.

    They are those of the counts of :func:`get_average_per_class_confusion_matrix`, 0 where there is nothing to count,
    whose parameters and errors they share.

    Examples
    --------
    >>> labels = [{"bboxes": [[0, 0, 10, 10], [50, 50, 60, 60]], "labels": [0, 0]}]
    >>> found = {"boxes": [[0, 0, 10, 10]], "labels": [0], "scores": [0.9]}
    >>> calculate_per_class_metrics(labels, [found])[0]
    {'average precision': 1.0, 'average recall': 0.5, 'average f1': 0.6666666666666666}
    """
    scenes = check_scenes(labels, predictions)
    keys = _keys(range(scenes.k), checked_names(class_names))
    metrics = {}
    for k, (hit, made_up, missed) in enumerate(_confusion(scenes).tolist()):
        precision, recall = _share(hit, hit + made_up), _share(hit, hit + missed)
        f1 = _share(2 * precision * recall, precision + recall)
        metrics[keys[k]] = {"average precision": precision, "average recall": recall, "average f1": f1}
    return metrics


def plot_class_size_distributions(
    labels: Any, predictions: Any, class_names: ClassNames = None, class_to_show: int = 10, **kwargs: Any
) -> Figure:
    """Return a figure with the areas of the annotated and the predicted boxes of each class.

    Parameters
    ----------
    labels, predictions, class_names
        As in :func:`bounding_box_size_distribution`, whose errors these are: only named classes are shown.
    class_to_show
        How many classes are shown, those with most boxes.
    **kwargs
        ``block``, taken for compatibility: the figure is returned, not shown; ``figure.savefig`` writes it.

    Examples
    --------
    >>> labels = [{"bboxes": [[0, 0, 9, 9]], "labels": [1]}]
    >>> found = {"boxes": [[0, 0, 9, 8], [0, 0, 4, 4]], "labels": [1, 0], "scores": [0.9, 0.3]}
    >>> figure = plot_class_size_distributions(labels, [found], class_names=["cat", "dog"])
    >>> [axes.get_title() for axes in figure.axes]
    ['dog', 'cat']
    """
    _drawing.check_options(kwargs)
    if class_to_show < 1:
        raise InputError(f"class_to_show: expected at least 1, got {class_to_show}")
    given, found = bounding_box_size_distribution(labels, predictions, class_names=class_names, sort=True)
    ordered = sorted({**given, **found}, key=lambda key: (-len(given.get(key, ())), -len(found.get(key, ()))))
    return _drawing.sizes({str(key): (given.get(key, []), found.get(key, [])) for key in ordered[:class_to_show]})


def plot_class_distribution(labels: Any, predictions: Any, class_names: ClassNames = None, **kwargs: Any) -> Figure:
    """Return a figure with the share of each class in the annotated and in the predicted boxes.

    Parameters and errors are those of :func:`class_label_distribution` and :func:`plot_class_size_distributions`.

    Examples
    --------
    >>> labels = [{"bboxes": [[0, 0, 9, 9]], "labels": [1]}]
    >>> found = {"boxes": [[0, 0, 9, 8], [0, 0, 4, 4]], "labels": [1, 0], "scores": [0.9, 0.3]}
    >>> figure = plot_class_distribution(labels, [found], class_names=["cat", "dog"])
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['dog', 'cat']
    """
    _drawing.check_options(kwargs)
    given, found = class_label_distribution(labels, predictions, class_names=class_names, decimals=None)
    ordered = sorted({**given, **found}, key=lambda key: (-given.get(key, 0.0), -found.get(key, 0.0)))
    return _drawing.shares({str(key): (given.get(key, 0.0), found.get(key, 0.0)) for key in ordered})


def _keys(classes: Sequence[int], names: Mapping[int, Any]) -> dict[int, Any]:
    # what each class is called in a result
    keys = {k: names.get(k, k) for k in classes}
    called: dict[Any, int] = {}
    for k, key in keys.items():
        if key in called:
            raise InputError(f"class_names: classes {called[key]} and {k} are both {key!r}; name them apart")
        called[key] = k
    return keys


def _sizes(part: Boxes | Detections, keys: Mapping[int, Any], *, sort: bool) -> dict[Any, list[float]]:
    areas = (part.boxes[:, 2] - part.boxes[:, 0]) * (part.boxes[:, 3] - part.boxes[:, 1])
    order = np.argsort(part.classes, kind="stable")
    classes, firsts = np.unique(part.classes[order], return_index=True)
    by_class = dict(zip(classes.tolist(), np.split(areas[order], firsts[1:]), strict=False))
    sizes = {key: by_class[k].tolist() for k, key in keys.items() if k in by_class}
    return dict(sorted(sizes.items(), key=lambda item: -len(item[1]))) if sort else sizes


def _shares(classes: np.ndarray, keys: Mapping[int, Any], decimals: int | None) -> dict[Any, float]:
    counts = np.bincount(classes).tolist()
    present = {keys[k]: count for k, count in enumerate(counts) if count}
    if decimals is None:
        return {key: count / classes.size for key, count in present.items()}
    # a tie rounds down, as in cleanlab
    return {key: round(count / (classes.size + 1e-6), decimals) for key, count in present.items()}


def _confusion(scenes: Scenes) -> np.ndarray:
    # (K, 3) found, made up, missed
    given, found = (np.bincount(part.classes, minlength=scenes.k) for part in (scenes.labels, scenes.predictions))
    bits = np.bitwise_count(hits(scenes))
    hit = np.bincount(scenes.predictions.classes, bits, scenes.k) / THRESHOLDS.size
    return np.column_stack([hit, found - hit, given - hit])


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


__all__ = [
    "bounding_box_size_distribution",
    "calculate_per_class_metrics",
    "class_label_distribution",
    "get_average_per_class_confusion_matrix",
    "get_sorted_bbox_count_idxs",
    "object_counts_per_image",
    "plot_class_distribution",
    "plot_class_size_distributions",
    "visualize",
]
