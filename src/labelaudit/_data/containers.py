"""A column of values in whatever container it came, with some of them replaced or left out.

What comes back is a new container of the same kind: a list, a tuple, a NumPy array, a pandas or polars Series, an Arrow
array, a column of a Hugging Face data set, an array of another library. The libraries are told by what they can do, so
that none is imported here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._data.arrays import is_foreign, to_numpy
from labelaudit.errors import InputError


def with_values(column: Any, values: Mapping[int, Any]) -> Any:
    """Return the column with the values at these places, as :func:`as_plain` counts them; others stay untouched."""
    if isinstance(column, np.ndarray):
        return _in_array(column, values)
    if is_foreign(column):
        host = _in_array(to_numpy(column, "labels"), values)
        return array_namespace(column).asarray(host, dtype=column.dtype, device=device(column))
    plain = as_plain(column)
    for place, value in values.items():
        plain[place] = value
    return _like(column, plain, range(len(plain)))


def without_rows(column: Any, rows: Collection[int]) -> Any:
    """Return the column without the rows at these places."""
    kept = kept_rows(row_count(column), rows)
    if isinstance(column, np.ndarray):
        return column[kept]
    if is_foreign(column):
        return array_namespace(column).asarray(
            to_numpy(column, "labels")[kept], dtype=column.dtype, device=device(column)
        )
    plain = as_plain(column)
    return _like(column, [plain[place] for place in kept], kept)


def kept_rows(count: int, gone: Collection[int]) -> list[int]:
    """Return the places that are left of so many rows."""
    left_out = set(gone)
    return [place for place in range(count) if place not in left_out]


def row_count(column: Any) -> int:
    """Return how many rows a column has; the arrays of some libraries have no length."""
    return int(column.shape[0]) if is_foreign(column) else len(column)


def as_plain(column: Any) -> list[Any]:
    """Return the values of a column in a list of its own."""
    column = to_numpy(column, "labels") if is_foreign(column) else column
    for name in ("to_list", "to_pylist", "tolist"):  # pandas and polars; Arrow; arrays
        if hasattr(column, name):
            return list(getattr(column, name)())
    return list(column)


def _in_array(column: np.ndarray, values: Mapping[int, Any]) -> np.ndarray:
    if column.dtype == object or not values:
        changed = column.copy()
        for place, value in values.items():
            changed[place] = value
        return changed
    new = np.asarray(list(values.values()))
    # wide enough for a longer name or a greater number, and else the type that it was
    wide = column.dtype if np.can_cast(new.dtype, column.dtype, "safe") else _holding(column.dtype, new)
    changed = column.astype(wide)
    changed[list(values)] = new.astype(wide)
    return changed


def _holding(dtype: np.dtype[Any], new: np.ndarray) -> np.dtype[Any]:
    if (new.astype(dtype) == new).all():
        return dtype
    return np.promote_types(dtype, new.dtype)


def _like(column: Any, plain: list[Any], places: Any) -> Any:
    if isinstance(column, list):
        return plain
    if isinstance(column, tuple):
        return tuple(plain)
    kind = type(column)
    home = kind.__module__.partition(".")[0]
    if home == "pandas":
        index = column.index[list(places)]
        return kind(_in_pandas(plain), index=index, name=column.name, dtype=column.dtype)
    if home == "polars":
        return kind(column.name, plain, dtype=column.dtype)
    if home == "pyarrow":
        import pyarrow as pa

        array = pa.array(plain, type=column.type)
        return pa.chunked_array([array]) if hasattr(column, "combine_chunks") else array
    if home == "datasets":
        name, features = column.column_name, column.source.features
        source = type(column.source)
        return source.from_dict({name: plain}, features=type(features)({name: features[name]}))[name]
    raise InputError(
        f"labels: cannot make a corrected {kind.__name__}; pass a list, an array, or a column of pandas, polars, Arrow "
        "or Hugging Face"
    )


def _in_pandas(plain: list[Any]) -> Any:
    if not any(isinstance(value, list | tuple | np.ndarray) for value in plain):
        return plain
    cells = np.empty(len(plain), object)  # a list of lists would be taken for a table
    cells[:] = plain
    return cells
