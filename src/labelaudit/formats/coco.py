"""COCO: one JSON file of images, categories and annotations, and lists of detections that name their ids."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.annotations import Annotations, by_image, check_names
from labelaudit.formats.base import Change, Format, Holds, Labels, Source, digest_of
from labelaudit.formats.box_labels import box_labels, write_changes
from labelaudit.formats.coco_text import Coco
from labelaudit.formats.json_records import (
    Records,
    by_id,
    check_objects,
    column_of,
    has_answers,
    json_kind,
    names_of,
    parse_json,
    places_of,
    read_json,
    records_of,
    where_of,
)
from labelaudit.formats.location import Location, absolute
from labelaudit.formats.text_files import read_text

_TOO_LONG = 1 << 31  # a side of an image, in pixels

_TOO_GREAT = 1e150  # a number of a box


def read_coco(path: Path) -> Annotations:
    """Return the annotations of an ``instances_*.json``; those of a crowd are checked and kept, not scored."""
    text = read_text(path)
    document = parse_json(text, path)
    if not isinstance(document, dict):
        raise InputError(
            f"{path}: expected an object with images, annotations and categories, got a {json_kind(document)}; "
            "a list of detections is what predictions are"
        )
    images, records, categories = (records_of(path, document, key) for key in ("images", "annotations", "categories"))
    source = Coco(path, text, document, by_id(path, "image", images), by_id(path, "category", categories))
    by_id(path, "annotation", records)  # for ids that occur twice
    image = places_of(path, "annotation", records, "image_id", source.images, path)
    label = places_of(path, "annotation", records, "category_id", source.categories, path)
    bboxes = _bboxes(path, "annotation", records)
    crowd = [record.get("iscrowd", 0) for record in records]
    for row, value in enumerate(crowd):
        if isinstance(value, bool) or value not in (0, 1):
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
        ids=[[records[place]["id"] for place in group["places"]] for group in grouped],
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


def _sizes(path: Path, images: Records) -> list[tuple[int, int]] | None:
    sizes = []
    for row, record in enumerate(images):
        width, height = record.get("width"), record.get("height")
        for key, value in (("width", width), ("height", height)):
            if value is not None and not _is_side(value):
                raise InputError(f"{where_of(path, 'image', row, images)}: expected a {key} above 0, got {value!r:.60}")
        if width is not None and height is not None:
            sizes.append((int(width), int(height)))
    return sizes if len(sizes) == len(images) else None


def _is_side(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < _TOO_LONG and value % 1 == 0


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
        if has_answers(chain.from_iterable(values) if shape else values):
            return None
    except (ValueError, OverflowError, TypeError):
        return None
    return array.astype(np.float64) if array.dtype.kind in "iuf" and array.shape[1:] == shape else None


def _is_four_numbers(value: Any) -> bool:
    numbers = _numbers([value], (4,))
    return numbers is not None and _are_finite(numbers)


def _are_finite(values: np.ndarray) -> bool:
    # so that x + width and areas are finite too
    return bool((np.abs(values) < _TOO_GREAT).all())


def _is_probability(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _matches(location: Location) -> bool:
    return location.path.suffix.lower() == ".json"


def _read(location: Location, _: Holds, class_names: Sequence[str] | None) -> Labels:
    path = location.path
    if class_names is not None:
        raise InputError(f"{path}: COCO names its classes itself; leave out the class names")
    return box_labels(read_coco(path), Source("coco", absolute(location), None, digest_of(path)))


def _read_predictions(location: Location, _: Holds, annotations: Annotations) -> tuple[Any, None]:
    return read_coco_detections(location.path, annotations), None


def _write(source: Source, changes: Sequence[Change], out: Path) -> None:
    write_changes(read_coco(Path(source.path)), changes, out)


COCO = Format(
    name="coco",
    holds=frozenset({"boxes"}),
    matches=_matches,
    expected="a COCO .json file",
    read=_read,
    read_predictions=_read_predictions,
    write=_write,
)
