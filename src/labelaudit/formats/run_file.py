"""The one file of a run: Parquet, a row an item, its issues beside it, and what is said of both as metadata."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from labelaudit.errors import InputError
from labelaudit.formats.location import locate, replacing

_KEY = "labelaudit"


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
        raise InputError(f"{path}: is no Parquet file ({str(problem).partition(chr(10))[0]})") from problem
    if about is None or whole is None:
        raise InputError(f"{path}: is no run of labelaudit; write one with Audit.save or labelaudit score --out")
    rows = whole.with_row_index("row").select(pl.col("id"), pl.col("row").cast(pl.Int64), "issues")
    issues = rows.explode("issues").drop_nulls("issues").unnest("issues").sort("rank").drop("rank")
    places = ["issue", "id", "row"]
    return whole.drop("issues"), issues.select(*places, pl.all().exclude(places)), about
