"""Kinds of odd values and shapes, of whatever rows."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

ROW = 7  # the one that something is wrong with
Change = Callable[[list[Any]], Any]


def with_value(value: Any, row: int = ROW) -> Change:
    """Another value in one row, or in the first cell of it."""

    def change(values: list[Any]) -> list[Any]:
        made = list(values)
        made[row] = [value, *made[row][1:]] if isinstance(made[row], list) else value
        return made

    return change


def everywhere(of: Callable[[Any], Any]) -> Change:
    def change(values: list[Any]) -> list[Any]:
        return [change(value) if isinstance(value, list) else of(value) for value in values]

    return change


NOW = datetime.datetime(2026, 1, 31)

# Values that no label and no probability is.
NEVER: dict[str, Any] = {
    "NaN": float("nan"), "infinity": float("inf"), "minus infinity": float("-inf"), "-1": -1, "-0.5": -0.5, "1e300": 1e300,
    "2**63": 2**63, "2**64": 2**64, "1e400 as text": "1e400", "a word": "cat", "an empty text": "", "bytes": b"cat", "None": None,
    "complex": 1 + 2j, "a date": NOW, "a time span": datetime.timedelta(1), "NumPy date": np.datetime64("2026-01-31"),
    "pandas NA": pd.NA, "NaT": pd.NaT, "a list": [1, 2], "a dictionary": {"a": 1}, "an object": object(), "masked": np.ma.masked,
    "Decimal NaN": Decimal("NaN"), "a function": len,
}  # fmt: skip

# What is a number after all: refused, or taken as the number that it is.
EQUAL: dict[str, Callable[[Any], Any]] = {
    "all text": str, "all bytes": lambda value: str(value).encode(), "all Decimal": lambda value: Decimal(repr(value)),
    "all Fraction": Fraction, "all complex": complex, "all NumPy scalars": np.float64, "all 0-d arrays": np.array,
    "all dates": lambda value: NOW + datetime.timedelta(days=value), "all in lists": lambda value: [value],
}  # fmt: skip

# What is wrong with the whole, whatever the values.
SHAPES: dict[str, Change] = {
    "a row less": lambda values: values[:-1],
    "a row more": lambda values: [*values, values[0]],
    "no rows": lambda values: [],
    "one row": lambda values: values[:1],
    "0-d": lambda values: values[0][0] if isinstance(values[0], list) else values[0],
    "one more axis": lambda values: [values],
    "each in a list": lambda values: [[value] for value in values],
    "ragged": lambda values: [[*values[0], 0.5] if isinstance(values[0], list) else [0, 1], *values[1:]],
    "a dictionary of rows": lambda values: dict(enumerate(values)),
    "a set": lambda values: set(map(str, values)),
    "text": str,
    "bytes of all": lambda values: str(values).encode(),
    "None of all": lambda values: None,
    "a number": lambda values: 3.5,
    "a function of nothing": lambda values: lambda: None,
    "an endless iterator": lambda values: iter(lambda: 0, 1),
    "an iterator": iter,
    "a class": lambda values: dict,
    "masked in one place": lambda values: np.ma.MaskedArray(
        values, np.arange(np.size(values)).reshape(np.shape(values)) == 9
    ),
    "masked rows in a tuple": lambda values: tuple(np.ma.MaskedArray(row, True) for row in values),
    "masked cells in a tuple": lambda values: (*values[:9], np.ma.MaskedArray(values[9], True), *values[10:]),
    "a structured array": lambda values: np.zeros(len(values), [("a", "f8")]),
    "dates": lambda values: np.zeros(np.shape(values), "M8[s]"),
    "void": lambda values: np.zeros(np.shape(values), "V8"),
}

MATRIX_SHAPES: dict[str, Change] = {
    "transposed": lambda rows: np.transpose(rows).tolist(),
    "a column less": lambda rows: [row[:-1] for row in rows],
    "one column": lambda rows: [row[:1] for row in rows],
    "no columns": lambda rows: [[] for _ in rows],
    "logits": everywhere(lambda p: np.log(p) - np.log1p(-min(p, 0.999))),
    "percent": everywhere(lambda p: 100 * p),
    "negated": everywhere(lambda p: -p),
    "above 1 a little": with_value(1.5),
    "below 0 a little": with_value(-1e-3),
    "flattened": lambda rows: [value for row in rows for value in row],
    "0 everywhere": everywhere(lambda _: 0.0),
    "1 everywhere": everywhere(lambda _: 1.0),
}
