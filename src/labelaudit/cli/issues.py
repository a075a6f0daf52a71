"""``labelaudit issues``: the labels that look wrong, on the screen or as a file that a spreadsheet opens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from labelaudit._audit import Audit, load
from labelaudit.cli.issue_lines import show_issues
from labelaudit.cli.refusals import Debug, refusals
from labelaudit.cli.terminal import clean_json, highlighted, screen, show_audit
from labelaudit.errors import InputError
from labelaudit.formats.flat import check_flat_path, flat, write_flat
from labelaudit.formats.location import check_apart

_SHOWN = 20  # on the screen, unless --top says otherwise


def issues(
    run: Annotated[Path, typer.Argument(help="The .parquet file that labelaudit score wrote.")],
    classes: Annotated[
        list[str] | None,
        typer.Option("--class", help="Only issues with this class, given or suggested. May be repeated."),
    ] = None,
    kinds: Annotated[
        list[str] | None, typer.Option("--kind", help="Only issues of this kind, e.g. swapped. May be repeated.")
    ] = None,
    max_score: Annotated[float | None, typer.Option(help="Only issues with at most this score.")] = None,
    min_p_wrong: Annotated[
        float | None, typer.Option(help="Only labels that are wrong with at least this probability.")
    ] = None,
    top: Annotated[
        int | None, typer.Option(min=1, help=f"Only the worst so many; on the screen {_SHOWN} by default.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File to write them to: .csv, .json, .jsonl or .parquet, flat: boxes as x1, y1, x2, y2, lists as "
            "text; in .csv with an apostrophe before text that a spreadsheet would run as a formula."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the issues as a JSON list and nothing else.")] = False,
    debug: Debug = False,
) -> None:
    """List the labels that look wrong, worst first: all of a run, or those of a class, a kind, a score."""
    with refusals(debug):
        if out is not None:
            check_flat_path(out)
            check_apart(out, run)
        audit = load(run)
        chosen = choose(audit, classes or (), kinds or (), max_score, min_p_wrong)
        listed = chosen.head(top or len(chosen))
        if out is not None:
            write_flat(out, listed)
        if as_json:
            typer.echo(clean_json(flat(listed).write_json()))
            return
        console = screen()
        show_audit(console, audit)
        if out is None:
            listed = chosen.head(top or _SHOWN)
            show_issues(console, listed)
            console.print(highlighted(f"{len(listed):,} of {len(audit.issues):,} issues"))
        else:
            console.print(highlighted(f"{len(listed):,} of {len(audit.issues):,} issues written to {out}", out))


def choose(
    audit: Audit,
    classes: Sequence[str] = (),
    kinds: Sequence[str] = (),
    max_score: float | None = None,
    min_p_wrong: float | None = None,
) -> pl.DataFrame:
    """Return the issues of an audit that meet all of these conditions, worst first."""
    found = audit.issues
    if min_p_wrong is not None and "p_wrong" not in found.columns:
        raise InputError(f"min-p-wrong: issues of {audit.task} have no p_wrong; choose by --max-score")
    _check_known("kind", kinds, found["kind"].unique().to_list())
    conditions = []
    if classes:
        conditions.append(_is_about(audit, classes))
    if kinds:
        conditions.append(pl.col("kind").is_in(list(kinds)))
    if max_score is not None:
        conditions.append(pl.col("score") <= max_score)
    if min_p_wrong is not None:
        conditions.append(pl.col("p_wrong") >= min_p_wrong)
    return found.filter(*conditions)


def _is_about(audit: Audit, classes: Sequence[str]) -> pl.Expr:
    columns = (audit.issues[name] for name in ("class", "given", "suggested") if name in audit.issues.columns)
    named = [column for column in columns if column.dtype == pl.String or column.dtype.is_integer()]
    if not named:
        raise InputError(f"class: labels of {audit.task} are no classes; choose by --kind or --max-score")
    seen = pl.concat([audit.counts.by_class["class"].cast(pl.String), *(column.cast(pl.String) for column in named)])
    _check_known("class", classes, [*(audit.class_names or ()), *seen.drop_nulls().unique().sort()])
    return pl.any_horizontal(pl.col(column.name).cast(pl.String).is_in(list(classes)) for column in named)


def _check_known(option: str, wanted: Sequence[str], known: Sequence[str]) -> None:
    for value in wanted:
        if value not in known:
            some = ", ".join(list(dict.fromkeys(known))[:20]) or "none, for there are no issues"
            raise InputError(f"{option}: {value} is in none of the issues; there are {some}")
