"""Masks as one array of class indices, an image a row."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.arrays import read_array
from labelaudit.formats.base import Change, Format, Holds, Labels, Source, digest_of
from labelaudit.formats.location import Location, absolute, check_ending, replacing
from labelaudit.formats.mask_files import check_corrected
from labelaudit.formats.pixel_labels import MaskFiles, mask_labels, write_changes


@dataclass(frozen=True)
class MaskArray:
    """Where the file lies."""

    path: Path

    def write(self, path: Path, corrected: Mapping[int, np.ndarray]) -> None:
        """Write a copy of the file with some of its masks replaced."""
        check_ending(path, self.path)
        with replacing(path) as beside:
            shutil.copyfile(self.path, beside)
            array = np.load(beside, mmap_mode="r+", allow_pickle=False)
            limits = np.iinfo(array.dtype)
            for row in corrected:
                where, holder = f"corrected: {row}", f"{self.path} of {array.dtype}"
                array[row] = check_corrected(
                    where, corrected[row], array.shape[1:], int(limits.min), int(limits.max), holder
                )
            array.flush()


def read_mask_array(path: Path) -> MaskFiles:
    """Return the masks of an .npy file, which is memory-mapped."""
    array = read_array(Location(path, None))
    if array.ndim != 3 or array.dtype.kind not in "iu":
        raise InputError(
            f"{path}: expected integers of shape (N, H, W), a class index a pixel, "
            f"got {array.dtype} of shape {array.shape}"
        )
    names = [str(row) for row in range(len(array))]
    return MaskFiles(names, cast("Sequence[np.ndarray]", array), None, MaskArray(path))


def _matches(location: Location) -> bool:
    return location.path.suffix.lower() == ".npy"


def _read(location: Location, _: Holds, __: Sequence[str] | None) -> Labels:
    path = location.path
    return mask_labels(read_mask_array(path), Source("mask npy", absolute(location), None, digest_of(path)))


def _write(source: Source, changes: Sequence[Change], out: Path) -> None:
    write_changes(read_mask_array(Path(source.path)), source, changes, out)


MASK_ARRAY = Format(
    name="mask npy",
    holds=frozenset({"pixels"}),
    matches=_matches,
    expected="an .npy file of masks",
    read=_read,
    write=_write,
)
