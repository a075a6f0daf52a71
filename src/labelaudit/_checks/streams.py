"""Predictions that come in chunks, from an iterator or from a function that returns one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from labelaudit._checks.arrays import as_array, as_floats
from labelaudit._data.arrays import to_numpy
from labelaudit._kernels import Array
from labelaudit.errors import InputError

# Of so many rows of a large data set one is compared with what it was in an earlier walk.
_LEAST_SHARE = 256

_ODD = np.uint64(0x9E3779B97F4A7C15)  # the golden ratio, whose multiples seem to be random

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

    opened = source() if callable(source) else source
    if not isinstance(opened, Iterable):
        raise InputError(f"{name}: expected a function that returns an iterator of chunks, it returned {opened!r:.60}")
    first = next(iter(opened), None)
    if first is None:
        raise InputError(f"{name}: the iterator has no chunks; expected arrays of shape {_shape(widths)}")
    head = _chunk(first, name, 0, widths)
    seen = SeenRows(n, math.prod(head.shape[1:]), name)

    def chunks() -> Iterator[np.ndarray]:
        row = 0
        for chunk in (_chunk(c, name, row, head.shape[1:]) for c in start()):
            if row + len(chunk) > n:
                raise InputError(f"labels: expected a row for each of {name}, got {n}, fewer than its chunks hold")
            seen.compare(row, chunk)
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


class SeenRows:
    """What rows held when they were read first, so that a later walk over other rows does not go unnoticed.

    All rows are compared where they hold up to 65,536 numbers together, else as many as hold so many, but at least one
    in 256. A walk in another order, or with numbers drawn anew, differs in nearly all rows and is missed with a
    probability of 2^-64 in each that is compared; a single row that is another goes unnoticed in 255 of 256 cases where
    there are many rows.
    """

    def __init__(self, n: int, width: int, name: str) -> None:
        self._step = min(max(n * width >> 16, 1), _LEAST_SHARE)
        self._name = name
        self._sums = np.zeros(-(-n // self._step), np.uint64)  # of each row that is compared
        self._known = 0  # how many of them were read so far
        self._factors = np.random.default_rng(0).integers(1 << 64, size=width, dtype=np.uint64) | np.uint64(1)

    def compare(self, first: int, rows: np.ndarray) -> None:
        """Take note of rows that are read for the first time; refuse others than were there before."""
        start = -(-first // self._step)
        sums = self._sums_of(rows[start * self._step - first :: self._step])
        stop = start + sums.size
        known = max(min(self._known, stop) - start, 0)
        differ = self._sums[start : start + known] != sums[:known]
        if differ.any():
            row = (start + int(np.argmax(differ))) * self._step
            raise InputError(
                f"{self._name}: the function gives other rows when it is called again, row {row} differs; "
                "expected the same rows in the same order each time, without shuffling or dropout"
            )
        self._sums[start:stop], self._known = sums, max(self._known, stop)

    def _sums_of(self, rows: np.ndarray) -> np.ndarray:
        sums: np.ndarray = _bits(rows).reshape(len(rows), self._factors.size) @ self._factors
        return sums


class SeenImages:
    """What images held when they were read first: up to about 1,024 pixels of each, spread over rows and columns.

    Other images, or another order of them, are missed with a probability of 2^-64; one pixel that is another goes
    unnoticed with that of the share of pixels that are not looked at.
    """

    def __init__(self) -> None:
        self._sums: list[tuple[int, ...]] = []

    def compare(self, number: int, arrays: Sequence[Array]) -> None:
        """Take note of an image that is read for the first time; refuse another than was there before."""
        sums = tuple(_sum_of(array) for array in arrays)
        if number == len(self._sums):
            self._sums.append(sums)
        elif sums != self._sums[number]:
            raise InputError(
                f"pred_probs: the function gives other pairs when it is called again, image {number} differs; "
                "expected the same images in the same order each time, without shuffling or dropout"
            )


def _sum_of(pixels: Array) -> int:
    if len(pixels.shape) < 2:
        return 0  # refused when it is read
    step = max(math.isqrt(pixels.shape[-2] * pixels.shape[-1]) >> 5, 1)
    some = to_numpy(pixels[..., ::step, ::step], "pred_probs")
    if some.dtype.kind not in "iufb":
        return 0
    bits = _bits(some).reshape(-1)
    return int(bits @ (np.arange(1, 2 * bits.size, 2, dtype=np.uint64) * _ODD))


def _bits(numbers: np.ndarray) -> np.ndarray:
    plain = np.ascontiguousarray(numbers, np.float64 if numbers.dtype.itemsize > 8 else None)
    return plain.view(f"u{plain.itemsize}")


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
