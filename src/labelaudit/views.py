"""What a person must see to judge an item, as plain data: four kinds, which every surface draws and no task adds to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import polars as pl


@dataclass(frozen=True)
class Content:
    """What an item is, beside its labels.

    Attributes
    ----------
    kind
        ``picture``, ``text`` or ``record``.
    value
        Of a picture its path, the bytes of its file, or an array (H, W), (H, W, 3) or (H, W, 4); of a text the text; of
        a record its fields by name.

    Examples
    --------
    >>> Content("text", "a cat on a mat").kind
    'text'
    """

    kind: Literal["picture", "text", "record"]
    value: Any


@dataclass(frozen=True)
class IssueView:
    """An issue as a person is asked about it."""

    issue: str  # its key
    kind: str
    given: Any
    suggested: Any
    score: float
    p_wrong: float | None


@dataclass(frozen=True)
class ClassView:
    """An item that has a class, or several of them."""

    id: Any
    content: Content | None
    given: tuple[Any, ...]  # one class, or any number
    suggested: tuple[Any, ...]
    likeliest: tuple[tuple[Any, float], ...]  # class and probability, the most likely first
    issues: tuple[IssueView, ...]


@dataclass(frozen=True)
class Shape:
    """Something drawn on a picture."""

    kind: Literal["box", "mask", "region"]
    role: Literal["given", "predicted"]
    class_: Any
    bbox: tuple[float, float, float, float]  # x1, y1, x2, y2 in pixels
    counts: str | None = None  # of a mask or region, its run lengths as a COCO string
    confidence: float | None = None
    issues: tuple[str, ...] = ()  # the keys of those that it is part of


@dataclass(frozen=True)
class PictureView:
    """An image with boxes, masks or regions."""

    id: Any
    content: Content | None
    size: tuple[int, int] | None  # width and height in pixels, where they are known
    shapes: tuple[Shape, ...]
    issues: tuple[IssueView, ...]


@dataclass(frozen=True)
class Span:
    """Some neighbouring words of a text."""

    start: int
    stop: int  # the first word outside
    given: Any
    suggested: Any
    issue: str | None = None


@dataclass(frozen=True)
class TextView:
    """A text whose words have labels."""

    id: Any
    content: Content | None
    words: tuple[str, ...] | None  # None where the audit was not told
    length: int  # how many words there are
    spans: tuple[Span, ...]
    issues: tuple[IssueView, ...]


@dataclass(frozen=True)
class ValueView:
    """An item whose label is a number."""

    id: Any
    content: Content | None
    given: float
    predicted: float
    spread: tuple[float, float]  # what labels that are predicted so ordinarily lie between
    issues: tuple[IssueView, ...]


View = ClassView | PictureView | TextView | ValueView


def content_of(value: Any) -> Content | None:
    """Return what was handed in as the content of an item: an array or bytes are a picture, a mapping is a record.

    Examples
    --------
    >>> import numpy as np
    >>> content_of("a text").kind, content_of({"age": 3}).kind, content_of(np.zeros((2, 2))).kind
    ('text', 'record', 'picture')
    """
    if value is None or isinstance(value, Content):
        return value
    if isinstance(value, str):
        return Content("text", value)
    return Content("record", dict(value)) if hasattr(value, "keys") else Content("picture", value)


def issue_views(issues: pl.DataFrame) -> tuple[IssueView, ...]:
    """Return the issues of an item, which are rows of the table of issues, worst first."""
    return tuple(
        IssueView(
            issue["issue"],
            issue["kind"],
            issue["given"],
            issue["suggested"],
            issue["score"],
            issue.get("p_wrong"),
        )
        for issue in issues.iter_rows(named=True)
    )
