"""From the labels and predictions of a regression data set to its audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.arrays import as_array, check_choice
from labelaudit._checks.options import check_number
from labelaudit._checks.regression import check_outre, check_regression
from labelaudit._checks.streams import is_stream
from labelaudit._stats.growing_spread import log_scale
from labelaudit._stats.number_agreement import agreement_of
from labelaudit.assembly import Found, build_audit, count_numbers, repeated
from labelaudit.decisions import Decisions
from labelaudit.errors import InputError
from labelaudit.headlines import say_labels
from labelaudit.regression._doubts import doubts_of
from labelaudit.regression._outre import outre
from labelaudit.regression._residuals import Residuals, residuals
from labelaudit.regression.rank import METHODS, Method
from labelaudit.results import Doubt, Record

UNIT = "values"

# A residual is an outlier beyond 3.5 robust standard deviations, each 1.4826 times the median (Iglewicz and Hoaglin,
# How to detect and handle outliers, 1993): of normal residuals one in 2,150 is.
_MEDIANS = 3.5 * 1.4826


def fits(labels: Any, predictions: Any) -> bool:
    """Whether this is regression: a number a row, and another predicted for it; integers may as well be classes."""
    if is_stream(predictions):
        return False
    columns = [as_array(column, "predictions") for column in (labels, predictions)]
    return all(len(column.shape) == 1 for column in columns) and "float" in str(columns[0].dtype)


def headline(record: Record) -> str:
    """Return what was found in a sentence."""
    return say_labels(record.counts)


def audit_regression(
    labels: Any,
    predictions: Any,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    decisions: Decisions | None = None,
    method: Method = "scaled_residual",
    threshold: float = _MEDIANS,
) -> Record:
    """Return the audit: an issue is a label more median residuals from its prediction than the threshold, 5.2.

    Where residuals grow with the prediction, both are compared as asinh(y / c): by their difference up to about c, by
    their ratio beyond. The audit says so, and keeps c among its parameters as ``log_beyond``.
    """
    check_choice(method, "method", METHODS)
    threshold = _check_threshold(threshold)
    if class_names is not None:
        raise InputError("class_names: labels of regression are numbers, which have no names; leave it out")
    data = check_regression(labels, predictions)
    if method == "outre":
        check_outre(data)
    found = residuals(data)  # statistics
    scale = found.median()  # finish
    scores = _scores(found, method, scale).astype(data.float_type, copy=False)  # score
    judged, spread = _judged(found, scale)
    doubts = doubts_of(agreement_of(*found.sample), spread.get("log_beyond"))
    return build_audit(
        "regression",
        _found(judged, scores, threshold * spread["scale"], doubts),
        method=method,
        parameters={"threshold": threshold} | spread,
        ids=ids,
        decisions=decisions,
    )


def _check_threshold(threshold: Any) -> float:
    medians = check_number(threshold, "threshold")
    if not 0 <= medians < np.inf:
        raise InputError(f"threshold: expected how many median residuals an outlier is off, 0 or more, got {medians}")
    return medians


def _judged(found: Residuals, scale: float) -> tuple[Residuals, dict[str, float]]:
    """Return the residuals by which labels are judged, and what the audit keeps of how they spread."""
    beyond = log_scale(*found.sample, _MEDIANS)
    if beyond is None:
        return found, {"scale": scale}
    judged = found.bent(beyond)
    return judged, {"scale": judged.median(), "log_beyond": beyond}


def _scores(found: Residuals, method: Method, scale: float) -> np.ndarray:
    if method == "outre":
        return outre(found.labels, found.predictions)
    return found.closeness(1.0 if method == "residual" else scale)


def _found(found: Residuals, scores: np.ndarray, farthest: float, doubts: tuple[Doubt, ...]) -> Found:
    # copies: a column shares the memory of the array that it is made of
    given, predicted = pl.Series("given", found.labels.copy()), pl.Series("predicted", found.predictions.copy())
    wrong, distances = found.beyond(farthest)
    # many scores underflow to the same 0, where the distance still tells which is worse
    wrong = wrong[np.argsort(-distances, kind="stable")]
    candidates = pl.DataFrame(
        [
            pl.Series("row", wrong, dtype=pl.Int64),
            repeated("place", "", wrong.size),
            repeated("kind", "outlier", wrong.size),
            given.gather(wrong),
            predicted.gather(wrong).alias("suggested"),
            pl.Series("score", scores[wrong]),
            pl.Series("labels", np.ones(wrong.size, np.int64)),
        ]
    )
    items = pl.DataFrame([pl.Series("score", scores), given, predicted])
    return Found(items, candidates, count_numbers(UNIT, len(items), wrong.size), doubts=doubts)
