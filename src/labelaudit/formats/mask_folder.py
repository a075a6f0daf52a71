"""Masks as a folder of PNG files with a class index in each pixel, by palette or grey."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from labelaudit.formats.base import Change, Format, Holds, Labels, Source, digest_of
from labelaudit.formats.location import Location, absolute, new_folder
from labelaudit.formats.mask_files import ImageByImage, check_mask, encode_like, files_in, read_mask
from labelaudit.formats.pixel_labels import MaskFiles, mask_labels, write_changes


@dataclass(frozen=True)
class MaskFolder:
    """Where the files lie, and how they are called."""

    folder: Path
    names: list[str]

    def write(self, path: Path, corrected: Mapping[int, np.ndarray]) -> None:
        """Write the files into a new folder: a corrected one keeps all but its pixels, the others are copied."""
        with new_folder(path) as folder:
            for row, name in enumerate(self.names):
                if row in corrected:
                    content = encode_like(self.folder / name, corrected[row], f"corrected: {name}")
                    (folder / name).write_bytes(content)
                else:
                    shutil.copyfile(self.folder / name, folder / name)


def read_mask_folder(folder: Path) -> MaskFiles:
    """Return the masks of a folder, by name; of each file the head alone is read at first."""
    names = [file.name for file in _png_files(folder)]
    for name in names:
        check_mask(folder / name)
    labels = ImageByImage(range(len(names)), partial(_mask_in, folder, names))
    return MaskFiles(names, labels, None, MaskFolder(folder, names))


def _mask_in(folder: Path, names: Sequence[str], row: int) -> np.ndarray:
    return read_mask(folder / names[row])


def _png_files(folder: Path) -> list[Path]:
    return files_in(folder, ".png")


def _matches(location: Location) -> bool:
    return location.path.is_dir() and bool(_png_files(location.path))


def _digest(folder: Path) -> str:
    return digest_of(folder, _png_files(folder))


def _read(location: Location, _: Holds, __: Sequence[str] | None) -> Labels:
    masks = read_mask_folder(location.path)
    return mask_labels(masks, Source("mask png", absolute(location), None, _digest(location.path)))


def _write(source: Source, changes: Sequence[Change], out: Path) -> None:
    write_changes(read_mask_folder(Path(source.path)), source, changes, out)


MASK_FOLDER = Format(
    name="mask png",
    holds=frozenset({"pixels"}),
    matches=_matches,
    expected="a folder of .png masks",
    read=_read,
    write=_write,
    digest=_digest,
)
