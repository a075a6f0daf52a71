"""Parquet: labels and predictions in columns, and labels back into theirs with all that the file says beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelaudit.errors import InputError
from labelaudit.formats.base import Change, Format, Holds, Labels, Source, digest_of
from labelaudit.formats.corrected import corrections_of, matrix_corrections
from labelaudit.formats.location import Location, absolute, check_ending, replacing
from labelaudit.formats.table import columns_in, is_matrix, labels_in, predictions_in


def read_parquet(path: Path) -> pl.DataFrame:
    """Return the table of a file."""
    try:
        return pl.read_parquet(path.absolute(), glob=False)  # a name with * or ~ is one
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as problem:
        raise InputError(f"{path}: cannot be read as parquet ({str(problem).partition(chr(10))[0]})") from problem


def _matches(location: Location) -> bool:
    return location.path.suffix.lower() == ".parquet"


def _read(location: Location, holds: Holds, _: Sequence[str] | None) -> Labels:
    values, names = labels_in(read_parquet(location.path), location, holds)
    source = Source("parquet", absolute(location), location.part, digest_of(location.path), {"holds": holds})
    return Labels(values, source, class_names=names, about=values)


def _read_predictions(location: Location, holds: Holds, _: Any) -> tuple[Any, Sequence[str] | None]:
    return predictions_in(read_parquet(location.path), location, holds)


def _write(source: Source, changes: Sequence[Change], out: Path) -> None:
    """Write the table with other labels: the types of its columns, their order and the metadata stay."""
    location = source.location
    check_ending(out, location.path)
    table = read_parquet(location.path)
    names = columns_in(table, location)
    new: dict[str, dict[int, Any]] = {name: {} for name in names}
    if is_matrix(location):
        cells, dropped = matrix_corrections(source, changes, len(names))
        for (row, column), value in cells.items():
            new[names[column]][row] = value
    else:
        corrections = corrections_of(source, table[names[0]].to_list(), changes)
        new[names[0]], dropped = corrections.values, corrections.dropped
    table = table.with_columns(_corrected(table[name], values, location) for name, values in new.items() if values)
    if dropped:
        table = table.filter(~pl.int_range(pl.len()).is_in(list(dropped)))
    # the Arrow schema among it, by which other readers know their own types of columns again
    metadata = pl.read_parquet_metadata(location.path.absolute())
    with replacing(out) as beside:
        table.write_parquet(beside, metadata=metadata)


def _corrected(column: pl.Series, values: Mapping[int, Any], location: Location) -> pl.Series:
    """Return the column with the values in these rows; the other rows are not converted."""
    try:
        new = pl.Series(column.name, list(values.values()), dtype=column.dtype, strict=True)
    except (TypeError, OverflowError, pl.exceptions.PolarsError) as problem:
        row, value = next(iter(values.items()))
        raise InputError(
            f"{location}: is of {column.dtype}, which cannot hold all corrected labels, such as {value!r:.60} in row "
            f"{row}; widen the column, and score it again"
        ) from problem
    rows = np.arange(len(column))
    rows[list(values)] = len(column) + np.arange(len(values))
    return pl.concat([column, new]).gather(rows)


PARQUET = Format(
    name="parquet",
    holds=frozenset({"classes", "numbers", "sets", "sentences"}),
    matches=_matches,
    expected="a .parquet file",
    read=_read,
    read_predictions=_read_predictions,
    write=_write,
)
