"""Images with a class and the probabilities of all classes a pixel, as plain data, and what is kept of their pixels.

What images hold is checked as they are read (``_checks/segmentation.py``) and by the kernels that score them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._data.arrays import is_foreign
from labelaudit._kernels import Array

# What kernels take for "no label is ignored": no label of 0..K-1, or of 64 bits that a person would write.
NO_IGNORE_INDEX = -(1 << 62)

# Multiples of the first part a line into parts of three lengths at the most; of the second they seem to be random.
_GOLDEN, _HASH = 0.6180339887498949, 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class LabelledImage:
    """One image, read into memory."""

    number: int
    labels: Array  # (H, W) uint8 or int64
    pred_probs: Array  # (K, H, W) float16, float32 or float64; None where the labels alone were read

    @property
    def flat(self) -> tuple[Array, Array]:
        """Labels (P,) and probabilities (K, P)."""
        xp = array_namespace(self.pred_probs)
        return xp.reshape(self.labels, (-1,)), xp.reshape(self.pred_probs, (self.pred_probs.shape[0], -1))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.labels.shape[0], self.labels.shape[1]


@dataclass(frozen=True)
class LabelledImages:
    """Images whose number is known, or that come from a function; each is read when its turn comes."""

    labels: Any  # (N, H, W), or N arrays (H, W); None where pairs come from a function
    pred_probs: Any  # (N, K, H, W), or N arrays (K, H, W), or a function that returns an iterator of pairs
    n: int | None  # None where pairs come from a function
    k: int
    float_type: np.dtype[Any]  # of the pixel scores
    ignore_index: int  # the label of pixels that have none
    name: str = "pred_probs"  # what messages call the probabilities
    members: tuple[
        LabelledImages, ...
    ] = ()  # of several models, whose mixture is read; the first is in the fields above
    weights: dict[str, float] | None = None  # of several models, in their order

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width where all images come in one array; None where a list of results goes back."""
        return None if self.n is None or isinstance(self.pred_probs, Sequence) else tuple(self.pred_probs.shape[2:])

    def blocks(self) -> Iterable[Any]:
        """Return what is read into one image each: numbers, or numbers and pairs."""
        return range(self.n) if self.n is not None else enumerate(self.pred_probs())

    def in_kind(self, values: np.ndarray) -> Array:
        """Return values in the library and on the device of the probabilities."""
        if self.size is None or not is_foreign(self.pred_probs):
            return values
        return array_namespace(self.pred_probs).asarray(values, device=device(self.pred_probs))


@dataclass(frozen=True)
class PackedMask:
    """A mask (H, W) at a bit a pixel."""

    bits: np.ndarray  # (P / 8,) uint8
    shape: tuple[int, ...]

    @classmethod
    def of(cls, mask: np.ndarray) -> PackedMask:
        return cls(np.packbits(mask), mask.shape)

    def unpacked(self) -> np.ndarray:
        """Return the mask, (H, W) bool."""
        mask: np.ndarray = np.unpackbits(self.bits, count=math.prod(self.shape)).view(bool).reshape(self.shape)
        return mask


def images_in(column: Any) -> int:
    """Return how many images an array or a sequence holds."""
    return int(column.shape[0]) if hasattr(column, "shape") else len(column)  # the array API has no length


class PixelMaps:
    """An array (H, W) for each image: one array (N, H, W) where images come in one, else a list."""

    def __init__(self, images: LabelledImages, dtype: np.dtype[Any], out: Any = None) -> None:
        self.whole: Any = out
        if out is None:
            self.whole = [] if images.size is None else np.empty((images.n or 0, *images.size), dtype)

    def put(self, number: int, pixels: np.ndarray) -> None:
        """Place the pixels of an image; images come in their order."""
        if isinstance(self.whole, list):
            self.whole.append(pixels)
        else:
            self.whole[number] = pixels


def places_spread(number: int, size: int, count: int) -> np.ndarray:
    """Return which pixels, of so many, of an image stand for all: no two alike, evenly spread, not more than there are.

    The first of a longer list are the shorter list, so that what was read of an image can be cut.
    """
    step = max(round(size * _GOLDEN), 1)
    while math.gcd(step, size) > 1:  # or some pixels would never have their turn
        step += 1
    start = number * _HASH % (1 << 64) % max(size, 1)
    return np.asarray((start + np.arange(min(count, size)) * step) % max(size, 1))
