"""Entities: what the prefixes of tags such as B-PER and I-PER make of tokens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.arrays import Array, to_numpy
from labelaudit._checks.token_classification import (
    IGNORED,
    Sentences,
    check_names,
    check_sentences,
    check_words,
    encode_tags,
)
from labelaudit._kernels import pool_for
from labelaudit._run import rows_of
from labelaudit.errors import InputError
from labelaudit.token_classification._scores import score_tokens

OUTSIDE = "O"
_TAG = re.compile(r"([BIELUS])-(.+)")


@dataclass(frozen=True)
class Tags:
    """What each of K classes says of a token; the types of entities are numbered, and the last number is outside."""

    names: tuple[str, ...]  # of the types, and O
    types: np.ndarray  # (K,) int64
    begins: np.ndarray  # (K,) whether an entity begins at such a token, whatever comes before
    ends: np.ndarray  # (K,) whether an entity ends at such a token, whatever comes after

    @property
    def outside(self) -> int:
        """The number of the type that is none."""
        return len(self.names) - 1

    def apart(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Whether of two neighbours with these classes the second belongs to another entity, or to none."""
        same = (self.types[before] == self.types[after]) & (self.types[after] != self.outside)
        apart: np.ndarray = ~same | self.ends[before] | self.begins[after]
        return apart


def tags_of(class_names: Sequence[str]) -> Tags | None:
    """Return what the names say of tokens, None if they are no such tags."""
    found = [_TAG.fullmatch(name) for name in class_names]
    if not any(found) or any(match is None and name != OUTSIDE for match, name in zip(found, class_names, strict=True)):
        return None
    pairs = [match.groups() if match else ("", OUTSIDE) for match in found]
    names = (*dict.fromkeys(kind for prefix, kind in pairs if prefix), OUTSIDE)
    return Tags(
        names,
        np.array([names.index(kind) if prefix else len(names) - 1 for prefix, kind in pairs]),
        np.array([prefix in ("B", "U", "S") for prefix, _ in pairs]),
        np.array([prefix in ("L", "E", "U", "S") for prefix, _ in pairs]),
    )


def score_entities(labels: Any, pred_probs: Any, class_names: Any, lengths: Any, tokens: Any) -> pl.DataFrame:
    """Return the table of :func:`labelaudit.token_classification.rank.entity_scores`."""
    class_names = tuple(str(name) for name in class_names)
    tags = tags_of(class_names)
    if tags is None:
        wrong = next((name for name in class_names if name != OUTSIDE and not _TAG.fullmatch(name)), OUTSIDE)
        raise InputError(f"class_names: expected tags such as O, B-PER and I-PER, which tell entities, got {wrong!r}")
    data = check_sentences(encode_tags(labels, class_names, lengths), pred_probs, lengths)
    check_names(class_names, data)
    words = None if tokens is None else check_words(tokens, data.offsets, lengths)
    score_tokens(data, "self_confidence")  # which checks every token
    given = to_numpy(data.tokens.labels[0][:], "labels").astype(np.int64)
    places = np.flatnonzero(given != IGNORED)
    given = given[places]
    sentences = np.repeat(np.arange(data.lengths.size), data.lengths)[places]
    inside = tags.types[given] != tags.outside
    first = inside.copy()
    first[1:] &= tags.apart(given[:-1], given[1:]) | (sentences[:-1] != sentences[1:])
    starts = np.flatnonzero(first)
    # an entity has as many tokens as lie inside of entities from its start to the next one's
    bounds = np.append(np.cumsum(inside)[starts] - 1, np.count_nonzero(inside)).astype(np.int64)
    stops = starts + np.diff(bounds)
    merged = _merged(data, places[inside], tags)
    types = tags.types[given[starts]]
    own = np.ascontiguousarray(merged[np.arange(len(merged)), np.repeat(types, np.diff(bounds))])
    sums = np.add.reduceat(merged, bounds[:-1], axis=0) if starts.size else merged[:0]
    names = pl.Series(tags.names, dtype=pl.String)
    begin = data.offsets[sentences[starts]]
    table = pl.DataFrame(
        {
            "sentence": pl.Series(sentences[starts], dtype=pl.Int64),
            "start": pl.Series(places[starts] - begin, dtype=pl.Int64),
            "stop": pl.Series(places[stops - 1] + 1 - begin, dtype=pl.Int64),
            "type": names.gather(types),
            "suggested": names.gather(sums.argmax(axis=1)),
            "score": pool_for(own).minimum(own, bounds),
        }
    )
    if words is not None:
        table = table.with_columns(texts(words, places[starts], places[stops - 1] + 1))
    return table.sort("score", maintain_order=True)


def texts(words: list[str], starts: np.ndarray, stops: np.ndarray) -> pl.Series:
    """Return the words from each start up to its stop, as a column."""
    spans = zip(starts.tolist(), stops.tolist(), strict=True)
    return pl.Series("text", [" ".join(words[start:stop]) for start, stop in spans], dtype=pl.String)


def _merged(data: Sentences, rows: np.ndarray, tags: Tags) -> np.ndarray:
    """Return the probabilities of the types, and of none, of some tokens, (rows, types + 1)."""
    dtype = data.tokens.float_type
    sums = (tags.types[:, None] == np.arange(len(tags.names))).astype(dtype)
    wanted = np.zeros(data.tokens.n, bool)
    wanted[rows] = True

    def work(first: int, _: Array, pred_probs: Array) -> list[np.ndarray]:
        probs = to_numpy(pred_probs, "pred_probs")
        own = np.flatnonzero(wanted[first : first + len(probs)])
        return [np.minimum(probs[own] @ sums, 1)]

    nothing = [np.zeros((0, len(tags.names)), dtype)]
    if not rows.size:
        return nothing[0]
    return np.concatenate(rows_of(data.tokens.labels, data.tokens.pred_probs).fold(work, nothing))
