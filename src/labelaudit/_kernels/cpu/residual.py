"""Residuals of NumPy arrays: NumPy's loops are vector code already, exp among them, and a block is cached."""

import numpy as np


def distance(labels, predictions):
    with np.errstate(invalid="ignore", over="ignore"):
        distances = np.subtract(predictions, labels)
    np.abs(distances, out=distances)
    distances[~np.isfinite(distances)] = np.nan
    return distances


def closeness(distances, scale):
    with np.errstate(over="ignore", under="ignore"):
        scores = np.divide(distances, -scale)
        np.exp(scores, out=scores)
    return scores
