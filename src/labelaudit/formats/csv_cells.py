"""Where cells lie in delimited text (RFC 4180), so that one can be replaced and nothing else moves.

Work is on the bytes of the file: separators, quotes and line ends are ASCII, which no letter in UTF-8 has inside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labelaudit.errors import InputError
from labelaudit.formats.splices import Span

BOM = b"\xef\xbb\xbf"

_EMPTY_LINES = re.compile(rb"(?:\r?\n)*+")


@dataclass(frozen=True)
class Cells:
    """The records of a file below its head, and in each the cells of the columns that were asked for."""

    records: list[Span]  # each with its line end
    spans: list[list[Span]]  # a record: a cell a column, with its quotes


def find_cells(content: bytes, separator: bytes, columns: Sequence[int], path: Path) -> Cells:
    r"""Return where the cells of these columns, numbered from 0 and ascending, lie; refuse what is no record.

    Examples
    --------
    >>> content = b'id,text\n1,"a ""b"",\nc"\n2,d\n'
    >>> [content[slice(*span)] for (span,) in find_cells(content, b",", [1], Path("a.csv")).spans]
    [b'"a ""b"",\nc"', b'd']
    """
    record = _record(separator, columns)
    place = len(BOM) if content.startswith(BOM) else 0
    place = _EMPTY_LINES.match(content, place).end()  # type: ignore[union-attr]
    records, spans = [], []
    while place < len(content):
        found = record.match(content, place)
        if found is None:
            line = content.count(b"\n", 0, place) + 1
            raise InputError(
                f"{path}: the record in line {line} cannot be taken apart; expected cells as RFC 4180 has them, in "
                "quotes where they hold quotes or line ends"
            )
        records.append((place, found.end()))
        spans.append([found.span(number + 1) for number in range(len(columns))])
        place = found.end()
    return Cells(records[1:], spans[1:])


def text_of(cell: bytes) -> str:
    """Return what a cell says."""
    if cell.startswith(b'"'):
        cell = cell[1:-1].replace(b'""', b'"')
    return cell.decode("utf-8")


def cell_of(text: str, separator: bytes, like: bytes) -> bytes:
    """Return the cell that says this: in quotes where it must be, or where the cell that it replaces was.

    Examples
    --------
    >>> cell_of("cat", b",", b"dog"), cell_of("cat", b",", b'"dog"'), cell_of("cat, dog", b",", b"dog")
    (b'cat', b'"cat"', b'"cat, dog"')
    """
    cell = text.encode("utf-8")
    special = any(mark in cell for mark in (separator, b'"', b"\n", b"\r"))
    # an empty cell without quotes would have no value
    if not cell or special or like.startswith(b'"'):
        return b'"' + cell.replace(b'"', b'""') + b'"'
    return cell


def _record(separator: bytes, columns: Sequence[int]) -> re.Pattern[bytes]:
    between = re.escape(separator)
    field = rb'"[^"]*+(?:""[^"]*+)*+"|[^"%b\r\n][^%b\r\n]*+|' % (between, between)
    cells = [b"(%b)" % field if place in columns else b"(?:%b)" % field for place in range(max(columns) + 1)]
    rest = rb"(?:%b(?:%b))*+" % (between, field)
    return re.compile(between.join(cells) + rest + rb"\r?+(?:\n|\Z)")
