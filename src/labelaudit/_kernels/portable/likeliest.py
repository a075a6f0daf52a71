"""The few most probable classes of each row in array-API code."""

from __future__ import annotations

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._kernels import Array
from labelaudit._kernels.portable.rows_common import take


def likeliest(pred_probs: Array, count: int) -> tuple[Array, Array]:
    """The most probable classes of each row, (n, count), the first of equals before, and their probabilities."""
    xp = array_namespace(pred_probs)
    p = pred_probs if "float64" in str(pred_probs.dtype) else xp.astype(pred_probs, xp.float32)
    order = xp.argsort(p, axis=1, descending=True, stable=True)[:, :count]
    return xp.astype(order, xp.int32), xp.take_along_axis(p, order, axis=1)


def label_and_likeliest(rows: np.ndarray, labels: Array, pred_probs: Array, count: int) -> tuple[Array, Array, Array]:
    """Of some rows: the probability of the label, the most probable classes, (n, count), and their probabilities."""
    xp = array_namespace(pred_probs)
    where = xp.asarray(rows, device=device(pred_probs))
    probs, own = xp.take(pred_probs, where, axis=0), xp.take(labels, where, axis=0)
    return (take(xp, own, probs), *likeliest(probs, count))
