"""Tables that a spreadsheet opens: one value a cell, as CSV, JSON, JSON lines or Parquet.

A spreadsheet runs what begins as a formula does, whoever wrote it into a data set. In CSV such text begins with an
apostrophe, by which spreadsheets know text; numbers stay numbers. The other formats say what is text, and keep it as it
is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from labelaudit.errors import InputError
from labelaudit.formats.location import check_text, check_writable, replacing

# What spreadsheets take for a formula, in wide letters too, and what of it is a number.
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
_NUMBER = r"^[+\-]?(\d+\.?\d*|\.\d+)([eE][+\-]?\d+)?$"


def _write_csv(table: pl.DataFrame, path: Path) -> None:
    texts = pl.selectors.by_dtype(pl.String, pl.Categorical, pl.Enum)
    text = texts.cast(pl.String)
    runs = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    table.with_columns(pl.when(runs).then("'" + text).otherwise(text).name.keep()).write_csv(path)


# How a flat table is written, by the ending of the file.
_WRITERS: dict[str, Callable[[pl.DataFrame, Path], Any]] = {
    ".parquet": pl.DataFrame.write_parquet,
    ".csv": _write_csv,
    ".json": pl.DataFrame.write_json,
    ".jsonl": pl.DataFrame.write_ndjson,
}
_SIDES = ("x1", "y1", "x2", "y2")


def flat(table: pl.DataFrame) -> pl.DataFrame:
    """Return the table with one value a cell: boxes as x1, y1, x2, y2, lists as text, records as JSON.

    Examples
    --------
    >>> flat(pl.DataFrame({"bbox": [[1.0, 2.0, 3.0, 4.0]], "given": [["cat", "dog"]]})).row(0, named=True)
    {'x1': 1.0, 'y1': 2.0, 'x2': 3.0, 'y2': 4.0, 'given': 'cat, dog'}
    """
    return pl.DataFrame([part for column in table for part in _flat_columns(column)])


def check_flat_path(path: Path) -> None:
    """Refuse a path that no flat table can be written to."""
    if path.suffix not in _WRITERS:
        *most, last = _WRITERS
        raise InputError(f"{path}: expected a name that ends in {', '.join(most)} or {last}")
    check_text(path)
    check_writable(path)


def write_flat(path: Path, table: pl.DataFrame) -> None:
    """Write the table, flat, as its ending says; the file is there only once it is whole.

    In CSV, text that a spreadsheet would run begins with an apostrophe.
    """
    check_flat_path(path)
    content = flat(table)
    with replacing(path) as beside:
        _WRITERS[path.suffix](content, beside.absolute())


def _flat_columns(column: pl.Series) -> list[pl.Series]:
    if isinstance(column.dtype, pl.Array):
        column = column.cast(pl.List(column.dtype.inner))
    if not isinstance(column.dtype, pl.List):
        return [_as_json(column) if isinstance(column.dtype, pl.Struct) else column]
    inner = column.dtype.inner
    if column.name.endswith("bbox") and isinstance(inner, pl.DataType) and inner.is_numeric():
        start = column.name.removesuffix("bbox")
        return [column.list.get(i, null_on_oob=True).alias(f"{start}{side}") for i, side in enumerate(_SIDES)]
    if isinstance(inner, pl.List | pl.Array | pl.Struct):
        return [_as_json(column)]
    # an unknown value keeps its place in the row, so that lists that belong together stay in step
    return [column.cast(pl.List(pl.String)).list.eval(pl.element().fill_null("")).list.join(", ")]


def _as_json(column: pl.Series) -> pl.Series:
    # polars writes only structs as JSON, so that what is none goes in as the one field of a struct
    text = column.to_frame("").to_struct().struct.json_encode().str.slice(len('{"":')).str.head(-1)
    return text.set(column.is_null(), None).alias(column.name)
