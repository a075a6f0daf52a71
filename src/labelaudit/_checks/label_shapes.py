"""What labels of another shape than (N,) are likely to be, and the way out."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelaudit._data.arrays import to_numpy
from labelaudit._kernels import Array

# The first rows tell, for the others may lie on disk.
_LOOKED_AT = 1000


def shape_hint(labels: Array) -> str:
    """Return what to do about labels that are not one a row, beginning with a semicolon; nothing where unknown.

    Examples
    --------
    >>> shape_hint(np.array([[0], [2], [1]]))
    '; pass np.ravel(labels)'
    """
    shape = tuple(labels.shape)
    if len(shape) != 2 or not shape[0]:
        return ""
    if shape[1] == 1:
        return "; pass np.ravel(labels)"
    head = _head(labels)
    if head.dtype.kind in "biuf" and np.isin(head, (0, 1)).all():
        one_hot = "; as they are one-hot, pass np.argmax(labels, axis=1)"
        several = "; for any number of classes a row audit with the task multilabel_classification"
        return one_hot if (head.sum(axis=1) == 1).all() else several
    if head.dtype.kind == "f" and not (head == np.floor(head)).all():
        return "; labels in shares of the classes become one a row by np.argmax(labels, axis=1)"
    return (
        "; where each column is an annotator, pass one label a row, such as their majority, "
        "scipy.stats.mode(labels, axis=1).mode"
    )


def are_one_hot(labels: Any, predictions: Any) -> bool:
    """Whether matrices of labels and predictions are those of one class a row."""
    if len(getattr(labels, "shape", ())) != 2 or len(getattr(predictions, "shape", ())) != 2 or labels.shape[1] < 2:
        return False
    given, predicted = _head(labels), _head(predictions)
    if given.dtype.kind not in "biuf" or predicted.dtype.kind != "f" or not len(given):
        return False
    is_one = bool(np.isin(given, (0, 1)).all() and (given.sum(axis=1) == 1).all())
    return is_one and bool((np.abs(predicted.sum(axis=1) - 1) < 1e-3).all())


def are_swapped(labels: Any, pred_probs: Array) -> bool:
    """Whether what should be labels is a matrix of floats, and what should be that has a class a row."""
    shape = tuple(getattr(labels, "shape", ())) or np.shape(labels[:1] if isinstance(labels, list | tuple) else ())
    return len(pred_probs.shape) == 1 and len(shape) == 2 and shape[1] > 1 and _head(labels).dtype.kind == "f"


def _head(array: Any) -> np.ndarray:
    return np.asarray(to_numpy(array[:_LOOKED_AT], "labels"))
