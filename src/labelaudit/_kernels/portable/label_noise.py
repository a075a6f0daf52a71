"""The noise posterior of K yes-or-no labels a row: each is a classification with the probabilities (1 - p, p).

The odds that a label is wrong are ((1 - own + FLOOR) / (own + FLOOR))^4 times a factor of its class, where own is the
probability of the label. What is known of a class, or of a label that looks wrong, comes in NumPy arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._kernels import Array
from labelaudit._kernels.limits import LARGEST
from labelaudit._kernels.odds_nodes import AROUND, FLOOR, HALF_RANGE, NODES, PER_UNIT, POLYNOMIALS
from labelaudit._kernels.portable.rows_common import on_host


def answers(labels: Array, pred_probs: Array) -> tuple[np.ndarray, np.ndarray, int]:
    """How many labels of each class are 0 and 1, (2, K), how the log odds that they are wrong lie, and a bad row.

    The log odds are shared out among the nodes, (2, K, nodes). The row is the first that cannot be scored, or -1.
    """
    rows = _rows(labels, pred_probs)
    xp = rows.xp
    usable = xp.all((pred_probs >= 0) & (pred_probs <= LARGEST) & (rows.known | rows.unknown), axis=1)
    first_bad = -1 if bool(xp.all(usable)) else int(xp.argmin(xp.astype(usable, xp.int32)))
    known = rows.known & usable[:, None]
    given = [_count(xp, known & side) for side in (~rows.said, rows.said)]
    places = (xp.log(rows.odds()) + HALF_RANGE) * PER_UNIT
    k = places.shape[1]
    of = xp.arange(k, device=device(places)) + k * xp.astype(rows.said, xp.int64)
    chosen, of = on_host(places)[on_host(known)], on_host(of)[on_host(known)]
    return np.stack(given), _shared_out(chosen, of, 2 * k).reshape(2, k, NODES.size), first_bad


def wrong_labels(
    labels: Array, pred_probs: Array, factors: np.ndarray, least_odds: float
) -> tuple[Array, np.ndarray, np.ndarray, np.ndarray]:
    """How likely any label of each row is wrong; and row, class and likelihood of each label that looks wrong.

    Those are the labels whose odds are above the least and that the model does not agree with. ``factors``: of the odds
    of each class, (K,).
    """
    rows = _rows(labels, pred_probs)
    xp = rows.xp
    odds = rows.odds() * xp.asarray(factors, dtype=xp.float64, device=device(rows.own))[None, :]
    odds = xp.where(rows.known, odds, 0.0)
    p_wrong = 1 - 1 / xp.prod(1 + odds, axis=1)
    wrong = on_host(rows.known & rows.differs & (odds > least_odds))
    found = on_host(odds)[wrong]
    return p_wrong, *np.nonzero(wrong), found / (1 + found)


@dataclass(frozen=True)
class _Rows:
    xp: Any
    said: Array  # whether the label is 1
    known: Array
    unknown: Array
    own: Array  # the probability of the label
    other: Array
    differs: Array  # whether the model does not agree; it says no where both are as likely

    def odds(self) -> Array:
        """The odds of the other answer before they are multiplied by the factor of the class, float64."""
        xp = self.xp
        return ((xp.astype(self.other, xp.float64) + FLOOR) / (xp.astype(self.own, xp.float64) + FLOOR)) ** 4


def _rows(labels: Array, pred_probs: Array) -> _Rows:
    xp = array_namespace(pred_probs)
    p = pred_probs if pred_probs.dtype == xp.float64 else xp.astype(pred_probs, xp.float32)
    yes = xp.clip(p, 0.0, 1.0)
    no = 1 - yes
    said, known = labels == 1, (labels == 0) | (labels == 1)
    unknown = (labels == -1) | (labels != labels)  # noqa: PLR0124  NaN in any array library
    own, other = xp.where(said, yes, no), xp.where(said, no, yes)
    return _Rows(xp, said, known, unknown, own, other, (yes > no) ^ said)


def _shared_out(places: np.ndarray, classes: np.ndarray, k: int) -> np.ndarray:
    before = np.floor(places).astype(np.int64)
    shares = (places - before)[:, None] ** np.arange(len(POLYNOMIALS)) @ POLYNOMIALS
    weights = np.zeros(k * NODES.size)
    for column, node in enumerate(AROUND):
        weights += np.bincount(classes * NODES.size + before + node, shares[:, column], weights.size)
    return weights.reshape(k, NODES.size)


def _count(xp: Any, mask: Array) -> np.ndarray:
    return on_host(xp.sum(xp.astype(mask, xp.int64), axis=0))
