"""Annotated boxes and a detector's predictions, in every form that people have them in."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from labelaudit._checks.arrays import as_array, no_number, refuse_masked_parts
from labelaudit._checks.classification import check_class_names
from labelaudit._data.arrays import to_numpy
from labelaudit._data.boxes import Boxes, Detections, Scenes
from labelaudit._data.masks import MaskScenes
from labelaudit._data.ragged import offsets_of
from labelaudit._kernels.limits import LARGEST
from labelaudit.errors import InputError, shown

_FORMS = (
    "expected for each image an array (P, 5 + K) of x1, y1, x2, y2, confidence and K class probabilities, a list of K "
    "arrays (M, 5) of x1, y1, x2, y2, confidence, or a dictionary of boxes, labels and scores"
)
_ULTRALYTICS = (
    "got rows of 6 that end in the index of a class, as boxes.data of ultralytics has them; pass for each image "
    '{"boxes": r.boxes.xyxy, "labels": r.boxes.cls, "scores": r.boxes.conf}'
)
_T = TypeVar("_T", Boxes, Detections)
S = TypeVar("S", Scenes, MaskScenes)
_BOX_NAMES = ("bboxes", "boxes")

# What is counted of each class, and of many pairs of classes, fits no memory beyond; a float16 is compared as float64.
_TOO_MANY_CLASSES = np.float64(1 << 20)

# The sum of the areas of two boxes is a float.
_LARGEST_PIXEL = 1e150


def check_scenes(labels: Any, predictions: Any) -> Scenes:
    """Return both in canonical form; ``labels``: a dictionary of bboxes and labels for each image."""
    given = check_labels(labels)
    found, k = check_predictions(predictions)
    if len(given) != len(found):
        raise InputError(f"labels: expected {len(found)} images, as in predictions, got {len(given)}")
    greatest = int(max(given.classes.max(initial=-1), found.classes.max(initial=-1)))
    if k is not None and greatest >= k:
        at = int(np.argmax(given.classes >= k))
        raise InputError(
            f"labels: expected classes 0..{k - 1}, as predictions have {k}, image {given.images[at]} holds "
            f"{given.classes[at]}"
        )
    return Scenes(given, found, greatest + 1 if k is None else k)


def check_either(labels: Any, predictions: Any, auxiliary_inputs: Sequence[Mapping[str, Any]] | None) -> Scenes:
    """Return labels and predictions, or what cleanlab makes of them, in canonical form."""
    if auxiliary_inputs is not None:
        keys = ("lab_bboxes", "lab_labels", "pred_bboxes", "pred_labels", "pred_label_probs")
        for i, one in enumerate(auxiliary_inputs):
            missing = [key for key in keys if key not in one]
            if missing:
                raise InputError(f"auxiliary_inputs: expected a key {missing[0]!r}, image {i} has {sorted(one)}")
        labels = [{"bboxes": one["lab_bboxes"], "labels": one["lab_labels"]} for one in auxiliary_inputs]
        predictions = [
            {"boxes": one["pred_bboxes"], "labels": one["pred_labels"], "scores": one["pred_label_probs"]}
            for one in auxiliary_inputs
        ]
    if labels is None or predictions is None:
        raise InputError("labels: expected labels and predictions, or auxiliary_inputs")
    return check_scenes(labels, predictions)


def with_class_names(scenes: S, class_names: Sequence[str] | None) -> tuple[S, tuple[str, ...] | None]:
    """Return scenes of as many classes as have names, and the names; a class of which there is no object may have one.

    Examples
    --------
    >>> with_class_names(check_scenes([{"bboxes": [], "labels": []}], [[]]), ["cat", "dog"])[0].k
    2
    """
    if class_names is None:
        return scenes, None
    if scenes.k > len(class_names):
        raise InputError(f"class_names: expected {scenes.k} names, one a class, got {len(class_names)}")
    names = check_class_names(class_names, len(class_names))
    return replace(scenes, k=len(class_names)), names


def check_labels(labels: Any) -> Boxes:
    """Return annotated boxes in canonical form."""
    if isinstance(labels, Boxes):
        return _checked(labels, "labels")
    images = images_of(labels, "labels", "a dictionary of bboxes (L, 4) and labels (L,) for each image")
    for i, image in enumerate(images):
        if not isinstance(image, Mapping):
            raise InputError(f"labels: expected a dictionary of bboxes and labels, image {i} is {shown(image)}")
    boxes, starts = _stacked([part_of(image, _BOX_NAMES, "labels", i) for i, image in enumerate(images)], 4, "labels")
    classes = _flat([part_of(image, ("labels",), "labels", i) for i, image in enumerate(images)], starts, "labels")
    return _checked(Boxes(boxes, as_classes(classes, starts, "labels"), starts), "labels")


def check_predictions(predictions: Any) -> tuple[Detections, int | None]:
    """Return predicted boxes in canonical form, and how many classes their form says there are."""
    if isinstance(predictions, Detections):
        return _checked_detections(predictions), None
    images = [_settled(image) for image in images_of(predictions, "predictions", _FORMS)]
    forms = [_form_of(image, i) for i, image in enumerate(images)]
    named = [form for form in forms if form is not None]
    form = named[0] if named else "per class"
    for i, other in enumerate(forms):
        if other not in (None, form):
            raise InputError(f"predictions: image {forms.index(form)} is {form}, image {i} is {other}; {_FORMS}")
    read = {"a dictionary": _from_dictionaries, "an array (P, 5 + K)": _from_rows, "per class": _from_classes}[form]
    found, k = read(images)
    return _checked_detections(found), k


def _checked_detections(found: Detections) -> Detections:
    good = (found.confidences >= 0) & (found.confidences <= LARGEST)
    if not good.all():
        at = int(np.argmin(good))
        raise InputError(
            f"predictions: expected confidences in [0, 1], image {found.images[at]} holds {found.confidences[at]:g}"
        )
    return _checked(found, "predictions")


def images_of(value: Any, name: str, expected: str) -> Sequence[Any]:
    if isinstance(value, Mapping | str) or not hasattr(value, "__len__") or not hasattr(value, "__getitem__"):
        raise InputError(f"{name}: {expected}, got {type(value).__name__}")
    return value if isinstance(value, list | tuple) else list(value)


def _settled(image: Any) -> Any:
    # a list of rows of numbers is an array
    if isinstance(image, list | tuple) and len(image) and np.ndim(image[0]) == 1 and len(image[0]):
        refuse_masked_parts(image, "predictions")
        return np.array([np.asarray(row) for row in image])
    return image


def _form_of(image: Any, i: int) -> str | None:
    if isinstance(image, Mapping):
        return "a dictionary"
    shape = getattr(image, "shape", None)
    if shape is None and isinstance(image, list | tuple):
        return "per class" if len(image) else None
    if shape is None:
        raise InputError(f"predictions: {_FORMS}; image {i} is {type(image).__name__}")
    if 0 in shape[:1] and len(shape) < 3:
        return None
    if len(shape) == 2 and shape[1] == 5:
        raise InputError(f"predictions: image {i} has shape {tuple(shape)}, which says no class of its boxes; {_FORMS}")
    if len(shape) == 2 and shape[1] > 5:
        return "an array (P, 5 + K)"
    if (len(shape) == 3 and shape[2] == 5) or (len(shape) == 1 and image.dtype == object):
        return "per class"
    raise InputError(f"predictions: {_FORMS}; image {i} has shape {tuple(shape)}")


def _from_dictionaries(images: Sequence[Any]) -> tuple[Detections, None]:
    filled = [image if isinstance(image, Mapping) else {"boxes": [], "labels": [], "scores": []} for image in images]
    name = "predictions"
    boxes, starts = _stacked([part_of(image, _BOX_NAMES, name, i) for i, image in enumerate(filled)], 4, name)
    classes = _flat([part_of(image, ("labels",), name, i) for i, image in enumerate(filled)], starts, name)
    scores = _flat([part_of(image, ("scores",), name, i) for i, image in enumerate(filled)], starts, name)
    return Detections(boxes, as_classes(classes, starts, name), as_numbers(scores, starts, name), starts), None


def _from_rows(images: Sequence[Any]) -> tuple[Detections, int]:
    refuse_masked_parts(images, "predictions", "image")
    rows = [to_numpy(image, "predictions") for image in images]
    width = next(len(row[0]) for row in rows if len(row))
    whole, starts = _stacked(rows, width, "predictions")
    if width == 6 and _are_class_indices(whole[:, 5]):
        raise InputError(
            f"predictions: expected rows of x1, y1, x2, y2, confidence and K class probabilities, {_ULTRALYTICS}"
        )
    _refuse_unknown_classes(whole, starts)
    likely = whole[:, 5:].argmax(axis=1) if len(whole) else np.zeros(0, np.int64)
    return Detections(np.ascontiguousarray(whole[:, :4]), likely, whole[:, 4].copy(), starts), width - 5


def _are_class_indices(column: np.ndarray) -> bool:
    # of one class the probability may be 1 everywhere, and is never 0 everywhere
    return bool((column == np.floor(column)).all() and (column != 1).any())


def _refuse_unknown_classes(whole: np.ndarray, starts: np.ndarray) -> None:
    finite = np.isfinite(whole[:, 5:])
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise InputError(
            f"predictions: expected finite class probabilities, image {_image_of(row, starts)} holds "
            f"{whole[row, 5 + column]:g} for class {column}"
        )


def _from_classes(images: Sequence[Any]) -> tuple[Detections, int]:
    k = max((len(image) for image in images), default=0)
    for i, image in enumerate(images):
        if len(image) not in (0, k):
            raise InputError(f"predictions: expected a list of {k} arrays, one a class, image {i} has {len(image)}")
    arrays = list(itertools.chain.from_iterable(images))
    refuse_masked_parts(arrays, "predictions", "array")
    lengths = np.fromiter(map(len, arrays), np.int64, len(arrays))
    per_image = np.fromiter(map(len, images), np.int64, len(images))
    of_image = np.bincount(np.repeat(np.arange(len(images)), per_image), lengths, len(images)).astype(np.int64)
    starts = offsets_of(of_image)
    try:
        whole = np.concatenate([array for array in arrays if len(array)] or [np.zeros((0, 5))])
    except (ValueError, TypeError):
        whole = np.zeros(0)
    if whole.ndim != 2 or whole.shape[1] != 5:
        shapes = [np.shape(array) for array in arrays]
        at = next(i for i, shape in enumerate(shapes) if shape[:1] != (0,) and (len(shape) != 2 or shape[1] != 5))
        image = int(np.searchsorted(np.cumsum(per_image), at, side="right"))
        raise InputError(f"predictions: expected arrays (M, 5), image {image} has one of shape {shapes[at]}; {_FORMS}")
    whole = as_numbers(whole, starts, "predictions")
    classes = np.arange(len(arrays)) - np.repeat(offsets_of(per_image)[:-1], per_image)
    confidences = whole[:, 4].copy()
    return Detections(np.ascontiguousarray(whole[:, :4]), np.repeat(classes, lengths), confidences, starts), k


def boxes_key(image: Mapping[str, Any]) -> str:
    """Return the key that the boxes of an image are under."""
    return next(name for name in _BOX_NAMES if name in image)


def part_of(image: Mapping[str, Any], names: tuple[str, ...], argument: str, i: int) -> np.ndarray:
    for name in names:
        if name in image:
            return to_numpy(as_array(image[name], f"{argument}[{i}][{name!r}]"), argument)
    raise InputError(f"{argument}: expected a key {' or '.join(map(repr, names))}, image {i} has {sorted(image)}")


def _stacked(parts: Sequence[np.ndarray], width: int, name: str) -> tuple[np.ndarray, np.ndarray]:
    for i, part in enumerate(parts):
        if part.size and (part.ndim != 2 or part.shape[1] != width):
            raise InputError(f"{name}: expected boxes of shape (n, {width}), image {i} has {part.shape}")
    filled = [part for part in parts if part.size]
    starts = offsets_of([len(part) if part.size else 0 for part in parts])
    try:
        whole = np.concatenate(filled) if filled else np.zeros((0, width))
    except (ValueError, TypeError) as problem:
        raise InputError(f"{name}: boxes are no numbers ({problem})") from problem
    return np.ascontiguousarray(as_numbers(whole, starts, name)), starts


def _flat(parts: Sequence[np.ndarray], starts: np.ndarray, name: str) -> np.ndarray:
    for i, (part, count) in enumerate(zip(parts, np.diff(starts), strict=True)):
        if part.shape != (count,) and (part.size or count):
            raise InputError(f"{name}: expected one value for each of {count} boxes, image {i} has shape {part.shape}")
    filled = [part for part in parts if part.size]
    return np.concatenate(filled) if filled else np.zeros(0)


def as_numbers(values: np.ndarray, starts: np.ndarray, name: str) -> np.ndarray:
    """Return values of all objects as floats; refuse text, complex numbers and times, which NumPy makes some of."""
    place = no_number(values)
    if place >= 0:
        row = int(np.unravel_index(place, values.shape)[0])
        value = values.flat[place]
        raise InputError(f"{name}: expected numbers, image {_image_of(row, starts)} holds {value!r:.60}")
    return values.astype(np.float64)


def _image_of(row: int, starts: np.ndarray) -> int:
    return int(np.searchsorted(starts, row, side="right")) - 1


def as_classes(values: np.ndarray, starts: np.ndarray, name: str) -> np.ndarray:
    if not values.size:
        return np.zeros(0, np.int64)
    kind = values.dtype.kind
    good = np.zeros(values.size, bool)
    if kind in "iubf":
        good = (values >= 0) & (values < _TOO_MANY_CLASSES) & (kind != "f" or values == np.floor(values))
    if not good.all():
        at = int(np.argmin(good))
        raise InputError(
            f"{name}: expected class indices 0..K-1, image {_image_of(at, starts)} holds {values[at]!r}; "
            "number the classes from 0"
        )
    return values.astype(np.int64)


def _checked(found: _T, name: str) -> _T:
    boxes = found.boxes
    good = (np.abs(boxes) <= _LARGEST_PIXEL).all(axis=1) & (boxes[:, 0] <= boxes[:, 2]) & (boxes[:, 1] <= boxes[:, 3])
    if not good.all():
        at = int(np.argmin(good))
        if np.isfinite(boxes[at]).all() and np.abs(boxes[at]).max() > _LARGEST_PIXEL:
            raise InputError(
                f"{name}: expected boxes of pixels, image {found.images[at]} holds {boxes[at].tolist()}, whose area is "
                "no float; divide all boxes by a constant"
            )
        raise InputError(
            f"{name}: expected boxes x1, y1, x2, y2 with x1 <= x2 and y1 <= y2, image {found.images[at]} holds "
            f"{boxes[at].tolist()}; boxes x, y, width, height become x, y, x + width, y + height"
        )
    return found
