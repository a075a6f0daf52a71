"""Residuals of NumPy arrays, in place: NumPy's loops are vector code already, exp among them, and a block is cached."""

import numpy as np


def distance(labels, predictions):
    with np.errstate(invalid="ignore", over="ignore"):
        distances = np.subtract(predictions, labels)
    np.abs(distances, out=distances)
    distances[~np.isfinite(distances)] = np.nan
    return distances


def closeness(labels, predictions, scale):
    distances = distance(labels, predictions)
    with np.errstate(over="ignore", under="ignore"):
        np.divide(distances, -scale, out=distances)
        np.exp(distances, out=distances)
    return distances
