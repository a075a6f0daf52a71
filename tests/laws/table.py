"""What the laws run over: a row for each public function with one set of its options, and the data that it takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, get_args

import numpy as np
import pytest

Arguments = dict[str, Any]  # labels and predictions, by the names that the function has for them
Column = Any  # an entry an item, (N,) or (N, …) or N arrays: what moves with the items
Chains = dict[str, list[int]]  # rows from the most believed label to the least

Law = Literal[
    "finite", "order", "renaming", "chunks", "none", "type of none", "one", "one class", "certain", "mapped"
]  # those that some row need not obey; the others hold for every row
LAWS: tuple[str, ...] = get_args(Law)


def take(arguments: Arguments, rows: Sequence[int]) -> Arguments:
    """These items of arrays and lists."""
    return {key: in_order(column, rows) for key, column in arguments.items()}


def in_order(column: Column, rows: Sequence[int]) -> Column:
    """The entries of these items, in this order."""
    return column[rows] if isinstance(column, np.ndarray) else [column[row] for row in rows]


@dataclass(frozen=True, eq=False)
class Data:
    """What a task takes: how it is made, moved, renamed and cut."""

    make: Callable[[int, int, int], Arguments]  # (items, classes, seed) → labels, some of them wrong, and predictions
    ladder: Callable[[], tuple[Arguments, Chains]]
    take: Callable[[Arguments, Sequence[int]], Arguments] = take
    rename: Callable[[Arguments, np.ndarray], Arguments] | None = None  # class order[k] becomes k
    chunked: Callable[[Arguments, list[int]], Arguments] | None = None  # predictions cut at these hundredths
    certain: Callable[[np.ndarray], np.ndarray] | None = None  # probabilities → 0 and 1
    predictions: str = "pred_probs"
    classes: tuple[int, ...] = (1, 2, 3, 50)
    size: tuple[int, int] = (400, 5)  # items and classes
    # more than one block of a walk, so that several threads work, and past 65,536 elements
    large_size: tuple[int, int] = (120_001, 9)
    exempt: Mapping[Law, str] = field(default_factory=dict)

    def some(self, seed: int = 0) -> Arguments:
        """Data of ordinary size; made once, for no function changes its input."""
        return _made(self.make, *self.size, seed)

    def large(self) -> Arguments:
        """Data of several blocks."""
        return _made(self.make, *self.large_size, 0)

    def with_predictions(self, change: Callable[[np.ndarray], np.ndarray], arguments: Arguments) -> Arguments:
        """The same labels with the arrays of the predictions changed."""
        return arguments | {self.predictions: mapped(change, arguments[self.predictions])}


@cache
def _made(make: Callable[..., Arguments], n: int, k: int, seed: int) -> Arguments:
    return make(n, k, seed)


def _as_it_is(found: Any, _: Arguments) -> Column:
    return found


@dataclass(frozen=True, eq=False)
class Row:
    """A public function with one set of its options."""

    name: str
    function: Callable[..., Any]
    data: Data
    options: Mapping[str, Any] = field(default_factory=dict)
    call: Callable[..., Any] | None = None  # where the function is not called with the data as they are
    column: Callable[[Any, Arguments], Column] = _as_it_is
    renamed: Callable[[Column, np.ndarray], Column] = lambda column, _: column  # where there is an entry a class
    unlabelled: Callable[[Arguments], Column] | None = None  # which entries have no label, where there is one a label
    exempt: Mapping[Law, str] = field(default_factory=dict)  # why the row need not obey a law

    def raw(self, arguments: Arguments) -> Any:
        """What the function returns."""
        return (self.call or self.function)(**arguments, **self.options)

    def __call__(self, arguments: Arguments) -> Column:
        """An entry an item of what the function returns."""
        return self.column(self.raw(arguments), arguments)

    def __str__(self) -> str:
        return self.name

    @property
    def task(self) -> str:
        """The package that the function is in."""
        return self.function.__module__.split(".")[1]

    def why_exempt(self, law: Law) -> str | None:
        """Why the row need not obey the law; None where it must."""
        return (self.data.exempt | self.exempt).get(law)  # type: ignore[operator]


def as_predictions(given: np.dtype[Any]) -> np.dtype[Any]:
    """The type of scores in most tasks: float64 for float64, float32 for narrower floats."""
    return np.dtype(np.float64 if given == np.float64 else np.float32)


@dataclass(frozen=True, eq=False)
class Scorer(Row):
    """A function that scores."""

    returns: Callable[[np.dtype[Any]], np.dtype[Any]] = as_predictions  # type of predictions → type of scores
    chains: tuple[str, ...] | None = None  # those of the ladder that the score is about; None: all
    rtol: float = 1e-12  # of sums over the data set in another order
    atol: float = 0.0  # of an approximation


@dataclass(frozen=True, eq=False)
class Filter(Row):
    """A function that finds what is wrong: a mask, or places, whose column has ranks and -1 for what is not found."""

    def __str__(self) -> str:
        return f"issues of {self.name}"

    @property
    def ranks(self) -> bool:
        """Whether places come back, worst first."""
        return self.column is not _as_it_is


def every(rows: Sequence[Row], law: Law | None = None, *, classes: bool = False) -> pytest.MarkDecorator:
    """Run a law over the rows, or over the rows by numbers of classes; skip those that are exempt, with the reason."""
    marked = []
    for row in rows:
        why = law and row.why_exempt(law)
        marks = pytest.mark.skip(reason=why) if why else ()
        for k in row.data.classes if classes else (None,):
            values = (row,) if k is None else (row, k)
            marked.append(pytest.param(*values, id="-".join(map(str, values)), marks=marks))
    return pytest.mark.parametrize("row, k" if classes else "row", marked)


def mapped(change: Callable[[np.ndarray], np.ndarray], value: Any) -> Any:
    """The same nest of dictionaries and lists with every array in it changed."""
    if isinstance(value, dict):
        return {key: mapped(change, part) for key, part in value.items()}
    if isinstance(value, list):
        return [mapped(change, part) for part in value]
    return change(value) if isinstance(value, np.ndarray) else value


def _read_only(array: np.ndarray) -> np.ndarray:
    frozen = array.copy()
    frozen.flags.writeable = False
    return frozen


def _every_other_column(array: np.ndarray) -> np.ndarray:
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


FORMS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "read-only": _read_only,
    "columns first": np.asfortranarray,
    "every other column": _every_other_column,
    "from the last row back": lambda array: array[::-1].copy()[::-1],
    "big-endian": lambda array: array.astype(array.dtype.newbyteorder(">")),
}


def flat(column: Column) -> np.ndarray:
    """The entries of all items one after another."""
    return np.concatenate(column, axis=None) if isinstance(column, list) and column else np.ravel(column)


def sizes(column: Column) -> list[int]:
    """How many entries each item has."""
    if isinstance(column, np.ndarray):
        return [math.prod(column.shape[1:])] * len(column)
    return [np.size(entry) for entry in column]


def assert_same(found: Column, expected: Column, rtol: float = 0, atol: float = 0) -> None:
    """Hold two columns to be equal, or as close as these tolerances."""
    assert sizes(found) == sizes(expected)
    assert flat(found).dtype == flat(expected).dtype
    np.testing.assert_allclose(flat(found), flat(expected), rtol=rtol, atol=atol)
