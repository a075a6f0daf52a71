"""Threads do not survive a fork: what would wait for those of polars for ever is refused at once.

Scores take new threads for each walk and work in a forked child. Tables are made by polars, whose threads, once it has
any, are kept for the life of the process.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from labelaudit.errors import InputError

_lost = False


def _before() -> None:
    """See in the parent whether polars has threads, which the child will not have."""
    global _lost  # noqa: PLW0603  one process, one answer
    _lost = _lost or ("polars" in sys.modules and _polars_has_threads())


def _polars_has_threads() -> bool:
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        return True  # another system: it is loaded, and was used as likely as not
    return any(name.startswith("polars") for name in map(_name_of, tasks.iterdir()))


def _name_of(task: Path) -> str:
    try:
        return (task / "comm").read_text()
    except OSError:  # a thread that has just ended
        return ""


def _in_parent() -> None:
    global _lost  # noqa: PLW0603
    _lost = False  # its threads are still there


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_in_parent)


def refuse_lost_threads() -> None:
    """Refuse to make a table in a child whose parent had made one before it was forked."""
    if _lost:
        raise InputError(
            "audit: this process was forked from one in which polars had started its threads, which do not survive a "
            "fork; start processes by spawn or forkserver, as in multiprocessing.get_context('forkserver'), or make no "
            "audit before the fork (scores alone may be computed in forked processes)"
        )
