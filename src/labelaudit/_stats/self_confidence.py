"""How sure the model is of each class, on the rows that carry its label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labelaudit._kernels import rows_for

# The threshold of a class that no row has: no probability reaches it.
_UNSEEN = 2.0

# Keeps a class whose rows are all certain of something else from taking every row there is.
_LEAST = 2e-6


@dataclass(frozen=True)
class SelfConfidence:
    """Sum and count of the probability of the given label, by class; of K yes-or-no labels by answer and class."""

    sums: np.ndarray  # (K,) or (2, K) float64
    counts: np.ndarray  # (K,) or (2, K) int64

    @classmethod
    def of_none(cls, *shape: int) -> SelfConfidence:
        return cls(np.zeros(shape), np.zeros(shape, np.int64))

    @classmethod
    def of(cls, labels: Any, pred_probs: Any) -> SelfConfidence:
        return cls(*rows_for(pred_probs).self_confidence_sums(labels, pred_probs))

    def __add__(self, other: SelfConfidence) -> SelfConfidence:
        return SelfConfidence(self.sums + other.sums, self.counts + other.counts)

    def thresholds(self) -> np.ndarray:
        """Return the mean probability of each class over its rows, float64; 2 for a class without rows."""
        means = self.sums / np.maximum(self.counts, 1)
        thresholds: np.ndarray = np.where(self.counts > 0, np.maximum(means, _LEAST), _UNSEEN)
        return thresholds

    def shift(self) -> np.ndarray:
        """Return what ``adjust_pred_probs`` adds to the probability of each class, float64, none below 0."""
        thresholds = self.thresholds()
        shift: np.ndarray = thresholds.max(axis=0, initial=0.0) - thresholds
        return shift
