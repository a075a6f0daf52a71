"""From the labels and predictions of an object detection data set to its audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from labelaudit._checks.arrays import check_choice
from labelaudit._checks.image_records import check_image_records
from labelaudit._checks.object_detection import check_scenes, with_class_names
from labelaudit._checks.options import check_threshold
from labelaudit._data.boxes import Boxes, Objects
from labelaudit.assembly import build_audit
from labelaudit.decisions import Decisions
from labelaudit.headlines import say_labels
from labelaudit.object_detection import _calibrated, _objectlab
from labelaudit.object_detection._doubts import doubts_of
from labelaudit.object_detection._issues import suspects_of
from labelaudit.object_detection._match import BOX_IOU
from labelaudit.object_detection._tables import Shown, found_of
from labelaudit.object_detection.rank import METHODS, Method
from labelaudit.results import Record

UNIT = "boxes"


def fits(labels: Any, predictions: Any) -> bool:
    """Whether these are images: a dictionary of boxes and classes each, and predictions for each."""
    if isinstance(labels, Boxes):
        return len(labels) == len(predictions)
    first = next(iter(labels), None) if isinstance(labels, list | tuple) else None
    return isinstance(first, Mapping) and ("bboxes" in first or "boxes" in first) and len(labels) == len(predictions)


def headline(record: Record) -> str:
    """Return what was found in a sentence: ``42 of 2,840 boxes look wrong (1.5 %), 515 objects look overlooked``."""
    missing = record.counts.missing
    overlooked = "1 object looks overlooked" if missing == 1 else f"{missing:,} objects look overlooked"
    return f"{say_labels(record.counts)}, {overlooked}"


def audit_object_detection(
    labels: Any,
    predictions: Any,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    decisions: Decisions | None = None,
    method: Method = "calibrated",
    annotation_ids: Sequence[Sequence[Any]] | None = None,
    sizes: Sequence[tuple[int, int] | None] | None = None,
    threshold: float = 0.5,
) -> Record:
    """Return the audit of images: an issue is a box, annotated or overlooked, that is more likely wrong than this.

    ``annotation_ids`` are those of the annotated boxes in their file, a list an image; ``sizes`` are the width and
    height of each image in pixels, None where they are not known.
    """
    check_choice(method, "method", METHODS)
    check_threshold(threshold)
    # the tables share the memory of boxes, which are not to be the caller's
    own = (deepcopy(value) if isinstance(value, Objects) else value for value in (labels, predictions))
    scenes, names = with_class_names(check_scenes(*own), class_names)
    known = check_image_records(sizes, annotation_ids, scenes.labels.starts)
    errors = _calibrated.errors_of(scenes, None, BOX_IOU)  # statistics, finish
    if method == "calibrated":  # score
        scores = _calibrated.image_scores(errors, scenes, _calibrated.WEIGHTS)
    else:
        scores = _objectlab.image_scores(scenes, _objectlab.box_scores(scenes), _objectlab.WEIGHTS)
    suspects = suspects_of(scenes, errors, BOX_IOU, threshold)
    shown = Shown(UNIT, "box", scenes.labels.boxes, scenes.predictions.boxes)
    doubts = doubts_of(scenes, shown.given_boxes, shown.predicted_boxes, errors, UNIT, names)
    return build_audit(
        "object_detection",
        replace(found_of(scenes, errors, suspects, scores, shown, known, names), doubts=doubts),
        method=method,
        parameters={"threshold": threshold},
        ids=ids,
        class_names=names,
        decisions=decisions,
    )
