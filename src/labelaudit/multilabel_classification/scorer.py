"""How likely the labels of each item are right: a score for each class, and one pooled from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, ClassVar

import numpy as np

from labelaudit._checks.multilabel_classification import check_multilabel, matrix_of_labels
from labelaudit._data.arrays import to_numpy
from labelaudit._kernels import Array
from labelaudit.classification.rank import get_label_quality_scores as classification_scores
from labelaudit.errors import InputError
from labelaudit.multilabel_classification._scores import class_scores
from labelaudit.multilabel_classification.aggregate import (
    POOLS,
    exponential_moving_average,
    pool_of,
    pooled_scores,
    softmin,
)
from labelaudit.multilabel_classification.rank import check_method

__all__ = [
    "Aggregator",
    "ClassLabelScorer",
    "MultilabelScorer",
    "exponential_moving_average",
    "get_cross_validated_multilabel_pred_probs",
    "get_label_quality_scores",
    "multilabel_py",
    "softmin",
]


class ClassLabelScorer(Enum):
    """How one label, of one class, is scored: as a classification into no and yes with probabilities (1 - p, p).

    Examples
    --------
    >>> ClassLabelScorer.from_str("normalized_margin")
    <ClassLabelScorer.NORMALIZED_MARGIN: 'normalized_margin'>
    >>> ClassLabelScorer.SELF_CONFIDENCE([0, 1], [[0.9, 0.1], [0.6, 0.4]])
    array([0.9, 0.4])
    """

    SELF_CONFIDENCE = "self_confidence"
    NORMALIZED_MARGIN = "normalized_margin"
    CONFIDENCE_WEIGHTED_ENTROPY = "confidence_weighted_entropy"

    def __call__(self, labels: Any, pred_probs: Any, *, adjust_pred_probs: bool = False) -> Array:
        """Return the scores of the labels (N,) of one class, of which pred_probs (N, 2) are the probabilities."""
        method: Any = self.value
        return classification_scores(labels, pred_probs, method=method, adjust_pred_probs=adjust_pred_probs)

    @classmethod
    def from_str(cls, method: str) -> ClassLabelScorer:
        """Return the scorer of this name, in any case; an InputError for another."""
        return cls(check_method(method))


class Aggregator:
    """How the scores of the classes of an item become one.

    Parameters
    ----------
    method : str or callable
        ``exponential_moving_average``, ``softmin``, or a function that takes scores (N, K) and ``axis=1``, such as
        ``np.min``.
    **kwargs
        Its keywords, such as ``alpha`` or ``temperature``.

    Raises
    ------
    InputError
        For an unknown method, and keywords that it does not have.

    Examples
    --------
    >>> Aggregator("softmin", temperature=0.2)
    Aggregator(method=softmin, kwargs={'temperature': 0.2})
    >>> Aggregator(np.min)(np.array([[0.5, 0.25, 1.0]]))
    array([0.25])
    """

    possible_methods: ClassVar[dict[str, Callable[..., Array]]] = POOLS

    def __init__(self, method: str | Callable[..., Array], **kwargs: Any) -> None:
        self.pool = pool_of(method, **kwargs)
        self.method, self.kwargs = self.pool.function, dict(self.pool.options)

    def __call__(self, scores: Array, **kwargs: Any) -> Array:
        """Return one score a row of scores (N, K)."""
        if len(getattr(scores, "shape", ())) != 2:
            raise InputError(f"scores: expected an array (N, K), got {scores!r:.60}")
        return self.pool.with_options(kwargs)(scores)

    def __repr__(self) -> str:
        return f"Aggregator(method={self.pool.name}, kwargs={self.kwargs})"


class MultilabelScorer:
    """How likely all labels of an item are right: scored class by class, then pooled.

    Parameters
    ----------
    base_scorer : ClassLabelScorer
    aggregator : Aggregator or callable
    strict
        Taken for compatibility: what does not fit is always refused.

    Examples
    --------
    >>> labels = np.array([[0, 1, 0], [1, 0, 1]])
    >>> MultilabelScorer()(labels, np.array([[0.1, 0.9, 0.1], [0.4, 0.1, 0.9]]))
    array([0.9, 0.5])
    """

    def __init__(
        self,
        base_scorer: ClassLabelScorer = ClassLabelScorer.SELF_CONFIDENCE,
        aggregator: Aggregator | Callable[..., Array] = Aggregator(exponential_moving_average, alpha=0.8),  # noqa: B008
        *,
        strict: bool = True,
    ) -> None:
        if not isinstance(base_scorer, ClassLabelScorer):
            raise InputError(f"base_scorer: expected a ClassLabelScorer, got {base_scorer!r:.60}")
        self.base_scorer = base_scorer
        self.aggregator = aggregator if isinstance(aggregator, Aggregator) else Aggregator(aggregator)
        self.strict = strict

    def __call__(
        self,
        labels: Any,
        pred_probs: Any,
        base_scorer_kwargs: Mapping[str, Any] | None = None,
        **aggregator_kwargs: Any,
    ) -> Array:
        """Return a score in [0, 1] for each item; see :func:`get_label_quality_scores`."""
        data, adjust = check_multilabel(labels, pred_probs), _adjusted(base_scorer_kwargs)
        pool = self.aggregator.pool.with_options(aggregator_kwargs)
        return pooled_scores(data, self.base_scorer.value, adjust, pool)

    def aggregate(self, class_label_quality_scores: Array, **kwargs: Any) -> Array:
        """Return one score a row of scores (N, K)."""
        return self.aggregator(class_label_quality_scores, **kwargs)

    def get_class_label_quality_scores(
        self, labels: Any, pred_probs: Any, base_scorer_kwargs: Mapping[str, Any] | None = None
    ) -> Array:
        """Return a score in [0, 1] for each label, (N, K); NaN where it is not known."""
        data = check_multilabel(labels, pred_probs)
        return class_scores(data, self.base_scorer.value, _adjusted(base_scorer_kwargs))


def get_label_quality_scores(
    labels: Any,
    pred_probs: Any,
    *,
    method: MultilabelScorer = MultilabelScorer(),  # noqa: B008
    base_scorer_kwargs: Mapping[str, Any] | None = None,
    **aggregator_kwargs: Any,
) -> Array:
    """Return how likely all labels of each item are right, from 0 (surely wrong) to 1 (surely right).

    Parameters
    ----------
    labels : (N, K) of 0 and 1
        -1 or NaN where it is not known whether the item is of the class: such an entry is left out. Also a scipy
        sparse matrix, or a list of lists or sets with the classes of each item.
    pred_probs : (N, K) floats in [0, 1]
        Out-of-sample probability of each class; they need not sum to 1. Also a memory-mapped, HDF5 or zarr array, or
        a function that returns an iterator of (n, K) chunks: these are read block by block, never whole.
    method : MultilabelScorer
        The score of each class and how they are pooled.
    base_scorer_kwargs
        ``adjust_pred_probs``: make up, in each class, for labels that the model is less sure of.
    **aggregator_kwargs
        Keywords of the pooling function, such as ``alpha``.

    Returns
    -------
    (N,) scores in the kind of array that ``pred_probs`` is.

    Raises
    ------
    InputError
        For shapes that do not fit, entries that are no labels or probabilities, unknown keywords.

    References
    ----------
    Thyagarajan, Snorrason, Northcutt, Mueller: Identifying incorrect annotations in multi-label classification data
    (ICLR 2023 workshop on trustworthy ML).

    Examples
    --------
    >>> labels, pred_probs = [[0, 1, 0], [1, 0, 1]], [[0.1, 0.9, 0.1], [0.4, 0.1, 0.9]]
    >>> get_label_quality_scores(np.array(labels), pred_probs, alpha=1)
    array([0.9, 0.4])
    """
    return method(labels, pred_probs, base_scorer_kwargs=base_scorer_kwargs, **aggregator_kwargs)


def multilabel_py(y: Any) -> np.ndarray:
    """Return the share of items without and with each class, (K, 2); entries that are not known do not count.

    Examples
    --------
    >>> multilabel_py(np.array([[0, 1], [0, 0], [1, 1], [0, 1]]))
    array([[0.75, 0.25],
           [0.25, 0.75]])
    """
    given = to_numpy(matrix_of_labels(y), "y")
    no, yes = (np.count_nonzero(given == answer, axis=0) for answer in (0, 1))
    shares: np.ndarray = np.column_stack([no, yes]) / np.maximum(no + yes, 1)[:, None]
    return shares


def get_cross_validated_multilabel_pred_probs(X: Any, labels: Any, *, clf: Any, cv: Any) -> np.ndarray:
    """Return out-of-sample probabilities (N, K) of the classes by scikit-learn's cross-validation.

    Parameters
    ----------
    X
        Features of N items, as ``clf`` takes them.
    labels : (N, K) of 0 and 1
    clf
        A scikit-learn classifier with ``predict_proba`` for multi-label data, such as ``OneVsRestClassifier``.
    cv
        A scikit-learn splitter, such as ``StratifiedKFold``; a set of labels is a class to it.

    Raises
    ------
    ImportError
        Where scikit-learn is not installed.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import StratifiedKFold
    >>> from sklearn.multiclass import OneVsRestClassifier
    >>> X, labels = np.arange(8.0)[:, None], np.array([[0, 1]] * 4 + [[1, 0]] * 4)
    >>> clf = OneVsRestClassifier(LogisticRegression())
    >>> get_cross_validated_multilabel_pred_probs(X, labels, clf=clf, cv=StratifiedKFold(2)).shape
    (8, 2)
    """
    try:
        from sklearn.model_selection import cross_val_predict
    except ModuleNotFoundError as missing:
        raise ImportError(
            "get_cross_validated_multilabel_pred_probs needs scikit-learn: pip install 'labelaudit[train]'"
        ) from missing
    given = to_numpy(matrix_of_labels(labels), "labels")
    kinds = np.unique(given, axis=0, return_inverse=True)[1].ravel()
    found = cross_val_predict(clf, X, given, cv=cv.split(kinds, kinds), method="predict_proba")
    # trees and neighbours give a matrix of (no, yes) for each class
    return np.column_stack([pair[:, -1] for pair in found]) if isinstance(found, list) else np.asarray(found)


def _adjusted(base_scorer_kwargs: Mapping[str, Any] | None) -> bool:
    unknown = sorted(set(base_scorer_kwargs or ()) - {"adjust_pred_probs"})
    if unknown:
        raise InputError(f"base_scorer_kwargs: expected only adjust_pred_probs, got {', '.join(unknown)}")
    return bool((base_scorer_kwargs or {}).get("adjust_pred_probs", False))
