"""Whether residuals grow with what is predicted, and the scale on which they do not.

Where noise is partly added and partly multiplied, as in prices, sizes and counts, its standard deviation is about
hypot(a, b y), and asinh(y / c) with c = a / b spreads evenly: a line up to about c, and a logarithm beyond. (Rocke and
Durbin, A model for measurement error for gene expression arrays, 2001.)
"""

from __future__ import annotations

import numpy as np

from labelaudit._stats.ranks import spearman

# Below this rank correlation of residual and prediction, growth is what wrong labels and chance make of even residuals;
# below it of label and prediction, residuals grow because the label does not.
_LEAST_CORRELATION = 0.3
_LEAST_ROWS = 50

# Numbers of which more are negative are no amounts: 0 is then a place as any other, and nothing grows from it.
_MOST_NEGATIVE = 0.02

# The scale is looked for from this share of the median prediction to this many times the greatest, by so many halvings.
_LEAST, _GREATEST, _HALVINGS = 1e-3, 10.0, 16


def log_scale(labels: np.ndarray, predictions: np.ndarray, farthest: float) -> float | None:
    """Return c, beyond which residuals grow as the prediction does; None where they are as well judged as they are.

    Growth counts where it is plain, and where it explains at least half of the labels that are more than ``farthest``
    median residuals from their prediction.
    """
    amounts, distances = np.abs(predictions), np.abs(labels - predictions)
    if labels.size < _LEAST_ROWS or not amounts.any() or np.mean(labels < 0) > _MOST_NEGATIVE:
        return None
    if min(spearman(amounts, distances), spearman(labels, predictions)) < _LEAST_CORRELATION:
        return None
    found = _even_scale(labels, predictions, amounts)
    before, after = (_share_beyond(each, farthest) for each in (distances, bent(labels, predictions, found)))
    return found if before > 0 and after <= before / 2 else None


def bent(labels: np.ndarray, predictions: np.ndarray, scale: float) -> np.ndarray:
    """Return how far the two are apart as asinh(y / scale) has it, (N,)."""
    with np.errstate(over="ignore", invalid="ignore"):
        apart = np.abs(np.arcsinh(labels / scale) - np.arcsinh(predictions / scale))
    distances: np.ndarray = np.where(np.isnan(apart), 0.0, apart)  # both are beyond all numbers
    return distances


def _even_scale(labels: np.ndarray, predictions: np.ndarray, amounts: np.ndarray) -> float:
    # the smaller it is, the more is taken from the distances of large predictions
    low, high = _LEAST * float(np.median(amounts[amounts > 0])), _GREATEST * float(amounts.max())
    for _ in range(_HALVINGS):
        middle = float(np.sqrt(low) * np.sqrt(high))
        if spearman(amounts, bent(labels, predictions, middle)) > 0:
            high = middle
        else:
            low = middle
    return float(np.sqrt(low) * np.sqrt(high))


def _share_beyond(distances: np.ndarray, farthest: float) -> float:
    median = float(np.median(distances)) or float(np.median(distances[distances > 0]))
    return float(np.mean(distances > farthest * median))
