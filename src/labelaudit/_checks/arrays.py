"""One array in, one canonical array out, or an InputError.

Canonical is: a NumPy array as it is (memory-mapped or not), an array that is read by slicing (HDF5, zarr, dask), or an
array of another library on its device. Nothing here reads an array that lies on disk.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from labelaudit._data.arrays import is_foreign, is_read_by_slicing, to_numpy
from labelaudit._kernels import Array
from labelaudit.errors import InputError


def as_array(value: Any, name: str) -> Array:
    """Return the value as an array of the kinds above."""
    if isinstance(value, np.ma.MaskedArray):
        if np.ma.is_masked(value):
            row = int(np.argmax(np.ma.getmaskarray(value).reshape(len(value), -1).any(axis=1)))
            raise InputError(f"{name}: row {row} is masked; fill or drop masked rows first")
        return value.data
    if is_read_by_slicing(value) or is_foreign(value):
        return value
    try:
        array = value if isinstance(value, np.ndarray) else np.asarray(value)
    except (ValueError, TypeError) as problem:
        raise InputError(f"{name}: expected an array, got {type(value).__name__} ({problem})") from problem
    return _stack(array, name) if array.dtype == object and array.ndim == 1 else array


def _stack(rows: np.ndarray, name: str) -> np.ndarray:
    # a column of lists (Arrow, pandas, Hugging Face) is a matrix; anything else stays a column of objects
    if not rows.size or not all(isinstance(row, list | tuple | np.ndarray) for row in rows):
        return rows
    lengths = np.array([len(row) for row in rows])
    if (lengths != lengths[0]).any():
        row = int(np.argmax(lengths != lengths[0]))
        raise InputError(f"{name}: expected rows of one length, row 0 has {lengths[0]}, row {row} has {lengths[row]}")
    return np.array([np.asarray(row) for row in rows])


def as_integers(array: Array, name: str) -> Array:
    """Return integers of any width, read from integers, booleans, or floats and objects without fractions."""
    kind = _kind(array)
    if kind in "iu":
        return array
    if kind == "b":
        return array.astype(np.uint8) if isinstance(array, np.ndarray) else to_numpy(array, name).astype(np.uint8)
    values = to_numpy(array, name)
    if kind == "f":
        whole = np.isfinite(values) & (np.floor(values) == values)
        if not whole.all():
            row = int(np.argmin(whole))
            raise InputError(f"{name}: expected integers, row {row} holds {values[row]}; drop rows without a label")
        return values.astype(np.int64)
    if kind == "O" and all(isinstance(v, int | np.integer) for v in values.flat):
        return values.astype(np.int64)
    row = next((i for i, v in enumerate(values.flat) if not isinstance(v, int | np.integer)), 0)
    raise InputError(
        f"{name}: expected integers 0..K-1, row {row} holds {values.flat[row]!r}; "
        "number the classes in the order of the columns of pred_probs, e.g. [names.index(x) for x in labels]"
    )


def as_floats(array: Array, name: str) -> tuple[Array, np.dtype[Any]]:
    """Return an array of real numbers and the type that kernels compute in: float32 up to 32 bits, else float64."""
    if _kind(array) == "O":
        array = _unboxed(to_numpy(array, name), name)
    if _kind(array) not in "fiub":
        raise InputError(f"{name}: expected floats, got an array of {array.dtype}")
    narrow = {"float32", "float16", "bfloat16"}
    return array, np.dtype(np.float32 if _type_name(array) in narrow else np.float64)


def _unboxed(objects: np.ndarray, name: str) -> np.ndarray:
    try:
        return objects.astype(np.float64)
    except (TypeError, ValueError):
        numbers = np.frompyfunc(lambda value: isinstance(value, int | float | np.number), 1, 1)(objects).astype(bool)
        row = int(np.argwhere(~numbers)[0][0]) if not numbers.all() else 0
        raise InputError(f"{name}: expected floats, row {row} holds {objects[row]!r:.60}") from None


def _type_name(array: Array) -> str:
    # "float32" in NumPy, whatever the byte order, as in torch, which says "torch.float32"
    return str(getattr(array.dtype, "name", array.dtype)).split(".")[-1]


def _kind(array: Array) -> str:
    # 'f' float, 'i' signed, 'u' unsigned, 'b' bool, else as NumPy has it
    name = _type_name(array)
    kinds = {"float": "f", "bfloat": "f", "int": "i", "uint": "u", "bool": "b"}
    return kinds.get(name.rstrip("0123456789_"), getattr(array.dtype, "kind", "O"))


def check_choice(value: Any, name: str, choices: tuple[str, ...]) -> None:
    """Refuse a value that is none of the choices."""
    if value not in choices:
        raise InputError(f"{name}: expected one of {', '.join(choices)}, got {value!r}")


def check_scores(value: Any, name: str) -> Array:
    """Return scores, one a row, none of them NaN."""
    scores = as_array(value, name)
    if len(scores.shape) != 1:
        raise InputError(f"{name}: expected shape (N,), got {tuple(scores.shape)}")
    scores, _ = as_floats(scores, name)
    bad = to_numpy(scores != scores, name)  # noqa: PLR0124  NaN in any array library
    if bad.any():
        raise InputError(f"{name}: expected numbers, row {int(np.argmax(bad))} holds nan")
    return scores


def check_mask(value: Any, name: str, n: int) -> np.ndarray:
    """Return a mask of n booleans."""
    mask = to_numpy(as_array(value, name), name)
    if mask.dtype != bool and mask.size:
        raise InputError(f"{name}: expected booleans, got {mask.dtype}; pass mask == 1, or the indices as a mask")
    if mask.shape != (n,):
        raise InputError(f"{name}: expected shape ({n},), one value a label, got {mask.shape}")
    return mask.astype(bool)
