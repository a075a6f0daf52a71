"""What a person must see to judge the class of an item."""

from __future__ import annotations

from typing import Any

import polars as pl

from labelaudit.results import Record
from labelaudit.views import ClassView, Content, issue_views


def view(record: Record, row: int, content: Content | None = None) -> ClassView:
    """Return the view of one item."""
    item: dict[str, Any] = record.items.row(row, named=True)
    return ClassView(
        id=item["id"],
        content=content,
        given=(item["given"],),
        suggested=(item["suggested"],),
        likeliest=tuple(zip(item["likeliest"], item["likeliest_p"], strict=True)),
        issues=issue_views(record.issues.filter(pl.col("row") == row)),
    )
