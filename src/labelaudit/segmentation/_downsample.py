"""The pixels that thresholds and ranks are taken of: those of the image, or means over squares of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from labelaudit._data.arrays import to_numpy
from labelaudit._data.images import LabelledImage, LabelledImages
from labelaudit._kernels import Array
from labelaudit.errors import InputError

# No label of a shrunken image is this, while a rounded mean may well be that of ignored pixels.
_SHRUNKEN_IGNORE_INDEX = -1


class Pixels(NamedTuple):
    """What kernels take of an image."""

    labels: Array  # (P,)
    pred_probs: Array  # (K, P)
    ignore_index: int


def pixels_of(image: LabelledImage, images: LabelledImages, downsample: int) -> Pixels:
    """Return the pixels of an image; with ``downsample`` the means over squares of as many rows and columns."""
    if downsample == 1:
        return Pixels(*image.flat, images.ignore_index)
    height, width = image.size
    if height % downsample or width % downsample:
        raise InputError(
            f"downsample: expected a divisor of all sides, image {image.number} has {height} x {width} pixels, which "
            f"{downsample} does not divide; crop the images, or pass downsample=1"
        )
    labels, probs = to_numpy(image.labels, "labels"), to_numpy(image.pred_probs, "pred_probs")
    squares = (height // downsample, downsample, width // downsample, downsample)
    small_labels = np.round(labels.reshape(squares).mean(axis=(3, 1))).astype(np.int64)
    ignored = (labels == images.ignore_index).reshape(squares).any(axis=(3, 1))
    small_labels[ignored] = _SHRUNKEN_IGNORE_INDEX
    with np.errstate(invalid="ignore", divide="ignore"):  # what is no probability is refused elsewhere
        wide = probs.astype(float_type(images, downsample), copy=False)
        small_probs = wide.reshape(-1, *squares).mean(axis=(4, 2))
        small_probs /= small_probs.sum(axis=0)
    return Pixels(small_labels.reshape(-1), small_probs.reshape(len(probs), -1), _SHRUNKEN_IGNORE_INDEX)


def float_type(images: LabelledImages, downsample: int) -> np.dtype[Any]:
    """Return the type of the probabilities of these pixels."""
    # means of float16 are carried as float32, for two of them would often come out the same
    return images.float_type if downsample == 1 else np.result_type(images.float_type, np.float32)


def enlarged(pixels: np.ndarray, downsample: int) -> np.ndarray:
    """Return what each square has (h, w) for each of its pixels (H, W)."""
    return pixels if downsample == 1 else pixels.repeat(downsample, axis=0).repeat(downsample, axis=1)
