"""Residuals in array-API code: the definition, for any array library and device.

A row whose residual is not finite gives NaN; no other row does.
"""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

Array = Any


def distance(labels: Array, predictions: Array) -> Array:
    """The absolute difference of prediction and label."""
    xp = array_namespace(predictions)
    distances = xp.abs(predictions - labels)
    return xp.where(xp.isfinite(distances), distances, xp.nan)


def closeness(labels: Array, predictions: Array, scale: float) -> Array:
    """exp(-distance / scale)."""
    xp = array_namespace(predictions)
    return xp.exp(-distance(labels, predictions) / scale)
