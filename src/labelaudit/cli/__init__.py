"""The command line, ``labelaudit``: one module a command. Only this needs the packages of the extra ``app``."""

from __future__ import annotations

import sys

_NEEDED = {"rich", "typer"}
_INTERRUPTED = 130  # what shells expect of a program that Ctrl-C ended


def main() -> None:
    """Run the command line, or say in a line what it lacks."""
    try:
        _run()
    except KeyboardInterrupt:  # before a command runs; after that typer sees to it
        raise SystemExit(_INTERRUPTED) from None
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in _NEEDED:
            raise
        sys.stderr.write("labelaudit: the command line needs more packages: pip install 'labelaudit[app]'\n")
        raise SystemExit(2) from None


def _run() -> None:
    from labelaudit.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # where a terminal or a pipe lacks a character, it gets ? and nothing fails
            stream.reconfigure(errors="replace")
    app()
