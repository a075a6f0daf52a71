"""What would bring predictions that lie beside everything back to where the annotated objects are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from labelaudit._data.boxes import Boxes
from labelaudit._data.ragged import offsets_of
from labelaudit._kernels import matching_kernels
from labelaudit._kernels.limits import SAME_OBJECT
from labelaudit.object_detection._match import BOX_IOU, overlaps_of

_IMAGES = 300
_LEAST_IMAGES = 10

# A repair is one that has so many of the predictions lie on an object, and so many times as many as before; or of those
# that did not, at least half.
_LEAST_HITS, _TIMES, _TIMES_IN_ORDER = 0.3, 3.0, 2.0

# Coordinates that do not exceed this are fractions of the image where those of the others are pixels.
_FRACTIONS, _PIXELS = 1.5, 4.0

# Factors are voted for by pairs of objects in bins of this width, as logarithms; one this near to a whole is meant so.
_BIN = 0.02
_WHOLE = 0.02

# A detector that knows its images has this much greater a share of its predictions on their objects than on those of
# other images, which are so far away, as a share of all.
_BY_CHANCE = 0.05
_APART = (0.25, 0.4, 0.55, 0.7)


@dataclass(frozen=True)
class Pairs:
    """Objects by the boxes that hold them: image i has those from ``starts[i]`` to ``starts[i + 1]``."""

    boxes: np.ndarray  # (n, 4)
    classes: np.ndarray  # (n,)
    starts: np.ndarray  # (N + 1,)

    def of_images(self, images: np.ndarray) -> Boxes:
        """Return the objects of these images, in this order."""
        counts = np.diff(self.starts)[images]
        starts = offsets_of(counts)
        rows = np.arange(starts[-1]) + np.repeat(self.starts[images] - starts[:-1], counts)
        return Boxes(np.ascontiguousarray(self.boxes[rows]), self.classes[rows], starts)


@dataclass(frozen=True)
class Repair:
    """What seems to be wrong, in words; {unit} is what objects are called."""

    code: str
    sentence: str
    way_out: str


class _Moved(NamedTuple):
    labels: np.ndarray
    predictions: np.ndarray
    repair: Repair


def repair_of(labels: Pairs, predictions: Pairs) -> Repair | None:
    """Return what brings the two together; that they are of other images, where nothing does; None for a poor detector.

    ``predictions`` are the surest ones, of all classes.
    """
    fractions = _fractions(labels.boxes, predictions.boxes)
    if fractions is not None:
        return fractions
    images = _some((np.diff(labels.starts) > 0) & (np.diff(predictions.starts) > 0))
    given, found = labels.of_images(images), predictions.of_images(images)
    before = _hits(given, found)
    wanted = max(_LEAST_HITS, min(_TIMES * before, (1 + before) / 2))
    best, most = None, wanted
    for moved in _moved(given, found):
        hits = _hits(_at(given, moved.labels), _at(found, moved.predictions))
        if hits > most:
            best, most = moved.repair, hits
    return _order(labels, predictions) if best is None else best


def _hits(labels: Boxes, predictions: Boxes, *, same_class: bool = False) -> float:
    """Return the share of predictions that lie on an annotated object."""
    pairs = overlaps_of(labels, predictions, BOX_IOU)
    ious = pairs.ious
    if same_class:
        ious = np.where(labels.classes[pairs.first] == predictions.classes[pairs.second], ious, 0.0)
    greatest = matching_kernels().greatest_overlap(pairs.second, ious, predictions.classes.size)
    return float(np.mean(greatest >= SAME_OBJECT)) if greatest.size else 0.0


def _some(of_use: np.ndarray) -> np.ndarray:
    """Return images of use, as many as are looked at, spread evenly."""
    images = np.flatnonzero(of_use)
    return images[np.linspace(0, images.size - 1, min(images.size, _IMAGES)).astype(np.int64)]


def _at(objects: Boxes, boxes: np.ndarray) -> Boxes:
    return Boxes(np.ascontiguousarray(boxes), objects.classes, objects.starts)


def _fractions(labels: np.ndarray, predictions: np.ndarray) -> Repair | None:
    for one, other, name in ((predictions, labels, "predictions"), (labels, predictions, "labels")):
        sides = float(np.median(other[:, 2:] - other[:, :2])) if len(other) else 0.0
        if len(one) and np.abs(one).max() <= _FRACTIONS and sides > _PIXELS:
            others = "labels" if name == "predictions" else "predictions"
            return Repair(
                "scale",
                f"the {{unit}} of {name} are in fractions of the image, those of {others} in pixels",
                f"multiply those of {name} by the width and the height of their image",
            )
    return None


def _moved(labels: Boxes, predictions: Boxes) -> Iterator[_Moved]:
    """Yield both with what people mistake undone, in the one or in the other."""
    a, b = labels.boxes, predictions.boxes
    swapped = Repair("corners", "the predicted {unit} fit with x and y swapped", "swap x and y in the one or the other")
    yield _Moved(a, b[:, [1, 0, 3, 2]], swapped)
    for name in ("predictions", "labels"):
        for undo, read, was in _READINGS:
            repair = Repair(
                "corners",
                f"the {{unit}} of {name} fit when what was read as {read} is {was}",
                f"convert those of {name} to corners x1, y1, x2, y2 once",
            )
            yield _Moved(a, undo(b), repair) if name == "predictions" else _Moved(undo(a), b, repair)
    factors = _factors(labels, predictions)
    if factors is not None:
        yield _Moved(a, b * np.tile(factors, 2), _scale(*factors.tolist()))


def _from_corners(boxes: np.ndarray) -> np.ndarray:
    # corners x1, y1, x2, y2 that were taken for x, y, width, height came out as x1, y1, x1 + x2, y1 + y2
    corners: np.ndarray = np.column_stack([boxes[:, :2], np.maximum(boxes[:, 2:] - boxes[:, :2], boxes[:, :2])])
    return corners


def _from_centre(boxes: np.ndarray) -> np.ndarray:
    moved: np.ndarray = boxes - np.tile((boxes[:, 2:] - boxes[:, :2]) / 2, 2)
    return moved


_READINGS = (
    (_from_corners, "x, y, width, height", "x1, y1, x2, y2"),
    (_from_centre, "a corner", "a centre"),
)


def _factors(labels: Boxes, predictions: Boxes) -> np.ndarray | None:
    """Return by what x and y of predictions are to be multiplied, as most pairs of an image have it; None for 1."""
    # all pairs of an image, each of which votes with the ratio of its centres
    counts = np.diff(predictions.starts)[labels.images]
    offsets = offsets_of(counts)
    first = np.repeat(np.arange(labels.classes.size), counts)
    second = np.arange(offsets[-1]) + np.repeat(predictions.starts[labels.images] - offsets[:-1], counts)
    a, b = ((boxes[:, :2] + boxes[:, 2:])[rows] for boxes, rows in ((labels.boxes, first), (predictions.boxes, second)))
    factors = np.array([_whole(_voted(a[:, axis], b[:, axis])) for axis in (0, 1)])
    return factors if (np.abs(np.log(factors)) > _BIN).any() else None


def _voted(a: np.ndarray, b: np.ndarray) -> float:
    good = (a > 0) & (b > 0)
    votes = np.log(a[good] / b[good])
    if not votes.size:
        return 1.0
    bins = np.rint(votes / _BIN).astype(np.int64)
    counts = np.bincount(bins - bins.min())
    most = int(np.convolve(counts, np.ones(3), "same").argmax()) + int(bins.min())
    return float(np.exp(np.median(votes[np.abs(bins - most) <= 1])))


def _whole(factor: float) -> float:
    whole = round(factor) if factor > 1 else 1 / round(1 / factor)
    return float(whole) if abs(factor / whole - 1) < _WHOLE else factor


def _scale(x: float, y: float) -> Repair:
    by = f"{x:.4g}" if abs(x / y - 1) < _WHOLE else f"{x:.4g} across and {y:.4g} down"
    return Repair(
        "scale",
        f"the predicted {{unit}} fit when they are multiplied by {by}",
        "bring both to the pixels of the same image",
    )


def _order(labels: Pairs, predictions: Pairs) -> Repair | None:
    """Return of which other images the predictions seem to be; None where they know their own better than others."""
    n = len(labels.starts) - 1
    if n < _LEAST_IMAGES:
        return None
    images = _some(np.diff(labels.starts) > 0)
    given = labels.of_images(images)

    def hits(others: np.ndarray) -> float:
        return _hits(given, predictions.of_images(others), same_class=True)

    own = hits(images)
    chance = float(np.mean([hits((images + round(n * part)) % n) for part in _APART]))
    orders = {
        "in reverse order": n - 1 - images,
        "of the next image": (images + 1) % n,
        "of the image before": (images - 1) % n,
    }
    found = {name: hits(others) for name, others in orders.items()}
    name = max(found, key=lambda key: found[key])
    if found[name] > max(_LEAST_HITS, _TIMES_IN_ORDER * own):
        sentence = f"the predictions fit when they are taken {name}"
        return Repair("order", sentence, "bring images and predictions in one order")
    error = float(np.sqrt(chance * (1 - chance) / max(predictions.of_images(images).classes.size, 1)))
    if own > chance + _BY_CHANCE + 2 * error:
        return None
    return Repair(
        "order",
        "confident predictions lie on {unit} of their class no more often than those of other images do",
        "check that predictions are of these images, in their order, in pixels and as corners x1, y1, x2, y2",
    )
