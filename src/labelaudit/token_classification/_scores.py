"""From sentences to scores of tokens, and from these to scores of sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

import numpy as np

from labelaudit._checks.arrays import check_choice
from labelaudit._checks.classification import warn_of_sum
from labelaudit._checks.options import check_temperature
from labelaudit._checks.token_classification import refuse_tokens
from labelaudit._data.sentences import IGNORED, Sentences
from labelaudit._kernels import Array, pool_for, row_scorer
from labelaudit._run import rows_of
from labelaudit._run.passes import in_order
from labelaudit._stats.agreement import Agreement
from labelaudit._stats.first_row import FirstRow
from labelaudit._stats.self_confidence import SelfConfidence
from labelaudit.classification._posterior import NoisePosterior, RowFacts, posterior_of, row_facts
from labelaudit.errors import InputError

SentenceMethod = Literal["min", "softmin"]

SENTENCE_METHODS: tuple[str, ...] = get_args(SentenceMethod)

_TEMPERATURE = 0.05  # cleanlab's

# Enough that a thread is worth waking for them.
_SENTENCES_PER_BLOCK = 8192


def score_tokens(data: Sentences, method: str, *, adjust: bool = False) -> Array:
    """Return a score a token, NaN for the ignored ones."""
    if adjust and method in ("confidence_weighted_entropy", "noise_posterior"):
        raise InputError(f"adjust_pred_probs: {method} has no adjusted form; use self_confidence or normalized_margin")
    if method == "noise_posterior":
        posterior = token_posterior(data)
        return data.tokens.in_kind(posterior.quality.astype(data.tokens.float_type, copy=False))
    rows = rows_of(data.tokens.labels, data.tokens.pred_probs)
    parameters: tuple[Any, ...] = ()
    if adjust:
        confidence = rows.fold(lambda _, *block: SelfConfidence.of(*block), SelfConfidence.of_none(data.tokens.k))
        parameters = (confidence.shift().astype(data.tokens.float_type),)

    def work(first: int, labels: Array, pred_probs: Array) -> tuple[tuple[Array, ...], FirstRow]:
        scores, off = row_scorer(pred_probs, method, adjust)(labels, pred_probs, *parameters)
        refuse_tokens(first, scores, labels, pred_probs, data)
        return (scores,), FirstRow.of(first, off)

    (scores,), off = rows.map_and_fold(work, FirstRow())
    if off.row >= 0:
        warn_of_sum(data.named(off.row), method)
    return scores


@dataclass(frozen=True)
class TokenPosterior:
    """The noise posterior of the tokens that have a label, and where these stand among all."""

    labels: np.ndarray  # (N,) int64, of all tokens
    predicted: np.ndarray  # (N,) int32, the most likely class of each; 0 where there is no label
    labelled: np.ndarray  # (n,) which tokens have a label
    posterior: NoisePosterior  # of these
    quality: np.ndarray  # (N,) how likely the label of each is right, NaN where there is none
    agreement: Agreement  # of predictions and labels, where there are labels

    def any_wrong(self, offsets: np.ndarray) -> np.ndarray:
        """Return how likely any label of each sentence is wrong, if one says nothing of the next, (S,)."""
        right = np.ones(offsets.size - 1)
        filled = offsets[:-1] < offsets[1:]
        if filled.any():
            quality = self.quality
            quality = quality if self.labelled.size == quality.size else np.nan_to_num(quality, nan=1.0)
            right[filled] = np.multiply.reduceat(quality, offsets[:-1][filled])
        return 1 - right


def token_posterior(data: Sentences) -> TokenPosterior:
    """Return the noise posterior of tokens, which are checked on the way, in one walk."""
    facts = row_facts(data.tokens, refuse=partial(refuse_tokens, data=data))
    labelled = np.flatnonzero(facts.labels != IGNORED)
    if labelled.size == facts.labels.size:
        posterior = posterior_of(facts)
        quality = posterior.quality
    else:
        columns = (facts.labels, facts.predicted, facts.max_prob, facts.log_odds)
        labels, predicted, max_prob, log_odds = (column[labelled] for column in columns)
        posterior = posterior_of(RowFacts(labels, predicted, max_prob, log_odds, facts.rate, facts.agreement))
        quality = np.full(facts.labels.size, np.nan)
        quality[labelled] = posterior.quality
    return TokenPosterior(facts.labels, facts.predicted, labelled, posterior, quality, facts.agreement)


def pool_sentences(scores: Array, offsets: np.ndarray, method: str, options: Mapping[str, Any] | None) -> Array:
    """Return a score a sentence."""
    temperature = temperature_of(method, options)
    kernels = pool_for(scores)
    if not isinstance(scores, np.ndarray):
        return kernels.minimum(scores, offsets) if method == "min" else kernels.softmin(scores, offsets, temperature)

    def work(start: int) -> np.ndarray:
        own = offsets[start : start + _SENTENCES_PER_BLOCK + 1]
        found: np.ndarray = (
            kernels.minimum(scores, own) if method == "min" else kernels.softmin(scores, own, temperature)
        )
        return found

    return np.concatenate(in_order(range(0, max(offsets.size - 1, 1), _SENTENCES_PER_BLOCK), work))


def temperature_of(method: str, options: Mapping[str, Any] | None) -> float:
    """Return the temperature of the softmin; refuse other options than those the method has."""
    check_choice(method, "sentence_score_method", SENTENCE_METHODS)
    known = {"temperature"} if method == "softmin" else set()
    unknown = sorted(set(options or ()) - known)
    if unknown:
        takes = "only temperature" if known else "nothing with min; temperature belongs to softmin"
        raise InputError(f"sentence_score_kwargs: expected {takes}, got {', '.join(unknown)}")
    return check_temperature((options or {}).get("temperature", _TEMPERATURE))
