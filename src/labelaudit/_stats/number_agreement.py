"""Whether numbers and what is predicted for them speak of the same: of one unit, one column, one order of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit._stats.ranks import spearman

# What is told of a data set is told as well of so many of its rows.
_ROWS = 4096

_LEAST_ROWS = 30
_LEAST_ROWS_UNRELATED = 100  # few rows of a poor model are as those of other rows
_LEAST_DISTINCT = 20

# Another unit must bring the median residual down to a 2.5th, and the root of their mean square to a 1.3th: the first
# alone is what predicted means do among skewed labels, the second alone what one wild prediction does.
_MEDIAN_GAIN, _SQUARE_GAIN = 2.5, 1.3

# Where predictions are a small part of labels around 0 that repair gains little: residuals are then the labels. But no
# model that knows how labels are ordered is so timid that they rise by this where its prediction rises by 1.
_STEEP, _SURELY_CORRELATED = 4.0, 4.0

# A simpler repair is taken where it leaves no more than so many times the median residual of the best.
_AS_GOOD = 1.25

# How many standard errors a correlation is from 0 where there is one, above 0 by chance at the most, and below what the
# spread of the predictions promises where it is missed.
_CORRELATED, _BY_CHANCE, _MISSED = 2.5, 2.3, 4.0
# Predictions that spread less promise nothing.
_LEAST_SPREAD = 0.3

# Predictions beyond all labels by so many standard deviations of theirs are not of these labels.
_FAR = 0.5
_TAIL = 0.02

_EQUAL = 0.99


@dataclass(frozen=True)
class Repair:
    """By which the predictions would fit the labels: labels ≈ factor * predictions + shift."""

    factor: float
    shift: float


@dataclass(frozen=True)
class NumberAgreement:
    """How a column of numbers and their predictions agree."""

    rows: int
    correlation: float  # by ranks
    spread: float  # of the predictions, as a share of that of the labels
    far: float  # how far the median prediction is beyond nearly all labels, in standard deviations of theirs
    repair: Repair | None  # that would bring them much nearer to each other
    equal: bool  # whether predictions are the labels themselves

    @property
    def unrelated(self) -> bool:
        """Whether predictions spread as if they knew the labels, and are no nearer to them than to those of other rows.

        Predictions that are right on average correlate with the labels as much as they spread beside them.
        """
        if self.rows < _LEAST_ROWS_UNRELATED:
            return False
        root = np.sqrt(self.rows)
        promised = min(self.spread, 1.0)
        missed = (promised - self.correlation) * root > _MISSED
        return promised >= _LEAST_SPREAD and self.correlation * root < _BY_CHANCE and bool(missed)

    @property
    def elsewhere(self) -> bool:
        """Whether predictions lie where no labels do."""
        return self.far > _FAR


def sampled(rows: int) -> np.ndarray:
    """Return the rows that are looked at, spread evenly over all."""
    return np.linspace(0, rows - 1, min(rows, _ROWS)).astype(np.int64)


def agreement_of(labels: np.ndarray, predictions: np.ndarray) -> NumberAgreement | None:
    """Return how the two agree; None for too few rows to tell."""
    if labels.size < _LEAST_ROWS:
        return None
    # so that no square overflows
    unit = float(max(np.abs(labels).max(), np.abs(predictions).max())) or 1.0
    y, p = labels / unit, predictions / unit
    correlation = spearman(y, p)
    repair = _repair(y, p, correlation)
    return NumberAgreement(
        labels.size,
        correlation,
        _spread(p) / _spread(y) if _spread(y) > 0 else 0.0,
        _far(y, float(np.median(p))),
        None if repair is None else Repair(repair.factor, repair.shift * unit),
        bool(np.mean(y == p) >= _EQUAL) and np.unique(y).size >= _LEAST_DISTINCT,
    )


def _spread(values: np.ndarray) -> float:
    low, high = np.quantile(values, [0.05, 0.95])
    return float(high - low)


def _far(labels: np.ndarray, prediction: float) -> float:
    low, high = np.quantile(labels, [_TAIL, 1 - _TAIL])
    mean = float(labels.mean())
    beyond = max(min(low, mean) - prediction, prediction - max(high, mean), 0.0)
    # labels that are all the same have no spread
    return float(beyond / max(labels.std(), 0.1 * abs(mean), np.finfo(np.float64).tiny))


def _repair(labels: np.ndarray, predictions: np.ndarray, correlation: float) -> Repair | None:
    if abs(correlation) * np.sqrt(labels.size) < _CORRELATED:
        return None
    before = _Left.of(labels - predictions)
    some = predictions != 0
    slope = _slope(labels, predictions)
    repairs = (
        Repair(float(np.median(labels[some] / predictions[some])), 0.0),
        Repair(1.0, float(np.median(labels - predictions))),
        Repair(slope, float(np.median(labels - slope * predictions))),
    )
    left = [_Left.of(labels - repair.factor * predictions - repair.shift) for repair in repairs]
    least = min(one.median for one in left)
    steep = slope > _STEEP and correlation * np.sqrt(labels.size) > _SURELY_CORRELATED
    for repair, after in zip(repairs, left, strict=True):
        if repair.factor and after.median <= _AS_GOOD * least and (steep or after.gains(before)):
            return repair
    return None


@dataclass(frozen=True)
class _Left:
    """What residuals are left."""

    median: float
    root_mean_square: float

    @classmethod
    def of(cls, residuals: np.ndarray) -> _Left:
        return cls(float(np.median(np.abs(residuals))), float(np.sqrt(np.mean(residuals**2))))

    def gains(self, before: _Left) -> bool:
        much = before.median > _MEDIAN_GAIN * self.median
        return much and before.root_mean_square > _SQUARE_GAIN * self.root_mean_square


def _slope(labels: np.ndarray, predictions: np.ndarray) -> float:
    # the median slope of pairs half of the rows apart, in the order of the predictions
    order = np.argsort(predictions, kind="stable")
    half = order.size // 2
    low, high = order[:half], order[-half:]
    run = predictions[high] - predictions[low]
    some = run > 0
    return float(np.median((labels[high] - labels[low])[some] / run[some])) if some.any() else 0.0
