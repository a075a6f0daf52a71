"""Walks over images, and where the results of their pixels go."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from labelaudit._checks.segmentation import Picture, Pictures
from labelaudit._run.ahead import read_ahead
from labelaudit._run.passes import each_block
from labelaudit.errors import InputError

T = TypeVar("T")


def walk(
    pictures: Pictures,
    work: Callable[[Picture], T],
    finish: Callable[[T], None],
    images: int | None,
    *,
    whole: bool = False,
) -> int:
    """Call ``finish(work(picture))`` for each image, in order; return how many there were, which is ``images``.

    ``whole``: the probabilities of all classes are looked at, not just those of a few pixels or of the labels.
    """
    seen = 0

    def count(result: T) -> None:
        nonlocal seen
        seen += 1
        if images is not None and seen > images:
            _refuse_other_images(images)
        finish(result)

    def read(block: Any) -> Picture:
        if whole and isinstance(pictures.pred_probs, np.ndarray | list):
            read_ahead(pictures.pred_probs[block])
        return pictures.read(block)

    each_block(pictures.blocks(), lambda block: work(read(block)), count)
    if images is not None and seen < images:
        _refuse_other_images(images)
    return seen


def _refuse_other_images(images: int) -> None:
    raise InputError(
        f"pred_probs: the function gave {images} images in one walk and not as many in another; "
        "return a new iterator over the same pairs at each call"
    )


class Bits:
    """A mask (H, W) of each image, kept at a bit a pixel."""

    def __init__(self) -> None:
        self._rows: list[tuple[np.ndarray, tuple[int, ...]]] = []

    def append(self, mask: np.ndarray) -> None:
        """Keep the mask of the next image."""
        self._rows.append((np.packbits(mask), mask.shape))

    def keep(self, number: int, mask: np.ndarray) -> None:
        """Take what is not in another mask off that of an image."""
        packed, shape = self._rows[number]
        self._rows[number] = packed & np.packbits(mask), shape

    def __getitem__(self, number: int) -> np.ndarray:
        packed, shape = self._rows[number]
        mask: np.ndarray = np.unpackbits(packed, count=math.prod(shape)).view(bool).reshape(shape)
        return mask

    def __len__(self) -> int:
        return len(self._rows)


class Sheets:
    """An array (H, W) for each image: one array (N, H, W) where images come in one, else a list."""

    def __init__(self, pictures: Pictures, dtype: np.dtype[Any], out: Any = None) -> None:
        self.whole: Any = out
        if out is None:
            size = pictures.size
            self.whole = [] if size is None else np.empty((pictures.n or 0, *size), dtype)
        self._at_once = isinstance(self.whole, np.ndarray)

    def write(self, number: int, sheet: np.ndarray) -> np.ndarray | None:
        """Write from any thread; return what is left to :meth:`append`."""
        if not self._at_once:
            return sheet
        self.whole[number] = sheet
        return None

    def append(self, number: int, sheet: np.ndarray | None) -> None:
        """Write what could not be written from any thread, image after image."""
        if sheet is None:
            return
        if isinstance(self.whole, list):
            self.whole.append(sheet)
        else:
            self.whole[number] = sheet

    def __getitem__(self, number: int) -> np.ndarray:
        sheet: np.ndarray = self.whole[number]
        return sheet
