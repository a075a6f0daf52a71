"""Residuals in array-API code: the definition, for any array library and device.

A row whose residual is not finite gives NaN; no other row does.
"""

from __future__ import annotations

from array_api_compat import array_namespace

from labelaudit._kernels import Array


def distance(labels: Array, predictions: Array) -> Array:
    """The absolute difference of prediction and label."""
    xp = array_namespace(predictions)
    distances = xp.abs(predictions - labels)
    return xp.where(xp.isfinite(distances), distances, xp.nan)


def closeness(distances: Array, scale: float) -> Array:
    """exp(-distance / scale)."""
    return array_namespace(distances).exp(-distances / scale)
