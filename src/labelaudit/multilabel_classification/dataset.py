"""What is wrong with a multi-label data set as a whole, class by class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.classification import check_class_names
from labelaudit.errors import InputError
from labelaudit.multilabel_classification._binary import check_in_memory
from labelaudit.multilabel_classification.filter import find_label_issues, find_multilabel_issues_per_class


def common_multilabel_issues(
    labels: Any, pred_probs: Any, *, class_names: Sequence[str] | None = None, confident_joint: Any = None
) -> pl.DataFrame:
    """Return how many labels of each class are wrong, given and not given, the most frequent first.

    Parameters
    ----------
    labels, pred_probs
        As :func:`labelaudit.multilabel_classification.rank.get_label_quality_scores` takes them, but for chunks.
    class_names : K strings
        Adds a column of names.
    confident_joint : (K, 2, 2) counts

    Returns
    -------
    polars DataFrame with two rows a class: ``Class Name``, ``Class Index``, ``In Given Label``, ``In Suggested Label``,
    ``Num Examples`` and ``Issue Probability``, the share of all items.

    Raises
    ------
    InputError
        As :func:`labelaudit.multilabel_classification.filter.find_label_issues`.

    Examples
    --------
    >>> labels = [[0], [0], [1], [0, 1], [], [1]]
    >>> pred_probs = [[0.9, 0.1], [0.1, 0.2], [0.2, 0.9], [0.8, 0.7], [0.1, 0.1], [0.1, 0.8]]
    >>> common_multilabel_issues(labels, pred_probs).row(0)
    (0, True, False, 1, 0.16666666666666666)
    """
    data = check_in_memory(labels, pred_probs)
    names = check_class_names(class_names, data.k)
    flags = find_multilabel_issues_per_class(labels, pred_probs, confident_joint=confident_joint)
    given = np.asarray(data.labels[0][:]) == 1
    counts = np.column_stack([(flags & given).sum(axis=0), (flags & ~given).sum(axis=0)]).ravel()
    classes, is_given = np.repeat(np.arange(data.k), 2), np.tile([True, False], data.k)
    table = pl.DataFrame(
        {
            "Class Index": classes,
            "In Given Label": is_given,
            "In Suggested Label": ~is_given,
            "Num Examples": counts,
            "Issue Probability": counts / max(data.n, 1),
        }
    )
    return _named(table, names).sort("Issue Probability", descending=True, maintain_order=True)


def rank_classes_by_multilabel_quality(
    labels: Any,
    pred_probs: Any,
    *,
    class_names: Sequence[str] | None = None,
    joint: Any = None,
    confident_joint: Any = None,
) -> pl.DataFrame:
    """Return the classes, the one with the greatest share of wrong given labels first.

    Parameters
    ----------
    labels, pred_probs, class_names, confident_joint
        As :func:`common_multilabel_issues` takes them.
    joint
        Another name of ``confident_joint``, as in cleanlab.

    Returns
    -------
    polars DataFrame with a row a class: ``Class Name``, ``Class Index``, ``Label Issues`` (wrong where given),
    ``Inverse Label Issues`` (missing where not given), their shares of all items ``Label Noise`` and ``Inverse Label
    Noise``, and ``Label Quality Score``, 1 - label noise.

    Raises
    ------
    InputError
        As :func:`common_multilabel_issues`, and where both joints are given.

    Examples
    --------
    >>> labels = [[0], [0], [1], [0, 1], [], [1]]
    >>> pred_probs = [[0.9, 0.1], [0.1, 0.2], [0.2, 0.9], [0.8, 0.7], [0.1, 0.1], [0.1, 0.8]]
    >>> rank_classes_by_multilabel_quality(labels, pred_probs)["Class Index"].to_list()
    [0, 1]
    """
    if joint is not None and confident_joint is not None:
        raise InputError("joint: is another name of confident_joint; pass one of them")
    joint = confident_joint if joint is None else joint
    common = common_multilabel_issues(labels, pred_probs, class_names=class_names, confident_joint=joint)
    key = ["Class Name", "Class Index"] if class_names is not None else ["Class Index"]
    given, missing = (
        common.filter(pl.col("In Given Label") == wanted).select(*key, "Num Examples", "Issue Probability")
        for wanted in (True, False)
    )
    given = given.rename({"Num Examples": "Label Issues", "Issue Probability": "Label Noise"})
    missing = missing.rename({"Num Examples": "Inverse Label Issues", "Issue Probability": "Inverse Label Noise"})
    table = given.join(missing, on=key).with_columns((1 - pl.col("Label Noise")).alias("Label Quality Score"))
    columns = ["Label Issues", "Inverse Label Issues", "Label Noise", "Inverse Label Noise", "Label Quality Score"]
    return table.select(*key, *columns).sort(["Label Quality Score", "Class Index"])


def overall_multilabel_health_score(labels: Any, pred_probs: Any, *, confident_joint: Any = None) -> float:
    """Return the share of items none of whose labels is wrong.

    Examples
    --------
    >>> labels = [[0], [0], [1], [0, 1], [], [1]]
    >>> pred_probs = [[0.9, 0.1], [0.1, 0.2], [0.2, 0.9], [0.8, 0.7], [0.1, 0.1], [0.1, 0.8]]
    >>> round(overall_multilabel_health_score(labels, pred_probs), 3)
    0.833
    """
    mask = find_label_issues(labels, pred_probs, confident_joint=confident_joint)
    return 1.0 - float(mask.mean()) if mask.size else 1.0


def multilabel_health_summary(
    labels: Any,
    pred_probs: Any,
    *,
    class_names: Sequence[str] | None = None,
    num_examples: int | None = None,
    confident_joint: Any = None,
    verbose: bool = True,
) -> dict[str, Any]:
    """Return the three views at once, in a dictionary; ``num_examples`` and ``verbose`` change nothing.

    Examples
    --------
    >>> labels = [[0], [0], [1], [0, 1], [], [1]]
    >>> pred_probs = [[0.9, 0.1], [0.1, 0.2], [0.2, 0.9], [0.8, 0.7], [0.1, 0.1], [0.1, 0.8]]
    >>> sorted(multilabel_health_summary(labels, pred_probs))
    ['classes_by_multilabel_quality', 'common_multilabel_issues', 'overall_multilabel_health_score']
    """
    options: dict[str, Any] = {"class_names": class_names, "confident_joint": confident_joint}
    return {
        "overall_multilabel_health_score": overall_multilabel_health_score(
            labels, pred_probs, confident_joint=confident_joint
        ),
        "classes_by_multilabel_quality": rank_classes_by_multilabel_quality(labels, pred_probs, **options),
        "common_multilabel_issues": common_multilabel_issues(labels, pred_probs, **options),
    }


def _named(table: pl.DataFrame, names: tuple[str, ...] | None) -> pl.DataFrame:
    if names is None:
        return table
    column = pl.Series("Class Name", list(names), dtype=pl.String).gather(table["Class Index"])
    return table.insert_column(0, column)
