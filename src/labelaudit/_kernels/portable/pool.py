"""How many scores become one, in array-API code: the definition, for any array library and device.

Segment i of the flat scores is ``scores[offsets[i] : offsets[i + 1]]``. Scores are not negative: rounding below 0
counts as 0. NaN is no score and left out; where nothing is left the segment scores 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._kernels import Array


def softmin(scores: Array, offsets: np.ndarray, temperature: float) -> Array:
    """The sum of s * softmax((1 - s) / temperature) over each segment: the least at 0, the mean at infinity."""
    xp = array_namespace(scores)
    if temperature <= 0 or math.isinf(1 / temperature):
        return minimum(scores, offsets)

    def pool(padded: Array, present: Array) -> Array:
        least = xp.min(xp.where(present, padded, xp.inf), axis=1, keepdims=True)
        weights = xp.where(present, xp.exp((least - xp.where(present, padded, least)) / temperature), 0.0)
        pooled = xp.sum(weights * padded, axis=1) / xp.sum(weights, axis=1)
        return xp.where(pooled < 1, pooled, 1.0)

    return _each(scores, offsets, pool)


def minimum(scores: Array, offsets: np.ndarray) -> Array:
    """The least score of each segment."""
    xp = array_namespace(scores)
    return _each(scores, offsets, lambda padded, present: xp.min(xp.where(present, padded, xp.inf), axis=1))


def _each(scores: Array, offsets: np.ndarray, pool: Callable[[Array, Array], Array]) -> Array:
    # segments of about one length at a time, as rows of a matrix
    xp, where = array_namespace(scores), device(scores)
    lengths = np.diff(offsets)
    sizes = np.frexp(lengths)[1]
    groups = [np.flatnonzero(sizes == size) for size in np.unique(sizes)]
    pooled = [xp.ones(0, dtype=scores.dtype, device=where)]
    for rows in groups:
        longest = int(lengths[rows].max())
        places = offsets[rows][:, None] + np.arange(longest)
        inside = np.arange(longest) < lengths[rows][:, None]
        flat = xp.take(scores, xp.asarray(np.where(inside, places, 0).ravel(), device=where)) if longest else scores[:0]
        padded = xp.reshape(flat, (rows.size, longest))
        present = xp.asarray(inside, device=where) & ~xp.isnan(padded)
        filled = xp.any(present, axis=1)
        padded = xp.where(present & (padded > 0), padded, 0.0)
        usable = present | ~filled[:, None]
        ones = xp.ones(rows.size, dtype=scores.dtype, device=where)
        pooled.append(xp.where(filled, pool(padded, usable), ones) if longest else ones)
    order = np.argsort(np.concatenate([*groups, np.zeros(0, np.int64)]), kind="stable")
    return xp.take(xp.concat(pooled), xp.asarray(order, device=where))
