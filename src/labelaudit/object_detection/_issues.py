"""The objects of a data set that look wrong; objects are boxes or masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labelaudit._data.boxes import spans
from labelaudit._kernels import matching_kernels
from labelaudit._kernels.limits import SAME_OBJECT
from labelaudit.object_detection._calibrated import Errors
from labelaudit.object_detection._match import PairSimilarity, repeats_of

# Kinds of errors by their numbers below; those of annotated objects come first.
KINDS = ("badly_located", "swapped", "duplicated", "overlooked")
_BADLY_LOCATED, _SWAPPED, _DUPLICATED, _OVERLOOKED = range(len(KINDS))

# Found objects of so many images are compared at a time: all pairs of them are in memory then.
_IMAGES = 1024


@dataclass(frozen=True)
class Suspects:
    """What looks wrong: annotated objects in their order, and then those that seem to be overlooked.

    Places count the objects of all images; -1 stands for none.
    """

    rows: np.ndarray  # (n,) the image
    kinds: np.ndarray  # (n,) index into KINDS
    annotated: np.ndarray  # (n,) place of the annotated object, none for an overlooked one
    predictions: np.ndarray  # (n,) place of the prediction that speaks against it, or shows an overlooked object
    given: np.ndarray  # (n,) class, none for an overlooked one
    suggested: np.ndarray  # (n,) class, none for one to remove
    moved: np.ndarray  # (n,) place of the prediction where the object should be, none where it is, or is to go
    p_wrong: np.ndarray  # (n,)

    @property
    def overlooked(self) -> np.ndarray:
        """Which of them nobody annotated, (n,)."""
        missing: np.ndarray = self.kinds == _OVERLOOKED
        return missing

    @property
    def removed(self) -> np.ndarray:
        """Which of them are to be taken out, (n,)."""
        repeated: np.ndarray = self.kinds == _DUPLICATED
        return repeated


def suspects_of(scenes: Any, errors: Errors, similarity: PairSimilarity, threshold: float) -> Suspects:
    """Return each object that is wrong, or was overlooked, with more than this probability.

    Each annotated object is listed once, with the kind of error that is most likely; each overlooked one once, by the
    most probable of the predictions that show it.
    """
    annotated = _annotated(scenes, errors, threshold)
    shown = np.nan_to_num(errors.overlooked)
    shown[annotated.moved[annotated.moved >= 0]] = 0  # it is the better place of an object that is listed
    found = _once_each(np.flatnonzero(shown > threshold), shown, scenes.predictions, similarity)
    classes, none = scenes.predictions.classes[found], np.full(found.size, -1)
    overlooked = Suspects(
        _images(scenes.predictions, found), np.full(found.size, _OVERLOOKED), none, found, none, classes, found,
        shown[found],
    )  # fmt: skip
    return Suspects(
        np.concatenate([annotated.rows, overlooked.rows]),
        np.concatenate([annotated.kinds, overlooked.kinds]),
        np.concatenate([annotated.annotated, overlooked.annotated]),
        np.concatenate([annotated.predictions, overlooked.predictions]),
        np.concatenate([annotated.given, overlooked.given]),
        np.concatenate([annotated.suggested, overlooked.suggested]),
        np.concatenate([annotated.moved, overlooked.moved]),
        np.concatenate([annotated.p_wrong, overlooked.p_wrong]),
    )


def _annotated(scenes: Any, errors: Errors, threshold: float) -> Suspects:
    wrong = np.flatnonzero(errors.of_annotated > threshold)
    chances = np.stack([errors.badly_located[wrong], errors.swapped[wrong], errors.duplicated[wrong]])
    kinds = chances.argmax(axis=0)
    given, conflicting = scenes.labels.classes[wrong], errors.conflicting[wrong]
    # another class where that was seen, the same for an object in the wrong place, none for one to remove
    other = scenes.predictions.classes[conflicting] if scenes.predictions.classes.size else given
    suggested = np.where((kinds == _SWAPPED) & (conflicting >= 0), other, given)
    moved = np.where(kinds == _BADLY_LOCATED, errors.sightings[wrong], -1)
    return Suspects(
        _images(scenes.labels, wrong),
        kinds,
        wrong,
        np.where(kinds == _SWAPPED, conflicting, moved),
        given,
        np.where(kinds == _DUPLICATED, -1, suggested),
        moved,
        chances.max(axis=0),
    )


def _images(objects: Any, places: np.ndarray) -> np.ndarray:
    images: np.ndarray = np.searchsorted(objects.starts, places, side="right") - 1
    return images


def _once_each(found: np.ndarray, p: np.ndarray, predictions: Any, similarity: PairSimilarity) -> np.ndarray:
    """Return the predictions that show no object which a more probable one of the same image shows."""
    candidates = predictions.take(found)

    repeated = np.zeros(found.size, np.bool_)
    for span in spans(len(candidates), _IMAGES):
        here = slice(*candidates.starts[list(span)])
        pairs = repeats_of(candidates.block(*span), similarity)
        repeated[here] = matching_kernels().duplicate_iou(*pairs, p[found[here]]) >= SAME_OBJECT
    return found[~repeated]
