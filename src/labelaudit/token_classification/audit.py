"""From the labels and predictions of the tokens of sentences to an audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.arrays import check_choice
from labelaudit._checks.models import first_model
from labelaudit._checks.options import check_threshold
from labelaudit._checks.streams import refuse_iterator
from labelaudit._checks.token_classification import check_names, check_sentences, check_words, encode_tags
from labelaudit._data.arrays import to_numpy
from labelaudit._data.sentences import IGNORED, Sentences
from labelaudit._kernels import error_rate_kernels
from labelaudit.assembly import Found, build_audit, class_lists, count_classes, lists_of
from labelaudit.classification.audit import doubts_of, estimate_of, weights_of
from labelaudit.classification.rank import METHODS, Method
from labelaudit.decisions import Decisions
from labelaudit.doubts import doubts_of_agreement
from labelaudit.headlines import say_estimate, say_labels
from labelaudit.results import Counts, Doubt, Record
from labelaudit.token_classification._issues import candidates_of
from labelaudit.token_classification._scores import (
    SentenceMethod,
    TokenPosterior,
    pool_sentences,
    score_tokens,
    temperature_of,
    token_posterior,
)
from labelaudit.token_classification._tags import Tags, tags_of

UNIT = "tokens"


def fits(labels: Any, predictions: Any) -> bool:
    """Whether these are sentences: a list of labels each, and for each a matrix of probabilities."""
    predictions = first_model(predictions)
    return _is_nested(labels, 1) and _is_nested(predictions, 2) and len(labels) == len(predictions)


def _is_nested(value: Any, depth: int) -> bool:
    # whether each item is a list or an array of so many dimensions, as far as the first that is not empty tells
    column = str(getattr(value, "type", None) or getattr(value, "dtype", ""))
    lists = column.lower().count("list") + column.count("Array(")
    if lists:  # a list column of Arrow or polars
        return lists == depth
    if column and column != "object":
        return len(getattr(value, "shape", ())) == 1 + depth
    if not column and not isinstance(value, list | tuple):
        return False
    item = next((item for item in value if hasattr(item, "__len__") and len(item)), None)
    return _dimensions(item) == depth


def _dimensions(value: Any) -> int:
    if isinstance(value, list | tuple):
        return 1 + (_dimensions(value[0]) if value else 0)
    return len(getattr(value, "shape", ()))


def headline(record: Record) -> str:
    """Return what was found in a sentence: tokens, and in how many spans they lie where that is another number."""
    spans = len(record.issues)
    where = "" if spans == record.counts.wrong else f", in {spans:,} {'span' if spans == 1 else 'spans'}"
    return say_labels(record.counts) + where + say_estimate(record.estimate)


def audit_token_classification(
    labels: Any,
    predictions: Any,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    decisions: Decisions | None = None,
    tokens: Any = None,
    method: Method = "noise_posterior",
    sentence_score_method: SentenceMethod = "min",
    lengths: Any = None,
    threshold: float = 0.5,
) -> Record:
    """Return the audit: an issue is a span of tokens that the noise posterior thinks more likely wrong than threshold.

    Where class names are tags such as B-PER and I-PER, the wrong tokens of an entity are one issue. Its ``score`` is
    the least of its tokens, and ``p_wrong`` the greatest.

    ``method`` is that of the scores of tokens, which those of sentences are made of; whatever it is, the noise
    posterior tells the issues, ``p_wrong`` and the estimate. ``p_wrong`` of a sentence is the probability that any of
    its tokens has a wrong label, were they independent.
    """
    check_choice(method, "method", METHODS)
    temperature_of(sentence_score_method, None)
    check_threshold(threshold)
    if method != "noise_posterior":
        refuse_iterator(predictions)
    data = check_sentences(encode_tags(labels, class_names, lengths), predictions, lengths)
    names = check_names(class_names, data)
    words = None if tokens is None else check_words(tokens, data.offsets, lengths)
    found = token_posterior(data)  # statistics, finish
    scores = _scores(data, found, method)  # score
    tags = None if names is None else tags_of(names)
    sentences = data.numbers
    wrong = np.flatnonzero(found.posterior.issues(threshold))
    return build_audit(
        "token_classification",
        Found(
            _items(data, found, scores, words, names, sentence_score_method),
            candidates_of(data, sentences, found, wrong, scores, tags, names, words),
            _counts(found, wrong, tags, names, data.tokens.k if names is None else len(names)),
            estimate_of(found.posterior, UNIT),
            _doubts(found, names),
        ),
        method=method,
        parameters={"sentence_score_method": sentence_score_method, "threshold": threshold, **weights_of(data.tokens)},
        ids=ids,
        class_names=names,
        decisions=decisions,
    )


def _doubts(found: TokenPosterior, names: tuple[str, ...] | None) -> tuple[Doubt, ...]:
    labels, predicted = found.labels[found.labelled], found.predicted[found.labelled]
    of_agreement = doubts_of_agreement(found.agreement, labels, predicted, names, of="token")
    return (*of_agreement, *doubts_of(found.posterior))


def _scores(data: Sentences, found: TokenPosterior, method: Method) -> np.ndarray:
    if method == "noise_posterior":
        return found.quality.astype(data.tokens.float_type, copy=False)
    return to_numpy(score_tokens(data, method), data.tokens.name)


def _items(
    data: Sentences,
    found: TokenPosterior,
    scores: np.ndarray,
    words: list[str] | None,
    names: tuple[str, ...] | None,
    method: SentenceMethod,
) -> pl.DataFrame:
    pooled = to_numpy(pool_sentences(scores, data.offsets, method, None), data.tokens.name)
    given, suggested = (
        _tag_column(name, classes, found, names)
        for name, classes in (("given", found.labels), ("suggested", found.predicted))
    )
    parts = [given, suggested] if words is None else [pl.Series("words", words, dtype=pl.String), given, suggested]
    return pl.DataFrame(
        [
            pl.Series("score", pooled),
            pl.Series("p_wrong", found.any_wrong(data.offsets)),
            pl.Series("tokens", data.lengths),
            *lists_of(parts, data.offsets),
        ]
    )


def _tag_column(name: str, classes: np.ndarray, found: TokenPosterior, names: tuple[str, ...] | None) -> pl.Series:
    """Return a column of classes, a token each, which is null where there is no label."""
    numbers = pl.Series(name, classes.astype(np.int64 if names is None else np.uint32))
    if found.labelled.size < classes.size:
        numbers = numbers.set(pl.Series(found.labels == IGNORED), None)
    return numbers if names is None else class_lists(name, numbers, names)


def _counts(
    found: TokenPosterior, wrong: np.ndarray, tags: Tags | None, names: tuple[str, ...] | None, k: int
) -> Counts:
    counts = error_rate_kernels().class_counts
    labels, flagged = counts(found.labels, k), counts(found.labels[found.labelled[wrong]], k)
    if tags is None:
        return count_classes(UNIT, labels, flagged, names=names)
    of_type = np.arange(len(tags.names))[:, None] == tags.types
    return count_classes(UNIT, of_type @ labels, of_type @ flagged, names=tags.names)
