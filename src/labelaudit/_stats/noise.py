"""How many labels are wrong, told by the rows that the model is sure of; and then how likely each of them is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# A row is sure where its top probability reaches this share of the mean of its class; 0.9 to 1.0 do alike.
_SURE = 0.95
_ROUNDING = 1e-6

# Half a wrong and half a right label seen beforehand (Jeffreys): a share for small data that is never 0 or 1.
_PRIOR = 0.5


@dataclass(frozen=True)
class Agreement:
    """Sum and count of the top probability of the rows whose most likely class is their label, by class."""

    sums: np.ndarray  # (K,) float64
    counts: np.ndarray  # (K,) int64

    @classmethod
    def of(cls, labels: np.ndarray, likely: np.ndarray, tops: np.ndarray, classes: int) -> Agreement:
        agree = likely == labels
        return cls(np.bincount(likely[agree], tops[agree], classes), np.bincount(likely[agree], minlength=classes))

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(self.sums + other.sums, self.counts + other.counts)

    def bars(self) -> np.ndarray:
        """Return how probable each class must be for a row to be sure, (K,): of the mean over all where it has none."""
        pooled = self.sums.sum() / max(self.counts.sum(), 1)
        means = np.where(self.counts > 0, self.sums / np.maximum(self.counts, 1), pooled)
        return np.asarray(_SURE * means - _ROUNDING)


@dataclass(frozen=True)
class SureRows:
    """How many rows the model is sure of, and how many of these have another label."""

    differing: int
    rows: int

    @classmethod
    def of(cls, labels: np.ndarray, likely: np.ndarray, tops: np.ndarray, bars: np.ndarray) -> SureRows:
        sure = tops >= bars[likely]
        return cls(int(np.count_nonzero(sure & (likely != labels))), int(np.count_nonzero(sure)))

    def __add__(self, other: SureRows) -> SureRows:
        return SureRows(self.differing + other.differing, self.rows + other.rows)

    def wrong_share(self) -> float:
        """Return the estimated share of wrong labels."""
        return (self.differing + _PRIOR) / (self.rows + 2 * _PRIOR)


def calibrated(log_odds: np.ndarray, expected: float) -> np.ndarray:
    """Return log odds that a label is wrong, all moved by one number so that the probabilities sum to what is expected.

    Odds of -inf, of a label that has no rival, stay as they are.
    """
    low, high = -100.0, 100.0
    shift = 0.0
    for _ in range(100):
        wrong = logistic(log_odds + shift)
        excess = float(wrong.sum()) - expected
        low, high = (low, shift) if excess > 0 else (shift, high)
        if abs(excess) <= 1e-9 * expected or high - low < 1e-12:
            break
        slope = float((wrong * (1 - wrong)).sum())
        step = shift - excess / slope if slope > 0 else low
        # Newton where it stays between the bounds, halving where it does not
        shift = step if low < step < high else (low + high) / 2
    return log_odds + shift


def logistic(log_odds: np.ndarray) -> np.ndarray:
    """Return the probabilities that have these log odds."""
    with np.errstate(over="ignore"):  # e^710 is as good as infinite
        return np.asarray(1 / (1 + np.exp(-log_odds)))
