"""Boxes that people drew, in one form whatever file they came from, and what is to be corrected in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, Protocol

import numpy as np

from labelaudit._data.ragged import Ragged, offsets_of
from labelaudit.errors import InputError
from labelaudit.formats.base import Change
from labelaudit.formats.corrected import number_of

_TOO_GREAT = 1e150  # a number of a box


class BoxFile(Protocol):
    """What was read, as its format knows it."""

    def write(self, path: Path, annotations: Annotations, edits: Edits) -> None:
        """Write the same again with these edits; whatever they do not name stays as it was."""


@dataclass(frozen=True)
class Annotations:
    """The boxes of a data set. Crowd and difficult boxes are in the source only: nobody is asked to find them."""

    images: list[str]  # file names, in the order of the file; no two are equal
    labels: list[dict[str, np.ndarray]]  # an image: bboxes (L, 4) float64 xyxy in pixels, labels (L,) int64 from 0
    class_names: list[str]
    sizes: list[tuple[int, int]] | None  # width, height; None where that of any image is not known
    places: list[np.ndarray]  # an image: (L,) int64, which record of the source each box is
    source: BoxFile  # what they were read from, which writes them
    ids: list[list[Any]] = field(default_factory=list)  # an image: what tells its boxes apart in the source, (L,)


@dataclass(frozen=True)
class BoxChange:
    """One correction: another class, another place, both, a box less, or, where ``box`` is None, a box more."""

    image: int  # index into images
    box: int | None  # index into the boxes of that image
    label: int | None = None
    bbox: tuple[float, float, float, float] | None = None  # xyxy in pixels
    remove: bool = False


@dataclass(frozen=True)
class Edits:
    """Checked changes, by image."""

    changed: dict[int, dict[int, BoxChange]] = field(default_factory=dict)  # image → box → change
    added: dict[int, list[BoxChange]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.changed or self.added)


def edits_of(annotations: Annotations, changes: Iterable[Change]) -> Edits:
    """Return what changes of an audit's labels do to the boxes."""
    return check_changes(annotations, (_box_change(change, annotations) for change in changes))


def _box_change(change: Change, annotations: Annotations) -> BoxChange:
    old, new = change.old or {}, change.new
    if new is None:
        return BoxChange(change.row, change.place, remove=True)
    label, bbox = number_of(new["class"], annotations.class_names), tuple(map(float, new["bbox"]))
    return BoxChange(
        change.row,
        change.place,
        label=None if old.get("class") == new["class"] else label,
        bbox=None if list(old.get("bbox", ())) == list(new["bbox"]) else bbox,  # type: ignore[arg-type]
    )


def check_changes(annotations: Annotations, changes: Iterable[BoxChange]) -> Edits:
    """Return the changes by image and box; refuse one that says nothing, or two that speak of one box."""
    edits = Edits()
    for row, change in enumerate(changes):
        where = f"changes: row {row}"
        if not 0 <= change.image < len(annotations.images):
            raise InputError(f"{where}: expected an image in 0..{len(annotations.images) - 1}, got {change.image}")
        if change.label is not None and not 0 <= change.label < len(annotations.class_names):
            raise InputError(f"{where}: expected a label in 0..{len(annotations.class_names) - 1}, got {change.label}")
        if change.bbox is not None and not _is_box(change.bbox):
            raise InputError(f"{where}: expected a bbox of finite x1 ≤ x2 and y1 ≤ y2, got {change.bbox}")
        named = (change.label is not None) + (change.bbox is not None)
        if change.box is None:
            if change.remove or named != 2:
                raise InputError(f"{where}: a box that is added needs a label and a bbox; name the box to change one")
            edits.added.setdefault(change.image, []).append(change)
            continue
        if not 0 <= change.box < len(annotations.places[change.image]):
            name, count = annotations.images[change.image], len(annotations.places[change.image])
            raise InputError(f"{where}: {name} has {count} boxes that are scored, numbered from 0; got {change.box}")
        if change.remove == bool(named):
            raise InputError(f"{where}: expected a label, a bbox or both, or else remove")
        boxes = edits.changed.setdefault(change.image, {})
        if change.box in boxes:
            name = annotations.images[change.image]
            raise InputError(f"{where}: box {change.box} of {name} is changed twice; give one change a box")
        boxes[change.box] = change
    return edits


def _is_box(bbox: Sequence[float]) -> bool:
    # so small that its width and its area are finite too
    return (
        len(bbox) == 4
        and all(abs(float(side)) < _TOO_GREAT for side in bbox)
        and bbox[0] <= bbox[2]
        and bbox[1] <= bbox[3]
    )


def by_image(image: np.ndarray, count: int, **columns: np.ndarray) -> list[dict[str, np.ndarray]]:
    """Return for each of ``count`` images the rows of each column that are its own, in their order."""
    order = np.argsort(image, kind="stable")
    starts = offsets_of(np.bincount(image, minlength=count))
    parts = (Ragged(column[order], starts).split() for column in columns.values())
    return [dict(zip(columns, rows, strict=True)) for rows in zip(*parts, strict=True)]


class ImageNames:
    """Finds an image by its file name, or by that without folder and ending where only one image has it."""

    def __init__(self, images: Sequence[str]) -> None:
        self._images = images
        self._rows: dict[str, int] = {}
        self._shared: dict[str, tuple[int, int]] = {}
        for row, name in enumerate(images):
            stem = PurePath(name).stem
            if self._rows.setdefault(stem, row) != row:
                self._shared[stem] = self._rows[stem], row
        for row, name in enumerate(images):
            self._rows[name] = row
            self._shared.pop(name, None)

    def row(self, name: str, where: str) -> int:
        """Return the index of the image; ``where`` begins the message if there is none, or more than one."""
        if name in self._shared:
            one, other = (self._images[row] for row in self._shared[name])
            raise InputError(f"{where}: the name {name!r} is that of {one} and of {other}; give full file names")
        if name not in self._rows:
            example = f" such as {self._images[0]}" if self._images else ""
            raise InputError(f"{where}: no annotated image is called {name!r}; expected the name of one{example}")
        return self._rows[name]


def check_names(names: Sequence[str], path: Path) -> list[str]:
    """Return the names of classes; refuse one that occurs twice."""
    if len(set(names)) != len(names):
        twice = next(name for row, name in enumerate(names) if name in names[:row])
        raise InputError(f"{path}: the class name {twice!r} occurs twice; rename one of the two")
    return list(names)
