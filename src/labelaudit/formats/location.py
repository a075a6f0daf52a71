"""Where something lies: a file, and perhaps a part of it, written ``labels.csv:label``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from labelaudit.errors import InputError


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
    if not whole.exists() and ":" in str(text):
        head, tail = str(text).rsplit(":", 1)
        if Path(head).suffix:
            path, part = Path(head), tail
    if not path.exists():
        raise InputError(f"{path}: no such file")
    return Location(path, part)


def check_folder(path: Path) -> None:
    """Refuse a path in a folder that does not exist."""
    if not path.parent.is_dir():
        raise InputError(f"{path}: the folder {path.parent} does not exist")


def absolute(location: Location) -> str:
    """Return the path as it is kept, which holds wherever it is read from."""
    return str(location.path.absolute())


def check_ending(path: Path, given: Path) -> None:
    """Refuse to write to a file that is not called as the given one, whose format it will have."""
    if path.suffix.lower() != given.suffix.lower():
        raise InputError(f"{path}: expected a name that ends in {given.suffix}, as {given} is what was read")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to; it takes the place of ``path`` once all is written, and goes if anything fails."""
    check_folder(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a folder to write to; it becomes ``path`` once all is written, and goes if anything fails."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(f"{path}: exists already; name a folder that does not, or an empty one")
    with replacing(path) as beside:
        try:
            beside.mkdir()
            yield beside
            if path.exists():
                path.rmdir()
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
