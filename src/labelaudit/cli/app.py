"""The program and its commands."""

from __future__ import annotations

from typing import Annotated

import typer

import labelaudit
from labelaudit.cli.demo import demo
from labelaudit.cli.export import export
from labelaudit.cli.issues import issues
from labelaudit.cli.score import score

app = typer.Typer(
    name="labelaudit",
    help="Find the wrong labels of a data set from a model's out-of-sample predictions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(labelaudit.__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


for _command in (score, issues, export, demo):
    app.command()(_command)
