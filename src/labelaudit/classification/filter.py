"""Which labels are wrong: from scores and counts to a mask."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from labelaudit._checks.arrays import check_choice
from labelaudit._checks.confident import check_joint, check_pruning
from labelaudit._checks.streams import refuse_iterator
from labelaudit._data.arrays import to_numpy
from labelaudit._kernels import Array, confident_for
from labelaudit._stats.joint import prune_counts
from labelaudit._stats.top_margins import Entries, LargestMargins
from labelaudit.classification._confident import ROUNDING, ConfidentPredictions, confident_predictions
from labelaudit.classification._models import classification_of
from labelaudit.classification._posterior import noise_posterior
from labelaudit.classification.count import num_label_issues
from labelaudit.classification.rank import Method, get_label_quality_scores, order_label_issues
from labelaudit.errors import InputError

FilterBy = Literal[
    "prune_by_noise_rate",
    "prune_by_class",
    "both",
    "confident_learning",
    "predicted_neq_given",
    "low_normalized_margin",
    "low_self_confidence",
    "noise_posterior",
]

# labels (n,) and probabilities (n, K) of some rows
Block = tuple[Array, ...]

FILTERS = FilterBy.__args__  # type: ignore[attr-defined]
_PRUNING = ("prune_by_noise_rate", "prune_by_class", "both")


def find_label_issues(
    labels: Any,
    pred_probs: Any,
    *,
    return_indices_ranked_by: Method | None = None,
    rank_by_kwargs: Mapping[str, Any] | None = None,
    filter_by: FilterBy = "prune_by_noise_rate",
    frac_noise: float = 1.0,
    num_to_remove_per_class: Any = None,
    min_examples_per_class: int = 1,
    confident_joint: Any = None,
    n_jobs: int | None = None,
    verbose: bool = False,
    features: Any = None,
) -> np.ndarray:
    """Return which labels are wrong: a mask, or the indices of the wrong ones, worst first.

    Parameters
    ----------
    labels : (N,) integers 0..K-1
    pred_probs : (N, K) floats in [0, 1]
        As :func:`labelaudit.classification.rank.get_label_quality_scores` takes them. The rows are read one to three
        times, block by block.
    return_indices_ranked_by
        Return indices, ranked by the score of this method, instead of a mask.
    rank_by_kwargs
        More arguments of the scoring method.
    filter_by
        ``prune_by_noise_rate``: for each label and other class the rows where that class beats the label most, as many
        as the confident joint estimates. ``prune_by_class``: for each label the rows least believed to be of it, as
        many as the joint estimates. ``both``: in both. ``confident_learning``: the rows that the joint counts off its
        diagonal. ``predicted_neq_given``: rows whose most likely class is not the label. ``low_normalized_margin``,
        ``low_self_confidence``: the lowest scores, as many as
        :func:`labelaudit.classification.count.num_label_issues` says. But for these two, no row whose label is its
        most likely class is ever wrong. ``noise_posterior``: labels more likely wrong than not (this project's own).
    frac_noise
        The share of the estimated issues to prune; said to have no effect with a filter that prunes none.
    num_to_remove_per_class : (K,) counts, or one for all classes
        How many rows to prune of each class, instead of the joint's estimate; none has fewer rows than that.
    min_examples_per_class
        How many rows of each class to keep; a class with no more rows is not pruned. With 0 it may lose all of them.
    confident_joint : (K, K) counts
        For pruning, instead of the one of the data.
    n_jobs, verbose
        Taken for compatibility: LABELAUDIT_NUM_THREADS sets the number of threads, and nothing is printed.
    features : (N, D) floats
        As there; with ``noise_posterior`` only.

    Returns
    -------
    (N,) booleans, True where the label is wrong; or indices.

    Raises
    ------
    InputError
        For input that cannot be scored, an unknown filter, and arguments that do not fit.

    References
    ----------
    Northcutt, Jiang, Chuang: Confident Learning (JAIR 2021), section 3.2.

    Examples
    --------
    >>> find_label_issues([0, 0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7]])
    array([False,  True, False, False])
    """
    check_choice(filter_by, "filter_by", FILTERS)
    if features is not None and filter_by != "noise_posterior":
        raise InputError('features: are looked at only with filter_by="noise_posterior"')
    check_pruned(filter_by, frac_noise, num_to_remove_per_class)
    if filter_by != "noise_posterior" or return_indices_ranked_by is not None:
        refuse_iterator(pred_probs)
    if filter_by.startswith("low_"):
        mask = _lowest(labels, pred_probs, filter_by.removeprefix("low_"))
    elif filter_by == "noise_posterior":
        mask = noise_posterior(classification_of(labels, pred_probs, features)).issues()
    else:
        guesses = confident_predictions(labels, pred_probs)
        mask = guesses.differs.copy()
        if filter_by == "confident_learning":
            mask &= guesses.off_diagonal
        elif filter_by in _PRUNING:
            joint = guesses.joint()
            wanted = _one_a_class(num_to_remove_per_class, joint.given.size)
            remove = check_pruning(frac_noise, min_examples_per_class, wanted, joint.given)
            counts = prune_counts(
                joint.calibrated() if confident_joint is None else check_joint(confident_joint, guesses.data.k),
                min_examples_per_class=min_examples_per_class,
                frac_noise=frac_noise,
                given=joint.given,
                num_to_remove_per_class=remove,
            )
            spared = _spared(joint.given, min_examples_per_class)
            mask &= ~spared[guesses.labels]
            if filter_by in ("prune_by_class", "both"):
                mask &= _least_believed(guesses, joint.given - counts.diagonal())
            if filter_by in ("prune_by_noise_rate", "both"):
                mask &= _most_beaten(guesses, counts.T)
    if return_indices_ranked_by is None:
        return mask
    kwargs = {**(rank_by_kwargs or {}), **({} if features is None else {"features": features})}
    arguments: dict[str, Any] = {"rank_by": return_indices_ranked_by, "rank_by_kwargs": kwargs}
    return to_numpy(order_label_issues(mask, labels, pred_probs, **arguments), "pred_probs")


def check_pruned(filter_by: str, frac_noise: Any, num_to_remove_per_class: Any) -> None:
    """Refuse a number of rows where the filter prunes none, and say that a share has no effect there."""
    if filter_by in _PRUNING:
        return
    if num_to_remove_per_class is not None:
        raise InputError(
            f"num_to_remove_per_class: expected with filter_by one of {', '.join(_PRUNING)}, as {filter_by} prunes no "
            "number of rows; leave it out"
        )
    if frac_noise != 1.0:
        warnings.warn(
            f"frac_noise: has no effect with filter_by={filter_by!r}, only with {', '.join(_PRUNING)}",
            UserWarning,
            stacklevel=3,
        )


def _one_a_class(num_to_remove_per_class: Any, k: int) -> Any:
    # one number is meant for every class
    return np.full(k, num_to_remove_per_class) if np.isscalar(num_to_remove_per_class) else num_to_remove_per_class


def _lowest(labels: Any, pred_probs: Any, method: Any) -> np.ndarray:
    scores = to_numpy(get_label_quality_scores(labels, pred_probs, method=method), "pred_probs")
    mask = np.zeros(len(scores), bool)
    mask[np.argsort(scores, kind="stable")[: num_label_issues(labels, pred_probs)]] = True
    return mask


def _spared(given: np.ndarray, least: int) -> np.ndarray:
    spared = given <= least
    small = np.flatnonzero(spared & (given > 0))
    if small.size:
        warnings.warn(
            f"labels: no row of {', '.join(map(str, small))} is flagged, as these classes have no more than "
            f"min_examples_per_class = {least} rows",
            UserWarning,
            stacklevel=3,
        )
    return spared


def _least_believed(guesses: ConfidentPredictions, wanted: np.ndarray) -> np.ndarray:
    """Which rows have the least probability of their label, as many of each label as are wanted."""
    mask = np.zeros(guesses.labels.size, bool)
    order = np.argsort(guesses.labels, kind="stable")
    ends = np.cumsum(np.bincount(guesses.labels, minlength=wanted.size))
    for rows, count in zip(np.split(order, ends[:-1]), np.clip(wanted, 0, None), strict=True):
        given_prob = guesses.given_prob[rows]
        if count and count < given_prob.size:
            cut = np.partition(given_prob, count - 1)[count - 1]
            below = given_prob < cut
            tied = np.flatnonzero(given_prob == cut)[: count - np.count_nonzero(below)]
            below[tied] = True
            rows = rows[below]  # noqa: PLW2901
        mask[rows if count else []] = True
    return mask


def _most_beaten(guesses: ConfidentPredictions, wanted: np.ndarray) -> np.ndarray:
    """Which rows have one of the greatest margins of a pair (label, j), as many of each pair as are wanted."""
    k = guesses.data.k
    none = LargestMargins.of_none(np.where(np.eye(k, dtype=bool), 0, wanted).ravel(), guesses.margins.dtype)
    # a margin that the second walk saw bounds the least one wanted of its pair, so that most entries need no look
    seen = np.flatnonzero(guesses.differs)
    pairs = guesses.labels[seen] * k + guesses.predicted[seen]
    floors = none.seeing(Entries(pairs, guesses.margins[seen], seen)).sorted_out().floors

    def raise_floors(found: LargestMargins) -> None:
        nonlocal floors
        floors = np.maximum(floors, found.floors)

    def look(found: LargestMargins, first: int, rows: slice, block: Block, chosen: np.ndarray) -> LargestMargins:
        labels, pred_probs = block
        above = confident_for(pred_probs).margins_above
        thresholds = found.floors.reshape(k, k)
        pairs, margins, places = above(labels[rows], pred_probs[rows, ...], chosen[rows], thresholds)
        return found + found.seeing(Entries(pairs, margins, places + (first + rows.start)))

    def of_beaten(first: int, *block: Array) -> LargestMargins:
        found = replace(none, floors=floors)
        beaten = guesses.differs[first : first + block[0].shape[0]]
        parts = _parts(beaten.size, np.isneginf(floors).mean() * k)
        for rows in parts:
            found = look(found, first, rows, block, beaten)
            found = found.sorted_out() if len(parts) > 1 else found
        return found

    # rows that do not believe their label have most of the large margins, and only they are flagged
    found = guesses.rows.fold(of_beaten, none, raise_floors).sorted_out()
    # no margin of the others is above the rounding that favours the label: they matter where more are wanted than that
    within_reach = found.floors.reshape(k, k).min(axis=1) <= 2 * ROUNDING

    def of_others(first: int, *block: Array) -> LargestMargins:
        rows = slice(0, block[0].shape[0])
        given, beaten = (known[first : first + rows.stop] for known in (guesses.labels, guesses.differs))
        return look(replace(none, floors=floors), first, rows, block, ~beaten & within_reach[given])

    if within_reach.any():
        floors = np.maximum(floors, found.floors)
        found = guesses.rows.fold(of_others, found, raise_floors).sorted_out()
    mask = np.zeros(guesses.labels.size, bool)
    mask[found.entries.rows] = True
    return mask


def _parts(rows: int, entries_per_row: float) -> list[slice]:
    # where many entries would come through, a small first part raises the floors for one four times as large, …
    stops = [rows]
    while entries_per_row > 1 and stops[0] > 1024:  # fewer rows are too few to raise a floor
        stops.insert(0, stops[0] // 4)
        entries_per_row /= 4
    return [slice(start, stop) for start, stop in zip([0, *stops[:-1]], stops, strict=True)]
