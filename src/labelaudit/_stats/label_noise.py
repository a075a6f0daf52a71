"""How many labels of each of K classes are wrong, and how likely each is: two statistics, each of one walk.

Each class is a classification into no and yes, of which :mod:`labelaudit._stats.error_rate` tells the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit._kernels.odds_nodes import NODES
from labelaudit._stats.error_rate import ClassConfidence, ConfidentDisagreement, ErrorRate


@dataclass(frozen=True)
class AnswerConfidence:
    """How sure the model is where it agrees with the labels, and how many labels there are, by answer and class."""

    sums: np.ndarray  # (2, K) float64, of the probability
    agreeing: np.ndarray  # (2, K) int64
    given: np.ndarray  # (2, K) int64, labels 0 and 1

    @classmethod
    def of_none(cls, k: int) -> AnswerConfidence:
        return cls(np.zeros((2, k)), np.zeros((2, k), np.int64), np.zeros((2, k), np.int64))

    def __add__(self, other: AnswerConfidence) -> AnswerConfidence:
        return AnswerConfidence(self.sums + other.sums, self.agreeing + other.agreeing, self.given + other.given)

    def thresholds(self) -> np.ndarray:
        """Return how probable no and yes must be for the model to be sure of a label of each class, (2, K)."""
        return ClassConfidence(self.sums.T, self.agreeing.T).thresholds().T


@dataclass(frozen=True)
class ClassOdds:
    """How many labels of each class the model is sure of, how many of them it contradicts, and how the odds lie."""

    differing: np.ndarray  # (K,) int64
    sure: np.ndarray  # (K,) int64
    weights: np.ndarray  # (K, nodes) float64, of the log odds that labels are wrong, before calibration

    @classmethod
    def of_none(cls, k: int) -> ClassOdds:
        return cls(np.zeros(k, np.int64), np.zeros(k, np.int64), np.zeros((k, NODES.size)))

    def __add__(self, other: ClassOdds) -> ClassOdds:
        return ClassOdds(self.differing + other.differing, self.sure + other.sure, self.weights + other.weights)

    def rates(self, labels: np.ndarray) -> list[ErrorRate]:
        """Return how many of so many labels of each class are wrong, no more than half of them."""
        counts = zip(self.differing.tolist(), self.sure.tolist(), labels.tolist(), strict=True)
        return [ConfidentDisagreement(differing, sure).rate(n, n / 2) for differing, sure, n in counts]

    def factors(self, expected: np.ndarray) -> np.ndarray:
        """Return by what the odds of each class are multiplied so that its probabilities sum to what is expected, (K,).

        Newton's method where it stays between the bounds, halving where it does not.
        """
        used = self.weights.any(axis=0)
        weights, nodes = self.weights[:, used], NODES[used]
        shift, low, high = np.zeros(expected.size), np.full(expected.size, -100.0), np.full(expected.size, 100.0)
        for _ in range(100):
            p = 1 / (1 + np.exp(-nodes - shift[:, None]))
            wrong = weights * p
            excess = wrong.sum(axis=1) - expected
            slope = np.einsum("kn,kn->k", wrong, 1 - p)
            low, high = np.where(excess > 0, low, shift), np.where(excess > 0, shift, high)
            step = shift - np.divide(excess, slope, out=np.full_like(slope, np.inf), where=slope > 0)
            near = (low <= step) & (step <= high)
            shift = np.where(near, step, (low + high) / 2)
            # the error of the next step would be the square of this one; a class without labels has no shift
            settled = (near & (np.abs(excess) <= 1e-7 * expected)) | (high - low < 1e-12) | (expected == 0)
            if settled.all():
                break
        return np.asarray(np.exp(shift))
