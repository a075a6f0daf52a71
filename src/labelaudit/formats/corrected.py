"""What a file should hold for an item once changes are made, in the form that the file has labels in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from labelaudit._checks.class_names import text_of
from labelaudit.errors import InputError
from labelaudit.formats.base import Change, Source

# What labels may call the classes, in their order: by name; or by number, which need not be the place among them.
Names = Sequence[Any] | None


@dataclass(frozen=True)
class Corrections:
    """The labels to write, and the items to leave out, by row."""

    values: dict[int, Any]
    dropped: set[int]


def corrections_of(source: Source, given: Sequence[Any], changes: Iterable[Change]) -> Corrections:
    """Return the corrected label of each item that changes name; ``given`` are the labels of all items in the file."""
    names: Names = source.options.get("class_names")
    correct = _CORRECT[source.options["holds"]]
    dropped, by_row = split_dropped(changes)
    wording = _Wording(given, names)
    return Corrections({row: correct(given[row], some, wording) for row, some in by_row.items()}, dropped)


def split_dropped(changes: Iterable[Change]) -> tuple[set[int], dict[int, list[Change]]]:
    """Return the rows of items that are left out whole, and the changes of each other row."""
    dropped: set[int] = set()
    by_row: dict[int, list[Change]] = {}
    for change in changes:
        if change.place is None and change.new is None:
            dropped.add(change.row)
        else:
            by_row.setdefault(change.row, []).append(change)
    return dropped, {row: some for row, some in by_row.items() if row not in dropped}


def matrix_corrections(
    source: Source, changes: Iterable[Change], columns: int
) -> tuple[dict[tuple[int, int], int], set[int]]:
    """Return the cells of a 0/1 matrix to write, by row and column, and the rows to leave out."""
    names: Names = source.options.get("class_names")
    dropped, by_row = split_dropped(changes)
    cells: dict[tuple[int, int], int] = {}
    for row, some in by_row.items():
        for change in some:
            column = number_of(change.place, names)
            if column >= columns:
                raise InputError(f"decisions: expected classes 0..{columns - 1}, a column each, got {column}")
            cells[row, column] = int(change.new is not None)
    return cells, dropped


def number_of(class_: Any, names: Names) -> Any:
    """Return the number of a class that is named, or is numbered where classes have no names."""
    if not isinstance(class_, str):
        return int(class_)
    texts = [] if names is None else list(map(text_of, names))
    if names is None or class_ not in texts:
        raise InputError(f"class_names: {class_!r} is none of them, and the file has classes by number")
    place = texts.index(class_)
    return place if isinstance(names[place], str) else names[place]


def in_kind(value: Any, given: Any, names: Names = None) -> Any:
    """Return a class or a number as the file has them: a name beside names, else a number, whole beside whole ones.

    Examples
    --------
    >>> in_kind("dog", "cat", ["cat", "dog"]), in_kind("dog", 0, ["cat", "dog"]), in_kind(7.0, 3), in_kind(7, 3.5)
    ('dog', 1, 7, 7.0)
    """
    if isinstance(given, str):
        return value
    number = number_of(value, names) if isinstance(value, str) else value
    if isinstance(given, float):
        return float(number)
    if isinstance(given, bool) and number in (0, 1):
        return bool(number)
    return int(number) if float(number).is_integer() else number


class _Wording:
    """How a file calls classes, told by those that are in it."""

    def __init__(self, given: Sequence[Any], names: Names) -> None:
        self._given, self.names = given, names
        self._any: Any = None

    def of(self, value: Any, beside: Any = None) -> Any:
        """Return the class as the file has it; ``beside`` is one that stands where it is to stand."""
        if beside is None:
            beside = self._first()
        return value if beside is None else in_kind(value, beside, self.names)

    def _first(self) -> Any:
        if self._any is None:
            self._any = next(chain.from_iterable(item for item in self._given if item is not None), None)
        return self._any


def _one(given: Any, changes: Sequence[Change], wording: _Wording) -> Any:
    return wording.of(changes[-1].new, given)


def _set(given: Iterable[Any], changes: Sequence[Change], wording: _Wording) -> list[Any]:
    found = list(given)
    for change in changes:
        class_ = wording.of(change.place)
        if change.new is None:
            found = [value for value in found if value != class_]
        elif class_ not in found:
            found.append(class_)
    return found


def _tags(given: Iterable[Any], changes: Sequence[Change], wording: _Wording) -> list[Any]:
    found = list(given)
    for change in changes:
        found[change.place] = wording.of(change.new, found[change.place])
    return found


_CORRECT: Mapping[str, Callable[[Any, Sequence[Change], _Wording], Any]] = {
    "classes": _one,
    "numbers": _one,
    "sets": _set,
    "sentences": _tags,
}
