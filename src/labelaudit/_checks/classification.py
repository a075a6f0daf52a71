"""Labels and predicted probabilities of a classification data set."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._checks.arrays import as_array, as_floats, as_integers
from labelaudit._checks.class_names import Classes, LabelValues, are_text, categories_of, names_of, texts_of
from labelaudit._checks.label_shapes import are_swapped, shape_hint
from labelaudit._checks.models import mixture_of, models_of
from labelaudit._checks.naming import Named, by_name, named
from labelaudit._checks.streams import BlockSource, check_stream, is_stream
from labelaudit._data.arrays import is_foreign, to_numpy
from labelaudit._data.rows import Classification
from labelaudit._kernels import Array
from labelaudit._kernels.limits import LARGEST
from labelaudit.errors import InputError

_LABEL_TYPE = np.dtype(np.int64)

_TWO_CLASSES = "; for two classes pass np.column_stack([1 - p, p])"


def check_classification(labels: Any, pred_probs: Any, name: str = "pred_probs") -> Classification:
    """Return the two in canonical form; ``name`` is what messages call the second. Several models become one."""
    models = models_of(pred_probs, depth=2)
    if models is not None:
        members = {one: check_classification(labels, p, f"{name}[{one!r}]") for one, p in models.items()}
        return mixture_of_classes(members)
    labels, pred_probs = by_name(name_classification, labels, pred_probs, name)
    if is_stream(pred_probs):
        return _check_stream(labels, pred_probs, name)
    probs = as_array(pred_probs, name)
    if are_swapped(labels, probs):
        raise InputError(
            f"labels: look like {name}, and {name} like labels, which has shape {tuple(probs.shape)}; "
            f"pass labels first, then {name}"
        )
    if len(probs.shape) != 2 or probs.shape[1] == 0:
        hint = _TWO_CLASSES if len(probs.shape) == 1 and probs.shape[0] else ""
        raise InputError(f"{name}: expected shape (N, K), one column a class, got {tuple(probs.shape)}{hint}")
    n, k = probs.shape
    probs, dtype = as_floats(probs, name)
    if is_foreign(probs):
        return Classification((_labels_beside(probs, labels, n, name), None), (probs, None), n, k, dtype, name)
    return Classification((check_labels(labels, n, name), _LABEL_TYPE), (probs, dtype), n, k, dtype, name)


def mixture_of_classes(members: Mapping[str, Classification]) -> Classification:
    """Return the data of several models as one's."""
    given = to_numpy(next(iter(members.values())).labels[0][:], "labels").astype(np.int64)

    def own(labels: np.ndarray, pred_probs: np.ndarray) -> np.ndarray:
        return pred_probs[np.arange(labels.size), labels.astype(np.int64)].astype(np.float64)

    return mixture_of(members, np.where(given < min(one.k for one in members.values()), given, -1), own)


def check_labels(labels: Any, n: int | None, name: str) -> Array:
    """Return labels as integers; ``n``, if given, is how many there must be, as many as ``name`` has rows."""
    array = as_array(labels, "labels")
    if len(array.shape) != 1:
        hint = shape_hint(array)
        raise InputError(f"labels: expected shape (N,), one class index a row, got {tuple(array.shape)}{hint}")
    if n is not None and array.shape[0] != n:
        raise InputError(f"labels: expected {n} rows, as in {name}, got {array.shape[0]}")
    if is_foreign(array):
        array = to_numpy(array, "labels")
    return as_integers(array, "labels") if array.shape[0] else np.zeros(0, np.int64)


def _labels_beside(probs: Array, labels: Any, n: int, name: str) -> Array:
    # in the library and on the device of the probabilities
    xp = array_namespace(probs)
    return xp.asarray(check_labels(labels, n, name).astype(np.int64), device=device(probs))


def _check_stream(labels: Any, source: BlockSource, name: str) -> Classification:
    given = check_labels(labels, None, name)
    n = given.shape[0]
    head, chunks = check_stream(source, name, n, "K")
    dtype = as_floats(head, name)[1]
    return Classification((given, _LABEL_TYPE), (chunks, dtype), n, head.shape[1], dtype, name)


def refuse_rows(first: int, scores: Array, labels: Array, pred_probs: Array, name: str) -> None:
    """Raise for the first row whose score is NaN, which is how kernels mark a row that cannot be scored."""
    marked = scores != scores  # noqa: PLR0124  NaN in any array library
    if not bool(array_namespace(marked).any(marked)):
        return
    row = int(np.argmax(to_numpy(marked, name)))
    label, p = int(labels[row]), to_numpy(pred_probs[row, ...], name).astype(np.float64)
    if not 0 <= label < p.size:
        columns = "one column" if p.size == 1 else f"{p.size} columns"
        way_out = _TWO_CLASSES if p.size == 1 else "; drop rows without a label, and number classes from 0"
        raise InputError(
            f"labels: expected class indices 0..{p.size - 1}, as {name} has {columns}, "
            f"row {first + row} holds {label}{way_out}"
        )
    column = int(np.argmin((p >= 0) & (p <= LARGEST)))
    raise InputError(
        f"{name}: expected probabilities in [0, 1], row {first + row} holds {p[column]:g} in column {column}; "
        "turn logits into probabilities with softmax, and drop rows without a prediction"
    )


def warn_of_sum(place: str, reader: str, name: str = "pred_probs") -> None:
    """Warn of the first row or token whose probabilities do not sum to 1."""
    warnings.warn(
        f"{name}: the probabilities of {place} do not sum to 1, and {reader} takes each row for a distribution over "
        "the classes; divide each row by its sum",
        UserWarning,
        stacklevel=4,
    )


def check_members(labels: Any, pred_probs_list: Any) -> list[Classification]:
    """Return the data of each model of an ensemble, all of one shape."""
    if isinstance(pred_probs_list, np.ndarray) and pred_probs_list.ndim == 2:
        raise InputError("pred_probs_list: expected a list of arrays (N, K), one a model, got one array; wrap it in []")
    if not isinstance(pred_probs_list, Sequence | np.ndarray) or len(pred_probs_list) == 0:
        raise InputError(f"pred_probs_list: expected a list of arrays (N, K), one a model, got {pred_probs_list!r:.60}")
    members = [check_classification(labels, p, f"pred_probs_list[{m}]") for m, p in enumerate(pred_probs_list)]
    for member in members:
        if member.k != members[0].k:
            raise InputError(
                f"{member.name}: expected {members[0].k} columns, as in pred_probs_list[0], got {member.k}"
            )
    return members


def check_weights(weights: Any, members: int, *, required: bool) -> np.ndarray:
    """Return the weights of the models of an ensemble; refuse to guess where they are given and not asked for."""
    if weights is None and not required:
        return np.ones(members)
    if weights is None:
        raise InputError('custom_weights: expected one weight a model with weight_ensemble_members_by="custom"')
    if not required:
        raise InputError('custom_weights: is used only with weight_ensemble_members_by="custom"')
    array = to_numpy(as_array(weights, "custom_weights"), "custom_weights")
    if array.shape != (members,):
        raise InputError(f"custom_weights: expected {members} weights, one a model, got shape {array.shape}")
    values = as_floats(array, "custom_weights")[0]
    good = np.isfinite(values) & (values >= 0)
    if not good.all() or not values.max(initial=0) > 0:
        worst = int(np.argmin(good))
        raise InputError(f"custom_weights: expected weights >= 0, not all 0, number {worst} is {values[worst]}")
    return np.asarray(values, np.float64)


def check_class_names(names: Any, k: int) -> tuple[str, ...] | None:
    """Return the names of the K classes as strings, all different, or None if there are none."""
    return None if names is None else texts_of(names_of(names), k)


def encode_labels(labels: Any, names: Any) -> Array:
    """Return labels as they are, or, where they are names of classes, as indices into the names."""
    return labels if names is None else name_classification(labels, None, names).labels


def name_classification(
    labels: Any, pred_probs: Any, class_names: Any = None, *, name: str = "pred_probs", guess: bool = True
) -> Named:
    """Return labels, a class a row, by number, and the columns of predictions in the order of the classes."""
    array = as_array(labels, "labels")
    if len(array.shape) != 1:
        return Named(array, pred_probs, Classes())
    values = LabelValues(
        lambda: array, are_text(array), lambda i: f"row {i}", lambda numbers: numbers, None, *categories_of(labels)
    )
    return named(values, array, pred_probs, class_names, depth=2, name=name, guess=guess)
