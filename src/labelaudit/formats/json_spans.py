"""Where parts of a text that is known to be JSON lie, so that one can be replaced and nothing else moves."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from labelaudit.errors import InputError
from labelaudit.formats.splices import Span, removals

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")


class Member(NamedTuple):
    """A key of an object and its value."""

    start: int  # of the key
    value: int  # where the value begins
    stop: int


def first_value(text: str) -> int:
    """Return where the value begins that a document is."""
    return _skip(text, text.startswith("\ufeff"))


def members(text: str, start: int) -> dict[str, Member]:
    """Return where the keys of an object that begins here are; of one that occurs twice the last, which counts."""
    found: dict[str, Member] = {}
    place = _skip(text, start + 1)
    while text[place] != "}":
        key, after = _DECODER.raw_decode(text, place)
        value = _skip(text, _skip(text, after) + 1)
        _, stop = _DECODER.raw_decode(text, value)
        found[key] = Member(place, value, stop)
        place = _after(text, stop)
    return found


def elements(text: str, start: int) -> list[Span]:
    """Return where the elements of a list that begins here are.

    Examples
    --------
    >>> [text[start:stop] for text in ['[1, {"a": [2]} ]'] for start, stop in elements(text, 0)]
    ['1', '{"a": [2]}']
    """
    found = []
    place = _skip(text, start + 1)
    while text[place] != "]":
        _, stop = _DECODER.raw_decode(text, place)
        found.append((place, stop))
        place = _after(text, stop)
    return found


@dataclass(frozen=True)
class Style:
    """How JSON text is written, so that what is put in looks like what is there."""

    compact: bool  # no spaces after commas and colons
    ascii_only: bool  # other letters as escapes

    @classmethod
    def of(cls, text: str, start: int, ascii_only: bool) -> Style:
        """Return how the value that begins here is written."""
        return cls(bool(_is_compact(text, start)), ascii_only)

    def dump(self, value: Any) -> str:
        """Return a value as JSON, which has no number that is not finite."""
        separators = (",", ":") if self.compact else None
        try:
            return json.dumps(value, ensure_ascii=self.ascii_only, separators=separators, allow_nan=False)
        except ValueError:
            raise InputError(f"decisions: expected finite numbers, which alone JSON has, got {value!r:.60}") from None


def object_edits(
    text: str, start: int, given: Mapping[str, Any], new: Mapping[str, Any], style: Style
) -> list[tuple[int, int, str]]:
    """Return how an object that begins here gets other values of its keys, and loses those that are not in the new one.

    Examples
    --------
    >>> from labelaudit.formats.splices import splice
    >>> text, given, new = '{"a": 1,  "b": [2], "c": 3}', {"a": 1, "b": [2], "c": 3}, {"a": 1, "b": []}
    >>> splice(text, object_edits(text, 0, given, new, Style(compact=False, ascii_only=True)))
    '{"a": 1,  "b": []}'
    """
    places = sorted(members(text, start).items(), key=lambda member: member[1])
    edits = [
        (place.value, place.stop, style.dump(new[key]))
        for key, place in places
        if key in new and new[key] != given[key]
    ]
    gone = {row for row, (key, _) in enumerate(places) if key not in new}
    return edits + [(*span, "") for span in removals([(place.start, place.stop) for _, place in places], gone)]


def value_edits(text: str, start: int, stop: int, given: Any, new: Any, style: Style) -> list[tuple[int, int, str]]:
    """Return how a value becomes another: a list of as many elements keeps those that stay."""
    if isinstance(given, list) and isinstance(new, list) and len(given) == len(new):
        pairs = zip(elements(text, start), given, new, strict=True)
        return [(*span, style.dump(value)) for span, old, value in pairs if value != old]
    return [(start, stop, style.dump(new))] if new != given else []


def _is_compact(text: str, start: int) -> bool | None:
    if text[start] == "{":
        values = [member.value for member in members(text, start).values()]
        return text[values[0] - 1] == ":" if values else None
    if text[start] == "[":
        spans = elements(text, start)
        return text[spans[1][0] - 1] == "," if len(spans) > 1 else _is_compact(text, spans[0][0]) if spans else None
    return None


def _skip(text: str, place: int) -> int:
    return _SPACE.match(text, place).end()  # type: ignore[union-attr]


def _after(text: str, stop: int) -> int:
    place = _skip(text, stop)
    return _skip(text, place + 1) if text[place] == "," else place
