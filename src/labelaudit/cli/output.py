"""Standard output, which may be a file on a full disk, or a reader that has gone."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def full_output(problem: BaseException) -> str | None:
    """Return that standard output is full where this is what went wrong; full files have refusals of their own."""
    if isinstance(problem, OSError) and problem.errno in _FULL and problem.filename is None:
        return f"standard output cannot be written ({problem.strerror})"
    return None


def end_output() -> str | None:
    """Send what is left to standard output and nothing after it; return why it could not be sent, if so."""
    if sys.stdout is None:  # closed before the program began
        return None
    try:
        sys.stdout.flush()
    except OSError as problem:
        with Path(os.devnull).open("wb") as nothing:  # for Python tries once more when it ends
            os.dup2(nothing.fileno(), sys.stdout.fileno())
        return full_output(problem)
    return None
