"""What kind of array a value is, and the same values as a NumPy array."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace, device, is_array_api_obj

from labelaudit._kernels import Array
from labelaudit.errors import InputError


def nth(values: Any, i: int) -> Any:
    """Return the i-th part of an array or of a sequence of arrays."""
    return values[i, ...] if is_foreign(values) else values[i]  # the array API has no index for the first axis alone


def is_read_by_slicing(value: Any) -> bool:
    """Whether this is an array that stays where it is until it is sliced: HDF5, zarr, dask."""
    return not isinstance(value, np.ndarray) and all(hasattr(value, a) for a in ("chunks", "shape", "dtype"))


def is_foreign(value: Any) -> bool:
    """Whether this is an array of torch, CuPy, JAX or another array-API library."""
    if isinstance(value, np.ndarray) or is_read_by_slicing(value):
        return False
    return bool(is_array_api_obj(value))


def to_numpy(array: Array, name: str) -> np.ndarray:
    """Return a NumPy array of the same values, copied from its device if need be."""
    if isinstance(array, np.ndarray):
        return array
    for move in ("detach", "cpu", "get"):  # torch off the graph and the GPU; CuPy
        array = getattr(array, move)() if hasattr(array, move) else array
    try:
        return np.asarray(array)
    except (ValueError, TypeError, RuntimeError) as problem:
        raise InputError(f"{name}: cannot be read as a NumPy array ({problem})") from problem


def rows_at(array: Array, rows: np.ndarray, name: str) -> np.ndarray:
    """Return some rows of an array as a NumPy array; no more than these leave its device."""
    if isinstance(array, np.ndarray):
        return np.asarray(array[rows])
    xp = array_namespace(array)
    return to_numpy(xp.take(array, xp.asarray(rows, device=device(array)), axis=0), name)
