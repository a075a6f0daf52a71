"""From decisions about masks to corrected labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._checks.instance_segmentation import check_masks, masks_of
from labelaudit._data.arrays import is_foreign
from labelaudit._data.masks import Masks, unpack
from labelaudit._data.ragged import Ragged
from labelaudit._data.regions import places_of, strings_of
from labelaudit.decisions import Decisions
from labelaudit.errors import InputError
from labelaudit.formats.base import Change
from labelaudit.object_detection._columns import edited
from labelaudit.object_detection._decided import Objects, Value, changes_of
from labelaudit.object_detection._edits import Edits, Key
from labelaudit.object_detection._images import Shapes, corrected_images
from labelaudit.results import Record


def changes(record: Record, decisions: Decisions) -> list[Change]:
    """Return what decisions change: a mask that is another, one less or one more."""
    return changes_of(record, decisions, _MASKS)


def correct(record: Record, labels: Any, decisions: Decisions) -> Any:
    """Return the labels with the decisions carried out, in the container and the type that they came in.

    Masks that are no longer those that were audited are left as they are; new ones have the form of the others. Other
    values that images have for each of their masks are kept in step: see
    :func:`labelaudit.object_detection._images.corrected_images`.
    """
    found = changes(record, decisions)
    images = _images(labels) if isinstance(labels, Masks) else labels
    corrected = corrected_images(images, found, record, lambda row: _given(record, row), _SHAPES)
    return check_masks(corrected) if isinstance(labels, Masks) else corrected


def _images(labels: Masks) -> list[dict[str, Any]]:
    sizes = labels.sizes[:, ::-1].tolist()
    counts, classes = strings_of(Ragged(*labels.runs)), Ragged(labels.classes, labels.starts).split()
    spans = pairwise(labels.starts.tolist())
    return [
        {"masks": [{"size": size, "counts": one} for one in counts[start:stop]], "labels": of_image}
        for size, of_image, (start, stop) in zip(sizes, classes, spans, strict=True)
    ]


def _given(record: Record, row: int) -> list[Value]:
    size = _size(record, row)
    return [
        {"size": size, "counts": one["counts"], "class": one["class"]} for one in record.items["given"][row].to_list()
    ]


def _start(record: Record, row: int, issue: Mapping[str, Any] | None) -> Value:
    size = _size(record, row)
    known = {} if size is None else {"size": size}
    return known if issue is None else known | {"counts": issue["rle"], "class": issue["suggested"]}


def _size(record: Record, row: int) -> list[int] | None:
    # height and width, as COCO has them
    size = [record.items["height"][row], record.items["width"][row]]
    return None if None in size else size


def _check(value: Value, expected: Value, name: str) -> Value:
    mask = masks_of([{"size": value["size"], "counts": value["counts"]}], name, "")
    size = list(mask.size or ())
    if size != expected.get("size", size):
        height, width = expected["size"]
        raise InputError(f"{name}: expected a mask of {height} x {width} pixels, as its image has, got {size}")
    return {"size": size, "counts": strings_of(Ragged(mask.ends, mask.starts))[0], "class": value["class"]}


_MASKS = Objects(
    "mask",
    ("size", "counts", "class"),
    '{"size": [height, width], "counts": "…", "class": …} as COCO has masks',
    _given,
    _start,
    _check,
)


def _keys(image: Mapping[str, Any]) -> tuple[list[Key], Callable[[Value], Key]]:
    masks = masks_of(image["masks"], "labels", "")
    runs = (np.diff(ends, prepend=0) for ends in Ragged(masks.ends, masks.starts).split())
    return [_shape(counts) for counts in runs], lambda value: _shape(unpack([value["counts"]])[0])


def _shape(counts: np.ndarray) -> Key:
    # without runs of no length, by which a mask can be written in many ways
    inside = np.arange(counts.size) % 2
    counts, inside = counts[counts > 0], inside[counts > 0]
    first = np.flatnonzero(np.diff(inside, prepend=-1))
    return int(inside[0]), *np.add.reduceat(counts, first).tolist()


def _edited(image: Mapping[str, Any], edits: Edits, images: Sequence[Mapping[str, Any]]) -> Any:
    masks = image["masks"]
    if hasattr(masks, "shape") and getattr(masks.dtype, "kind", "") != "O":
        replaced = {at: _dense(value) for at, value in edits.replaced.items()}
        return edited(masks, replaced, edits.gone, [_dense(value) for value in edits.added])
    like: Any = next((one for image in [image, *images] for one in _listed(image)), {})
    replaced = {at: _in_form(value, masks[at]) for at, value in edits.replaced.items()}
    return edited(masks, replaced, edits.gone, [_in_form(value, like) for value in edits.added])


def _listed(image: Mapping[str, Any]) -> Sequence[Any]:
    masks = image["masks"]
    return masks if isinstance(masks, list | tuple) else ()


def _in_form(value: Value, like: Any) -> Any:
    """Return a mask in the form of another one: COCO's, with counts of its type, or an array of pixels."""
    if not isinstance(like, Mapping):
        return _as_array(_dense(value), like)
    counts = like.get("counts", "")
    if isinstance(counts, bytes):
        new: Any = value["counts"].encode("ascii")
    elif isinstance(counts, str):
        new = value["counts"]
    else:
        new = unpack([value["counts"]])[0]
        new = new if isinstance(counts, np.ndarray) else new.tolist()
    size = tuple(value["size"]) if isinstance(like.get("size"), tuple) else value["size"]
    return {"size": size, "counts": new}


def _as_array(pixels: np.ndarray, like: Any) -> Any:
    if is_foreign(like):
        return array_namespace(like).asarray(pixels, dtype=like.dtype, device=device(like))
    return pixels.astype(like.dtype) if isinstance(like, np.ndarray) else pixels.astype(int).tolist()


def _dense(value: Value) -> np.ndarray:
    height, width = value["size"]
    pixels = np.zeros(height * width, bool)
    pixels[places_of(value["counts"], pixels.size)] = True
    return pixels.reshape(width, height).T


_SHAPES = Shapes(lambda _: "masks", _keys, _edited)
