"""From the labels and predictions of an instance segmentation data set to its audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.image_records import check_image_records
from labelaudit._checks.instance_segmentation import check_mask_scenes
from labelaudit._checks.object_detection import with_class_names
from labelaudit._checks.options import check_threshold
from labelaudit._data.masks import Masks, MaskScenes
from labelaudit._data.ragged import Ragged
from labelaudit._data.regions import strings_of
from labelaudit.assembly import build_audit
from labelaudit.decisions import Decisions
from labelaudit.instance_segmentation._match import MASK_IOU
from labelaudit.object_detection import _calibrated
from labelaudit.object_detection._doubts import doubts_of
from labelaudit.object_detection._issues import suspects_of
from labelaudit.object_detection._tables import Shown, found_of
from labelaudit.object_detection.audit import headline
from labelaudit.results import Record

UNIT = "masks"


def fits(labels: Any, predictions: Any) -> bool:
    """Whether these are images with masks: a dictionary of masks and classes each, and predictions for each."""
    if isinstance(labels, Masks):
        return len(labels) == len(predictions)
    first = next(iter(labels), None) if isinstance(labels, list | tuple) else None
    return isinstance(first, Mapping) and "masks" in first and len(labels) == len(predictions)


def audit_instance_segmentation(
    labels: Any,
    predictions: Any,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    decisions: Decisions | None = None,
    annotation_ids: Sequence[Sequence[Any]] | None = None,
    sizes: Sequence[tuple[int, int] | None] | None = None,
    threshold: float = 0.5,
) -> Record:
    """Return the audit of images: an issue is a mask, annotated or overlooked, that is more likely wrong than this.

    ``annotation_ids`` are those of the annotated masks in their file, a list an image; ``sizes`` are the width and
    height of each image in pixels, which masks say themselves where there are any.
    """
    check_threshold(threshold)
    scenes, names = with_class_names(check_mask_scenes(labels, predictions), class_names)
    known = check_image_records(sizes, annotation_ids, scenes.labels.starts)
    known = replace(known, sizes=_sizes(scenes, known.sizes))
    errors = _calibrated.errors_of(scenes, None, MASK_IOU)  # statistics, finish
    scores = _calibrated.image_scores(errors, scenes, _calibrated.WEIGHTS)  # score
    suspects = suspects_of(scenes, errors, MASK_IOU, threshold)
    counts = (
        pl.Series("counts", strings_of(Ragged(*masks.runs)), dtype=pl.String)
        for masks in (scenes.labels, scenes.predictions)
    )
    shown = Shown(UNIT, "mask", scenes.labels.boxes, scenes.predictions.boxes, *counts)
    doubts = doubts_of(scenes, shown.given_boxes, shown.predicted_boxes, errors, UNIT, names)
    return build_audit(
        "instance_segmentation",
        replace(found_of(scenes, errors, suspects, scores, shown, known, names), doubts=doubts),
        method="calibrated",
        parameters={"threshold": threshold},
        ids=ids,
        class_names=names,
        decisions=decisions,
    )


def _sizes(scenes: MaskScenes, given: np.ndarray | None) -> np.ndarray:
    # as masks have it, annotated or predicted, else as it was given
    sizes = scenes.labels.sizes
    for others in (scenes.predictions.sizes, given):
        sizes = sizes if others is None else np.where(sizes < 0, others, sizes)
    return sizes


__all__ = ["UNIT", "audit_instance_segmentation", "fits", "headline"]
