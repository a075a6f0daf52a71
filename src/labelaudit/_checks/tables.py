"""Tables and columns that name their rows and their columns: of pandas, polars and Arrow, told by what they can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from labelaudit._checks.arrays import as_floats
from labelaudit.errors import InputError

# How many of the first rows tell whether a column of numbers is one of probabilities.
LOOKED_AT = 1000

# How far from 1 the probabilities of a row may sum: they may be written with three digits.
_NEAR_ONE = 0.01


def columns_of(value: Any) -> list[Any] | None:
    """Return what the columns of a table are called; None for what is no table."""
    if hasattr(value, "iloc") and hasattr(value, "columns"):  # pandas
        return list(value.columns)
    if hasattr(value, "get_columns") and hasattr(value, "columns"):  # polars
        return list(value.columns)
    if hasattr(value, "column_names") and hasattr(value, "schema"):  # Arrow
        return list(value.column_names)
    return None


def matrix_of(table: Any, columns: list[Any], name: str) -> np.ndarray:
    """Return the numbers of a table of predictions; refuse columns of equal names, and those that are no class."""
    refuse_twice(columns, name)
    matrix = np.asarray(table)
    if matrix.ndim == 2 and matrix.dtype.kind not in "fiub":
        matrix = _numbers_of(table, columns, name)
    refuse_no_class(matrix[:LOOKED_AT], columns, name)
    return matrix


def _numbers_of(table: Any, columns: list[Any], name: str) -> np.ndarray:
    """Return the columns of a table of numbers that its library would give as objects."""
    found = []
    for number, column in enumerate(columns):
        values = np.asarray(table.iloc[:, number] if hasattr(table, "iloc") else table[column])
        try:
            found.append(as_floats(values, name)[0])
        except InputError as problem:
            raise InputError(
                f"{name}: expected a column of probabilities a class, {column!r} is none; leave it out"
            ) from problem
    return np.column_stack(found) if found else np.zeros((np.shape(table)[0], 0))


def refuse_twice(columns: Sequence[Any], name: str) -> None:
    """Refuse columns of which two are called the same."""
    texts = list(map(str, columns))
    if len(set(texts)) < len(texts):
        twice = next(text for i, text in enumerate(texts) if text in texts[:i])
        raise InputError(f"{name}: expected columns of different names, two are called {twice!r}")


def refuse_no_class(head: np.ndarray, columns: Sequence[Any], name: str, way_out: str = "leave it out") -> None:
    """Refuse a column of numbers beside the probabilities, as the first rows tell.

    What is wrong further down is said by the walk that scores the rows.
    """
    head = head.astype(np.float64)
    if len(head) == 0 or head.shape[1] < 3:
        return
    good = (head >= 0) & (head <= 1 + _NEAR_ONE)
    outside = np.flatnonzero(~good.all(axis=0))
    if 0 < outside.size < head.shape[1]:
        row = int(np.argmin(good[:, outside[0]]))
        raise InputError(
            f"{name}: expected a column of probabilities a class, {columns[outside[0]]!r} holds "
            f"{head[row, outside[0]]:g} in row {row}; {way_out} if it is no class, or turn logits into probabilities "
            "with softmax"
        )
    sums = head.sum(axis=1)
    beside = [] if outside.size or _are_one(sums) else [c for c in range(head.shape[1]) if _are_one(sums - head[:, c])]
    if beside:
        raise InputError(
            f"{name}: expected a column of probabilities a class, {columns[beside[0]]!r} is none, as those of each row "
            f"sum to 1 without it; {way_out}"
        )


def _are_one(sums: np.ndarray) -> bool:
    return bool((np.abs(sums - 1) < _NEAR_ONE).all())


def index_of(value: Any) -> Any | None:
    """Return the index of what pandas holds, which names its rows; None for what names none."""
    return value.index if hasattr(value, "iloc") and hasattr(value, "index") else None


def ids_in(value: Any) -> Any | None:
    """Return the names of rows as ids; None where they are only numbered, or where a name is there twice."""
    index = index_of(value)
    if index is None or not index.is_unique or index.hasnans:
        return None
    is_numbered = index.dtype.kind in "iu" and np.array_equal(index.to_numpy(), np.arange(len(index)))
    return None if is_numbered else index.to_numpy()


def aligned(value: Any, name: str, to: Any, other: str) -> Any:
    """Return rows in the order of the names that another argument gives its rows; refuse other names.

    ``to`` is the index of the other argument, or None where it has none.
    """
    index = index_of(value)
    if index is None or to is None or index.equals(to):
        return value
    places = index.get_indexer(to) if index.is_unique and to.is_unique and len(index) == len(to) else np.array([-1])
    if (places < 0).any():
        stranger = next((row for row in to if row not in index), None)
        why = "holds others or some twice" if stranger is None else f"has no {stranger!r}"
        raise InputError(
            f"{name}: expected an index that names the rows as that of {other} does, it {why}; give both the same "
            f"index, or pass {name}.to_numpy() where the rows are in the same order"
        )
    return value.iloc[places]
