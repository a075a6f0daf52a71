"""YOLO: a folder with a text file an image, a box a line: class, centre and size, as fractions of the image."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.annotations import Annotations, BoxChange, Edits, ImageNames, by_image, check_names
from labelaudit.formats.base import Change, Format, Holds, Labels, Source, digest_of
from labelaudit.formats.box_labels import box_labels, write_changes
from labelaudit.formats.location import Location, absolute, new_folder
from labelaudit.formats.splices import splice
from labelaudit.formats.text_files import read_text
from labelaudit.formats.yolo_images import folder_of_images, images_in, size_of
from labelaudit.formats.yolo_names import LISTS_OF_NAMES, class_names_of, names_in

_SLACK = 0.01  # beyond 1, in fractions of the image: rounding and boxes over the edge pass, pixels do not

_COLUMNS = ("class", "x centre", "y centre", "width", "height", "score")


@dataclass(frozen=True)
class Yolo:
    """The text files as they are."""

    files: list[tuple[str, str] | None]  # an image: name and text of its file, if it has one
    others: dict[str, str]  # name → text: the names of the classes, where they lie in the same folder

    def write(self, path: Path, annotations: Annotations, edits: Edits) -> None:
        """Write the files into a new folder."""
        contents = _encode(self, annotations, edits)
        with new_folder(path) as folder:
            for name, content in contents.items():
                (folder / name).write_bytes(content)


def read_yolo(folder: Path, images: Path | None = None, class_names: Sequence[str] | None = None) -> Annotations:
    """Return the boxes of a folder of .txt files, in pixels of the images, which must be at hand.

    Images are looked for in ``images``, else among the text files, else in the folder that has ``images`` where this
    one has ``labels`` in its path, else in a folder ``images`` beside it. An image without a text file has no boxes.
    Names of classes stand in classes.txt, obj.names or data.yaml, in this folder or one of the two above it.
    """
    texts = {path.stem: path for path in _text_files(folder)}
    place = folder_of_images(folder, images)
    pictures = images_in(place)
    stems = {path.stem: path for path in pictures}
    if len(stems) < len(pictures):
        two = next(path for path in pictures if stems[path.stem] != path)
        raise InputError(
            f"{place}: {two.name} and {stems[two.stem].name} share the text file {two.stem}.txt; rename one"
        )
    for stem, path in texts.items():
        if stem not in stems:
            raise InputError(
                f"{path}: there is no image {stem}.jpg or of another ending in {place}; its size is needed"
            )
    names = check_names(class_names, folder) if class_names is not None else class_names_of(folder)
    files = [(texts[path.stem].name, read_text(texts[path.stem])) if path.stem in texts else None for path in pictures]
    sizes = [size_of(path) for path in pictures]
    rows = [(row, folder / file[0], file[1]) for row, file in enumerate(files) if file is not None]
    image, line, values = _parse(rows, 5, len(names))
    grouped = by_image(image, len(pictures), bboxes=_to_pixels(values, image, sizes), labels=values[:, 0], line=line)
    return Annotations(
        images=[path.name for path in pictures],
        labels=[{"bboxes": group["bboxes"], "labels": group["labels"].astype(np.int64)} for group in grouped],
        class_names=names,
        sizes=sizes,
        places=[group["line"] for group in grouped],
        source=Yolo(files, {name: read_text(folder / name) for name in names_in(folder)}),
        ids=[_ids(file, group["line"].tolist()) for file, group in zip(files, grouped, strict=True)],
    )


def _ids(file: tuple[str, str] | None, places: list[int]) -> list[str]:
    """Return what the line of each box says, and for one that was there before how often by now."""
    lines = file[1].removeprefix("\ufeff").splitlines() if file else []
    seen: Counter[str] = Counter()
    ids = []
    for place in places:
        line = " ".join(lines[place].split())
        seen[line] += 1
        ids.append(line if seen[line] == 1 else f"{line} ({seen[line]})")
    return ids


def read_yolo_detections(folder: Path, annotations: Annotations) -> list[dict[str, np.ndarray]]:
    """Return the boxes, labels and scores of a folder of .txt files with the score as sixth column, by image."""
    if annotations.sizes is None:
        raise InputError(f"{folder}: the sizes of the images are needed; give width and height in the annotations")
    names = ImageNames(annotations.images)
    rows = [(names.row(path.stem, str(path)), path, read_text(path)) for path in _text_files(folder)]
    image, _, values = _parse(rows, 6, len(annotations.class_names))
    boxes, labels = _to_pixels(values, image, annotations.sizes), values[:, 0].astype(np.int64)
    return by_image(image, len(annotations.images), boxes=boxes, labels=labels, scores=values[:, 5])


def _encode(source: Yolo, annotations: Annotations, edits: Edits) -> dict[str, bytes]:
    """Return name and content of each file; lines that no change names stay as they are, to the letter."""
    texts = dict(source.others)
    for row, file in enumerate(source.files):
        changed, added = edits.changed.get(row, {}), edits.added.get(row, [])
        if file is None and not added:
            continue
        name, text = file or (f"{Path(annotations.images[row]).stem}.txt", "")
        lines: list[str] = text.splitlines(keepends=True)
        size = (annotations.sizes or [])[row] if changed or added else (0, 0)
        for box, change in changed.items():
            place = annotations.places[row][box]
            lines[place] = "" if change.remove else _changed(lines[place], change, size)
        whole = "".join(lines)
        newline = "\r\n" if "\r\n" in text else "\n"
        if added and whole and not whole.endswith("\n"):
            whole += newline
        texts[name] = whole + "".join(f"{change.label} {_fractions(change, size)}{newline}" for change in added)
    return {name: text.encode("utf-8") for name, text in texts.items()}


def _changed(line: str, change: BoxChange, size: tuple[int, int]) -> str:
    words = [word.span() for word in re.finditer(r"[^\s\ufeff]+", line)]
    edits = [] if change.label is None else [(*words[0], str(change.label))]
    if change.bbox is not None:
        edits.append((words[0][1], words[-1][1], f" {_fractions(change, size)}"))
    return splice(line, edits)


def _fractions(change: BoxChange, size: tuple[int, int]) -> str:
    # no fraction below 0 or above 1 is a YOLO file, so what a detector draws beyond the image ends at its edge
    x1, y1, x2, y2 = np.clip(np.array(change.bbox) / (size * 2), 0, 1)
    return " ".join(f"{value:.6f}" for value in ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1))


def _text_files(folder: Path) -> list[Path]:
    found = (path for path in folder.iterdir() if path.suffix.lower() == ".txt" and path.name not in LISTS_OF_NAMES)
    return sorted(found)


def _parse(rows: list[tuple[int, Path, str]], columns: int, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the image and the line of each box, and its numbers (N, columns)."""
    cells: list[list[float]] = []
    image: list[int] = []
    place: list[int] = []
    paths: dict[int, Path] = {}
    for row, path, text in rows:
        paths[row] = path
        for number, line in enumerate(text.removeprefix("\ufeff").splitlines()):
            words = line.split()
            if not words:
                continue
            if len(words) != columns:
                raise InputError(
                    f"{path}: line {number + 1} has {len(words)} columns, expected {columns}: "
                    f"{', '.join(_COLUMNS[:columns])}"
                )
            try:
                if "_" in line:  # which Python takes for a part of a number
                    raise ValueError
                cells.append([float(word) for word in words])
            except ValueError:
                raise InputError(f"{path}: line {number + 1} is no row of numbers: {line.strip()!r:.80}") from None
            image.append(row)
            place.append(number)
    values = np.array(cells, dtype=np.float64).reshape(len(cells), columns)
    for wrong, column, expected in _violations(values, k):
        if wrong.any():
            row = int(np.argmax(wrong))
            where = f"{paths[image[row]]}: line {place[row] + 1}"
            raise InputError(f"{where}: {_COLUMNS[column]} is {values[row, column]:g}, expected {expected}")
    return np.array(image, dtype=np.int64), np.array(place, dtype=np.int64), values


def _violations(values: np.ndarray, k: int) -> Iterator[tuple[np.ndarray, int, str]]:
    classes = values[:, 0]
    yield ~((classes >= 0) & (classes < k) & (np.floor(classes) == classes)), 0, f"one of the {k} classes, 0 to {k - 1}"
    for column in range(1, 5):
        within = (values[:, column] >= -_SLACK * (column < 3)) & (values[:, column] <= 1 + _SLACK)
        yield ~within, column, "a fraction of the image, 0 to 1, not pixels"
    for column in range(5, values.shape[1]):
        yield ~((values[:, column] >= 0) & (values[:, column] <= 1)), column, "a number in [0, 1]"


def _to_pixels(values: np.ndarray, image: np.ndarray, sizes: list[tuple[int, int]]) -> np.ndarray:
    centre, half = values[:, 1:3], values[:, 3:5] / 2
    size = np.array(sizes, dtype=np.float64).reshape(-1, 2)[image]
    return np.concatenate([(centre - half) * size, (centre + half) * size], axis=1)


def _matches(location: Location) -> bool:
    return location.path.is_dir() and any(path.suffix.lower() == ".txt" for path in location.path.iterdir())


def _digest(folder: Path) -> str:
    return digest_of(folder, [*_text_files(folder), *(folder / name for name in names_in(folder))])


def _read(location: Location, _: Holds, class_names: Sequence[str] | None) -> Labels:
    folder = folder_of_images(location.path, None)
    annotations = read_yolo(location.path, folder, class_names)
    images = {"images": str(folder.absolute()), "images_digest": _digest_of_images(annotations)}
    return box_labels(annotations, Source("yolo", absolute(location), None, _digest(location.path), images))


def _digest_of_images(annotations: Annotations) -> str:
    # by their names boxes belong to items, by their sizes boxes have pixels
    return hashlib.blake2b(repr((annotations.images, annotations.sizes)).encode(), digest_size=16).hexdigest()


def _read_predictions(location: Location, _: Holds, annotations: Annotations) -> tuple[Any, None]:
    return read_yolo_detections(location.path, annotations), None


def _write(source: Source, changes: Sequence[Change], out: Path) -> None:
    images = Path(source.options["images"])
    known = images if images.is_dir() else None  # they may have moved with the text files
    annotations = read_yolo(Path(source.path), known, source.options.get("class_names"))
    if _digest_of_images(annotations) != source.options["images_digest"]:
        raise InputError(
            f"{source.path}: its images are others, or of other sizes, than when it was scored; score it again"
        )
    write_changes(annotations, changes, out)


YOLO = Format(
    name="yolo",
    holds=frozenset({"boxes"}),
    matches=_matches,
    expected="a folder of YOLO .txt files",
    read=_read,
    read_predictions=_read_predictions,
    write=_write,
    digest=_digest,
)
