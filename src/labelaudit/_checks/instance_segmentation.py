"""Annotated and predicted masks, as COCO run lengths or as arrays of pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import index
from typing import Any, NamedTuple, NoReturn, TypeVar

import numpy as np

from labelaudit._checks.arrays import as_array, beyond_64_bits, no_number, refuse_masked_parts
from labelaudit._checks.object_detection import as_classes, images_of, part_of
from labelaudit._data.arrays import to_numpy
from labelaudit._data.masks import Masks, MaskScenes, PredictedMasks, Runs, unpack
from labelaudit._data.ragged import offsets_of
from labelaudit._kernels import mask_kernels
from labelaudit._kernels.limits import LARGEST
from labelaudit.errors import InputError, shown

M = TypeVar("M", Masks, PredictedMasks)

# ends of runs are int32
_MOST_PIXELS = 2**31 - 1

_FORMS = (
    "expected masks as COCO dictionaries of size (height, width) and counts, as an array (n, height, width) of 0 and "
    "1, or as a list of arrays (height, width)"
)
_NO_FORM = "polygons become run lengths with pycocotools.mask.frPyObjects and merge"


class MasksOfImage(NamedTuple):
    """The masks of one image, as :class:`Runs` has them, and its size."""

    ends: np.ndarray
    starts: np.ndarray
    size: tuple[int, int] | None  # height and width; None without masks


def check_mask_scenes(labels: Any, predictions: Any) -> MaskScenes:
    """Return both in canonical form."""
    given, found = check_masks(labels), check_predicted_masks(predictions)
    if len(given) != len(found):
        raise InputError(f"labels: expected {len(found)} images, as in predictions, got {len(given)}")
    sizes, others = given.sizes, found.sizes
    differ = (sizes != others).any(axis=1) & (sizes >= 0).all(axis=1) & (others >= 0).all(axis=1)
    if differ.any():
        i = int(np.argmax(differ))
        size, other = (_shown(one[i, ::-1].tolist()) for one in (sizes, others))
        raise InputError(
            f"predictions: expected masks of {size} pixels, as in labels, image {i} has {other}; scale them to the "
            "size of the image"
        )
    return MaskScenes(given, found, int(max(given.classes.max(initial=-1), found.classes.max(initial=-1))) + 1)


def check_masks(labels: Any) -> Masks:
    """Return annotated masks in canonical form."""
    if isinstance(labels, Masks):
        return _checked(labels, "labels")
    return _all_masks(_dictionaries(labels, "labels", "masks and labels"), "labels")


def check_predicted_masks(predictions: Any) -> PredictedMasks:
    """Return predicted masks in canonical form."""
    if isinstance(predictions, PredictedMasks):
        return _checked_confidences(_checked(predictions, "predictions"))
    images = _dictionaries(predictions, "predictions", "masks, labels and scores")
    found = _all_masks(images, "predictions")
    confidences = _one_a_mask(images, "scores", found.starts, "predictions").astype(np.float64)
    return _checked_confidences(PredictedMasks(found.runs, found.heights, found.classes, found.starts, confidences))


def _checked_confidences(found: PredictedMasks) -> PredictedMasks:
    good = (found.confidences >= 0) & (found.confidences <= LARGEST)
    if not good.all():
        at = int(np.argmin(good))
        image = int(found.images[at])
        raise InputError(
            f"predictions: expected scores in [0, 1], image {image}, mask {at - found.starts[image]} holds "
            f"{found.confidences[at]:g}"
        )
    return found


def _checked(masks: M, name: str) -> M:
    """Return masks that came in canonical form; refuse ends that do not rise, and several sizes in an image."""
    runs, images = masks.runs, masks.images
    rises = np.diff(runs.ends, prepend=0) >= 0
    rises[runs.starts[:-1]] = runs.ends[runs.starts[:-1]] >= 0
    odd = ~np.logical_and.reduceat(rises, runs.starts[:-1]) if len(images) else np.zeros(0, bool)
    first, heights = masks.starts[images], np.maximum(masks.heights, 1)  # the first mask of the same image
    odd |= (runs.pixels != runs.pixels[first]) | (masks.heights != masks.heights[first])
    odd |= (masks.heights < 1) | (runs.pixels % heights != 0)
    if odd.any():
        at = int(np.argmax(odd))
        image = int(images[at])
        raise InputError(
            f"{name}: expected ends of runs that rise to the number of pixels of the image, image {image}, mask "
            f"{at - masks.starts[image]} has others; dictionaries of masks are checked in more detail"
        )
    return masks


def check_mask_sets(masks_a: Any, masks_b: Any) -> tuple[Runs, Runs]:
    """Return the masks of two sets, which all have one size."""
    a, b = masks_of(masks_a, "masks_a", ""), masks_of(masks_b, "masks_b", "")
    if a.size and b.size and a.size != b.size:
        raise InputError(f"masks_b: expected masks of {_shown(a.size)} pixels, as in masks_a, got {_shown(b.size)}")
    return Runs(a.ends, a.starts), Runs(b.ends, b.starts)


def _dictionaries(value: Any, name: str, keys: str) -> Sequence[Mapping[str, Any]]:
    images = images_of(value, name, f"expected a dictionary of {keys} for each image")
    for i, image in enumerate(images):
        if not isinstance(image, Mapping):
            raise InputError(f"{name}: expected a dictionary of {keys}, image {i} is {shown(image)}")
        if "masks" not in image:
            raise InputError(f"{name}: expected a key 'masks', image {i} has {sorted(map(str, image))}")
    return images


def _all_masks(images: Sequence[Mapping[str, Any]], name: str) -> Masks:
    parts = [masks_of(image["masks"], name, f"image {i}, ") for i, image in enumerate(images)]
    starts = offsets_of([part.starts.size - 1 for part in parts])
    ends = np.concatenate([np.zeros(0, np.int32), *(part.ends for part in parts)])
    run_starts = offsets_of(np.concatenate([np.zeros(0, np.int64), *(np.diff(part.starts) for part in parts)]))
    classes = as_classes(_one_a_mask(images, "labels", starts, name), starts, name)
    heights = np.array([part.size[0] if part.size else 0 for part in parts], np.int64)
    return Masks(Runs(ends, run_starts), np.repeat(heights, np.diff(starts)), classes, starts)


def _one_a_mask(images: Sequence[Mapping[str, Any]], key: str, starts: np.ndarray, name: str) -> np.ndarray:
    parts = [part_of(image, (key,), name, i) for i, image in enumerate(images)]
    for i, (part, count) in enumerate(zip(parts, np.diff(starts), strict=True)):
        if part.shape != (count,) and (part.size or count):
            raise InputError(f"{name}: expected {key} of {count} masks, image {i} has shape {part.shape}")
        if part.size and part.dtype.kind not in "iufb":
            raise InputError(f"{name}: expected numbers as {key}, image {i} holds {str(part[0])!r:.60}")
    return np.concatenate([part for part in parts if part.size] or [np.zeros(0)])


def masks_of(masks: Any, name: str, where: str) -> MasksOfImage:
    """Return the masks of one image; ``where`` is what messages call it."""
    if isinstance(masks, Mapping | str | bytes) or not (hasattr(masks, "__len__") or hasattr(masks, "shape")):
        raise InputError(f"{name}: {_FORMS}, {where or 'it '}is {masks!r:.60}; put a single mask into a list")
    if hasattr(masks, "shape") and getattr(getattr(masks, "dtype", None), "kind", None) != "O":
        return _of_pixels(to_numpy(as_array(masks, name), name), name, where)
    masks = list(masks)
    if not masks:
        return MasksOfImage(np.zeros(0, np.int32), np.zeros(1, np.int64), None)
    refuse_masked_parts(masks, name, f"{where}mask")
    runs = [isinstance(mask, Mapping) for mask in masks]
    if all(runs):
        return _of_run_lengths(masks, name, where)
    if any(runs):
        raise InputError(f"{name}: {where}mask {runs.index(False)} is no dictionary, as others are; {_FORMS}")
    arrays = [_pixels(mask, m, name, where) for m, mask in enumerate(masks)]
    for m, array in enumerate(arrays):
        if array.shape != arrays[0].shape:
            _refuse_size(name, where, arrays[0].shape, m, array.shape)
    return _of_pixels(np.stack(arrays), name, where)


def _pixels(mask: Any, m: int, name: str, where: str) -> np.ndarray:
    try:
        array = to_numpy(mask if hasattr(mask, "shape") else np.asarray(mask), name)
    except (ValueError, TypeError):  # lists of different lengths
        array = np.zeros(0)
    if array.ndim != 2:
        raise InputError(f"{name}: {_FORMS}; {where}mask {m} is {shown(mask)}; {_NO_FORM}")
    return array


def _of_pixels(masks: np.ndarray, name: str, where: str) -> MasksOfImage:
    if not masks.shape or masks.shape[0] == 0:
        return MasksOfImage(np.zeros(0, np.int32), np.zeros(1, np.int64), None)
    if masks.ndim != 3 or not masks.size:
        raise InputError(
            f"{name}: {_FORMS}; {where}masks have shape {masks.shape}; a single mask becomes mask[None], masks of "
            "torchvision masks[:, 0] > 0.5"
        )
    size = _checked_size(masks.shape[1:], 0, name, where)
    place = no_number(masks)
    if place >= 0:
        m, y, x = np.unravel_index(place, masks.shape)
        raise InputError(
            f"{name}: expected pixels of 0 and 1, {where}mask {m} holds {masks.flat[place]!s:.60} at row {y}, column "
            f"{x}"
        )
    inside = masks if masks.dtype == bool else masks == 1
    if masks.dtype != bool:
        strange = ~inside & (masks != 0)
        if strange.any():
            m, y, x = np.argwhere(strange)[0]
            raise InputError(
                f"{name}: expected pixels of 0 and 1, {where}mask {m} holds {masks[m, y, x]!s:.60} at row {y}, column "
                f"{x}; probabilities become masks > 0.5, {_NO_FORM}"
            )
    ends, runs = mask_kernels().ends_of_dense(inside)
    return MasksOfImage(ends, runs, size)


def _of_run_lengths(masks: list[Mapping[str, Any]], name: str, where: str) -> MasksOfImage:
    for m, mask in enumerate(masks):
        if "size" not in mask or "counts" not in mask:
            raise InputError(f"{name}: {where}mask {m} has {sorted(map(str, mask))}, {_FORMS}; {_NO_FORM}")
    size = _checked_size(masks[0]["size"], 0, name, where)
    for m, mask in enumerate(masks):
        other = _checked_size(mask["size"], m, name, where)
        if other != size:
            _refuse_size(name, where, size, m, other)
    texts = [mask["counts"] for mask in masks]
    if all(isinstance(text, str | bytes) for text in texts):
        counts, runs = unpack(texts)
    else:
        parts = [_counts(text, m, name, where) for m, text in enumerate(texts)]
        counts, runs = np.concatenate(parts), offsets_of([part.size for part in parts])
    ends, bad = mask_kernels().ends_of(counts, runs, size[0] * size[1])
    if bad >= 0:
        part = counts[runs[bad] : runs[bad + 1]]
        if isinstance(texts[bad], str | bytes) and not part.size:
            raise InputError(f"{name}: {where}mask {bad} has counts that are no COCO string, or part of one")
        least = int(part.min(initial=0))
        has = f"a run of {least}" if least < 0 else f"runs of {sum(part.tolist())} together"
        raise InputError(
            f"{name}: expected run lengths of {_shown(size)} = {size[0] * size[1]} pixels, {where}mask {bad} has {has}"
        )
    return MasksOfImage(ends, runs, size)


def _counts(counts: Any, m: int, name: str, where: str) -> np.ndarray:
    if isinstance(counts, str | bytes):
        return unpack([counts])[0]
    try:
        array = to_numpy(as_array(counts, name) if hasattr(counts, "shape") else np.asarray(counts), name)
    except (ValueError, TypeError):
        array = np.zeros(1, object)
    has_answers = isinstance(counts, list | tuple) and bool in map(type, counts)  # true, which NumPy takes for 1
    if array.ndim != 1 or has_answers or (array.size and array.dtype.kind not in "iu") or beyond_64_bits(array) >= 0:
        raise InputError(
            f"{name}: expected counts as integers or as a COCO string, {where}mask {m} has {counts!r:.60}; {_NO_FORM}"
        )
    return array.astype(np.int64)


def _checked_size(size: Any, m: int, name: str, where: str) -> tuple[int, int]:
    try:
        height, width = (0 if isinstance(side, bool) else index(side) for side in size)
    except (TypeError, ValueError):
        height = width = 0
    if height < 1 or width < 1:
        raise InputError(f"{name}: expected a size of height and width in pixels, {where}mask {m} has {size!r:.60}")
    if height * width > _MOST_PIXELS:
        raise InputError(
            f"{name}: expected at most {_MOST_PIXELS} pixels, {where}mask {m} has {height * width}; cut the image up"
        )
    return height, width


def _refuse_size(name: str, where: str, size: Sequence[int], m: int, other: Sequence[int]) -> NoReturn:
    raise InputError(
        f"{name}: expected masks of {_shown(size)} pixels, {where}mask {m} has {_shown(other)}; all masks of an image "
        "have its size"
    )


def _shown(size: Sequence[int]) -> str:
    return f"{size[0]} x {size[1]}"
