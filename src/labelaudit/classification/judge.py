"""From the labels and predictions of a classification data set to its audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.arrays import Array, as_array, to_numpy
from labelaudit._checks.classification import check_class_names, check_classification, encode_labels
from labelaudit._kernels import rows_for
from labelaudit._run import rows_of
from labelaudit.classification.rank import Method, get_label_quality_scores
from labelaudit.results import Audit, as_ids


def fits(labels: Any, predictions: Any) -> bool:
    """Whether the shapes are those of classification: a label a row, and a row of probabilities for each."""
    if len(as_array(labels, "labels").shape) != 1:
        return False
    if isinstance(predictions, Callable | Iterator):  # type: ignore[arg-type]
        return True
    return len(as_array(predictions, "predictions").shape) == 2


def judge(
    labels: Any,
    pred_probs: Any,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    method: Method = "self_confidence",
    adjust_pred_probs: bool = False,
) -> Audit:
    """Return the audit: an issue is a row whose most likely class is not its label, ranked by the score."""
    given = encode_labels(labels, class_names)
    scores = to_numpy(
        get_label_quality_scores(given, pred_probs, method=method, adjust_pred_probs=adjust_pred_probs), "pred_probs"
    )
    data = check_classification(given, pred_probs)
    names = check_class_names(class_names, data.k)

    def likely(_: int, labels: Array, pred_probs: Array) -> np.ndarray:
        return to_numpy(rows_for(pred_probs).most_likely(labels, pred_probs), "pred_probs")

    suggested = rows_of(data.labels, data.pred_probs).map(likely)
    given = to_numpy(data.labels[0], "labels")[:].astype(np.int64)
    row_ids = as_ids(ids, data.n)
    parts = pl.DataFrame([_named("given", given, names), _named("suggested", suggested, names)])
    wrong = np.flatnonzero(given != suggested)
    wrong = wrong[np.argsort(scores[wrong], kind="stable")]
    issues = pl.DataFrame(
        [
            row_ids.gather(wrong),
            pl.Series("row", wrong, dtype=pl.Int64),
            pl.Series("kind", ["swapped"] * len(wrong), dtype=pl.String),
            parts["given"].gather(wrong),
            parts["suggested"].gather(wrong),
            pl.Series("score", scores[wrong]),
        ]
    )
    return Audit(
        task="classification",
        method=method,
        parameters={"adjust_pred_probs": adjust_pred_probs},
        ids=row_ids,
        scores=scores,
        parts=parts,
        issues=issues,
        class_names=names,
    )


def _named(column: str, classes: np.ndarray, names: tuple[str, ...] | None) -> pl.Series:
    if names is None:
        return pl.Series(column, classes)
    return pl.Series(column, list(names), dtype=pl.String).gather(classes)
