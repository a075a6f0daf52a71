"""CoNLL: a token a line, in columns split at tabs, else at spaces; blank lines end sentences.

-DOCSTART- lines, and comments before a sentence, are no tokens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labelaudit.errors import InputError
from labelaudit.formats.base import Change, Format, Holds, Labels, Source, digest_of
from labelaudit.formats.corrected import corrections_of
from labelaudit.formats.location import Location, absolute, check_ending, replacing
from labelaudit.formats.splices import Span, splice
from labelaudit.formats.text_files import lines_of, read_text

_ENDINGS = {".conll", ".conllu", ".bio", ".iob", ".iob2", ".txt", ".tsv"}
_DOCUMENT = "-DOCSTART-"
_WORD = re.compile(r"\S+")


@dataclass
class _Sentences:
    """The lines of a file with their ends, and of each sentence which are its tokens, their words and their tags."""

    mark: str  # of the byte order, if there is one
    lines: list[str]
    column: int  # of the tags
    numbers: list[list[int]] = field(default_factory=list)
    words: list[list[str]] = field(default_factory=list)
    tags: list[list[str]] = field(default_factory=list)


def _parse(location: Location) -> _Sentences:
    path, text = location.path, read_text(location.path)
    mark = "\ufeff" * text.startswith("\ufeff")
    found = _Sentences(mark, lines_of(text.removeprefix(mark)), _column_number(location))
    column, ended = found.column, True
    width = first = 0
    for number, line in enumerate(found.lines):
        # a line may end in an empty cell, and a cell in spaces
        cells = line.rstrip("\r\n").split("\t") if "\t" in line else line.split()
        if not line.strip():
            ended = True
            continue
        if cells[0] == _DOCUMENT:
            continue
        # a token may be a # too: it stands in as many columns as the others
        if ended and len(cells) != width and line.startswith("# "):
            continue
        width, first = (width, first) if width else (len(cells), number + 1)
        if len(cells) != width:
            raise InputError(f"{path}: line {number + 1} has {len(cells)} columns, expected {width} as in line {first}")
        if not -width <= column < width:
            raise InputError(f"{path}: has {width} columns, numbered from 0; expected one of them, got {column}")
        if ended:
            for parts in (found.numbers, found.words, found.tags):
                parts.append([])
        ended = False
        found.numbers[-1].append(number)
        found.words[-1].append(cells[0].strip())
        found.tags[-1].append(cells[column].strip())
    return found


def _column_number(location: Location) -> int:
    path, part = location
    try:
        return -1 if part is None else int(part)
    except ValueError:
        raise InputError(
            f"{path}: expected the number of a column after the file, as in {path}:0, got {part}"
        ) from None


def _cell(line: str, column: int) -> Span:
    """Return where the column of a line lies."""
    if "\t" not in line:
        return [word.span() for word in _WORD.finditer(line)][column]
    cells = line.rstrip("\r\n").split("\t")
    place = column % len(cells)
    start = sum(len(cell) + 1 for cell in cells[:place]) + len(cells[place]) - len(cells[place].lstrip())
    return start, start + len(cells[place].strip())


def _matches(location: Location) -> bool:
    return location.path.suffix.lower() in _ENDINGS


def _read(location: Location, holds: Holds, _: Sequence[str] | None) -> Labels:
    """Return one column of each sentence: the last, or the one whose number, from 0, is named; and the first, words."""
    found = _parse(location)
    source = Source("conll", absolute(location), location.part, digest_of(location.path), {"holds": holds})
    known = {} if found.words == found.tags else {"tokens": found.words}
    return Labels(found.tags, source, options=known, about=found.tags)


def _write(source: Source, changes: Sequence[Change], out: Path) -> None:
    """Write the lines with other tags in some; a sentence that is left out takes its comments and its end along."""
    location = source.location
    check_ending(out, location.path)
    found = _parse(location)
    corrections = corrections_of(source, found.tags, changes)
    for row, tags in corrections.values.items():
        for number, old, new in zip(found.numbers[row], found.tags[row], tags, strict=True):
            if new != old:
                found.lines[number] = _with_tag(found.lines[number], found.column, new, location.path)
    for row in corrections.dropped:
        _leave_out(found.lines, found.numbers[row])
    with replacing(out) as beside:
        beside.write_bytes((found.mark + "".join(found.lines)).encode("utf-8"))


def _with_tag(line: str, column: int, tag: str, path: Path) -> str:
    if not tag or tag != tag.strip() or re.search(r"[\t\r\n]" if "\t" in line else r"\s", tag):
        raise InputError(f"{path}: cannot hold the tag {tag!r}, as white space parts its columns")
    return splice(line, [(*_cell(line, column), tag)])


def _leave_out(lines: list[str], sentence: Sequence[int]) -> None:
    start, stop = sentence[0], sentence[-1] + 1
    while start and lines[start - 1].startswith("# "):
        start -= 1
    if stop < len(lines) and not lines[stop].strip():
        stop += 1
    lines[start:stop] = [""] * (stop - start)


CONLL = Format(
    name="conll",
    holds=frozenset({"sentences"}),
    matches=_matches,
    expected="a .conll, .txt or .tsv file of CoNLL columns",
    read=_read,
    write=_write,
)
