"""What a person must see to judge the labels of a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from labelaudit._kernels import entity_kernels
from labelaudit.results import Record
from labelaudit.token_classification._tags import Tags, tags_of
from labelaudit.views import Content, Span, TextView, issue_views


def view(record: Record, row: int, content: Content | None = None) -> TextView:
    """Return the view of one sentence.

    Its spans are those of its issues and, where names are tags, what the issues leave of the given entities, of which
    the given type is suggested.
    """
    item: dict[str, Any] = record.items.row(row, named=True)
    issues = record.issues.filter(pl.col("row") == row)
    spans = [
        Span(issue["start"], issue["stop"], issue["given"], issue["suggested"], issue["issue"])
        for issue in issues.iter_rows(named=True)
    ]
    tags = None if record.class_names is None else tags_of(record.class_names)
    if tags is not None:
        spans += _entities(item["given"], tags, record.class_names or (), spans)
    words = item.get("words")
    return TextView(
        id=item["id"],
        content=content,
        words=None if words is None else tuple(words),
        length=item["tokens"],
        spans=tuple(sorted(spans, key=lambda span: span.start)),
        issues=issue_views(issues),
    )


def _entities(given: list[str | None], tags: Tags, names: tuple[str, ...], issues: list[Span]) -> list[Span]:
    """Return the given entities, as far as no issue is about their tokens."""
    numbers = {name: number for number, name in enumerate(names)}
    labels = np.array([-1 if tag is None else numbers[tag] for tag in given], np.int64)
    for span in issues:
        labels[span.start : span.stop] = len(names)  # one class more, which is outside
    _, starts, stops, _, types = entity_kernels().entity_spans(
        labels,
        np.array([0, labels.size]),
        np.append(tags.types, tags.outside),
        np.append(tags.begins, False),
        np.append(tags.ends, False),
        tags.outside,
    )
    spans = zip(starts.tolist(), stops.tolist(), types.tolist(), strict=True)
    return [Span(start, stop, tags.names[kind], tags.names[kind]) for start, stop, kind in spans]
