"""What an audit lists of a multi-label data set: the classes of each item, and those that look wrong or missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from array_api_compat import array_namespace, device

from labelaudit._data.arrays import to_numpy
from labelaudit._data.rows import MultilabelClassification
from labelaudit._kernels import Array, label_noise_for, likeliest_for, multilabel_for, set_kernels
from labelaudit._run import rows_of
from labelaudit._stats.agreement import AnswerAgreement, SampledAnswers
from labelaudit.assembly import class_lists
from labelaudit.multilabel_classification._label_noise import LabelNoise
from labelaudit.multilabel_classification._scores import Scoring, class_scores, item_scorer, scoring
from labelaudit.multilabel_classification.aggregate import Pool

# How many of the most likely classes of an item are kept for a person to choose from.
_LIKELIEST = 5

# How many classes each item has, (N,), and those of one item after another.
Sets = tuple[np.ndarray, pl.Series]


@dataclass(frozen=True)
class Suspects:
    """What is known of every item, and of every label that looks wrong."""

    scores: np.ndarray  # (N,)
    any_wrong: np.ndarray  # (N,) how likely any label of the item is wrong
    likeliest: np.ndarray  # (N, m) int32, the most likely classes
    likeliest_p: np.ndarray  # (N, m)
    given: Sets
    suggested: Sets
    agreement: AnswerAgreement  # of labels and predictions

    rows: np.ndarray  # (M,) of the labels that look wrong, row by row
    classes: np.ndarray  # (M,)
    is_given: np.ndarray  # (M,) bool
    p_wrong: np.ndarray  # (M,)
    label_scores: np.ndarray  # (M,)


def suspects(
    data: MultilabelClassification,
    noise: LabelNoise,
    method: str,
    adjust_pred_probs: bool,
    pool: Pool,
    threshold: float,
    names: tuple[str, ...] | None = None,
) -> Suspects:
    """Return them in one walk; where probabilities are adjusted or no kernel pools the scores, in two."""
    how = scoring(data, method, adjust_pred_probs)
    score = _scorer(data, method, adjust_pred_probs, pool, how)
    least_odds = threshold / (1 - threshold) if threshold < 1 else np.inf
    likeliest = min(_LIKELIEST, data.k)

    def work(first: int, labels: Array, pred_probs: Array) -> tuple[tuple[Array, ...], _Listed]:
        kernels = label_noise_for(pred_probs)
        any_wrong, rows, classes, p_wrong = kernels.wrong_labels(labels, pred_probs, noise.factors, least_odds)
        flags = to_numpy(labels == 1, "labels")
        given, is_given = _set(flags, names), flags[rows, classes]
        flags[rows, classes] = ~is_given
        suggested = _set(flags, names) if rows.size else given
        label_scores = _scores_of(labels, pred_probs, rows, classes, how)
        about = (rows + first, classes, is_given, p_wrong, label_scores)
        best = likeliest_for(pred_probs).likeliest(pred_probs, likeliest)
        facts = (score(first, labels, pred_probs), any_wrong, *best, given[0], suggested[0])
        return facts, _Listed(((given[1], suggested[1]),), (about,), _sampled(data, first, labels, pred_probs))

    parts, listed = rows_of(data.labels, data.pred_probs).map_and_fold(work, _Listed())
    scores, any_wrong, best, best_p, *counts = (to_numpy(part, "pred_probs") for part in parts)
    classes = (pl.concat(column, rechunk=True) for column in zip(*listed.sets, strict=True))
    given, suggested = zip(counts, classes, strict=True)
    agreement = listed.sampled.agreement()
    about = (np.concatenate(column) for column in zip(*listed.about, strict=True))
    return Suspects(scores, any_wrong, best, best_p, given, suggested, agreement, *about)


@dataclass(frozen=True)
class _Listed:
    """Columns of other lengths than the block, block after block."""

    sets: tuple[tuple[pl.Series, ...], ...] = ()
    about: tuple[tuple[np.ndarray, ...], ...] = ()
    sampled: SampledAnswers = field(default_factory=SampledAnswers)

    def __add__(self, other: _Listed) -> _Listed:
        return _Listed(self.sets + other.sets, self.about + other.about, self.sampled + other.sampled)


def _sampled(data: MultilabelClassification, first: int, labels: Array, pred_probs: Array) -> SampledAnswers:
    rows = SampledAnswers.rows(first, labels.shape[0], data.n, data.k)
    kept = (
        array_namespace(part).take(part, array_namespace(part).asarray(rows, device=device(part)), axis=0)
        for part in (labels, pred_probs)
    )
    return SampledAnswers(*((to_numpy(part, "pred_probs"),) for part in kept))


def _set(flags: np.ndarray, names: tuple[str, ...] | None) -> Sets:
    counts, classes = set_kernels().columns_set(flags)
    return counts, class_lists("", classes, names)


def _scorer(
    data: MultilabelClassification, method: str, adjust_pred_probs: bool, pool: Pool, how: Scoring
) -> Callable[[int, Array, Array], Array]:
    if pool.kernel is not None:
        return item_scorer(how, *pool.kernel)
    scores = pool(class_scores(data, method, adjust_pred_probs))  # any function may want to see all rows
    return lambda first, labels, _: scores[first : first + labels.shape[0]]


def _scores_of(labels: Array, pred_probs: Array, rows: np.ndarray, classes: np.ndarray, how: Scoring) -> np.ndarray:
    """Return the scores of these labels, which are handed to the kernel as one row of so many classes."""
    shift, entropy = how
    given, p = (_take(array, rows * array.shape[1] + classes)[None, :] for array in (labels, pred_probs))
    scores, _ = multilabel_for(pred_probs).class_scores(given, p, shift[:, classes], entropy)
    return to_numpy(scores[0, :], "pred_probs")


def _take(array: Array, places: np.ndarray) -> Array:
    xp = array_namespace(array)
    taken = xp.take(xp.reshape(array, (-1,)), xp.asarray(places, device=device(array)))
    if isinstance(taken, np.ndarray):
        taken.flags.writeable = False  # as blocks are, so that numba compiles a kernel once
    return taken
