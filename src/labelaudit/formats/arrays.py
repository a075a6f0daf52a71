"""NumPy files: labels and predictions in arrays, and labels back into theirs.

They are opened without reading them whole and without unpickling anything.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelaudit._data.ragged import Ragged
from labelaudit.errors import InputError
from labelaudit.formats.base import Change, Format, Holds, Labels, Source, digest_of
from labelaudit.formats.corrected import corrections_of, matrix_corrections
from labelaudit.formats.location import Location, absolute, check_ending, replacing
from labelaudit.formats.numpy_files import keys_of_npz, open_npy, read_npz, reading


def read_array(location: Location) -> np.ndarray:
    """Return the array of an .npy file (memory-mapped) or of an .npz file (its only array, or the named one)."""
    path = location.path
    if path.suffix.lower() == ".npy":
        return open_npy(path)
    return read_npz(path, _key_of(keys_of_npz(path), location))


def _key_of(names: Sequence[str], location: Location) -> str:
    path, key = location
    if key is None and len(names) == 1:
        return names[0]
    if key is None or key not in names:
        example = f", as in {path}:{names[0]}" if names else ""
        raise InputError(f"{path}: expected a key after the file, one of {', '.join(names)}{example}")
    return key


def _matches(location: Location) -> bool:
    return location.path.suffix.lower() in {".npy", ".npz"}


def _read(location: Location, holds: Holds, _: Sequence[str] | None) -> Labels:
    values = read_array(location)
    return Labels(
        values, Source("numpy", absolute(location), location.part, digest_of(location.path), {"holds": holds})
    )


def _read_predictions(location: Location, _: Holds, __: Any) -> tuple[Any, None]:
    return read_array(location), None


def _read_token_predictions(location: Location, _: Holds, given: Any) -> tuple[Ragged, None]:
    """Return the rows of a matrix, a token each, with the lengths of the labelled sentences."""
    matrix = read_array(location)
    lengths = given.list.len().to_list() if isinstance(given, pl.Series) else [len(sentence) for sentence in given]
    if matrix.ndim != 2 or len(matrix) != sum(lengths):
        raise InputError(
            f"{location}: expected a row of probabilities for each of the {sum(lengths)} labelled tokens, "
            f"got an array of shape {matrix.shape}"
        )
    return Ragged(matrix, np.cumsum([0, *lengths], dtype=np.int64)), None


def _write(source: Source, changes: Sequence[Change], out: Path) -> None:
    """Write the array with other labels in its own type; other arrays of an .npz file stay byte for byte."""
    location = source.location
    check_ending(out, location.path)
    with replacing(out) as beside:
        if not changes:
            shutil.copyfile(location.path, beside)
        elif location.path.suffix.lower() == ".npy":
            beside.write_bytes(_encoded(_corrected(source, changes)))
        else:
            _write_member(location, _encoded(_corrected(source, changes)), beside)


def _corrected(source: Source, changes: Sequence[Change]) -> np.ndarray:
    given = read_array(source.location)
    if given.ndim == 2:
        cells, dropped = matrix_corrections(source, changes, given.shape[1])
        array = given.copy(order="K")
        for place, value in cells.items():
            array[place] = value
    else:
        corrections = corrections_of(source, _AsPython(given), changes)
        array, dropped = _with_values(given, corrections.values, source.location), corrections.dropped
    return np.delete(array, sorted(dropped), axis=0) if dropped else array


class _AsPython(Sequence[Any]):
    """The elements of an array as Python has them, made when asked for."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, row: Any) -> Any:
        return self._array[row].tolist()


def _with_values(given: np.ndarray, values: Mapping[int, Any], location: Location) -> np.ndarray:
    new = np.array(list(values.values()), None if values else given.dtype)
    if given.dtype.kind == "U":
        wide = np.result_type(given.dtype, new.dtype) if new.itemsize > given.itemsize else given.dtype
        array = given.astype(wide)  # as the longest name needs
    else:
        array = given.copy()
        if given.dtype.kind != "f" and (new.astype(given.dtype) != new).any():
            row = list(values)[int(np.argmax(new.astype(given.dtype) != new))]
            raise InputError(
                f"{location}: holds {given.dtype}, which cannot hold the corrected label {values[row]!r} of row {row}; "
                "widen the array, and score it again"
            )
    array[list(values)] = new.astype(array.dtype)
    return array


def _encoded(array: np.ndarray) -> bytes:
    content = BytesIO()
    np.save(content, array, allow_pickle=False)
    return content.getvalue()


def _write_member(location: Location, content: bytes, out: Path) -> None:
    names = keys_of_npz(location.path)
    key = _key_of(names, location)
    with zipfile.ZipFile(location.path) as given, zipfile.ZipFile(out, "w") as written:
        for name, member in zip(names, given.infolist(), strict=True):
            with reading(location.path):
                kept = content if name == key else given.read(member)
            written.writestr(member, kept)


ARRAYS = Format(
    name="numpy",
    holds=frozenset({"classes", "numbers", "sets"}),
    matches=_matches,
    expected="an .npy or .npz file",
    read=_read,
    read_predictions=_read_predictions,
    write=_write,
)

TOKEN_ARRAYS = Format(
    name="numpy of tokens",
    holds=frozenset({"sentences"}),
    matches=_matches,
    expected="an .npy or .npz file with a row a token",
    read_predictions=_read_token_predictions,
)
