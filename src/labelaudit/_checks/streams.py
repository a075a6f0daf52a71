"""Predictions that come in chunks, from an iterator or from a function that returns one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from labelaudit._checks.arrays import as_array, as_floats
from labelaudit._data.arrays import to_numpy
from labelaudit.errors import InputError

BlockSource = Callable[[], Any] | Iterator[Any]


def is_stream(value: Any) -> bool:
    """Whether this gives chunks rather than being an array."""
    return callable(value) or isinstance(value, Iterator)


def check_stream(
    source: BlockSource, name: str, n: int, *widths: str
) -> tuple[np.ndarray, Callable[[], Iterator[np.ndarray]]]:
    """Return the first chunk, and a function that returns an iterator of all, which hold n rows.

    ``widths``: what messages call the sides of a chunk after the first, which are the same in all chunks.
    """
    openings = itertools.count()

    def start() -> Iterator[Any]:
        if callable(source):
            return iter(source())
        if next(openings):
            refuse_iterator(source, name)
        return itertools.chain([head], source)

    first = next(iter(source()) if callable(source) else source, None)
    if first is None:
        raise InputError(f"{name}: the iterator has no chunks; expected arrays of shape {_shape(widths)}")
    head = _chunk(first, name, 0, widths)

    def chunks() -> Iterator[np.ndarray]:
        row = 0
        for chunk in (_chunk(c, name, row, head.shape[1:]) for c in start()):
            if row + len(chunk) > n:
                raise InputError(f"labels: expected a row for each of {name}, got {n}, fewer than its chunks hold")
            yield chunk
            row += len(chunk)
        if row < n:
            raise InputError(f"labels: expected {row} rows, as in the chunks of {name}, got {n}")

    return head, chunks


def refuse_iterator(source: Any, name: str = "pred_probs") -> None:
    """Refuse an iterator where several walks are taken."""
    if isinstance(source, Iterator):
        raise InputError(
            f"{name}: an iterator can be walked only once and this takes several passes; "
            "pass a function that returns a new iterator"
        )


def _chunk(value: Any, name: str, row: int, widths: tuple[str | int, ...]) -> np.ndarray:
    array: np.ndarray = as_floats(to_numpy(as_array(value, name), name), name)[0]
    fits = array.ndim == 1 + len(widths) and all(
        side > 0 if isinstance(width, str) else side == width
        for side, width in zip(array.shape[1:], widths, strict=True)
    )
    if not fits:
        raise InputError(f"{name}: expected chunks of shape {_shape(widths)}, the one at row {row} is {array.shape}")
    return array


def _shape(widths: tuple[str | int, ...]) -> str:
    return f"({', '.join(['n', *map(str, widths)])}{',' if not widths else ''})"
