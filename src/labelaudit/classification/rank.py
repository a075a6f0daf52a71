"""How likely each label is right, and the order in which to look at the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
from array_api_compat import array_namespace

from labelaudit._checks.arrays import check_choice, check_mask, check_scores
from labelaudit._checks.classification import (
    check_members,
    check_weights,
    refuse_rows,
    warn_of_sum,
)
from labelaudit._data.arrays import to_numpy
from labelaudit._data.rows import Classification
from labelaudit._kernels import Array, row_scorer, rows_for
from labelaudit._run import Rows, rows_of
from labelaudit._stats.first_row import FirstRow
from labelaudit._stats.self_confidence import SelfConfidence
from labelaudit.classification._models import classification_of
from labelaudit.classification._posterior import noise_posterior
from labelaudit.errors import InputError

Method = Literal["self_confidence", "normalized_margin", "confidence_weighted_entropy", "noise_posterior"]
Weighting = Literal["uniform", "accuracy", "log_loss_search", "custom"]

__all__ = [
    "find_top_issues",
    "get_confidence_weighted_entropy_for_each_label",
    "get_label_quality_ensemble_scores",
    "get_label_quality_scores",
    "get_normalized_margin_for_each_label",
    "get_self_confidence_for_each_label",
    "order_label_issues",
]

METHODS: tuple[str, ...] = get_args(Method)
_WEIGHTINGS: tuple[str, ...] = get_args(Weighting)

# A model that gives the label no chance at all would have an infinite loss.
_LEAST_PROBABILITY = 1e-6


def get_label_quality_scores(
    labels: Any,
    pred_probs: Any,
    *,
    method: Method = "self_confidence",
    adjust_pred_probs: bool = False,
    features: Any = None,
) -> Array:
    """Return how likely each label is right, from 0 (surely wrong) to 1 (surely right).

    Parameters
    ----------
    labels : (N,) integers 0..K-1
        The given class of each row, as anything that NumPy can read.
    pred_probs : (N, K) floats in [0, 1]
        Out-of-sample predicted probabilities, one column a class. Also a memory-mapped, HDF5 or zarr array, or a
        function that returns an iterator of (n, K) chunks: these are read block by block, never whole. Arrays of
        torch, CuPy or JAX are scored on their device. Those of several models, or of several epochs of one, come as a
        mapping from their names, or as a list: they are mixed, each with the weight that makes the labels likeliest.
    method
        ``self_confidence``: the probability of the given label, p[y]. ``normalized_margin``: (p[y] - max of the other
        p + 1) / 2, for labels that are wrong but plausible. ``confidence_weighted_entropy``: ln(1 + e) / e with
        e = entropy / (ln K * p[y]), for labels on which the model is unsure. ``noise_posterior``: the probability that
        the label is right, given how often labels differ where the model is sure (this project's own).
    adjust_pred_probs
        Take from each class its mean self-confidence before scoring, so that a class the model is less sure of is not
        ranked as all wrong. Only with ``self_confidence`` and ``normalized_margin``.
    features : (N, D) floats
        What tells which rows are alike, such as the embeddings of a network: the labels of the 15 nearest neighbours of
        a row, itself not among them, vote as one more model. From 20,000 rows on this takes
        ``pip install 'labelaudit[features]'``.

    Returns
    -------
    (N,) scores in the kind of array that ``pred_probs`` is; float64 for float64, float32 for narrower floats.

    Raises
    ------
    InputError
        For shapes that do not fit, rows that are no probabilities, labels that are no class, an unknown method.

    References
    ----------
    Northcutt, Jiang, Chuang: Confident Learning (JAIR 2021). Kuan, Mueller: Model-agnostic label quality scoring
    (ICML DataPerf workshop 2022).

    Examples
    --------
    >>> get_label_quality_scores([0, 0, 1], [[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    array([0.9, 0.2, 0.6])
    """
    check_method(method, adjust_pred_probs)
    return score_rows(classification_of(labels, pred_probs, features), method, adjust_pred_probs)


def get_self_confidence_for_each_label(labels: Any, pred_probs: Any) -> Array:
    """Return the probability of each given label; see :func:`get_label_quality_scores`.

    Examples
    --------
    >>> get_self_confidence_for_each_label([0, 1], [[0.9, 0.1], [0.8, 0.2]])
    array([0.9, 0.2])
    """
    return get_label_quality_scores(labels, pred_probs, method="self_confidence")


def get_normalized_margin_for_each_label(labels: Any, pred_probs: Any) -> Array:
    """Return (p[given] - greatest other p + 1) / 2 of each row; see :func:`get_label_quality_scores`.

    Examples
    --------
    >>> get_normalized_margin_for_each_label([0, 1], [[0.75, 0.25], [0.75, 0.25]])
    array([0.75, 0.25])
    """
    return get_label_quality_scores(labels, pred_probs, method="normalized_margin")


def get_confidence_weighted_entropy_for_each_label(labels: Any, pred_probs: Any) -> Array:
    """Return ln(1 + e) / e, e = normalized entropy / p[given], of each row; see :func:`get_label_quality_scores`.

    Examples
    --------
    >>> get_confidence_weighted_entropy_for_each_label([0, 1], [[1.0, 0.0], [1.0, 0.0]])
    array([1., 0.])
    """
    return get_label_quality_scores(labels, pred_probs, method="confidence_weighted_entropy")


def get_label_quality_ensemble_scores(
    labels: Any,
    pred_probs_list: Sequence[Any],
    *,
    method: Method = "self_confidence",
    adjust_pred_probs: bool = False,
    weight_ensemble_members_by: Weighting = "accuracy",
    custom_weights: Any = None,
    log_loss_search_T_values: Sequence[float] = (1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 2e2),
    verbose: bool = True,
) -> Array:
    """Return how likely each label is right in the eyes of several models: the weighted mean of their scores.

    Parameters
    ----------
    labels : (N,) integers 0..K-1
    pred_probs_list : M arrays (N, K)
        Out-of-sample predicted probabilities of each model.
    method, adjust_pred_probs
        As in :func:`get_label_quality_scores`, for each model.
    weight_ensemble_members_by
        ``uniform``; ``accuracy``: in proportion to the share of rows whose most likely class is the label;
        ``log_loss_search``: in proportion to exp(-t * log loss), with the t whose weighted mean of the probabilities
        has the least log loss; ``custom``: ``custom_weights``.
    custom_weights : (M,) floats, none negative
        Divided by their sum, so that scores stay in [0, 1].
    log_loss_search_T_values
        The t to choose from.
    verbose
        Taken for compatibility; the library prints nothing.

    Returns
    -------
    (N,) scores in [0, 1].

    Raises
    ------
    InputError
        As :func:`get_label_quality_scores`, with the number of the model, and for weights that do not fit.

    Examples
    --------
    >>> sure, unsure = [[0.9, 0.1], [0.2, 0.8]], [[0.6, 0.4], [0.7, 0.3]]
    >>> get_label_quality_ensemble_scores([0, 1], [sure, unsure], weight_ensemble_members_by="uniform")
    array([0.75, 0.55])
    """
    check_method(method, adjust_pred_probs)
    check_choice(weight_ensemble_members_by, "weight_ensemble_members_by", _WEIGHTINGS)
    members = check_members(labels, pred_probs_list)
    given = check_weights(custom_weights, len(members), required=weight_ensemble_members_by == "custom")
    walks = [_rows(member) for member in members]
    scores = [score_rows(member, method, adjust_pred_probs) for member in members]
    if weight_ensemble_members_by == "custom":
        weights = given
    elif weight_ensemble_members_by == "accuracy":
        weights = np.array([_accuracy(rows) for rows in walks])
    elif weight_ensemble_members_by == "log_loss_search":
        weights = _log_loss_weights(walks, log_loss_search_T_values)
    else:
        weights = np.ones(len(members))
    if not weights.max() > 0:  # no model is right anywhere: none deserves more than another
        weights = np.ones(len(members))
    weights = weights / weights.max()  # or the sum of great ones is no float
    weights = weights / weights.sum()
    mean = sum(score * float(weight) for score, weight in zip(scores, weights, strict=True))
    return array_namespace(mean).clip(mean, 0, 1)  # a sum of weights may be 1 + 1e-16


def find_top_issues(quality_scores: Any, *, top: int = 10) -> Array:
    """Return the indices of the ``top`` lowest scores, lowest first; equal scores in the order of the rows.

    Raises
    ------
    InputError
        For scores that are not one-dimensional or hold NaN, and for a negative ``top``.

    Examples
    --------
    >>> find_top_issues([0.9, 0.1, 0.5], top=2)
    array([1, 2])
    """
    scores = check_scores(quality_scores, "quality_scores")
    if not isinstance(top, int | np.integer) or top < 0:
        raise InputError(f"top: expected how many indices to return, got {top!r}")
    return array_namespace(scores).argsort(scores, stable=True)[:top]


def order_label_issues(
    label_issues_mask: Any,
    labels: Any,
    pred_probs: Any,
    *,
    rank_by: Method = "self_confidence",
    rank_by_kwargs: Mapping[str, Any] | None = None,
) -> Array:
    """Return the indices of the rows that a mask flags, the label that is most likely wrong first.

    Parameters
    ----------
    label_issues_mask : (N,) booleans
    labels, pred_probs
        As in :func:`get_label_quality_scores`.
    rank_by
        The method that scores the rows.
    rank_by_kwargs
        More arguments of :func:`get_label_quality_scores`.

    Returns
    -------
    Indices of the flagged rows; equal scores in the order of the rows.

    Raises
    ------
    InputError
        For a mask that is not boolean or of another length, and as :func:`get_label_quality_scores`.

    Examples
    --------
    >>> order_label_issues([True, False, True], [0, 1, 1], [[0.4, 0.6], [0.3, 0.7], [0.8, 0.2]])
    array([2, 0])
    """
    unknown = sorted(set(rank_by_kwargs or ()) - {"adjust_pred_probs", "features"})
    if unknown:
        raise InputError(f"rank_by_kwargs: expected only adjust_pred_probs and features, got {', '.join(unknown)}")
    scores = get_label_quality_scores(labels, pred_probs, method=rank_by, **(rank_by_kwargs or {}))
    xp = array_namespace(scores)
    flagged = xp.nonzero(xp.asarray(check_mask(label_issues_mask, "label_issues_mask", scores.shape[0])))[0]
    return xp.take(flagged, xp.argsort(xp.take(scores, flagged), stable=True))


def check_method(method: Any, adjust_pred_probs: bool) -> None:
    """Refuse a method that is unknown, or that has no adjusted form where that is asked for."""
    check_choice(method, "method", METHODS)
    if adjust_pred_probs and method in ("confidence_weighted_entropy", "noise_posterior"):
        raise InputError(
            f"adjust_pred_probs: {method} has no adjusted form; "
            "use self_confidence or normalized_margin, or leave the probabilities as they are"
        )


def score_rows(data: Classification, method: Method, adjust_pred_probs: bool) -> Array:
    """Return the score of each row of checked data, by a method that :func:`check_method` let pass."""
    if method == "noise_posterior":
        return data.in_kind(noise_posterior(data).quality.astype(data.float_type))
    rows = _rows(data)
    shift: tuple[np.ndarray, ...] = ()
    if adjust_pred_probs:
        confidence = rows.fold(lambda _, *block: SelfConfidence.of(*block), SelfConfidence.of_none(data.k))
        shift = (confidence.shift().astype(data.float_type),)

    def work(first: int, labels: Array, pred_probs: Array) -> tuple[tuple[Array, ...], FirstRow]:
        scores, off = row_scorer(pred_probs, method, adjust_pred_probs)(labels, pred_probs, *shift)
        if adjust_pred_probs and off >= 0:
            _refuse_empty_rows(first, pred_probs, data.name)
        refuse_rows(first, scores, labels, pred_probs, data.name)
        return (scores,), FirstRow.of(first, off)

    (scores,), off = rows.map_and_fold(work, FirstRow())
    if off.row >= 0:
        warn_of_sum(f"row {off.row}", f"{'adjust_pred_probs with ' * adjust_pred_probs}{method}", data.name)
    return scores


def _refuse_empty_rows(first: int, pred_probs: Array, name: str) -> None:
    """Refuse a row of zeros, which what is added to each class would turn into a prediction."""
    empty = to_numpy(array_namespace(pred_probs).max(pred_probs, axis=1) == 0, name)
    if empty.any():
        raise InputError(
            f"{name}: expected probabilities that sum to 1, row {first + int(np.argmax(empty))} holds 0 for every "
            "class; drop rows without a prediction"
        )


def _rows(data: Classification) -> Rows:
    return rows_of(data.labels, data.pred_probs)


def _accuracy(rows: Rows) -> float:
    def hits(_: int, labels: Array, pred_probs: Array) -> np.ndarray:
        agree = to_numpy(rows_for(pred_probs).most_likely(labels, pred_probs) == labels, "labels")
        return np.array([np.count_nonzero(agree), agree.size])

    right, seen = (int(count) for count in rows.fold(hits, np.zeros(2, np.int64)))
    return right / max(seen, 1)


def _log_loss_weights(walks: list[Rows], t_values: Sequence[float]) -> np.ndarray:
    def own(_: int, labels: Array, pred_probs: Array) -> np.ndarray:
        kernel = rows_for(pred_probs).clipped_self_confidence
        return to_numpy(kernel(labels, pred_probs, _LEAST_PROBABILITY), "pred_probs")

    given = np.array([rows.map(own) for rows in walks])  # (M, N): the probability of each label by each model
    if not given.size:
        return np.ones(len(walks))
    losses = -np.log(given).mean(axis=1)
    best, least = np.ones(len(walks)), np.inf
    for t in t_values:
        weights = np.exp(-t * (losses - losses.min()))
        weights /= weights.sum()
        loss = -np.log(weights @ given).mean()
        if loss < least:
            best, least = weights, loss
    return best
