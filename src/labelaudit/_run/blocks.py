"""Rows read a block at a time: slices of arrays in memory or on disk, and chunks that come from an iterator."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from labelaudit._kernels import Array
from labelaudit._run.passes import BARRIER, T, each_block, ignore, thread_count

# Large enough that starting a kernel costs nothing beside it, small enough that a converted copy stays in the cache.
_BLOCK_BYTES = 8 << 20

# What of a chunk is worth a block of its own, and so little that a copy of it stays in the cache of one processor.
_SMALL_BYTES = 1 << 20

_GREATEST = np.uint64(np.iinfo(np.int64).max)

# first row, row after the last, where the last column is read from, and at which of its rows
Block = tuple[int, int, Array, int]


class BlockRows:
    """Columns with ``shape`` and slicing, each with the type that kernels get it in.

    The last column may instead be a function that returns an iterator of its chunks.
    """

    def __init__(self, columns: tuple[Any, ...], dtypes: tuple[np.dtype[Any], ...]) -> None:
        self.columns, self.dtypes = columns, dtypes

    def map(self, work: Callable[..., Array]) -> Array:
        (values,) = self.map_several(lambda *block: (work(*block),))
        return values

    def map_several(self, work: Callable[..., tuple[Array, ...]]) -> tuple[Array, ...]:
        return self.map_and_fold(lambda *block: (work(*block), 0), 0)[0]

    def map_and_fold(self, work: Callable[..., tuple[tuple[Array, ...], T]], start: T) -> tuple[tuple[Array, ...], T]:
        rows = self.columns[0].shape[0]
        wholes: tuple[Array, ...] = ()
        making = threading.Lock()

        def put(block: Block) -> T:
            nonlocal wholes
            first, stop = block[:2]
            parts, statistic = work(first, *self._read(*block))
            with making:
                wholes = wholes or tuple(np.empty((rows, *part.shape[1:]), part.dtype) for part in parts)
            # by the thread that made them, while they are in its cache
            for whole, part in zip(wholes, parts, strict=True):
                whole[first:stop] = part
            return statistic

        total = start

        def add(statistic: T) -> None:
            nonlocal total
            total = total + statistic  # type: ignore[operator]

        each_block(self._blocks(), put, add)
        return wholes, total

    def fold(self, work: Callable[..., T], start: T, after: Callable[[T], None] = ignore) -> T:
        total = start

        def add(part: T) -> None:
            nonlocal total
            total = total + part  # type: ignore[operator]
            after(total)

        each_block(self._blocks(), lambda block: work(block[0], *self._read(*block)), add)
        return total

    def _blocks(self) -> Iterator[Any] | list[Block]:
        last, dtype = self.columns[-1], self.dtypes[-1]
        return self._chunk_blocks(last(), dtype) if callable(last) else _split(0, last, dtype)

    @staticmethod
    def _chunk_blocks(chunks: Iterator[Array], dtype: np.dtype[Any]) -> Iterator[Any]:
        first, alone = 0, thread_count() == 1
        for chunk in chunks:
            # whoever makes the chunks may put the next into the same memory while other threads read this one: a small
            # one is copied within the cache, a large one is shared out, and done with before the next is asked for
            is_small = chunk.nbytes <= _SMALL_BYTES
            yield from _split(first, chunk.copy() if is_small and not alone else chunk, dtype, _SMALL_BYTES)
            if not (alone or is_small):
                yield BARRIER
            first += len(chunk)

    def _read(self, first: int, stop: int, source: Array, offset: int) -> tuple[Array, ...]:
        parts = [column[first:stop] for column in self.columns[:-1]]
        parts.append(source[offset : offset + stop - first])
        return tuple(_as_kernels_take_it(part, dtype) for part, dtype in zip(parts, self.dtypes, strict=True))


def _split(first: int, source: Array, dtype: np.dtype[Any], least: int = _BLOCK_BYTES) -> list[Block]:
    """Return the blocks of an array: eight and more of those that are large, down to ``least`` bytes, else fewer."""
    # one block at the least, so that zero rows too come out in the right type
    rows = source.shape[0]
    width = max(1, math.prod(source.shape[1:]) * dtype.itemsize)
    step = max(1, _BLOCK_BYTES // width)
    if rows > step:  # as many blocks for each of 2, 4 or 8 threads, so that none waits for the last
        step = -(-rows // (-(-rows // step // 8) * 8))
    else:
        step = max(1, min(step, max(least // width, -(-rows // 8))))
    stored = getattr(source, "chunks", None)
    if stored and isinstance(stored[0], int):  # HDF5, zarr: read each stored chunk once
        step = max(stored[0], step // stored[0] * stored[0])
    starts = range(0, max(rows, 1), step)
    return [(first + start, first + min(start + step, rows), source, start) for start in starts]


def _as_kernels_take_it(part: Array, dtype: np.dtype[Any]) -> Array:
    if dtype == np.int64 and getattr(part, "dtype", None) == np.uint64:
        part = np.minimum(part, _GREATEST)  # what is greater is no label, and would turn negative
    # read-only whatever it was, so that numba compiles a kernel once
    view = np.ascontiguousarray(part, dtype).view()
    view.flags.writeable = False
    return view
