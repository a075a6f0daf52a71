"""Semantic masks and class probabilities of images, read one image at a time, and corrected masks back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.location import locate
from labelaudit.formats.pixel_labels import MaskFiles
from labelaudit.formats.table_of_formats import read_labels, read_predictions

__all__ = ["MaskFiles", "read_mask_probabilities", "read_masks", "write_masks"]


def read_masks(path: str | Path) -> MaskFiles:
    """Return the masks of a folder of PNG files, of a COCO panoptic file, or of an array.

    Of PNG files only the heads are read at first; a mask is read when asked for, and not kept.

    Parameters
    ----------
    path
        A folder of ``.png`` files, by palette or grey at 1 to 16 bits; names are sorted, and files whose names begin
        with a dot are passed over. Or a panoptic ``.json`` file, its maps in the folder of the same name beside it:
        classes are its categories in their order, and void pixels become ``ignore_index``, which is 255, or 65535 for
        more than 255 categories. Or an ``.npy`` file of integers (N, H, W), which is memory-mapped.

    Raises
    ------
    InputError
        Where a file is not what its format asks for: which file, which record or pixel. What is wrong with the pixels
        of a file shows when its mask is asked for.
    """
    masks: MaskFiles = read_labels(locate(path), "pixels").about
    return masks


def read_mask_probabilities(path: str | Path, masks: MaskFiles) -> Sequence[np.ndarray]:
    """Return the probabilities of the classes in each pixel, (K, H, W) an image, in the order of the masks.

    Parameters
    ----------
    path
        An ``.npy`` file of (N, K, H, W), which is memory-mapped. An ``.npz`` file of one such array, which is read
        whole, or of an array (K, H, W) an image. A folder of ``.npy`` files (K, H, W), one an image. A zarr folder of
        one array (N, K, H, W), or a group of arrays like those of an ``.npz`` file. Arrays and files of one image are
        called as its mask, with ``.png`` or without.
    masks
        What :func:`read_masks` returned.

    Raises
    ------
    InputError
        Where a file is not what its format asks for, an image has no probabilities, or they are of no image. What is
        wrong with an array of one image shows when it is asked for.
    """
    predictions: Sequence[np.ndarray] = read_predictions(locate(path), "pixels", masks)[0]
    return predictions


def write_masks(path: str | Path, masks: MaskFiles, corrected: Mapping[int, np.ndarray]) -> None:
    """Write the masks, those of some images corrected, in the form that they were read from.

    A corrected PNG file keeps bits, palette, transparency and all else of the file but the pixels; the others are
    copied byte for byte. Of a panoptic file all masks are written as grey PNG files of class indices, at 8 or 16 bits
    and with ``ignore_index`` for void: what a corrected pixel belongs to beside its class, its instance, cannot be
    invented, and a folder of both forms could be read as neither.

    Parameters
    ----------
    path
        A folder that does not exist yet, or is empty; an ``.npy`` file if that is what was read.
    masks
        What :func:`read_masks` returned.
    corrected
        The whole corrected mask, (H, W) integers, by index into ``images``.

    Raises
    ------
    InputError
        Where a corrected mask has another shape than the given one, or a value that its file or palette cannot hold.
        Nothing is written then.
    """
    for row in corrected:
        if not 0 <= row < len(masks.images):
            raise InputError(f"corrected: expected an image in 0..{len(masks.images) - 1}, got {row}")
    masks.source.write(Path(path), corrected)
