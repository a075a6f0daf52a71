"""The exact median of non-negative numbers in two passes, each of which merges: counts by first bits, then one bin.

The first 16 bits of a float64 are a sixteenth of an octave, so that those numbers that begin as the median does are a
few per cent of smoothly spread ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit._stats.k_smallest import Counts, Least

_FLOAT64 = np.dtype(np.float64)


@dataclass(frozen=True)
class Magnitudes:
    """How many numbers are zero, and how the others begin."""

    zeros: int
    counts: Counts

    @classmethod
    def of_none(cls) -> Magnitudes:
        return cls(0, Counts.of_none())

    @classmethod
    def of(cls, values: np.ndarray) -> Magnitudes:
        positive = _positive(values)
        return cls(values.size - positive.size, Counts.of(positive, Least.of(1)))

    def __add__(self, other: Magnitudes) -> Magnitudes:
        return Magnitudes(self.zeros + other.zeros, self.counts + other.counts)

    def middle(self) -> Middle | None:
        """Return where the median is; of the numbers above zero where that of all is zero; None if all are zero."""
        positive = int(self.counts.counts.sum())
        if not positive:
            return None
        n = positive + self.zeros
        low, high = (n - 1) // 2 - self.zeros, n // 2 - self.zeros
        if high < 0:
            low, high = (positive - 1) // 2, positive // 2
        return Middle(self._up_to(low) if low >= 0 else None, self._up_to(high))

    def _up_to(self, rank: int) -> Least:
        return Least.of(rank + 1).narrowed(self.counts, _FLOAT64)


@dataclass(frozen=True)
class Middle:
    """The two numbers whose mean is the median, each as the last of so many least ones among those above zero."""

    low: Least | None  # None for a zero
    high: Least


@dataclass(frozen=True)
class Kept:
    """The numbers that begin as one of the middle does."""

    parts: tuple[np.ndarray, ...] = ()

    @classmethod
    def of(cls, values: np.ndarray, middle: Middle) -> Kept:
        positive = _positive(values)
        kept = middle.high.edge(positive)
        if middle.low is not None and middle.low.first_bits != middle.high.first_bits:
            kept |= middle.low.edge(positive)
        return cls((positive[kept],))

    def __add__(self, other: Kept) -> Kept:
        return Kept(self.parts + other.parts)

    def median(self, middle: Middle) -> float:
        """Return the mean of the two numbers of the middle."""
        kept = np.sort(np.concatenate(self.parts))
        low = 0.0 if middle.low is None else _last(middle.low, kept)
        return low + (_last(middle.high, kept) - low) / 2


def _last(least: Least, ordered: np.ndarray) -> float:
    return float(ordered[least.edge(ordered)][least.rest - 1])


def _positive(values: np.ndarray) -> np.ndarray:
    return values[values > 0].astype(np.float64, copy=False)
