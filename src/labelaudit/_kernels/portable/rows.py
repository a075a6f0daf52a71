"""Classification rows in array-API code: the definition of each score, for any array library and device.

A row that holds something else than probabilities, or whose label is no class, scores NaN; no other row does. The
second result is the first row whose sum is off 1 by more than the tolerance, or -1 (always -1 where no sum is needed).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._kernels import Array
from labelaudit._kernels.limits import LARGEST, SUM_TOLERANCE
from labelaudit._kernels.portable.rows_common import prepare, take


def self_confidence(labels: Array, pred_probs: Array) -> tuple[Array, int]:
    xp, _, own, usable = prepare(labels, pred_probs)
    return _finish(xp, own, usable), -1


def normalized_margin(labels: Array, pred_probs: Array) -> tuple[Array, int]:
    xp, p, own, usable = prepare(labels, pred_probs)
    return _finish(xp, (own - _rival(xp, labels, p) + 1) / 2, usable), -1


def adjusted_self_confidence(labels: Array, pred_probs: Array, shift: np.ndarray) -> tuple[Array, int]:
    xp, p, _, usable = prepare(labels, pred_probs)
    adjusted = _adjust(xp, p, shift)
    return _finish(xp, take(xp, labels, adjusted), usable), _first_off(xp, p, usable)


def adjusted_normalized_margin(labels: Array, pred_probs: Array, shift: np.ndarray) -> tuple[Array, int]:
    xp, p, _, usable = prepare(labels, pred_probs)
    adjusted = _adjust(xp, p, shift)
    margin = (take(xp, labels, adjusted) - _rival(xp, labels, adjusted) + 1) / 2
    return _finish(xp, margin, usable), _first_off(xp, p, usable)


def confidence_weighted_entropy(labels: Array, pred_probs: Array) -> tuple[Array, int]:
    xp, p, own, usable = prepare(labels, pred_probs)
    classes = p.shape[1]
    per_class = 1 / math.log(classes) if classes > 1 else 0.0
    positive = p > 0
    entropy = -xp.sum(xp.where(positive, p * xp.log(xp.where(positive, p, 1.0)), 0.0), axis=1) * per_class
    # ln(1 + e) / e with e = entropy / own, continued to 1 at e = 0 and to 0 at e = infinity
    e = xp.where(entropy > 0, entropy, 0.0) / xp.where(own > 0, own, 1.0)
    finite = xp.isfinite(e) & (e > 0)
    safe = xp.where(finite, e, 1.0)
    score = xp.where(finite, xp.log1p(safe) / safe, xp.astype(e == 0, e.dtype))
    return _finish(xp, xp.where(own > 0, score, 0.0), usable), _first_off(xp, p, usable)


def most_likely(labels: Array, pred_probs: Array) -> Array:  # noqa: ARG001
    """The class of the greatest probability, the first of them on ties; the labels are not read."""
    xp = array_namespace(pred_probs)
    return xp.argmax(pred_probs, axis=1)


def clipped_self_confidence(labels: Array, pred_probs: Array, least: float) -> Array:
    """p of the given label where each p is first raised to the least and the row divided by its sum, in float64."""
    xp = array_namespace(pred_probs)
    clipped = xp.clip(xp.astype(pred_probs, xp.float64), least, None)
    return take(xp, labels, clipped) / xp.sum(clipped, axis=1)


def self_confidence_sums(labels: Array, pred_probs: Array) -> tuple[np.ndarray, np.ndarray]:
    """Sum and count of the probability of the given label, by class; what is no class or no probability is left out."""
    xp, p, own, _ = prepare(labels, pred_probs)
    own = xp.astype(own, xp.float64)
    given = [(labels == k) & (own >= 0) & (own <= LARGEST) for k in range(p.shape[1])]
    sums = [float(xp.sum(xp.where(rows, own, 0.0))) for rows in given]
    return np.array(sums), np.array([int(xp.count_nonzero(rows)) for rows in given], np.int64)


def _rival(xp: Any, labels: Array, p: Array) -> Array:
    classes = xp.arange(p.shape[1], device=device(p))
    return xp.max(xp.where(classes[None, :] == labels[:, None], 0.0, p), axis=1)


def _adjust(xp: Any, p: Array, shift: np.ndarray) -> Array:
    moved = p + xp.asarray(shift, dtype=p.dtype, device=device(p))[None, :]
    return moved / xp.sum(moved, axis=1, keepdims=True)


def _first_off(xp: Any, p: Array, usable: Array) -> int:
    off = usable & (xp.abs(xp.sum(p, axis=1) - 1) > SUM_TOLERANCE)
    return int(xp.argmax(xp.astype(off, xp.int32))) if off.shape[0] and bool(xp.any(off)) else -1


def _finish(xp: Any, scores: Array, usable: Array) -> Array:
    return xp.where(usable, xp.clip(scores, 0.0, 1.0), xp.nan)
