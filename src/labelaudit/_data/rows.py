"""Labels beside the predictions of a model, row by row, whose shapes and types are right.

What the rows hold is checked as they are read, by the kernels that score them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._kernels import Array

# what rows are read from, and the type that kernels get them in; None: as they are, on their device
Column = tuple[Any, np.dtype[Any] | None]


@dataclass(frozen=True)
class Classification:
    """A class a row, and the probabilities of all classes."""

    labels: Column  # (N,) integers
    pred_probs: Column  # (N, K) floats, or a function that returns an iterator of (n, K) chunks
    n: int
    k: int
    float_type: np.dtype[Any]  # what scores and shifts are computed in
    name: str  # of the argument that holds the probabilities
    weights: Mapping[str, float] | None = None  # of the models that the probabilities are mixed of

    def in_kind(self, values: np.ndarray) -> Array:
        """Return values in the library and on the device of the probabilities."""
        return beside(self.pred_probs, values)


@dataclass(frozen=True)
class MultilabelClassification:
    """Any number of classes a row, and the probability of each."""

    labels: Column  # (N, K) of 0, 1, and -1 or NaN for not known
    pred_probs: Column  # (N, K) floats, or a function that returns an iterator of (n, K) chunks
    n: int
    k: int
    float_type: np.dtype[Any]
    weights: Mapping[str, float] | None = None  # of the models that the probabilities are mixed of


@dataclass(frozen=True)
class Regression:
    """A number a row, and the one that is predicted."""

    labels: Column  # (N,) floats
    predictions: Column  # (N,) floats, or a function that returns an iterator of (n,) chunks
    n: int
    float_type: np.dtype[Any]  # of the scores

    def in_kind(self, values: np.ndarray) -> Array:
        """Return values in the library and on the device of the predictions."""
        return beside(self.predictions, values)


def beside(column: Column, values: np.ndarray) -> Array:
    """Return values in the library and on the device of a column."""
    array, dtype = column
    return values if dtype is not None else array_namespace(array).asarray(values, device=device(array))
