"""The two walks that confident learning takes over a data set: thresholds, then what each row is guessed to be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from labelaudit._checks.arrays import Array, to_numpy
from labelaudit._checks.classification import Classification, check_classification, refuse_rows
from labelaudit._kernels import confident_for, rows_for
from labelaudit._run import Rows, rows_of
from labelaudit._stats.joint import ConfidentJoint
from labelaudit._stats.self_confidence import SelfConfidence

# A probability that misses its threshold by rounding reaches it; a label that misses the top by as little is on top.
ROUNDING = 1e-6


@dataclass(frozen=True)
class Guesses:
    """What is known of each row after the walks, in memory whatever the size of the probabilities."""

    data: Classification
    rows: Rows
    labels: np.ndarray  # (N,) int64
    own: np.ndarray  # (N,) probability of the given label
    classes: np.ndarray  # (N,) int32, the confident guess, -1 for none
    likely: np.ndarray  # (N,) int32, the most likely class, the label where it is as likely
    margins: np.ndarray  # (N,) probability of the likely class less that of the label

    @cached_property
    def differs(self) -> np.ndarray:
        """Whether the most likely class is not the label, (N,)."""
        return np.asarray(self.likely != self.labels)

    @property
    def off_diagonal(self) -> np.ndarray:
        """Whether the row is confidently guessed to be of another class than its label, (N,)."""
        return np.asarray((self.classes >= 0) & (self.classes != self.labels))

    def joint(self) -> ConfidentJoint:
        return ConfidentJoint.of(self.labels, self.classes, self.data.k)


@dataclass(frozen=True)
class Checked:
    """What is known after the first walk, in which every row was checked."""

    data: Classification
    rows: Rows
    labels: np.ndarray  # (N,) int64
    own: np.ndarray  # (N,) probability of the given label

    def confidence(self) -> SelfConfidence:
        k = self.data.k
        return SelfConfidence(np.bincount(self.labels, self.own, k), np.bincount(self.labels, minlength=k))


def check_rows(labels: Any, pred_probs: Any) -> Checked:
    """Walk over the rows once: check each and keep the probability of its label."""
    data = check_classification(labels, pred_probs)
    rows = rows_of(data.labels, data.pred_probs)

    def own(first: int, labels: Array, pred_probs: Array) -> Array:
        scores, _ = rows_for(pred_probs).self_confidence(labels, pred_probs)
        refuse_rows(first, scores, labels, pred_probs, data.name)
        return scores

    scores = to_numpy(rows.map(own), data.name)
    return Checked(data, rows, to_numpy(data.labels[0][:], "labels").astype(np.int64), scores)


def guess(checked: Checked, thresholds: np.ndarray) -> Guesses:
    """Walk over the rows once more and guess the class of each that reaches a threshold."""
    bars = _least_above(thresholds - ROUNDING, checked.data.float_type)
    favour = checked.data.float_type.type(ROUNDING)

    def work(_: int, labels: Array, pred_probs: Array) -> tuple[Array, ...]:
        found: tuple[Array, ...] = confident_for(pred_probs).confident_guesses(labels, pred_probs, bars, favour)
        return found

    classes, likely, margins = (to_numpy(part, "pred_probs") for part in checked.rows.map_several(work))
    return Guesses(checked.data, checked.rows, checked.labels, checked.own, classes, likely, margins)


def _least_above(bars: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    # comparing in the type of the probabilities is then the same as comparing in float64
    narrow = bars.astype(dtype)
    return np.where(narrow < bars, np.nextafter(narrow, dtype.type(np.inf)), narrow).astype(dtype)
