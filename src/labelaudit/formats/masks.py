"""Semantic masks and class probabilities of images, read one image at a time, and corrected masks back."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, cast
from zipfile import BadZipFile

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.annotations import ImageNames
from labelaudit.formats.arrays import read_array
from labelaudit.formats.location import Location, locate, new_folder
from labelaudit.formats.mask_files import (
    ImageByImage,
    check_mask,
    encode_like,
    encode_plain,
    read_mask,
    write_array_like,
)
from labelaudit.formats.panoptic import Panoptic, check_classes, read_panoptic, read_semantic

_ZARR = ("zarr.json", ".zarray", ".zgroup")
_KINDS = "an .npy or .npz file, a folder of .npy files or a zarr folder"


@dataclass(frozen=True)
class Masks:
    """The class of each pixel of a data set."""

    images: list[str]  # names of the PNG files, no two equal; numbers from 0 where an array has no names
    labels: Sequence[np.ndarray]  # an image: (H, W) integers, read when asked for
    class_names: list[str] | None
    source: Any  # what the writer needs: a folder, a Panoptic, or the path of an .npy file
    ignore_index: int | None = None  # what stands for pixels of no class, where the format has such


def read_masks(path: str | Path) -> Masks:
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
    place = locate(path).path
    kind = place.suffix.lower()
    if place.is_dir():
        names = sorted(file.name for file in _files(place, ".png"))
        if not names:
            inside = sorted(inner.name for inner in place.iterdir() if inner.is_dir())
            hint = f"; is it one of the folders in it, {', '.join(inside[:5])}?" if inside else ""
            raise InputError(f"{place}: expected a folder of .png masks, found none{hint}")
        for name in names:
            check_mask(place / name)
        return Masks(names, ImageByImage(range(len(names)), partial(_mask_in, place, names)), None, place)
    if kind == ".json":
        found = read_panoptic(place)
        labels = ImageByImage(range(len(found.images)), partial(read_semantic, found))
        return Masks(found.images, labels, found.class_names, found, found.void)
    if kind == ".npy":
        array = read_array(Location(place, None))
        if array.ndim != 3 or array.dtype.kind not in "iu":
            raise InputError(
                f"{place}: expected integers of shape (N, H, W), a class index a pixel, "
                f"got {array.dtype} of shape {array.shape}"
            )
        return Masks([str(row) for row in range(len(array))], cast("Sequence[np.ndarray]", array), None, place)
    raise InputError(f"{place}: expected a folder of .png masks, a panoptic .json file or an .npy file")


def read_mask_probabilities(path: str | Path, masks: Masks) -> Sequence[np.ndarray]:
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
    location = locate(path)
    place, kind = location.path, location.path.suffix.lower()
    if place.is_dir():
        if kind == ".zarr" or any((place / name).exists() for name in _ZARR):
            return _of_zarr(place, masks)
        names = {file.stem: file for file in sorted(_files(place, ".npy"))}
        if not names:
            raise InputError(f"{place}: expected {_KINDS}, found no .npy file in it and nothing of zarr")
        files = [names[key] for key in _keys_of_images(place, list(names), masks)]
        return ImageByImage(range(len(files)), partial(_image_in_folder, files))
    if kind == ".npy":
        return _stack(place, read_array(Location(place, None)), masks)
    if kind == ".npz":
        keys = _keys_of_npz(place)
        if location.part is not None or len(keys) == 1:
            with _reading_npz(place):
                array = read_array(location)
            if array.ndim == 4 or location.part is not None:
                return _stack(place, array, masks)
        keys = _keys_of_images(place, keys, masks)
        return ImageByImage(range(len(keys)), partial(_image_in_npz, place, keys))
    raise InputError(f"{place}: expected probabilities in {_KINDS}")


def write_masks(path: str | Path, masks: Masks, corrected: Mapping[int, np.ndarray]) -> None:
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
    path = Path(path)
    for row in corrected:
        if not 0 <= row < len(masks.images):
            raise InputError(f"corrected: expected an image in 0..{len(masks.images) - 1}, got {row}")
    if not isinstance(masks.source, Panoptic) and masks.source.suffix.lower() == ".npy" and masks.source.is_file():
        write_array_like(path, masks.source, corrected)
        return
    with new_folder(path) as folder:
        for row, name in enumerate(masks.images):
            if isinstance(masks.source, Panoptic):
                labels = masks.labels[row]
                if row in corrected:
                    labels = check_classes(f"corrected: {name}", corrected[row], labels, masks.source)
                (folder / name).write_bytes(encode_plain(labels))
            elif row in corrected:
                (folder / name).write_bytes(encode_like(masks.source / name, corrected[row], f"corrected: {name}"))
            else:
                shutil.copyfile(masks.source / name, folder / name)


def _files(folder: Path, kind: str) -> list[Path]:
    # ._a.png beside a.png is what macOS leaves on foreign disks, and no picture
    return [file for file in folder.iterdir() if file.suffix.lower() == kind and not file.name.startswith(".")]


def _mask_in(folder: Path, names: list[str], row: int) -> np.ndarray:
    return read_mask(folder / names[row])


def _image_in_folder(files: list[Path], row: int) -> np.ndarray:
    return _of_image(str(files[row]), read_array(Location(files[row], None)))


def _image_in_npz(path: Path, keys: list[str], row: int) -> np.ndarray:
    with _reading_npz(path):
        return _of_image(f"{path}:{keys[row]}", read_array(Location(path, keys[row])))


def _image_in_zarr(path: Path, array: Any, row: int) -> np.ndarray:
    with _reading_zarr(path):
        return np.asarray(array[row])


def _named_in_zarr(path: Path, group: Any, keys: list[str], row: int) -> np.ndarray:
    with _reading_zarr(path):
        array = np.asarray(group[keys[row]][...])
    return _of_image(f"{path}/{keys[row]}", array)


def _of_image(where: str, array: np.ndarray) -> np.ndarray:
    if array.ndim != 3 or array.dtype.kind != "f":
        raise InputError(f"{where}: expected floats of shape (K, H, W), got {array.dtype} of shape {array.shape}")
    return array


def _stack(path: Path, array: Any, masks: Masks) -> Sequence[np.ndarray]:
    if len(array.shape) != 4 or array.dtype.kind != "f":
        raise InputError(f"{path}: expected floats of shape (N, K, H, W), got {array.dtype} of shape {array.shape}")
    if array.shape[0] != len(masks.images):
        raise InputError(
            f"{path}: expected probabilities of {len(masks.images)} images, as many as there are masks, "
            f"got {array.shape[0]}"
        )
    return cast("Sequence[np.ndarray]", array)


def _of_zarr(path: Path, masks: Masks) -> Sequence[np.ndarray]:
    try:
        zarr = import_module("zarr")
    except ImportError as problem:
        raise InputError(
            f"{path}: the package zarr is needed to read it; pip install zarr, or give {_KINDS}".replace(
                " or a zarr folder", ""
            )
        ) from problem
    with _reading_zarr(path):
        found = zarr.open(str(path), mode="r")
        keys = None if hasattr(found, "ndim") else sorted(found.array_keys())
        if keys is not None and len(keys) == 1 and found[keys[0]].ndim == 4:
            found, keys = found[keys[0]], None
    if keys is None:
        _stack(path, found, masks)
        return ImageByImage(range(len(masks.images)), partial(_image_in_zarr, path, found))
    keys = _keys_of_images(path, keys, masks)
    return ImageByImage(range(len(keys)), partial(_named_in_zarr, path, found, keys))


@contextmanager
def _reading_zarr(path: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError, RuntimeError, LookupError, TypeError, AttributeError) as problem:
        reason = " ".join(str(problem).split())
        raise InputError(f"{path}: cannot be read as zarr ({reason:.200})") from problem


def _keys_of_npz(path: Path) -> list[str]:
    with _reading_npz(path), np.load(path, allow_pickle=False) as arrays:
        return list(arrays.files)


@contextmanager
def _reading_npz(path: Path) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except (ValueError, OSError, EOFError, TypeError, BadZipFile, zlib.error) as problem:
        raise InputError(f"{path}: cannot be read as NumPy arrays without pickled objects ({problem})") from problem


def _keys_of_images(path: Path, keys: list[str], masks: Masks) -> list[str]:
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
