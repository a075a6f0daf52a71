"""The class of each pixel of images, in one form whatever files it came from, and regions that are to be of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from labelaudit._checks.segmentation import check_ignore_index
from labelaudit._data.regions import Repair, repaired, still_stands
from labelaudit.formats.base import Change, Labels, Source
from labelaudit.formats.corrected import Names, number_of


class MaskStore(Protocol):
    """What was read, as its format knows it."""

    def write(self, path: Path, corrected: Mapping[int, np.ndarray]) -> None:
        """Write the same again with the corrected masks of some images, by their index."""


@dataclass(frozen=True)
class MaskFiles:
    """The class of each pixel of a data set."""

    images: list[str]  # names of the PNG files, no two equal; numbers from 0 where an array has no names
    labels: Sequence[np.ndarray]  # an image: (H, W) integers, read when asked for
    class_names: list[str] | None
    source: MaskStore  # what they were read from, which writes them
    ignore_index: int | None = None  # what stands for pixels of no class, where the format has such


def mask_labels(masks: MaskFiles, source: Source) -> Labels:
    """Return the masks as ``audit`` takes them."""
    known = {} if masks.ignore_index is None else {"ignore_index": masks.ignore_index}
    return Labels(masks.labels, source, masks.images, masks.class_names, known, masks)


def write_changes(masks: MaskFiles, source: Source, changes: Sequence[Change], out: Path) -> None:
    """Write masks that were read from files with the regions that an audit changes in them."""
    masks.source.write(out, _Corrected(masks, changes, source.options.get("class_names") or masks.class_names))


class _Corrected(Mapping[int, np.ndarray]):
    """Corrected masks by row, made when they are asked for, so that those of many images take no memory."""

    def __init__(self, masks: MaskFiles, changes: Sequence[Change], names: Names) -> None:
        self._masks = masks
        self._changes: dict[int, list[Change]] = {}
        for change in changes:
            self._changes.setdefault(change.row, []).append(change)
        self._names = names

    def __len__(self) -> int:
        return len(self._changes)

    def __iter__(self) -> Iterator[int]:
        return iter(self._changes)

    def __getitem__(self, row: int) -> np.ndarray:
        labels, name = self._masks.labels[row], self._masks.images[row]
        changes = self._changes[row]
        repairs = [_repair(change, self._names) for change in changes]
        standing = [repair for repair in repairs if still_stands(labels, repair, name)]
        ignore_index = check_ignore_index(changes[0].place.get("ignore_index"))
        return repaired(labels, standing, ignore_index, name) if standing else labels


def _repair(change: Change, names: Names) -> Repair:
    place = change.place
    # a region that is to have no label gets the number that stands for none
    new = place["ignore_index"] if change.new is None else number_of(change.new, names)
    old = None if change.old is None else number_of(change.old, names)
    return Repair(place["counts"], old, new, place.get("boundary_width", 0))
