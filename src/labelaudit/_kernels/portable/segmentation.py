"""Pixels of one image in array-API code: the definition, for any array library and device.

Labels are (P,) integers and probabilities (K, P). A pixel whose label is ``ignore_index`` has none: it scores NaN, and
what it holds does not matter. A pixel whose label is no class scores NaN too. The last result of a kernel that looks at
all probabilities says whether those of each pixel are a distribution over the classes, and its label a class.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._kernels import Array
from labelaudit._kernels.limits import LARGEST, PIXEL_SUM_TOLERANCE


def self_confidence(labels: Array, pred_probs: Array, ignore_index: int) -> tuple[Array, bool]:
    """The probability of each pixel's label, at most 1; and whether all is sound."""
    return given_probability(labels, pred_probs, ignore_index), _sound(labels, pred_probs, ignore_index)


def given_probability(labels: Array, pred_probs: Array, ignore_index: int) -> Array:
    """The probability of each pixel's label, at most 1; other probabilities are not read."""
    xp = array_namespace(pred_probs)
    known = _known(labels, pred_probs, ignore_index)
    # array-API code can only take whole rows; picking elements means laying the classes one after another
    places = xp.where(known, labels, 0) * labels.shape[0] + xp.arange(labels.shape[0], device=device(labels))
    given = xp.take(xp.reshape(pred_probs, (-1,)), places)
    given = xp.where((given > 1) & (given <= LARGEST), 1.0, xp.where(given == 0, 0.0, given))  # -0.0 is 0
    return xp.where(known & (given >= 0) & (given <= LARGEST), given, xp.nan)


def most_likely(labels: Array, pred_probs: Array, ignore_index: int) -> tuple[Array, Array, Array, bool]:
    """What :func:`given_probability` gives; the most likely class of each pixel, the first on ties; its probability
    where it is not the label, and NaN where it is or where there is none; whether all is sound.
    """  # noqa: D205
    xp = array_namespace(pred_probs)
    predicted = xp.argmax(pred_probs, axis=0)
    differs = (labels != ignore_index) & (predicted != labels)
    rival_prob = xp.where(differs, xp.max(pred_probs, axis=0), xp.nan)
    given_prob, sound = self_confidence(labels, pred_probs, ignore_index)
    return given_prob, predicted, rival_prob, sound


def most_likely_at(pred_probs: Array, places: np.ndarray) -> Array:
    """The most likely class of some pixels, the first on ties; other pixels are not read."""
    xp = array_namespace(pred_probs)
    return xp.argmax(xp.take(pred_probs, xp.asarray(places, device=device(pred_probs)), axis=1), axis=0)


def odds_at(
    labels: Array, pred_probs: Array, places: np.ndarray, chance: np.ndarray, floor: float
) -> tuple[Array, Array, Array]:
    """Of some pixels: the most likely class, the first on ties; the probability of the label, at most 1; and ln of the
    odds that the label is wrong, float64.

    ``labels`` are those of all pixels. Each class weighs (p + floor)^2 times the chance that a pixel of it is given the
    label, ``chance[class, label]``. The logarithm is -inf where there is no other class. Other pixels are not read.
    """  # noqa: D205
    xp = array_namespace(pred_probs)
    where, of_label = (xp.asarray(part, device=device(pred_probs)) for part in (places, chance))
    given, probs = xp.astype(xp.take(labels, where, axis=0), xp.int64), xp.take(pred_probs, where, axis=1)
    wide = xp.astype(probs, xp.float64)
    weights = (wide + floor) ** 2 * xp.take(of_label, given, axis=1)
    own = xp.arange(probs.shape[0], device=device(probs))[:, None] == given[None, :]
    others, of_own, given_prob = (
        xp.sum(part, axis=0)
        for part in (xp.where(own, 0.0, weights), xp.where(own, weights, 0.0), xp.where(own, wide, 0.0))
    )
    return xp.argmax(probs, axis=0), xp.where(given_prob > 1, 1.0, given_prob), xp.log(others / of_own)


def _known(labels: Array, pred_probs: Array, ignore_index: int) -> Array:
    return (labels != ignore_index) & (labels >= 0) & (labels < pred_probs.shape[0])


def _sound(labels: Array, pred_probs: Array, ignore_index: int) -> bool:
    xp = array_namespace(pred_probs)
    probable = xp.all((pred_probs >= 0) & (pred_probs <= LARGEST), axis=0)
    whole = xp.abs(xp.sum(pred_probs, axis=0, dtype=_wide(xp, pred_probs)) - 1) <= PIXEL_SUM_TOLERANCE
    return bool(xp.all((labels == ignore_index) | (_known(labels, pred_probs, ignore_index) & probable & whole)))


def _wide(xp: Any, pred_probs: Array) -> Any:
    return xp.float64 if pred_probs.dtype == xp.float64 else xp.float32
