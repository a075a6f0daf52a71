"""Probabilities of the classes in the pixels of images, (K, H, W) an image, in arrays and folders of NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.annotations import ImageNames
from labelaudit.formats.arrays import read_array
from labelaudit.formats.base import Format, Holds
from labelaudit.formats.location import Location
from labelaudit.formats.mask_files import ImageByImage, files_in
from labelaudit.formats.numpy_files import keys_of_npz
from labelaudit.formats.pixel_labels import MaskFiles

Predictions = tuple[Sequence[np.ndarray], None]


def _is_npy(location: Location) -> bool:
    return location.path.suffix.lower() == ".npy"


def _read_stack(location: Location, _: Holds, masks: MaskFiles) -> Predictions:
    return stack_of(location.path, read_array(Location(location.path, None)), masks), None


def _is_npz(location: Location) -> bool:
    return location.path.suffix.lower() == ".npz"


def _read_npz(location: Location, _: Holds, masks: MaskFiles) -> Predictions:
    """Return one array of all images, which is read whole, or the arrays of one image each."""
    path = location.path
    keys = keys_of_npz(path)
    if location.part is not None or len(keys) == 1:
        array = read_array(location)
        if array.ndim == 4 or location.part is not None:
            return stack_of(path, array, masks), None
    keys = keys_of_images(path, keys, masks)
    return ImageByImage(range(len(keys)), partial(_image_in_npz, path, keys)), None


def _is_folder(location: Location) -> bool:
    return location.path.is_dir() and bool(files_in(location.path, ".npy"))


def _read_folder(location: Location, _: Holds, masks: MaskFiles) -> Predictions:
    named = {file.stem: file for file in files_in(location.path, ".npy")}
    files = [named[key] for key in keys_of_images(location.path, list(named), masks)]
    return ImageByImage(range(len(files)), partial(_image_in_folder, files)), None


def _image_in_folder(files: list[Path], row: int) -> np.ndarray:
    return of_image(str(files[row]), read_array(Location(files[row], None)))


def _image_in_npz(path: Path, keys: list[str], row: int) -> np.ndarray:
    return of_image(f"{path}:{keys[row]}", read_array(Location(path, keys[row])))


def of_image(where: str, array: np.ndarray) -> np.ndarray:
    """Return the probabilities of one image; refuse what is no such array."""
    if array.ndim != 3 or array.dtype.kind != "f":
        raise InputError(f"{where}: expected floats of shape (K, H, W), got {array.dtype} of shape {array.shape}")
    return array


def stack_of(path: Path, array: Any, masks: MaskFiles) -> Sequence[np.ndarray]:
    """Return the probabilities of all images; refuse what is no such array."""
    if len(array.shape) != 4 or array.dtype.kind != "f":
        raise InputError(f"{path}: expected floats of shape (N, K, H, W), got {array.dtype} of shape {array.shape}")
    if array.shape[0] != len(masks.images):
        raise InputError(
            f"{path}: expected probabilities of {len(masks.images)} images, as many as there are masks, "
            f"got {array.shape[0]}"
        )
    return cast("Sequence[np.ndarray]", array)


def keys_of_images(path: Path, keys: list[str], masks: MaskFiles) -> list[str]:
    """Return the key of each image, in the order of the masks."""
    names = ImageNames(masks.images)
    found: dict[int, str] = {}
    for key in keys:
        row = names.row(key, str(path))
        if found.setdefault(row, key) != key:
            raise InputError(f"{path}: {found[row]} and {key} are both of {masks.images[row]}; leave one of them out")
    for row, name in enumerate(masks.images):
        if row not in found:
            raise InputError(f"{path}: has no probabilities of {name}; expected some called {Path(name).stem}")
    return [found[row] for row in range(len(masks.images))]


PROBABILITY_ARRAY = Format(
    name="probabilities npy",
    holds=frozenset({"pixels"}),
    matches=_is_npy,
    expected="an .npy file",
    read_predictions=_read_stack,
)

PROBABILITY_NPZ = Format(
    name="probabilities npz",
    holds=frozenset({"pixels"}),
    matches=_is_npz,
    expected="an .npz file",
    read_predictions=_read_npz,
)

PROBABILITY_FOLDER = Format(
    name="probabilities folder",
    holds=frozenset({"pixels"}),
    matches=_is_folder,
    expected="a folder of .npy files",
    read_predictions=_read_folder,
)
