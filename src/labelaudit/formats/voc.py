"""Pascal VOC: a folder with an XML file an image.

The corners are carried as they are written: no 1 is added or subtracted. VOC counts pixels from 1 and includes the
last, so xmin and ymin lie one pixel further than a box that counts from 0 would have them; but many files that call
themselves VOC do count from 0, and nothing in them tells which. Detectors are mostly trained on the numbers as they
stand, a report shows what the file says, and what is read is what is written back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.annotations import Annotations, Change, Edits, by_image, check_names, read_text

_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_REFUSED = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_HEAD = re.compile(r"(\s|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)  # the declaration and comments before the root


@dataclass(frozen=True)
class Voc:
    """The XML files as they are."""

    files: list[tuple[str, str]]  # an image: name and text of its file


def read_voc(folder: Path, class_names: Sequence[str] | None = None) -> Annotations:
    """Return the boxes of a folder of .xml files; difficult ones are checked and kept, not scored.

    The classes are ``class_names``, else all names that occur, sorted.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".xml")
    texts = [read_text(path) for path in paths]
    roots = [_parse(text, path) for text, path in zip(texts, paths, strict=True)]
    images: dict[str, int] = {}
    for row, (root, path) in enumerate(zip(roots, paths, strict=True)):
        image = _text(root, "filename", f"{path}: annotation")
        if images.setdefault(image, row) != row:
            raise InputError(f"{path}: has the filename {image!r} of {paths[images[image]].name}; expected its own")
    objects = [
        (row, place, element, f"{paths[row]}: object {place}")
        for row, root in enumerate(roots)
        for place, element in enumerate(root.findall("object"))
    ]
    given = [_text(element, "name", where) for _, _, element, where in objects]
    names = check_names(class_names, folder) if class_names is not None else sorted(set(given))
    index = {name: label for label, name in enumerate(names)}
    for name, (_, _, _, where) in zip(given, objects, strict=True):
        if name not in index:
            raise InputError(f"{where}: the name {name!r} is none of the class names {', '.join(names)}")
    bboxes = np.array([_corners(element, where) for _, _, element, where in objects], dtype=np.float64).reshape(-1, 4)
    scored = np.array([not _is_difficult(element, where) for _, _, element, where in objects], dtype=bool)
    grouped = by_image(
        np.array([row for row, *_ in objects], dtype=np.int64)[scored],
        len(images),
        bboxes=bboxes[scored],
        labels=np.array([index[name] for name in given], dtype=np.int64)[scored],
        places=np.array([place for _, place, *_ in objects], dtype=np.int64)[scored],
    )
    sizes = [_size(root, path) for root, path in zip(roots, paths, strict=True)]
    known = [size for size in sizes if size is not None]
    return Annotations(
        images=list(images),
        labels=[{"bboxes": group["bboxes"], "labels": group["labels"]} for group in grouped],
        class_names=names,
        sizes=known if len(known) == len(sizes) else None,
        places=[group["places"] for group in grouped],
        source=Voc([(path.name, text) for path, text in zip(paths, texts, strict=True)]),
    )


def encode_voc(annotations: Annotations, edits: Edits) -> dict[str, bytes]:
    """Return name and content of each file; a file without changes stays as it is, to the letter."""
    source: Voc = annotations.source
    names = annotations.class_names
    contents = {}
    for row, (file, text) in enumerate(source.files):
        changed, added = edits.changed.get(row, {}), edits.added.get(row, [])
        if not changed and not added:
            contents[file] = text.encode("utf-8")
            continue
        root = _parse(text, Path(file))
        objects = root.findall("object")
        for box, change in changed.items():
            element = objects[annotations.places[row][box]]
            if change.remove:
                root.remove(element)
            else:
                _change(element, change, names)
        for change in added:
            _add(root, change, names)
        head = _HEAD.match(text.removeprefix("\ufeff"))
        body = ET.tostring(root, encoding="us-ascii", xml_declaration=False)
        # letters beyond ASCII as references: right whatever encoding the head of the file names
        contents[file] = (head[0] if head else "").encode("utf-8") + body + b"\n"
    return contents


def _change(element: ET.Element, change: Change, names: Sequence[str]) -> None:
    if change.label is not None:
        _child(element, "name").text = names[change.label]
    if change.bbox is not None:
        box = _child(element, "bndbox")
        for corner, value in zip(_CORNERS, change.bbox, strict=True):
            # whole pixels are what VOC is made of, and what most of its readers can read
            _child(box, corner).text = str(round(value))


def _child(element: ET.Element, key: str) -> ET.Element:
    found = element.find(key)
    return found if found is not None else ET.SubElement(element, key)


def _add(root: ET.Element, change: Change, names: Sequence[str]) -> None:
    element = ET.Element("object")
    for key, text in (("name", ""), ("pose", "Unspecified"), ("truncated", "0"), ("difficult", "0")):
        ET.SubElement(element, key).text = text
    _change(element, change, names)
    indent = (root.text or "").strip("\r\n")
    if indent and not indent.strip():
        ET.indent(element, indent, level=1)
        root[-1].tail, element.tail = root.text, "\n"
    root.append(element)


def _parse(text: str, path: Path) -> ET.Element:
    # an entity can name a file, a host, or a billion letters; without a DOCTYPE there is none
    if _REFUSED.search(text):
        raise InputError(f"{path}: has a DOCTYPE or entities, which are not read for safety; take them out")
    # the parser is told the encoding, so that it reads the very letters that were searched
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True, insert_pis=True), encoding="utf-8")  # noqa: S314
    try:
        parser.feed(text.removeprefix("\ufeff").encode("utf-8"))
        root: ET.Element = parser.close()
    except ET.ParseError as problem:
        raise InputError(f"{path}: is no XML ({problem})") from problem
    if root.tag != "annotation":
        raise InputError(f"{path}: expected an annotation of Pascal VOC, got the element {root.tag}")
    return root


def _text(element: ET.Element, key: str, where: str) -> str:
    text = (element.findtext(key) or "").strip()
    if not text:
        raise InputError(f"{where}: has no {key}, or an empty one")
    return text


def _number(element: ET.Element, key: str, where: str) -> float:
    text = _text(element, key, where)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{where}: {key} is {text!r:.60}, expected a finite number")
    return value


def _corners(element: ET.Element, where: str) -> list[float]:
    box = element.find("bndbox")
    if box is None:
        raise InputError(f"{where}: has no bndbox")
    x1, y1, x2, y2 = corners = [_number(box, key, where) for key in _CORNERS]
    if x1 > x2 or y1 > y2:
        wrong = "xmax is less than xmin" if x1 > x2 else "ymax is less than ymin"
        raise InputError(f"{where}: {wrong} in the bndbox {x1:g}, {y1:g}, {x2:g}, {y2:g}")
    return corners


def _is_difficult(element: ET.Element, where: str) -> bool:
    text = (element.findtext("difficult") or "0").strip()
    if text not in {"0", "1"}:
        raise InputError(f"{where}: difficult is {text!r:.60}, expected 0 or 1")
    return text == "1"


def _size(root: ET.Element, path: Path) -> tuple[int, int] | None:
    size = root.find("size")
    if size is None:
        return None
    width, height = (_number(size, key, f"{path}: size") for key in ("width", "height"))
    # tools that did not know the size have written 0
    return (int(width), int(height)) if width > 0 and height > 0 else None
