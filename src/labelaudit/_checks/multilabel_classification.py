"""Sets of labels and predicted probabilities of a multi-label data set."""

from __future__ import annotations

import bisect
import functools
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._checks.arrays import as_array, as_floats
from labelaudit._checks.class_names import (
    Classes,
    LabelValues,
    as_numbers,
    categories_of,
    names_of,
    spellings_of,
    text_of,
)
from labelaudit._checks.models import mixture_of, models_of
from labelaudit._checks.naming import Named, by_name, named
from labelaudit._checks.streams import check_stream, is_stream
from labelaudit._checks.tables import columns_of
from labelaudit._data.arrays import is_foreign, is_read_by_slicing, to_numpy
from labelaudit._data.ragged import offsets_of
from labelaudit._data.rows import MultilabelClassification
from labelaudit._kernels import Array
from labelaudit._kernels.limits import LARGEST
from labelaudit._stats.row_sample import ENOUGH
from labelaudit.errors import InputError

_FORMS = (
    "expected a 0/1 matrix (N, K) as an array, a scipy sparse matrix, or a list with the classes of each item, "
    "as in [[0, 2], [], [1]]"
)


def check_multilabel(labels: Any, pred_probs: Any) -> MultilabelClassification:
    """Return the two in canonical form. Several models become one."""
    models = models_of(pred_probs, depth=2)
    if models is not None:
        return _mixture({one: check_multilabel(labels, given) for one, given in models.items()})
    labels, pred_probs = by_name(name_multilabel, labels, pred_probs, "pred_probs")
    if is_stream(pred_probs):
        given = matrix_of_labels(labels)
        n = given.shape[0]
        head, chunks = check_stream(pred_probs, "pred_probs", n, "K")
        k, dtype = head.shape[1], as_floats(head, "pred_probs")[1]
        given = matrix_of_labels(labels, k) if isinstance(given, np.ndarray) and given.shape[1] != k else given
        _same_shape(given, (n, k))
        return MultilabelClassification((given, _kernel_type(given)), (chunks, dtype), n, k, dtype)
    probs = as_array(pred_probs, "pred_probs")
    if len(probs.shape) != 2 or probs.shape[1] == 0:
        raise InputError(f"pred_probs: expected shape (N, K), one column a class, got {tuple(probs.shape)}")
    n, k = probs.shape
    probs, dtype = as_floats(probs, "pred_probs")
    given = matrix_of_labels(labels, k)
    _same_shape(given, (n, k))
    if not is_foreign(probs):
        given = to_numpy(given, "labels") if is_foreign(given) else given
        return MultilabelClassification((given, _kernel_type(given)), (probs, dtype), n, k, dtype)
    if not is_foreign(given):
        given = given[:].astype(_kernel_type(given))
        given = array_namespace(probs).asarray(given.astype(np.int64) if given.dtype.kind == "u" else given)
    beside = array_namespace(probs).asarray(given, device=device(probs))
    return MultilabelClassification((beside, None), (probs, None), n, k, dtype)


def _mixture(members: Mapping[str, MultilabelClassification]) -> MultilabelClassification:
    first = next(iter(members.values()))

    def own(labels: np.ndarray, pred_probs: np.ndarray) -> np.ndarray:
        given = pred_probs[labels == 1].astype(np.float64), 1 - pred_probs[labels == 0].astype(np.float64)
        return np.concatenate(given)

    return mixture_of(members, np.zeros(first.n, np.int64), own, max(1, ENOUGH // first.k))


def _same_shape(given: Array, shape: tuple[int, int]) -> None:
    if tuple(given.shape) != shape:
        raise InputError(f"labels: expected shape {shape}, as pred_probs, got {tuple(given.shape)}; {_FORMS}")


def _kernel_type(given: Array) -> np.dtype[Any]:
    # few types, so that few kernels are compiled: booleans and small integers as bytes, floats for their NaN
    kind, size = given.dtype.kind, given.dtype.itemsize
    if kind == "f":
        return np.dtype(np.float64)
    return np.dtype(np.uint8 if kind == "b" else given.dtype.newbyteorder("=") if size == 1 else np.int64)


def matrix_of_labels(labels: Any, k: int | None = None) -> Array:
    """Return labels as a matrix; ``k``: its number of columns, where labels are lists of classes."""
    if hasattr(labels, "tocoo") and hasattr(labels, "nnz"):  # scipy sparse
        return _from_sparse(labels.tocoo())
    if isinstance(labels, np.ndarray) and labels.dtype == object and labels.ndim == 1:
        return matrix_of_sets(labels.tolist(), k)
    if is_read_by_slicing(labels) or is_foreign(labels) or isinstance(labels, np.ndarray):
        return _as_matrix(as_array(labels, "labels"))
    if hasattr(labels, "to_list"):  # a column of lists: polars, pandas
        return matrix_of_sets(labels.to_list(), k)
    if hasattr(labels, "to_pylist"):  # Arrow
        return matrix_of_sets(labels.to_pylist(), k)
    if hasattr(labels, "to_numpy"):  # a table with a column a class
        return _as_matrix(np.asarray(labels.to_numpy()))
    if not isinstance(labels, Iterable) or isinstance(labels, Iterator):
        raise InputError(f"labels: {_FORMS}, got {type(labels).__name__}")
    return matrix_of_sets(labels if isinstance(labels, Sequence) else list(labels), k)


def _as_matrix(array: Array) -> Array:
    if len(array.shape) != 2:
        raise InputError(f"labels: {_FORMS}, got shape {tuple(array.shape)}")
    if getattr(array.dtype, "kind", "i") not in "biuf":
        array = as_floats(array, "labels")[0]
    return array


def _from_sparse(entries: Any) -> np.ndarray:
    matrix = np.zeros(entries.shape, np.int8)
    values = np.asarray(entries.data, np.float64)
    bad = ~np.isin(values, (0, 1, -1)) & ~np.isnan(values)
    if bad.any():
        at = int(np.argmax(bad))
        raise InputError(f"labels: expected 0, 1 or -1 (not known), row {entries.row[at]} holds {values[at]:g}")
    matrix[entries.row, entries.col] = np.where(np.isnan(values), -1, values)
    return matrix


def matrix_of_sets(items: Sequence[Any], k: int | None) -> np.ndarray:
    """Return the 0/1 matrix of the classes of each item, with k columns, or as many as the greatest class asks for."""
    _refuse_no_sets(items)
    sets = [item if isinstance(item, list | tuple) else list(item) for item in items]
    lengths = np.fromiter(map(len, sets), np.int64, len(sets))
    try:
        flat = np.array(list(itertools.chain.from_iterable(sets)))
    except ValueError as problem:  # lists of different lengths in the rows
        raise InputError(f"labels: {_FORMS}, got lists in the rows of some items") from problem
    rows = np.repeat(np.arange(len(sets)), lengths)
    if flat.size and (flat.ndim != 1 or flat.dtype.kind not in "iu"):
        whole = [isinstance(value, int | np.integer) and not isinstance(value, bool) for value in _flat(sets)]
        at = whole.index(False) if False in whole else 0
        raise InputError(f"labels: row {rows[at]} holds {_flat(sets)[at]!r:.60}, which is no class index; {_FORMS}")
    flat = flat.astype(np.int64)
    classes = int(flat.max(initial=-1)) + 1 if k is None else k
    outside = (flat < 0) | (flat >= classes)
    if outside.any():
        at = int(np.argmax(outside))
        raise InputError(f"labels: expected classes 0..{classes - 1}, row {rows[at]} holds {flat[at]}")
    matrix = np.zeros((len(sets), classes), np.uint8)
    matrix[rows, flat] = 1
    if int(matrix.sum(dtype=np.int64)) != flat.size:
        row = int(np.argmax(matrix.sum(axis=1, dtype=np.int64) != lengths))
        raise InputError(f"labels: row {row} names a class twice; for a 0/1 matrix pass np.array(labels)")
    return matrix


def _refuse_no_sets(items: Sequence[Any]) -> None:
    for row, item in enumerate(items):
        if isinstance(item, str) or not isinstance(item, Iterable):
            raise InputError(f"labels: {_FORMS}; row {row} holds {item!r:.60}")


def _flat(sets: list[Any]) -> list[Any]:
    return list(itertools.chain.from_iterable(sets))


def refuse_rows(first: int, scores: Array, labels: Array, pred_probs: Array) -> None:
    """Raise for the first row whose score is NaN, which is how kernels mark a row that cannot be scored."""
    marked = scores != scores  # noqa: PLR0124  NaN in any array library
    if bool(array_namespace(marked).any(marked)):
        refuse_row(first, int(np.argmax(to_numpy(marked, "pred_probs"))), labels, pred_probs)


def refuse_row(first: int, row: int, labels: Array, pred_probs: Array, class_: int = 0) -> None:
    """Raise for this row of a block, which cannot be scored; ``class_``: the class of the first column."""
    given = to_numpy(labels[row, ...], "labels").astype(np.float64)
    known = np.isin(given, (0, 1, -1)) | np.isnan(given)
    if not known.all():
        column = int(np.argmin(known))
        raise InputError(
            f"labels: expected 0, 1, or -1 or nan for not known, row {first + row} holds {given[column]:g} "
            f"in column {class_ + column}"
        )
    p = to_numpy(pred_probs[row, ...], "pred_probs").astype(np.float64)
    column = int(np.argmin((p >= 0) & (p <= LARGEST)))
    raise InputError(
        f"pred_probs: expected probabilities in [0, 1], row {first + row} holds {p[column]:g} "
        f"in column {class_ + column}; turn logits into probabilities with a sigmoid, drop rows without a prediction"
    )


def holds_names(labels: Any) -> bool:
    """Whether labels are lists in which classes are named."""
    lists = _as_lists(labels)
    if not isinstance(lists, Sequence) or isinstance(lists, str):
        return False
    sets = (item for item in lists if isinstance(item, Iterable) and not isinstance(item, str))
    return any(isinstance(label, str) for item in sets for label in item)


def _as_lists(labels: Any) -> Any:
    # columns of polars, pandas and Arrow
    for name in ("to_list", "tolist", "to_pylist"):
        labels = getattr(labels, name)() if hasattr(labels, name) else labels
    return labels


def encode_sets(labels: Any, names: Any) -> Any:
    """Return labels as they are, or, where items name their classes, as lists of indices into the names."""
    return labels if names is None else name_multilabel(labels, None, names).labels


def name_multilabel(
    labels: Any, pred_probs: Any, class_names: Any = None, *, name: str = "pred_probs", guess: bool = True
) -> Named:
    """Return the classes of each item by number, and the columns of predictions in the order of the classes."""
    columns = columns_of(labels)
    if columns is not None or hasattr(labels, "tocoo") or is_foreign(labels) or len(getattr(labels, "shape", ())) == 2:
        values = LabelValues(lambda: np.zeros(0, np.int64), False, str, lambda _: labels)
        class_names = class_names if columns is None else _names_of_columns(columns, class_names)
        return named(values, labels, pred_probs, class_names, depth=2, name=name, guess=guess)
    lists = _as_lists(labels)
    if not isinstance(lists, Sequence):
        return Named(labels, pred_probs, Classes())

    @functools.cache
    def bounds() -> list[int]:
        starts: list[int] = offsets_of(list(map(len, lists))).tolist()
        return starts

    def flat() -> np.ndarray:
        _refuse_no_sets(lists)
        return np.fromiter(itertools.chain.from_iterable(lists), object, bounds()[-1])

    def put_back(numbers: np.ndarray) -> list[list[int]]:
        listed = numbers.tolist()
        return [listed[start:stop] for start, stop in itertools.pairwise(bounds())]

    def place(i: int) -> str:
        return f"row {bisect.bisect_right(bounds(), i) - 1}"

    sets = (item for item in lists if _is_set(item))
    is_text = isinstance(next(itertools.chain.from_iterable(sets), None), str)
    values = LabelValues(flat, is_text, place, put_back, None, *categories_of(labels))
    return named(values, labels, pred_probs, class_names, depth=2, name=name, guess=guess)


def _names_of_columns(columns: list[Any], class_names: Any) -> Any:
    """Return the names of the classes in the order of the columns of the labels."""
    texts = spellings_of(columns)[-1]
    if class_names is None:
        return None if as_numbers(texts) == list(range(len(texts))) else texts
    return texts if set(map(text_of, names_of(class_names))) == set(texts) else class_names


def _is_set(item: Any) -> bool:
    return isinstance(item, Collection | np.ndarray) and not isinstance(item, str)
