"""From the labels and predictions of a classification data set to its audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.arrays import as_array, to_numpy
from labelaudit._checks.classification import check_class_names, check_classification, encode_labels
from labelaudit._checks.streams import is_stream, refuse_iterator
from labelaudit.classification._noise import noise_posterior
from labelaudit.classification.rank import Method, get_label_quality_scores
from labelaudit.results import Audit, Estimate, as_ids


def fits(labels: Any, predictions: Any) -> bool:
    """Whether the shapes are those of classification: a label a row, and a row of probabilities for each."""
    if len(as_array(labels, "labels").shape) != 1:
        return False
    if is_stream(predictions):
        return True
    return len(as_array(predictions, "predictions").shape) == 2


def judge(
    labels: Any,
    pred_probs: Any,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    method: Method = "noise_posterior",
    adjust_pred_probs: bool = False,
) -> Audit:
    """Return the audit: an issue is a label that the noise posterior thinks more likely wrong than right."""
    if method != "noise_posterior":
        refuse_iterator(pred_probs)
    given = encode_labels(labels, class_names)
    data = check_classification(given, pred_probs)
    names = check_class_names(class_names, data.k)
    own = method == "noise_posterior" and not adjust_pred_probs
    if not own:  # first, as it refuses what it does not know before it reads a row
        scored = get_label_quality_scores(given, pred_probs, method=method, adjust_pred_probs=adjust_pred_probs)
    posterior = noise_posterior(data)
    scores = posterior.quality.astype(data.float_type) if own else to_numpy(scored, data.name)
    row_ids = as_ids(ids, data.n)
    parts = pl.DataFrame([_named("given", posterior.labels, names), _named("suggested", posterior.likely, names)])
    wrong = np.flatnonzero(posterior.issues)
    wrong = wrong[np.argsort(scores[wrong], kind="stable")]
    issues = pl.DataFrame(
        [
            row_ids.gather(wrong),
            pl.Series("row", wrong, dtype=pl.Int64),
            pl.Series("kind", ["swapped"] * len(wrong), dtype=pl.String),
            parts["given"].gather(wrong),
            parts["suggested"].gather(wrong),
            pl.Series("score", scores[wrong]),
            pl.Series("p_wrong", posterior.p_wrong[wrong]),
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
        estimate=Estimate(posterior.expected, data.n),
        class_names=names,
    )


def _named(column: str, classes: np.ndarray, names: tuple[str, ...] | None) -> pl.Series:
    if names is None:
        return pl.Series(column, classes, dtype=pl.Int64)
    return pl.Series(column, list(names), dtype=pl.String).gather(classes)
