"""What a person must see to judge the regions of an image."""

from __future__ import annotations

from typing import Any

import polars as pl

from labelaudit.results import Record
from labelaudit.views import Content, PictureView, Shape, issue_views


def view(record: Record, row: int, content: Content | None = None) -> PictureView:
    """Return the view of one item: the regions that look wrong, with the class that most of their pixels are given."""
    item: dict[str, Any] = record.items.row(row, named=True)
    issues = record.issues.filter(pl.col("row") == row)
    shapes = (
        Shape(
            kind="region",
            role="given",
            class_=issue["given"],
            bbox=tuple(issue["bbox"]),
            counts=issue["rle"],
            issues=(issue["issue"],),
        )
        for issue in issues.iter_rows(named=True)
    )
    return PictureView(
        id=item["id"],
        content=content,
        size=(item["width"], item["height"]),
        shapes=tuple(shapes),
        issues=issue_views(issues),
    )
