"""Labels and predictions that name their rows and their classes, as arrays in which places tell both."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelaudit._checks.arrays import as_array
from labelaudit._checks.class_names import Classes, LabelValues, classes_of, names_of, order_of
from labelaudit._checks.models import models_of
from labelaudit._checks.streams import is_stream
from labelaudit._checks.tables import aligned, columns_of, ids_in, index_of, matrix_of
from labelaudit._data.ragged import Ragged

_SHOWN = 10  # names in a note


@dataclass(frozen=True)
class Named:
    """Labels and predictions in which rows and columns are told by their places, and what classes are called."""

    labels: Any
    predictions: Any
    classes: Classes


def align(labels: Any, predictions: Any, ids: Any, name: str = "predictions") -> tuple[Any, Any]:
    """Return predictions and ids in the order of the labels, told by the names of their rows.

    Where there are no ids, these are the names. ``name``: what messages call the predictions.
    """
    members = predictions.values() if isinstance(predictions, Mapping) else [predictions]
    first = next((given for given in (labels, *members) if index_of(given) is not None), None)
    rows, other = index_of(first), "labels" if first is labels else name
    if isinstance(predictions, Mapping):
        predictions = {one: aligned(given, f"{name}[{one!r}]", rows, other) for one, given in predictions.items()}
    else:
        predictions = aligned(predictions, name, rows, other)
    return predictions, ids_in(first) if ids is None else aligned(ids, "ids", rows, other)


def named(
    values: LabelValues,
    labels: Any,
    pred_probs: Any,
    class_names: Any = None,
    *,
    depth: int,
    name: str,
    guess: bool,
) -> Named:
    """Return what :class:`Named` says, once the labels are taken apart.

    ``depth``: of the predictions of one model. ``name``: what messages call them. ``guess``: whether the columns may be
    taken for the names in the labels sorted.
    """
    models = models_of(pred_probs, depth)
    members = {"": pred_probs} if models is None else dict(models)
    tables = {one: columns for one, given in members.items() if (columns := columns_of(given)) is not None}
    if not tables and class_names is None and values.categories is None and not (values.are_text and guess):
        return Named(labels, pred_probs, Classes())
    called = {one: f"{name}[{one!r}]" if one else name for one in members}
    members |= {one: matrix_of(members[one], columns, called[one]) for one, columns in tables.items()}
    first = next(iter(tables or members))
    given_names = None if class_names is None else names_of(class_names)
    width = _width(members[first], depth)
    classes = classes_of(values, tables.get(first), width, given_names, called[first], guess=guess)
    if classes.are_named:
        labels = classes.numbers_of(values, called[first])
    for one, columns in tables.items():
        order = order_of(classes, columns, called[one])
        members[one] = members[one] if order is None else members[one][:, order]
    return Named(labels, members if models is not None else members[""], classes)


def _width(predictions: Any, depth: int) -> int | None:
    """Return how many classes predictions have columns for; None where they do not tell."""
    if predictions is None or is_stream(predictions):
        return None
    if isinstance(predictions, Ragged):
        return int(predictions.values.shape[1])
    if depth == 3:
        filled = (np.shape(matrix) for matrix in predictions if len(matrix))
        return next((shape[1] for shape in filled if len(shape) == 2), None)
    shape = tuple(as_array(predictions, "pred_probs").shape)
    return int(shape[1]) if len(shape) == 2 else None


def by_name(name_labels: Callable[..., Named], labels: Any, pred_probs: Any, name: str, **more: Any) -> tuple[Any, Any]:
    """Return labels and predictions by their places, where nobody can say what classes are called.

    What is then assumed of the order of the columns is said as a warning, or refused.
    """
    pred_probs, _ = align(labels, pred_probs, None, name)
    found = name_labels(labels, pred_probs, **more, name=name, guess=False)
    note = note_of(found.classes)
    if note is not None:
        warnings.warn(f"labels: {note.sentence}; {note.way_out}", UserWarning, stacklevel=5)
    return found.labels, found.predictions


@dataclass(frozen=True)
class Note:
    """What was assumed of the order of the columns, and what to do where that is wrong."""

    code: str
    sentence: str
    way_out: str


def note_of(classes: Classes) -> Note | None:
    """Return what was assumed where names of classes were taken in an order that nobody gave."""
    if classes.names is None or classes.origin not in _NOTES:
        return None
    code, sentence = _NOTES[classes.origin]
    names = ", ".join(classes.names[:_SHOWN]) + ", …" * (len(classes.names) > _SHOWN)
    return Note(code, sentence.format(names), "pass class_names=clf.classes_ in case they are in another order")


_NOTES = {
    "sorted": ("names-sorted", "the columns of the predictions are taken for the names of the classes sorted ({})"),
    "categories": (
        "names-categories",
        "the columns of the predictions are taken for the categories of the labels in their order ({}), not sorted",
    ),
}
