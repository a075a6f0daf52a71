"""``labelaudit export``: from a run and the decisions about it to the corrected file of labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from labelaudit._audit import load
from labelaudit.cli.refusals import Debug, refusals
from labelaudit.cli.terminal import highlighted, screen
from labelaudit.export import export as export_labels
from labelaudit.export import patch_of
from labelaudit.formats.base import Change


def export(
    run: Annotated[Path, typer.Argument(help="The .parquet file that labelaudit score wrote.")],
    decisions: Annotated[Path, typer.Option(help="What was decided about its issues: a .jsonl or .sqlite file.")],
    out: Annotated[
        Path,
        typer.Option(
            help="File or folder to write: the labels, corrected, in the format that they came in. Beside it lies a "
            "patch with the old and the new labels, a line of JSON each."
        ),
    ],
    labels: Annotated[
        str | None, typer.Option(help="Where the labels lie now, if they were moved since they were scored.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON and nothing else.")] = False,
    debug: Debug = False,
) -> None:
    """Write the corrected labels in their own format; what no decision names stays as it is."""
    with refusals(debug):
        changes = export_labels(load(run), decisions, out, labels=labels)
        patch = patch_of(out)
        if as_json:
            typer.echo(json.dumps(count_changes(changes) | {"out": str(out), "patch": str(patch)}))
            return
        console = screen()
        console.print(highlighted(say_changes(changes), len(changes)))
        console.print(highlighted(f"written to {out}", out))
        console.print(highlighted(f"the old and the new labels: {patch}", patch))


def count_changes(changes: Sequence[Change]) -> dict[str, int]:
    """Return how many labels were changed, added and taken out."""
    added = sum(change.old is None for change in changes)
    removed = sum(change.new is None for change in changes)
    return {"changed": len(changes) - added - removed, "added": added, "removed": removed}


def say_changes(changes: Sequence[Change]) -> str:
    """Return how many labels were corrected, in words.

    Examples
    --------
    >>> say_changes([Change(0, "a.png", None, "cat", "dog"), Change(1, "b.png", 0, None, {"class": "cat"})])
    '2 labels corrected: 1 changed, 1 added'
    """
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in count_changes(changes).items() if count)
    noun = "label" if len(changes) == 1 else "labels"
    return f"{len(changes):,} {noun} corrected" + (f": {kinds}" if kinds else "")
