"""How many labels of each class of a multi-label data set are wrong, and what makes each of them likely to be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit._checks.multilabel_classification import refuse_row
from labelaudit._data.rows import MultilabelClassification
from labelaudit._kernels import Array, label_noise_for
from labelaudit._run import rows_of
from labelaudit._stats.error_rate import ErrorRate
from labelaudit._stats.label_noise import AnswerOdds


@dataclass(frozen=True)
class LabelNoise:
    """What is known of the labels of each class, given and not given."""

    given: np.ndarray  # (K,) int64, how many are 1
    labels: np.ndarray  # (K,) int64, how many are known
    wrong: np.ndarray  # (K,) how many of these are wrong
    rate: ErrorRate  # of all classes together
    factors: np.ndarray  # (K,) of the odds that a label of the class is wrong


def label_noise(data: MultilabelClassification) -> LabelNoise:
    """Return it in one walk, which checks the rows.

    Nothing is kept of a label by itself: the memory is a thousand numbers a class.
    """

    def look(first: int, labels: Array, pred_probs: Array) -> AnswerOdds:
        given, weights, bad = label_noise_for(pred_probs).answers(labels, pred_probs)
        if bad >= 0:
            refuse_row(first, bad, labels, pred_probs)
        return AnswerOdds(given, weights)

    found = rows_of(data.labels, data.pred_probs).fold(look, AnswerOdds.of_none(data.k))
    wrong, rate = found.wrong()
    return LabelNoise(found.given[1], found.given.sum(axis=0), wrong, rate, found.factors(wrong))
