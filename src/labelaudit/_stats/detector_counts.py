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
class DetectorCounts:
    """Counts over images; merge with +."""

    classes: tuple[np.ndarray, ...]  # (n,) int32 parts, of predicted boxes
    confidences: tuple[np.ndarray, ...]  # (n,) float64 parts
    confirmed: tuple[np.ndarray, ...]  # (n,) bool parts: was it assigned to an annotated box
    annotated: np.ndarray  # (K,) int64, annotated boxes of each class
    overlaps: np.ndarray  # (K, BINS) int64, assigned pairs by IoU

    @classmethod
    def of_none(cls, classes: int) -> DetectorCounts:
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
    ) -> DetectorCounts:
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

    def __add__(self, other: DetectorCounts) -> DetectorCounts:
        return DetectorCounts(
            self.classes + other.classes,
            self.confidences + other.confidences,
            self.confirmed + other.confirmed,
            self.annotated + other.annotated,
            self.overlaps + other.overlaps,
        )

    def calibration(self) -> Calibration:
        """Return the probabilities that follow."""
        return self.calibrated()[0]

    def calibrated(self) -> tuple[Calibration, np.ndarray]:
        """Return the probabilities that follow, and the place there of each prediction that was counted, (M,) int32."""
        order, first, shared = self._table()
        confidences = _joined(self.confidences, np.float64)[order[first]]
        starts = np.searchsorted(_joined(self.classes, np.int32)[order[first]], np.arange(self.annotated.size + 1))
        seen = np.diff(first, append=order.size)
        places = np.empty(order.size, np.int32)
        places[order] = np.repeat(np.arange(first.size, dtype=np.int32), seen)
        confirmed = _sums_of_runs(_joined(self.confirmed, np.bool_)[order], first)
        sums = _sums_before(confirmed)
        recall = _recall(_sums_before(seen), sums, starts, self.annotated)
        blended = matching_kernels().blended
        probabilities = blended(confirmed, seen, shared, starts, recall, _BORROWED, _BY_RANK)
        return Calibration(starts, confidences, probabilities, sums, self.annotated, self.overlaps), places

    def _table(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the predictions by class and rising confidence, where distinct ones begin, and what all say of them.

        The last is the share of predictions of that confidence that are confirmed, whatever their class.
        """
        classes, confidences = _joined(self.classes, np.int32), _joined(self.confidences, np.float64)
        rising = np.argsort(confidences).astype(np.int32)  # equal ones become one, so that their order does not matter
        shared = _of_all_classes(confidences[rising], _joined(self.confirmed, np.bool_)[rising])
        by_class = np.argsort(_narrow(classes[rising], self.annotated.size), kind="stable")
        order = rising[by_class]
        first = _starts_of_runs(classes[order], confidences[order])
        return order, first, shared[by_class[first]]


@dataclass(frozen=True)
class Standing:
    """Where predictions stand among the known confidences of their classes."""

    before: np.ndarray  # (M,) before which known confidence
    after: np.ndarray  # (M,) the same but after a confidence that is equal

    @classmethod
    def at(cls, places: np.ndarray) -> Standing:
        """Return where predictions stand that are known themselves."""
        return cls(places, places + 1)


@dataclass(frozen=True)
class Calibration:
    """P(real object | class, confidence), and how unusual the evidence for an annotated box is among its class."""

    starts: np.ndarray  # (K + 1,) where each class is in the next two
    confidences: np.ndarray  # (n,) distinct, rising
    probabilities: np.ndarray  # (n,)
    confirmed: np.ndarray  # (n + 1,) predictions before here that were confirmed, over all classes
    annotated: np.ndarray  # (K,)
    overlaps: np.ndarray  # (K, BINS)

    def probability(self, classes: np.ndarray, confidences: np.ndarray) -> np.ndarray:
        """Return P(real object) of predictions; between known confidences the mean of the two, beyond them the last."""
        return self.probability_at(classes, self.standing(classes, confidences))

    def standing(self, classes: np.ndarray, confidences: np.ndarray) -> Standing:
        """Return where predictions stand."""
        return Standing(*matching_kernels().places(classes, confidences, self.starts, self.confidences))

    def probability_at(self, classes: np.ndarray, standing: Standing) -> np.ndarray:
        """Return P(real object) of predictions that stand there."""
        probabilities: np.ndarray = matching_kernels().looked_up(
            classes, standing.before, standing.after, self.starts, self.probabilities
        )
        return probabilities

    def share_with_less_support(self, classes: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Return the share of annotated boxes of the class with no more support than a prediction that stands there.

        ``after``: the same as in :class:`Standing`, the start of the class for a box without support.
        """
        more = self.confirmed[self.starts[classes + 1]] - self.confirmed[after]
        total = self.annotated[classes]
        share: np.ndarray = np.clip((total - more + 1) / (total + 1), 0.0, 1.0)
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


def _recall(seen: np.ndarray, confirmed: np.ndarray, starts: np.ndarray, annotated: np.ndarray) -> np.ndarray:
    # of the most confident predictions of a class, half as many as there are annotated boxes, all are taken to be
    # real: those that are not confirmed are objects that the annotators missed. Both are sums before each entry
    stop = seen[starts[1:]]
    last = np.maximum(starts[1:] - 1, starts[:-1])
    at = np.clip(np.searchsorted(seen[:-1], stop - annotated / 2, side="right") - 1, starts[:-1], last)
    recall: np.ndarray = np.maximum((confirmed[starts[1:]] - confirmed[at] + 1) / (stop - seen[at] + 1), _LEAST_RECALL)
    return recall


def _of_all_classes(confidences: np.ndarray, confirmed: np.ndarray) -> np.ndarray:
    # the share that is confirmed at each confidence, whatever the class; both rise with the confidence
    first = _starts_of_runs(confidences)
    seen = np.diff(first, append=confidences.size)
    shared: np.ndarray = np.repeat(matching_kernels().isotonic(_sums_of_runs(confirmed, first), seen), seen)
    return shared


def _narrow(classes: np.ndarray, k: int) -> np.ndarray:
    # 16 bits are sorted by their digits, in one pass
    return classes.astype(np.uint16) if k <= 1 << 16 else classes


def _joined(parts: tuple[np.ndarray, ...], dtype: type) -> np.ndarray:
    return np.concatenate([np.zeros(0, dtype), *parts])


def _sums_before(values: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(values, dtype=np.int64)])


def _sums_of_runs(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    # reduceat refuses to give nothing
    return np.add.reduceat(values, first, dtype=np.int64) if first.size else np.zeros(0, np.int64)


def _starts_of_runs(*columns: np.ndarray) -> np.ndarray:
    changes = np.zeros(max(columns[0].size - 1, 0), np.bool_)
    for column in columns:
        changes |= column[1:] != column[:-1]
    return np.flatnonzero(np.concatenate([np.ones(min(columns[0].size, 1), np.bool_), changes]))
