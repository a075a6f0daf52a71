"""The labels of images in whatever container they came, with some of the images corrected."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._checks.arrays import as_array
from labelaudit._data.arrays import is_foreign, nth, to_numpy
from labelaudit._data.images import images_in
from labelaudit.formats.mask_files import ImageByImage

# (row, labels of its image (H, W)) → the corrected ones, the same array where nothing changes
Correction = Callable[[int, np.ndarray], np.ndarray]


def with_images(labels: Any, rows: frozenset[int], corrected: Correction) -> Any:
    """Return the labels with these images corrected, others untouched.

    An array (N, H, W) in memory comes back as an array, wider where a class asks for it; a list or tuple of images as
    such; files that are mapped into memory, and sequences that read an image when asked for it, as a sequence that
    corrects it then.
    """
    if isinstance(labels, list | tuple):
        return type(labels)(
            _in_kind(image, row, corrected) if row in rows else image for row, image in enumerate(labels)
        )
    if isinstance(labels, np.ndarray) and labels.dtype == object:
        column = labels.copy()
        for row in rows:
            column[row] = _in_kind(labels[row], row, corrected)
        return column
    if is_foreign(labels):
        return _like(labels, _in_array(to_numpy(labels, "labels"), rows, corrected))
    if isinstance(labels, np.ndarray) and not _is_mapped(labels):
        return _in_array(labels, rows, corrected)
    return ImageByImage(range(images_in(labels)), partial(_nth, labels, rows, corrected))


def _in_array(labels: np.ndarray, rows: frozenset[int], corrected: Correction) -> np.ndarray:
    changed = {row: corrected(row, labels[row]) for row in rows}
    whole = labels.astype(np.result_type(labels.dtype, *(image.dtype for image in changed.values())))
    for row, image in changed.items():
        whole[row] = image
    return whole


def _in_kind(image: Any, row: int, corrected: Correction) -> Any:
    labels = to_numpy(as_array(image, "labels"), "labels")
    changed = corrected(row, labels)
    if changed is labels:
        return image
    if isinstance(image, list | tuple):
        return changed.tolist()
    return _like(image, changed) if is_foreign(image) else changed


def _like(array: Any, changed: np.ndarray) -> Any:
    # other libraries have few unsigned types, so that a wider one is that of all integers
    xp = array_namespace(array)
    kept = to_numpy(array, "labels").dtype == changed.dtype
    return xp.asarray(changed, dtype=array.dtype if kept else xp.int64, device=device(array))


def _nth(labels: Any, rows: frozenset[int], corrected: Correction, row: int) -> np.ndarray:
    image = to_numpy(as_array(nth(labels, row), "labels"), "labels")
    return corrected(row, image) if row in rows else image


def _is_mapped(array: np.ndarray) -> bool:
    owner: Any = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    return isinstance(owner, mmap.mmap)
