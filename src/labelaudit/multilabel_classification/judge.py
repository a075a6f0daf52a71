"""From the labels and predictions of a multi-label data set to its audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.arrays import as_array, to_numpy
from labelaudit._checks.classification import check_class_names, check_classification
from labelaudit._checks.multilabel_classification import encode_sets, matrix_of_labels
from labelaudit._checks.streams import is_stream
from labelaudit.classification._noise import noise_posterior
from labelaudit.multilabel_classification._binary import check_whole, classes
from labelaudit.multilabel_classification._scores import class_scores
from labelaudit.multilabel_classification.rank import Method, get_label_quality_scores
from labelaudit.results import Audit, Estimate, as_ids

# Finds wrong items better than the average that cleanlab has by default (Thyagarajan et al. 2023, and make bench).
_SOFTMIN = {"method": "softmin", "temperature": 0.1}


def fits(labels: Any, predictions: Any) -> bool:
    """Whether the shapes are those of multi-label data: a row of probabilities an item, and any number of classes."""
    if is_stream(predictions):
        return False
    shape = tuple(as_array(predictions, "predictions").shape)
    # a list of lists of one label each may be sentences of one token
    return len(shape) == 2 and tuple(matrix_of_labels(labels, shape[1]).shape) == shape


def judge(
    labels: Any,
    pred_probs: Any,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    method: Method = "self_confidence",
    adjust_pred_probs: bool = False,
    aggregator_kwargs: Mapping[str, Any] | None = None,
) -> Audit:
    """Return the audit: an issue is a label, given or not given, that the noise posterior thinks rather wrong."""
    given = encode_sets(labels, class_names)
    data = check_whole(given, pred_probs)
    names = check_class_names(class_names, data.k)
    pool = dict(aggregator_kwargs or _SOFTMIN)
    arguments: dict[str, Any] = {"method": method, "adjust_pred_probs": adjust_pred_probs}
    scored = get_label_quality_scores(given, pred_probs, **arguments, aggregator_kwargs=pool)
    scores = to_numpy(scored, "pred_probs")
    each = to_numpy(class_scores(data, method, adjust_pred_probs), "pred_probs")
    row_ids = as_ids(ids, data.n)
    found: list[dict[str, np.ndarray]] = []
    expected, known = 0.0, 0
    for k, one in enumerate(classes(data)):
        posterior = noise_posterior(check_classification(one.labels, one.pred_probs))
        expected, known = expected + posterior.expected, known + one.rows.size
        wrong = np.flatnonzero(posterior.issues)
        rows = one.rows[wrong]
        answers = {"given": one.labels[wrong] == 1, "score": each[rows, k], "p_wrong": posterior.p_wrong[wrong]}
        found.append({"row": rows, "class": np.full(rows.size, k), **answers})
    columns = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
    order = np.lexsort((columns["class"], columns["row"], columns["score"]))
    table = pl.DataFrame({name: column[order] for name, column in columns.items()})
    label = pl.col("class") if names is None else pl.Series(list(names), dtype=pl.String).gather(table["class"])
    kind = pl.when("given").then(pl.lit("extra")).otherwise(pl.lit("missing"))
    issues = table.select(
        row_ids.gather(table["row"]),
        pl.col("row").cast(pl.Int64),
        kind.alias("kind"),
        label.alias("class"),
        pl.col("given"),
        pl.col("given").not_().alias("suggested"),
        pl.col("score"),
        pl.col("p_wrong"),
    )
    answers = to_numpy(data.labels[0][:], "labels") == 1
    rows, places = np.nonzero(answers)
    held = pl.Series("given", places, dtype=pl.Int64)
    held = held if names is None else pl.Series("given", list(names), dtype=pl.String).gather(held)
    by_row = pl.DataFrame({"row": rows, "given": held}).group_by("row", maintain_order=True).agg("given")
    parts = pl.DataFrame({"row": np.arange(data.n)}).join(by_row, on="row", how="left", maintain_order="left")
    return Audit(
        task="multilabel_classification",
        method=method,
        parameters={"adjust_pred_probs": adjust_pred_probs, "aggregator": _plain(pool)},
        ids=row_ids,
        scores=scores,
        parts=parts.select(pl.col("given").fill_null([])),
        issues=issues,
        estimate=Estimate(expected, known),
        labels=known,
        class_names=names,
    )


def _plain(pool: Mapping[str, Any]) -> dict[str, Any]:
    # what a file can keep: a function by its name
    return {name: getattr(value, "__name__", value) for name, value in pool.items()}
