"""The one file of a run: Parquet, a row an item, its issues beside it, and what is said of both as metadata."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from labelaudit.errors import InputError
from labelaudit.formats.location import check_text, check_writable, locate, replacing

_KEY, _COLUMNS = "labelaudit", "labelaudit columns"

_DAMAGE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError)

_ANY, _TEXT, _SHARE = (pl.DataType,), (pl.String,), (pl.Float32, pl.Float64)

# What every run has, whatever its task.
_OF_ITEMS = {"id": _ANY, "score": _SHARE, "issues": (pl.List,)}
_OF_ISSUES = {"rank": (pl.Int64,), "issue": _ANY, "kind": _TEXT, "given": _ANY, "suggested": _ANY, "score": _SHARE}


def check_run_path(path: Path) -> None:
    """Refuse a path that no run can be written to."""
    if path.suffix != ".parquet":
        raise InputError(f"{path}: expected a name that ends in .parquet")
    check_text(path)
    check_writable(path)


def write_run(path: str | Path, items: pl.DataFrame, issues: pl.DataFrame, about: str) -> None:
    """Write items with their issues nested beside them into one Parquet file, and what is said about them."""
    path = Path(path)
    check_run_path(path)
    record = pl.struct(pl.int_range(pl.len()).alias("rank"), pl.all().exclude("row", "id")).alias("issues")
    nested = issues.select("row", record).group_by("row").agg("issues")
    whole = (
        items.with_row_index("row").cast({"row": pl.Int64}).join(nested, on="row", how="left", maintain_order="left")
    )
    with replacing(path) as beside:
        written = whole.drop("row")
        written.write_parquet(beside, metadata={_KEY: about, _COLUMNS: _checksum(written)})


def read_run(path: str | Path) -> tuple[pl.DataFrame, pl.DataFrame, str]:
    """Return what :func:`write_run` wrote."""
    path = locate(path).path
    check_text(path)
    try:
        about, columns, whole = _read(path.absolute())
    except _DAMAGE as problem:
        raise InputError(f"{path}: is no Parquet file, or a damaged one ({_first_line(problem)})") from problem
    if about is None:
        raise InputError(f"{path}: is no run of labelaudit; write one with Audit.save or labelaudit score --out")
    _check_columns(path, whole.schema, _OF_ITEMS)
    inner = whole.schema["issues"].inner  # type: ignore[attr-defined]
    _check_columns(path, inner.to_schema() if isinstance(inner, pl.Struct) else {}, _OF_ISSUES)
    if columns is not None and columns != _checksum(whole):
        raise InputError(f"{path}: is a damaged run, whose columns are not those that were written; make it anew")
    if not whole["score"].drop_nans().is_between(0, 1).all():
        raise InputError(f"{path}: is a damaged run, with scores that are not from 0 to 1; make it anew")
    rows = whole.with_row_index("row").select(pl.col("id"), pl.col("row").cast(pl.Int64), "issues")
    issues = rows.explode("issues").drop_nulls("issues").unnest("issues").sort("rank").drop("rank")
    places = ["issue", "id", "row"]
    return whole.drop("issues"), issues.select(*places, pl.all().exclude(places)), about


def _read(path: Path) -> tuple[str | None, str | None, pl.DataFrame]:
    """Return the metadata and the table of one file: polars opens it several times, and another may take its place."""
    while True:
        before = _version(path)
        try:
            metadata = pl.read_parquet_metadata(path)
            about = metadata.get(_KEY)
            # nothing in its name is a pattern, or says what columns there are
            whole = pl.DataFrame() if about is None else pl.read_parquet(path, glob=False, hive_partitioning=False)
        except _DAMAGE:
            if _version(path) == before:
                raise
        else:
            if _version(path) == before:
                return about, metadata.get(_COLUMNS), whole


def _checksum(table: pl.DataFrame) -> str:
    """Return what tells the names of columns, and of the fields in them, from others."""
    names = [[name, *_fields(kind)] for name, kind in table.schema.items()]
    return f"{zlib.crc32(repr(names).encode()):08x}"


def _fields(kind: Any) -> list[str]:
    if isinstance(kind, pl.List | pl.Array):
        return _fields(kind.inner)
    if isinstance(kind, pl.Struct):
        return [name for field in kind.fields for name in (field.name, *_fields(field.dtype))]
    return []


def _version(path: Path) -> tuple[int, int]:
    file = path.stat()
    return file.st_ino, file.st_mtime_ns


def _check_columns(path: Path, found: Mapping[str, Any], wanted: Mapping[str, tuple[Any, ...]]) -> None:
    for name, kinds in wanted.items():
        if name not in found or not isinstance(found[name], kinds):
            held = f"is of {found[name]}" if name in found else "is missing"
            raise InputError(f"{path}: is a damaged run, whose column {name} {held}; make it anew")


def _first_line(problem: BaseException) -> str:
    return str(problem).partition("\n")[0]
