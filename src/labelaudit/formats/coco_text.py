"""A COCO document: its text with other records where they changed, and nowhere else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.annotations import Annotations, BoxChange, Edits
from labelaudit.formats.json_records import Records
from labelaudit.formats.json_spans import Style, elements, first_value, members, object_edits
from labelaudit.formats.location import replacing
from labelaudit.formats.splices import removals, splice

_DECIMALS = 6  # of a corrected box: no sum of two floats shows as 0.30000000000000004, and no pixel is that small


@dataclass(frozen=True)
class Coco:
    """The whole document, with the ids of its images and categories in their order."""

    path: Path
    text: str
    document: dict[str, Any]
    images: dict[Any, int]  # id → index
    categories: dict[Any, int]

    def write(self, path: Path, annotations: Annotations, edits: Edits) -> None:
        """Write the text with other records where they changed, and nowhere else."""
        if path.suffix.lower() != ".json":
            raise InputError(f"{path}: expected a name that ends in .json, as COCO is what was read")
        content = _encode(self, annotations, edits).encode("utf-8")
        with replacing(path) as beside:
            beside.write_bytes(content)


def _encode(source: Coco, annotations: Annotations, edits: Edits) -> str:
    """Return the text with the changes made: changed records keep their ids and all else, new ones come last."""
    if not edits:
        return source.text
    text, given = source.text, source.document["annotations"]
    start = first_value(text)
    lists = members(text, start)
    records = elements(text, lists["annotations"].value)
    style = Style.of(text, records[0][0] if records else start, text.isascii())
    categories = list(source.categories)
    gone: set[int] = set()
    splices: list[tuple[int, int, str]] = []
    for image, changes in edits.changed.items():
        for box, change in changes.items():
            place = annotations.places[image][box]
            if change.remove:
                gone.add(int(place))
                continue
            new = _changed(given[place], change, annotations.labels[image]["bboxes"][box], categories)
            splices += object_edits(text, records[place][0], given[place], new, style)
    splices += [(*span, "") for span in removals(records, gone)]
    added = [style.dump(record) for record in _added(source, edits)]
    if added:
        between = text[records[-2][1] : records[-1][0]] if len(records) > 1 else style.dump([0, 0])[2:-2]
        place = records[-1][1] if records else lists["annotations"].value + 1
        splices.append((place, place, between * (len(gone) < len(records)) + between.join(added)))
    return splice(text, splices)


def _added(source: Coco, edits: Edits) -> list[dict[str, Any]]:
    given: Records = source.document["annotations"]
    ids = {record["id"] for record in given}
    number = max((id_ for id_ in ids if isinstance(id_, int)), default=0)
    words = bool(ids) and all(isinstance(id_, str) for id_ in ids)
    image_ids, categories = list(source.images), list(source.categories)
    records = []
    for image, added in edits.added.items():
        for change in added:
            number += 1
            while str(number) in ids:
                number += 1
            shape = _shape(change, given[0]["bbox"] if given else [0])
            records.append(
                {"id": str(number) if words else number, "image_id": image_ids[image]}
                | {"category_id": categories[change.label or 0], "bbox": shape, "area": _area(shape), "iscrowd": 0}
            )
    return records


def _changed(record: dict[str, Any], change: BoxChange, drawn: np.ndarray, categories: list[Any]) -> dict[str, Any]:
    record = dict(record)
    if change.label is not None:
        record["category_id"] = categories[change.label]
    if change.bbox is not None and tuple(change.bbox) != tuple(drawn):
        before, record["bbox"] = record["bbox"], _shape(change, record["bbox"])
        if record.get("segmentation"):
            # an outline around the old place would contradict the box; the class says nothing about the outline
            del record["segmentation"]
        area = record.get("area")
        # any other area is that of an outline, measured by whoever drew it: nothing here can measure it anew
        if isinstance(area, int | float) and math.isclose(area, _area(before), rel_tol=1e-6):
            record["area"] = _area(record["bbox"])
    return record


def _shape(change: BoxChange, like: list[float]) -> list[float]:
    x1, y1, x2, y2 = map(float, change.bbox or ())
    shape = [round(value, _DECIMALS) for value in (x1, y1, x2 - x1, y2 - y1)]
    # whole numbers without a point where the file has them so
    whole = all(isinstance(value, int) for value in like)
    return [int(value) if whole and value.is_integer() else value for value in shape]


def _area(bbox: list[float]) -> float:
    return round(bbox[2] * bbox[3], _DECIMALS)
