"""Which of many non-negative numbers are the n least, in walks that each need little memory and merge.

Such floats order as their bits do. A walk counts the values by the next 16 bits, among those that begin as the n-th
does; one walk tells the n-th float16, two the n-th float32, and of float64 seldom more than three are needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

_DIGIT = 16


@dataclass(frozen=True)
class Counts:
    """How many values have each next digit. NaN counts as greater than all; -0.0 must not occur."""

    counts: np.ndarray  # (up to 65536,) int64, none beyond the greatest: a quarter of them for probabilities

    @classmethod
    def of_none(cls) -> Counts:
        return cls(np.zeros(0, np.int64))

    @classmethod
    def of(cls, values: np.ndarray, among: Least) -> Counts:
        bits = _bits(values)
        if among.known:
            bits = bits[among.edge(values)]
        digits = bits >> (_width(values) - among.known - _DIGIT)
        if among.known:
            digits &= (1 << _DIGIT) - 1
        return cls(np.bincount(digits.astype(np.intp)))

    def __add__(self, other: Counts) -> Counts:
        few, many = sorted((self.counts, other.counts), key=len)
        total = many.copy()
        total[: few.size] += few
        return Counts(total)


@dataclass(frozen=True)
class Least:
    """The n least values: those whose first bits make a smaller number, and ``rest`` of those with these first bits."""

    first_bits: int
    known: int  # how many first bits those are
    rest: int
    exact: bool

    @classmethod
    def of(cls, n: int) -> Least:
        return cls(0, 0, n, exact=n == 0)

    def narrowed(self, counts: Counts, dtype: np.dtype[Any]) -> Least:
        """Return the same with 16 bits more known."""
        ends = np.cumsum(counts.counts)
        digit = int(np.searchsorted(ends, self.rest))
        rest = self.rest - int(ends[digit] - counts.counts[digit])
        known = self.known + _DIGIT
        # a bin that is taken whole need not be divided
        exact = rest == int(counts.counts[digit]) or known == dtype.itemsize * 8
        return Least((self.first_bits << _DIGIT) | digit, known, rest, exact)

    def below(self, values: np.ndarray) -> np.ndarray:
        """Return which values are surely among the n least."""
        mask: np.ndarray = _bits(values) >> self._shift(values) < _of_type(self.first_bits, values)
        return mask if self.known else np.zeros(values.shape, bool)

    def edge(self, values: np.ndarray) -> np.ndarray:
        """Return which values begin with the known bits."""
        mask: np.ndarray = _bits(values) >> self._shift(values) == _of_type(self.first_bits, values)
        return mask

    def _shift(self, values: np.ndarray) -> int:
        return _width(values) - max(self.known, 1)


def _width(values: np.ndarray) -> int:
    return values.dtype.itemsize * 8


def _of_type(number: int, values: np.ndarray) -> np.unsignedinteger[Any]:
    kind: type[np.unsignedinteger[Any]] = _bits(values).dtype.type
    return kind(number)


def _bits(values: np.ndarray) -> np.ndarray:
    bits: np.ndarray = values.view(f"u{values.dtype.itemsize}")
    return bits
