"""method="calibrated": the probability that each object is wrong, and the expected number of wrong ones in an image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelaudit._checks.ragged import Ragged, offsets_of
from labelaudit._kernels import matching_kernels
from labelaudit._run.passes import in_order
from labelaudit._stats.confirmations import Calibration, Confirmations
from labelaudit.errors import InputError
from labelaudit.object_detection._match import Likeness, Matches, confirmations, match

KINDS = ("overlooked", "badloc", "swap", "duplicate")
WEIGHTS = dict.fromkeys(KINDS, 1 / len(KINDS))

# The share of annotated objects taken to be badly located, or to show nothing, before anything is known of them.
_PRIOR = 0.01


@dataclass(frozen=True)
class Errors:
    """P(wrong) of each object by kind, and the prediction that speaks against it, -1 for none."""

    overlooked: np.ndarray  # (M,) of predicted objects; NaN: it is annotated
    badloc: np.ndarray  # (L,)
    swap: np.ndarray  # (L,)
    duplicate: np.ndarray  # (L,) also of an object that shows nothing
    rivals: np.ndarray  # (L,) index of the prediction of another class there
    sightings: np.ndarray  # (L,) index of the prediction of its class there or nearby

    def of(self, kind: str) -> np.ndarray:
        """Return the probabilities of one kind."""
        values: np.ndarray = getattr(self, kind)
        return values


def calibrate(scenes: Any, likeness: Likeness) -> Calibration:
    """Return how far predictions are to be believed, in one walk over all images."""

    def count(block: tuple[Any, Any]) -> Confirmations:
        labels, predictions = block
        return confirmations(labels, predictions, match(labels, predictions, likeness), scenes.k)

    return sum(in_order(scenes.blocks(), count), Confirmations.of_none(scenes.k)).calibration()


def errors_of(scenes: Any, calibration: Calibration | None, likeness: Likeness) -> Errors:
    """Return what is wrong with each object, by this calibration or the data set's own."""
    if calibration is None:
        calibration = calibrate(scenes, likeness)
    elif calibration.annotated.size < scenes.k:
        raise InputError(f"calibration: knows {calibration.annotated.size} classes, these images have {scenes.k}")
    return error_probabilities(scenes, calibration, likeness)


def error_probabilities(scenes: Any, calibration: Calibration, likeness: Likeness) -> Errors:
    """Return what is wrong with each object of all images."""
    blocks = scenes.blocks()

    def work(block: tuple[Any, Any]) -> Errors:
        labels, predictions = block
        return _errors(labels, predictions, match(labels, predictions, likeness), calibration, likeness)

    parts = in_order(blocks, work)
    columns = {name: [getattr(part, name) for part in parts] for name in Errors.__dataclass_fields__}
    firsts = offsets_of([block[1].classes.size for block in blocks])
    for name in ("rivals", "sightings"):  # indices into a block become indices into the whole
        columns[name] = [np.where(at >= 0, at + first, -1) for at, first in zip(columns[name], firsts, strict=False)]
    return Errors(**{name: np.concatenate(column) for name, column in columns.items()})


def scores_by_kind(errors: Errors, scenes: Any) -> dict[str, list[np.ndarray]]:
    """Return how likely each object is right: by kind of error an array an image."""
    starts = dict.fromkeys(KINDS, scenes.labels.starts) | {"overlooked": scenes.predictions.starts}
    return {kind: Ragged(1.0 - errors.of(kind), starts[kind]).split() for kind in KINDS}


def image_scores(errors: Errors, scenes: Any, weights: Mapping[str, float]) -> np.ndarray:
    """Return 1 / (1 + the expected number of wrong objects) of each image; a half where one is expected.

    Not a softmin: that would rise where a milder error is added to a grave one.
    """
    expected = np.zeros(len(scenes))
    for kind in KINDS:
        starts = scenes.predictions.starts if kind == "overlooked" else scenes.labels.starts
        expected += weights[kind] * len(KINDS) * matching_kernels().sums_by_image(errors.of(kind), starts)
    scores: np.ndarray = 1.0 / (1.0 + expected)
    return scores


def _errors(labels: Any, predictions: Any, matches: Matches, calibration: Calibration, likeness: Likeness) -> Errors:
    kernels = matching_kernels()
    real = calibration.probability(predictions.classes, predictions.confidences)
    partners, seen = matches.partners, matches.partners >= 0
    spoken_for = np.zeros(real.size, bool)
    spoken_for[partners[seen]] = True
    support = np.where(seen, _at(real, partners), 0.0)
    others, nearby = kernels.rivals(
        matches.ious, labels.classes, labels.starts, predictions.classes, real, spoken_for, predictions.starts
    )
    other = np.where(others >= 0, _at(real, others), 0.0)
    near = np.where((nearby >= 0) & ~seen, _at(real, nearby), 0.0)
    # a prediction that overlaps an annotated object may be a poor attempt at it
    unexplained = 1.0 - kernels.greatest_overlap(matches.ious, labels.starts, predictions.starts)
    confidences = np.where(seen, _at(predictions.confidences, partners), np.nan)
    unsupported = _surprise(calibration.share_with_less_support(labels.classes, confidences))
    ill_fitting = _surprise(calibration.share_with_less_overlap(labels.classes, matches.overlaps))
    something_there = np.maximum(support, np.maximum(other, near))
    twin = kernels.twins(likeness.iou(labels, labels), something_there, labels.starts)
    return Errors(
        overlooked=np.where(spoken_for, np.nan, real * unexplained),
        badloc=np.where(seen, ill_fitting, near),
        swap=other * (1.0 - support),
        duplicate=np.maximum((1 - support) * twin, (1.0 - something_there) * unsupported),
        rivals=others,
        sightings=np.where(seen, partners, nearby),
    )


def _at(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    # place -1 reads anything; its value is not used
    return values[places] if values.size else np.zeros(places.size)


def _surprise(share: np.ndarray) -> np.ndarray:
    # Bayes with the prior, where a wrong object is anywhere at the bottom of its class and a right one anywhere in it
    return _PRIOR * (1.0 - share) / (_PRIOR + (1.0 - _PRIOR) * share)
