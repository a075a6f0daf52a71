"""What is written beside its place until it is whole, and swept away by the next writer if its program was killed.

It has a name that nobody can foresee, and is on the disk before it is moved. While it is written it is locked. The lock
goes with its program, however that ends, so that what a killed one left can be told from what another is writing now.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

try:
    import fcntl
except ImportError:  # no such locks on this system, where what a killed program left stays
    fcntl = None  # type: ignore[assignment]

_OURS = re.compile(r"\.labelaudit-[0-9a-f]{16}\.part")

# Links are not followed, and what is there is not opened, so that nobody can plant something that is written through.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_EXCL | _NO_LINK
_AT_ONCE = 16  # files that are brought to the disk


class Beside(NamedTuple):
    """A new file or folder, and the open descriptor that keeps it locked."""

    path: Path
    descriptor: int


def make_file(place: Path) -> Beside:
    """Make an empty file beside the place that it is to take, with the rights of the file that is there."""
    made = _make(place, lambda path: os.open(path, _NEW_FILE, 0o666))
    if place.exists():
        made.path.chmod(stat.S_IMODE(place.stat().st_mode))
    return made


def make_folder(place: Path) -> Beside:
    """Make an empty folder beside the place that it is to take."""

    def make(path: Path) -> int:
        path.mkdir()
        return os.open(path, os.O_RDONLY | _NO_LINK)

    return _make(place, make)


def move(beside: Beside, place: Path) -> None:
    """Put it into its place, at once for all who look there, and only when a power cut can take nothing of it away."""
    if not _is_at(beside, beside.path):
        raise FileNotFoundError(errno.ENOENT, "what was being written is gone", str(place))
    _bring_to_disk(beside.path)
    beside.path.replace(place)
    _sync_folder(place.parent)


def discard(beside: Beside) -> None:
    """Remove what was not moved, and let go of it."""
    _remove(beside.path)
    os.close(beside.descriptor)


def _make(place: Path, make: Callable[[Path], int]) -> Beside:
    folder = place.parent
    _sweep(folder)
    while True:
        path = folder / f".labelaudit-{secrets.token_hex(8)}.part"
        made = Beside(path, make(path))
        if _is_mine(made):
            return made
        os.close(made.descriptor)


def _sweep(folder: Path) -> None:
    """Remove what killed programs of this user left in a folder."""
    if fcntl is None:
        return
    with suppress(PermissionError), os.scandir(folder) as entries:  # a folder may be written to that may not be listed
        for entry in [entry for entry in entries if _OURS.fullmatch(entry.name)]:
            with suppress(OSError):  # someone else's, still being written, or gone meanwhile
                _sweep_one(Path(entry.path))


def _sweep_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | _NO_LINK)
    try:
        if os.fstat(descriptor).st_uid == os.geteuid():
            _lock(descriptor)
            _remove(path)
    finally:
        os.close(descriptor)


def _is_mine(made: Beside) -> bool:
    """Return whether it could be locked before another swept it away."""
    try:
        _lock(made.descriptor)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks, where nobody sweeps
        return True
    return _is_at(made, made.path)


def _lock(descriptor: int) -> None:
    """Lock what is open; an error where another has it, or where there are no locks."""
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_at(beside: Beside, path: Path) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return os.path.samestat(found, os.fstat(beside.descriptor))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _bring_to_disk(path: Path) -> None:
    if path.is_dir():
        with ThreadPoolExecutor(_AT_ONCE) as threads:  # a disk brings several files to it in the time of one
            list(threads.map(_bring_to_disk, path.iterdir()))
        _sync_folder(path)
    else:
        _sync(path, os.O_RDWR)


def _sync_folder(path: Path) -> None:
    with suppress(OSError):  # not every file system has this, nor may every folder be read
        _sync(path, os.O_RDONLY)


def _sync(path: Path, mode: int) -> None:
    descriptor = os.open(path, mode | _NO_LINK)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
