"""What a person must see to judge a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from labelaudit.results import Record
from labelaudit.views import Content, ValueView, issue_views


def view(record: Record, row: int, content: Content | None = None) -> ValueView:
    """Return the view of one item; labels within its spread are no issues."""
    item: dict[str, Any] = record.items.row(row, named=True)
    predicted = item["predicted"]
    return ValueView(
        id=item["id"],
        content=content,
        given=item["given"],
        predicted=predicted,
        spread=_spread(predicted, record.parameters),
        issues=issue_views(record.issues.filter(pl.col("row") == row)),
    )


def _spread(predicted: float, parameters: Mapping[str, Any]) -> tuple[float, float]:
    farthest, beyond = parameters["threshold"] * parameters["scale"], parameters.get("log_beyond")
    if beyond is None:
        return predicted - farthest, predicted + farthest
    with np.errstate(over="ignore"):  # what is beyond all numbers is infinite
        low, high = beyond * np.sinh(np.arcsinh(predicted / beyond) + np.array([-farthest, farthest]))
    return float(low), float(high)
