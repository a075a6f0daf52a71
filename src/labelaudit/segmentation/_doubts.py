"""Whether label maps and predictions belong together, told by a sample of the pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelaudit._stats.class_order import other_places, say_places
from labelaudit.results import Doubt
from labelaudit.segmentation._noise import PixelNoise

_LEAST_PIXELS = 1000

# Pixels that are predicted as a class that changed places: a smaller share is what a model mistakes.
_LEAST_MOVED = 0.02

# Labels and most likely classes agree more than chance would have it by this share of what is left at the least.
_LEAST_KAPPA = 0.15

# One class is the most likely one of so many pixels, where so many have other labels.
_ONE_CLASS, _OTHERS = 0.999, 0.05


def doubts_of(noise: PixelNoise, names: Sequence[str] | None) -> tuple[Doubt, ...]:
    """Return what makes the result doubtful; of the grave ones, the one that says most."""
    total = float(noise.seen.sum())
    grave = _grave(noise.seen / total, names) if total >= _LEAST_PIXELS else None
    notes = (_MORE_THAN_HALF,) if noise.rate.most else ()
    return notes if grave is None else (grave, *notes)


def _grave(seen: np.ndarray, names: Sequence[str] | None) -> Doubt | None:
    given, predicted = seen.sum(axis=1), seen.sum(axis=0)
    if given.max() > 1 - _OTHERS:  # next to nothing but one class
        return None
    if predicted.max() >= _ONE_CLASS:
        one = int(predicted.argmax())
        return Doubt(
            "one-class",
            grave=True,
            sentence=f"class {one if names is None else names[one]} is the most likely one of nearly all pixels",
            way_out="check that predictions are the probabilities of all classes",
        )
    places = other_places(seen, _LEAST_MOVED)
    if places:
        return Doubt(
            "classes",
            grave=True,
            sentence=f"pixels are predicted as other classes throughout: {say_places(places, names)}",
            way_out="bring the planes of the predictions in the order of the classes of the labels",
        )
    by_chance = float(given @ predicted)
    if float(np.trace(seen)) - by_chance < _LEAST_KAPPA * (1 - by_chance):
        return Doubt(
            "order",
            grave=True,
            sentence="labels agree with predictions no more than chance would have it",
            way_out="check that predictions are of these images, in their order",
        )
    return None


_MORE_THAN_HALF = Doubt(
    "more-than-half",
    grave=False,
    sentence="more than half of the labels look wrong",
    way_out="check that labels and predictions belong together",
)
