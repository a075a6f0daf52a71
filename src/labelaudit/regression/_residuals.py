"""The distances of labels from their predictions, and the one that half of them do not exceed."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelaudit._checks.arrays import to_numpy
from labelaudit._checks.regression import Regression, refuse_rows
from labelaudit._checks.streams import refuse_iterator
from labelaudit._kernels import residual_for
from labelaudit._run import rows_of
from labelaudit._stats.median import Kept, Magnitudes

Array = Any


def median_residual(data: Regression) -> float:
    """Return the median distance; of those above 0 where that is 0; 1 where all are 0. In two walks."""
    refuse_iterator(data.predictions[0], "predictions")
    rows = rows_of(data.labels, data.predictions)

    def read(first: int, labels: Array, predictions: Array) -> np.ndarray:
        distances = residual_for(predictions).distance(labels, predictions)
        refuse_rows(first, distances, labels, predictions)
        return to_numpy(distances, "predictions")

    middle = rows.fold(lambda *block: Magnitudes.of(read(*block)), Magnitudes.of_none()).middle()
    if middle is None:
        return 1.0
    return rows.fold(lambda *block: Kept.of(read(*block), middle), Kept()).median(middle)


def closeness(data: Regression, scale: float) -> Array:
    """Return exp(-distance / scale) of each row."""

    def work(first: int, labels: Array, predictions: Array) -> Array:
        scores = residual_for(predictions).closeness(labels, predictions, scale)
        refuse_rows(first, scores, labels, predictions)
        return scores.astype(data.float_type, copy=False) if isinstance(scores, np.ndarray) else scores

    return rows_of(data.labels, data.predictions).map(work)
