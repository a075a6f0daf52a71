"""How many labels are wrong, told by the rows that the model is sure of; and then how likely each of them is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit._kernels import error_rate_kernels

# A row is sure where its top probability reaches this share of the mean of its class; 0.9 to 1.0 do alike.
_SURE = 0.95
_ROUNDING = 1e-6

# Half a wrong and half a right label seen beforehand (Jeffreys): a share for small data that is never 0 or 1.
_PRIOR = 0.5

# on either side of the interval of 90 %
_TAIL = 0.05

# A sample of one in so many, of more rows than this.
_STRIDE, _MANY = 64, 100_000


@dataclass(frozen=True)
class ClassConfidence:
    """Sum and count of the top probability of the rows whose most likely class is their label, by class.

    Of several data sets at once, (…, K).
    """

    sums: np.ndarray  # (K,) float64
    counts: np.ndarray  # (K,) int64

    @classmethod
    def of(cls, labels: np.ndarray, predicted: np.ndarray, max_prob: np.ndarray, classes: int) -> ClassConfidence:
        return cls(*error_rate_kernels().class_confidence(labels, predicted, max_prob, classes))

    def __add__(self, other: ClassConfidence) -> ClassConfidence:
        return ClassConfidence(self.sums + other.sums, self.counts + other.counts)

    def thresholds(self) -> np.ndarray:
        """Return how probable each class must be for a row to be sure, (K,): of the mean over all where it has none."""
        pooled = self.sums.sum(axis=-1, keepdims=True) / np.maximum(self.counts.sum(axis=-1, keepdims=True), 1)
        means = np.where(self.counts > 0, self.sums / np.maximum(self.counts, 1), pooled)
        return np.asarray(_SURE * means - _ROUNDING)


@dataclass(frozen=True)
class ConfidentDisagreement:
    """How many rows the model is sure of, and how many of these have another label."""

    differing: int
    rows: int

    @classmethod
    def of(
        cls, labels: np.ndarray, predicted: np.ndarray, max_prob: np.ndarray, thresholds: np.ndarray
    ) -> ConfidentDisagreement:
        return cls(*error_rate_kernels().confident_disagreement(labels, predicted, max_prob, thresholds))

    def __add__(self, other: ConfidentDisagreement) -> ConfidentDisagreement:
        return ConfidentDisagreement(self.differing + other.differing, self.rows + other.rows)

    def rate(self, labels: int, most: float) -> ErrorRate:
        """Return how many of the labels are wrong if they are as often as where the model is sure; no more than most.

        The bounds are those of the share alone, as if rows were drawn at random; that the sure rows may not be like the
        others is not in them.
        """
        if not labels:
            return ErrorRate(0.0, 0.0, 0.0, capped=False)
        from scipy.special import betaincinv

        wrong, right = self.differing + _PRIOR, self.rows - self.differing + _PRIOR
        shares = (wrong / (wrong + right), *betaincinv(wrong, right, (_TAIL, 1 - _TAIL)))
        middle, low, high = (min(float(share) * labels, most) for share in shares)
        return ErrorRate(middle, low, high, capped=middle >= most > 0)


@dataclass(frozen=True)
class ErrorRate:
    """How many labels are wrong, and between what bounds."""

    wrong: float
    low: float
    high: float
    capped: bool  # whether it would be more if the method could tell


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
