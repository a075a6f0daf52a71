"""Odd boxes and masks of objects: each kind in each container."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np

import labelaudit
from laws.odd_containers import TOLERANCES, VECTORS, Convert
from laws.odd_inputs import Case, Skip
from laws.planted import instance_segmentation, object_detection

Change = Callable[[Any], Any]
IMAGE = 3  # the one that something is wrong with


def read_only(values: Any) -> np.ndarray:
    made = np.array(values)
    made.setflags(write=False)
    return made


BOXES: dict[str, Convert] = {
    "list": lambda values: np.asarray(values).tolist(),
    "tuple": lambda values: tuple(map(tuple, v) if np.ndim(v := np.asarray(values)) > 1 else v.tolist()),
    "float64": np.array,
    "float32": lambda values: np.array(values, np.float32) if np.asarray(values).dtype.kind == "f" else np.array(values),
    "object array": lambda values: np.array(values, object),
    "read-only": read_only,
    "columns first": np.asfortranarray,
    "memmap": lambda values: VECTORS["memmap"](np.asarray(values).tolist()) if np.size(values) else np.asarray(values),
    "strided": lambda values: np.repeat(np.asarray(values), 2, axis=0)[::2],
}  # fmt: skip


@cache
def _given(task: str) -> tuple[Any, Any]:
    make = {"object_detection": object_detection, "instance_segmentation": instance_segmentation}[task]
    planted = make(n=80)
    return planted.given, planted.predictions


@cache
def _clean(task: str) -> labelaudit.Audit:
    return labelaudit.audit(task, *_given(task))


def _at(key: str, change: Change) -> Change:
    """Another value under a key of one image."""

    def changed(images: list[Any]) -> list[Any]:
        made = list(images)
        made[IMAGE] = made[IMAGE] | {key: change(made[IMAGE][key])}
        return made

    return changed


def _all(key: str, change: Change) -> Change:
    def changed(images: list[Any]) -> list[Any]:
        return [image | {key: change(np.array(image[key]))} for image in images]

    return changed


def _first(value: Any) -> Change:
    """Another value in the first cell of an array."""

    def changed(array: Any) -> Any:
        made = np.array(array).astype(type(value) if isinstance(value, float) else object)
        made[(0,) * made.ndim] = value
        return made

    return changed


CELLS: dict[str, Any] = {
    "NaN": np.nan, "infinity": np.inf, "minus infinity": -np.inf, "None": None, "a word": "cat", "complex": 1j, "a list": [1, 2],
    "a date": np.datetime64("2026-01-31"), "bytes": b"1", "an object": object(), "masked": np.ma.masked, "1e300": 1e300, "2**64": 2**64,
}  # fmt: skip


def _boxes(key: str) -> dict[str, Change]:
    sides = np.array([64.0, 48, 64, 48])
    return {
        **{f"{name} in a box": _at(key, _first(value)) for name, value in CELLS.items()},
        "corners swapped": _all(key, lambda boxes: boxes[:, [2, 3, 0, 1]]),
        "axes swapped": _all(key, lambda boxes: boxes[:, [1, 0, 3, 2]]),
        "from 0 to 1": _all(key, lambda boxes: boxes / sides),
        "twice as large": _all(key, lambda boxes: boxes * 2),
        "width and height": _all(key, lambda boxes: np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])),
        "centres": _all(key, lambda boxes: np.hstack([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]])),
        "far away": _all(key, lambda boxes: boxes + 1e6),
        "no area": _all(key, lambda boxes: boxes[:, [0, 1, 0, 1]]),
        "negative": _all(key, lambda boxes: -boxes),
        "three sides": _at(key, lambda boxes: boxes[:, :3]),
        "six sides": _at(key, lambda boxes: boxes[:, [0, 1, 2, 3, 0, 1]]),
        "flat": _at(key, lambda boxes: boxes.ravel()),
        "transposed": _at(key, lambda boxes: boxes.T),
        "a box less": _at(key, lambda boxes: boxes[1:]),
        "a number": _at(key, lambda boxes: 5),
        "None for all": _at(key, lambda boxes: None),
        "a word for all": _at(key, lambda boxes: "boxes"),
        "ragged": _at(key, lambda boxes: [[1, 2, 3, 4], [1, 2]]),
        "a dictionary": _at(key, lambda boxes: {0: boxes}),
    }


def _labels() -> dict[str, Change]:
    return {
        **{f"{name} in a class": _at("labels", _first(value)) for name, value in CELLS.items() if name != "1e300"},
        "1e300 in a class": _at("labels", _first(1e300)),
        "-1 in a class": _at("labels", _first(-1)),
        "a fraction in a class": _at("labels", _first(0.5)),
        "2**63 in a class": _at("labels", _first(2.0**63)),
        "a label less": _at("labels", lambda labels: labels[1:]),
        "labels in a column": _at("labels", lambda labels: np.array(labels)[:, None, None]),
        "one-hot labels": _at("labels", lambda labels: np.eye(3)[labels]),
        "classes rotated": _all("labels", lambda labels: (labels + 1) % 3),
        "no labels key": lambda images: [{k: v for k, v in image.items() if k != "labels"} for image in images],
    }


def _scores() -> dict[str, Change]:
    return {
        **{f"{name} in a score": _at("scores", _first(value)) for name, value in CELLS.items()},
        "a score above 1": _at("scores", _first(1.5)),
        "a negative score": _at("scores", _first(-0.5)),
        "scores in percent": _all("scores", lambda scores: 100 * scores),
        "a score less": _at("scores", lambda scores: scores[1:]),
        "scores a class": _at("scores", lambda scores: np.ones((len(scores), 3)) / 3),
        "no scores key": lambda images: [{k: v for k, v in image.items() if k != "scores"} for image in images],
    }


WHOLE: dict[str, Change] = {
    "an image less": lambda images: images[:-1],
    "an image more": lambda images: [*images, images[0]],
    "images reversed": lambda images: images[::-1],
    "no images": lambda images: [],
    "one image, no list": lambda images: images[0],
    "None": lambda images: None,
    "a number": lambda images: 4,
    "a word": lambda images: "labels.json",
    "a list of None": lambda images: [None] * len(images),
    "one None": lambda images: [*images[:-1], None],
    "a list of lists": lambda images: [list(image.values()) for image in images],
    "a dictionary": lambda images: dict(enumerate(images)),
    "empty dictionaries": lambda images: [{} for _ in images],
    "an iterator": iter,
    "nothing in any image": lambda images: [{key: value[:0] for key, value in image.items()} for image in images],
}


def _masks() -> dict[str, Change]:
    return {
        "a mask of another size": _at("masks", lambda masks: [masks[0][:-1], *masks[1:]]),
        "a mask of other axes": _at("masks", lambda masks: [mask.T for mask in masks]),
        "a mask of one axis": _at("masks", lambda masks: [mask.ravel() for mask in masks]),
        "a mask of three axes": _at("masks", lambda masks: [mask[..., None] for mask in masks]),
        "a mask less": _at("masks", lambda masks: masks[1:]),
        "an empty mask": _at("masks", lambda masks: [np.zeros_like(masks[0]), *masks[1:]]),
        "no pixels": _at("masks", lambda masks: [np.zeros((0, 0), bool) for _ in masks]),
        "probabilities": _at("masks", lambda masks: [0.3 + 0.4 * mask for mask in masks]),
        "indices": _at("masks", lambda masks: [7 * mask.astype(int) for mask in masks]),
        "NaN in masks": _at("masks", lambda masks: [np.where(mask, 1.0, np.nan) for mask in masks]),
        "words": _at("masks", lambda masks: [mask.astype(str) for mask in masks]),
        "objects": _at("masks", lambda masks: [np.full(mask.shape, None) for mask in masks]),
        "None for masks": _at("masks", lambda masks: None),
        "a list of None for masks": _at("masks", lambda masks: [None for _ in masks]),
        "a number for masks": _at("masks", lambda masks: 1),
        "run lengths that do not sum": _at(
            "masks", lambda masks: [{"size": [48, 64], "counts": [5, 5]} for _ in masks]
        ),
        "negative run lengths": _at(
            "masks", lambda masks: [{"size": [48, 64], "counts": [-5, 48 * 64 + 5]} for _ in masks]
        ),
        "run lengths of words": _at("masks", lambda masks: [{"size": [48, 64], "counts": ["a"]} for _ in masks]),
        "broken run lengths": _at("masks", lambda masks: [{"size": [48, 64], "counts": "\x00zz"} for _ in masks]),
        "run lengths without a size": _at("masks", lambda masks: [{"counts": [5]} for _ in masks]),
        "a size of words": _at("masks", lambda masks: [{"size": "ab", "counts": [5]} for _ in masks]),
        "a huge size": _at("masks", lambda masks: [{"size": [10**9, 10**9], "counts": [10**18]} for _ in masks]),
        "polygons": _at("masks", lambda masks: [[[1, 1, 5, 1, 5, 5]] for _ in masks]),
        "no masks key": lambda images: [{k: v for k, v in image.items() if k != "masks"} for image in images],
    }


def cases() -> Iterator[Case]:
    for task in ("object_detection", "instance_segmentation"):
        for side, what in enumerate(("labels", "predictions")):
            key = "masks" if task == "instance_segmentation" else ("bboxes", "boxes")[side]
            kinds = (_masks() if key == "masks" else _boxes(key)) | _labels() | WHOLE | (_scores() if side else {})
            for name, convert in BOXES.items():
                if key != "masks" or name in ("list", "object array", "read-only"):
                    clean = partial(_audit_objects, task, side, lambda images: images, convert)
                    yield Case(task, f"clean {what}", name, clean, partial(_clean, task), TOLERANCES.get(name, 1e-9))
            for name, change in kinds.items():
                for container in ("as it is", "list", "float32", "object array", "read-only"):
                    if name in WHOLE and container != "as it is":
                        continue
                    convert = BOXES.get(container)
                    if key == "masks" and container != "as it is":
                        continue
                    harmless = (name in ("an iterator", "a dictionary") and name in WHOLE) or name in _HARMLESS
                    yield Case(
                        task, f"{what}: {name}", container, partial(_audit_objects, task, side, change, convert),
                        partial(_audit_objects, task, side, change, None, True) if harmless else None,
                    )  # fmt: skip


# Odd, and right all the same: an overlooked object, a box that is empty, a mask without pixels.
_HARMLESS = ("an empty mask",)


def _audit_objects(
    task: str, side: int, change: Change, convert: Convert | None, plain: bool = False
) -> labelaudit.Audit:
    given = list(_given(task))
    try:
        images = change(given[side])
        if plain and not isinstance(images, list):
            images = given[side]
        if convert is not None:
            images = [{key: convert(value) for key, value in image.items()} for image in images]
    except Exception as problem:
        raise Skip from problem
    given[side] = images
    return labelaudit.audit(task, *given)
