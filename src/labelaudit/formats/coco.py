"""COCO: one JSON file of images, categories and annotations, and lists of detections that name their ids."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.annotations import Annotations, Change, Edits, by_image, check_names
from labelaudit.formats.json_records import (
    Records,
    by_id,
    check_objects,
    column_of,
    json_kind,
    names_of,
    places_of,
    read_json,
    records_of,
    where_of,
)

_DECIMALS = 6  # of a corrected box: no sum of two floats shows as 0.30000000000000004, and no pixel is that small


@dataclass(frozen=True)
class Coco:
    """The whole document, with the ids of its images and categories in their order."""

    path: Path
    document: dict[str, Any]
    images: dict[Any, int]  # id → index
    categories: dict[Any, int]


def read_coco(path: Path) -> Annotations:
    """Return the annotations of an ``instances_*.json``; those of a crowd are checked and kept, not scored."""
    document = read_json(path)
    if not isinstance(document, dict):
        raise InputError(
            f"{path}: expected an object with images, annotations and categories, got a {json_kind(document)}; "
            "a list of detections is what predictions are"
        )
    images, records, categories = (records_of(path, document, key) for key in ("images", "annotations", "categories"))
    source = Coco(path, document, by_id(path, "image", images), by_id(path, "category", categories))
    by_id(path, "annotation", records)  # for ids that occur twice
    image = places_of(path, "annotation", records, "image_id", source.images, path)
    label = places_of(path, "annotation", records, "category_id", source.categories, path)
    bboxes = _bboxes(path, "annotation", records)
    crowd = [record.get("iscrowd", 0) for record in records]
    for row, value in enumerate(crowd):
        if value not in (0, 1):
            raise InputError(
                f"{where_of(path, 'annotation', row, records)}: expected an iscrowd of 0 or 1, got {value}"
            )
    scored = np.flatnonzero(np.array(crowd, dtype=np.int64) == 0)
    grouped = by_image(image[scored], len(images), bboxes=bboxes[scored], labels=label[scored], places=scored)
    return Annotations(
        images=names_of(path, "image", images, "file_name"),
        labels=[{"bboxes": group["bboxes"], "labels": group["labels"]} for group in grouped],
        class_names=check_names(names_of(path, "category", categories, "name"), path),
        sizes=_sizes(path, images),
        places=[group["places"] for group in grouped],
        source=source,
    )


def read_coco_detections(path: Path, annotations: Annotations) -> list[dict[str, np.ndarray]]:
    """Return the boxes, labels and scores of a list of detections, by image."""
    source = annotations.source
    if not isinstance(source, Coco):
        raise InputError(
            f"{path}: a list of detections names images and categories by ids, which only COCO annotations have; "
            "give detections in .txt files of YOLO or in an .npz file"
        )
    records = read_json(path)
    if not isinstance(records, list):
        raise InputError(f"{path}: expected a list of detections, got a {json_kind(records)}")
    check_objects(path, "detection", records)
    image = places_of(path, "detection", records, "image_id", source.images, source.path)
    label = places_of(path, "detection", records, "category_id", source.categories, source.path)
    boxes = _bboxes(path, "detection", records)
    given = column_of(path, "detection", records, "score")
    scores = _numbers(given, ())
    if scores is None or not ((scores >= 0) & (scores <= 1)).all():
        bad = (row for row, value in enumerate(given) if not _is_probability(value))
        row = next(bad, 0)
        raise InputError(f"{where_of(path, 'detection', row, records)}: expected a score in [0, 1], got {given[row]!r}")
    return by_image(image, len(annotations.images), boxes=boxes, labels=label, scores=scores)


def encode_coco(annotations: Annotations, edits: Edits) -> bytes:
    """Return the document with the changes made: changed records keep their ids, new ones come last."""
    source: Coco = annotations.source
    given: Records = source.document["annotations"]
    records: list[dict[str, Any] | None] = list(given)
    categories = list(source.categories)
    for image, changes in edits.changed.items():
        for box, change in changes.items():
            place = annotations.places[image][box]
            drawn = tuple(annotations.labels[image]["bboxes"][box])
            records[place] = None if change.remove else _changed(given[place], change, drawn, categories)
    ids = {record["id"] for record in given}
    number = max((id_ for id_ in ids if isinstance(id_, int)), default=0)
    words = bool(ids) and all(isinstance(id_, str) for id_ in ids)
    image_ids = list(source.images)
    for image, added in edits.added.items():
        for change in added:
            number += 1
            while str(number) in ids:
                number += 1
            shape = _shape(change)
            records.append(
                {"id": str(number) if words else number, "image_id": image_ids[image]}
                | {"category_id": categories[change.label or 0], "bbox": shape, "area": _area(shape), "iscrowd": 0}
            )
    kept = [record for record in records if record is not None]
    return json.dumps(source.document | {"annotations": kept}).encode("ascii")


def _changed(record: dict[str, Any], change: Change, drawn: tuple[float, ...], categories: list[Any]) -> dict[str, Any]:
    record = dict(record)
    if change.label is not None:
        record["category_id"] = categories[change.label]
    if change.bbox is not None and tuple(change.bbox) != drawn:
        before, record["bbox"] = record["bbox"], _shape(change)
        if record.get("segmentation"):
            # an outline around the old place would contradict the box; the class says nothing about the outline
            del record["segmentation"]
        area = record.get("area")
        # any other area is that of an outline, measured by whoever drew it: nothing here can measure it anew
        if isinstance(area, int | float) and math.isclose(area, _area(before), rel_tol=1e-6):
            record["area"] = _area(record["bbox"])
    return record


def _shape(change: Change) -> list[float]:
    x1, y1, x2, y2 = map(float, change.bbox or ())
    return [round(value, _DECIMALS) for value in (x1, y1, x2 - x1, y2 - y1)]


def _area(bbox: list[float]) -> float:
    return round(float(bbox[2] * bbox[3]), _DECIMALS)


def _sizes(path: Path, images: Records) -> list[tuple[int, int]] | None:
    sizes = []
    for row, record in enumerate(images):
        width, height = record.get("width"), record.get("height")
        for key, value in (("width", width), ("height", height)):
            if value is not None and not (isinstance(value, int | float) and 0 < value < math.inf):
                raise InputError(f"{where_of(path, 'image', row, images)}: expected a {key} above 0, got {value!r:.60}")
        if width is not None and height is not None:
            sizes.append((int(width), int(height)))
    return sizes if len(sizes) == len(images) else None


def _bboxes(path: Path, kind: str, records: Records) -> np.ndarray:
    given = column_of(path, kind, records, "bbox")
    values = _numbers(given, (4,))
    if values is None or not _are_finite(values):
        bad = (row for row, value in enumerate(given) if not _is_four_numbers(value))
        row = next(bad, 0)
        raise InputError(
            f"{where_of(path, kind, row, records)}: expected a bbox of four finite numbers, x, y, width and height, "
            f"got {given[row]!r:.80}"
        )
    negative = (values[:, 2:] < 0).any(axis=1)
    if negative.any():
        row = int(np.argmax(negative))
        raise InputError(
            f"{where_of(path, kind, row, records)}: bbox {given[row]} has a negative width or height; "
            "expected x, y, width and height"
        )
    values[:, 2:] += values[:, :2]
    return values


def _numbers(values: list[Any], shape: tuple[int, ...]) -> np.ndarray | None:
    try:
        array = np.array(values) if values else np.empty((0, *shape))
    except (ValueError, OverflowError):
        return None
    return array.astype(np.float64) if array.dtype.kind in "iuf" and array.shape[1:] == shape else None


def _is_four_numbers(value: Any) -> bool:
    numbers = _numbers([value], (4,))
    return numbers is not None and _are_finite(numbers)


def _are_finite(values: np.ndarray) -> bool:
    # half of the range of floats, so that x + width is finite too
    return bool((np.abs(values) < np.finfo(np.float64).max / 2).all())


def _is_probability(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
