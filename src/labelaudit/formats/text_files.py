"""Text files in UTF-8, whose line ends stay as they are."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from labelaudit.errors import InputError


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, its line ends as they are."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as problem:
        raise InputError(f"{path}: is no text in UTF-8 ({problem})") from problem
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem.strerror})") from problem


def lines_of(text: str) -> list[str]:
    r"""Return the lines of a text with their ends, which are \n, \r\n or \r and nothing else."""
    return list(StringIO(text, newline=""))
