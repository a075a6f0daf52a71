"""The distances of labels from their predictions, and the one that half of them do not exceed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labelaudit._checks.regression import refuse_rows
from labelaudit._checks.streams import refuse_iterator
from labelaudit._data.arrays import to_numpy
from labelaudit._data.rows import Column, Regression
from labelaudit._kernels import Array, residual_for
from labelaudit._run import Rows, rows_of
from labelaudit._stats.growing_spread import bent
from labelaudit._stats.median import Kept, Magnitudes, Middle
from labelaudit._stats.number_agreement import sampled


@dataclass(frozen=True)
class Residuals:
    """Both columns and how far apart they are, in memory after one walk."""

    labels: np.ndarray  # (N,) float64
    predictions: np.ndarray  # (N,) float64
    distances: Array  # (N,) beside the predictions
    magnitudes: Magnitudes

    @property
    def column(self) -> Column:
        """The distances as rows can be read from them."""
        return (self.distances, self.distances.dtype if isinstance(self.distances, np.ndarray) else None)

    @property
    def sample(self) -> tuple[np.ndarray, np.ndarray]:
        """The labels and predictions of a few thousand rows at the most, by which a data set is told."""
        rows = sampled(self.labels.size)
        return self.labels[rows], self.predictions[rows]

    def median(self) -> float:
        """Return the median distance; of those above 0 where that is 0; 1 where all are 0."""
        return _median(rows_of(self.column), lambda _, distances: distances, self.magnitudes.middle())

    def closeness(self, scale: float) -> np.ndarray:
        """Return exp(-distance / scale) of each row, (N,)."""
        scores = rows_of(self.column).map(lambda _, distances: residual_for(distances).closeness(distances, scale))
        return to_numpy(scores, "predictions")

    def bent(self, scale: float) -> Residuals:
        """Return the same where labels and predictions are told apart as ``growing_spread`` has it."""

        def work(_: int, labels: Array, predictions: Array) -> tuple[tuple[Array, ...], Magnitudes]:
            distances = bent(labels, predictions, scale)
            return (distances,), Magnitudes.of(distances)

        columns = ((column, column.dtype) for column in (self.labels, self.predictions))
        (distances,), magnitudes = rows_of(*columns).map_and_fold(work, Magnitudes.of_none())
        return Residuals(self.labels, self.predictions, distances, magnitudes)

    def beyond(self, farthest: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows whose distance is greater than this, and their distances."""
        distances = to_numpy(self.distances, "predictions")
        rows = np.flatnonzero(distances > farthest)
        return rows, distances[rows]


def residuals(data: Regression) -> Residuals:
    """Return what is known of all rows, which are checked on the way."""

    def work(first: int, labels: Array, predictions: Array) -> tuple[tuple[Array, ...], Magnitudes]:
        distances = _distances(first, labels, predictions)
        return (labels, predictions, distances), Magnitudes.of(to_numpy(distances, "predictions"))

    rows = rows_of(data.labels, data.predictions)
    (*columns, distances), magnitudes = rows.map_and_fold(work, Magnitudes.of_none())
    given, predicted = (to_numpy(column, "predictions").astype(np.float64, copy=False) for column in columns)
    return Residuals(given, predicted, distances, magnitudes)


def median_residual(data: Regression) -> float:
    """Return the median distance, as :class:`Residuals` has it, in two walks that keep no column."""
    refuse_iterator(data.predictions[0], "predictions")
    rows = rows_of(data.labels, data.predictions)
    counts = rows.fold(lambda *block: Magnitudes.of(to_numpy(_distances(*block), "predictions")), Magnitudes.of_none())
    return _median(rows, _distances, counts.middle())


def closeness(data: Regression, scale: float) -> Array:
    """Return exp(-distance / scale) of each row."""

    def work(first: int, labels: Array, predictions: Array) -> Array:
        scores = residual_for(predictions).closeness(_distances(first, labels, predictions), scale)
        return scores.astype(data.float_type, copy=False) if isinstance(scores, np.ndarray) else scores

    return rows_of(data.labels, data.predictions).map(work)


def _distances(first: int, labels: Array, predictions: Array) -> Array:
    distances = residual_for(predictions).distance(labels, predictions)
    refuse_rows(first, distances, labels, predictions)
    return distances


def _median(rows: Rows, distances: Callable[..., Array], middle: Middle | None) -> float:
    if middle is None:
        return 1.0
    kept = rows.fold(lambda *block: Kept.of(to_numpy(distances(*block), "predictions"), middle), Kept())
    return kept.median(middle)
