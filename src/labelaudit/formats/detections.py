"""Detections of all images in the flat arrays of one .npz file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.annotations import Annotations, ImageNames, by_image
from labelaudit.formats.base import Format, Holds
from labelaudit.formats.location import Location
from labelaudit.formats.numpy_files import keys_of_npz, read_npz

_ARRAYS = ("boxes", "labels", "scores", "images")


def read_array_detections(path: Path, annotations: Annotations) -> list[dict[str, np.ndarray]]:
    """Return the boxes, labels and scores of an .npz file, by image."""
    keys = keys_of_npz(path)
    missing = [name for name in _ARRAYS if name not in keys]
    if missing:
        raise InputError(f"{path}: has no array {missing[0]}; expected {', '.join(_ARRAYS)}")
    boxes, labels, scores, images = (read_npz(path, name) for name in _ARRAYS)
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
    _refuse(path, np.asarray(~np.isfinite(boxes).all(axis=1)), "boxes", boxes, "four finite numbers")
    turned = np.asarray((boxes[:, 2:] < boxes[:, :2]).any(axis=1))
    _refuse(path, turned, "boxes", boxes, "x1 ≤ x2 and y1 ≤ y2")
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


def _matches(location: Location) -> bool:
    return location.path.suffix.lower() == ".npz"


def _read_predictions(location: Location, _: Holds, annotations: Annotations) -> tuple[Any, None]:
    return read_array_detections(location.path, annotations), None


DETECTIONS = Format(
    name="detections",
    holds=frozenset({"boxes"}),
    matches=_matches,
    expected="an .npz file of detections",
    read_predictions=_read_predictions,
)
