"""``labelaudit score``: from files of labels and predictions to an audit."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from labelaudit._audit import Audit, DoubtWarning
from labelaudit._audit import audit as audit_labels
from labelaudit._checks.arrays import check_choice
from labelaudit.cli.issue_lines import show_issues
from labelaudit.cli.refusals import Debug, refusals
from labelaudit.cli.terminal import clean, highlighted, screen, show_audit
from labelaudit.errors import InputError
from labelaudit.formats.base import Source
from labelaudit.formats.flat import check_flat_path, write_flat
from labelaudit.formats.inputs import read_values, tasks_that_read
from labelaudit.formats.location import check_apart, is_there, locate
from labelaudit.tasks import TASKS

_DEFAULT = "classification"

_SHOWN = 10  # issues in the terminal; labelaudit issues shows the others


def score(
    labels: Annotated[
        str,
        typer.Option(
            help="Given labels: an array (.npy, .npz:key), a column (table.csv:column, .tsv, .parquet, .jsonl), or "
            "what the task has: words in CoNLL; boxes in COCO (.json), YOLO or Pascal VOC (a folder); pixels in a "
            "folder of PNG masks, in COCO panoptic or in an array of masks."
        ),
    ],
    predictions: Annotated[
        str,
        typer.Option(
            "--predictions",
            "--pred-probs",
            help="Out-of-sample predictions: .npy, .npz:key, or a table: for probabilities with a column a class, "
            "e.g. probs.csv:prob_*; for boxes a file of detections.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            help="File to write. .parquet: the whole run, for labelaudit issues and labelaudit export. .csv, .json or "
            ".jsonl: the score of every item, flat; the list of issues is written by labelaudit issues."
        ),
    ],
    task: Annotated[
        str | None, typer.Option(help=f"Kind of labels: {', '.join(TASKS)}. By default {_DEFAULT}.")
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="How labels are ranked: one of the methods of the task's rank, or its best.")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            help="How likely a label has to be wrong to be an issue, 0.5 by default. Regression: how many median "
            "residuals off it has to be, 5.2 by default."
        ),
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(
            help="Decisions made before, .jsonl or .sqlite: issues decided keep are left out while their given label "
            "stands."
        ),
    ] = None,
    adjust_pred_probs: Annotated[
        bool, typer.Option("--adjust-pred-probs", help="Make up for classes that the model is less sure of.")
    ] = False,
    ignore_index: Annotated[
        int | None, typer.Option(help="Segmentation: the label, such as 255, of pixels that have none.")
    ] = None,
    boundary_width: Annotated[
        int | None, typer.Option(help="Segmentation: leave out pixels this near to a change of the given label.")
    ] = None,
    ids: Annotated[
        str | None, typer.Option(help="What items are called, e.g. table.csv:path. Row numbers by default.")
    ] = None,
    class_names: Annotated[
        str | None,
        typer.Option(help="Names of the classes in the order of the columns: cat,dog or names.txt with one a line."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
    debug: Debug = False,
) -> None:
    """Score every label, list those that look wrong, and write the result to a file."""
    options = {
        "method": method,
        "threshold": threshold,
        "decisions": decisions,
        "adjust_pred_probs": adjust_pred_probs or None,
        "ignore_index": ignore_index,
        "boundary_width": boundary_width,
    }
    given = {name: value for name, value in options.items() if value is not None}
    chosen = task or _DEFAULT
    hinting = _hint_of_task(labels) if task is None else nullcontext()
    with refusals(debug), hinting, Console(stderr=True).status("reading …") as status:
        check_choice(chosen, "task", tuple(TASKS))
        check_flat_path(out)
        check_apart(out, *_files(labels, predictions, ids, class_names, decisions))
        data = TASKS[chosen].read(labels, predictions, class_names)
        named = data.ids if ids is None else read_values(ids)
        status.update("scoring …")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DoubtWarning)  # they are shown with the headline
            found = audit_labels(
                chosen, data.labels, data.predictions, ids=named, class_names=data.class_names, **data.options | given
            )
        found = replace(found, source=_source(data.source, found))
        status.update(Text(clean(f"writing {out} …")))
        _write(found, out)
    if as_json:
        typer.echo(json.dumps(found.summary() | {"out": str(out)}))
        return
    _show(screen(), found, out)


@contextmanager
def _hint_of_task(labels: str) -> Iterator[None]:
    """Say in a refusal of labels what else they may be, where no task was named."""
    try:
        yield
    except InputError as problem:
        others = [task for task in tasks_that_read(labels) if task != _DEFAULT]
        about = ("labels:", "pred_probs: expected shape")
        if not others or not str(problem).startswith((*about, f"{locate(labels).path}: ")):
            raise
        raise InputError(
            f"{problem} (without --task, labels are those of {_DEFAULT}; these may be of --task {', '.join(others)})"
        ) from problem


def _source(source: Source | None, found: Audit) -> Source | None:
    """Return the file of the labels, and what is known since the audit of how labels there call the classes."""
    names = found.parameters.get("classes") or (source and source.options.get("class_names")) or found.class_names
    if source is None or names is None:
        return source
    return replace(source, options={**source.options, "class_names": list(names)})


def _files(*given: str | Path | None) -> list[Path]:
    """Return the files that these name; class names may be written out instead."""
    return [locate(one).path for one in given if one is not None and (is_there(Path(one)) or ":" in str(one))]


def _write(found: Audit, out: Path) -> None:
    if out.suffix == ".parquet":
        found.save(out)
    else:
        write_flat(out, found.items)


def _show(console: Console, found: Audit, out: Path) -> None:
    show_audit(console, found)
    show_issues(console, found.issues.head(_SHOWN))
    more = len(found.issues) - _SHOWN
    if more > 0 and out.suffix == ".parquet":
        console.print(highlighted(f"{more:,} more: labelaudit issues {out}"))
    console.print(highlighted(f"written to {out}", out))
