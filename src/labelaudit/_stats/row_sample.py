"""Which rows stand for all where a statistic takes many rounds, and what they tell of how many labels are wrong.

A row is taken by the hash of its number and by how frequent its label is, so that blocks agree on the sample without
knowing of each other, whatever their bounds.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from labelaudit._kernels import confusion_kernels, error_rate_kernels
from labelaudit._kernels.odds_nodes import FLOOR
from labelaudit._stats.error_rate import POWERS, ErrorRate, WrongCounts, between, share_where_sure, sure_from

ENOUGH = 50_000

# Of a class with fewer rows all are taken, if there are not too many such classes.
_OF_EACH_CLASS = 100

# How many of the most likely classes of a row are told apart; the rest are one.
TOLD_APART = 8

# What is counted beforehand of each true class, over all labels, at first and in every round, as a share of a row.
_AT_FIRST, _SMOOTHING = 10.0, 0.1

_ROUNDS, _SETTLED = 40, 1e-3

# Pairs of classes are numbered as in a table up to so many, and one by one where there would be more.
_TABLE = 1 << 21


@dataclass(frozen=True)
class RowSample:
    """The rows to take, by their labels: those of label k with a chance of ``share[k]``."""

    share: np.ndarray  # (K,) in [0, 1]
    counts: np.ndarray  # (K,) int64, how many rows have each label

    @classmethod
    def of(cls, labels: np.ndarray, k: int, enough: int = ENOUGH) -> RowSample:
        """Return it for the labels of all rows; those that are no class are not counted, and never taken."""
        counts = error_rate_kernels().class_counts(labels, k)
        of_each = max(1, min(_OF_EACH_CLASS, 2 * ENOUGH // max(k, 1)))
        share = np.maximum(enough / max(int(counts.sum()), 1), of_each / np.maximum(counts, 1))
        return cls(np.minimum(share, 1.0), counts)

    def rows(self, first: int, labels: np.ndarray) -> np.ndarray:
        """Return which rows of a block are taken, by their place in it; ``first`` is the number of its first row."""
        known = (labels >= 0) & (labels < self.share.size)
        if (self.share == 1).all():
            return np.flatnonzero(known)
        return np.flatnonzero(known & (_uniform(first, labels.size) < self.share[np.where(known, labels, 0)]))


def _uniform(first: int, n: int) -> np.ndarray:
    """Return a number in [0, 1) for each row that looks random and depends on the number of the row alone."""
    # splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014)
    x = np.arange(first + 1, first + 1 + n, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((x ^ (x >> np.uint64(31))) >> np.uint64(11), np.float64) * 2.0**-53


@dataclass(frozen=True)
class SampledRows:
    """What is kept of the rows of a sample: a mergeable statistic, whose parts come in the order of the rows."""

    labels: tuple[np.ndarray, ...] = ()  # (n,) int64
    given: tuple[np.ndarray, ...] = ()  # (n,) the probability of the label
    classes: tuple[np.ndarray, ...] = ()  # (n, m) int32, the most likely ones, in order
    probs: tuple[np.ndarray, ...] = ()  # (n, m) theirs

    def __add__(self, other: SampledRows) -> SampledRows:
        return SampledRows(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def error_rate(self, sample: RowSample) -> ErrorRate:
        """Return how many labels are wrong of all that the sample stands for."""
        k = sample.counts.size
        if not sample.counts.any():
            return ErrorRate(0.0, 0.0, 0.0, 0)
        labels, given, classes, probs = (np.concatenate(getattr(self, one.name)) for one in fields(self))
        weights = (sample.counts / np.maximum(np.bincount(labels, minlength=k), 1))[labels]
        rows = LikelyRows(labels, given, classes, probs, weights, k)
        return WrongCounts(
            rows.by_rounds(4.0).wrong,
            rows.by_rounds(2.0).wrong,
            rows.wrong_where_sure(),
            between(np.log(rows.fitting_power()), *np.log(POWERS)),
            int(sample.counts.sum()),
            labels.size,
        ).rate()


@dataclass(frozen=True)
class Rounds:
    """What expectation maximisation finds out."""

    belief: np.ndarray  # (n, m + 2) in what each row is, as if no label were known; the first of its label
    cells: np.ndarray  # (n, m + 2) of class and label
    chance: np.ndarray  # (cells,) of the label, given to an item of the class
    wrong: float  # how many labels are wrong


@dataclass(frozen=True)
class LikelyRows:
    """Rows that each are one of a few classes, as likely as not."""

    labels: np.ndarray  # (n,) int64
    given: np.ndarray  # (n,) the probability of the label
    classes: np.ndarray  # (n, m) int32, the most likely ones, in order
    probs: np.ndarray  # (n, m) theirs
    weights: np.ndarray  # (n,) for how many rows each stands
    k: int

    @property
    def others(self) -> int:
        """How many classes are not in the list of a row."""
        return self.k - int(self.classes.shape[1])

    def by_rounds(self, power: float) -> Rounds:
        """Return what expectation maximisation finds over probabilities raised to a power."""
        kernels, k = confusion_kernels(), self.k
        belief, of_class = kernels.beliefs(self.labels, self.given, self.classes, self.probs, self.others, FLOOR, power)
        cells, of_cell = self._cells(of_class)
        # a row's most likely class and its label, whichever of the places of the row that class is in
        top = np.where(self.classes[:, 0] == self.labels, 0, 2)
        seen = np.take_along_axis(cells, top[:, None], axis=1).ravel()
        counts = np.bincount(seen, self.weights, of_cell.size) + _AT_FIRST / k
        counts += np.bincount(cells[:, 1], self.weights, of_cell.size)  # labels of all other classes are as of all
        totals = np.bincount(self.classes[:, 0], self.weights, k + 1) + _AT_FIRST
        totals[k] += self.weights.sum()
        chance = kernels.confusion(
            belief, cells, of_cell, k, self.weights, (counts, totals), _SMOOTHING / k, _ROUNDS, _SETTLED
        )
        return Rounds(belief, cells, chance, float(kernels.wrong_rows(belief, cells, self.weights, chance)))

    def _cells(self, of_class: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the cell of each class of each row, and the class of each cell."""
        pairs = of_class * np.int64(self.k) + self.labels[:, None]
        if (self.k + 1) * self.k <= _TABLE:
            return pairs, np.repeat(np.arange(self.k + 1), self.k)
        known, cells = np.unique(pairs, return_inverse=True)
        return cells.reshape(pairs.shape), known // self.k

    def wrong_where_sure(self) -> float:
        """Return how many labels are wrong if they are as often as among the rows that the model is sure of."""
        top, prob = self.classes[:, 0], self.probs[:, 0].astype(np.float64)
        agrees = top == self.labels
        sums, counts = (
            np.bincount(top[agrees], weights[agrees], self.k) for weights in (self.weights * prob, self.weights)
        )
        sure = prob >= sure_from(sums, counts)[top]
        share = share_where_sure(self.weights[sure & ~agrees].sum(), self.weights[sure].sum())
        return float(share * self.weights.sum())

    def fitting_power(self) -> float:
        """Return the power that makes probabilities fit the labels best, no less and no more than those that matter."""
        low, high = POWERS
        if self._slope(low) >= 0:
            return low
        if self._slope(high) <= 0:
            return high
        for _ in range(6):
            middle = (low + high) / 2
            low, high = (middle, high) if self._slope(middle) < 0 else (low, middle)
        return (low + high) / 2

    def _slope(self, power: float) -> float:
        slope: float = confusion_kernels().temperature_slope(
            self.labels, self.given, self.classes, self.probs, self.others, power, self.weights
        )
        return slope
