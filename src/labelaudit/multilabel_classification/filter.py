"""Which items have a wrong label, and which labels those are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from labelaudit._checks.arrays import check_choice
from labelaudit._data.arrays import to_numpy
from labelaudit._data.rows import MultilabelClassification
from labelaudit.classification import filter as classification
from labelaudit.errors import InputError
from labelaudit.multilabel_classification._binary import check_in_memory, classes
from labelaudit.multilabel_classification._scores import item_scores
from labelaudit.multilabel_classification.rank import Method

# What ranks items where the method alone is named: cleanlab's default.
_POOL = ("exponential_moving_average", 0.8)


def find_label_issues(
    labels: Any,
    pred_probs: Any,
    return_indices_ranked_by: Method | None = None,
    rank_by_kwargs: Mapping[str, Any] | None = None,
    filter_by: classification.FilterBy = "prune_by_noise_rate",
    frac_noise: float = 1.0,
    num_to_remove_per_class: Any = None,
    min_examples_per_class: int = 1,
    confident_joint: Any = None,
    n_jobs: int | None = None,
    verbose: bool = False,
    low_memory: bool = False,
) -> np.ndarray:
    """Return which items have a wrong label in any class: a mask, or the indices of the items, worst first.

    Parameters
    ----------
    labels, pred_probs
        As :func:`labelaudit.multilabel_classification.rank.get_label_quality_scores` takes them, but for chunks.
    return_indices_ranked_by
        Return indices, ranked by the pooled score of this method, instead of a mask.
    rank_by_kwargs
        ``adjust_pred_probs`` for the ranking.
    filter_by, frac_noise, min_examples_per_class
        As in :func:`labelaudit.classification.filter.find_label_issues`, for the two answers of each class. The
        filters ``low_...`` take the items with the lowest scores, as many as ``confident_learning`` flags.
    num_to_remove_per_class : (K,) counts
        How many labels 0 to prune of each class; labels 1 are then left alone.
    confident_joint : (K, 2, 2) counts
    n_jobs, verbose, low_memory
        Taken for compatibility: LABELAUDIT_NUM_THREADS sets the number of threads, nothing is printed, and one class
        is in memory at a time.

    Returns
    -------
    (N,) booleans, True where a label is wrong; or indices.

    Raises
    ------
    InputError
        For input that cannot be scored, an unknown filter, and arguments that do not fit.

    Examples
    --------
    >>> labels = [[0], [0], [1], [0, 1], [], [1]]
    >>> pred_probs = [[0.9, 0.1], [0.1, 0.2], [0.2, 0.9], [0.8, 0.7], [0.1, 0.1], [0.1, 0.8]]
    >>> find_label_issues(labels, pred_probs)
    array([False,  True, False, False, False, False])
    """
    data = check_in_memory(labels, pred_probs)
    options = {
        "filter_by": filter_by,
        "frac_noise": frac_noise,
        "num_to_remove_per_class": num_to_remove_per_class,
        "min_examples_per_class": min_examples_per_class,
        "confident_joint": confident_joint,
    }
    check_choice(filter_by, "filter_by", classification.FILTERS)
    if filter_by.startswith("low_"):
        classification.check_pruned(filter_by, frac_noise, num_to_remove_per_class)
        counting = options | {"filter_by": "confident_learning", "frac_noise": 1.0}
        count = np.count_nonzero(_flags(data, counting).any(axis=1))
        scores = to_numpy(item_scores(data, "self_confidence", False, *_POOL), "pred_probs")
        mask = np.zeros(data.n, bool)
        mask[np.argsort(scores, kind="stable")[:count]] = True
    else:
        mask = np.logical_or.reduce(_flags(data, options), axis=1)
    if return_indices_ranked_by is None:
        return mask
    check_choice(return_indices_ranked_by, "return_indices_ranked_by", Method.__args__)  # type: ignore[attr-defined]
    scores = to_numpy(item_scores(data, return_indices_ranked_by, _adjusted(rank_by_kwargs), *_POOL), "pred_probs")
    flagged = np.flatnonzero(mask)
    return flagged[np.argsort(scores[flagged], kind="stable")]


def find_multilabel_issues_per_class(
    labels: Any,
    pred_probs: Any,
    return_indices_ranked_by: Method | None = None,
    rank_by_kwargs: Mapping[str, Any] | None = None,
    filter_by: classification.FilterBy = "prune_by_noise_rate",
    frac_noise: float = 1.0,
    num_to_remove_per_class: Any = None,
    min_examples_per_class: int = 1,
    confident_joint: Any = None,
    n_jobs: int | None = None,
    verbose: bool = False,
    low_memory: bool = False,
) -> np.ndarray | tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Return which labels are wrong, class by class; the arguments are those of :func:`find_label_issues`.

    Returns
    -------
    (N, K) booleans; or, with ``return_indices_ranked_by``, three lists with an entry a class: the indices of the
    items whose label is wrong, worst first, the labels 0 or 1, and the probabilities (N, 2) of the two.

    Examples
    --------
    >>> labels = [[0], [0], [1], [0, 1], [], [1]]
    >>> pred_probs = [[0.9, 0.1], [0.1, 0.2], [0.2, 0.9], [0.8, 0.7], [0.1, 0.1], [0.1, 0.8]]
    >>> np.argwhere(find_multilabel_issues_per_class(labels, pred_probs))
    array([[1, 0]])
    """
    data = check_in_memory(labels, pred_probs)
    options = {
        "filter_by": filter_by,
        "frac_noise": frac_noise,
        "num_to_remove_per_class": num_to_remove_per_class,
        "min_examples_per_class": min_examples_per_class,
        "confident_joint": confident_joint,
    }
    if return_indices_ranked_by is None:
        return _flags(data, options)
    options |= {"return_indices_ranked_by": return_indices_ranked_by, "rank_by_kwargs": rank_by_kwargs}
    found = [
        (one.rows[classification.find_label_issues(one.labels, one.pred_probs, **each)], one.labels, one.pred_probs)
        for one, each in zip(classes(data), _per_class(data.k, options), strict=True)
    ]
    issues, given, probs = (list(column) for column in zip(*found, strict=True))
    return issues, given, probs


def _flags(data: MultilabelClassification, options: dict[str, Any]) -> np.ndarray:
    flags = np.zeros((data.n, data.k), bool)
    for k, (one, each) in enumerate(zip(classes(data), _per_class(data.k, options), strict=True)):
        flags[one.rows, k] = classification.find_label_issues(one.labels, one.pred_probs, **each)
    return flags


def _per_class(k: int, options: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the options of each class: its own joint and its own count of labels to remove."""
    joint, remove = options["confident_joint"], options["num_to_remove_per_class"]
    if joint is not None:
        joint = np.asarray(joint)
        if joint.shape != (k, 2, 2):
            raise InputError(f"confident_joint: expected shape ({k}, 2, 2), a joint a class, got {joint.shape}")
    if remove is not None and np.shape(remove) != (k,):
        got = len(remove) if np.ndim(remove) else repr(remove)
        raise InputError(f"num_to_remove_per_class: expected {k} counts, one a class, got {got}")
    return [
        options
        | {
            "confident_joint": None if joint is None else joint[i],
            "num_to_remove_per_class": None if remove is None else [remove[i], 0],
        }
        for i in range(k)
    ]


def _adjusted(rank_by_kwargs: Mapping[str, Any] | None) -> bool:
    unknown = sorted(set(rank_by_kwargs or ()) - {"adjust_pred_probs"})
    if unknown:
        raise InputError(f"rank_by_kwargs: expected only adjust_pred_probs, got {', '.join(unknown)}")
    return bool((rank_by_kwargs or {}).get("adjust_pred_probs", False))
