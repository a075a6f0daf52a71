"""The exact median of non-negative numbers in two passes, each of which merges: counts by magnitude, then one bin.

Non-negative floats order as their bits do. The first 16 bits of a float64 are a sixteenth of an octave, so that the bin
that holds the median holds a few per cent of smoothly spread numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_BINS, _SHIFT = 1 << 15, 48


@dataclass(frozen=True)
class Magnitudes:
    """How many numbers are zero, and how many of the others are in each bin."""

    zeros: int
    counts: np.ndarray  # (32768,) int64

    @classmethod
    def of_none(cls) -> Magnitudes:
        return cls(0, np.zeros(_BINS, np.int64))

    @classmethod
    def of(cls, values: np.ndarray) -> Magnitudes:
        positive = values[values > 0]
        return cls(values.size - positive.size, np.bincount(_bin_of(positive), minlength=_BINS))

    def __add__(self, other: Magnitudes) -> Magnitudes:
        return Magnitudes(self.zeros + other.zeros, self.counts + other.counts)

    def middle(self) -> Middle | None:
        """Return where the median is; of the numbers above zero where that of all is zero; None if all are zero."""
        positive = int(self.counts.sum())
        n = positive + self.zeros
        low, high = (n - 1) // 2 - self.zeros, n // 2 - self.zeros
        if high < 0:
            low, high = (positive - 1) // 2, positive // 2
        if not positive:
            return None
        ends = np.cumsum(self.counts)
        last = int(np.searchsorted(ends, high, side="right"))
        first = int(np.searchsorted(ends, low, side="right")) if low >= 0 else last
        return Middle(low, high, first, last, int(ends[first] - self.counts[first]))


@dataclass(frozen=True)
class Middle:
    """The ranks, among the numbers above zero, of the two whose mean is the median, and the bins that they are in."""

    low: int  # -1 for a zero
    high: int
    first: int
    last: int
    before: int  # numbers in lower bins


@dataclass(frozen=True)
class Kept:
    """The numbers in the bins of the middle."""

    parts: tuple[np.ndarray, ...] = ()

    @classmethod
    def of(cls, values: np.ndarray, middle: Middle) -> Kept:
        positive = values[values > 0]
        bins = _bin_of(positive)
        return cls((positive[(bins >= middle.first) & (bins <= middle.last)],))

    def __add__(self, other: Kept) -> Kept:
        return Kept(self.parts + other.parts)

    def median(self, middle: Middle) -> float:
        """Return the mean of the two numbers of the middle."""
        kept = np.sort(np.concatenate(self.parts))
        low = float(kept[middle.low - middle.before]) if middle.low >= 0 else 0.0
        return low + (float(kept[middle.high - middle.before]) - low) / 2


def _bin_of(positive: np.ndarray) -> np.ndarray:
    bits = np.ascontiguousarray(positive, np.float64).view(np.int64)
    bins: np.ndarray = bits >> _SHIFT
    return bins
