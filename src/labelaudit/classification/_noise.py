"""The noise posterior: how likely each label is wrong, in one walk over the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labelaudit._checks.arrays import Array, to_numpy
from labelaudit._checks.classification import Classification, refuse_rows
from labelaudit._kernels import confident_for
from labelaudit._run import rows_of
from labelaudit._stats.noise import Agreement, SureRows, calibrated, logistic

# Probabilities this small are not told apart: a network's tail says little about which class is meant.
_FLOOR = 1e-3


@dataclass(frozen=True)
class NoisePosterior:
    """What the model makes of each label, in memory whatever the size of the probabilities."""

    labels: np.ndarray  # (N,) int64
    likely: np.ndarray  # (N,) int32, the most likely class
    log_odds: np.ndarray  # (N,) float64, that the label is wrong
    expected: float  # how many labels are wrong

    @property
    def p_wrong(self) -> np.ndarray:
        """How likely each label is wrong, (N,)."""
        return logistic(self.log_odds)

    @property
    def quality(self) -> np.ndarray:
        """How likely each label is right, (N,): exact also where it is next to nothing."""
        return logistic(-self.log_odds)

    @property
    def issues(self) -> np.ndarray:
        """Which labels are more likely wrong than not, (N,)."""
        return np.asarray((self.log_odds > 0) & (self.likely != self.labels))


def noise_posterior(data: Classification) -> NoisePosterior:
    """Return it for data whose rows are checked on the way.

    The odds that a label is wrong are those of all other classes, each weighing (p + 0.001)^4: a network that was
    trained on wrong labels hedges, and the power undoes it. The share of wrong labels is counted among the rows that
    the model is sure of, and one factor on all odds makes the probabilities sum to it.
    """

    def odds(first: int, labels: Array, pred_probs: Array) -> tuple[Array, ...]:
        found: tuple[Array, ...] = confident_for(pred_probs).sharpened_odds(labels, pred_probs, _FLOOR)
        refuse_rows(first, found[2], labels, pred_probs, data.name)
        return found

    parts: tuple[Any, ...] = rows_of(data.labels, data.pred_probs).map_several(odds)
    likely, tops, log_odds = (to_numpy(part, data.name) for part in parts)
    labels = to_numpy(data.labels[0][:], "labels").astype(np.int64)
    bars = Agreement.of(labels, likely, tops, data.k).bars()
    expected = SureRows.of(labels, likely, tops, bars).wrong_share() * data.n
    # no more than half of the labels that have a rival: with one class there is none, and no odds could sum to more
    expected = min(expected, float(np.count_nonzero(log_odds > -np.inf)) / 2) if data.n else 0.0
    return NoisePosterior(labels, likely, calibrated(log_odds, expected), expected)
