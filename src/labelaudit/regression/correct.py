"""From decisions about numbers to corrected labels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
from array_api_compat import array_namespace

from labelaudit._data.arrays import is_foreign
from labelaudit._data.containers import with_values, without_rows
from labelaudit.corrections import resolve, row_edits
from labelaudit.decisions import Decisions
from labelaudit.errors import InputError
from labelaudit.formats.base import Change
from labelaudit.results import Record


def changes(record: Record, decisions: Decisions) -> list[Change]:
    """Return what decisions change: another number, or an item less."""
    found = []
    for one in resolve(record, decisions):
        given = record.items["given"][one.row]
        new = None if one.value is None else _check_value(one.value, one.name)
        if new != given:
            found.append(Change(one.row, record.ids[one.row], None, given, new, issue=one.decision.issue))
    return found


def correct(record: Record, labels: Any, decisions: Decisions) -> Any:
    """Return the labels with the decisions carried out, in the container and the type that they came in.

    A label that is no longer the one that was audited is left as it is. A column of integers becomes one of floats
    where a label is to be none.
    """
    edits = row_edits(labels, changes(record, decisions), len(record.items), _as_it_was)
    values = edits.values
    if any(isinstance(edits.old[at], int) and isinstance(value, float) for at, value in values.items()):
        labels = _of_floats(labels)
    if isinstance(labels, np.ndarray) and labels.dtype.kind == "f":  # which a value must not widen
        values = {at: labels.dtype.type(value) for at, value in values.items()}
    corrected = with_values(labels, values)
    return without_rows(corrected, edits.dropped) if edits.dropped else corrected


def _check_value(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{name}: expected a finite number as its value, got {value!r:.60}")
    return float(value)


def _as_it_was(value: float, like: Any) -> float | int:
    return int(value) if isinstance(like, int) and value.is_integer() else value


def _of_floats(labels: Any) -> Any:
    """Return a column of integers that can hold any number; a list can as it is."""
    if isinstance(labels, pl.Series):
        return labels.cast(pl.Float64)
    if is_foreign(labels):
        xp = array_namespace(labels)
        return xp.astype(labels, xp.float64)
    if hasattr(labels, "astype"):  # NumPy, pandas
        return labels.astype(np.float64)
    return labels.cast("float64") if hasattr(labels, "cast") else labels  # Arrow
