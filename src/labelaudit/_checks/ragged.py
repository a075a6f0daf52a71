"""Items of different lengths, such as sentences of tokens, in canonical form.

Read from nested lists, lists of arrays, flat arrays with lengths, and list columns of Arrow and polars, which are told
by what they can do, so that neither library is imported here. No Python code runs for each part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np

from labelaudit._checks.arrays import as_array, beyond_64_bits, refuse_masked_parts
from labelaudit._data.arrays import is_foreign, to_numpy
from labelaudit._data.ragged import Ragged, offsets_of
from labelaudit.errors import InputError

Words = tuple[str, str]


def as_ragged(value: Any, name: str, lengths: Any = None, words: Words = ("item", "part")) -> Ragged:
    """Return a value in this form; ``words`` are what messages call an item and a part of it."""
    if isinstance(value, Ragged):
        return value
    found = _read(value, name, lengths, words)
    _refuse_huge(found, name, words)
    return found


def _read(value: Any, name: str, lengths: Any, words: Words) -> Ragged:
    if lengths is not None:
        return _from_flat(value, name, lengths, words)
    if hasattr(value, "null_count") and hasattr(value, "to_pylist"):
        return _from_arrow(value, name, words)
    if hasattr(value, "explode") and hasattr(value, "null_count"):
        return _from_polars(value, name, words)
    shape: tuple[int, ...] = tuple(getattr(value, "shape", ()))
    if len(shape) > 1:
        array = to_numpy(as_array(value, name), name)
        return Ragged(array.reshape(shape[0] * shape[1], *shape[2:]), np.arange(shape[0] + 1) * shape[1])
    is_objects = getattr(getattr(value, "dtype", None), "kind", "O") == "O" and not is_foreign(value)
    if not isinstance(value, Iterable) or isinstance(value, str | Iterator) or not is_objects:
        found = f"an array of shape {shape}" if shape else type(value).__name__
        raise InputError(
            f"{name}: expected a list of {words[1]}s for each {words[0]}, got {found}; "
            f"for flat arrays pass lengths, the number of {words[1]}s of each {words[0]}"
        )
    return _from_items(list(value), name, words)


def _from_flat(value: Any, name: str, lengths: Any, words: Words) -> Ragged:
    counts = to_numpy(as_array(lengths, "lengths"), "lengths")
    if counts.ndim != 1 or (counts.size and counts.dtype.kind not in "iu"):
        raise InputError(f"lengths: expected an integer for each {words[0]}, got {counts.dtype} {counts.shape}")
    if (counts < 0).any():
        raise InputError(f"lengths: expected integers >= 0, {words[0]} {np.argmax(counts < 0)} has {counts.min()}")
    values = as_array(value, name)
    rows = values.shape[0] if len(values.shape) else 0
    total = sum(counts.tolist())  # a sum of NumPy's begins again at 0 beyond 64 bits
    if total != rows:
        raise InputError(f"lengths: expected them to sum to {rows}, as {name} has {rows} rows, got {total}")
    return Ragged(values, offsets_of(counts))


def _refuse_huge(found: Ragged, name: str, words: Words) -> None:
    values = found.values
    if not isinstance(values, np.ndarray) or values.ndim != 1 or values.dtype.kind not in "uf":
        return
    row = beyond_64_bits(values)
    if row >= 0:
        item, part = found.place(row)
        raise InputError(
            f"{name}: expected class indices 0..K-1, {words[0]} {item}, {words[1]} {part} holds {values[row]}"
        )


def _from_items(items: list[Any], name: str, words: Words) -> Ragged:
    if not {type(item) for item in items} <= {list, tuple, np.ndarray}:
        items = [item if isinstance(item, list | tuple | np.ndarray) else _plain(item, name) for item in items]
    try:
        lengths = np.fromiter(map(len, items), np.int64, len(items))
    except TypeError:
        i = next(i for i, item in enumerate(items) if not isinstance(item, list | tuple) and not np.shape(item))
        raise InputError(
            f"{name}: expected a list of {words[1]}s for each {words[0]}, {words[0]} {i} is {str(items[i])!r:.40}; "
            f"for flat arrays pass lengths, the number of {words[1]}s of each {words[0]}"
        ) from None
    refuse_masked_parts(items, name, words[0])
    offsets = offsets_of(lengths)
    filled = [item for item in items if len(item)]
    if not filled:
        return Ragged(np.asarray(items[0]) if items else np.zeros(0), offsets)
    try:
        if any(isinstance(item, np.ndarray) for item in filled):
            return Ragged(np.concatenate(filled), offsets)
        return Ragged(np.asarray(list(chain.from_iterable(filled))), offsets)
    except (ValueError, TypeError) as problem:
        raise _of_unlike_parts(filled, offsets, name, words) or InputError(f"{name}: {problem}") from None


def _plain(item: Any, name: str) -> Any:
    if is_foreign(item):
        return to_numpy(item, name)
    return np.asarray(item)  # of no dimension for what is no list, such as a string


def _of_unlike_parts(filled: list[Any], offsets: np.ndarray, name: str, words: Words) -> InputError | None:
    # the first part that is not as long as the one before it
    widths = [np.shape(part)[:1] for part in chain.from_iterable(filled)]
    rows = [i for i in range(1, len(widths)) if widths[i] != widths[0]]
    if not rows:
        return None
    item, part = Ragged(None, offsets).place(rows[0])
    expected, got = (width[0] if width else "none" for width in (widths[0], widths[rows[0]]))
    return InputError(
        f"{name}: expected rows of one length, the first has {expected} entries, "
        f"{words[0]} {item}, {words[1]} {part} has {got}"
    )


def _from_arrow(column: Any, name: str, words: Words) -> Ragged:
    if hasattr(column, "combine_chunks"):
        column = column.combine_chunks()
    _refuse_empty(column.null_count, lambda: column.is_null().to_numpy(zero_copy_only=False), name, words)
    if hasattr(column, "offsets"):
        offsets = np.asarray(column.offsets).astype(np.int64)
        offsets = offsets - offsets[:1] if offsets.size else np.zeros(1, np.int64)
    elif hasattr(column.type, "list_size"):
        offsets = np.arange(len(column) + 1) * column.type.list_size
    else:
        raise InputError(f"{name}: expected a list column, got one of {column.type}")
    flat = column.flatten()
    if hasattr(flat, "flatten") and hasattr(flat.type, "value_type"):
        return Ragged(_as_matrix(_from_arrow(flat, name, words), offsets, name, words), offsets)
    return Ragged(flat.to_numpy(zero_copy_only=False), offsets)


def _from_polars(column: Any, name: str, words: Words) -> Ragged:
    _refuse_empty(column.null_count(), lambda: column.is_null().to_numpy(), name, words)
    if not hasattr(column.dtype, "inner"):
        raise InputError(f"{name}: expected a list column, got one of {column.dtype}")
    lists = column.arr.to_list() if hasattr(column.dtype, "shape") else column
    lengths = lists.list.len()
    offsets = offsets_of(lengths.to_numpy())
    flat = lists.filter(lengths > 0).explode()  # an empty list would become a null
    if hasattr(flat.dtype, "inner"):
        return Ragged(_as_matrix(_from_polars(flat, name, words), offsets, name, words), offsets)
    return Ragged(flat.to_numpy(), offsets)


def _refuse_empty(nulls: int, where: Any, name: str, words: Words) -> None:
    if nulls:
        raise InputError(f"{name}: {words[0]} {np.argmax(where())} is null; write an empty list for no {words[1]}s")


def _as_matrix(rows: Ragged, offsets: np.ndarray, name: str, words: Words) -> np.ndarray:
    if not len(rows):
        return np.zeros((0, 1))
    unlike = rows.lengths != rows.lengths[0]
    if unlike.any():
        row = int(np.argmax(unlike))
        item, part = Ragged(None, offsets).place(row)
        raise InputError(
            f"{name}: expected rows of one length, the first has {rows.lengths[0]} entries, "
            f"{words[0]} {item}, {words[1]} {part} has {rows.lengths[row]}"
        )
    matrix: np.ndarray = rows.values.reshape(len(rows), -1)
    return matrix
