"""Tables: CSV, Parquet and JSON files in, the same out, and the run file of an audit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from labelaudit.errors import InputError
from labelaudit.formats.location import Location, locate, replacing

_KEY = "labelaudit"


def read_table(path: Path) -> pl.DataFrame:
    """Return the table of a CSV, TSV or Parquet file."""
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        if path.suffix in {".csv", ".tsv"}:
            return pl.read_csv(path, separator="\t" if path.suffix == ".tsv" else ",", infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise InputError(f"{path}: cannot be read as {path.suffix[1:]} ({_first_line(problem)})") from problem
    raise InputError(f"{path}: expected a .npy, .npz, .csv, .tsv or .parquet file")


def _first_line(problem: Exception) -> str:
    return str(problem).partition("\n")[0]


def read_column(location: Location) -> pl.Series:
    """Return one column of a table: the named one, or the only one."""
    table = read_table(location.path)
    return table[_name_of_column(table, location)]


def _name_of_column(table: pl.DataFrame, location: Location) -> str:
    name = table.columns[0] if location.part is None and table.width == 1 else location.part
    if name is None or name not in table.columns:
        path, found = location.path, ", ".join(table.columns)
        raise InputError(f"{path}: expected a column after the file, one of {found}, as in {path}:{table.columns[0]}")
    return name


def read_matrix(location: Location) -> tuple[np.ndarray, tuple[str, ...] | None]:
    """Return the numbers of a table, and the names of their columns: one list column, or all columns that are numbers.

    A part such as ``prob_*`` names the columns by how they begin; the rest of each name is then its class.
    """
    table = read_table(location.path)
    if location.part is not None and location.part.endswith("*"):
        start = location.part[:-1]
        chosen = table.select(name for name in table.columns if name.startswith(start))
        names = tuple(name.removeprefix(start) for name in chosen.columns)
    else:
        chosen = table if location.part is None else table.select(_name_of_column(table, location))
        names = tuple(chosen.columns)
    lists = [column for column in chosen if isinstance(column.dtype, pl.List | pl.Array)]
    if len(lists) == 1:
        return _list_column(lists[0], location), None
    wrong = [column.name for column in chosen if not column.dtype.is_numeric()]
    if wrong or not names:
        raise InputError(
            f"{location}: expected a column of probabilities a class, {wrong[0] if wrong else 'no column'} is none; "
            f"name them by how they begin, as in {location.path}:prob_*"
        )
    row = _first_null(chosen)
    if row is not None:
        raise InputError(f"{location}: row {row} has an empty cell; drop rows without a prediction")
    return chosen.to_numpy(), names


def _list_column(column: pl.Series, location: Location) -> np.ndarray:
    if isinstance(column.dtype, pl.List) and not column.null_count():
        widths = column.list.len()
        if widths.n_unique() == 1:
            column = column.list.to_array(widths[0])
    if column.null_count() or not isinstance(column.dtype, pl.Array):
        raise InputError(f"{location.path}: column {column.name} must hold a list of one length in every row")
    return column.to_numpy()


def _first_null(table: pl.DataFrame) -> int | None:
    empty = table.select(pl.any_horizontal(pl.all().is_null()).arg_max()).item() if table.height else None
    return int(empty) if empty is not None and any(v is None for v in table.row(int(empty))) else None


def write_table(path: Path, table: pl.DataFrame) -> None:
    """Write a flat table as CSV, JSON (a list of records) or Parquet, told by the ending."""
    if path.suffix not in {".csv", ".json", ".parquet"}:
        raise InputError(f"{path}: expected a name that ends in .parquet, .csv or .json")
    with replacing(path) as beside:
        if path.suffix == ".csv":
            table.write_csv(beside)
        elif path.suffix == ".json":
            table.write_json(beside)
        else:
            table.write_parquet(beside)


def write_run(path: str | Path, items: pl.DataFrame, issues: pl.DataFrame, about: str) -> None:
    """Write items with their issues nested beside them into one Parquet file, and what is said about them."""
    path = Path(path)
    if path.suffix != ".parquet":
        raise InputError(f"{path}: expected a name that ends in .parquet")
    record = pl.struct(pl.int_range(pl.len()).alias("rank"), pl.all().exclude("row", "id")).alias("issues")
    nested = issues.select("row", record).group_by("row").agg("issues")
    whole = (
        items.with_row_index("row").cast({"row": pl.Int64}).join(nested, on="row", how="left", maintain_order="left")
    )
    with replacing(path) as beside:
        whole.drop("row").write_parquet(beside, metadata={_KEY: about})


def read_run(path: str | Path) -> tuple[pl.DataFrame, pl.DataFrame, str]:
    """Return what :func:`write_run` wrote."""
    path = locate(path).path
    try:
        about = pl.read_parquet_metadata(path).get(_KEY)
        whole = pl.read_parquet(path) if about is not None else None
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise InputError(f"{path}: is no Parquet file ({_first_line(problem)})") from problem
    if about is None or whole is None:
        raise InputError(f"{path}: is no run of labelaudit; write one with Audit.save or labelaudit score --out")
    rows = whole.with_row_index("row").select(pl.col("id"), pl.col("row").cast(pl.Int64), "issues")
    issues = rows.explode("issues").drop_nulls("issues").unnest("issues").sort("rank").drop("rank")
    return whole.drop("issues"), issues, about
