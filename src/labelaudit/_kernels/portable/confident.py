"""Confident learning in array-API code: what a row is guessed to be, and the greatest margins of class pairs."""

from __future__ import annotations

import numpy as np
from array_api_compat import device

from labelaudit._kernels import Array
from labelaudit._kernels.portable.rows_common import on_host, prepare, take


def confident_guesses(
    labels: Array, pred_probs: Array, thresholds: np.ndarray, tolerance: float
) -> tuple[Array, Array, Array, Array]:
    """Of each row: its confidently guessed class, its likely class, by how much that beats the label, and p[label].

    The guess is the only class whose probability reaches its threshold, the most likely of all classes where several
    do, and -1 where none does. The likely class is the most likely one once the label's probability is raised by
    ``tolerance``. A row that cannot be scored has NaN for p[label].
    """
    xp, p, given_prob, usable = prepare(labels, pred_probs)
    above = p >= xp.asarray(thresholds, device=device(p))[None, :]
    reached = xp.count_nonzero(above, axis=1)
    top = xp.argmax(p, axis=1)
    greatest = take(xp, top, p)
    guesses = xp.where(reached > 1, top, xp.where(reached == 1, xp.argmax(xp.astype(above, xp.int32), axis=1), -1))
    favoured = given_prob + xp.asarray(tolerance, dtype=p.dtype)
    keeps = (favoured > greatest) | ((favoured == greatest) & (labels <= top))
    predicted = xp.where(keeps, labels, top)
    own_or_nan = xp.where(usable, given_prob, xp.nan)
    return xp.astype(guesses, xp.int32), xp.astype(predicted, xp.int32), take(xp, predicted, p) - given_prob, own_or_nan


def sharpened_odds(labels: Array, pred_probs: Array, floor: float, scales: np.ndarray) -> tuple[Array, Array, Array]:
    """Of each row: its most likely class, that probability, and ln of the odds of all other classes to the label.

    Each class weighs ((p + floor) * scale)^4, of its own scale, (K,). A row that cannot be scored has NaN for the odds.
    """
    xp, p, _, usable = prepare(labels, pred_probs)
    scale = xp.asarray(scales, dtype=xp.float64, device=device(p))
    weights = ((xp.astype(p, xp.float64) + floor) * scale[None, :]) ** 4
    classes = xp.arange(p.shape[1], device=device(p))
    others = xp.sum(xp.where(classes[None, :] == labels[:, None], 0.0, weights), axis=1)
    own = take(xp, labels, weights)
    odds = xp.log(others / own)
    return xp.astype(xp.argmax(p, axis=1), xp.int32), xp.max(p, axis=1), xp.where(usable, odds, xp.nan)


def margins_above(
    labels: Array, pred_probs: Array, chosen: np.ndarray, floors: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pair (label * K + j), the margin p[j] - p[label] and the row of entries that reach their pair's floor.

    Only chosen rows are looked at.
    """
    xp, p, given_prob, _ = prepare(labels, pred_probs)
    margins = p - given_prob[:, None]
    reached = margins >= xp.take(xp.asarray(floors, device=device(p)), labels, axis=0)
    reached &= xp.asarray(np.array(chosen), device=device(p))[:, None]
    pairs = labels[:, None] * p.shape[1] + xp.arange(p.shape[1], device=device(p))[None, :]
    return on_host(pairs[reached]), on_host(margins[reached]), np.nonzero(on_host(reached))[0]


def keep_largest(
    pairs: np.ndarray, margins: np.ndarray, rows: np.ndarray, wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of each pair the largest margins, as many as wanted, and the least of them: -inf where there are too few.

    Of margins that tie the first rows' are kept.
    """
    order = np.lexsort((rows, -margins, pairs))
    pairs, margins, rows = pairs[order], margins[order], rows[order]
    place = np.arange(pairs.size) - np.searchsorted(pairs, pairs)
    least = np.full(wanted.size, -np.inf, margins.dtype)
    last = place == wanted[pairs] - 1
    least[pairs[last]] = margins[last]
    kept = place < wanted[pairs]
    return pairs[kept], margins[kept], rows[kept], least
