"""From sentences to scores of tokens, and from these to scores of sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from labelaudit._checks.arrays import Array, check_choice
from labelaudit._checks.options import check_temperature
from labelaudit._checks.token_classification import Sentences, refuse_tokens, warn_of_sum
from labelaudit._kernels import pool_for, rows_for
from labelaudit._run import rows_of
from labelaudit._run.passes import in_order
from labelaudit._stats.self_confidence import SelfConfidence
from labelaudit.classification._noise import NoisePosterior, noise_posterior
from labelaudit.errors import InputError

TOKEN_METHODS = ("self_confidence", "normalized_margin", "confidence_weighted_entropy", "noise_posterior")
SENTENCE_METHODS = ("min", "softmin")

_TEMPERATURE = 0.05  # cleanlab's

# Enough that a thread is worth waking for them.
_SENTENCES_PER_BLOCK = 8192


def score_tokens(data: Sentences, method: str, *, adjust: bool = False) -> Array:
    """Return a score a token, NaN for the ignored ones."""
    if adjust and method in ("confidence_weighted_entropy", "noise_posterior"):
        raise InputError(f"adjust_pred_probs: {method} has no adjusted form; use self_confidence or normalized_margin")
    if method == "noise_posterior":
        return _in_place(data, score_tokens(data, "self_confidence"), posterior_of(data))
    rows = rows_of(data.tokens.labels, data.tokens.pred_probs)
    parameters: tuple[Any, ...] = ()
    if adjust:
        confidence = rows.fold(lambda _, *block: SelfConfidence.of(*block), SelfConfidence.of_none(data.tokens.k))
        parameters = (confidence.shift().astype(data.tokens.float_type),)
    kernel = f"adjusted_{method}" if adjust else method
    off: list[int] = []

    def work(first: int, labels: Array, pred_probs: Array) -> Array:
        scores, first_off = getattr(rows_for(pred_probs), kernel)(labels, pred_probs, *parameters)
        refuse_tokens(first, scores, labels, pred_probs, data)
        if first_off >= 0:
            off.append(first + first_off)
        return scores

    scores = rows.map(work)
    if off:
        warn_of_sum(data.named(min(off)), method)
    return scores


def posterior_of(data: Sentences) -> tuple[NoisePosterior, np.ndarray]:
    """Return the noise posterior of the tokens that have a label, and where they stand among all."""
    labelled, places = data.with_labels()
    return noise_posterior(labelled), places


def _in_place(data: Sentences, like: Array, found: tuple[NoisePosterior, np.ndarray]) -> Array:
    posterior, places = found
    scores = np.full(data.tokens.n, np.nan, data.tokens.float_type)
    scores[places] = posterior.quality
    return scores if isinstance(like, np.ndarray) else data.tokens.in_kind(scores)


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
