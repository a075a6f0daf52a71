"""From the labels and predictions of an object detection data set to its audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from labelaudit._checks.arrays import check_choice
from labelaudit._checks.object_detection import check_scenes
from labelaudit.object_detection import _calibrated, _objectlab
from labelaudit.object_detection._issues import issue_table, named
from labelaudit.object_detection._match import iou
from labelaudit.object_detection.rank import METHODS, Method
from labelaudit.results import Audit, as_ids


def fits(labels: Any, predictions: Any) -> bool:
    """Whether these are images: a dictionary of boxes and classes each, and predictions for each."""
    first = next(iter(labels), None) if isinstance(labels, list | tuple) else None
    return isinstance(first, Mapping) and ("bboxes" in first or "boxes" in first) and len(labels) == len(predictions)


def judge(
    labels: Any,
    predictions: Any,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    method: Method = "calibrated",
) -> Audit:
    """Return the audit of images: an issue is a box, annotated or overlooked, that is more likely wrong than right."""
    check_choice(method, "method", METHODS)
    scenes = check_scenes(labels, predictions)
    names, scenes = named(scenes, class_names)
    row_ids = as_ids(ids, len(scenes))
    errors = _calibrated.errors_of(scenes, None, iou)
    if method == "calibrated":
        scores = _calibrated.image_scores(errors, scenes, _calibrated.WEIGHTS)
    else:
        scores = _objectlab.image_scores(scenes, _objectlab.box_scores(scenes), _objectlab.WEIGHTS)
    counts = [pl.Series("boxes", boxes.counts, dtype=pl.Int64) for boxes in (scenes.labels, scenes.predictions)]
    return Audit(
        task="object_detection",
        method=method,
        parameters={},
        ids=row_ids,
        scores=scores,
        parts=pl.DataFrame([counts[0], counts[1].alias("predictions")]),
        issues=issue_table(scenes, errors, iou, row_ids, names, scenes.labels.boxes, scenes.predictions.boxes),
        labels=len(scenes.labels.boxes),
        class_names=names,
    )
