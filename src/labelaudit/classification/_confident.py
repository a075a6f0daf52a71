"""The two walks that confident learning takes over a data set: thresholds, then what each row is guessed to be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from labelaudit._checks.classification import check_classification, refuse_rows
from labelaudit._checks.confident import check_thresholds
from labelaudit._data.arrays import to_numpy
from labelaudit._data.rows import Classification
from labelaudit._kernels import Array, confident_for
from labelaudit._run import Rows, rows_of
from labelaudit._stats.joint import ConfidentJoint
from labelaudit._stats.self_confidence import SelfConfidence

# A probability that misses its threshold by rounding reaches it; a label that misses the top by as little is on top.
ROUNDING = 1e-6


@dataclass(frozen=True)
class ConfidentPredictions:
    """What is known of each row after the walks, in memory whatever the size of the probabilities."""

    data: Classification
    rows: Rows
    labels: np.ndarray  # (N,) int64
    given_prob: np.ndarray  # (N,) probability of the given label
    classes: np.ndarray  # (N,) int32, the confident guess, -1 for none
    predicted: np.ndarray  # (N,) int32, the most likely class, the label where it is as likely
    margins: np.ndarray  # (N,) probability of the likely class less that of the label

    @cached_property
    def differs(self) -> np.ndarray:
        """Whether the most likely class is not the label, (N,)."""
        return np.asarray(self.predicted != self.labels)

    @property
    def off_diagonal(self) -> np.ndarray:
        """Whether the row is confidently guessed to be of another class than its label, (N,)."""
        return np.asarray((self.classes >= 0) & (self.classes != self.labels))

    def joint(self) -> ConfidentJoint:
        return ConfidentJoint.of(self.labels, self.classes, self.data.k)


def confident_predictions(labels: Any, pred_probs: Any, thresholds: Any = None) -> ConfidentPredictions:
    """Walk over the rows for the thresholds, unless they are given, and again to guess the class of each row."""
    data = check_classification(labels, pred_probs)
    rows = rows_of(data.labels, data.pred_probs)
    if thresholds is None:
        # reads no more than the label's entry of each row; rows are checked by the second walk
        thresholds = rows.fold(lambda _, *block: SelfConfidence.of(*block), SelfConfidence.of_none(data.k)).thresholds()
    thresholds = _least_above(check_thresholds(thresholds, data.k) - ROUNDING, data.float_type)
    tolerance = data.float_type.type(ROUNDING)

    def work(first: int, labels: Array, pred_probs: Array) -> tuple[Array, ...]:
        found: tuple[Array, ...] = confident_for(pred_probs).confident_guesses(
            labels, pred_probs, thresholds, tolerance
        )
        refuse_rows(first, found[3], labels, pred_probs, data.name)
        return found

    classes, predicted, margins, given_prob = (to_numpy(part, data.name) for part in rows.map_several(work))
    given = to_numpy(data.labels[0][:], "labels").astype(np.int64)
    return ConfidentPredictions(data, rows, given, given_prob, classes, predicted, margins)


def _least_above(thresholds: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    # comparing in the type of the probabilities is then the same as comparing in float64
    narrow = thresholds.astype(dtype)
    return np.where(narrow < thresholds, np.nextafter(narrow, dtype.type(np.inf)), narrow).astype(dtype)
