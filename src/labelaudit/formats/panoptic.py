"""COCO panoptic segment maps, read as semantic masks: a JSON file, and the folder of PNG files of its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.annotations import check_names
from labelaudit.formats.base import Change, Format, Holds, Labels, Source, digest_of
from labelaudit.formats.json_records import by_id, column_of, names_of, places_of, read_json, records_of, where_of
from labelaudit.formats.location import Location, absolute, new_folder
from labelaudit.formats.mask_files import (
    ImageByImage,
    check_corrected,
    check_segments,
    encode_plain,
    files_in,
    read_segments,
    refuse_where,
)
from labelaudit.formats.pixel_labels import MaskFiles, mask_labels, write_changes


@dataclass(frozen=True)
class Panoptic:
    """Where the maps lie, and for each the ids of its segments, ascending, with the class of each."""

    path: Path
    folder: Path
    images: list[str]  # names of the PNG files, in the order of the JSON file
    class_names: list[str]
    segments: list[tuple[np.ndarray, np.ndarray]]  # a map: ids (S,) uint32, classes (S,) of the type of the masks
    ignore_index: int  # what stands for pixels of no segment

    def write(self, path: Path, corrected: Mapping[int, np.ndarray]) -> None:
        """Write all masks as grey PNG files of class indices into a new folder.

        What a corrected pixel belongs to beside its class, its instance, cannot be invented, and a folder of both forms
        could be read as neither.
        """
        with new_folder(path) as folder:
            for row, name in enumerate(self.images):
                labels = read_semantic(self, row)
                if row in corrected:
                    labels = check_classes(f"corrected: {name}", corrected[row], labels, self)
                (folder / name).write_bytes(encode_plain(labels))


def read_panoptic(path: Path) -> Panoptic:
    """Return what a panoptic JSON file says; of the maps the heads alone are read."""
    document = read_json(path)
    if not isinstance(document, dict):
        raise InputError(f"{path}: expected a panoptic object with images, annotations and categories")
    categories, records = records_of(path, document, "categories"), records_of(path, document, "annotations")
    numbers = by_id(path, "category", categories)
    if len(numbers) > 65535:
        raise InputError(f"{path}: expected at most 65535 categories, which is what masks hold, got {len(numbers)}")
    ignore_index = 255 if len(numbers) <= 255 else 65535
    folder = path.with_suffix("")
    if not folder.is_dir():
        raise InputError(f"{path}: expected its PNG files in the folder {folder} beside it; give both the same name")
    images = _file_names(path, records)
    given = column_of(path, "annotation", records, "segments_info")
    segments = [
        _segments(path, where_of(path, "annotation", row, records), info, numbers, ignore_index)
        for row, info in enumerate(given)
    ]
    for name in images:
        check_segments(folder / name)
    names = check_names(names_of(path, "category", categories, "name"), path)
    return Panoptic(path, folder, images, names, segments, ignore_index)


def read_panoptic_masks(path: Path) -> MaskFiles:
    """Return the masks of a panoptic file, each read when asked for."""
    found = read_panoptic(path)
    labels = ImageByImage(range(len(found.images)), partial(read_semantic, found))
    return MaskFiles(found.images, labels, found.class_names, found, found.ignore_index)


def read_semantic(source: Panoptic, row: int) -> np.ndarray:
    """Return the class in each pixel of one map, (H, W) uint8 or uint16."""
    path = source.folder / source.images[row]
    pixels = read_segments(path)
    ids, classes = source.segments[row]
    place = np.searchsorted(ids, pixels)
    wrong = ids.take(place, mode="clip") != pixels
    if wrong.any():
        y, x = np.unravel_index(np.argmax(wrong), wrong.shape)
        raise InputError(
            f"{path}: row {y}, column {x} is of segment {pixels[y, x]}, which the segments_info of annotation {row} "
            f"in {source.path} does not list; list it, or make the pixel 0 for void"
        )
    return classes[place]


def check_classes(where: str, corrected: Any, given: np.ndarray, source: Panoptic) -> np.ndarray:
    """Return a corrected mask in the type of the given one; refuse what is neither a class nor void."""
    classes, ignore_index = len(source.class_names), source.ignore_index
    labels = check_corrected(where, corrected, given.shape, 0, ignore_index, f"a mask of {source.path}")
    reason = f"{source.path} has the classes 0 to {classes - 1}, and {ignore_index} for void"
    refuse_where(where, (labels >= classes) & (labels != ignore_index), labels, reason)
    return labels.astype(given.dtype)


def _file_names(path: Path, records: list[dict[str, Any]]) -> list[str]:
    seen: dict[str, int] = {}
    for row, name in enumerate(column_of(path, "annotation", records, "file_name")):
        # with a folder in it the name could lead the writer out of the folder that it was given
        if not isinstance(name, str) or PurePath(name).name != name or not name.lower().endswith(".png"):
            raise InputError(
                f"{where_of(path, 'annotation', row, records)}: expected a file_name that is the name of a PNG file "
                f"without folders, got {name!r:.60}"
            )
        if seen.setdefault(name, row) != row:
            raise InputError(f"{path}: annotation {seen[name]} and annotation {row} have the same file_name {name!r}")
    return list(seen)


def _segments(
    path: Path, where: str, info: Any, numbers: dict[Any, int], ignore_index: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids, led by that of void, in ascending order and the class of each."""
    if not isinstance(info, list) or not all(isinstance(record, dict) for record in info):
        raise InputError(f"{where}: expected segments_info to be a list of objects, got {info!r:.60}")
    kind = where.removeprefix(f"{path}: ") + ": segment"
    classes = places_of(path, kind, info, "category_id", numbers, path)
    for row, number in enumerate(column_of(path, kind, info, "id")):
        if type(number) is not int or not 0 < number < 2**24:
            raise InputError(f"{path}: {kind} {row}: expected an id of 1 to 16777215, got {number!r:.60}")
    ids = list(by_id(path, kind, info))
    order = np.argsort(np.array(ids, dtype=np.uint32))
    return (
        np.array([0, *ids], dtype=np.uint32)[np.concatenate([[0], order + 1])],
        np.concatenate([[ignore_index], classes[order]]).astype(np.min_scalar_type(ignore_index)),
    )


def _matches(location: Location) -> bool:
    return location.path.suffix.lower() == ".json"


def _digest(path: Path) -> str:
    folder = path.with_suffix("")
    return digest_of(path) + digest_of(folder, files_in(folder, ".png") if folder.is_dir() else [])


def _read(location: Location, _: Holds, __: Sequence[str] | None) -> Labels:
    path = location.path
    return mask_labels(read_panoptic_masks(path), Source("panoptic", absolute(location), None, _digest(path)))


def _write(source: Source, changes: Sequence[Change], out: Path) -> None:
    write_changes(read_panoptic_masks(Path(source.path)), source, changes, out)


PANOPTIC = Format(
    name="panoptic",
    holds=frozenset({"pixels"}),
    matches=_matches,
    expected="a panoptic .json file",
    read=_read,
    write=_write,
    digest=_digest,
)
