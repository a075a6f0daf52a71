"""The objects of a data set that look wrong, as a table; objects are boxes or masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import polars as pl

from labelaudit._checks.classification import check_class_names
from labelaudit._kernels import matching_kernels
from labelaudit.errors import InputError
from labelaudit.object_detection._calibrated import Errors
from labelaudit.object_detection._match import Likeness

# what a person calls the kinds of errors of an annotated object, in the order of the columns below
_KINDS = ("badly_located", "swapped", "duplicated")

T = TypeVar("T", bound=Any)

_BOX = pl.List(pl.Float64)


def named(scenes: T, class_names: Sequence[str] | None) -> tuple[tuple[str, ...] | None, T]:
    """Return the names of the classes and scenes of as many; a class of which there is no object may have one too."""
    if class_names is None:
        return None, scenes
    if scenes.k > len(class_names):
        raise InputError(f"class_names: expected {scenes.k} names, one a class, got {len(class_names)}")
    return check_class_names(class_names, len(class_names)), replace(scenes, k=len(class_names))


def issue_table(
    scenes: Any,
    errors: Errors,
    likeness: Likeness,
    row_ids: pl.Series,
    names: tuple[str, ...] | None,
    given_boxes: np.ndarray,
    predicted_boxes: np.ndarray,
) -> pl.DataFrame:
    """Return a row an object that is more likely wrong than right, worst first.

    Each annotated object is listed once, with the kind of error that is most likely; each overlooked one once, by the
    most probable of the predictions that show it.
    """
    labels, predictions = scenes.labels, scenes.predictions
    chances = np.stack([errors.badloc, errors.swap, errors.duplicate]) if len(given_boxes) else np.zeros((3, 0))
    kind = chances.argmax(axis=0)
    wrong = np.flatnonzero(chances.max(axis=0) > 0.5)
    kind, p_wrong = kind[wrong], chances.max(axis=0)[wrong]
    partners, rivals = errors.sightings[wrong], errors.rivals[wrong]
    place = wrong - labels.starts[labels.images[wrong]]
    moved = np.where((kind == 0) & (partners >= 0), partners, -1)
    annotated = {
        "row": labels.images[wrong],
        "box": pl.Series(place, dtype=pl.Int64),
        "kind": [_KINDS[k] for k in kind],
        "given": labels.classes[wrong],
        "suggested": _suggested(kind, labels.classes[wrong], rivals, predictions.classes),
        "bbox": pl.Series(given_boxes[wrong].tolist(), dtype=_BOX),
        "suggested_bbox": _boxes(kind, moved, given_boxes[wrong], predicted_boxes),
        "p_wrong": p_wrong,
    }
    shown = np.nan_to_num(errors.overlooked)
    shown[moved[moved >= 0]] = 0  # it is the better place of a box that is listed
    missed = _once_each(np.flatnonzero(shown > 0.5), shown, predictions, likeness)
    overlooked = {
        "row": predictions.images[missed],
        "box": pl.Series([None] * missed.size, dtype=pl.Int64),
        "kind": ["overlooked"] * missed.size,
        "given": pl.Series([None] * missed.size, dtype=pl.Int64),
        "suggested": predictions.classes[missed],
        "bbox": pl.Series([None] * missed.size, dtype=_BOX),
        "suggested_bbox": pl.Series(predicted_boxes[missed].tolist(), dtype=_BOX),
        "p_wrong": errors.overlooked[missed],
    }
    numbers: dict[str, Any] = dict.fromkeys(("row", "box", "given", "suggested"), pl.Int64)
    schema = numbers | {"kind": pl.String, "bbox": _BOX, "suggested_bbox": _BOX, "p_wrong": pl.Float64}
    table = pl.concat([pl.DataFrame(part, schema_overrides=schema) for part in (annotated, overlooked)])
    table = table.sort("p_wrong", descending=True, maintain_order=True)
    if names is not None:
        called = pl.Series(list(names), dtype=pl.String)
        table = table.with_columns(called.gather(table[name]).alias(name) for name in ("given", "suggested"))
    score = (1 - table["p_wrong"]).alias("score")
    return table.select(row_ids.gather(table["row"]), pl.all().exclude("p_wrong"), score, pl.col("p_wrong"))


def _suggested(kind: np.ndarray, given: np.ndarray, rivals: np.ndarray, classes: np.ndarray) -> pl.Series:
    # another class where that was seen, the same for a box in the wrong place, none for one to remove
    swapped = (kind == 1) & (rivals >= 0)
    values = np.where(swapped, classes[rivals] if classes.size else 0, given)
    return pl.Series([None if k == 2 else int(v) for k, v in zip(kind, values, strict=True)], dtype=pl.Int64)


def _boxes(kind: np.ndarray, moved: np.ndarray, given: np.ndarray, predicted: np.ndarray) -> pl.Series:
    boxes = [
        None if k == 2 else (predicted[at] if at >= 0 else own).tolist()
        for k, at, own in zip(kind, moved, given, strict=True)
    ]
    return pl.Series(boxes, dtype=_BOX)


def _once_each(found: np.ndarray, p: np.ndarray, predictions: Any, likeness: Likeness) -> np.ndarray:
    """Return the predictions that show no object which a more probable one of the same image shows."""
    kept = predictions.taking(found)
    repeats = matching_kernels().twins(likeness.iou(kept, kept), p[found], kept.starts) >= 0.5
    once: np.ndarray = found[~repeats]
    return once
