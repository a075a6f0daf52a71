"""How a command ends when something is wrong: with a sentence on standard error and exit code 2, never a traceback."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from polars.exceptions import PanicException  # of the code in Rust, and no Exception to Python

from labelaudit.cli.output import full_output
from labelaudit.cli.terminal import clean
from labelaudit.errors import InputError

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


@contextmanager
def refusals(debug: bool) -> Iterator[None]:
    """Turn what goes wrong into a sentence, and warnings into a line each; with ``debug`` errors go on as they are."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = lambda message, *_, **__: _say("warning", str(message))
        try:
            yield
        except (typer.Exit, BrokenPipeError):  # ends of their own, which typer knows
            raise
        except (Exception, PanicException) as problem:
            if debug:
                raise
            _say("error", full_output(problem) or _sentence(problem))
            raise typer.Exit(2) from None


def _sentence(problem: BaseException) -> str:
    if isinstance(problem, InputError):
        return str(problem)
    if isinstance(problem, MemoryError):
        return f"not enough memory ({problem})"
    if isinstance(problem, OSError):
        return str(problem) if problem.filename is None else f"{problem.filename}: {problem.strerror}"
    return f"{type(problem).__name__}: {problem} (not foreseen: --debug shows where)"


def _say(what: str, sentence: str) -> None:
    typer.echo(f"{what}: {clean(sentence)}", err=True)
