"""One array in, one canonical array out, or an InputError.

Canonical is: a NumPy array as it is (memory-mapped or not), an array that is read by slicing (HDF5, zarr, dask), or an
array of another library on its device. Nothing here reads an array that lies on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from labelaudit._data.arrays import is_foreign, is_read_by_slicing, to_numpy
from labelaudit._kernels import Array
from labelaudit.errors import InputError

# The first integer that has more than 64 bits, with its sign.
_BEYOND = 2**63

# What becomes a float if NumPy is asked to make one of it, and is none: text, and times, which are of another unit.
_NO_NUMBERS = (str, bytes, bytearray, complex, np.complexfloating, np.timedelta64, np.datetime64, np.ma.MaskedArray)


def as_array(value: Any, name: str) -> Array:
    """Return the value as an array of the kinds above."""
    if isinstance(value, np.ma.MaskedArray):
        if np.ma.is_masked(value):
            row = int(np.argmax(np.ma.getmaskarray(value).reshape(len(value), -1).any(axis=1)))
            raise InputError(f"{name}: row {row} is masked; fill or drop masked rows first")
        return value.data
    if hasattr(value, "toarray") and hasattr(value, "nnz"):
        raise InputError(f"{name}: is a sparse matrix, {type(value).__name__}; pass {name}.toarray()")
    if isinstance(value, list | tuple):
        refuse_masked_parts(value, name)
    if is_read_by_slicing(value) or is_foreign(value):
        return value
    try:
        array = value if isinstance(value, np.ndarray) else np.asarray(value)
    except (ValueError, TypeError, np.ma.MaskError) as problem:
        raise InputError(f"{name}: expected an array, got {type(value).__name__} ({problem})") from problem
    return _stack(array, name) if array.dtype == object and array.ndim == 1 else array


def refuse_masked_parts(parts: Sequence[Any] | np.ndarray, name: str, called: str = "row") -> None:
    """Refuse a masked array among parts, or in lists of these, whose mask NumPy would drop."""
    if _holds_masked(parts):
        row = next(i for i, part in enumerate(parts) if np.ma.is_masked(part) or _holds_masked(part))
        raise InputError(f"{name}: {called} {row} holds masked values; fill or drop masked rows first")


def _holds_masked(parts: Any) -> bool:
    # the types of a level at once, and as the first part says whether there is another: nothing for each number
    level = parts if isinstance(parts, list | tuple | np.ndarray) else ()
    first = next(iter(level), None)
    while isinstance(first, list | tuple | np.ndarray):
        kinds = set(map(type, level))
        if any(issubclass(kind, np.ma.MaskedArray) for kind in kinds):
            return any(map(np.ma.is_masked, level))
        lists = [kind for kind in kinds if issubclass(kind, list | tuple)]
        if len(lists) < len(kinds):
            level = [part for part in level if type(part) in lists]
        first = next(chain.from_iterable(level), None)
        level = list(chain.from_iterable(level)) if isinstance(first, list | tuple | np.ndarray) else []
    return False


def _stack(rows: np.ndarray, name: str) -> np.ndarray:
    # a column of lists (Arrow, pandas, Hugging Face) is a matrix; anything else stays a column of objects
    if not rows.size or not all(isinstance(row, list | tuple | np.ndarray) for row in rows):
        return rows
    refuse_masked_parts(rows, name)
    if all(isinstance(row, np.ndarray) and row.ndim == 0 for row in rows):
        return np.array([row.item() for row in rows])
    if any(isinstance(row, np.ndarray) and row.ndim == 0 for row in rows):
        raise InputError(f"{name}: expected rows of one length, some are numbers and some are lists")
    lengths = np.array([len(row) for row in rows])
    if (lengths != lengths[0]).any():
        row = int(np.argmax(lengths != lengths[0]))
        raise InputError(f"{name}: expected rows of one length, row 0 has {lengths[0]}, row {row} has {lengths[row]}")
    try:
        return np.array([np.asarray(row) for row in rows])
    except (ValueError, TypeError) as problem:  # lists in some of the rows
        raise InputError(f"{name}: expected rows of numbers, one of them holds a list ({problem})") from problem


def as_integers(array: Array, name: str) -> Array:
    """Return integers of any width, read from integers, booleans, or floats and objects without fractions."""
    kind = _kind(array)
    if kind in "iu":
        if isinstance(array, np.ndarray):
            _refuse_huge(array, name)
        return array
    if kind == "b":
        return array.astype(np.uint8) if isinstance(array, np.ndarray) else to_numpy(array, name).astype(np.uint8)
    values = to_numpy(array, name)
    if kind == "f":
        whole = np.isfinite(values) & (np.floor(values) == values)
        if not whole.all():
            row = int(np.argmin(whole))
            raise InputError(f"{name}: expected integers, row {row} holds {values[row]}; drop rows without a label")
        _refuse_huge(values, name)
        return values.astype(np.int64)
    if kind == "O" and all(_is_integer(v) for v in values.flat):
        _refuse_huge(values, name)
        return values.astype(np.int64)
    row = next((i for i, v in enumerate(values.flat) if not _is_integer(v)), 0)
    raise InputError(
        f"{name}: expected integers 0..K-1, row {row} holds {values.flat[row]!r}; "
        "number the classes in the order of the columns of pred_probs, e.g. [names.index(x) for x in labels]"
    )


def _is_integer(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, np.timedelta64)


def beyond_64_bits(values: np.ndarray) -> int:
    """Return the place of the first number that no integer of 64 bits holds, which would come out as another, or -1."""
    fits = values.dtype.kind in "iub" and values.dtype != np.uint64
    if fits or values.dtype == np.float16 or not values.size or (values.max() < _BEYOND and values.min() >= -_BEYOND):
        return -1
    beyond = (values >= _BEYOND) | (values < -_BEYOND)  # with NaN among them there may be none
    return int(np.argmax(beyond)) if beyond.any() else -1


def _refuse_huge(values: np.ndarray, name: str) -> None:
    row = beyond_64_bits(values)
    if row >= 0:
        raise InputError(f"{name}: expected class indices 0..K-1, row {row} holds {values[row]}; drop such rows")


def as_floats(array: Array, name: str) -> tuple[Array, np.dtype[Any]]:
    """Return an array of real numbers and the type that kernels compute in: float32 up to 32 bits, else float64."""
    if _kind(array) == "O":
        array = _unboxed(to_numpy(array, name), name)
    if _kind(array) not in "fiub":
        raise InputError(f"{name}: expected floats, got an array of {array.dtype}")
    narrow = {"float32", "float16", "bfloat16"}
    return array, np.dtype(np.float32 if _type_name(array) in narrow else np.float64)


def _unboxed(objects: np.ndarray, name: str) -> np.ndarray:
    place = no_number(objects)
    if place < 0:
        return objects.astype(np.float64)
    row = int(np.unravel_index(place, objects.shape)[0])
    raise InputError(f"{name}: expected floats, row {row} holds {objects.flat[place]!r:.60}")


def no_number(values: np.ndarray) -> int:
    """Return the place in the flat array of the first value that is no real number, -1 if all are; None is NaN."""
    if values.dtype.kind in "iufb" or not values.size:
        return -1
    if values.dtype.kind != "O":
        return 0
    # most objects have few types; a number may still be too great for a float
    wrong = {kind for kind in set(map(type, values.flat)) if issubclass(kind, _NO_NUMBERS)}
    try:
        if not wrong:
            values.astype(np.float64)
            return -1
    except (TypeError, ValueError, OverflowError):
        pass
    return next(i for i, value in enumerate(values.flat) if type(value) in wrong or not _becomes_float(value))


def _becomes_float(value: Any) -> bool:
    try:
        return value is None or isinstance(float(value), float)
    except (TypeError, ValueError, OverflowError):
        return False


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
    if not isinstance(value, str) or value not in choices:
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
