"""Odd pixels and probabilities of pixels: each kind in each container."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import numpy as np
import pyarrow as pa

import labelaudit
from laws.odd_containers import TOLERANCES, VECTORS, Convert, converted
from laws.odd_images import CELLS, IMAGE, Change, read_only
from laws.odd_inputs import Case, Skip
from laws.planted import segmentation


@cache
def _pixels() -> tuple[np.ndarray, np.ndarray]:
    planted = segmentation(n=6)
    return planted.given, planted.predictions.astype(np.float64)


@cache
def _clean_pixels() -> labelaudit.Audit:
    return labelaudit.audit("segmentation", *_pixels())


def _image_lists(values: np.ndarray) -> list[np.ndarray]:
    return list(values)


STACKS: dict[str, Convert] = {
    "array": np.array,
    "list of arrays": _image_lists,
    "tuple of arrays": tuple,
    "nested lists": lambda values: values.tolist(),
    "float32": lambda values: values.astype(np.float32) if values.dtype == np.float64 else values,
    "float16": lambda values: values.astype(np.float16) if values.dtype == np.float64 else values,
    "int64": lambda values: values.astype(np.int64) if values.dtype.kind == "u" else values,
    "columns first": np.asfortranarray,
    "read-only": read_only,
    "strided": lambda values: np.repeat(values, 2, axis=-1)[..., ::2],
    "memmap": VECTORS["memmap"],
    "object array": lambda values: values.astype(object),
    "list of object arrays": lambda values: [image.astype(object) for image in values],
    "arrow": lambda values: pa.array(values.tolist()),
    "masked nowhere": np.ma.MaskedArray,
    "other byte order": lambda values: values.astype(values.dtype.newbyteorder()),
}


def _one(value: Any) -> Change:
    def change(values: np.ndarray) -> np.ndarray:
        made = values.astype(float if isinstance(value, int | float) else object)
        made[IMAGE].flat[5] = value
        return made

    return change


PIXELS: dict[str, Change] = {
    **{name: _one(value) for name, value in CELLS.items()},
    "an image less": lambda values: values[:-1],
    "no images": lambda values: values[:0],
    "one image": lambda values: values[0],
    "a row less": lambda values: values[..., :-1, :],
    "a column less": lambda values: values[..., :-1],
    "axes swapped": lambda values: np.swapaxes(values, -1, -2),
    "one more axis": lambda values: values[None],
    "no pixels": lambda values: values[..., :0],
    "flattened": lambda values: values.reshape(len(values), -1),
    "words": lambda values: values.astype(str),
    "complex numbers": lambda values: values.astype(complex),
    "dates": lambda values: values.astype("M8[s]"),
    "masked": lambda values: np.ma.MaskedArray(values, values == values.flat[0]),
    "ragged": lambda values: [values[0], values[1][..., :-3], *values[2:]],
    "images in a ragged order": lambda values: [*values[:2], values[0][..., :-5], *values[3:]],
    "None": lambda values: None,
    "a number": lambda values: 0.5,
    "a dictionary": lambda values: dict(enumerate(values)),
    "a list of None": lambda values: [None] * len(values),
    "a word": lambda values: "masks",
}
LABEL_PIXELS = PIXELS | {
    "a class too many": _one(3), "minus 1": _one(-1), "a fraction": _one(0.5), "255": _one(255), "2**63": _one(2.0**63),
    "counted from 1": lambda labels: labels + 1, "colours": lambda labels: np.stack([labels] * 3, -1),
    "one-hot": lambda labels: np.moveaxis(np.eye(3)[labels], -1, 1), "0 and 255": lambda labels: np.where(labels, 255, 0),
    "classes rotated": lambda labels: (labels + 1) % 3, "images reversed": lambda labels: labels[::-1],
}  # fmt: skip
PROBABILITY_PIXELS = PIXELS | {
    "classes last": lambda probs: np.moveaxis(probs, 1, -1), "argmax": lambda probs: probs.argmax(axis=1),
    "argmax with an axis": lambda probs: probs.argmax(axis=1)[:, None], "sigmoid": lambda probs: probs[:, 1:2],
    "logits": np.log, "percent": lambda probs: 100 * probs, "unnormalised": lambda probs: 0.3 * probs,
    "zeros": lambda probs: 0 * probs, "negated": lambda probs: -probs, "1 more": lambda probs: probs + 1,
    "a class less": lambda probs: probs[:, :-1], "no classes": lambda probs: probs[:, :0],
    "softmax over rows": lambda probs: probs / probs.sum(axis=2, keepdims=True), "bytes": lambda probs: (255 * probs).astype(np.uint8),
    "equal everywhere": lambda probs: np.full_like(probs, 1 / 3), "classes rotated": lambda probs: np.roll(probs, 1, axis=1),
    "images reversed": lambda probs: probs[::-1],
}  # fmt: skip


def cases() -> Iterator[Case]:
    task = "segmentation"
    for first, of_labels in STACKS.items():
        for second, of_probs in STACKS.items():
            tolerance = max(TOLERANCES.get(first, 1e-9), TOLERANCES.get(second, 1e-9))
            yield Case(
                task, "clean", f"{first} and {second}", partial(_audit_stacks, of_labels, of_probs), _clean_pixels, tolerance
            )  # fmt: skip
    for side, kinds in enumerate((LABEL_PIXELS, PROBABILITY_PIXELS)):
        for name, change in kinds.items():
            for container in ("array", "list of arrays", "nested lists", "float32", "memmap", "object array"):
                what = ("labels", "predictions")[side]
                yield Case(
                    task, f"{what}: {name}", container, partial(_audit_pixels, side, change, STACKS[container]),
                    _clean_pixels if name == "one more axis" else None,  # a list of one model
                )  # fmt: skip


def _audit_stacks(of_labels: Convert, of_probs: Convert) -> labelaudit.Audit:
    labels, probs = _pixels()
    return labelaudit.audit("segmentation", converted(of_labels, labels), converted(of_probs, probs))


def _audit_pixels(side: int, change: Change, convert: Convert) -> labelaudit.Audit:
    given: list[Any] = list(_pixels())
    try:
        changed = change(given[side])
    except Exception as problem:
        raise Skip from problem
    if isinstance(changed, np.ma.MaskedArray) and convert is not STACKS["array"]:
        raise Skip  # other containers lose the mask
    wanted = isinstance(changed, np.ndarray) and not isinstance(changed, np.ma.MaskedArray)
    given[side] = converted(convert, changed) if wanted else changed
    return labelaudit.audit("segmentation", *given)
