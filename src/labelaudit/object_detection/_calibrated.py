"""method="calibrated": the probability that each object is wrong, and the expected number of wrong ones in an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelaudit._data.ragged import Ragged
from labelaudit._kernels import matching_kernels
from labelaudit._run.passes import in_order
from labelaudit._stats.detector_counts import Calibration, DetectorCounts, Standing
from labelaudit.errors import InputError
from labelaudit.object_detection._match import Matches, PairSimilarity, count, match

# What cleanlab, and so its callers' weights and what they are given, calls each kind of error.
PUBLIC_NAMES = {"overlooked": "overlooked", "badly_located": "badloc", "swapped": "swap", "duplicated": "duplicate"}
WEIGHTS = dict.fromkeys(PUBLIC_NAMES.values(), 1 / len(PUBLIC_NAMES))

# The share of annotated objects taken to be badly located, or to show nothing, before anything is known of them.
_PRIOR = 0.01


@dataclass(frozen=True)
class Errors:
    """P(wrong) of each object by kind, and the prediction that speaks against it, -1 for none."""

    overlooked: np.ndarray  # (M,) of predicted objects; NaN: it is annotated
    badly_located: np.ndarray  # (L,)
    swapped: np.ndarray  # (L,)
    duplicated: np.ndarray  # (L,) also of an object that shows nothing
    conflicting: np.ndarray  # (L,) index of the prediction of another class there
    sightings: np.ndarray  # (L,) index of the prediction of its class there or nearby

    @property
    def by_kind(self) -> dict[str, np.ndarray]:
        """The probabilities by kind of error."""
        return {
            "overlooked": self.overlooked,
            "badly_located": self.badly_located,
            "swapped": self.swapped,
            "duplicated": self.duplicated,
        }

    @property
    def of_annotated(self) -> np.ndarray:
        """How likely each annotated object is wrong, (L,): as the likeliest kind of error says."""
        p_wrong: np.ndarray = np.maximum(np.maximum(self.badly_located, self.swapped), self.duplicated)
        return p_wrong


def calibrate(scenes: Any, similarity: PairSimilarity) -> Calibration:
    """Return how far predictions are to be believed, in one walk over all images."""
    return _look(scenes, similarity)[1].calibration()


def errors_of(scenes: Any, calibration: Calibration | None, similarity: PairSimilarity) -> Errors:
    """Return what is wrong with each object, by this calibration or the data set's own.

    Objects are matched once: what was seen of each block is kept until the calibration is known.
    """
    matches, counts = _look(scenes, similarity)
    if calibration is None:
        calibration, places = counts.calibrated()
        return _errors(scenes, matches, calibration, places)
    if calibration.annotated.size < scenes.k:
        raise InputError(f"calibration: knows {calibration.annotated.size} classes, these images have {scenes.k}")
    return _errors(scenes, matches, calibration, None)


def _look(scenes: Any, similarity: PairSimilarity) -> tuple[list[Matches], DetectorCounts]:
    def look(block: tuple[Any, Any]) -> tuple[Matches, DetectorCounts]:
        matches = match(*block, similarity)
        return matches, count(*block, matches, scenes.k)

    found = in_order(scenes.blocks(), look)
    return [matches for matches, _ in found], sum((counts for _, counts in found), DetectorCounts.of_none(scenes.k))


def _errors(scenes: Any, matches: Sequence[Matches], calibration: Calibration, places: np.ndarray | None) -> Errors:
    # places of the predictions in the calibration, where it was made of them
    blocks = scenes.blocks()
    firsts = np.cumsum([0, *(predictions.classes.size for _, predictions in blocks)]).tolist()

    def judge(part: tuple[tuple[Any, Any], Matches, int]) -> Errors:
        (labels, predictions), seen, first = part
        if places is None:
            standing = calibration.standing(predictions.classes, predictions.confidences)
        else:
            standing = Standing.at(places[first : first + predictions.classes.size])
        return errors_of_block(labels, predictions, seen, calibration, standing, first)

    parts = in_order(list(zip(blocks, matches, firsts, strict=False)), judge)
    return Errors(
        np.concatenate([part.overlooked for part in parts]),
        np.concatenate([part.badly_located for part in parts]),
        np.concatenate([part.swapped for part in parts]),
        np.concatenate([part.duplicated for part in parts]),
        np.concatenate([part.conflicting for part in parts]),
        np.concatenate([part.sightings for part in parts]),
    )


def errors_of_block(
    labels: Any, predictions: Any, matches: Matches, calibration: Calibration, standing: Standing, first: int
) -> Errors:
    """Return what is wrong with the objects of a block of images, whose predictions are numbered from ``first``."""
    kernels = matching_kernels()
    real = calibration.probability_at(predictions.classes, standing)
    partners, seen = matches.partners, matches.partners >= 0
    support = np.where(seen, _at(real, partners), 0.0)
    others, nearby = kernels.conflicting(*matches.contradictions, labels.classes, predictions.classes, real)
    other = np.where(others >= 0, _at(real, others), 0.0)
    near = np.where((nearby >= 0) & ~seen, _at(real, nearby), 0.0)
    # a prediction that overlaps an annotated object may be a poor attempt at it
    unexplained = 1.0 - matches.greatest
    stands = np.where(seen, _at(standing.after, partners), calibration.starts[labels.classes])
    unsupported = _surprise(calibration.share_with_less_support(labels.classes, stands))
    ill_fitting = _surprise(calibration.share_with_less_overlap(labels.classes, matches.overlaps))
    something_there = np.maximum(support, np.maximum(other, near))
    repeated = kernels.duplicate_iou(*matches.repeats, something_there)
    sightings = np.where(seen, partners, nearby)
    return Errors(
        overlooked=np.where(matches.matched, np.nan, real * unexplained),
        badly_located=np.where(seen, ill_fitting, near),
        swapped=other * (1.0 - support),
        duplicated=np.maximum((1 - support) * repeated, (1.0 - something_there) * unsupported),
        conflicting=np.where(others >= 0, others + first, -1),
        sightings=np.where(sightings >= 0, sightings + first, -1),
    )


def scores_by_kind(errors: Errors, scenes: Any) -> dict[str, list[np.ndarray]]:
    """Return how likely each object is right: by cleanlab's name of the kind of error an array an image."""
    return {PUBLIC_NAMES[kind]: Ragged(1.0 - p, _starts(kind, scenes)).split() for kind, p in errors.by_kind.items()}


def image_scores(errors: Errors, scenes: Any, weights: Mapping[str, float]) -> np.ndarray:
    """Return 1 / (1 + the expected number of wrong objects) of each image; a half where one is expected.

    Not a softmin: that would rise where a milder error is added to a grave one.
    """
    expected = np.zeros(len(scenes))
    for kind, p_wrong in errors.by_kind.items():
        sums = matching_kernels().sums_by_image(p_wrong, _starts(kind, scenes))
        expected += weights[PUBLIC_NAMES[kind]] * len(PUBLIC_NAMES) * sums
    scores: np.ndarray = 1.0 / (1.0 + expected)
    return scores


def any_wrong(errors: Errors, scenes: Any) -> np.ndarray:
    """Return how likely anything in each image is wrong or overlooked, (N,)."""
    kernels = matching_kernels()
    wrong = kernels.any_by_image(errors.of_annotated, scenes.labels.starts)
    overlooked = kernels.any_by_image(errors.overlooked, scenes.predictions.starts)
    p_wrong: np.ndarray = 1.0 - (1.0 - wrong) * (1.0 - overlooked)
    return p_wrong


def _starts(kind: str, scenes: Any) -> np.ndarray:
    # where each image has the objects that may be wrong in this way
    objects = scenes.predictions if kind == "overlooked" else scenes.labels
    starts: np.ndarray = objects.starts
    return starts


def _at(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    # place -1 reads anything; its value is not used
    return values[places] if values.size else np.zeros(places.size, values.dtype)


def _surprise(share: np.ndarray) -> np.ndarray:
    # Bayes with the prior, where a wrong object is anywhere at the bottom of its class and a right one anywhere in it
    return _PRIOR * (1.0 - share) / (_PRIOR + (1.0 - _PRIOR) * share)
