"""From the labels and predictions of a regression data set to its audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.arrays import as_array, check_choice, to_numpy
from labelaudit._checks.regression import check_regression
from labelaudit._checks.streams import is_stream
from labelaudit._run import rows_of
from labelaudit.errors import InputError
from labelaudit.regression._residuals import closeness, median_residual
from labelaudit.regression.rank import METHODS, Method, get_label_quality_scores
from labelaudit.results import Audit, as_ids

# A residual is an outlier beyond 3.5 robust standard deviations, each 1.4826 times the median (Iglewicz and Hoaglin,
# How to detect and handle outliers, 1993): of normal residuals one in 2,150 is.
_MEDIANS = 3.5 * 1.4826


def fits(labels: Any, predictions: Any) -> bool:
    """Whether this is regression: a number a row, and another predicted for it; integers may as well be classes."""
    if is_stream(predictions):
        return False
    columns = [as_array(column, "predictions") for column in (labels, predictions)]
    return all(len(column.shape) == 1 for column in columns) and "float" in str(columns[0].dtype)


def judge(
    labels: Any,
    predictions: Any,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    method: Method = "scaled_residual",
) -> Audit:
    """Return the audit: an issue is a label more than 5.2 median residuals from its prediction, which is suggested."""
    check_choice(method, "method", METHODS)
    if class_names is not None:
        raise InputError("class_names: labels of regression are numbers, which have no names; leave it out")
    data = check_regression(labels, predictions)
    scale = median_residual(data)
    if method == "scaled_residual":
        scored = closeness(data, scale)
    else:
        scored = get_label_quality_scores(labels, predictions, method=method)
    scores = to_numpy(scored, "predictions")
    columns = rows_of(data.labels, data.predictions).map_several(lambda _, *columns: columns)
    given, predicted = (to_numpy(column, "predictions").astype(np.float64) for column in columns)
    row_ids = as_ids(ids, data.n)
    distances = np.abs(predicted - given)
    wrong = np.flatnonzero(distances > _MEDIANS * scale)
    # many scores underflow to the same 0, where the distance still tells which is worse
    wrong = wrong[np.lexsort((-distances[wrong], scores[wrong]))]
    issues = pl.DataFrame(
        [
            row_ids.gather(wrong),
            pl.Series("row", wrong, dtype=pl.Int64),
            pl.Series("kind", ["outlier"] * len(wrong), dtype=pl.String),
            pl.Series("given", given[wrong]),
            pl.Series("predicted", predicted[wrong]),
            pl.Series("suggested", predicted[wrong]),
            pl.Series("score", scores[wrong]),
        ]
    )
    return Audit(
        task="regression",
        method=method,
        parameters={},
        ids=row_ids,
        scores=scores,
        parts=pl.DataFrame({"given": given, "predicted": predicted}),
        issues=issues,
    )
