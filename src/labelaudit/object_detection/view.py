"""What a person must see to judge the boxes of an image."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Literal

import polars as pl

from labelaudit.results import Record
from labelaudit.views import Content, PictureView, Shape, issue_views


def view(record: Record, row: int, content: Content | None = None) -> PictureView:
    """Return the view of one image."""
    return picture_view(record, row, content, "box")


def picture_view(record: Record, row: int, content: Content | None, kind: Literal["box", "mask"]) -> PictureView:
    """Return the view of an image whose issues say by a column of this name which of its objects they are about."""
    item = record.items.row(row, named=True)
    issues = record.issues.filter(pl.col("row") == row)
    of_given, of_predicted = _keys(issues, kind), _keys(issues, "prediction")
    shapes = [_shape(kind, "given", one, of_given[place]) for place, one in enumerate(item["given"])]
    shapes += [_shape(kind, "predicted", one, of_predicted[place]) for place, one in enumerate(item["predicted"])]
    width, height = item.get("width"), item.get("height")
    size = None if width is None or height is None else (width, height)
    return PictureView(item["id"], content, size, tuple(shapes), issue_views(issues))


def _keys(issues: pl.DataFrame, column: str) -> defaultdict[int, tuple[str, ...]]:
    # of the issues that each object is part of, by its index in the image
    found: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
    for key, place in issues.select("issue", column).drop_nulls(column).iter_rows():
        found[place] += (key,)
    return found


def _shape(
    kind: Literal["box", "mask"], role: Literal["given", "predicted"], one: dict[str, Any], keys: tuple[str, ...]
) -> Shape:
    x1, y1, x2, y2 = one["bbox"]
    return Shape(kind, role, one["class"], (x1, y1, x2, y2), one.get("counts"), one.get("confidence"), keys)
