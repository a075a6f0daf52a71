"""Entities: how likely each of those that the tags tell is right."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.token_classification import (
    check_names,
    check_sentences,
    check_words,
    encode_tags,
    refuse_tokens,
)
from labelaudit._data.arrays import to_numpy
from labelaudit._data.sentences import Sentences
from labelaudit._kernels import Array, entity_kernels, row_scorer
from labelaudit._run import rows_of
from labelaudit.errors import InputError
from labelaudit.token_classification._tags import OUTSIDE, Tags, is_tag, tags_of


def score_entities(labels: Any, pred_probs: Any, class_names: Any, lengths: Any, tokens: Any) -> pl.DataFrame:
    """Return the table of :func:`labelaudit.token_classification.rank.entity_scores`."""
    class_names = tuple(str(name) for name in class_names)
    tags = tags_of(class_names)
    if tags is None:
        wrong = next((name for name in class_names if name != OUTSIDE and not is_tag(name)), OUTSIDE)
        raise InputError(f"class_names: expected tags such as O, B-PER and I-PER, which tell entities, got {wrong!r}")
    data = check_sentences(encode_tags(labels, class_names, lengths), pred_probs, lengths)
    check_names(class_names, data)
    words = None if tokens is None else check_words(tokens, data.offsets, lengths)
    kernels = entity_kernels()
    given = to_numpy(data.tokens.labels[0][:], "labels").astype(np.int64, copy=False)
    sentences, starts, stops, sizes, types = kernels.entity_spans(
        given, data.offsets, tags.types, tags.begins, tags.ends, tags.outside
    )
    suggested, scores = kernels.likely_types(_type_probs(data, tags), sizes, types)
    order = np.argsort(scores, kind="stable")
    sentences, starts, stops = sentences[order], starts[order], stops[order]
    begin = data.offsets[sentences]
    names = pl.Series(tags.names, dtype=pl.String)
    columns = [
        pl.Series("sentence", sentences),
        pl.Series("start", starts - begin),
        pl.Series("stop", stops - begin),
        names.gather(types[order]).alias("type"),
        names.gather(suggested[order]).alias("suggested"),
        pl.Series("score", scores[order]),
    ]
    return pl.DataFrame(columns if words is None else [*columns, texts(words, starts, stops)])


def texts(words: list[str], starts: np.ndarray, stops: np.ndarray) -> pl.Series:
    """Return the words from each start up to its stop, as a column."""
    spans = zip(starts.tolist(), stops.tolist(), strict=True)
    return pl.Series("text", [" ".join(words[start:stop]) for start, stop in spans], dtype=pl.String)


def _type_probs(data: Sentences, tags: Tags) -> np.ndarray:
    """Return the probabilities of the types, and of none, of the tokens that lie in entities; check all tokens."""

    def work(first: int, labels: Array, pred_probs: Array) -> list[np.ndarray]:
        scores, _ = row_scorer(pred_probs, "self_confidence", adjusted=False)(labels, pred_probs)
        refuse_tokens(first, scores, labels, pred_probs, data)
        block = to_numpy(labels, "labels"), to_numpy(pred_probs, "pred_probs")
        return [entity_kernels().type_probs(*block, tags.types, tags.outside)]

    nothing: list[np.ndarray] = []
    return np.concatenate(rows_of(data.tokens.labels, data.tokens.pred_probs).fold(work, nothing))
