"""Views of a whole data set: which classes are labelled badly, and which are taken for each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.classification import check_class_names
from labelaudit._checks.confident import check_counts, check_joint
from labelaudit._data.containers import row_count
from labelaudit._stats.joint import normalize
from labelaudit.classification.count import estimate_joint, num_label_issues
from labelaudit.errors import InputError


def rank_classes_by_label_quality(
    labels: Any = None,
    pred_probs: Any = None,
    *,
    class_names: Sequence[str] | None = None,
    num_examples: int | None = None,
    joint: Any = None,
    confident_joint: Any = None,
) -> pl.DataFrame:
    """Return a row for each class, the class with the largest share of wrong labels first.

    Parameters
    ----------
    labels, pred_probs
        As :func:`labelaudit.classification.rank.get_label_quality_scores` takes them; not needed with a joint.
    class_names : K strings
        For a column ``Class Name``.
    num_examples : int
        How many rows there are; needed with ``joint`` where labels are not given.
    joint : (K, K) shares
        As :func:`labelaudit.classification.count.estimate_joint` returns it.
    confident_joint : (K, K) counts
        As :func:`labelaudit.classification.count.compute_confident_joint` returns it.

    Returns
    -------
    polars DataFrame
        ``Class Name`` (where names are given), ``Class Index``, ``Label Issues`` (rows with this label that are of
        another class), ``Inverse Label Issues`` (rows of this class with another label), ``Label Noise`` and
        ``Inverse Label Noise`` (the same as shares), ``Label Quality Score`` (1 - Label Noise).

    Raises
    ------
    InputError
        Where neither labels and probabilities nor a joint are given, and as the functions above.

    Examples
    --------
    >>> labels, pred_probs = [0, 0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7]]
    >>> rank_classes_by_label_quality(labels, pred_probs).select("Class Index", "Label Issues", "Label Noise").rows()
    [(0, 1, 0.5), (1, 0, 0.0)]
    """
    shares, n = _joint(labels, pred_probs, joint, confident_joint, num_examples)
    off = shares - np.diag(shares.diagonal())
    given, true = shares.sum(axis=1), shares.sum(axis=0)
    noise = off.sum(axis=1) / np.maximum(given, 1e-100)
    table = pl.DataFrame(
        {
            "Class Index": np.arange(len(shares)),
            "Label Issues": np.rint(off.sum(axis=1) * n).astype(np.int64),
            "Inverse Label Issues": np.rint(off.sum(axis=0) * n).astype(np.int64),
            "Label Noise": noise,
            "Inverse Label Noise": off.sum(axis=0) / np.maximum(true, 1e-100),
            "Label Quality Score": 1 - noise,
        }
    )
    names = check_class_names(class_names, len(shares))
    if names is not None:
        table.insert_column(0, pl.Series("Class Name", names))
    return table.sort("Label Quality Score", maintain_order=True)


def find_overlapping_classes(
    labels: Any = None,
    pred_probs: Any = None,
    *,
    asymmetric: bool = False,
    class_names: Sequence[str] | None = None,
    num_examples: int | None = None,
    joint: Any = None,
    confident_joint: Any = None,
) -> pl.DataFrame:
    """Return a row for each pair of classes, the pair that is mixed up most first: merge such classes, or define them.

    Parameters
    ----------
    asymmetric
        Tell rows labelled A that are of class B from rows labelled B that are of class A.
    labels, pred_probs, class_names, num_examples, joint, confident_joint
        As in :func:`rank_classes_by_label_quality`.

    Returns
    -------
    polars DataFrame
        ``Class Name A``, ``Class Name B`` (where names are given), ``Class Index A``, ``Class Index B``,
        ``Num Overlapping Examples``, ``Joint Probability`` (their share of all rows).

    Raises
    ------
    InputError
        As :func:`rank_classes_by_label_quality`.

    Examples
    --------
    >>> labels, pred_probs = [0, 0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7]]
    >>> find_overlapping_classes(labels, pred_probs).rows()
    [(0, 1, 1, 0.25)]
    """
    shares, n = _joint(labels, pred_probs, joint, confident_joint, num_examples)
    k = len(shares)
    first, second = np.nonzero(~np.eye(k, dtype=bool)) if asymmetric else np.triu_indices(k, 1)
    mixed = shares[first, second] if asymmetric else shares[first, second] + shares[second, first]
    table = pl.DataFrame(
        {
            "Class Index A": first,
            "Class Index B": second,
            "Num Overlapping Examples": np.rint(mixed * n).astype(np.int64),
            "Joint Probability": mixed,
        }
    )
    names = check_class_names(class_names, k)
    if names is not None:
        table.insert_column(0, pl.Series("Class Name A", [names[i] for i in first], dtype=pl.String))
        table.insert_column(1, pl.Series("Class Name B", [names[i] for i in second], dtype=pl.String))
    return table.sort("Joint Probability", descending=True, maintain_order=True)


def overall_label_health_score(
    labels: Any = None,
    pred_probs: Any = None,
    *,
    num_examples: int | None = None,
    confident_joint: Any = None,
    joint: Any = None,
    verbose: bool = True,
) -> float:
    """Return the estimated share of labels that are right, in [0, 1].

    Parameters
    ----------
    labels, pred_probs, num_examples, confident_joint, joint
        As in :func:`rank_classes_by_label_quality`. Where labels and probabilities are given, the issues are counted as
        :func:`labelaudit.classification.count.num_label_issues` does; otherwise the diagonal of the joint is summed.
    verbose
        Taken for compatibility; nothing is printed.

    Raises
    ------
    InputError
        As :func:`rank_classes_by_label_quality`.

    Examples
    --------
    >>> overall_label_health_score([0, 0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7]])
    0.75
    """
    if joint is None and labels is not None and pred_probs is not None:
        n = len(labels)
        return 1 - num_label_issues(labels, pred_probs) / n if n else 1.0
    shares, _ = _joint(labels, pred_probs, joint, confident_joint, num_examples)
    return float(shares.trace())


def health_summary(
    labels: Any = None,
    pred_probs: Any = None,
    *,
    asymmetric: bool = False,
    class_names: Sequence[str] | None = None,
    num_examples: int | None = None,
    joint: Any = None,
    confident_joint: Any = None,
    verbose: bool = True,
) -> dict[str, Any]:
    """Return all views of a data set: ``overall_label_health_score``, ``joint``, ``classes_by_label_quality`` and
    ``overlapping_classes``.

    Parameters
    ----------
    labels, pred_probs, asymmetric, class_names, num_examples, joint, confident_joint, verbose
        As in the functions of these names.

    Raises
    ------
    InputError
        As :func:`rank_classes_by_label_quality`.

    Examples
    --------
    >>> labels, pred_probs = [0, 0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7]]
    >>> sorted(health_summary(labels, pred_probs))
    ['classes_by_label_quality', 'joint', 'overall_label_health_score', 'overlapping_classes']
    """  # noqa: D205
    shares, n = _joint(labels, pred_probs, joint, confident_joint, num_examples)
    health = overall_label_health_score(
        labels, pred_probs, num_examples=n, confident_joint=confident_joint, joint=joint, verbose=verbose
    )
    return {
        "overall_label_health_score": health,
        "joint": shares,
        "classes_by_label_quality": rank_classes_by_label_quality(
            joint=shares, num_examples=n, class_names=class_names
        ),
        "overlapping_classes": find_overlapping_classes(
            joint=shares, num_examples=n, class_names=class_names, asymmetric=asymmetric
        ),
    }


def _joint(
    labels: Any, pred_probs: Any, joint: Any, confident_joint: Any, num_examples: int | None
) -> tuple[np.ndarray, int]:
    # shares of (given, true), and how many rows they are of
    if joint is not None:
        shares = normalize(check_joint(joint, None, "joint"))
    elif labels is not None and (pred_probs is not None or confident_joint is not None):
        shares = estimate_joint(labels, pred_probs, confident_joint=confident_joint)
    elif confident_joint is not None:
        shares = normalize(check_joint(confident_joint, None))
    else:
        raise InputError(
            "labels: expected labels and pred_probs, or joint, or confident_joint; none of them is complete"
        )
    if num_examples is None and labels is not None:
        num_examples = row_count(labels) if pred_probs is not None else int(check_counts(labels, len(shares)).sum())
    if num_examples is None and confident_joint is not None:
        num_examples = int(np.sum(confident_joint))
    if not isinstance(num_examples, int | np.integer) or num_examples < 0:
        raise InputError(f"num_examples: expected how many rows there are, got {num_examples!r}")
    return shares, int(num_examples)
