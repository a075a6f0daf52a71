"""Predictions of several models as if they were one's, mixed as they are read: the mixture never exists as a whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from labelaudit._data.arrays import to_numpy
from labelaudit._data.rows import Column
from labelaudit._kernels import Array, mixture_kernels

# refuse(model, row, its probabilities) raises
Refuse = Callable[[int, int, np.ndarray], None]


@dataclass(frozen=True)
class Mixture:
    """A matrix that is read by slicing: the weighted mean of those of several models."""

    parts: tuple[Array, ...]  # (N, K) each, read by slicing
    dtypes: tuple[np.dtype[Any], ...]  # what kernels get of each
    weights: np.ndarray  # (M,), which sum to 1
    refuse: Refuse
    first: int = 0  # the number of the first row, for messages
    chunks: None = None  # read by slicing, wherever

    @property
    def shape(self) -> tuple[int, ...]:
        """That of each part."""
        return tuple(self.parts[0].shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The widest that kernels get of a part."""
        return np.result_type(*self.dtypes)

    @property
    def nbytes(self) -> int:
        """Of all parts together."""
        return sum(math.prod(part.shape) * part.dtype.itemsize for part in self.parts)

    def copy(self) -> Mixture:
        """Return the mixture of copies, which stay as they are whatever becomes of the parts."""
        return replace(self, parts=tuple(np.array(part) for part in self.parts))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> np.ndarray:
        """Return the mixture of some rows next to each other; refuse what is no probability of any model."""
        start, stop, _ = rows.indices(len(self))
        mixed = np.zeros((max(stop - start, 0), *self.shape[1:]), self.dtype)
        for model, (part, dtype, weight) in enumerate(zip(self.parts, self.dtypes, self.weights, strict=True)):
            probs = np.ascontiguousarray(to_numpy(part[start:stop], "pred_probs"), dtype)
            flat = probs.reshape(mixed.shape[0], -1)
            bad = mixture_kernels().add_share(mixed.reshape(flat.shape), flat, weight)
            if bad >= 0:
                self.refuse(model, self.first + start + bad, probs[bad])
        return mixed


def mixed(
    columns: Sequence[Column], dtypes: Sequence[np.dtype[Any]], weights: np.ndarray, refuse: Refuse
) -> tuple[Any, np.dtype[Any]]:
    """Return the column of the mixture of several models' columns, some of which may come in chunks."""
    whole = Mixture(tuple(source for source, _ in columns), tuple(dtypes), weights, refuse)
    if any(callable(source) for source in whole.parts):
        return (lambda: _side_by_side(whole)), whole.dtype
    return whole, whole.dtype


def _side_by_side(whole: Mixture) -> Iterator[Mixture]:
    """Yield mixtures of as many rows as the shortest of the chunks that the models are at has left."""
    streams = [iter(part()) if callable(part) else iter((part,)) for part in whole.parts]
    chunks: list[Any] = [next(stream, None) for stream in streams]
    at, first = [0] * len(streams), 0
    while all(chunk is not None for chunk in chunks):
        rows = min(len(chunk) - start for chunk, start in zip(chunks, at, strict=True))
        parts = tuple(chunk[start : start + rows] for chunk, start in zip(chunks, at, strict=True))
        if rows:
            yield replace(whole, parts=parts, first=first)
        first += rows
        for model, chunk in enumerate(chunks):
            at[model] += rows
            if at[model] == len(chunk):
                chunks[model], at[model] = next(streams[model], None), 0
    for model, stream in enumerate(streams):  # each checks as it ends that it had as many rows as there are labels
        if chunks[model] is not None:
            for _ in stream:
                pass
