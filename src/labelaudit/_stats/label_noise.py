"""How many labels of each of K classes are wrong, and how likely each is: one statistic of one walk.

Where the model is surest that an item is of a class, or is not, the share of the other label tells how often a label of
such items is wrong; overlooked classes and superfluous ones are counted apart. Their log odds lie on a few hundred
nodes. All constants were chosen on the choosing half of benchmarks/questions/multilabel_count.py.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from labelaudit._kernels.odds_nodes import NODES
from labelaudit._stats.error_rate import ErrorRate

_ZERO = NODES.size // 2  # the node of even odds

# Half a wrong and half a right label seen beforehand (Jeffreys), shared by items of the classes and items that are not.
_PRIOR = 0.25

# The surest rows are to be so many, and such a share of the rows of which the model says the same.
_FEWEST, _SHARE = 10, 0.05

# A class's own share of wrong labels counts as much as that of all classes where it has so many of the surest rows.
_AS_ALL = 10.0

# The less certain the answers, the more wrong labels there seem to be. Where these are fewer by more than this among
# the surest rows than among the surer half, they fade out: the model's own mistakes, rather than wrong labels.
_FADES = 2.0

# Answers that tell less than this of the true ones are not inverted any further.
_LEAST = 0.5

# What the lower bound is of the number, at least, and how it falls where that fades; the share of labels that a model's
# mistakes may pass for; and what the upper bound is of the geometric mean of the number and of all contradicted ones.
_BELOW, _FALLS, _MISTAKEN, _ABOVE = 0.25, 3.0, 0.006, 1.25


@dataclass(frozen=True)
class AnswerOdds:
    """How many labels of each class are 0 and 1, and how the odds that they are wrong lie."""

    given: np.ndarray  # (2, K) int64, all labels
    weights: np.ndarray  # (2, K, nodes) float64, of the log odds that labels are wrong, before calibration

    @classmethod
    def of_none(cls, k: int) -> AnswerOdds:
        return cls(np.zeros((2, k), np.int64), np.zeros((2, k, NODES.size)))

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
        # of each answer that the model gives: how many labels say the same and how many the other, from the surest on
        of_all = np.maximum(self.weights.sum(axis=1), 0)
        agreeing = of_all[:, : _ZERO + 1].cumsum(axis=1)
        differing = of_all[::-1, : _ZERO - 1 : -1].cumsum(axis=1)
        rows = agreeing + differing
        surest, half = _surest(differing, rows), (rows >= rows[:, -1:] / 2).argmax(axis=1)
        given = self.given.sum(axis=1)
        shares = _share(differing, rows, surest)
        among_surest, among_half = _wrong_of(shares, given), _wrong_of(_share(differing, rows, half), given)
        fading = min(1.0, _FADES * float(among_surest) / max(float(among_half), 1e-9))
        by_class = _wrong_of(self._shares_by_class(surest, shares), self.given)
        by_class = np.minimum(by_class * (fading * among_surest / max(float(by_class.sum()), 1e-9)), labels)
        wrong, total = float(by_class.sum()), int(labels.sum())
        chance = (wrong + 2 * _PRIOR) ** 0.5
        contradicted = float(differing[:, -1].sum())
        clear = min(1.0, wrong / max(contradicted, 1e-9))
        low = wrong * max(_BELOW, clear**2) * fading**_FALLS - _MISTAKEN * total * (1 - clear)
        high = max(_ABOVE * (wrong * contradicted) ** 0.5, wrong + chance)
        return by_class, ErrorRate(wrong, max(min(low, wrong - chance), 0.0), min(high, total), total)

    def _shares_by_class(self, surest: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """Return of each answer the share of the other label among the surest rows of each class, (2, K)."""
        found = []
        for answer, (last, share) in enumerate(zip(surest, shares, strict=True)):
            agreeing = np.maximum(self.weights[answer, :, : last + 1].sum(axis=1), 0)
            differing = np.maximum(self.weights[1 - answer, :, NODES.size - 1 - last :].sum(axis=1), 0)
            found.append((differing + _AS_ALL * share) / (agreeing + differing + _AS_ALL))
        return np.stack(found)

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


def _surest(differing: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return of each answer the bar above which the fewest labels can be the other one, by a standard error."""
    enough = rows >= np.maximum(_FEWEST, _SHARE * rows[:, -1:])
    enough[:, -1] = True
    most = (differing + 1 + np.sqrt(differing + 1)) / (rows + 2)
    return np.asarray(np.where(enough, most, np.inf).argmin(axis=1))


def _share(differing: np.ndarray, rows: np.ndarray, bars: np.ndarray) -> np.ndarray:
    differing, rows = (np.take_along_axis(counts, bars[:, None], axis=1)[:, 0] for counts in (differing, rows))
    return np.asarray((differing + _PRIOR) / (rows + 2 * _PRIOR))


def _wrong_of(shares: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Return how many labels are wrong, if such shares of the true answers 0, and 1, have the other label."""
    labels = given.sum(axis=0)
    ones = np.clip((given[1] - shares[0] * labels) / np.maximum(1 - shares.sum(axis=0), _LEAST), 0, labels)
    return np.asarray(shares[1] * ones + shares[0] * (labels - ones))
