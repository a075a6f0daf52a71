"""CSV and TSV: labels and predictions in columns of text, and labels back into their cells."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from labelaudit._checks.tables import refuse_twice
from labelaudit.errors import InputError
from labelaudit.formats.base import Change, Format, Holds, Labels, Source, digest_of
from labelaudit.formats.corrected import corrections_of, matrix_corrections
from labelaudit.formats.csv_cells import Cells, cell_of, find_cells, text_of
from labelaudit.formats.location import Location, absolute, check_ending, replacing
from labelaudit.formats.splices import splice
from labelaudit.formats.table import columns_in, is_matrix, labels_in, name_of_column, predictions_in

# What is no number, though it has only digits.
_BEGINS_WITH_0 = r"^-?0[0-9]"


def read_delimited(
    path: Path, separator: str, *, as_text: bool = False, columns: list[str] | None = None
) -> pl.DataFrame:
    """Return the table of a file in UTF-8, its columns of the types that fit what they hold, or as text."""
    try:
        return pl.read_csv(
            path.absolute(),  # with glob=False: a name with * or ~ in it is one
            glob=False,
            separator=separator,
            columns=columns,
            infer_schema_length=None,
            infer_schema=not as_text,
        )
    except (pl.exceptions.PolarsError, OSError) as problem:
        kind = path.suffix[1:]
        raise InputError(f"{path}: cannot be read as {kind} ({str(problem).partition(chr(10))[0]})") from problem


def _read_columns(separator: str, location: Location) -> pl.DataFrame:
    """Return the table of a file; refuse columns of one name among those that are asked for."""
    refuse_twice([name for name in _head(location.path, separator) if _is_named(name, location)], str(location))
    return read_delimited(location.path, separator)


def _read_labels(separator: str, location: Location, holds: Holds) -> pl.DataFrame:
    """Return the table of a file, where a column of classes or ids stays text if one of them begins with 0, as 007."""
    table = _read_columns(separator, location)
    name = name_of_column(table, location) if holds == "classes" else None
    if name is None or not table[name].dtype.is_integer():
        return table
    texts = read_delimited(location.path, separator, as_text=True, columns=[name])[name]
    return table.with_columns(texts) if texts.str.contains(_BEGINS_WITH_0).any() else table


def _head(path: Path, separator: str) -> list[str]:
    """Return what columns are called in the file; polars calls the second of two otherwise."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as opened:
            return next((row for row in csv.reader(opened, delimiter=separator) if row), [])
    except (OSError, ValueError, csv.Error):
        return []  # what is wrong is said by who reads the file


def _is_named(name: str, location: Location) -> bool:
    part = location.part
    return part is None or (name.startswith(part[:-1]) if is_matrix(location) else name == part)


def _read(name: str, separator: str, location: Location, holds: Holds, _: Sequence[str] | None) -> Labels:
    values, names = labels_in(_read_labels(separator, location, holds), location, holds)
    source = Source(name, absolute(location), location.part, digest_of(location.path), {"holds": holds})
    return Labels(values, source, class_names=names)


def _read_predictions(separator: str, location: Location, holds: Holds, _: Any) -> tuple[Any, Sequence[str] | None]:
    return predictions_in(_read_columns(separator, location), location, holds)


def _write(separator: str, source: Source, changes: Sequence[Change], out: Path) -> None:
    """Write the bytes of the file with other cells; an item that is left out takes its whole record along."""
    location = source.location
    check_ending(out, location.path)
    content, mark = location.path.read_bytes(), separator.encode()
    table = _read_labels(separator, location, source.options["holds"])
    names = columns_in(table, location)
    cells = find_cells(content, mark, [table.columns.index(name) for name in names], location.path)
    _check_cells(content, cells, read_delimited(location.path, separator, as_text=True).select(names), location.path)
    corrected, dropped = _corrected(source, changes, table.select(names))
    edits = [(*cells.records[row], b"") for row in dropped]
    for (row, column), value in corrected.items():
        start, stop = cells.spans[row][column]
        given = content[start:stop]
        text = _text(value, text_of(given))
        if text != text_of(given):
            edits.append((start, stop, cell_of(text, mark, given)))
    written = splice(content, edits)
    if dropped and not content.endswith(b"\n"):
        written = written.removesuffix(b"\n").removesuffix(b"\r")  # no line end after the last record, as before
    with replacing(out) as beside:
        beside.write_bytes(written)


def _corrected(
    source: Source, changes: Sequence[Change], table: pl.DataFrame
) -> tuple[dict[tuple[int, int], Any], set[int]]:
    """Return the values of cells by row and column of a table of labels alone, and the rows to leave out."""
    if not is_matrix(source.location):
        corrections = corrections_of(source, table.to_series().to_list(), changes)
        return {(row, 0): value for row, value in corrections.values.items()}, corrections.dropped
    bits, dropped = matrix_corrections(source, changes, table.width)
    with_points = [dtype.is_float() for dtype in table.dtypes]
    return {place: float(bit) if with_points[place[1]] else bit for place, bit in bits.items()}, dropped


def _check_cells(content: bytes, cells: Cells, table: pl.DataFrame, path: Path) -> None:
    """Refuse a file whose cells were found elsewhere than where its labels were read."""
    for place, column in enumerate(table):
        if [text_of(content[slice(*spans[place])]) for spans in cells.spans] != column.fill_null("").to_list():
            raise InputError(
                f"{path}: cannot be corrected cell by cell, as its records are not where they seem to be; "
                "read the labels yourself and pass them to audit.correct(labels, decisions)"
            )


def _text(value: Any, like: str) -> str:
    text = str(value)
    if not isinstance(value, bool):
        return text
    return text.upper() if like.isupper() else text if like.istitle() else text.lower()


def _format(name: str, ending: str, separator: str) -> Format:
    def has_ending(location: Location) -> bool:
        return location.path.suffix.lower() == ending

    read: Callable[..., Labels] = partial(_read, name, separator)
    return Format(
        name=name,
        holds=frozenset({"classes", "numbers", "sets"}),
        matches=has_ending,
        expected=f"a {ending} file",
        read=read,
        read_predictions=partial(_read_predictions, separator),
        write=partial(_write, separator),
    )


CSV = _format("csv", ".csv", ",")
TSV = _format("tsv", ".tsv", "\t")
