"""Every scoring function on boxes, masks and pixels by every method: rows of the table that the laws run over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from labelaudit.instance_segmentation import rank as instance_segmentation
from labelaudit.object_detection import rank as object_detection
from labelaudit.segmentation import rank as segmentation
from laws.pictures import BOXES, MASKS, MEANS_OF_NUMBERS, PIXEL_LISTS, PIXELS, VOID
from laws.table import Arguments, Column, Scorer, mapped


def always_double(_: np.dtype[Any]) -> np.dtype[Any]:
    """The type of scores of images, whatever that of the predictions."""
    return np.dtype(np.float64)


def _kind(kind: str) -> Callable[[Any, Arguments], Column]:
    return lambda found, _: found[kind]


def _none_missing(given: Arguments) -> Column:
    return [np.zeros(len(one["labels"]), bool) for one in given["labels"]]


KINDS = ("overlooked", "badloc", "swap", "duplicate")
_SAYS_NOTHING: Any = {"finite": "a predicted object that is annotated, or not believed, has no score"}


def _objects() -> list[Scorer]:
    rows = [
        Scorer(
            f"boxes: images by {method}",
            object_detection.get_label_quality_scores,
            BOXES,
            {"method": method},
            returns=always_double,
            chains=KINDS[:3] if method == "objectlab" else None,
            rtol=1e-9,
        )
        for method in object_detection.METHODS
    ]
    rows.append(
        Scorer(
            "masks: images",
            instance_segmentation.get_label_quality_scores,
            MASKS,
            returns=always_double,
            rtol=1e-9,
        )
    )
    for kind in KINDS:
        shared: dict[str, Any] = {"returns": always_double, "chains": (kind,), "rtol": 1e-9}
        shared |= {"exempt": _SAYS_NOTHING} if kind == "overlooked" else {"unlabelled": _none_missing}
        boxes, masks = object_detection.compute_calibrated_box_scores, instance_segmentation.compute_object_scores
        rows += [
            Scorer(f"boxes: calibrated {kind}", boxes, BOXES, column=_kind(kind), **shared),
            Scorer(f"masks: {kind}", masks, MASKS, column=_kind(kind), **shared),
        ]
        if kind in _OBJECTLAB:
            rows.append(Scorer(f"boxes: {kind} by objectlab", _OBJECTLAB[kind], BOXES, **shared))
    return rows


_OBJECTLAB = {
    "overlooked": object_detection.compute_overlooked_box_scores,
    "badloc": object_detection.compute_badloc_box_scores,
    "swap": object_detection.compute_swap_box_scores,
}


def _pixels() -> list[Scorer]:
    void = {"ignore_index": VOID}
    options: list[dict[str, Any]] = [
        {"method": "softmin"},
        {"method": "softmin", "temperature": 0.5, "boundary_width": 1},
        {"method": "num_pixel_issues"},
        {"method": "num_pixel_issues", "downsample": 2},
    ]
    function, rows = segmentation.get_label_quality_scores, []
    for form, data in (("", PIXELS), (" in lists", PIXEL_LISTS)):
        rows += [
            Scorer(
                f"segmentation: images{form} by {', '.join(map(str, one.values()))}",
                function,
                data,
                one | void,
                column=lambda found, _: found[0],
                returns=always_double,
                exempt=MEANS_OF_NUMBERS if "downsample" in one else {},
            )
            for one in options
        ]
        rows.append(
            Scorer(
                f"segmentation: pixels{form}",
                function,
                data,
                void,
                column=lambda found, _: found[1],
                unlabelled=lambda given: mapped(lambda labels: labels == VOID, given["labels"]),
                returns=lambda given: given,
            )
        )
    return rows


PICTURE_SCORERS = [*_objects(), *_pixels()]
