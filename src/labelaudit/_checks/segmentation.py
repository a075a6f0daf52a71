"""Are these labels and class probabilities of every pixel? Shapes at once, and each image as it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._checks.arrays import as_array, as_floats, beyond_64_bits
from labelaudit._checks.models import models_of
from labelaudit._checks.streams import SeenImages, is_stream
from labelaudit._data.arrays import is_foreign, nth, to_numpy
from labelaudit._data.images import NO_IGNORE_INDEX, LabelledImage, LabelledImages, places_spread
from labelaudit._kernels import Array, mixture_kernels, segmentation_for
from labelaudit._kernels.limits import LARGEST, PIXEL_SUM_TOLERANCE
from labelaudit._run.passes import each_block, thread_count
from labelaudit.errors import InputError

_FLOATS = {"float16": np.float16, "float32": np.float32, "bfloat16": np.float32}

# Of so many pixels' labels the weights of several models are learned; one that gives a label no chance is not out.
_WEIGHED, _LEAST = 50_000, 1e-6

_ROUNDS, _SETTLED = 500, 1e-6

_TWO_CLASSES = "for two classes, such as of a sigmoid, pass np.concatenate([1 - p, p], axis=-3)"

_CLASSES_LAST = "; where {0} has the classes last, pass np.moveaxis({0}, -1, -3), ({1})"

_ARGUMENTS = ("labels", "pred_probs")


def check_segmentation(
    labels: Any, pred_probs: Any, ignore_index: Any = None, called: str = "pred_probs"
) -> LabelledImages:
    """Return the two in canonical form; several models become one. ``called`` is what messages call the second."""
    ignore_index = check_ignore_index(ignore_index)
    models = models_of(pred_probs, depth=4)
    if models is not None:
        return _mixture({name: _of_model(labels, given, ignore_index, name) for name, given in models.items()})
    if is_stream(pred_probs):
        return _from_pairs(labels, pred_probs, ignore_index)
    if labels is None:
        raise InputError("labels: expected (N, H, W) integers, got None; only a function of pairs carries its labels")
    if isinstance(pred_probs, Sequence) or _is_column(pred_probs):
        return _from_lists(labels, list(pred_probs) if _is_column(pred_probs) else pred_probs, ignore_index, called)
    probs = as_array(pred_probs, called)
    if len(probs.shape) != 4:
        _refuse_classes(probs, called, 3)
        hint = f"; for one image pass {called}[None] and labels[None]" if len(probs.shape) == 3 else ""
        raise InputError(f"{called}: expected shape (N, K, H, W), got {tuple(probs.shape)}{hint}")
    n, k, height, width = probs.shape
    given = labels if isinstance(labels, Sequence) else as_array(labels, "labels")
    found = (len(given), height, width) if isinstance(given, Sequence) else tuple(given.shape)
    if found != (n, height, width):
        hint = f"; {called} is {tuple(probs.shape)}, with the classes in its second place"
        hint = _CLASSES_LAST.format(called, "N, K, H, W") if found == tuple(probs.shape[:3]) else hint
        raise InputError(f"labels: expected shape ({n}, {height}, {width}), got {found}{hint}")
    _refuse_no_classes(k, called)
    return LabelledImages(given, probs, n, k, _float_type(probs, called), ignore_index, called)


def _from_lists(labels: Any, pred_probs: Sequence[Any], ignore_index: int, called: str) -> LabelledImages:
    # a sequence may read an image only when it is asked for it
    given = labels if isinstance(labels, Sequence) or _is_column(labels) else as_array(labels, "labels")
    if len(given) != len(pred_probs):
        raise InputError(f"labels: expected {len(pred_probs)} images, as in {called}, got {len(given)}")
    if not len(pred_probs):
        return LabelledImages([], [], 0, 1, np.dtype(np.float64), ignore_index, called)
    k, kind = _of_first(as_array(pred_probs[0], called), called)
    return LabelledImages(given, pred_probs, len(pred_probs), k, kind, ignore_index, called)


def _from_pairs(labels: Any, source: Any, ignore_index: int) -> LabelledImages:
    if labels is not None:
        raise InputError("labels: expected None where pred_probs is a function of (labels, pred_probs) pairs")
    if isinstance(source, Iterator):
        raise InputError(
            "pred_probs: an iterator can be walked only once and its first image is looked at before; "
            "pass a function that returns a new iterator of (labels, pred_probs) pairs"
        )
    walk = source()
    if isinstance(walk, Iterator) and source() is walk:
        raise InputError(
            "pred_probs: the function returned the same iterator twice, of which no image would be left for a second "
            "walk; return a new one at each call, e.g. lambda: zip(labels, pred_probs)"
        )
    first = next(iter(walk), None)
    if first is None:
        raise InputError("pred_probs: the iterator has no images; expected pairs of arrays (H, W) and (K, H, W)")
    k, kind = _of_first(as_array(_pair(0, first)[1], "pred_probs"), "pred_probs")
    return LabelledImages(None, partial(_settled_pairs, source, SeenImages()), None, k, kind, ignore_index)


def _settled_pairs(source: Callable[[], Any], seen: SeenImages) -> Iterator[Any]:
    """Yield pairs that stay as they are, whatever the function puts into the same memory next."""
    alone = thread_count() == 1
    for number, pair in enumerate(source()):
        arrays = [as_array(array, name) for array, name in zip(_pair(number, pair), _ARGUMENTS, strict=True)]
        seen.compare(number, arrays)
        yield arrays if alone else [_copied(array) for array in arrays]


def _copied(array: Array) -> Array:
    if isinstance(array, np.ndarray):
        return array.copy()
    return array_namespace(array).asarray(array, copy=True) if is_foreign(array) else array


def _pair(number: int, pair: Any) -> Sequence[Any]:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise InputError(f"pred_probs: expected pairs (labels, pred_probs), image {number} is {type(pair).__name__}")
    return pair


def _of_first(probs: Array, called: str) -> tuple[int, np.dtype[Any]]:
    if len(probs.shape) != 3:
        _refuse_classes(probs, called, 2)
        raise InputError(f"{called}: expected arrays (K, H, W), image 0 has shape {tuple(probs.shape)}")
    _refuse_no_classes(probs.shape[0], called)
    return int(probs.shape[0]), _float_type(probs, called)


def _refuse_classes(probs: Array, called: str, sides: int) -> None:
    """Refuse the classes that are predicted in place of the probabilities of all."""
    if len(probs.shape) == sides and getattr(to_numpy(probs[:1], called).dtype, "kind", "f") in "iub":
        raise InputError(
            f"{called}: expected the probabilities of all classes, got integers of shape {tuple(probs.shape)}, such as "
            "argmax gives; pass the softmax that argmax is taken of"
        )


def _of_model(labels: Any, pred_probs: Any, ignore_index: int, name: str) -> LabelledImages:
    called = f"pred_probs[{name!r}]"
    if is_stream(pred_probs):
        raise InputError(
            f"{called}: a function of (labels, pred_probs) pairs is of one model; of several pass arrays (N, K, H, W), "
            "which may be memory-mapped, or sequences that read the (K, H, W) of an image when it is asked for"
        )
    return check_segmentation(labels, pred_probs, None if ignore_index == NO_IGNORE_INDEX else ignore_index, called)


def _mixture(members: Mapping[str, LabelledImages]) -> LabelledImages:
    """Return the images of all models as one's, their weights those that make the given labels likeliest."""
    parts = tuple(members.values())
    first = parts[0]
    for part in parts:
        if part.k != first.k:
            raise InputError(f"{part.name}: expected {first.k} classes, as in {first.name}, got {part.k}")
    if len(parts) == 1:
        return replace(first, weights=dict.fromkeys(members, 1.0))
    own: list[np.ndarray] = []
    each_block(range(first.n or 0), lambda number: _given_probs(parts, number), own.append)
    given = np.fmax(np.concatenate([np.zeros((0, len(parts))), *own]), _LEAST)
    weights = mixture_kernels().likeliest_weights(given, _ROUNDS, _SETTLED)
    shares = dict(zip(members, weights.tolist(), strict=True))
    dtype = np.result_type(np.float32, *(part.float_type for part in parts))
    return replace(first, float_type=dtype, members=parts, weights=shares)


def _given_probs(parts: Sequence[LabelledImages], number: int) -> np.ndarray:
    """Return what each model gives the labels of some pixels of an image, (n, models)."""
    labels = to_numpy(read_image(parts[0], number, labels_only=True).labels, "labels").reshape(-1)
    known = np.flatnonzero((labels != parts[0].ignore_index) & (labels >= 0) & (labels < parts[0].k))
    places = known[places_spread(number, known.size, -(-_WEIGHED // max(parts[0].n or 1, 1)))]
    found = np.empty((places.size, len(parts)))
    for column, part in zip(found.T, parts, strict=True):
        _, probs = read_image(part, number).flat
        column[:] = to_numpy(segmentation_for(probs).given_probability(labels, probs, part.ignore_index), part.name)[
            places
        ]
    return found


def _mixed(images: LabelledImages, number: int) -> LabelledImage:
    """Return an image with the mean of the probabilities of all models; refuse what is no probability of any."""
    parts = [read_image(member, number) for member in images.members]
    mixed = np.zeros(parts[0].pred_probs.shape, images.float_type)
    for member, part, weight in zip(images.members, parts, (images.weights or {}).values(), strict=True):
        labels, probs = (to_numpy(array, member.name) for array in (part.labels, part.pred_probs))
        flat = probs.reshape(images.k, -1)
        _, sound = segmentation_for(flat).self_confidence(labels.reshape(-1), flat, images.ignore_index)
        if not sound:
            refuse_pixels(member, part)
        mixture_kernels().add_share(mixed.reshape(flat.shape), np.ascontiguousarray(flat, images.float_type), weight)
    given = to_numpy(parts[0].labels, "labels")
    return LabelledImage(number, _for_kernels(given, given.dtype), _for_kernels(mixed, images.float_type))


def _refuse_no_classes(k: int, called: str) -> None:
    if not k:
        raise InputError(f"{called}: expected at least one class, the class axis has length 0")


def read_image(images: LabelledImages, block: Any, *, labels_only: bool = False) -> LabelledImage:
    """Return one of the images, in canonical form but for what its pixels hold, which the kernels check.

    ``labels_only``: of an image that was read before, without its probabilities.
    """
    if images.members and not labels_only:
        return _mixed(images, block)
    if images.n is None:
        number, (labels, pred_probs) = block[0], _pair(*block)
    else:
        number, labels = block, nth(images.labels, block)
        pred_probs = None if labels_only else nth(images.pred_probs, block)
    given = _whole(to_numpy(as_array(labels, "labels"), "labels"), number)
    if labels_only:
        return LabelledImage(number, _for_kernels(given, given.dtype), None)
    probs = as_array(pred_probs, images.name)
    probs = as_floats(probs, images.name)[0] if getattr(probs.dtype, "kind", "f") == "O" else probs
    if len(probs.shape) != 3 or probs.shape[0] != images.k:
        raise InputError(f"{images.name}: expected shape ({images.k}, H, W), image {number} has {tuple(probs.shape)}")
    if given.shape != tuple(probs.shape[1:]):
        hint = "; resize one to the other, labels by nearest neighbour"
        hint = _CLASSES_LAST.format(images.name, "K, H, W") if given.shape == tuple(probs.shape[:2]) else hint
        raise InputError(
            f"labels: expected shape {tuple(probs.shape[1:])} as in {images.name}, "
            f"image {number} has {given.shape}{hint}"
        )
    if not is_foreign(probs):
        return LabelledImage(number, _for_kernels(given, given.dtype), _for_kernels(probs, images.float_type))
    xp = array_namespace(probs)
    on_device = xp.asarray(given.astype(np.int64), device=device(probs))
    kept = str(probs.dtype).endswith(("float16", "float32")) and "bfloat" not in str(probs.dtype)
    return LabelledImage(number, on_device, probs if kept else xp.astype(probs, _wide(xp, probs)))


def _for_kernels(array: Array, dtype: np.dtype[Any]) -> np.ndarray:
    # read-only whatever it was, so that numba compiles a kernel once
    view = np.ascontiguousarray(array, dtype).view()
    view.flags.writeable = False
    return view


def refuse_pixels(images: LabelledImages, image: LabelledImage) -> None:
    """Raise for the first pixel, of those not ignored, whose label is no class or whose row is no distribution."""
    labels = to_numpy(image.labels, "labels")
    probs = to_numpy(image.pred_probs, "pred_probs")
    kept = labels != images.ignore_index
    unknown = kept & ((labels < 0) | (labels >= images.k))
    if unknown.any():
        y, x = np.argwhere(unknown)[0]
        raise InputError(
            f"labels: expected classes 0..{images.k - 1}, image {image.number}, pixel ({y}, {x}) holds {labels[y, x]}; "
            f"{_way_out(int(labels[y, x]), images)}"
        )
    wrong = kept & ~((probs >= 0) & (probs <= LARGEST)).all(axis=0)
    if wrong.any():
        y, x = np.argwhere(wrong)[0]
        column = probs[:, y, x].astype(np.float64)
        value = column[~((column >= 0) & (column <= LARGEST))][0]
        raise InputError(
            f"{images.name}: expected floats in [0, 1], image {image.number}, pixel ({y}, {x}) holds {value:g}; "
            "pass probabilities, such as the softmax of logits over the class axis"
        )
    sums = np.where(kept, probs.sum(axis=0, dtype=np.float64), 1.0)
    wrong = np.abs(sums - 1) > PIXEL_SUM_TOLERANCE
    if wrong.any():
        y, x = np.argwhere(wrong)[0]
        several = "pass the softmax over the class axis, the first of (K, H, W), or divide by the sum"
        raise InputError(
            f"{images.name}: expected probabilities that sum to 1 over the classes, image {image.number}, pixel "
            f"({y}, {x}) has a sum of {sums[y, x]:.3g}; {_TWO_CLASSES if images.k == 1 else several}"
        )


def _way_out(label: int, images: LabelledImages) -> str:
    """Return what to do about a label that is no class."""
    if images.k == 1:
        return f"{images.name} has one class; {_TWO_CLASSES}"
    if label == images.k:
        return (
            "if classes are numbered from 1, as in ADE20K, pass labels.astype(int) - 1, and ignore_index=-1 where 0 "
            f"marks pixels without a label; else, if {label} marks them, ignore_index={label}"
        )
    return f"if that marks pixels without a label, pass ignore_index={label}"


def check_ignore_index(ignore_index: Any) -> int:
    """Return the label of pixels without one; a number that no label is where there are none."""
    if ignore_index is None:
        return NO_IGNORE_INDEX
    if isinstance(ignore_index, bool) or not isinstance(ignore_index, int | np.integer):
        raise InputError(f"ignore_index: expected an integer such as 255, or None, got {ignore_index!r}")
    if abs(int(ignore_index)) >= 2**62:
        raise InputError(f"ignore_index: expected an integer such as 255, got one of {len(str(ignore_index))} digits")
    return int(ignore_index)


def _float_type(probs: Array, called: str) -> np.dtype[Any]:
    name = str(getattr(probs.dtype, "name", probs.dtype)).split(".")[-1]
    if getattr(probs.dtype, "kind", "f") not in "fiub":
        raise InputError(f"{called}: expected floats, got an array of {probs.dtype}")
    return np.dtype(_FLOATS.get(name, np.float64))


def _wide(xp: Any, probs: Array) -> Any:
    return xp.float32 if "bfloat16" in str(probs.dtype) else xp.float64


def _whole(labels: np.ndarray, number: int) -> np.ndarray:
    # two widths are all that kernels are compiled for
    if labels.dtype in (np.uint8, np.bool_):
        return labels.view(np.uint8)
    if labels.dtype.kind in "iu":
        _refuse_huge(labels, number)
        return labels.astype(np.int64, copy=False)
    values = labels.astype(np.float64) if labels.dtype.kind == "f" else None
    if values is None:
        raise InputError(f"labels: expected integers 0..K-1, image {number} is an array of {labels.dtype}")
    whole = np.isfinite(values) & (np.floor(values) == values)
    if not whole.all():
        y, x = np.argwhere(~whole)[0]
        raise InputError(
            f"labels: expected integers 0..K-1, image {number}, pixel ({y}, {x}) holds {values[y, x]:g}; "
            "give pixels without a label a number of their own, such as 255, and pass it as ignore_index"
        )
    _refuse_huge(values, number)
    return values.astype(np.int64)


def _refuse_huge(labels: np.ndarray, number: int) -> None:
    place = beyond_64_bits(labels)
    if place >= 0:
        y, x = np.unravel_index(place, labels.shape)
        raise InputError(f"labels: expected integers 0..K-1, image {number}, pixel ({y}, {x}) holds {labels[y, x]}")


def _is_column(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == object and value.ndim == 1
