"""By how much other classes beat the given label, where they beat it most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from labelaudit._kernels import confident_for

# Sorting out is worth its while only when much has come together.
_MOST_WAITING = 1 << 16


class Entries(NamedTuple):
    """Margins, each with its pair and its row."""

    pairs: np.ndarray  # (E,) int64, label * K + j
    margins: np.ndarray  # (E,) floats
    rows: np.ndarray  # (E,) int64


@dataclass(frozen=True)
class LargestMargins:
    """The largest margins p[j] - p[label] of each pair (label, j), at least as many of each as are wanted.

    Of margins that tie those of the first rows count as larger, so that what is wanted is never in doubt.
    """

    wanted: np.ndarray  # (K * K,) int64
    parts: tuple[Entries, ...]  # joined only when they are sorted out, or each sum would copy all before it
    floors: np.ndarray  # (K * K,) floats: below this no margin matters; -inf at first, inf where none is wanted

    @classmethod
    def of_none(cls, wanted: np.ndarray, dtype: Any) -> LargestMargins:
        return cls(wanted, (), np.where(wanted > 0, -np.inf, np.inf).astype(dtype))

    @property
    def entries(self) -> Entries:
        """All entries together."""
        none = np.zeros(0, np.int64)
        parts = self.parts or (Entries(none, np.zeros(0, self.floors.dtype), none),)
        return (
            parts[0] if len(parts) == 1 else Entries(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
        )

    def seeing(self, entries: Entries) -> LargestMargins:
        """Return the same floors over other entries."""
        return replace(self, parts=(entries,))

    def __add__(self, other: LargestMargins) -> LargestMargins:
        both = replace(self, parts=self.parts + other.parts, floors=np.maximum(self.floors, other.floors))
        waiting = sum(part.rows.size for part in both.parts) - _MOST_WAITING
        return both.sorted_out() if waiting > 0 and waiting > 2 * self.wanted.sum() else both

    def sorted_out(self) -> LargestMargins:
        """Return no more entries than are wanted, with floors as high as they can be."""
        pairs, margins, rows, least = confident_for(self.floors).keep_largest(*self.entries, self.wanted)
        return replace(self, parts=(Entries(pairs, margins, rows),), floors=np.maximum(self.floors, least))
