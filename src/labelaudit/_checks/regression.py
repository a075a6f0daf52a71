"""Labels and predictions of a regression data set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._checks.arrays import as_array, as_floats
from labelaudit._checks.naming import align
from labelaudit._checks.streams import check_stream, is_stream
from labelaudit._data.arrays import is_foreign, is_read_by_slicing, to_numpy
from labelaudit._data.rows import Regression
from labelaudit._kernels import Array
from labelaudit.errors import InputError

_FLOAT64 = np.dtype(np.float64)

# Up to here every integer is a float.
_EXACT = 2**53

# What OUTRE needs for an item, as measured: two columns, the tree over them and the result.
_OUTRE_BYTES = 100


def check_regression(labels: Any, predictions: Any) -> Regression:
    """Return the two in canonical form."""
    predictions, _ = align(labels, predictions, None)
    if is_stream(predictions):
        given = _exact(_numbers(labels, "labels")[0], "labels")
        n = given.shape[0]
        head, chunks = check_stream(predictions, "predictions", n)
        return Regression((given, _FLOAT64), (_exact_chunks(chunks), _FLOAT64), n, as_floats(head, "predictions")[1])
    predicted, dtype = _numbers(predictions, "predictions")
    given, _ = _numbers(labels, "labels")
    n = predicted.shape[0]
    if given.shape[0] != n:
        raise InputError(f"labels: expected {n} values, as in predictions, got {given.shape[0]}")
    if not is_foreign(predicted):
        given = to_numpy(given, "labels") if is_foreign(given) else given
        columns = _exact(given, "labels"), _exact(predicted, "predictions")
        return Regression((columns[0], _FLOAT64), (columns[1], _FLOAT64), n, dtype)
    xp = array_namespace(predicted)
    wide = xp.float64 if dtype == _FLOAT64 else xp.float32
    beside = xp.asarray(_exact(to_numpy(given, "labels"), "labels").astype(dtype), device=device(predicted))
    return Regression((beside, None), (xp.astype(predicted, wide), None), n, dtype)


def _numbers(value: Any, name: str) -> tuple[Array, np.dtype[Any]]:
    array = as_array(value, name)
    if len(array.shape) != 1:
        hint = f"; pass {name}[:, 0]" if len(array.shape) == 2 and array.shape[1] == 1 else ""
        raise InputError(f"{name}: expected shape (N,), one number a row, got {tuple(array.shape)}{hint}")
    if getattr(array.dtype, "kind", "f") in "US" and array.shape[0]:
        raise InputError(f"{name}: expected numbers, row 0 holds {str(array[0])!r:.60}; turn the column into floats")
    if not array.shape[0] and getattr(array.dtype, "kind", "f") != "f":  # an empty column may be of any type
        return np.zeros(0), _FLOAT64
    floats, dtype = as_floats(array, name)
    if getattr(array.dtype, "kind", "f") == "O":
        row = next((row for row, value in enumerate(array) if isinstance(value, int) and float(value) != value), -1)
        if row >= 0:
            _refuse_rounded(row, array[row], name)
    return floats, dtype


class _ExactRows:
    """A column of integers of 64 bits that is read by slicing, each of them one that a float can be."""

    def __init__(self, column: Any, name: str) -> None:
        self._column, self._name = column, name
        self.shape, self.dtype, self.chunks = column.shape, column.dtype, column.chunks

    def __getitem__(self, rows: slice) -> np.ndarray:
        values = np.asarray(self._column[rows])
        _check_exact(values, rows.start or 0, self._name)
        return values


def _exact(column: Array, name: str) -> Array:
    """Return a column in which no integer is rounded when it becomes a float, which would move its residual."""
    if column.dtype not in (np.int64, np.uint64):
        return column
    if not isinstance(column, np.ndarray):
        return _ExactRows(column, name)
    _check_exact(column, 0, name)
    return column


def _exact_chunks(chunks: Callable[[], Iterator[np.ndarray]]) -> Callable[[], Iterator[np.ndarray]]:
    def walk() -> Iterator[np.ndarray]:
        row = 0
        for chunk in chunks():
            if chunk.dtype in (np.int64, np.uint64):
                _check_exact(chunk, row, "predictions")
            yield chunk
            row += len(chunk)

    return walk


def _check_exact(values: np.ndarray, first: int, name: str) -> None:
    if not values.size or (values.max() <= _EXACT and values.min() >= -_EXACT):
        return
    bits = values.astype(np.uint64)
    sizes = np.where(values < 0, ~bits + np.uint64(1), bits)
    last_bit = np.maximum(sizes & (~sizes + np.uint64(1)), np.uint64(1))
    rounded = sizes // last_bit > _EXACT  # more digits than a float has
    if rounded.any():
        row = int(np.argmax(rounded))
        _refuse_rounded(first + row, values[row], name)


def _refuse_rounded(row: int, value: Any, name: str) -> NoReturn:
    raise InputError(
        f"{name}: expected integers that a float can be, row {row} holds {value}, which has more than its 53 bits; "
        "subtract a constant from both columns"
    )


def check_outre(data: Regression) -> None:
    """Refuse what is read in parts, and too few points, for OUTRE."""
    columns = [("labels", data.labels[0]), ("predictions", data.predictions[0])]
    for name, column in columns:
        if is_stream(column) or is_read_by_slicing(column):
            raise InputError(
                f"{name}: method outre compares every item with half of the others and needs all of them in memory, "
                f"about {max(data.n * _OUTRE_BYTES / 1e6, 1):,.0f} MB for {data.n:,}; pass a NumPy array, or "
                'method="scaled_residual", which reads block by block'
            )
    if data.n < 2:
        raise InputError(f"labels: method outre compares items and needs 2 or more, got {data.n}")


def in_memory(data: Regression) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and predictions whole, in float64, for OUTRE."""
    check_outre(data)
    columns = [("labels", data.labels[0]), ("predictions", data.predictions[0])]
    given, predicted = (np.asarray(to_numpy(column, name), np.float64) for name, column in columns)
    with np.errstate(invalid="ignore", over="ignore"):
        residuals = predicted - given
    refuse_rows(0, np.where(np.isfinite(residuals), residuals, np.nan), given, predicted)
    return given, predicted


def refuse_rows(first: int, distances: Array, labels: Array, predictions: Array) -> None:
    """Raise for the first row whose distance is NaN, which is how kernels mark a row that cannot be scored."""
    marked = distances != distances  # noqa: PLR0124  NaN in any array library
    if not bool(array_namespace(marked).any(marked)):
        return
    row = int(np.argmax(to_numpy(marked, "predictions")))
    for name, column in (("labels", labels), ("predictions", predictions)):
        value = float(column[row])
        if not np.isfinite(value):
            raise InputError(f"{name}: expected finite numbers, row {first + row} holds {value:g}; drop such rows")
    raise InputError(
        f"labels: row {first + row} is {float(labels[row]):g} where {float(predictions[row]):g} is predicted, "
        "which is farther apart than a float can tell; divide both columns by a constant"
    )
