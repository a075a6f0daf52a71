"""NumPy files, opened without unpickling anything; no memory is taken for what a damaged head promises."""

from __future__ import annotations

import lzma
import math
import struct
import sys
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from labelaudit.errors import InputError

# What zipfile, NumPy and Python's parser raise for damage; an archive that wants a password is a RuntimeError.
_DAMAGE = (
    ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError, SyntaxError, TypeError,
    SystemError, ValueError, lzma.LZMAError, struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip

_METHODS = {zipfile.ZIP_STORED: 1, zipfile.ZIP_DEFLATED: 1032}  # by how much each can make a file smaller at most
_ENDING = ".npy"


def open_npy(path: Path) -> np.ndarray:
    """Return the array of an .npy file, memory-mapped."""
    with reading(path):
        with path.open("rb") as file:
            _check_head(file, path.stat().st_size)
        mapped: np.ndarray = np.lib.format.open_memmap(path, mode="r")
        _check_text(mapped)
        return mapped


def keys_of_npz(path: Path) -> list[str]:
    """Return the names of the arrays in an .npz file, in their order."""
    with reading(path), zipfile.ZipFile(path) as archive:
        return [name.removesuffix(_ENDING) for name in archive.namelist()]


def read_npz(path: Path, key: str) -> np.ndarray:
    """Return one array of an .npz file."""
    with reading(path), zipfile.ZipFile(path) as archive:
        member = archive.NameToInfo.get(key + _ENDING) or archive.getinfo(key)
        most = _METHODS.get(member.compress_type)
        if most is None or member.file_size > most * min(member.compress_size, path.stat().st_size):
            raise ValueError(f"{member.filename} cannot be of the {member.file_size:,} bytes that the archive says")
        with archive.open(member) as file:
            _check_head(file, member.file_size)
        with archive.open(member) as file:
            array: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
            file.read(1)  # to the end, where the checksum is compared
            _check_text(array)
            return array


def _check_text(array: np.ndarray) -> None:
    """Refuse characters that are none, at which Python would fail when the text is looked at."""
    if array.dtype.kind == "U" and array.size:
        codes = np.ascontiguousarray(array).view(array.dtype.byteorder.replace("|", "=") + "u4")
        if int(codes.max(initial=0)) > sys.maxunicode:
            raise ValueError(
                f"it holds the character number {int(codes.max()):,}, and there are no more than {sys.maxunicode:,}"
            )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Refuse the file where what is done with it fails."""
    try:
        yield
    except InputError:
        raise
    except _DAMAGE as problem:
        raise InputError(
            f"{path}: cannot be read as a NumPy array without pickled objects ({problem or type(problem).__name__})"
        ) from problem


def _check_head(file: IO[bytes], size: int) -> None:
    """Refuse a head that promises more than there is in the file."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    if min(shape, default=0) < 0 or (not dtype.hasobject and math.prod(shape) * dtype.itemsize > size - file.tell()):
        raise ValueError(f"its head promises {dtype} of shape {shape}, which is more than the file holds")
