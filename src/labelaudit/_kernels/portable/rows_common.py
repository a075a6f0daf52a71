"""What portable kernels of rows begin and end with."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace

from labelaudit._kernels import Array
from labelaudit._kernels.limits import LARGEST


def prepare(labels: Array, pred_probs: Array) -> tuple[Any, Array, Array, Array]:
    """Namespace, probabilities of 32 bits at the least, those of the given labels, and which rows can be scored."""
    xp = array_namespace(pred_probs)
    p = pred_probs if pred_probs.dtype == xp.float64 else xp.astype(pred_probs, xp.float32)
    is_class = (labels >= 0) & (labels < p.shape[1])
    usable = is_class & xp.all((p >= 0) & (p <= LARGEST), axis=1)
    return xp, p, take(xp, labels, p), usable


def take(xp: Any, labels: Array, p: Array) -> Array:
    """The entry of each row in the column of its label; of the nearest column where the label is none."""
    column = xp.clip(labels, 0, p.shape[1] - 1)
    return xp.take_along_axis(p, column[:, None], axis=1)[:, 0]


def on_host(array: Array) -> np.ndarray:
    """The same values as a NumPy array."""
    return np.asarray(array.cpu() if hasattr(array, "cpu") else array.get() if hasattr(array, "get") else array)
