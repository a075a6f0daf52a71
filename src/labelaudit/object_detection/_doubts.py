"""Whether annotated and predicted objects belong together, told by what matching knows.

Where they do, nearly all confident predictions lie on an annotated object, and nothing more is looked at. Where they do
not, a few hundred images are looked at again, to name what would bring the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from labelaudit._stats.class_order import other_places, say_places
from labelaudit.object_detection._calibrated import Errors
from labelaudit.object_detection._repairs import Pairs, repair_of
from labelaudit.results import Doubt

_LEAST_OBJECTS = 20

# Where a detector sees more of the objects than this, or annotations confirm more of what it is sure of, nothing more
# is looked at: large boxes are hit by chance, but not so many.
_SEEN, _CONFIRMED = 0.6, 0.5

# Images without predictions hold no more of the annotated objects than this.
_MOST_UNPREDICTED = 0.8

# Objects that are seen in their places with other classes: fewer are what a detector mistakes.
_LEAST_MOVED = 10
_MOST_CLASSES = 2000  # more of them take longer to put in order than to audit


def doubts_of(
    scenes: Any, boxes: np.ndarray, predicted_boxes: np.ndarray, errors: Errors, unit: str, names: Sequence[str] | None
) -> tuple[Doubt, ...]:
    """Return what makes the result doubtful; ``boxes`` of masks are those that hold them."""
    labels, predictions = scenes.labels, scenes.predictions
    objects = labels.classes.size
    empty = float(labels.counts[predictions.counts == 0].sum())
    if objects and empty > _MOST_UNPREDICTED * objects:
        return (_no_predictions(int(empty), objects, unit),)
    if not objects and predictions.classes.size >= _LEAST_OBJECTS:
        return (_no_labels(predictions.classes.size, unit),)
    if objects < _LEAST_OBJECTS:
        return ()
    matched = np.isnan(errors.overlooked)
    seen, classes = _seen(errors, matched, predictions)
    places = _other_places(labels.classes, classes)
    if places:
        return (_classes(places, unit, names),)
    sure = _surest(predictions.confidences, objects // 2)
    if seen.mean() >= _SEEN or matched[sure].mean() >= _CONFIRMED:
        return ()
    repair = repair_of(
        Pairs(boxes, labels.classes, labels.starts),
        Pairs(predicted_boxes[sure], predictions.classes[sure], np.searchsorted(sure, predictions.starts)),
    )
    if repair is None:
        return ()
    return (Doubt(repair.code, grave=True, sentence=repair.sentence.format(unit=unit), way_out=repair.way_out),)


def _seen(errors: Errors, matched: np.ndarray, predictions: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each annotated object was seen with its class, and the class that is most surely there, or -1."""
    seen = errors.sightings >= 0
    seen[seen] = matched[errors.sightings[seen]]
    same, other = (
        np.where(there, predictions.confidences[places], -1.0)
        for there, places in ((seen, errors.sightings), (errors.conflicting >= 0, errors.conflicting))
    )
    surest = np.where(other > same, errors.conflicting, errors.sightings)
    classes = np.where(seen | (errors.conflicting >= 0), predictions.classes[surest], -1)
    return seen, classes


def _surest(confidences: np.ndarray, count: int) -> np.ndarray:
    """Return about so many of the most confident predictions, in their order; all that are as confident as the last."""
    count = min(count, confidences.size)
    least = np.partition(confidences, confidences.size - count)[confidences.size - count]
    return np.flatnonzero(confidences >= least)


def _no_predictions(empty: int, objects: int, unit: str) -> Doubt:
    return Doubt(
        "no-predictions",
        grave=True,
        sentence=f"{empty:,} of {objects:,} {unit} are in images without any prediction",
        way_out="check that predictions were found and are named as the images are",
    )


def _no_labels(predicted: int, unit: str) -> Doubt:
    return Doubt(
        "no-labels",
        grave=True,
        sentence=f"no {unit} are annotated, and {predicted:,} predicted",
        way_out="check that annotations were found and are named as the images are",
    )


def _other_places(given: np.ndarray, predicted: np.ndarray) -> dict[int, int]:
    # among the classes that there are, which may be few of many
    there = predicted >= 0
    classes, places = np.unique(np.concatenate([given[there], predicted[there]]), return_inverse=True)
    k = classes.size
    if k > _MOST_CLASSES:
        return {}
    rows, columns = places.reshape(2, -1)
    moved = other_places(np.bincount(rows * k + columns, minlength=k * k).reshape(k, k), _LEAST_MOVED)
    return {int(classes[one]): int(classes[other]) for one, other in moved.items()}


def _classes(places: dict[int, int], unit: str, names: Sequence[str] | None) -> Doubt:
    return Doubt(
        "classes",
        grave=True,
        sentence=f"{unit} are predicted in their places with other classes: {say_places(places, names)}",
        way_out="number the classes of predictions in the order of those of the labels",
    )
