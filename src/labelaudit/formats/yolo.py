"""YOLO: a folder with a text file an image, a box a line: class, centre and size, as fractions of the image."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.annotations import (
    Annotations,
    Change,
    Edits,
    ImageNames,
    by_image,
    check_names,
    read_text,
)

_LISTS_OF_NAMES = ("classes.txt", "obj.names")
_YAML = ("data.yaml", "data.yml", "dataset.yaml")
_IMAGES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
_ORIENTATION = 274  # the EXIF tag; 5 to 8 are pictures that lie on their side
_SLACK = 0.01  # beyond 1, in fractions of the image: rounding and boxes over the edge pass, pixels do not

_QUOTED = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\n]|\'\')*\''
_COMMENT = re.compile(rf"(?<![^\s,\[{{:])({_QUOTED})|(?<!\S)#[^\n]*")  # or a quoted text, where # is a letter
_IN_BRACKETS = re.compile(rf"(?:(\d+)\s*:\s+)?({_QUOTED}|[^\s,\[\]{{}}\"'][^,\[\]{{}}]*?)\s*(?:,|\Z)")
_IN_A_LINE = re.compile(rf"(?:-|(\d+)\s*:)[ \t]+({_QUOTED}|[^\s\"'\[{{&*!|>][^\n]*?)[ \t]*(?:\n|\Z)")

_COLUMNS = ("class", "x centre", "y centre", "width", "height", "score")


@dataclass(frozen=True)
class Yolo:
    """The text files as they are."""

    files: list[tuple[str, str] | None]  # an image: name and text of its file, if it has one
    others: dict[str, str]  # name → text: the names of the classes, where they lie in the same folder


def read_yolo(folder: Path, images: Path | None = None, class_names: Sequence[str] | None = None) -> Annotations:
    """Return the boxes of a folder of .txt files, in pixels of the images, which must be at hand.

    Images are looked for in ``images``, else among the text files, else in the folder that has ``images`` where this
    one has ``labels`` in its path, else in a folder ``images`` beside it. An image without a text file has no boxes.
    Names of classes stand in classes.txt, obj.names or data.yaml, in this folder or one of the two above it.
    """
    texts = {path.stem: path for path in _text_files(folder)}
    place = _folder_of_images(folder, images)
    pictures = sorted(path for path in place.iterdir() if path.suffix.lower() in _IMAGES)
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
    names = check_names(class_names, folder) if class_names is not None else _class_names(folder)
    files = [(texts[path.stem].name, read_text(texts[path.stem])) if path.stem in texts else None for path in pictures]
    sizes = [_size(path) for path in pictures]
    rows = [(row, folder / file[0], file[1]) for row, file in enumerate(files) if file is not None]
    image, line, values = _parse(rows, 5, len(names))
    grouped = by_image(image, len(pictures), bboxes=_to_pixels(values, image, sizes), labels=values[:, 0], line=line)
    return Annotations(
        images=[path.name for path in pictures],
        labels=[{"bboxes": group["bboxes"], "labels": group["labels"].astype(np.int64)} for group in grouped],
        class_names=names,
        sizes=sizes,
        places=[group["line"] for group in grouped],
        source=Yolo(files, {name: read_text(folder / name) for name in _names_in(folder)}),
    )


def read_yolo_detections(folder: Path, annotations: Annotations) -> list[dict[str, np.ndarray]]:
    """Return the boxes, labels and scores of a folder of .txt files with the score as sixth column, by image."""
    if annotations.sizes is None:
        raise InputError(f"{folder}: the sizes of the images are needed; give width and height in the annotations")
    names = ImageNames(annotations.images)
    rows = [(names.row(path.stem, str(path)), path, read_text(path)) for path in _text_files(folder)]
    image, _, values = _parse(rows, 6, len(annotations.class_names))
    boxes, labels = _to_pixels(values, image, annotations.sizes), values[:, 0].astype(np.int64)
    return by_image(image, len(annotations.images), boxes=boxes, labels=labels, scores=values[:, 5])


def encode_yolo(annotations: Annotations, edits: Edits) -> dict[str, bytes]:
    """Return name and content of each file; lines that no change names stay as they are, to the letter."""
    source: Yolo = annotations.source
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


def _changed(line: str, change: Change, size: tuple[int, int]) -> str:
    content = line.rstrip()
    label, rest = content.split(maxsplit=1)
    if change.label is not None:
        label = str(change.label)
    if change.bbox is not None:
        rest = _fractions(change, size)
    return f"{label} {rest}{line[len(content) :]}"


def _fractions(change: Change, size: tuple[int, int]) -> str:
    # no fraction below 0 or above 1 is a YOLO file, so what a detector draws beyond the image ends at its edge
    x1, y1, x2, y2 = np.clip(np.array(change.bbox) / (size * 2), 0, 1)
    return " ".join(f"{value:.6f}" for value in ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1))


def _text_files(folder: Path) -> list[Path]:
    found = (path for path in folder.iterdir() if path.suffix.lower() == ".txt" and path.name not in _LISTS_OF_NAMES)
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


def _folder_of_images(folder: Path, given: Path | None) -> Path:
    parts = folder.absolute().parts
    places = [folder, folder.absolute().parent / "images"]
    if "labels" in parts:
        last = len(parts) - 1 - parts[::-1].index("labels")
        places.insert(1, Path(*parts[:last], "images", *parts[last + 1 :]))
    for place in places if given is None else [given]:
        if place.is_dir() and any(path.suffix.lower() in _IMAGES for path in place.iterdir()):
            return place
    looked = ", ".join(map(str, dict.fromkeys(places))) if given is None else given
    raise InputError(
        f"{folder}: expected the images that the boxes are fractions of, none in {looked}; name their folder"
    )


def _size(path: Path) -> tuple[int, int]:
    try:
        from PIL import Image
    except ImportError as problem:
        raise InputError(
            f"{path}: Pillow is needed to read the size of images; pip install 'labelaudit[app]'"
        ) from problem
    try:
        with Image.open(path) as image:  # reads the head of the file only
            width, height = image.size
            # of a JPEG the EXIF stands in the head; of a PNG Pillow would read all of the picture for it
            sideways = image.format in {"JPEG", "MPO"} and image.getexif().get(_ORIENTATION, 1) >= 5
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
        raise InputError(f"{path}: cannot be read as an image ({problem})") from problem
    return (height, width) if sideways else (width, height)


def _names_in(folder: Path) -> list[str]:
    return [name for name in (*_LISTS_OF_NAMES, *_YAML) if (folder / name).is_file()]


def _class_names(folder: Path) -> list[str]:
    whole = folder.absolute()
    for place in (whole, *list(whole.parents)[:2]):
        for name in _names_in(place):
            path = place / name
            text = read_text(path).removeprefix("\ufeff")
            if name in _YAML:
                return check_names(_names_of_yaml(text, path), path)
            return check_names([line.strip() for line in text.splitlines() if line.strip()], path)
    raise InputError(
        f"{folder}: expected the names of the classes in classes.txt or data.yaml, here or one folder above"
    )


def _names_of_yaml(text: str, path: Path) -> list[str]:
    """Return the names under the key ``names``: a list or a mapping from 0, in one line or a line each."""
    lines = text.splitlines()
    first = next((row for row, line in enumerate(lines) if re.match(r"names\s*:(\s|$)", line)), None)
    if first is None:
        raise InputError(f"{path}: has no key names; expected the names of the classes there, or in a classes.txt")
    block = [lines[first].partition(":")[2]]
    for line in lines[first + 1 :]:
        if line.startswith("---") or (line.strip() and line[0] not in "#-]} \t"):
            break  # the next document, or the next key
        block.append(line)
    inside = _COMMENT.sub(lambda found: found[1] or "", "\n".join(block)).strip()
    flow = inside[:1] + inside[-1:] in {"[]", "{}"}
    pattern, rest = (_IN_BRACKETS, inside[1:-1].strip()) if flow else (_IN_A_LINE, inside)
    items = []
    while rest:
        found = pattern.match(rest)
        if found is None:
            shown = rest.partition("\n")[0]
            raise InputError(
                f"{path}: names cannot be read at {shown!r:.60}; expected [cat, dog], or lines of - cat or 0: cat"
            )
        items.append((found[1], _unquoted(found[2], path)))
        rest = rest[found.end() :].lstrip()
    if all(key is None for key, _ in items):
        return [name for _, name in items]
    mapping = {int(key): name for key, name in items if key is not None}
    if len(mapping) != len(items) or sorted(mapping) != list(range(len(items))):
        raise InputError(f"{path}: expected names for the classes 0 to {len(items) - 1}, each once")
    return [mapping[row] for row in range(len(mapping))]


def _unquoted(text: str, path: Path) -> str:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError as problem:
        raise InputError(f"{path}: names holds {text}, which is no quoted text") from problem
