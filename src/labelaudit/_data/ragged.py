"""Items of different lengths, such as sentences of tokens: one flat array of all parts, and where each item begins."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from labelaudit._kernels import Array


@dataclass(frozen=True)
class Ragged:
    """Item i is ``values[offsets[i] : offsets[i + 1]]``."""

    values: Array  # (n, …), the parts of all items one after another
    offsets: np.ndarray  # (items + 1,) int64, from 0 to n

    def __len__(self) -> int:
        return self.offsets.size - 1

    @property
    def lengths(self) -> np.ndarray:
        """How many parts each item has, (items,)."""
        return np.diff(self.offsets)

    def place(self, row: int) -> tuple[int, int]:
        """Return the item that a row of the values is in, and its place there."""
        item = int(np.searchsorted(self.offsets, row, "right")) - 1
        return item, row - int(self.offsets[item])

    def places(self, rows: np.ndarray, order: np.ndarray) -> list[tuple[int, int]]:
        """Return the same for several rows, which ascend, in this order."""
        items = np.searchsorted(self.offsets, rows, "right") - 1
        within = rows - self.offsets[items]
        return list(zip(items[order].tolist(), within[order].tolist(), strict=True))

    def split(self) -> list[Array]:
        """Return an array an item: views, no copies."""
        return [self.values[start:stop] for start, stop in pairwise(self.offsets.tolist())]


def offsets_of(lengths: np.ndarray | list[int]) -> np.ndarray:
    """Return where each item begins, and the last one ends, from how many parts each has."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
