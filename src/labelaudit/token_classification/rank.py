"""How likely each token's label is right, and in which order to look at sentences, tokens and entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from labelaudit._checks.arrays import check_choice, check_scores
from labelaudit._checks.options import check_number
from labelaudit._checks.ragged import as_ragged
from labelaudit._checks.token_classification import WORDS, check_sentences, check_words
from labelaudit._data.arrays import to_numpy
from labelaudit._data.ragged import Ragged
from labelaudit._kernels import Array
from labelaudit.classification.rank import METHODS, Method, find_top_issues
from labelaudit.errors import InputError
from labelaudit.token_classification._scores import SentenceMethod, pool_sentences, score_tokens, temperature_of

if TYPE_CHECKING:
    import polars as pl


def get_label_quality_scores(
    labels: Any,
    pred_probs: Any,
    *,
    tokens: Any = None,
    token_score_method: Method = "self_confidence",  # noqa: S107
    sentence_score_method: SentenceMethod = "min",
    sentence_score_kwargs: Mapping[str, Any] | None = None,
    lengths: Any = None,
) -> tuple[Array, Any]:
    """Return how likely the labels of each sentence are right, and each token's, from 0 (surely wrong) to 1.

    Parameters
    ----------
    labels : S lists of integers 0..K-1
        The given class of each token; -100 for a token without a label, which is left out. Also an Arrow or polars list
        column, or with ``lengths`` one flat array of all N tokens.
    pred_probs : S arrays (T, K) of floats in [0, 1]
        Out-of-sample predicted probabilities of the tokens of each sentence; with ``lengths`` one array (N, K), or what
        :func:`labelaudit.classification.rank.get_label_quality_scores` takes as one.
    tokens : S lists of words
        Written beside the scores.
    token_score_method
        The score of a token, as in :func:`labelaudit.classification.rank.get_label_quality_scores`.
    sentence_score_method
        ``min``: the least of the sentence's token scores s. ``softmin``: the sum of s * softmax((1 - s) / temperature),
        in which all tokens have a part.
    sentence_score_kwargs
        ``temperature`` of the softmin, 0.05 by default: 0 gives the least, infinity the mean.
    lengths : S integers
        How many tokens each sentence has, for flat arrays.

    Returns
    -------
    sentence_scores : (S,) floats
        1 for a sentence that has no labelled token.
    token_scores
        A list of arrays, one a sentence, NaN where a token has no label; the flat array (N,) for flat input; with
        ``tokens`` a list of polars tables with the columns token and score.

    Raises
    ------
    InputError
        For lengths that do not fit, probabilities and labels that are none, with sentence and token, and unknown
        methods and options.

    References
    ----------
    Wang, Mueller: Detecting label errors in token classification data (2022).

    Examples
    --------
    >>> labels = [[0, 0, 1], [0, 1]]
    >>> pred_probs = [[[0.9, 0.1], [0.7, 0.3], [0.05, 0.95]], [[0.8, 0.2], [0.8, 0.2]]]
    >>> sentence_scores, token_scores = get_label_quality_scores(labels, pred_probs)
    >>> sentence_scores
    array([0.7, 0.2])
    >>> token_scores
    [array([0.9 , 0.7 , 0.95]), array([0.8, 0.2])]
    """
    check_choice(token_score_method, "token_score_method", METHODS)
    temperature_of(sentence_score_method, sentence_score_kwargs)
    data = check_sentences(labels, pred_probs, lengths)
    words = None if tokens is None else check_words(tokens, data.offsets, lengths)
    scores = score_tokens(data, token_score_method)
    pooled = pool_sentences(scores, data.offsets, sentence_score_method, sentence_score_kwargs)
    if words is not None:
        return pooled, _tables(words, to_numpy(scores, "pred_probs"), data.offsets)
    return pooled, Ragged(scores, data.offsets).split() if data.nested else scores


def issues_from_scores(
    sentence_scores: Any, *, token_scores: Any = None, threshold: float = 0.1, lengths: Any = None
) -> Any:
    """Return the tokens, or the sentences, that score below a threshold, worst first.

    Parameters
    ----------
    sentence_scores : (S,) floats
    token_scores
        As :func:`get_label_quality_scores` returns them. Tokens without a label, which score NaN, are no issues.
    threshold
        Scores below it are issues.
    lengths : S integers
        How many tokens each sentence has, for flat token scores.

    Returns
    -------
    With token scores a list of (sentence, token) pairs, else an array of sentence indices; of equal scores the first
    comes first.

    Raises
    ------
    InputError
        For scores that are NaN where they must not be, lengths that do not fit, a threshold that is no number.

    Examples
    --------
    >>> issues_from_scores([0.1, 0.3, 0.05], threshold=0.2)
    array([2, 0])
    >>> issues_from_scores([0.1, 0.05], token_scores=[[0.9, 0.1], [0.05, 0.8, 0.19]], threshold=0.2)
    [(1, 0), (0, 1), (1, 2)]
    """
    check_number(threshold, "threshold")
    scores = check_scores(sentence_scores, "sentence_scores")
    if token_scores is None:
        return find_top_issues(scores, top=int((to_numpy(scores, "sentence_scores") < threshold).sum()))
    return _worst_first(_flat_scores(token_scores, scores.shape[0], lengths), threshold)


def entity_scores(
    labels: Any, pred_probs: Any, class_names: Sequence[str], *, lengths: Any = None, tokens: Any = None
) -> pl.DataFrame:
    """Return how likely each given entity is right: one row an entity, worst first.

    Parameters
    ----------
    labels, pred_probs, lengths
        As in :func:`get_label_quality_scores`; labels may also be names of classes.
    class_names : K tags such as O, B-PER, I-PER
        BIO, or BILOU, BIOES and their mixtures: B and U or S begin an entity, L or E, U and S end it. The probabilities
        of all tags of a type are added.
    tokens : S lists of words
        For the column ``text``.

    Returns
    -------
    A polars table: ``sentence``; ``start`` and ``stop``, the first token and the one after the last; the given
    ``type``; the ``suggested`` type, or O, that has the greatest mean probability over the tokens; ``score``, the least
    probability of the given type; and ``text``.

    Raises
    ------
    InputError
        For class names that are no such tags, and as :func:`get_label_quality_scores`.

    Examples
    --------
    >>> names = ["O", "B-PER", "I-PER", "B-LOC"]
    >>> pred_probs = [[[0, 0.75, 0.25, 0], [0.25, 0.25, 0.5, 0], [1, 0, 0, 0], [0, 0.25, 0, 0.75]]]
    >>> entity_scores([[1, 2, 0, 1]], pred_probs, names).rows()
    [(0, 3, 4, 'PER', 'LOC', 0.25), (0, 0, 2, 'PER', 'PER', 0.75)]
    """
    from labelaudit.token_classification import _entities

    return _entities.score_entities(labels, pred_probs, class_names, lengths, tokens)


def _tables(words: list[str], scores: np.ndarray, offsets: np.ndarray) -> list[pl.DataFrame]:
    import polars as pl

    whole = pl.DataFrame({"token": pl.Series(words, dtype=pl.String), "score": scores})
    return [
        whole.slice(start, count) for start, count in zip(offsets.tolist(), np.diff(offsets).tolist(), strict=False)
    ]


def _flat_scores(token_scores: Any, sentences: int, lengths: Any) -> Ragged:
    if isinstance(token_scores, list | tuple):  # the tables that get_label_quality_scores makes of words
        token_scores = [table["score"].to_numpy() if hasattr(table, "columns") else table for table in token_scores]
    scores = as_ragged(token_scores, "token_scores", lengths, WORDS)
    if len(scores) != sentences:
        raise InputError(f"token_scores: expected {sentences} sentences, as in sentence_scores, got {len(scores)}")
    return scores


def _worst_first(scores: Ragged, threshold: float) -> list[tuple[int, int]]:
    flat = to_numpy(scores.values, "token_scores")
    below = np.flatnonzero(flat < threshold)
    return scores.places(below, np.argsort(flat[below], kind="stable"))
