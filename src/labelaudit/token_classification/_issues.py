"""From tokens that look wrong to issues: spans of neighbours that are one mistake."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelaudit._data.sentences import Sentences
from labelaudit._stats.error_rate import logistic
from labelaudit.assembly import class_column, repeated
from labelaudit.token_classification._entities import texts
from labelaudit.token_classification._scores import TokenPosterior
from labelaudit.token_classification._tags import Tags

_KINDS = ("overlooked", "extra", "swapped", "boundary")


def candidates_of(
    data: Sentences,
    sentences: np.ndarray,
    found: TokenPosterior,
    wrong: np.ndarray,
    scores: np.ndarray,
    tags: Tags | None,
    names: tuple[str, ...] | None,
    words: list[str] | None,
) -> pl.DataFrame:
    """Return a row an issue.

    ``sentences``: of all tokens, as ``scores`` are; ``wrong``: which of the tokens that have a label look so.
    """
    flagged = found.labelled[wrong]
    given, predicted = found.labels[flagged], found.predicted[flagged].astype(np.int64)
    of_flagged = sentences[flagged]
    first = np.flatnonzero(_apart(tags, wrong, of_flagged, given, predicted))
    bounds = np.append(first, wrong.size)
    starts, stops = flagged[first], flagged[bounds[1:] - 1] + 1
    rows = of_flagged[first]
    first_token = starts - data.offsets[rows]
    end = first_token + stops - starts
    p_wrong = logistic(found.posterior.log_odds[wrong])
    columns = [
        pl.Series("row", rows, dtype=pl.Int64),
        pl.Series("start", first_token, dtype=pl.Int64),
        pl.Series("stop", end, dtype=pl.Int64),
        _places(first_token, end),
        *issue_labels(tags, names, given[first], predicted[first]),
        pl.Series("score", np.minimum.reduceat(scores[flagged], first) if first.size else scores[:0]),
        pl.Series("p_wrong", np.maximum.reduceat(p_wrong, first) if first.size else p_wrong),
        pl.Series("labels", np.diff(bounds)),
    ]
    return pl.DataFrame(columns if words is None else [*columns, texts(words, starts, stops)])


def _apart(
    tags: Tags | None, wrong: np.ndarray, sentences: np.ndarray, given: np.ndarray, predicted: np.ndarray
) -> np.ndarray:
    # which flagged tokens begin an issue: all, unless they go on with the mistake about one entity
    first = np.ones(wrong.size, bool)
    if tags is not None and wrong.size:
        before, after = (slice(None, -1), slice(1, None))
        unlike = tags.types[given][before] != tags.types[given][after]
        unlike |= tags.types[predicted][before] != tags.types[predicted][after]
        # the given tags tell entities apart, and the suggested ones where none is given
        none_given = tags.types[given][after] == tags.outside
        unlike |= np.where(
            none_given, tags.apart(predicted[before], predicted[after]), tags.apart(given[before], given[after])
        )
        first[after] = unlike | (np.diff(wrong) != 1) | (np.diff(sentences) != 0)
    return first


def _places(first: np.ndarray, stop: np.ndarray) -> pl.Series:
    lengths = stop - first
    longest = int(lengths.max(initial=0))
    spans = first * (longest + 1) + lengths
    # each span that there may be is written once where that is less work
    most = int(spans.max(initial=0))
    if most < spans.size:
        every = np.arange(most + 1)
        return _written(every // (longest + 1), every % (longest + 1)).gather(spans)
    return _written(first, lengths)


def _written(first: np.ndarray, lengths: np.ndarray) -> pl.Series:
    bounds = pl.DataFrame([pl.Series("first", first), pl.Series("stop", first + lengths)])
    return bounds.select(pl.format("{}:{}", "first", "stop").alias("place")).to_series()


def issue_labels(
    tags: Tags | None, names: tuple[str, ...] | None, given: np.ndarray, predicted: np.ndarray
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Return the columns kind, given and suggested of issues: types of entities where names are tags, else classes.

    Examples
    --------
    >>> from labelaudit.token_classification._tags import tags_of
    >>> names = ("O", "B-PER", "B-LOC")
    >>> kind, given, suggested = issue_labels(tags_of(names), names, np.array([0, 1]), np.array([1, 2]))
    >>> kind.to_list(), given.to_list(), suggested.to_list()
    (['overlooked', 'swapped'], ['O', 'PER'], ['PER', 'LOC'])
    """
    if tags is None:
        kinds = repeated("kind", "swapped", given.size)
        return kinds, class_column("given", given, names), class_column("suggested", predicted, names)
    types, suggested = tags.types[given], tags.types[predicted]
    same = types == suggested
    kind = np.where(types == tags.outside, 0, np.where(suggested == tags.outside, 1, np.where(same, 3, 2)))
    return (
        pl.Series("kind", _KINDS, dtype=pl.String).gather(kind),
        class_column("given", types, tags.names),
        class_column("suggested", suggested, tags.names),
    )
