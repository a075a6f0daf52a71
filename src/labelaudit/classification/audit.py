"""From the labels and predictions of a classification data set to its audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.arrays import as_array
from labelaudit._checks.classification import check_class_names, encode_labels
from labelaudit._checks.models import first_model
from labelaudit._checks.options import check_threshold
from labelaudit._checks.streams import is_stream, refuse_iterator
from labelaudit._data.arrays import to_numpy
from labelaudit._data.rows import Classification, MultilabelClassification
from labelaudit.assembly import Found, build_audit, class_column, class_lists, count_classes, repeated
from labelaudit.classification._models import classification_of
from labelaudit.classification._posterior import NoisePosterior, RowFacts, posterior_of, row_facts
from labelaudit.classification.rank import Method, check_method, score_rows
from labelaudit.decisions import Decisions
from labelaudit.doubts import doubts_of_agreement
from labelaudit.headlines import say_estimate, say_labels
from labelaudit.results import Doubt, Estimate, Record

UNIT = "labels"

# How many of the most likely classes of an item are kept for a person to choose from.
LIKELIEST = 5


def fits(labels: Any, predictions: Any) -> bool:
    """Whether the shapes are those of classification: a label a row, and a row of probabilities for each."""
    if len(as_array(labels, "labels").shape) != 1:
        return False
    predictions = first_model(predictions)
    if is_stream(predictions):
        return True
    return len(as_array(predictions, "predictions").shape) == 2


def headline(record: Record) -> str:
    """Return what was found in a sentence."""
    return say_labels(record.counts) + say_estimate(record.estimate)


def audit_classification(
    labels: Any,
    predictions: Any,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    decisions: Decisions | None = None,
    method: Method = "noise_posterior",
    adjust_pred_probs: bool = False,
    threshold: float = 0.5,
    features: Any = None,
) -> Record:
    """Return the audit: an issue is a label that the noise posterior thinks more likely wrong than the threshold."""
    check_method(method, adjust_pred_probs)
    check_threshold(threshold)
    if method != "noise_posterior":
        refuse_iterator(predictions)
    data = classification_of(encode_labels(labels, class_names), predictions, features)
    names = check_class_names(class_names, data.k)
    facts = row_facts(data, min(LIKELIEST, data.k))  # statistics
    posterior = posterior_of(facts)  # finish
    scores = _scores(data, posterior, method, adjust_pred_probs)  # score
    return build_audit(
        "classification",
        _found(facts, posterior, scores, names, threshold, data.k),
        method=method,
        parameters={"adjust_pred_probs": adjust_pred_probs, "threshold": threshold, **weights_of(data)},
        ids=ids,
        class_names=names,
        decisions=decisions,
    )


def weights_of(data: Classification | MultilabelClassification) -> dict[str, dict[str, float]]:
    """Return how much each of several models counts, as a parameter of the audit; none where there is one."""
    return {} if data.weights is None else {"weights": {name: round(share, 6) for name, share in data.weights.items()}}


def _scores(data: Classification, posterior: NoisePosterior, method: Method, adjust_pred_probs: bool) -> np.ndarray:
    if method == "noise_posterior":
        return posterior.quality.astype(data.float_type)
    return to_numpy(score_rows(data, method, adjust_pred_probs), data.name)


def _found(
    facts: RowFacts,
    posterior: NoisePosterior,
    scores: np.ndarray,
    names: tuple[str, ...] | None,
    threshold: float,
    k: int,
) -> Found:
    p_wrong = posterior.p_wrong
    given, suggested = (
        class_column(name, classes, names)
        for name, classes in (("given", facts.labels), ("suggested", facts.predicted))
    )
    items = pl.DataFrame(
        [pl.Series("score", scores), pl.Series("p_wrong", p_wrong), given, suggested, *likeliest_columns(facts, names)]
    )
    wrong = np.flatnonzero(posterior.issues(threshold))
    candidates = pl.DataFrame(
        [
            pl.Series("row", wrong, dtype=pl.Int64),
            repeated("place", "", wrong.size),
            repeated("kind", "swapped", wrong.size),
            given.gather(wrong),
            suggested.gather(wrong),
            pl.Series("score", scores[wrong]),
            pl.Series("p_wrong", p_wrong[wrong]),
            pl.Series("labels", np.ones(wrong.size, np.int64)),
        ]
    )
    labels_by_class, wrong_by_class = (
        np.bincount(classes, minlength=k) for classes in (facts.labels, facts.labels[wrong])
    )
    return Found(
        items,
        candidates,
        count_classes(UNIT, labels_by_class, wrong_by_class, names=names),
        estimate_of(posterior, UNIT),
        (*doubts_of_agreement(facts.agreement, facts.labels, facts.predicted, names), *doubts_of(posterior)),
    )


def likeliest_columns(facts: RowFacts, names: tuple[str, ...] | None) -> list[pl.Series]:
    """Return two columns of lists: the most likely classes of each item, and their probabilities."""
    assert facts.likeliest is not None  # noqa: S101  a walk that keeps none makes no items
    classes = class_lists("likeliest", facts.likeliest.ravel(), names)
    return [classes.reshape(facts.likeliest.shape), pl.Series("likeliest_p", facts.likeliest_p)]


def estimate_of(posterior: NoisePosterior, unit: str) -> Estimate:
    """Return how many labels are wrong, whether or not they can be told."""
    rate = posterior.rate
    return Estimate(rate.wrong, rate.low, rate.high, unit)


def doubts_of(posterior: NoisePosterior) -> tuple[Doubt, ...]:
    """Return what makes the result doubtful."""
    if not posterior.rate.most:
        return ()
    return (
        Doubt(
            "more-than-half",
            grave=False,
            sentence="more than half of the labels look wrong",
            way_out="check that labels and predictions belong together",
        ),
    )
