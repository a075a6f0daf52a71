"""Sets of classes in whatever container they came, with some classes put in and taken out.

What comes back is a new container of the same kind and type. The libraries are told by what they can do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from labelaudit._data.arrays import is_foreign, to_numpy
from labelaudit._data.containers import as_plain, kept_rows, row_count, with_values, without_rows
from labelaudit.errors import InputError

# by item and number of the class, whether the item has it
Cells = Mapping[int, Mapping[int, bool]]
Names = Sequence[Any] | None  # what labels may call the classes


@dataclass(frozen=True)
class Container:
    """What can be done with one kind of container."""

    items: Callable[[Any], int]
    with_classes: Callable[[Any, Cells, Names], Any]
    without: Callable[[Any, Collection[int]], Any]


def container_of(labels: Any) -> Container:
    """Return the kind that labels are in, as they are read: a matrix or a table of 0 and 1, else a list an item."""
    if hasattr(labels, "tocoo"):
        return _SPARSE
    if len(getattr(labels, "shape", ())) != 2:
        return _LISTS
    if isinstance(labels, np.ndarray) or is_foreign(labels):
        return _MATRIX
    if hasattr(labels, "iloc") or hasattr(labels, "to_series"):  # pandas, polars
        return _TABLE
    raise InputError(
        f"labels: cannot make a corrected {type(labels).__name__}; pass an array, a sparse matrix, a table of pandas "
        "or polars, or a list with the classes of each item"
    )


def class_count(labels: Any) -> int | None:
    """Return how many classes labels have columns for; None where items name their classes."""
    shape: tuple[int, ...] = getattr(labels, "shape", ())
    return int(shape[1]) if len(shape) == 2 else None


def _changed(row: np.ndarray, cells: Mapping[int, bool]) -> np.ndarray:
    """Return a row of 0 and 1; a class that is taken out must be there, for else the label is no longer the same."""
    changed = row.copy()
    for class_, has in cells.items():
        if has or row[class_] == 1:
            changed[class_] = has
    return changed


def _in_matrix(labels: Any, cells: Cells, _: Names) -> Any:
    host = to_numpy(labels, "labels")
    return with_values(labels, {row: _changed(host[row], some) for row, some in cells.items()})


def _in_table(labels: Any, cells: Cells, _: Names) -> Any:
    is_pandas = hasattr(labels, "iloc")
    corrected = labels.copy() if is_pandas else labels.clone()
    by_column: dict[int, dict[int, bool]] = {}
    for row, some in cells.items():
        for class_, has in some.items():
            by_column.setdefault(class_, {})[row] = has
    for number, changed in by_column.items():
        column = labels.iloc[:, number] if is_pandas else labels.to_series(number)
        plain = as_plain(column)
        values = {row: _like(has, plain[row]) for row, has in changed.items() if has or plain[row] == 1}
        put = corrected.isetitem if is_pandas else corrected.replace_column
        put(number, with_values(column, values))
    return corrected


def _like(has: bool, entry: Any) -> Any:
    return int(has) if entry is None else type(entry)(has)


def _table_without(labels: Any, rows: Collection[int]) -> Any:
    kept = kept_rows(labels.shape[0], rows)
    return labels.iloc[kept] if hasattr(labels, "iloc") else labels[kept]


def _in_sparse(labels: Any, cells: Cells, _: Names) -> Any:
    entries = labels.tocoo()
    stored = dict(zip(zip(entries.row.tolist(), entries.col.tolist(), strict=True), entries.data, strict=True))
    for row, some in cells.items():
        for class_, has in some.items():
            if has:
                stored[row, class_] = labels.dtype.type(1)
            elif stored.get((row, class_)) == 1:
                del stored[row, class_]
    places = np.array(list(stored), np.int64).reshape(-1, 2)
    values = np.array(list(stored.values()), labels.dtype)
    corrected = type(entries)((values, (places[:, 0], places[:, 1])), shape=labels.shape)
    return corrected.asformat(labels.format)


def _sparse_without(labels: Any, rows: Collection[int]) -> Any:
    return labels.tocsr()[kept_rows(labels.shape[0], rows)].asformat(labels.format)


def _in_lists(labels: Any, cells: Cells, names: Names) -> Any:
    plain = as_plain(labels)
    first = next(chain.from_iterable(plain), None)
    by_name = names is not None and (first is None or isinstance(first, str) or not isinstance(names[0], str))
    values = {}
    for row, some in cells.items():
        held = list(plain[row])
        called = {names[class_] if by_name and names is not None else class_: has for class_, has in some.items()}
        kept = [class_ for class_ in held if called.get(class_, True)]
        values[row] = _as_it_was([*kept, *(c for c, has in called.items() if has and c not in held)], plain[row])
    return with_values(labels, values)


def _as_it_was(classes: list[Any], like: Any) -> Any:
    return np.array(classes, like.dtype) if isinstance(like, np.ndarray) else type(like)(classes)


_LISTS = Container(row_count, _in_lists, without_rows)
_MATRIX = Container(row_count, _in_matrix, without_rows)
_TABLE = Container(lambda labels: int(labels.shape[0]), _in_table, _table_without)
_SPARSE = Container(lambda labels: int(labels.shape[0]), _in_sparse, _sparse_without)
