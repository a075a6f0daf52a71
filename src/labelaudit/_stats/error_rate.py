"""How many labels are wrong, from two counts; and then how likely each of them is.

The rows that the model is sure of tell it where the model never saw the wrong labels. Where it was trained on them it
hedges, and is sure of the rows whose labels are right; there expectation maximisation over sharpened probabilities does
better. Which of the two it is shows in the power that would make the probabilities fit the given labels best. All
constants were chosen on the choosing half of benchmarks/questions/noise_study.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit._kernels import error_rate_kernels

# A row is sure where its top probability reaches this share of the mean of its class; 0.9 to 1.0 do alike.
SURE = 0.95
_ROUNDING = 1e-6

# Half a wrong and half a right label seen beforehand (Jeffreys): a share for small data that is never 0 or 1.
_PRIOR = 0.5

# From the first power on the rounds count, from the second on they alone.
POWERS = (0.65, 0.85)

# Where the rounds find so few, a model's own mistakes look like wrong labels: the lesser count holds below the first
# share, the rounds alone from the second on.
_SHARES = (0.02, 0.06)

# The distance of either bound, in logarithms: by itself, by that of the counts of two powers, and by that of the counts
# of rounds and of sure rows. And the share of labels that a model's own mistakes may pass for.
_BELOW, _ABOVE, _MISTAKEN = (0.15, 1.0, 3.0), (0.1, 0.4, 0.5), 0.005

# A sample of one in so many, of more rows than this.
_STRIDE, _MANY = 64, 100_000


@dataclass(frozen=True)
class ErrorRate:
    """How many labels are wrong, and between what bounds."""

    wrong: float
    low: float
    high: float
    labels: int

    @property
    def most(self) -> bool:
        """Whether more labels are wrong than right."""
        return self.wrong > self.labels / 2


@dataclass(frozen=True)
class WrongCounts:
    """How many labels are wrong by one count and another; arrays of them for several data sets at once."""

    by_rounds: float | np.ndarray  # expectation maximisation over probabilities to the fourth power
    by_soft_rounds: float | np.ndarray  # the same of the second power
    where_sure: float | np.ndarray  # as many as among the rows that the model is sure of
    seen: float | np.ndarray  # from 0 to 1, how much the model hedges, as one does that was trained on wrong labels
    labels: float | np.ndarray
    sampled: float | np.ndarray  # how many of these were looked at
    prior: float = _PRIOR  # the least number of wrong labels that is told apart from none

    def bounds(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the number of wrong labels, and what it is likely to lie between."""
        labels = np.asarray(self.labels, np.float64)
        least = np.maximum(self.prior * labels / (labels + 2 * self.prior), 1e-9)  # as if a row of each kind were seen
        rounds, soft, sure = (
            np.clip(count, least, np.maximum(labels, least))
            for count in (self.by_rounds, self.by_soft_rounds, self.where_sure)
        )
        trust = self.seen * between(rounds / np.maximum(labels, 1), *_SHARES)
        wrong = rounds**trust * np.minimum(rounds, sure) ** (1 - trust)
        power, kind = np.maximum(np.log(rounds / soft), 0), np.abs(np.log(rounds / sure))
        below, above = (np.exp(own + by_power * power + by_kind * kind) for own, by_power, by_kind in (_BELOW, _ABOVE))
        chance = np.sqrt((wrong + _PRIOR) * labels / np.maximum(self.sampled, 1))
        low = np.minimum(wrong / below - _MISTAKEN * labels, wrong - chance)
        high = np.maximum(wrong * above, wrong + chance)
        return np.minimum(wrong, labels), np.maximum(low, 0), np.minimum(high, labels)

    def rate(self) -> ErrorRate:
        """Return the same of one data set."""
        wrong, low, high = (float(bound) for bound in self.bounds())
        return ErrorRate(wrong, low, high, int(self.labels))


def between(value: np.ndarray | float, low: float, high: float) -> np.ndarray:
    """Return how far a value is from low, 0, to high, 1; no less and no more than these."""
    return np.clip((value - low) / (high - low), 0.0, 1.0)


def sure_from(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return how probable each class must be for a row to be sure, (…, K), by the mean where it is the label.

    ``sums`` and ``counts`` are of the top probability of the rows whose most likely class is their label, by class; the
    mean over all classes holds for those that have none.
    """
    pooled = sums.sum(axis=-1, keepdims=True) / np.maximum(counts.sum(axis=-1, keepdims=True), 1)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), pooled)
    return np.asarray(SURE * means - _ROUNDING)


def share_where_sure(differing: np.ndarray | float, rows: np.ndarray | float, prior: float = _PRIOR) -> np.ndarray:
    """Return the share of wrong labels among rows that the model is sure of, of which so many have another label.

    As many wrong labels as ``prior`` says, and as many right ones, are taken for seen beforehand.
    """
    return np.asarray((differing + prior) / (rows + 2 * prior))


def calibrated(log_odds: np.ndarray, expected: float) -> np.ndarray:
    """Return log odds that a label is wrong, all moved by one number so that the probabilities sum to what is expected.

    Odds of -inf, of a label that has no rival, stay as they are.
    """
    # a sample says where to begin, which saves half of the steps
    first = _shift(log_odds[::_STRIDE].copy(), expected / _STRIDE, 0.0) if log_odds.size > _MANY else 0.0
    return log_odds + _shift(log_odds, expected, first)


def _shift(log_odds: np.ndarray, expected: float, shift: float) -> float:
    """Return by how much log odds must be moved for their probabilities to sum to what is expected."""
    sums = error_rate_kernels().logistic_sums
    low, high = -100.0, 100.0
    for _ in range(100):
        total, slope = sums(log_odds, shift)
        excess = total - expected
        low, high = (low, shift) if excess > 0 else (shift, high)
        step = shift - excess / slope if slope > 0 else low
        # Newton where it stays between the bounds, halving where it does not
        near = low <= step <= high
        shift = step if near else (low + high) / 2
        # the error after such a step is the square of the one before
        if (near and abs(excess) <= 1e-7 * expected) or high - low < 1e-12:
            break
    return shift


def logistic(log_odds: np.ndarray) -> np.ndarray:
    """Return the probabilities that have these log odds."""
    return np.asarray(error_rate_kernels().logistic(log_odds))
