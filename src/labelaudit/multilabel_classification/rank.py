"""How likely the labels of each item of a multi-label data set are right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from labelaudit._checks.arrays import check_choice
from labelaudit._checks.multilabel_classification import check_multilabel
from labelaudit._kernels import Array
from labelaudit.multilabel_classification._scores import class_scores
from labelaudit.multilabel_classification.aggregate import pool_of, pooled_scores

Method = Literal["self_confidence", "normalized_margin", "confidence_weighted_entropy"]

__all__ = ["get_label_quality_scores", "get_label_quality_scores_per_class"]

METHODS: tuple[str, ...] = get_args(Method)

_DEFAULT = {"method": "exponential_moving_average", "alpha": 0.8}


def get_label_quality_scores(
    labels: Any,
    pred_probs: Any,
    *,
    method: Method = "self_confidence",
    adjust_pred_probs: bool = False,
    aggregator_kwargs: Mapping[str, Any] | None = None,
) -> Array:
    """Return how likely all labels of each item are right, from 0 (surely wrong) to 1 (surely right).

    Parameters
    ----------
    labels : N lists or sets of classes 0..K-1
        The classes of each item. Also a matrix (N, K) of 0 and 1 as an array or a scipy sparse matrix, with -1 or NaN
        where it is not known whether the item is of the class; such an entry is left out.
    pred_probs : (N, K) floats in [0, 1]
        Out-of-sample probability of each class; they need not sum to 1. Also a memory-mapped, HDF5 or zarr array, or
        a function that returns an iterator of (n, K) chunks: these are read block by block, never whole.
    method
        How each label is scored, as a classification into no and yes with probabilities (1 - p, p):
        ``self_confidence`` and ``normalized_margin`` are both the probability of the label, p or 1 - p;
        ``confidence_weighted_entropy``: ln(1 + e) / e with e = entropy / (ln 2 * probability of the label).
    adjust_pred_probs
        Make up, in each class, for labels that the model is less sure of. Not with the entropy.
    aggregator_kwargs
        How the scores of an item become one: ``method``, which is ``exponential_moving_average`` (with ``alpha``, 0.8
        by default), ``softmin`` (with ``temperature``) or a function of scores and ``axis=1``. Softmin with a
        temperature of 0.1 finds errors better than the default, which is cleanlab's.

    Returns
    -------
    (N,) scores in the kind of array that ``pred_probs`` is; float64 for float64, float32 for narrower floats. An item
    none of whose labels is known scores 1.

    Raises
    ------
    InputError
        For shapes that do not fit, entries that are no labels or probabilities, unknown methods and keywords.

    References
    ----------
    Thyagarajan, Snorrason, Northcutt, Mueller: Identifying incorrect annotations in multi-label classification data
    (ICLR 2023 workshop on trustworthy ML).

    Examples
    --------
    >>> get_label_quality_scores([[1], [0, 2]], [[0.1, 0.9, 0.1], [0.4, 0.1, 0.9]])
    array([0.9, 0.5])
    """
    name, pool = check_method(method), pool_of(**(aggregator_kwargs or _DEFAULT))
    return pooled_scores(check_multilabel(labels, pred_probs), name, adjust_pred_probs, pool)


def get_label_quality_scores_per_class(
    labels: Any, pred_probs: Any, *, method: Method = "self_confidence", adjust_pred_probs: bool = False
) -> Array:
    """Return how likely each label of each item is right, (N, K); NaN where it is not known.

    Parameters and errors are those of :func:`get_label_quality_scores`.

    Examples
    --------
    >>> get_label_quality_scores_per_class([[1], [0, 2]], [[0.1, 0.9, 0.1], [0.4, 0.1, 0.9]])
    array([[0.9, 0.9, 0.9],
           [0.4, 0.9, 0.9]])
    """
    name = check_method(method)
    return class_scores(check_multilabel(labels, pred_probs), name, adjust_pred_probs)


def check_method(method: Any) -> str:
    """Return the name of a method in lower case; refuse one that is none."""
    name = str(method).lower()
    check_choice(name, "method", METHODS)
    return name
