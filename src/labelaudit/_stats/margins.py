"""By how much other classes beat the given label, where they beat it most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labelaudit._kernels import confident_for

# Sorting out is worth its while only when much has come together.
_MOST_WAITING = 1 << 16


@dataclass(frozen=True)
class LargestMargins:
    """The largest margins p[j] - p[label] of each pair (label, j), at least as many of each as are wanted."""

    wanted: np.ndarray  # (K * K,) int64
    pairs: np.ndarray  # (E,) int64, label * K + j
    margins: np.ndarray  # (E,) floats
    floors: np.ndarray  # (K * K,) below this no margin matters: -inf at first, inf where none is wanted

    @classmethod
    def of(cls, wanted: np.ndarray, pairs: np.ndarray, margins: np.ndarray) -> LargestMargins:
        floors = np.where(wanted > 0, -np.inf, np.inf).astype(margins.dtype)
        return cls(wanted, pairs, margins, floors)

    @classmethod
    def of_none(cls, wanted: np.ndarray, dtype: Any) -> LargestMargins:
        return cls.of(wanted, np.zeros(0, np.int64), np.zeros(0, dtype))

    def __add__(self, other: LargestMargins) -> LargestMargins:
        both = LargestMargins(
            self.wanted,
            np.concatenate([self.pairs, other.pairs]),
            np.concatenate([self.margins, other.margins]),
            np.maximum(self.floors, other.floors),
        )
        return both.sorted_out() if both.pairs.size > 2 * self.wanted.sum() + _MOST_WAITING else both

    def sorted_out(self) -> LargestMargins:
        """Return no more than what is wanted, with floors as high as they can be."""
        pairs, margins, least = confident_for(self.margins).keep_largest(self.pairs, self.margins, self.wanted)
        return LargestMargins(self.wanted, pairs, margins, np.maximum(self.floors, least))

    def cuts(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the last margin wanted of each pair, (K * K,), and how many that equal it are wanted with it."""
        kept = self.sorted_out()
        above = np.bincount(kept.pairs[kept.margins > kept.floors[kept.pairs]], minlength=self.wanted.size)
        return kept.floors, np.maximum(self.wanted - above, 0)
