"""Tables: labels and predictions in columns, whatever file the table is from."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.tables import LOOKED_AT, refuse_no_class
from labelaudit.errors import InputError
from labelaudit.formats.base import Holds
from labelaudit.formats.location import Location

# How many columns a message names.
_SHOWN = 10


def labels_in(table: pl.DataFrame, location: Location, holds: Holds) -> tuple[Any, tuple[str, ...] | None]:
    """Return the labels in a column, and the names of the classes where each has a column of its own."""
    if holds == "sets" and is_matrix(location):
        matrix, names = matrix_in(table, location)
        if names is None:
            raise InputError(f"{location}: expected a column of 0 and 1 a class, got one of lists; name that without *")
        return matrix, names
    column = table[name_of_column(table, location)]
    if holds == "sentences":
        return column, None
    if holds == "sets":
        if not isinstance(column.dtype, pl.List | pl.Array):
            raise InputError(
                f"{location}: expected a column with a list of classes in each row, got {column.dtype}; "
                f"columns of 0 and 1 are named by how they begin, as in {location.path}:label_*"
            )
        return column.to_list(), None
    if column.null_count():
        raise InputError(f"{location}: row {column.is_null().arg_max()} is empty; drop rows without a value")
    # the names of an enumeration say their order
    return column if isinstance(column.dtype, pl.Enum) else column.to_numpy(), None


def predictions_in(table: pl.DataFrame, location: Location, holds: Holds) -> tuple[Any, None]:
    """Return the predictions in columns; where these are those of classes, in a table that is called by them."""
    if holds not in ("classes", "sets"):
        return labels_in(table, location, holds)[0], None
    chosen = _chosen(table, location)
    if chosen.width == 1 and isinstance(chosen.dtypes[0], pl.List | pl.Array):
        return _list_column(chosen.to_series(), location), None
    way_out = f"name the columns of the classes by how they begin, as in {location.path}:prob_*,"
    refuse_no_class(_numpy(chosen.head(LOOKED_AT), location), chosen.columns, str(location), way_out)
    return chosen, None


def is_matrix(location: Location) -> bool:
    """Whether columns are named by how they begin."""
    return location.part is not None and location.part.endswith("*")


def columns_in(table: pl.DataFrame, location: Location) -> list[str]:
    """Return the names of the columns that a location names: one, or those that begin alike."""
    if not is_matrix(location):
        return [name_of_column(table, location)]
    return [name for name in table.columns if name.startswith(str(location.part)[:-1])]


def name_of_column(table: pl.DataFrame, location: Location) -> str:
    """Return the name of the one column: the named one, or the only one."""
    name = table.columns[0] if location.part is None and table.width == 1 else location.part
    if name is None or name not in table.columns:
        path, names = location.path, [" ".join(column.split())[:30] for column in table.columns]
        found = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        example = f", as in {path}:{names[0]}" if names else ""
        raise InputError(f"{path}: expected a column after the file, one of {found}{example}")
    return name


def matrix_in(table: pl.DataFrame, location: Location) -> tuple[np.ndarray, tuple[str, ...] | None]:
    """Return the numbers of a table, and the names of their columns: one list column, or all columns that are numbers.

    A part such as ``prob_*`` names the columns by how they begin; the rest of each name is then its class.
    """
    chosen = _chosen(table, location)
    if chosen.width == 1 and isinstance(chosen.dtypes[0], pl.List | pl.Array):
        return _list_column(chosen.to_series(), location), None
    return _numpy(chosen, location), tuple(chosen.columns)


def _numpy(table: pl.DataFrame, location: Location) -> np.ndarray:
    """Return a table as an array; refuse numbers that no array can hold."""
    for name, kind in table.schema.items():
        if kind in (pl.Int128, pl.Decimal):
            raise InputError(f"{location.path}: column {name} holds a number of more than 64 bits")
    return table.to_numpy()


def _chosen(table: pl.DataFrame, location: Location) -> pl.DataFrame:
    """Return the columns of classes, called by them; or one column of lists."""
    chosen = table if location.part is None else table.select(columns_in(table, location))
    start = str(location.part)[:-1] if is_matrix(location) else ""
    lists = [column for column in chosen if isinstance(column.dtype, pl.List | pl.Array)]
    if len(lists) == 1:
        return pl.DataFrame(lists)
    wrong = [column.name for column in chosen if not column.dtype.is_numeric()]
    if wrong or not chosen.width:
        raise InputError(
            f"{location}: expected a column of probabilities a class, {wrong[0] if wrong else 'no column'} is none; "
            f"name them by how they begin, as in {location.path}:prob_*"
        )
    row = _first_null(chosen)
    if row is not None:
        raise InputError(f"{location}: row {row} has an empty cell; drop rows without a prediction")
    return chosen.rename(lambda name: name.removeprefix(start))


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
