"""The few most probable classes of each row in array-API code."""

from __future__ import annotations

from array_api_compat import array_namespace

from labelaudit._kernels import Array


def likeliest(pred_probs: Array, count: int) -> tuple[Array, Array]:
    """The most probable classes of each row, (n, count), the first of equals before, and their probabilities."""
    xp = array_namespace(pred_probs)
    p = pred_probs if "float64" in str(pred_probs.dtype) else xp.astype(pred_probs, xp.float32)
    order = xp.argsort(p, axis=1, descending=True, stable=True)[:, :count]
    return xp.astype(order, xp.int32), xp.take_along_axis(p, order, axis=1)
