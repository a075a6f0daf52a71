"""How many labels of each class of a multi-label data set are wrong, and what makes each of them likely to be."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from labelaudit._checks.multilabel_classification import refuse_row
from labelaudit._data.rows import MultilabelClassification
from labelaudit._kernels import Array, label_noise_for
from labelaudit._run import rows_of
from labelaudit._stats.error_rate import ErrorRate
from labelaudit._stats.label_noise import AnswerConfidence, ClassOdds


@dataclass(frozen=True)
class LabelNoise:
    """What is known of the labels of each class, given and not given."""

    given: np.ndarray  # (K,) int64, how many are 1
    rates: list[ErrorRate]  # of each class, labels 0 and 1 together
    factors: np.ndarray  # (K,) of the odds that a label of the class is wrong

    @property
    def expected(self) -> ErrorRate:
        """How many labels of all classes are wrong.

        The sum of the bounds of the classes would be too wide, for not all classes are at the same end at once: as
        errors that know nothing of each other, the distances of the bounds add up like the sides of a right triangle.
        """
        wrong = sum(rate.wrong for rate in self.rates)
        below = math.hypot(*(rate.wrong - rate.low for rate in self.rates))
        above = math.hypot(*(rate.high - rate.wrong for rate in self.rates))
        return ErrorRate(wrong, max(wrong - below, 0.0), wrong + above, any(rate.capped for rate in self.rates))


def label_noise(data: MultilabelClassification) -> LabelNoise:
    """Return it in two walks, the first of which checks the rows: the second counts labels that the model is sure of.

    How sure that is depends on all rows. Nothing is kept of a label by itself: the memory is a few hundred numbers a
    class.
    """
    rows = rows_of(data.labels, data.pred_probs)

    def agree(first: int, labels: Array, pred_probs: Array) -> AnswerConfidence:
        *found, bad = label_noise_for(pred_probs).agreement(labels, pred_probs)
        if bad >= 0:
            refuse_row(first, bad, labels, pred_probs)
        return AnswerConfidence(*found)

    agreement = rows.fold(agree, AnswerConfidence.of_none(data.k))
    thresholds = agreement.thresholds()

    def odds(_: int, labels: Array, pred_probs: Array) -> ClassOdds:
        return ClassOdds(*label_noise_for(pred_probs).confident_odds(labels, pred_probs, thresholds))

    found = rows.fold(odds, ClassOdds.of_none(data.k))
    rates = found.rates(agreement.given.sum(axis=0))
    return LabelNoise(agreement.given[1], rates, found.factors(np.array([rate.wrong for rate in rates])))
