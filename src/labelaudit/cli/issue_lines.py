"""Issues in a terminal of any width, a line each: what matters least is left out first, what is long is shortened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.text import Text

from labelaudit.cli.terminal import clean

_GAP = 2  # between columns
_NARROW = 72  # in fewer cells, given and suggested share a column and there is no header

_ARROW = " → "
_CHANGE = f"given{_ARROW}suggested"

# From left to right; others follow.
_ORDER = ("id", "where", "kind", _CHANGE, "given", "suggested", "score", "p_wrong", "text")

# From what is dropped last to what is dropped first; others go before these.
_IMPORTANCE = ("kind", "given", "suggested", _CHANGE, "id", "score", "text", "where", "p_wrong")

# Others come only where nothing of these is cut.
_ESSENTIAL = {"kind", "given", "suggested", "id", "score", "text", "where"}
_NARROW_ESSENTIAL = {"kind", _CHANGE, "id", "score"}

# The fewest and the most cells that a text is given; of numbers and kinds nothing is cut.
_CELLS = {"id": (16, 36), "where": (12, 30), "given": (14, 24), "suggested": (14, 24), "text": (16, 40)}
_NARROW_CELLS = {"id": (12, 36), "where": (9, 30), _CHANGE: (9, 40), "text": (9, 40)}

Cell = tuple[str, ...]  # one text, or two with an arrow between them

_HIDDEN = {"issue", "row", "rle", "annotation", "prediction"}  # for programs
_PLACES = {"class", "start", "stop", "box", "mask", "bbox", "suggested_bbox"}  # they share the column where
_SHARES = {"score", "p_wrong"}


@dataclass(frozen=True)
class _Column:
    name: str
    cells: list[Cell]
    is_number: bool
    least: int  # cells wide
    natural: int


def show_issues(console: Console, issues: pl.DataFrame) -> None:
    """Print issues, with an empty line before and after; nothing where there are none."""
    lines = issue_lines(issues, console.width)
    for line in [Text(), *lines, Text()] if lines else []:
        console.print(line, no_wrap=True, overflow="ellipsis")


def issue_lines(issues: pl.DataFrame, width: int) -> list[Text]:
    """Return a line for each issue, and above them their header where there is room for one.

    Examples
    --------
    >>> issues = pl.DataFrame({"id": ["cat_01.png"], "kind": ["swapped"], "given": ["cat"], "suggested": ["dog"]})
    >>> [line.plain for line in issue_lines(issues, 40)]
    ['cat_01.png  swapped  cat → dog']
    """
    if not len(issues):
        return []
    narrow = width < _NARROW
    columns = _columns(issues, narrow)
    widths = _widths(columns, width, narrow)
    shown = [column for column in columns if column.name in widths]
    rows = zip(*(column.cells for column in shown), strict=True)
    lines = [Text(_line(cells, shown, widths)) for cells in rows]
    return lines if narrow else [Text(_line([(column.name,) for column in shown], shown, widths), "dim"), *lines]


def shorten(text: str, width: int) -> str:
    """Return the text in so many cells, without its middle where it is longer.

    Examples
    --------
    >>> shorten("images/2026/cat_01.png", 15)
    'images/…_01.png'
    """
    if cell_len(text) <= width:
        return text
    head, tail = (width - 1) // 2, width // 2
    start = chop_cells(text, head)[0] if head else ""
    return start + "…" + (chop_cells(text[::-1], tail)[0][::-1] if tail else "")


def _columns(issues: pl.DataFrame, narrow: bool) -> list[_Column]:
    rows = issues.to_dicts()
    names = [name for name in issues.columns if name not in _HIDDEN | _PLACES]
    cells: dict[str, list[Cell]] = {name: [(clean(_text(name, row[name])),) for row in rows] for name in names}
    where = [clean(_where(row)) for row in rows]
    if any(where):
        cells["where"] = [(text,) for text in where]
    if narrow:
        given, suggested = cells.pop("given"), cells.pop("suggested")
        if issues.schema["given"] == pl.Boolean:  # whether an item is of a class: its kind says which of the two
            cells[_CHANGE] = cells.pop("where")
        else:
            cells[_CHANGE] = [old + new for old, new in zip(given, suggested, strict=True)]
    numbers = {name for name, kind in issues.schema.items() if kind.is_numeric()} - {"id"}
    limits = _NARROW_CELLS if narrow else _CELLS
    columns = []
    for name in sorted(cells, key=lambda name: _place_in(_ORDER, name)):
        natural = max(cell_len(_ARROW.join(cell)) for cell in (cells[name] if narrow else [(name,), *cells[name]]))
        least, most = (natural, natural) if name in numbers else limits.get(name, (natural, natural))
        columns.append(_Column(name, cells[name], name in numbers, min(least, natural), min(most, natural)))
    return columns


def _widths(columns: list[_Column], width: int, narrow: bool) -> dict[str, int]:
    # of the columns that fit; the more important a column, the sooner it is let in and given what is left over
    ranked = sorted(columns, key=lambda column: _place_in(_IMPORTANCE, column.name))
    essential = _NARROW_ESSENTIAL if narrow else _ESSENTIAL
    room = width + _GAP
    widths = {}
    for is_essential in (True, False):
        group = [column for column in ranked if (column.name in essential) is is_essential]
        for column in group:
            if column.least + _GAP <= room:
                widths[column.name] = column.least
                room -= column.least + _GAP
        for column in group:
            if column.name in widths:
                more = min(column.natural - column.least, room)
                widths[column.name] += more
                room -= more
    return widths


def _place_in(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


def _line(cells: Iterable[Cell], columns: list[_Column], widths: dict[str, int]) -> str:
    parts = []
    for cell, column in zip(cells, columns, strict=True):
        shown = _shortened(cell, widths[column.name])
        padding = " " * (widths[column.name] - cell_len(shown))
        parts.append(padding + shown if column.is_number else shown + padding)
    return (" " * _GAP).join(parts).rstrip()


def _shortened(cell: Cell, width: int) -> str:
    if len(cell) == 1:
        return shorten(cell[0], width)
    room = width - cell_len(_ARROW)
    given, suggested = (cell_len(text) for text in cell)
    mine = min(given, max(room // 2, room - suggested))
    return _ARROW.join((shorten(cell[0], mine), shorten(cell[1], room - mine)))


def _text(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return _share(value) if name in _SHARES else f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(_text(name, part) for part in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _share(value: float) -> str:
    if 0 < value < 0.005:
        return "<0.01"
    return ">0.99" if 0.995 <= value < 1 else f"{value:.2f}"


def _where(issue: dict[str, Any]) -> str:
    # where in its item the label is, in whichever of the ways that the task has
    parts = []
    if issue.get("class") is not None:
        parts.append(str(issue["class"]))
    if issue.get("start") is not None:
        first, last = issue["start"], issue["stop"] - 1
        parts.append(f"word {first}" if first == last else f"words {first}–{last}")
    parts += [f"{part} {issue[part]}" for part in ("box", "mask") if issue.get(part) is not None]
    bbox = issue.get("bbox") or issue.get("suggested_bbox")
    if bbox:
        x1, y1, x2, y2 = (f"{side:.0f}" for side in bbox)
        parts.append(f"{x1},{y1}–{x2},{y2}")
    return " ".join(parts)
