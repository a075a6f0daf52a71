"""Where something lies: a file, and perhaps a part of it, written ``labels.csv:label``; and where a new one may lie."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelaudit.errors import InputError
from labelaudit.formats.beside import Beside, discard, make_file, make_folder, move

_LONGEST = 200  # characters of a path in a message


class Location(NamedTuple):
    """A file and the column or key in it, if one is named."""

    path: Path
    part: str | None

    def __str__(self) -> str:
        return f"{self.path}:{self.part}" if self.part else str(self.path)


def locate(text: str | Path) -> Location:
    """Return the file and the part that ``file.ext:part`` names; refuse a file that is not there."""
    whole = Path(text)
    path, part = whole, None
    if not is_there(whole) and ":" in str(text):
        head, tail = str(text).rsplit(":", 1)
        if Path(head).suffix:
            path, part = Path(head), tail
    if not is_there(path):
        raise InputError(f"{_short(path)}: no such file")
    return Location(path, part)


def is_there(path: Path) -> bool:
    """Return whether there is a file or a folder; what no file can be called is not there."""
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, a null byte in it, or in a folder that may not be looked into
        return False


def check_writable(path: Path) -> None:
    """Refuse a path that no file can be written to: for those who would find out after an hour's work."""
    check_folder(path)
    if path.is_dir():
        raise InputError(f"{path}: is a folder, expected the name of a file")
    if is_there(path) and not path.is_file():
        raise InputError(f"{path}: is no file but a device or a pipe, which cannot be replaced once all is written")
    if is_there(path) and not os.access(path, os.W_OK):
        raise InputError(f"{path}: may not be written, name another file or change its rights")


def check_folder(path: Path) -> None:
    """Refuse a path in a folder that does not exist, or that nothing of this name can be added to."""
    folder = path.parent
    if not is_there(folder) or not folder.is_dir():
        raise InputError(f"{_short(path)}: the folder {_short(folder)} does not exist")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"{path}: nothing may be written to the folder {folder}; name another one")
    try:
        path.lstat()
    except FileNotFoundError:
        return
    except (OSError, ValueError) as problem:
        raise InputError(f"{_short(path)}: no file can be called so ({_reason(problem)})") from problem


def check_text(path: Path) -> None:
    """Refuse a path that is no text, which polars cannot open; so are names in UTF-8 where the locale is C."""
    try:
        str(path.absolute()).encode("utf-8")
    except UnicodeEncodeError as problem:
        raise InputError(f"{path}: the name is no text in UTF-8; set PYTHONUTF8=1, or rename it") from problem


def check_apart(out: Path, *inputs: Path) -> None:
    """Refuse to write where something is read: to the same file by whatever name, or over a file in such a folder."""
    for given in inputs:
        if not (is_there(out) and is_there(given)):
            continue
        if out.samefile(given) or (out.is_file() and any(part.samefile(given) for part in out.resolve().parents)):
            raise InputError(f"{out}: is what is read ({given}); name another file, so that it stays as it was")


def absolute(location: Location) -> str:
    """Return the path as it is kept, which holds wherever it is read from."""
    return str(location.path.absolute())


def check_ending(path: Path, given: Path) -> None:
    """Refuse to write to a file that is not called as the given one, whose format it will have."""
    if path.suffix.lower() != given.suffix.lower():
        raise InputError(f"{path}: expected a name that ends in {given.suffix}, as {given} is what was read")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to; it takes the place of ``path`` once all is written, and goes if anything fails.

    Whoever reads ``path`` meanwhile sees the old file or the new one, whole, and so does everyone after a power cut.
    """
    check_writable(path)
    with _becoming(path, make_file) as beside:
        yield beside


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a folder to write to; it becomes ``path`` once all is written, and goes if anything fails."""
    if is_there(path) and (not path.is_dir() or any(path.iterdir())):
        raise InputError(f"{path}: exists already; name a folder that does not, or an empty one")
    check_folder(path)
    with _becoming(path, make_folder) as beside:
        yield beside


@contextmanager
def _becoming(path: Path, make: Callable[[Path], Beside]) -> Iterator[Path]:
    place = path.absolute()  # so that no library takes ~ at its beginning for a home
    try:
        beside = make(place)
        try:
            yield beside.path
            move(beside, place)
        finally:
            discard(beside)
    except (OSError, pl.exceptions.PolarsError) as problem:  # of polars, a full disk is an error of its own
        at_fault = str(getattr(problem, "filename", None) or place)
        ours = at_fault == str(place) or at_fault.startswith(str(place.parent / ".labelaudit-"))
        said = f"{path}: cannot be written" if ours else f"{at_fault}: cannot be read"
        raise InputError(f"{said} ({_reason(problem)})") from problem


def _reason(problem: Exception) -> str:
    return getattr(problem, "strerror", None) or str(problem).partition("\n")[0]


def _short(path: Path) -> str:
    text = str(path)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
