"""From the labels and predictions of an instance segmentation data set to its audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from labelaudit._checks.instance_segmentation import check_mask_scenes
from labelaudit.instance_segmentation.rank import masks
from labelaudit.object_detection import _calibrated
from labelaudit.object_detection._issues import issue_table, named
from labelaudit.results import Audit, as_ids


def fits(labels: Any, predictions: Any) -> bool:
    """Whether these are images with masks: a dictionary of masks and classes each, and predictions for each."""
    first = next(iter(labels), None) if isinstance(labels, list | tuple) else None
    return isinstance(first, Mapping) and "masks" in first and len(labels) == len(predictions)


def judge(labels: Any, predictions: Any, *, ids: Any = None, class_names: Sequence[str] | None = None) -> Audit:
    """Return the audit of images: an issue is a mask, annotated or overlooked, that is more likely wrong than right."""
    scenes = check_mask_scenes(labels, predictions)
    names, scenes = named(scenes, class_names)
    row_ids = as_ids(ids, len(scenes))
    errors = _calibrated.errors_of(scenes, None, masks)
    counts = [pl.Series("masks", found.counts, dtype=pl.Int64) for found in (scenes.labels, scenes.predictions)]
    return Audit(
        task="instance_segmentation",
        method="calibrated",
        parameters={},
        ids=row_ids,
        scores=_calibrated.image_scores(errors, scenes, _calibrated.WEIGHTS),
        parts=pl.DataFrame([counts[0], counts[1].alias("predictions")]),
        issues=issue_table(scenes, errors, masks, row_ids, names, scenes.labels.boxes, scenes.predictions.boxes),
        labels=int(scenes.labels.counts.sum()),
        class_names=names,
    )
