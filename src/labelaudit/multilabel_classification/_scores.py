"""The walk over a multi-label data set: a score for each label, or for each item."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from labelaudit._checks.multilabel_classification import refuse_row, refuse_rows
from labelaudit._checks.streams import refuse_iterator
from labelaudit._data.arrays import to_numpy
from labelaudit._data.rows import MultilabelClassification
from labelaudit._kernels import Array, multilabel_for, multilabel_pool
from labelaudit._run import rows_of
from labelaudit._stats.self_confidence import SelfConfidence
from labelaudit.errors import InputError

# what is added to the probability of the labels 0 and 1 of each class, and whether the score is the entropy's
Scoring = tuple[np.ndarray, bool]


def class_scores(data: MultilabelClassification, method: str, adjust_pred_probs: bool) -> Array:
    """Return the score of each label, (N, K), NaN where it is not known."""
    how = scoring(data, method, adjust_pred_probs)

    def work(first: int, labels: Array, pred_probs: Array) -> Array:
        scores, bad = multilabel_for(pred_probs).class_scores(labels, pred_probs, *how)
        if bad >= 0:
            refuse_row(first, bad, labels, pred_probs)
        return scores

    return rows_of(data.labels, data.pred_probs).map(work)


def item_scores(
    data: MultilabelClassification, method: str, adjust_pred_probs: bool, pool: str, parameter: float | None
) -> Array:
    """Return the score of each item, (N,), pooled by the kernel of this name; the (N, K) scores are never whole."""
    work = item_scorer(scoring(data, method, adjust_pred_probs), pool, parameter)
    return rows_of(data.labels, data.pred_probs).map(work)


def item_scorer(how: Scoring, pool: str, parameter: float | None) -> Callable[[int, Array, Array], Array]:
    """Return what scores the items of a block, (first row, labels, probabilities)."""

    def work(first: int, labels: Array, pred_probs: Array) -> Array:
        scores = multilabel_pool(pred_probs, pool)(labels, pred_probs, *how, parameter)
        refuse_rows(first, scores, labels, pred_probs)
        return scores

    return work


def scoring(data: MultilabelClassification, method: str, adjust_pred_probs: bool) -> Scoring:
    """Return how labels are scored; in a walk of its own where probabilities are adjusted."""
    entropy = method == "confidence_weighted_entropy"
    if not adjust_pred_probs:
        return np.zeros((2, data.k), data.float_type), entropy
    if entropy:
        raise InputError(
            "adjust_pred_probs: confidence_weighted_entropy has no adjusted form; "
            "use self_confidence or normalized_margin, or leave the probabilities as they are"
        )
    refuse_iterator(data.pred_probs[0])

    def sums(_: int, labels: Array, pred_probs: Array) -> SelfConfidence:
        found = multilabel_for(pred_probs).confidence_sums(labels, pred_probs)
        return SelfConfidence(*(to_numpy(part, "pred_probs") for part in found))

    confidence = rows_of(data.labels, data.pred_probs).fold(sums, SelfConfidence.of_none(2, data.k))
    return confidence.shift().astype(data.float_type), entropy
