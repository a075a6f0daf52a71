"""What a person must see to judge a number."""

from __future__ import annotations

from typing import Any

import polars as pl

from labelaudit.results import Record
from labelaudit.views import Content, ValueView, issue_views


def view(record: Record, row: int, content: Content | None = None) -> ValueView:
    """Return the view of one item; labels within its spread are no issues."""
    item: dict[str, Any] = record.items.row(row, named=True)
    predicted = item["predicted"]
    farthest = record.parameters["threshold"] * record.parameters["scale"]
    return ValueView(
        id=item["id"],
        content=content,
        given=item["given"],
        predicted=predicted,
        spread=(predicted - farthest, predicted + farthest),
        issues=issue_views(record.issues.filter(pl.col("row") == row)),
    )
