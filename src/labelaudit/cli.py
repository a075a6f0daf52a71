"""The command line: ``labelaudit score`` and ``labelaudit demo``."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

import labelaudit
from labelaudit._audit import audit as run_audit
from labelaudit._checks.arrays import check_choice
from labelaudit.errors import InputError
from labelaudit.formats.inputs import read_values
from labelaudit.formats.table import write_table
from labelaudit.results import Audit, headline
from labelaudit.tasks import TASKS
from labelaudit.terminal import bold, issue_table

app = typer.Typer(
    name="labelaudit",
    help="Find the wrong labels of a data set from a model's out-of-sample predictions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

_SHOWN = 10  # issues in the terminal; all of them are in the file


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


@app.command()
def score(
    labels: Annotated[
        str, typer.Option(help="Given labels: labels.npy, arrays.npz:key, or table.csv:column (.csv, .tsv, .parquet).")
    ],
    predictions: Annotated[
        str,
        typer.Option(
            "--predictions",
            "--pred-probs",
            help="Out-of-sample predictions: .npy, .npz:key, or a table: for probabilities with a column a class, "
            "e.g. probs.csv:prob_*.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="File to write: .parquet keeps the whole run, .csv and .json the scores of all items.")
    ],
    task: Annotated[str, typer.Option(help=f"Kind of labels: {', '.join(TASKS)}.")] = "classification",
    method: Annotated[
        str | None, typer.Option(help="How labels are ranked: one of the methods of the task's rank, or its best.")
    ] = None,
    adjust_pred_probs: Annotated[
        bool, typer.Option("--adjust-pred-probs", help="Make up for classes that the model is less sure of.")
    ] = False,
    ignore_index: Annotated[
        int | None, typer.Option(help="Segmentation: the label, such as 255, of pixels that have none.")
    ] = None,
    boundary_width: Annotated[
        int, typer.Option(help="Segmentation: leave out pixels this near to a change of the given label.")
    ] = 0,
    ids: Annotated[
        str | None, typer.Option(help="What items are called, e.g. table.csv:path. Row numbers by default.")
    ] = None,
    class_names: Annotated[
        str | None,
        typer.Option(help="Names of the classes in the order of the columns: cat,dog or names.txt with one a line."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Score every label, list those that look wrong, and write the result to a file."""
    console = Console(stderr=True)
    with _refusals(debug), console.status("reading …") as status:
        check_choice(task, "task", tuple(TASKS))
        read = TASKS[task].read
        if read is None:
            raise InputError(f"task: {task} is not read from files; call labelaudit.audit with what you have read")
        data = read(labels, predictions, class_names)
        options: dict[str, Any] = {} if method is None else {"method": method}
        given = {"adjust_pred_probs": adjust_pred_probs, "boundary_width": boundary_width}
        options |= {name: value for name, value in given.items() if value}
        if ignore_index is not None:
            options["ignore_index"] = ignore_index
        status.update(f"scoring {len(data.labels):,} labels …")
        found = run_audit(
            task,
            data.labels,
            data.predictions,
            ids=data.ids if ids is None else read_values(ids),
            class_names=data.class_names,
            **data.options | options,
        )
        status.update(f"writing {out} …")
        _write(found, out)
    if as_json:
        typer.echo(json.dumps(found.summary() | {"out": str(out)}))
        return
    screen = Console()
    screen.print(headline(found, bold))
    if len(found.issues):
        screen.print(issue_table(found, _SHOWN))
    screen.print(f"written to [bold]{out}[/]")


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder to write the run and the list of issues to.")] = Path(
        "labelaudit-demo"
    ),
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Audit scikit-learn's 1,797 handwritten digits, show the worst of them, and save the run."""
    from labelaudit.demo import run_demo

    with _refusals(debug):
        run_demo(Console(), out)


def _write(found: Audit, out: Path) -> None:
    if out.suffix == ".parquet":
        found.save(out)
    else:
        write_table(out, found.items)


@contextmanager
def _refusals(debug: bool) -> Iterator[None]:
    """Turn bad input into one sentence on standard error and exit code 2, and warnings into a line each."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = lambda message, *_, **__: typer.echo(f"warning: {message}", err=True)
        try:
            yield
        except InputError as problem:
            if debug:
                raise
            typer.echo(f"error: {problem}", err=True)
            raise typer.Exit(2) from None


def main() -> None:
    """Run the command line."""
    app()
