"""JSON lines: a label a line, or under a key of the object in each line, and labels back into their lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.base import Change, Format, Holds, Labels, Source, digest_of
from labelaudit.formats.corrected import corrections_of
from labelaudit.formats.json_records import unique_keys
from labelaudit.formats.json_spans import Style, first_value, members, value_edits
from labelaudit.formats.location import Location, absolute, check_ending, replacing
from labelaudit.formats.splices import splice
from labelaudit.formats.text_files import lines_of, read_text

_ENDINGS = {".jsonl", ".ndjson"}
_LISTS = {"sets", "sentences"}
_LONG = re.compile(r"\d{19}")  # perhaps a number of more than 64 bits, which no label is


def _matches(location: Location) -> bool:
    return location.path.suffix.lower() in _ENDINGS


def _number(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= int(text) < 2**63:
        raise ValueError(f"the number {text:.20}… has more than 64 bits")
    return int(text)


def _values(lines: Iterable[str], location: Location, of_lists: bool) -> dict[int, Any]:
    """Return what each line says, by its number from 0; empty lines say nothing."""
    path, key = location
    values: dict[int, Any] = {}
    for number, line in enumerate(lines):
        text = line.removeprefix("\ufeff") if number == 0 else line
        if not text.strip():
            continue
        try:
            value = json.loads(text, parse_int=_number if _LONG.search(text) else None, object_pairs_hook=unique_keys)
        except (ValueError, RecursionError) as problem:
            raise InputError(f"{path}: line {number + 1} is no JSON ({problem})") from problem
        if isinstance(value, dict):
            if key not in value:
                found = ", ".join(value)
                raise InputError(
                    f"{path}: line {number + 1} is an object; expected a key after the file, one of {found}, "
                    f"as in {path}:{next(iter(value), 'labels')}"
                )
            value = value[key]
        if isinstance(value, list) != of_lists or isinstance(value, dict | None):
            expected = "a list" if of_lists else "a class or a number"
            raise InputError(f"{path}: expected {expected} in each line, line {number + 1} holds {str(value)!r:.40}")
        values[number] = value
    return values


def _read_values(location: Location, holds: Holds) -> Any:
    found = list(_values(lines_of(read_text(location.path)), location, holds in _LISTS).values())
    if holds in _LISTS:
        return found
    array = np.array(found)
    return array if array.dtype.kind in "biuf" else np.array(found, object)


def _read(location: Location, holds: Holds, _: Sequence[str] | None) -> Labels:
    values = _read_values(location, holds)
    source = Source("jsonl", absolute(location), location.part, digest_of(location.path), {"holds": holds})
    return Labels(values, source, about=values)


def _read_predictions(location: Location, holds: Holds, _: Any) -> tuple[Any, None]:
    if holds == "numbers":
        return _read_values(location, holds), None
    rows = _read_values(location, "sentences")
    return (rows if holds == "sentences" else _matrix(location.path, rows)), None


def _matrix(path: Path, rows: list[Any]) -> np.ndarray:
    try:
        return np.array(rows, np.float64)
    except (TypeError, ValueError, OverflowError) as problem:
        raise InputError(f"{path}: expected a probability a class in each line ({problem})") from problem


def _write(source: Source, changes: Sequence[Change], out: Path) -> None:
    """Write the lines with other values in some; an item that is left out takes its line along."""
    location = source.location
    check_ending(out, location.path)
    text = read_text(location.path)
    lines = lines_of(text)
    values = _values(lines, location, source.options["holds"] in _LISTS)
    rows, given = list(values), list(values.values())
    corrections = corrections_of(source, given, changes)
    for row, new in corrections.values.items():
        lines[rows[row]] = _with_value(lines[rows[row]], location.part, given[row], new, text.isascii())
    for row in corrections.dropped:
        lines[rows[row]] = ""
    written = "".join(lines)
    if corrections.dropped and text.rstrip("\r\n") == text:
        written = written.rstrip("\r\n")  # no line end after the last line, as before
    with replacing(out) as beside:
        beside.write_bytes(written.encode("utf-8"))


def _with_value(line: str, key: str | None, given: Any, new: Any, ascii_only: bool) -> str:
    start = first_value(line)
    style = Style.of(line, start, ascii_only)
    stop = len(line.rstrip())
    if line[start] == "{":
        _, start, stop = members(line, start)[str(key)]
    return splice(line, value_edits(line, start, stop, given, new, style))


JSON_LINES = Format(
    name="jsonl",
    holds=frozenset({"classes", "numbers", "sets", "sentences"}),
    matches=_matches,
    expected="a .jsonl file",
    read=_read,
    read_predictions=_read_predictions,
    write=_write,
)
