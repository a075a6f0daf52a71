"""From decisions about boxes to corrected labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from labelaudit._checks.arrays import as_array
from labelaudit._checks.object_detection import boxes_key, check_labels
from labelaudit._data.arrays import to_numpy
from labelaudit._data.boxes import Boxes
from labelaudit._data.ragged import Ragged
from labelaudit.decisions import Decisions
from labelaudit.errors import InputError
from labelaudit.formats.base import Change
from labelaudit.object_detection._columns import edited
from labelaudit.object_detection._decided import Objects, Value, changes_of
from labelaudit.object_detection._edits import Edits, Key
from labelaudit.object_detection._images import Shapes, corrected_images
from labelaudit.results import Record


def changes(record: Record, decisions: Decisions) -> list[Change]:
    """Return what decisions change: a box that is another, one less or one more."""
    return changes_of(record, decisions, _BOXES)


def correct(record: Record, labels: Any, decisions: Decisions) -> Any:
    """Return the labels with the decisions carried out, in the container and the type that they came in.

    Boxes that are no longer those that were audited are left as they are. Other values that images have for each of
    their boxes are kept in step: see :func:`labelaudit.object_detection._images.corrected_images`.
    """
    found = changes(record, decisions)
    images = _images(labels) if isinstance(labels, Boxes) else labels
    corrected = corrected_images(images, found, record, lambda row: _given(record, row), _SHAPES)
    return check_labels(corrected) if isinstance(labels, Boxes) else corrected


def _images(labels: Boxes) -> list[dict[str, Any]]:
    columns = Ragged(labels.boxes, labels.starts).split(), Ragged(labels.classes, labels.starts).split()
    return [{"bboxes": boxes, "labels": classes} for boxes, classes in zip(*columns, strict=True)]


def _given(record: Record, row: int) -> list[Value]:
    return [{"bbox": one["bbox"], "class": one["class"]} for one in record.items["given"][row].to_list()]


def _start(_: Record, __: int, issue: Mapping[str, Any] | None) -> Value:
    return {} if issue is None else {"bbox": issue["suggested_bbox"], "class": issue["suggested"]}


def _check(value: Value, _: Value, name: str) -> Value:
    corners = value["bbox"]
    if not isinstance(corners, list) or len(corners) != 4 or not all(map(_is_finite, corners)):
        raise InputError(f"{name}: expected a bbox of four finite numbers x1, y1, x2, y2, got {corners!r:.80}")
    x1, y1, x2, y2 = map(float, corners)
    if x1 > x2 or y1 > y2:
        raise InputError(f"{name}: expected a bbox x1, y1, x2, y2 with x1 <= x2 and y1 <= y2, got {corners}")
    return {"bbox": [x1, y1, x2, y2], "class": value["class"]}


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


_BOXES = Objects("box", ("bbox", "class"), '{"bbox": [x1, y1, x2, y2], "class": …}', _given, _start, _check)


def _keys(image: Mapping[str, Any]) -> tuple[list[Key], Callable[[Value], Key]]:
    boxes = to_numpy(as_array(image[boxes_key(image)], "labels"), "labels").reshape(-1, 4)
    # compared as exactly as the labels have them
    dtype = boxes.dtype if boxes.dtype.kind == "f" else np.dtype(np.float64)

    def key(value: Value) -> Key:
        return tuple(np.array(value["bbox"], dtype).tolist())

    return [tuple(box) for box in boxes.astype(dtype).tolist()], key


def _edited(image: Mapping[str, Any], edits: Edits, _: Sequence[Any]) -> Any:
    replaced = {at: value["bbox"] for at, value in edits.replaced.items()}
    return edited(image[boxes_key(image)], replaced, edits.gone, [value["bbox"] for value in edits.added])


_SHAPES = Shapes(boxes_key, _keys, _edited)
