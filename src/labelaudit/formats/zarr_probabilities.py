"""Probabilities of the classes in the pixels of images, in a zarr folder: one array of all, or an array an image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.base import Format, Holds
from labelaudit.formats.location import Location
from labelaudit.formats.mask_files import ImageByImage
from labelaudit.formats.pixel_labels import MaskFiles
from labelaudit.formats.pixel_probabilities import Predictions, keys_of_images, of_image, stack_of

_SIGNS = ("zarr.json", ".zarray", ".zgroup")


def _matches(location: Location) -> bool:
    path = location.path
    return path.is_dir() and (path.suffix.lower() == ".zarr" or any((path / name).exists() for name in _SIGNS))


def _read(location: Location, _: Holds, masks: MaskFiles) -> Predictions:
    path = location.path
    try:
        zarr = import_module("zarr")
    except ImportError as problem:
        raise InputError(
            f"{path}: the package zarr is needed to read it; pip install zarr, or give an .npy or .npz file, "
            "or a folder of .npy files"
        ) from problem
    with _reading_zarr(path):
        found = zarr.open(str(path), mode="r")
        keys = None if hasattr(found, "ndim") else sorted(found.array_keys())
        if keys is not None and len(keys) == 1 and found[keys[0]].ndim == 4:
            found, keys = found[keys[0]], None
    if keys is None:
        stack_of(path, found, masks)
        return ImageByImage(range(len(masks.images)), partial(_image_in_zarr, path, found)), None
    keys = keys_of_images(path, keys, masks)
    return ImageByImage(range(len(keys)), partial(_named_in_zarr, path, found, keys)), None


def _image_in_zarr(path: Path, array: Any, row: int) -> np.ndarray:
    with _reading_zarr(path):
        return np.asarray(array[row])


def _named_in_zarr(path: Path, group: Any, keys: list[str], row: int) -> np.ndarray:
    with _reading_zarr(path):
        array = np.asarray(group[keys[row]][...])
    return of_image(f"{path}/{keys[row]}", array)


@contextmanager
def _reading_zarr(path: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError, RuntimeError, LookupError, TypeError, AttributeError) as problem:
        reason = " ".join(str(problem).split())
        raise InputError(f"{path}: cannot be read as zarr ({reason:.200})") from problem


PROBABILITY_ZARR = Format(
    name="probabilities zarr",
    holds=frozenset({"pixels"}),
    matches=_matches,
    expected="a zarr folder",
    read_predictions=_read,
)
