"""From the labels and predictions of the tokens of sentences to an audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.arrays import check_choice, to_numpy
from labelaudit._checks.token_classification import check_names, check_sentences, check_words, encode_tags
from labelaudit.classification.rank import Method
from labelaudit.results import Audit, Estimate, as_ids
from labelaudit.token_classification._entities import Tags, tags_of, texts
from labelaudit.token_classification._scores import (
    TOKEN_METHODS,
    pool_sentences,
    posterior_of,
    score_tokens,
    temperature_of,
)
from labelaudit.token_classification.rank import SentenceMethod


def fits(labels: Any, predictions: Any) -> bool:
    """Whether these are sentences: a list of labels each, and for each a matrix of probabilities."""
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


def judge(
    labels: Any,
    predictions: Any,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    tokens: Any = None,
    method: Method = "self_confidence",
    sentence_score_method: SentenceMethod = "min",
    lengths: Any = None,
) -> Audit:
    """Return the audit of sentences: an issue is a token that the noise posterior thinks more likely wrong than right.

    Where class names are tags such as B-PER and I-PER, the wrong tokens of an entity are one issue.
    """
    check_choice(method, "method", TOKEN_METHODS)
    temperature_of(sentence_score_method, None)
    data = check_sentences(encode_tags(labels, class_names, lengths), predictions, lengths)
    names = check_names(class_names, data)
    words = None if tokens is None else check_words(tokens, data.offsets, lengths)
    row_ids = as_ids(ids, len(data.lengths))
    scored = score_tokens(data, method)
    scores = to_numpy(scored, "pred_probs")
    posterior, places = posterior_of(data)
    wrong = np.flatnonzero(posterior.issues)
    tags = None if names is None else tags_of(names)
    sentences = np.searchsorted(data.offsets, places[wrong], "right") - 1
    given, likely = posterior.labels[wrong], posterior.likely[wrong].astype(np.int64)
    first = np.flatnonzero(_apart(tags, wrong, sentences, given, likely))
    last = np.append(first[1:], wrong.size)[: first.size] - 1
    starts, stops = places[wrong[first]], places[wrong[last]] + 1
    least = np.minimum.reduceat(scores[places[wrong]], first) if first.size else scores[:0]
    most = np.maximum.reduceat(posterior.p_wrong[wrong], first) if first.size else np.zeros(0)
    rows = sentences[first]
    kinds, before, after = _called(tags, names, given[first], likely[first])
    columns = [
        row_ids.gather(rows),
        pl.Series("row", rows, dtype=pl.Int64),
        pl.Series("start", starts - data.offsets[rows], dtype=pl.Int64),
        pl.Series("stop", stops - data.offsets[rows], dtype=pl.Int64),
        kinds.alias("kind"),
        before.alias("given"),
        after.alias("suggested"),
        pl.Series("score", least),
        pl.Series("p_wrong", most),
    ]
    issues = pl.DataFrame(columns if words is None else [*columns, texts(words, starts, stops)])
    return Audit(
        task="token_classification",
        method=method,
        parameters={"sentence_score_method": sentence_score_method},
        ids=row_ids,
        scores=to_numpy(pool_sentences(scored, data.offsets, sentence_score_method, None), "pred_probs"),
        parts=pl.DataFrame({"tokens": data.lengths}),
        issues=issues.sort("score", maintain_order=True),
        estimate=Estimate(posterior.expected, places.size),
        labels=places.size,
        class_names=names,
    )


def _apart(
    tags: Tags | None, rows: np.ndarray, sentences: np.ndarray, given: np.ndarray, likely: np.ndarray
) -> np.ndarray:
    # which flagged tokens begin an issue: all, unless they go on with the mistake about one entity
    first = np.ones(rows.size, bool)
    if tags is not None and rows.size:
        before, after = (slice(None, -1), slice(1, None))
        unlike = tags.types[given][before] != tags.types[given][after]
        unlike |= tags.types[likely][before] != tags.types[likely][after]
        # the given tags tell entities apart, and the suggested ones where none is given
        none_given = tags.types[given][after] == tags.outside
        unlike |= np.where(
            none_given, tags.apart(likely[before], likely[after]), tags.apart(given[before], given[after])
        )
        first[after] = unlike | (np.diff(rows) != 1) | (np.diff(sentences) != 0)
    return first


def _called(
    tags: Tags | None, names: tuple[str, ...] | None, given: np.ndarray, likely: np.ndarray
) -> tuple[pl.Series, pl.Series, pl.Series]:
    # the kind of each issue, and what its given and its suggested class are called
    if tags is None:
        kinds = pl.Series(["swapped"] * given.size, dtype=pl.String)
        if names is None:
            return kinds, pl.Series(given, dtype=pl.Int64), pl.Series(likely, dtype=pl.Int64)
        called = pl.Series(names, dtype=pl.String)
        return kinds, called.gather(given), called.gather(likely)
    types, suggested = tags.types[given], tags.types[likely]
    same = types == suggested
    kind = np.where(types == tags.outside, 0, np.where(suggested == tags.outside, 1, np.where(same, 3, 2)))
    called = pl.Series(tags.names, dtype=pl.String)
    kinds = pl.Series(["overlooked", "extra", "swapped", "boundary"]).gather(kind)
    return kinds, called.gather(types), called.gather(suggested)
