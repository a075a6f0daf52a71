"""How often the annotations confirm a detector, by class and confidence, and the probabilities that follow.

Confidences count by their order alone: any increasing function of them gives the same probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit._kernels import matching_kernels
from labelaudit._kernels.limits import SAME_OBJECT

# IoU of matched pairs, 0.5..1, in steps of 0.005
BINS = 100

# a class leans on all classes together as if it had this many predictions of theirs
_BORROWED = 20.0

# probabilities of a class differ by at least this share of their difference in rank, so that plateaus keep an order
_BY_RANK = 1e-3

# annotators are taken to have seen at least half of the objects: below that it is the detector that is wrong
_LEAST_RECALL = 0.5


@dataclass(frozen=True)
class Confirmations:
    """Counts over images; merge with +."""

    classes: tuple[np.ndarray, ...]  # (n,) int32 parts, of predicted boxes
    confidences: tuple[np.ndarray, ...]  # (n,) float64 parts
    confirmed: tuple[np.ndarray, ...]  # (n,) bool parts: was it assigned to an annotated box
    annotated: np.ndarray  # (K,) int64, annotated boxes of each class
    overlaps: np.ndarray  # (K, BINS) int64, assigned pairs by IoU

    @classmethod
    def of_none(cls, classes: int) -> Confirmations:
        return cls((), (), (), np.zeros(classes, np.int64), np.zeros((classes, BINS), np.int64))

    @classmethod
    def of(
        cls,
        label_classes: np.ndarray,
        pred_classes: np.ndarray,
        confidences: np.ndarray,
        partners: np.ndarray,
        overlaps: np.ndarray,
        k: int,
    ) -> Confirmations:
        """Return the counts of a block of images; ``partners`` and ``overlaps`` as the kernels give them."""
        seen = partners >= 0
        confirmed = np.zeros(pred_classes.size, np.bool_)
        confirmed[partners[seen]] = True
        cells = label_classes[seen] * BINS + bin_of(overlaps[seen])
        return cls(
            (pred_classes.astype(np.int32),),
            (confidences,),
            (confirmed,),
            np.bincount(label_classes, minlength=k),
            np.bincount(cells, minlength=k * BINS).reshape(k, BINS),
        )

    def __add__(self, other: Confirmations) -> Confirmations:
        return Confirmations(
            self.classes + other.classes,
            self.confidences + other.confidences,
            self.confirmed + other.confirmed,
            self.annotated + other.annotated,
            self.overlaps + other.overlaps,
        )

    def calibration(self) -> Calibration:
        """Return the probabilities that follow."""
        starts, known, seen, confirmed = self._table()
        shared = _of_all_classes(known, seen, confirmed)
        probabilities = np.empty(known.size)
        for c in range(self.annotated.size):
            part = slice(starts[c], starts[c + 1])
            total = seen[part].sum()
            share = (total * matching_kernels().rising(confirmed[part], seen[part]) + _BORROWED * shared[part]) / (
                total + _BORROWED
            )
            ranks = (np.cumsum(seen[part]) - seen[part] / 2) / max(total, 1)
            real = np.minimum(share / _recall(seen[part], confirmed[part], self.annotated[c]), 1.0)
            probabilities[part] = (1 - _BY_RANK) * real + _BY_RANK * ranks
        return Calibration(
            starts, known, probabilities, np.cumsum(confirmed, dtype=np.int64), self.annotated, self.overlaps
        )

    def _table(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return one entry per class and distinct confidence, and where each class starts."""
        classes, confidences = _joined(self.classes, np.int32), _joined(self.confidences, np.float64)
        order = np.lexsort((confidences, classes))
        classes, confidences = classes[order], confidences[order]
        first = _starts_of_runs(classes, confidences)
        seen = np.diff(first, append=classes.size)
        confirmed = _sums_of_runs(_joined(self.confirmed, np.bool_)[order], first)
        starts = np.searchsorted(classes[first], np.arange(self.annotated.size + 1))
        return starts, confidences[first], seen, confirmed


@dataclass(frozen=True)
class Calibration:
    """P(real object | class, confidence), and how unusual the evidence for an annotated box is among its class."""

    starts: np.ndarray  # (K + 1,) where each class is in the next three
    confidences: np.ndarray  # (n,) distinct, rising
    probabilities: np.ndarray  # (n,)
    confirmed: np.ndarray  # (n,) predictions that were confirmed up to here, over all classes
    annotated: np.ndarray  # (K,)
    overlaps: np.ndarray  # (K, BINS)

    def probability(self, classes: np.ndarray, confidences: np.ndarray) -> np.ndarray:
        """Return P(real object) of predictions; between known confidences the mean of the two, beyond them the last."""
        before, after = matching_kernels().places(classes, confidences, self.starts, self.confidences)
        first, last = self.starts[classes], self.starts[classes + 1] - 1
        values = np.append(self.probabilities, 0.0)
        nearest = (values[np.maximum(after - 1, first)] + values[np.minimum(before, last)]) / 2
        # a class that was never predicted has nothing to look up
        probabilities: np.ndarray = np.where(last >= first, nearest, 0.0)
        return probabilities

    def share_with_less_support(self, classes: np.ndarray, confidences: np.ndarray) -> np.ndarray:
        """Return the share of annotated boxes of the class with no more support; confidence NaN: with none."""
        _, after = matching_kernels().places(classes, confidences, self.starts, self.confidences)
        ends = np.concatenate([[0], self.confirmed])
        first, stop = self.starts[classes], self.starts[classes + 1]
        supported, no_more = ends[stop] - ends[first], ends[after] - ends[first]
        total = self.annotated[classes]
        share: np.ndarray = np.clip((total - supported + no_more + 1) / (total + 1), 0.0, 1.0)
        return share

    def share_with_less_overlap(self, classes: np.ndarray, overlaps: np.ndarray) -> np.ndarray:
        """Return the share of assigned boxes of the class with no greater IoU; NaN stays NaN."""
        ends = np.cumsum(self.overlaps, axis=1)
        bins = bin_of(np.nan_to_num(overlaps, nan=1.0))
        share = (ends[classes, bins] + 1) / (ends[classes, -1] + 1)
        known: np.ndarray = np.where(np.isnan(overlaps), np.nan, share)
        return known


def bin_of(overlaps: np.ndarray) -> np.ndarray:
    """Return the bin of each IoU."""
    return np.clip(((overlaps - SAME_OBJECT) / (1 - SAME_OBJECT) * BINS).astype(np.int64), 0, BINS - 1)


def _recall(seen: np.ndarray, confirmed: np.ndarray, annotated: int) -> float:
    # of the most confident predictions, half as many as there are annotated boxes, all are taken to be real: those
    # that are not confirmed are objects that the annotators missed
    if not seen.size:
        return 1.0
    best, right = np.cumsum(seen[::-1]), np.cumsum(confirmed[::-1])
    at = min(int(np.searchsorted(best, annotated / 2)), best.size - 1)
    return max(float((right[at] + 1) / (best[at] + 1)), _LEAST_RECALL)


def _of_all_classes(known: np.ndarray, seen: np.ndarray, confirmed: np.ndarray) -> np.ndarray:
    # the share that is confirmed at each confidence, whatever the class; one value for equal confidences
    order = np.argsort(known, kind="stable")
    first = _starts_of_runs(known[order])
    rising = matching_kernels().rising(_sums_of_runs(confirmed[order], first), _sums_of_runs(seen[order], first))
    shared = np.empty(known.size)
    shared[order] = np.repeat(rising, np.diff(first, append=known.size))
    return shared


def _joined(parts: tuple[np.ndarray, ...], dtype: type) -> np.ndarray:
    return np.concatenate([np.zeros(0, dtype), *parts])


def _sums_of_runs(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    # reduceat refuses to give nothing
    return np.add.reduceat(values, first, dtype=np.int64) if first.size else np.zeros(0, np.int64)


def _starts_of_runs(*columns: np.ndarray) -> np.ndarray:
    changes = np.zeros(max(columns[0].size - 1, 0), np.bool_)
    for column in columns:
        changes |= np.diff(column) != 0
    return np.flatnonzero(np.concatenate([np.ones(min(columns[0].size, 1), np.bool_), changes]))
