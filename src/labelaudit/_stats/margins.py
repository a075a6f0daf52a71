"""By how much other classes beat the given label, where they beat it most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from labelaudit._kernels import confident_for

# Sorting out is worth its while only when much has come together.
_MOST_WAITING = 1 << 16


@dataclass(frozen=True)
class LargestMargins:
    """The largest margins p[j] - p[label] of each pair (label, j), at least as many of each as are wanted.

    Of margins that tie those of the first rows count as larger, so that what is wanted is never in doubt.
    """

    wanted: np.ndarray  # (K * K,) int64
    pairs: np.ndarray  # (E,) int64, label * K + j
    margins: np.ndarray  # (E,) floats
    rows: np.ndarray  # (E,) int64
    floors: np.ndarray  # (K * K,) below this no margin matters: -inf at first, inf where none is wanted

    @classmethod
    def of_none(cls, wanted: np.ndarray, dtype: Any) -> LargestMargins:
        none = np.zeros(0, np.int64)
        return cls(wanted, none, np.zeros(0, dtype), none, np.where(wanted > 0, -np.inf, np.inf).astype(dtype))

    def seeing(self, pairs: np.ndarray, margins: np.ndarray, rows: np.ndarray) -> LargestMargins:
        """Return the same floors over other entries."""
        return replace(self, pairs=pairs, margins=margins, rows=rows)

    def __add__(self, other: LargestMargins) -> LargestMargins:
        both = LargestMargins(
            self.wanted,
            np.concatenate([self.pairs, other.pairs]) if self.pairs.size else other.pairs,
            np.concatenate([self.margins, other.margins]) if self.pairs.size else other.margins,
            np.concatenate([self.rows, other.rows]) if self.pairs.size else other.rows,
            np.maximum(self.floors, other.floors),
        )
        waiting = both.pairs.size - _MOST_WAITING
        return both.sorted_out() if waiting > 0 and waiting > 2 * self.wanted.sum() else both

    def sorted_out(self) -> LargestMargins:
        """Return no more entries than are wanted, with floors as high as they can be."""
        keep = confident_for(self.margins).keep_largest
        pairs, margins, rows, least = keep(self.pairs, self.margins, self.rows, self.wanted)
        return LargestMargins(self.wanted, pairs, margins, rows, np.maximum(self.floors, least))
