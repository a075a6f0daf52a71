"""Pascal VOC: a folder with an XML file an image.

The corners are carried as they are written: no 1 is added or subtracted. VOC counts pixels from 1 and includes the
last, so xmin and ymin lie one pixel further than a box that counts from 0 would have them; but many files that call
themselves VOC do count from 0, and nothing in them tells which. Detectors are mostly trained on the numbers as they
stand, a report shows what the file says, and what is read is what is written back.
"""

from __future__ import annotations

import math
import re
from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.annotations import Annotations, BoxChange, Edits, by_image, check_names
from labelaudit.formats.base import Change, Format, Holds, Labels, Source, digest_of
from labelaudit.formats.box_labels import box_labels, write_changes
from labelaudit.formats.location import Location, absolute, new_folder
from labelaudit.formats.splices import splice
from labelaudit.formats.text_files import read_text
from labelaudit.formats.xml_spans import parse_spans

_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_REFUSED = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True)
class Voc:
    """The XML files as they are."""

    files: list[tuple[str, str]]  # an image: name and text of its file

    def write(self, path: Path, annotations: Annotations, edits: Edits) -> None:
        """Write the files into a new folder."""
        contents = _encode(self, annotations, edits)
        with new_folder(path) as folder:
            for name, content in contents.items():
                (folder / name).write_bytes(content)


def read_voc(folder: Path, class_names: Sequence[str] | None = None) -> Annotations:
    """Return the boxes of a folder of .xml files; difficult ones are checked and kept, not scored.

    The classes are ``class_names``, else all names that occur, sorted.
    """
    paths = _xml_files(folder)
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
        ids=[group["places"].tolist() for group in grouped],
    )


def _encode(source: Voc, annotations: Annotations, edits: Edits) -> dict[str, bytes]:
    """Return name and content of each file; what no change names stays as it is, to the letter."""
    return {
        name: _corrected(text.encode("utf-8"), row, annotations, edits) for row, (name, text) in enumerate(source.files)
    }


def _corrected(content: bytes, row: int, annotations: Annotations, edits: Edits) -> bytes:
    changed, added = edits.changed.get(row, {}), edits.added.get(row, [])
    if not changed and not added:
        return content
    mark = len(content) - len(content.removeprefix(BOM_UTF8))
    body = content[mark:]
    root = parse_spans(body)
    objects = root.all("object")
    splices: list[tuple[int, int, bytes]] = []
    for box, change in changed.items():
        element = objects[annotations.places[row][box]]
        if change.remove:
            splices.append((len(body[: element.start].rstrip()), element.stop, b""))
        if change.label is not None:
            name = element.first("name")
            splices.append((name.inner, name.inner_stop, _escaped(annotations.class_names[change.label])))
        if change.bbox is not None:
            corners = [element.first("bndbox").first(corner) for corner in _CORNERS]
            pairs = zip(corners, _whole(change.bbox), strict=True)
            splices += [(corner.inner, corner.inner_stop, value) for corner, value in pairs]
    place = len(body[: root.inner_stop].rstrip())
    indent = body[root.inner : root.children[0].start]
    for change in added:
        splices.append((place, place, _object(change, annotations.class_names, indent if indent.isspace() else b"")))
    return content[:mark] + splice(body, splices)


def _object(change: BoxChange, names: Sequence[str], indent: bytes) -> bytes:
    deeper, deepest = (indent + times * indent.lstrip(b"\r\n") for times in (1, 2))
    name, corners = _escaped(names[change.label or 0]), _whole(change.bbox or ())
    values = {b"name": name, b"pose": b"Unspecified", b"truncated": b"0", b"difficult": b"0"}
    parts = [b"%b<%b>%b</%b>" % (deeper, key, value, key) for key, value in values.items()]
    box = b"".join(
        b"%b<%b>%b</%b>" % (deepest, key.encode(), value, key.encode())
        for key, value in zip(_CORNERS, corners, strict=True)
    )
    return b"%b<object>%b%b<bndbox>%b%b</bndbox>%b</object>" % (indent, b"".join(parts), deeper, box, deeper, indent)


def _whole(bbox: Sequence[float]) -> list[bytes]:
    # whole pixels are what VOC is made of, and what most of its readers can read
    return [str(round(value)).encode() for value in bbox]


def _escaped(name: str) -> bytes:
    # letters beyond ASCII as references: right whatever encoding the head of the file names
    return escape(name).encode("ascii", "xmlcharrefreplace")


def _parse(text: str, path: Path) -> ET.Element:
    # an entity can name a file, a host, or a billion letters; without a DOCTYPE there is none
    if _REFUSED.search(text):
        raise InputError(f"{path}: has a DOCTYPE or entities, which are not read for safety; take them out")
    # the parser is told the encoding, so that it reads the very letters that were searched
    parser = ET.XMLParser(encoding="utf-8")  # noqa: S314
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
        value = math.nan if "_" in text else float(text)  # which Python takes for a part of a number
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


def _xml_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() == ".xml")


def _matches(location: Location) -> bool:
    return location.path.is_dir() and bool(_xml_files(location.path))


def _digest(folder: Path) -> str:
    return digest_of(folder, _xml_files(folder))


def _read(location: Location, _: Holds, class_names: Sequence[str] | None) -> Labels:
    annotations = read_voc(location.path, class_names)
    return box_labels(annotations, Source("voc", absolute(location), None, _digest(location.path)))


def _write(source: Source, changes: Sequence[Change], out: Path) -> None:
    write_changes(read_voc(Path(source.path), source.options.get("class_names")), changes, out)


VOC = Format(
    name="voc",
    holds=frozenset({"boxes"}),
    matches=_matches,
    expected="a folder of Pascal VOC .xml files",
    read=_read,
    write=_write,
    digest=_digest,
)
