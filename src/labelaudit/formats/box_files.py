"""Box annotations and detections of any known format, told by ending and content, and corrected annotations back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import polars as pl

from labelaudit.errors import InputError
from labelaudit.formats.annotations import Annotations, Change, ImageNames, by_image, check_changes
from labelaudit.formats.coco import Coco, encode_coco, read_coco, read_coco_detections
from labelaudit.formats.location import locate, new_folder, replacing
from labelaudit.formats.voc import Voc, encode_voc, read_voc
from labelaudit.formats.yolo import encode_yolo, read_yolo, read_yolo_detections

_ARRAYS = ("boxes", "labels", "scores", "images")


def read_annotations(
    path: str | Path, *, images: str | Path | None = None, class_names: Sequence[str] | None = None
) -> Annotations:
    """Return the box annotations of a COCO file, a YOLO folder or a Pascal VOC folder.

    Parameters
    ----------
    path
        A ``.json`` file is COCO, a folder of ``.txt`` files is YOLO, a folder of ``.xml`` files is Pascal VOC.
    images
        For YOLO, whose boxes are fractions of the images: their folder, where it is not beside the text files.
    class_names
        For YOLO and Pascal VOC: the classes in the order of their numbers. By default YOLO takes them from
        classes.txt or data.yaml, and Pascal VOC sorts the names that occur.

    Raises
    ------
    InputError
        Where a file is not what its format asks for: which file, which record or line, which key.
    """
    place = locate(path).path
    if place.is_dir():
        if _kind_of_folder(place) == ".xml":
            return read_voc(place, class_names)
        return read_yolo(place, None if images is None else Path(images), class_names)
    if place.suffix.lower() != ".json":
        raise InputError(
            f"{place}: expected a COCO .json file, a folder of YOLO .txt files or a folder of Pascal VOC .xml files"
        )
    if class_names is not None:
        raise InputError(f"{place}: COCO names its classes itself; leave out the class names")
    return read_coco(place)


def read_detections(path: str | Path, annotations: Annotations) -> list[dict[str, np.ndarray]]:
    """Return what a detector found in each annotated image: boxes (M, 4) xyxy in pixels, labels (M,), scores (M,).

    Parameters
    ----------
    path
        A ``.json`` list of COCO detections, whose ids are those of the annotations; or a folder of YOLO ``.txt`` files
        called as the images, with the score as sixth column; or an ``.npz`` file of boxes (N, 4) xyxy in pixels, labels
        (N,), scores (N,) and images (N,). Numbers among its labels and images are places in ``class_names`` and
        ``images`` of the annotations, counted from 0; strings are names.
    annotations
        What :func:`read_annotations` returned.

    Raises
    ------
    InputError
        Where a file is not what its format asks for, or speaks of an image or a class that the annotations do not have.
    """
    place = locate(path).path
    if place.is_dir():
        if _kind_of_folder(place) == ".xml":
            raise InputError(f"{place}: detections in .xml files have no scores; give .txt files, .json or .npz")
        return read_yolo_detections(place, annotations)
    if place.suffix.lower() == ".npz":
        return _read_arrays(place, annotations)
    if place.suffix.lower() != ".json":
        raise InputError(f"{place}: expected detections in a COCO .json list, a folder of .txt files or an .npz file")
    return read_coco_detections(place, annotations)


def changes_of(issues: pl.DataFrame, annotations: Annotations) -> list[Change]:
    """Return the corrections that the issues of an audit suggest, such as those that a person has kept of them.

    Parameters
    ----------
    issues : polars DataFrame
        Rows of ``Audit.issues`` of object detection; ``row`` counts the images of the annotations.
    annotations
        What the audit was made of.

    Examples
    --------
    >>> import numpy as np
    >>> issue = {"row": [0], "box": [2], "kind": ["swapped"], "suggested": ["dog"], "suggested_bbox": [[]]}
    >>> issues = pl.DataFrame(issue)
    >>> annotations = Annotations(["a.jpg"], [{}], ["cat", "dog"], None, [np.arange(3)], None)
    >>> changes_of(issues, annotations)
    [Change(image=0, box=2, label=1, bbox=None, remove=False)]
    """
    number = {name: k for k, name in enumerate(annotations.class_names)}
    changes = []
    for issue in issues.iter_rows(named=True):
        kind, label, bbox = issue["kind"], issue["suggested"], issue["suggested_bbox"]
        changes.append(
            Change(
                image=issue["row"],
                box=issue["box"],
                label=number.get(label, label) if kind in ("overlooked", "swapped") else None,
                bbox=tuple(bbox) if kind in ("overlooked", "badly_located") else None,
                remove=kind == "duplicated",
            )
        )
    return changes


def write_annotations(path: str | Path, annotations: Annotations, changes: Iterable[Change] = ()) -> None:
    """Write the annotations with the changes made, in the format that they were read from.

    Whatever no change names stays as it was: unknown fields, crowd and difficult boxes, the text of untouched lines.

    Parameters
    ----------
    path
        A ``.json`` file for COCO; for YOLO and Pascal VOC a folder that does not exist yet, or is empty.
    annotations
        What :func:`read_annotations` returned.
    changes
        At most one for a box. Corners are rounded to 1e-6 pixels in COCO, 1e-6 of the image in YOLO (and cut at its
        edges), and whole pixels in Pascal VOC.
    """
    path = Path(path)
    edits = check_changes(annotations, changes)
    if isinstance(annotations.source, Coco):
        if path.suffix.lower() != ".json":
            raise InputError(f"{path}: expected a name that ends in .json, as COCO is what was read")
        content = encode_coco(annotations, edits)
        with replacing(path) as beside:
            beside.write_bytes(content)
        return
    encode = encode_voc if isinstance(annotations.source, Voc) else encode_yolo
    contents = encode(annotations, edits)
    with new_folder(path) as folder:
        for name, content in contents.items():
            (folder / name).write_bytes(content)


def _kind_of_folder(folder: Path) -> str:
    found = {path.suffix.lower() for path in folder.iterdir()} & {".txt", ".xml"}
    if len(found) == 2:
        raise InputError(f"{folder}: has .txt and .xml files; expected YOLO or Pascal VOC, each in its own folder")
    if not found:
        inside = sorted(path.name for path in folder.iterdir() if path.is_dir())
        hint = f"; is it one of the folders in it, {', '.join(inside[:5])}?" if inside else ""
        raise InputError(f"{folder}: expected .txt files of YOLO or .xml files of Pascal VOC, found none{hint}")
    return found.pop()


def _read_arrays(path: Path, annotations: Annotations) -> list[dict[str, np.ndarray]]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            missing = [name for name in _ARRAYS if name not in arrays]
            if missing:
                raise InputError(f"{path}: has no array {missing[0]}; expected {', '.join(_ARRAYS)}")
            boxes, labels, scores, images = (arrays[name] for name in _ARRAYS)
    except InputError:
        raise
    except (ValueError, OSError, EOFError, BadZipFile) as problem:
        raise InputError(f"{path}: cannot be read as NumPy arrays without pickled objects ({problem})") from problem
    if boxes.size == 0:
        boxes = boxes.reshape(-1, 4)
    for name, array, shape in (("boxes", boxes, (4,)), ("labels", labels, ()), ("images", images, ())):
        if array.shape != (scores.size, *shape):
            expected = ", ".join(map(str, (scores.size, *shape)))
            raise InputError(f"{path}: expected {name} of shape ({expected}), one a score, got {array.shape}")
    for name, array in (("boxes", boxes), ("scores", scores)):
        if array.dtype.kind not in "iuf":
            raise InputError(f"{path}: expected numbers in {name}, got {array.dtype}")
    boxes, scores = boxes.astype(np.float64), scores.astype(np.float64)
    _refuse(path, ~np.isfinite(boxes).all(axis=1), "boxes", boxes, "four finite numbers")
    _refuse(path, (boxes[:, 2:] < boxes[:, :2]).any(axis=1), "boxes", boxes, "x1 ≤ x2 and y1 ≤ y2")
    _refuse(path, ~((scores >= 0) & (scores <= 1)), "scores", scores, "a number in [0, 1]")
    names = ImageNames(annotations.images)
    image = _places(path, "images", images, len(annotations.images), lambda name: names.row(name, f"{path}: images"))
    label = _places(path, "labels", labels, len(annotations.class_names), lambda name: _label(path, name, annotations))
    return by_image(image, len(annotations.images), boxes=boxes, labels=label, scores=scores)


def _places(path: Path, name: str, given: np.ndarray, count: int, find: Callable[[str], int]) -> np.ndarray:
    if given.dtype.kind == "U":
        words, inverse = np.unique(given, return_inverse=True)
        return np.array([find(str(word)) for word in words], dtype=np.int64)[inverse]
    if given.size and given.dtype.kind not in "iu":
        raise InputError(f"{path}: expected integers or strings in {name}, got {given.dtype}")
    _refuse(path, (given < 0) | (given >= count), name, given, f"0 to {count - 1}, or names")
    return given.astype(np.int64)


def _label(path: Path, name: str, annotations: Annotations) -> int:
    if name not in annotations.class_names:
        raise InputError(f"{path}: labels holds {name!r}, expected one of {', '.join(annotations.class_names)}")
    return annotations.class_names.index(name)


def _refuse(path: Path, wrong: np.ndarray, name: str, values: np.ndarray, expected: str) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(f"{path}: {name}: expected {expected}, row {row} holds {values[row].tolist()}")
