"""From the labels and predictions of a multi-label data set to its audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.arrays import as_array
from labelaudit._checks.classification import check_class_names
from labelaudit._checks.models import first_model
from labelaudit._checks.multilabel_classification import check_multilabel, encode_sets, holds_names, matrix_of_labels
from labelaudit._checks.options import check_threshold
from labelaudit._checks.streams import is_stream, refuse_iterator
from labelaudit._data.ragged import offsets_of
from labelaudit.assembly import Found, build_audit, class_column, class_lists, count_classes, lists_of
from labelaudit.classification.audit import weights_of
from labelaudit.decisions import Decisions
from labelaudit.doubts import doubts_of_answers
from labelaudit.headlines import say_estimate, say_labels
from labelaudit.multilabel_classification._label_noise import LabelNoise, label_noise
from labelaudit.multilabel_classification._suspects import Suspects, suspects
from labelaudit.multilabel_classification.aggregate import pool_of
from labelaudit.multilabel_classification.rank import Method, check_method
from labelaudit.results import Doubt, Estimate, Record

UNIT = "classes"

# Finds wrong items better than the average that cleanlab has by default (Thyagarajan et al. 2023, and make bench).
_SOFTMIN = {"method": "softmin", "temperature": 0.1}


def fits(labels: Any, predictions: Any) -> bool:
    """Whether the shapes are those of multi-label data: a row of probabilities an item, and any number of classes."""
    predictions = first_model(predictions)
    if is_stream(predictions):
        return False
    shape = tuple(as_array(predictions, "predictions").shape)
    if len(shape) != 2:
        return False
    if holds_names(labels):
        return bool(len(labels) == shape[0])
    # a list of lists of one label each may be sentences of one token
    return tuple(matrix_of_labels(labels, shape[1]).shape) == shape


def headline(record: Record) -> str:
    """Return what was found in a sentence: given classes that look wrong, and beside them those that look missing."""
    counts = record.counts
    classes, look = ("class", "looks") if counts.missing == 1 else ("classes", "look")
    missing = f", {counts.missing:,} {classes} {look} missing" if counts.missing else ""
    return say_labels(replace(counts, unit="given classes")) + missing + say_estimate(record.estimate)


def audit_multilabel_classification(
    labels: Any,
    predictions: Any,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    decisions: Decisions | None = None,
    method: Method = "self_confidence",
    adjust_pred_probs: bool = False,
    aggregator_kwargs: Mapping[str, Any] | None = None,
    threshold: float = 0.5,
) -> Record:
    """Return the audit: an issue is a class, given or missing, that the noise posterior thinks more likely wrong."""
    name, pool = check_method(method), pool_of(**(aggregator_kwargs or _SOFTMIN))
    check_threshold(threshold)
    data = check_multilabel(encode_sets(labels, class_names), predictions)
    refuse_iterator(data.pred_probs[0])
    names = check_class_names(class_names, data.k)
    noise = label_noise(data)  # statistics and finish
    found = suspects(data, noise, name, adjust_pred_probs, pool, threshold, names)  # score
    return build_audit(
        "multilabel_classification",
        _found(found, noise, names),
        method=name,
        parameters={
            "adjust_pred_probs": adjust_pred_probs,
            "aggregator": {"method": pool.name, **pool.options},
            "threshold": threshold,
            **weights_of(data),
        },
        ids=ids,
        class_names=names,
        decisions=decisions,
    )


def _found(found: Suspects, noise: LabelNoise, names: tuple[str, ...] | None) -> Found:
    items = pl.DataFrame(
        [
            pl.Series("score", found.scores),
            pl.Series("p_wrong", found.any_wrong),
            *_set_columns(found),
            class_lists("likeliest", found.likeliest.ravel(), names).reshape(found.likeliest.shape),
            pl.Series("likeliest_p", found.likeliest_p),
        ]
    )
    class_ = class_column("class", found.classes, names)
    candidates = pl.DataFrame(
        [
            pl.Series("row", found.rows, dtype=pl.Int64),
            class_,
            class_.cast(pl.String).alias("place"),
            pl.Series("kind", ["missing", "extra"], dtype=pl.String).gather(found.is_given.astype(np.uint32)),
            pl.Series("given", found.is_given),
            pl.Series("suggested", ~found.is_given),
            pl.Series("score", found.label_scores),
            pl.Series("p_wrong", found.p_wrong),
            pl.Series("labels", found.is_given.astype(np.int64)),
        ]
    )
    wrong, missing = (
        np.bincount(found.classes[mask], minlength=noise.given.size) for mask in (found.is_given, ~found.is_given)
    )
    rate = noise.rate
    return Found(
        items,
        candidates,
        count_classes(UNIT, noise.given, wrong, missing, names),
        Estimate(rate.wrong, rate.low, rate.high, UNIT, missing=True),
        (*doubts_of_answers(found.agreement, names), *_doubts(noise, names)),
    )


def _set_columns(found: Suspects) -> list[pl.Series]:
    (given_counts, given), (suggested_counts, suggested) = found.given, found.suggested
    columns = [given.alias("given"), suggested.alias("suggested")]
    return lists_of(columns, offsets_of(given_counts), offsets_of(suggested_counts))


def _doubts(noise: LabelNoise, names: tuple[str, ...] | None) -> tuple[Doubt, ...]:
    most = np.flatnonzero(noise.wrong > noise.labels / 2)
    if not most.size:
        return ()
    worst = most[0] if names is None else names[most[0]]
    more = f" and of {most.size - 1} more classes" if most.size > 1 else ""
    return (
        Doubt(
            "more-than-half",
            grave=False,
            sentence=f"more than half of the labels of class {worst}{more} look wrong, given and not given ones",
            way_out="check that labels and predictions belong together, and that their classes are in the same order",
        ),
    )
