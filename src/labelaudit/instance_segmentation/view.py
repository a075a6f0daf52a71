"""What a person must see to judge the masks of an image."""

from __future__ import annotations

from labelaudit.object_detection.view import picture_view
from labelaudit.results import Record
from labelaudit.views import Content, PictureView


def view(record: Record, row: int, content: Content | None = None) -> PictureView:
    """Return the view of one image."""
    return picture_view(record, row, content, "mask")
