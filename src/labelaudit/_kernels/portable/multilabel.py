"""Rows of K yes-or-no labels in array-API code: the definition of each score, for any array library and device.

A label is 1, 0, or not known (-1 or NaN), which leaves it out of its row's pool. A row without known labels scores 1,
one that holds anything else NaN.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._kernels import Array
from labelaudit._kernels.limits import LARGEST
from labelaudit._kernels.portable import pool


def class_scores(labels: Array, pred_probs: Array, shift: np.ndarray, entropy: bool) -> tuple[Array, int]:
    """The score of each label, NaN where it is not known; and the first row that cannot be scored, or -1."""
    xp, scores, known, usable = _scores(labels, pred_probs, shift, entropy)
    first_bad = -1 if bool(xp.all(usable)) else int(xp.argmin(xp.astype(usable, xp.int32)))
    return xp.where(known, scores, xp.nan), first_bad


def exponential_moving_average(
    labels: Array, pred_probs: Array, shift: np.ndarray, entropy: bool, alpha: float | None
) -> Array:
    """e = the greatest score, then alpha * next + (1 - alpha) * e down to the least; None: 2 / (known labels + 1)."""
    xp, scores, known, usable = _scores(labels, pred_probs, shift, entropy)
    ordered = xp.sort(xp.where(known, scores, xp.inf), axis=1)
    count = xp.sum(xp.astype(known, scores.dtype), axis=1)
    weight = 2 / (count + 1) if alpha is None else alpha
    mean = xp.ones(count.shape, dtype=scores.dtype, device=device(scores))
    for t in range(scores.shape[1] - 1, -1, -1):
        score = ordered[:, t]
        safe = xp.where(score < xp.inf, score, 0.0)
        mean = xp.where(count > t + 1, weight * safe + (1 - weight) * mean, xp.where(count == t + 1, safe, mean))
    return xp.where(usable, mean, xp.nan)


def softmin(labels: Array, pred_probs: Array, shift: np.ndarray, entropy: bool, temperature: float) -> Array:
    """The softmin of the scores of each row."""
    xp, scores, known, usable = _scores(labels, pred_probs, shift, entropy)
    flat = xp.reshape(xp.where(known, scores, xp.nan), (-1,))
    pooled = pool.softmin(flat, np.arange(scores.shape[0] + 1) * scores.shape[1], temperature)
    return xp.where(usable, pooled, xp.nan)


def confidence_sums(labels: Array, pred_probs: Array) -> tuple[np.ndarray, np.ndarray]:
    """Sum and count of the probability of the given label, (2, K): of the labels 0, and of the labels 1."""
    xp = array_namespace(pred_probs)
    p = xp.astype(pred_probs, xp.float64)
    fine = (p >= 0) & (p <= LARGEST)
    sums, counts = [], []
    for answer, own in ((0, 1 - p), (1, p)):
        rows = fine & (labels == answer)
        sums.append(np.asarray(xp.sum(xp.where(rows, own, 0.0), axis=0)))
        counts.append(np.asarray(xp.sum(xp.astype(rows, xp.int64), axis=0)))
    return np.stack(sums), np.stack(counts)


def _scores(labels: Array, pred_probs: Array, shift: np.ndarray, entropy: bool) -> tuple[Any, Array, Array, Array]:
    # the namespace, the score of each label, which are known, and the rows that can be scored
    xp = array_namespace(pred_probs)
    p = pred_probs if pred_probs.dtype == xp.float64 else xp.astype(pred_probs, xp.float32)
    positive, known = labels == 1, (labels == 0) | (labels == 1)
    answered = known | (labels == -1) | (labels != labels)  # noqa: PLR0124  NaN in any array library
    usable = xp.all(answered & (p >= 0) & (p <= LARGEST), axis=1)
    own = xp.clip(xp.where(positive, p, 1 - p), 0.0, 1.0)
    if entropy:
        return xp, _entropy_score(xp, own), known, usable
    add = xp.asarray(shift, dtype=p.dtype, device=device(p))
    total = 1 + add[0, :] + add[1, :]
    return xp, (own + xp.where(positive, add[1, :][None, :], add[0, :][None, :])) / total[None, :], known, usable


def _entropy_score(xp: Any, own: Array) -> Array:
    # ln(1 + e) / e with e = entropy / own, continued to 1 at e = 0 and to 0 at e = infinity
    parts = [xp.where(q > 0, q * xp.log(xp.where(q > 0, q, 1.0)), 0.0) for q in (own, 1 - own)]
    e = -(parts[0] + parts[1]) / math.log(2) / xp.where(own > 0, own, 1.0)
    safe = xp.where(e > 0, e, 1.0)
    return xp.where(own > 0, xp.where(e > 0, xp.log1p(safe) / safe, 1.0), 0.0)
