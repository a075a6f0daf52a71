"""Annotated boxes as the labels of an audit, and what an audit changes back into their files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labelaudit.formats.annotations import Annotations, edits_of
from labelaudit.formats.base import Change, Labels, Source


def box_labels(annotations: Annotations, source: Source) -> Labels:
    """Return the boxes as ``audit`` takes them."""
    known: dict[str, Any] = {} if annotations.sizes is None else {"sizes": annotations.sizes}
    return Labels(
        values=annotations.labels,
        source=source,
        ids=annotations.images,
        class_names=annotations.class_names,
        options={"annotation_ids": annotations.ids} | known,
        about=annotations,
    )


def write_changes(annotations: Annotations, changes: Sequence[Change], out: Path) -> None:
    """Write annotations that were read from a file with what an audit changes in them."""
    annotations.source.write(out, annotations, edits_of(annotations, changes))
