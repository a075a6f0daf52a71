"""The noise posterior: how likely each label is wrong, in one walk over the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from labelaudit._checks.classification import refuse_rows
from labelaudit._data.arrays import to_numpy
from labelaudit._data.rows import Classification
from labelaudit._kernels import Array, confident_for, likeliest_for
from labelaudit._kernels.odds_nodes import FLOOR
from labelaudit._run import rows_of
from labelaudit._stats.agreement import Agreement, SampledFacts
from labelaudit._stats.error_rate import ErrorRate, calibrated, logistic
from labelaudit._stats.row_sample import TOLD_APART, RowSample, SampledRows

# How far models are taken to lean to frequent classes, from 0 to 1. On the choosing half of
# benchmarks/questions/noise_study.py 0.5 to 1 do alike, and 0 is worse by .014 in average precision; by .11 where one
# class has most items.
_LEANING = 0.5


@dataclass(frozen=True)
class RowFacts:
    """What one walk learns of each row, in memory whatever the size of the probabilities."""

    labels: np.ndarray  # (N,) int64
    predicted: np.ndarray  # (N,) int32, the most likely class
    max_prob: np.ndarray  # (N,) its probability
    log_odds: np.ndarray  # (N,) float64, of all other classes to the label, before calibration
    rate: ErrorRate
    agreement: Agreement
    likeliest: np.ndarray | None = None  # (N, m) int32, the most likely classes
    likeliest_p: np.ndarray | None = None  # (N, m)


@dataclass(frozen=True)
class NoisePosterior:
    """How likely each label is wrong, and how many are."""

    log_odds: np.ndarray  # (N,) float64, that the label is wrong
    differs: np.ndarray  # (N,) whether the most likely class is not the label
    rate: ErrorRate

    @property
    def expected(self) -> float:
        """How many labels are wrong."""
        return self.rate.wrong

    @property
    def p_wrong(self) -> np.ndarray:
        """How likely each label is wrong, (N,)."""
        return logistic(self.log_odds)

    @property
    def quality(self) -> np.ndarray:
        """How likely each label is right, (N,): exact also where it is next to nothing."""
        return logistic(-self.log_odds)

    def issues(self, threshold: float = 0.5) -> np.ndarray:
        """Return which labels are wrong with more than this probability and are not the most likely class, (N,)."""
        with np.errstate(divide="ignore"):
            least = np.log(threshold) - np.log1p(-threshold)
        return np.asarray((self.log_odds > least) & self.differs)


def noise_posterior(data: Classification) -> NoisePosterior:
    """Return it for data whose rows are checked on the way.

    The odds that a label is wrong are those of all other classes, each weighing ((p + 0.001) / √share)^4, of its share
    of the labels: a network that was trained on wrong labels hedges, and the power undoes it; and it leans to frequent
    classes, which the share undoes by half. How many are wrong is told by a sample of the rows, and one factor on all
    odds makes the probabilities sum to it.
    """
    return posterior_of(row_facts(data))


def row_facts(
    data: Classification, likeliest: int = 0, refuse: Callable[[int, Array, Array, Array], None] | None = None
) -> RowFacts:
    """Walk over the rows once; ``likeliest``: of how many of the most likely classes of a row to keep a list.

    ``refuse(first_row, odds, labels, pred_probs)`` raises for a row whose odds are NaN, as :func:`refuse_rows` does.
    """
    refuse = refuse or partial(refuse_rows, name=data.name)
    every_label = to_numpy(data.labels[0][:], "labels").astype(np.int64, copy=False)
    sample = RowSample.of(every_label, data.k)
    scales = _scales(sample.counts)

    def facts(first: int, labels: Array, pred_probs: Array) -> tuple[tuple[Array, ...], SampledFacts]:
        found: tuple[Array, ...] = confident_for(pred_probs).sharpened_odds(labels, pred_probs, FLOOR, scales)
        refuse(first, found[2], labels, pred_probs)
        kernels = likeliest_for(pred_probs)
        rows = sample.rows(first, every_label[first : first + labels.shape[0]])
        kept = kernels.label_and_likeliest(rows, labels, pred_probs, min(TOLD_APART, data.k))
        sampled = SampledRows((every_label[first + rows],), *((to_numpy(column, data.name),) for column in kept))
        listed = kernels.likeliest(pred_probs, likeliest) if likeliest else ()
        return (*found, *listed), SampledFacts.of(first, rows, sampled, data.k)

    parts, sampled = rows_of(data.labels, data.pred_probs).map_and_fold(facts, SampledFacts.of_none())
    predicted, max_prob, log_odds, *listed = (to_numpy(part, data.name) for part in parts)
    rate = sampled.rows.error_rate(sample)
    return RowFacts(every_label, predicted, max_prob, log_odds, rate, sampled.agreement(data.k), *listed)


def _scales(counts: np.ndarray) -> np.ndarray:
    """Return what the probabilities of each class are multiplied by, (K,); 1 where all are as frequent."""
    shares = (counts + 1) / (counts.sum() + counts.size)
    return np.asarray((shares * counts.size) ** -_LEANING)


def posterior_of(facts: RowFacts) -> NoisePosterior:
    """Return what follows from the facts of all rows."""
    differs = facts.predicted != facts.labels
    if facts.agreement.is_flat:
        differs = np.zeros_like(differs)  # the first of equals is no other class
    return NoisePosterior(calibrated(facts.log_odds, facts.rate.wrong), differs, facts.rate)
