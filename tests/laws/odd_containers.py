"""What values may come in: lists, arrays of several kinds, tables of other libraries."""

from __future__ import annotations

import array
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from laws.odd_inputs import Skip

Convert = Callable[[list[Any]], Any]
_FOLDER = tempfile.TemporaryDirectory()  # of memory maps, for as long as the program runs


def _array(values: list[Any], dtype: Any = None) -> np.ndarray:
    made: np.ndarray = np.array(values, dtype)
    return made


def _objects(values: list[Any]) -> np.ndarray:
    made = np.empty(len(values), object)
    made[:] = values
    return made


def _object_matrix(values: list[Any]) -> np.ndarray:
    return np.array(values, object)


def _exact(dtype: Any) -> Convert:
    """Into a type that holds the values as they are, or not at all."""

    def convert(values: list[Any]) -> np.ndarray:
        given = _array(values)
        made = given.astype(dtype)
        if given.dtype.kind not in "biuf" or not np.array_equal(made, given, equal_nan=given.dtype.kind == "f"):
            raise Skip
        return made

    return convert


def _read_only(values: list[Any]) -> np.ndarray:
    made = _array(values)
    made.setflags(write=False)
    return made


def _strided(values: list[Any]) -> np.ndarray:
    return np.repeat(_array(values), 2, axis=0)[::2]


def _backwards(values: list[Any]) -> np.ndarray:
    return _array(values)[::-1].copy()[::-1]


def _memory_mapped(values: list[Any]) -> np.ndarray:
    given = _array(values)
    if given.dtype.kind == "O":
        raise Skip
    path = Path(_FOLDER.name) / "map.npy"
    path.unlink(missing_ok=True)
    np.save(path, given)
    return np.load(path, mmap_mode="r")


def _swapped_bytes(values: list[Any]) -> np.ndarray:
    given = _array(values)
    if given.dtype.kind not in "iuf":
        raise Skip
    return given.astype(given.dtype.newbyteorder())


def _masked_nowhere(values: list[Any]) -> np.ma.MaskedArray:
    return np.ma.MaskedArray(_array(values))


def _of_array_module(values: list[Any]) -> array.array:
    return array.array("d", values)


VECTORS: dict[str, Convert] = {
    "list": list,
    "tuple": tuple,
    "array": _array,
    "object array": _objects,
    "float64": _exact(np.float64),
    "float32": _exact(np.float32),
    "int8": _exact(np.int8),
    "uint16": _exact(np.uint16),
    "read-only": _read_only,
    "strided": _strided,
    "backwards": _backwards,
    "memmap": _memory_mapped,
    "other byte order": _swapped_bytes,
    "masked nowhere": _masked_nowhere,
    "array.array": _of_array_module,
    "deque": deque,
    "pandas": pd.Series,
    "pandas of objects": lambda values: pd.Series(values, dtype=object),
    "polars": pl.Series,
    "arrow": pa.array,
    "arrow chunks": lambda values: pa.chunked_array([pa.array(values[:5]), pa.array(values[5:])]),
}


def _frame(values: list[Any]) -> np.ndarray:
    given = np.array(values)
    if given.ndim != 2:
        raise Skip
    return given


def _polars_frame(values: list[Any]) -> pl.DataFrame:
    _frame(values)
    return pl.DataFrame({f"column_{k}": list(column) for k, column in enumerate(zip(*values, strict=True))})


def _arrow_table(values: list[Any]) -> pa.Table:
    _frame(values)
    return pa.table({f"column_{k}": list(column) for k, column in enumerate(zip(*values, strict=True))})


def _chunks(values: list[Any]) -> Iterator[np.ndarray]:
    given = _frame(values)
    return iter(np.array_split(given, 3))


def _factory(values: list[Any]) -> Callable[[], Iterator[np.ndarray]]:
    given = _frame(values)
    return lambda: iter(np.array_split(given, 3))


def _refilled(values: list[Any]) -> Callable[[], Iterator[np.ndarray]]:
    """One buffer for all chunks, as readers of files like to have."""
    given = _frame(values)
    if given.dtype.kind not in "biuf":
        raise Skip

    def chunks() -> Iterator[np.ndarray]:
        buffer = np.empty_like(given[:40])
        for start in range(0, len(given), 40):
            part = given[start : start + 40]
            buffer[: len(part)] = part
            yield buffer[: len(part)]

    return chunks


MATRICES: dict[str, Convert] = {
    "lists": list,
    "tuples": lambda values: tuple(tuple(row) for row in values),
    "list of arrays": lambda values: [np.array(row) for row in values],
    "array": _array,
    "object array": _object_matrix,
    "array of lists": _objects,
    "float32": lambda values: _array(values, np.float32),
    "float16": lambda values: _array(values, np.float16),
    "long double": lambda values: _array(values, np.longdouble),
    "columns first": lambda values: np.asfortranarray(_array(values)),
    "read-only": _read_only,
    "strided": _strided,
    "backwards": _backwards,
    "memmap": _memory_mapped,
    "other byte order": _swapped_bytes,
    "masked nowhere": _masked_nowhere,
    "pandas": pd.DataFrame,
    "polars": _polars_frame,
    "arrow": _arrow_table,
    "chunks": _chunks,
    "function of chunks": _factory,
    "one buffer for chunks": _refilled,
}

# How far off scores may be where numbers are kept in fewer digits.
TOLERANCES = {"float32": 1e-5, "float16": 2e-2}


def converted(convert: Convert, values: Any) -> Any:
    """Return the values in a container; skip those that it cannot hold."""
    try:
        return convert(values)
    except Skip:
        raise
    except BaseException as problem:  # panics of polars are no Exception
        raise Skip from problem
