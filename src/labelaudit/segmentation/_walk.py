"""Walks over images, several at a time: what work returns of each is listed or added up in the order of the images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, TypeVar

import numpy as np

from labelaudit._checks.segmentation import read_image
from labelaudit._data.images import LabelledImage, LabelledImages, PixelMaps
from labelaudit._run.passes import each_block
from labelaudit._run.prefetch import read_ahead
from labelaudit.errors import InputError

# What work looks at beside the labels: nothing, the probabilities of the labels or of a few pixels, or those of all.
Reads = Literal["labels", "few", "all"]

T = TypeVar("T")
S = TypeVar("S")
B = TypeVar("B")


def map_and_fold(
    images: LabelledImages,
    work: Callable[[LabelledImage], tuple[T, S]],
    start: S,
    n: int | None,
    reads: Reads = "few",
) -> tuple[list[T], S]:
    """Return what work gives first of each image, and ``start`` plus all that it gives second.

    There have to be n images, as many as in an earlier walk.
    """
    return fold_blocks(_blocks(images, n), lambda block: work(_read(images, block, reads)), start)


def fold_blocks(blocks: Iterable[B], work: Callable[[B], tuple[T, S]], start: S) -> tuple[list[T], S]:
    """Return the same of anything that can be gone through."""
    found: list[T] = []
    total = start

    def keep(result: tuple[T, S]) -> None:
        nonlocal total
        found.append(result[0])
        total = total + result[1]  # type: ignore[operator]

    each_block(blocks, work, keep)
    return found, total


def map_into(
    maps: PixelMaps,
    images: LabelledImages,
    work: Callable[[LabelledImage], tuple[T, np.ndarray]],
    n: int | None,
    reads: Reads = "few",
) -> list[T]:
    """Return what work gives first of each image; the pixels (H, W) that it gives second are placed in the maps."""
    found: list[T] = []

    def keep(result: tuple[T, np.ndarray]) -> None:
        maps.put(len(found), result[1])
        found.append(result[0])

    each_block(_blocks(images, n), lambda block: work(_read(images, block, reads)), keep)
    return found


def _read(images: LabelledImages, block: Any, reads: Reads) -> LabelledImage:
    for part in (images.members or (images,)) if reads == "all" else ():
        if isinstance(part.pred_probs, np.ndarray | list):
            read_ahead(part.pred_probs[block])
    return read_image(images, block, labels_only=reads == "labels")


def _blocks(images: LabelledImages, n: int | None) -> Iterable[Any]:
    return images.blocks() if images.n is not None else _as_many(images.blocks(), n)


def _as_many(pairs: Iterable[Any], n: int | None) -> Iterator[Any]:
    seen = 0
    for seen, pair in enumerate(pairs, start=1):
        if n is not None and seen > n:
            break
        yield pair
    if n not in (None, seen):
        raise InputError(
            f"pred_probs: the function gave {n} images in one walk and not as many in another; "
            "return a new iterator over the same pairs at each call"
        )
