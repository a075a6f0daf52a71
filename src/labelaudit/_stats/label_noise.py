"""How many labels of each of K classes are wrong, and how likely each is: one statistic of one walk.

Each class is a classification into no and yes. Its log odds lie on a few hundred nodes, and all that
:mod:`labelaudit._stats.row_sample` learns in rounds over rows is learnt in rounds over these.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from labelaudit._kernels.odds_nodes import FLOOR, NODES
from labelaudit._stats.error_rate import POWERS, ErrorRate, WrongCounts, between, share_where_sure, sure_from

_ROUNDS, _SETTLED = 40, 1e-4

# What is counted beforehand of each answer, at first and in every round.
_AT_FIRST, _SMOOTHING = 5.0, 0.05


@dataclass(frozen=True)
class AnswerOdds:
    """What the model makes of the labels 0 and 1 of each class, and how the odds that they are wrong lie."""

    sums: np.ndarray  # (2, K) float64, of the probability of the labels that it agrees with
    agreeing: np.ndarray  # (2, K) int64, these
    given: np.ndarray  # (2, K) int64, all labels
    weights: np.ndarray  # (2, K, nodes) float64, of the log odds that labels are wrong, before calibration

    @classmethod
    def of_none(cls, k: int) -> AnswerOdds:
        return cls(
            np.zeros((2, k)), np.zeros((2, k), np.int64), np.zeros((2, k), np.int64), np.zeros((2, k, NODES.size))
        )

    def __add__(self, other: AnswerOdds) -> AnswerOdds:
        return AnswerOdds(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @cached_property
    def _used(self) -> tuple[np.ndarray, np.ndarray]:
        """The weights of the nodes that have any, and these nodes."""
        used = self.weights.any(axis=(0, 1))
        return self.weights[:, :, used], NODES[used]

    def wrong(self) -> tuple[np.ndarray, ErrorRate]:
        """Return how many labels of each class are wrong, (K,), and how many are of all."""
        labels = self.given.sum(axis=0)
        prior = 0.5 / max(labels.size, 1)
        seen = between(np.log(self._fitting_powers()), *np.log(POWERS))
        rounds, soft, sure = self._wrong_by_rounds(1.0), self._wrong_by_rounds(0.5), self._wrong_where_sure(prior)
        by_class = WrongCounts(rounds, soft, sure, seen, labels, labels, prior).bounds()[0]
        # what makes one class's count too high or too low makes all: the bounds are those of the sums
        total = int(labels.sum())
        seen_of_all = seen @ (labels / max(total, 1))
        pooled = WrongCounts(rounds.sum(), soft.sum(), sure.sum(), seen_of_all, total, total).rate()
        wrong = float(by_class.sum())
        scale = wrong / pooled.wrong if pooled.wrong else 0.0
        return by_class, ErrorRate(wrong, pooled.low * scale, min(pooled.high * scale, total), total)

    def _wrong_by_rounds(self, power: float) -> np.ndarray:
        """Return how many labels of each class are wrong by expectation maximisation, (K,)."""
        weights, nodes = self._used
        odds = np.exp(-power * nodes)
        # labels s of items whose true answer is s, and is not s: (2, K) each
        kept, moved = self.agreeing + _AT_FIRST, self.given - self.agreeing + _AT_FIRST
        before = np.zeros(moved.shape)
        for _ in range(_ROUNDS):
            chance = moved / (kept[::-1] + moved)  # of label s, of items whose answer is the other
            if np.abs(chance - before).max(initial=0) < _SETTLED:
                break
            before = chance
            ratio = (1 - chance[::-1]) / chance
            wrong = (weights / (1 + odds * ratio[:, :, None])).sum(axis=2)
            kept, moved = (np.maximum(part, 0) + _SMOOTHING for part in (self.given - wrong, wrong))
        return np.asarray((moved - _SMOOTHING).sum(axis=0))

    def _wrong_where_sure(self, prior: float) -> np.ndarray:
        """Return how many labels of each class are wrong if they are as often as where the model is sure, (K,)."""
        bars = np.clip(sure_from(self.sums.T, self.agreeing.T).T, 0.5, 1.0)
        least = 4 * np.log((bars + FLOOR) / (1 - bars + FLOOR))[:, :, None]
        weights, nodes = self._used
        # labels s against which the model is sure of the other answer, and those that it is sure of
        differing = np.maximum((weights * (nodes >= least[::-1])).sum(axis=2), 0).sum(axis=0)
        agreeing = np.maximum((weights * (nodes <= -least)).sum(axis=2), 0).sum(axis=0)
        share = share_where_sure(differing, differing + agreeing, prior)
        return np.asarray(share * self.given.sum(axis=0))

    def _fitting_powers(self) -> np.ndarray:
        """Return the power of each class that makes probabilities fit the labels best, between those that matter."""
        weights, nodes = self._used
        weights = weights.sum(axis=0)
        low, high = (np.full(weights.shape[0], power) for power in POWERS)
        for _ in range(8):
            middle = (low + high) / 2
            # the slope of the log loss, whose log odds are a quarter of those of the fourth power
            slope = weights / (1 + np.exp(-middle[:, None] * nodes / 4)) @ nodes
            low, high = np.where(slope < 0, middle, low), np.where(slope < 0, high, middle)
        return np.asarray((low + high) / 2)

    def factors(self, expected: np.ndarray) -> np.ndarray:
        """Return by what the odds of each class are multiplied so that its probabilities sum to what is expected, (K,).

        Newton's method where it stays between the bounds, halving where it does not.
        """
        weights, nodes = self._used
        weights = weights.sum(axis=0)
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
