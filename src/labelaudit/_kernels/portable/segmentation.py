"""Pixels of one image in array-API code: the definition, for any array library and device.

Labels are (P,) integers and probabilities (K, P). A pixel whose label is ``void`` is no pixel: it scores NaN, and what
it holds does not matter. A pixel whose label is no class scores NaN too. The last result of a kernel that looks at all
probabilities says whether those of each pixel are a distribution over the classes, and its label a class.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._kernels.limits import LARGEST, PIXEL_SUM_TOLERANCE

Array = Any


def self_confidence(labels: Array, pred_probs: Array, void: int) -> tuple[Array, bool]:
    """The probability of each pixel's label, at most 1; and whether all is sound."""
    return given_probability(labels, pred_probs, void), _sound(labels, pred_probs, void)


def given_probability(labels: Array, pred_probs: Array, void: int) -> Array:
    """The probability of each pixel's label, at most 1; other probabilities are not read."""
    xp = array_namespace(pred_probs)
    known = _known(labels, pred_probs, void)
    # array-API code can only take whole rows; picking elements means laying the classes one after another
    places = xp.where(known, labels, 0) * labels.shape[0] + xp.arange(labels.shape[0], device=device(labels))
    own = xp.take(xp.reshape(pred_probs, (-1,)), places)
    own = xp.where((own > 1) & (own <= LARGEST), 1.0, xp.where(own == 0, 0.0, own))  # -0.0 is 0
    return xp.where(known & (own >= 0) & (own <= LARGEST), own, xp.nan)


def self_confidence_sums(labels: Array, scores: Array, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Sum and count of the scores that :func:`given_probability` gives, by class of the label; NaN is left out."""
    xp = array_namespace(scores)
    of_class = [(labels == k) & ~xp.isnan(scores) for k in range(classes)]
    sums = [float(xp.sum(xp.where(here, scores, 0.0), dtype=xp.float64)) for here in of_class]
    return np.array(sums), np.array([int(xp.count_nonzero(here)) for here in of_class])


def disagreement(labels: Array, pred_probs: Array, void: int, thresholds: np.ndarray) -> tuple[Array, int, bool]:
    """Which pixels' most likely class is not their label, how many of them reach its threshold; whether all is sound.

    The most likely class is the first on ties.
    """
    xp = array_namespace(pred_probs)
    most_likely = xp.argmax(pred_probs, axis=0)
    differs = (labels != void) & (most_likely != labels)
    floors = xp.take(xp.asarray(thresholds, device=device(pred_probs)), most_likely)
    confident = xp.count_nonzero(differs & (xp.astype(xp.max(pred_probs, axis=0), xp.float64) >= floors))
    return differs, int(confident), _sound(labels, pred_probs, void)


def most_likely_at(pred_probs: Array, places: np.ndarray) -> Array:
    """The most likely class of some pixels, the first on ties; other pixels are not read."""
    xp = array_namespace(pred_probs)
    return xp.argmax(xp.take(pred_probs, xp.asarray(places, device=device(pred_probs)), axis=1), axis=0)


def _known(labels: Array, pred_probs: Array, void: int) -> Array:
    return (labels != void) & (labels >= 0) & (labels < pred_probs.shape[0])


def _sound(labels: Array, pred_probs: Array, void: int) -> bool:
    xp = array_namespace(pred_probs)
    probable = xp.all((pred_probs >= 0) & (pred_probs <= LARGEST), axis=0)
    whole = xp.abs(xp.sum(pred_probs, axis=0, dtype=_wide(xp, pred_probs)) - 1) <= PIXEL_SUM_TOLERANCE
    return bool(xp.all((labels == void) | (_known(labels, pred_probs, void) & probable & whole)))


def _wide(xp: Any, pred_probs: Array) -> Any:
    return xp.float64 if pred_probs.dtype == xp.float64 else xp.float32
