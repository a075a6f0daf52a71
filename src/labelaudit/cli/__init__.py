"""The command line, ``labelaudit``: one module a command. Only this needs the packages of the extra ``app``."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import NoReturn

from labelaudit.cli.output import end_output, full_output

_NEEDED = {"rich", "typer"}
_INTERRUPTED = 130  # what shells expect of a program that Ctrl-C ended
_SIGNALLED = 128  # and of one that a signal ended, whose number is added


def main() -> None:
    """Run the command line, or say in a line what it lacks."""
    try:
        _run()
    except SystemExit as end:
        reason = end_output()
        if reason is not None and not end.code:
            _give_up(reason)
        raise
    except OSError as problem:
        end_output()
        reason = full_output(problem)
        if reason is None:
            raise
        _give_up(reason)
    except KeyboardInterrupt:  # before a command runs; after that typer sees to it
        raise SystemExit(_INTERRUPTED) from None
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in _NEEDED:
            raise
        _give_up("the command line needs more packages: pip install 'labelaudit[app]'")


def _give_up(reason: str) -> NoReturn:
    sys.stderr.write(f"labelaudit: {reason}\n")
    raise SystemExit(2) from None


def _end(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(_SIGNALLED + number)


def _run() -> None:
    from labelaudit.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # where a terminal or a pipe lacks a character, it gets ? and nothing fails
            stream.reconfigure(errors="replace")
    for name in ("SIGTERM", "SIGHUP"):  # what is half written is removed on the way out
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)
    app()
