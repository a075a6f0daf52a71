"""Predictions of several models of the same items: which they are, and how much each counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from labelaudit._checks.streams import refuse_iterator
from labelaudit._data.arrays import rows_at, to_numpy
from labelaudit._data.mixture import mixed
from labelaudit._data.rows import Classification, MultilabelClassification
from labelaudit._kernels import Array, mixture_kernels
from labelaudit._kernels.limits import LARGEST
from labelaudit._run import rows_of
from labelaudit._stats.row_sample import ENOUGH, RowSample
from labelaudit.errors import InputError

D = TypeVar("D", Classification, MultilabelClassification)

# A model that gives a label no chance at all is not out for that.
_LEAST = 1e-6

_ROUNDS, _SETTLED = 500, 1e-6

# own(labels, pred_probs): what the model gives each label of some rows
Own = Callable[[np.ndarray, np.ndarray], np.ndarray]


def models_of(predictions: Any, depth: int) -> dict[str, Any] | None:
    """Return the predictions of each model by its name, or None if they are those of one.

    Several come as a mapping from names, or as a list of what is ``depth`` levels deep by itself.
    """
    if isinstance(predictions, Mapping):
        if not predictions:
            raise InputError("pred_probs: expected the predictions of each model by its name, got no model")
        models = {str(name): given for name, given in predictions.items()}
    elif isinstance(predictions, list | tuple) and _depth(predictions) > depth:
        models = {f"model {i}": given for i, given in enumerate(predictions)}
    else:
        return None
    for name, given in models.items():
        refuse_iterator(given, f"pred_probs[{name!r}]")
    return models


def first_model(predictions: Any) -> Any:
    """Return the predictions of one model, of several that come by their names."""
    return next(iter(predictions.values()), None) if isinstance(predictions, Mapping) else predictions


def _depth(value: Any) -> int:
    """Return how many levels of rows a value has: axes of an array, and lists around it."""
    if isinstance(value, list | tuple):
        return 1 + max((_depth(part) for part in value[:1]), default=0)
    if callable(value):
        return 0
    return len(getattr(value, "shape", ()))


def mixture_of(members: Mapping[str, D], labels: np.ndarray, own: Own, enough: int = ENOUGH) -> D:
    """Return the data of all models as one's, their weights those that make the given labels likeliest.

    ``labels`` tells which rows are looked at for that, about as many as are ``enough``: classes of rows, a number below
    0 for none.
    """
    first, names = next(iter(members.values())), [f"pred_probs[{name!r}]" for name in members]
    for name, member in zip(names, members.values(), strict=True):
        if member.k != first.k:
            raise InputError(f"{name}: expected {first.k} columns, as in {names[0]}, got {member.k}")
    sample = RowSample.of(labels, int(labels.max(initial=0)) + 1, enough)
    given = [_given(member, sample, labels, own) for member in members.values()]
    weights = mixture_kernels().likeliest_weights(np.fmax(np.stack(given, axis=1), _LEAST), _ROUNDS, _SETTLED)

    def refuse(model: int, row: int, p: np.ndarray) -> None:
        column = int(np.argmin((p >= 0) & (p <= LARGEST)))
        raise InputError(
            f"{names[model]}: expected probabilities in [0, 1], row {row} holds {p[column]:g} in column {column}; "
            "turn logits into probabilities with softmax, and drop rows without a prediction"
        )

    columns, dtypes = zip(*((member.pred_probs, member.float_type) for member in members.values()), strict=True)
    column, dtype = mixed(columns, dtypes, weights, refuse)
    given_labels = (to_numpy(first.labels[0], "labels"), first.labels[1] or np.dtype(np.int64))
    shares = dict(zip(members, weights.tolist(), strict=True))
    return replace(first, labels=given_labels, pred_probs=(column, dtype), float_type=dtype, weights=shares)


def _given(member: D, sample: RowSample, labels: np.ndarray, own: Own) -> np.ndarray:
    """Return what a model gives the labels of the rows of a sample."""

    def look(first: int, given: Array, pred_probs: Array) -> tuple[np.ndarray, ...]:
        rows = sample.rows(first, labels[first : first + given.shape[0]])
        return (own(rows_at(given, rows, "labels"), rows_at(pred_probs, rows, "pred_probs")),)

    nothing: tuple[np.ndarray, ...] = ()
    return np.concatenate(rows_of(member.labels, member.pred_probs).fold(look, nothing))
