"""From decisions about the objects of images to what changes; objects are boxes or masks.

An object is a value as decisions have it: ``{"bbox", "class"}``, or ``{"size", "counts", "class"}`` for a mask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labelaudit.corrections import Resolved, check_class, resolve, warn_left_out
from labelaudit.decisions import Decisions
from labelaudit.errors import InputError
from labelaudit.formats.base import Change
from labelaudit.results import Record

Value = dict[str, Any]


@dataclass(frozen=True)
class Objects:
    """How a task speaks of its objects."""

    place: str  # the column of issues with the index of an object in its image
    keys: tuple[str, ...]  # of a value
    expected: str  # how messages describe a value
    given: Callable[[Record, int], list[Value]]  # the audited objects of an image
    # what an object that is added has before the decision says more: what its issue suggests, if it has one
    start: Callable[[Record, int, dict[str, Any] | None], Value]
    # a whole value, its shape checked beside what is known of the object; messages begin with the name
    check: Callable[[Value, Value, str], Value]


def changes_of(record: Record, decisions: Decisions, objects: Objects) -> list[Change]:
    """Return what decisions change: an object that is another, one less or one more, at most one change each.

    Where two decisions are about one object, the later one counts. Those about an object that the audit does not have,
    and those whose object has changed since, are left out with a warning.
    """
    latest: dict[Any, tuple[float, Change | None]] = {}
    row, given = -1, list[Value]()
    strange: list[str] = []
    lapsed: list[str] = []
    for one in resolve(record, decisions):
        decision, issue = one.decision, one.issue
        place = decision.place if issue is None else issue[objects.place]
        if one.row != row:  # they come in the order of the rows
            row, given = one.row, objects.given(record, one.row)
        if (issue is None and decision.issue is not None) or not (place is None or _is_index(place, len(given))):
            strange.append(decision.about)
            continue
        old = None if place is None else given[place]
        if issue is None and old is not None and decision.given not in (None, old, old["class"]):
            lapsed.append(decision.about)
            continue
        about, at = decision.about if place is None else (one.row, place), decision.at.timestamp()
        if about not in latest or latest[about][0] <= at:
            latest[about] = at, _change(record, one, place, old, objects)
    warn_left_out(strange, "about nothing in this audit")
    warn_left_out(lapsed, "about a label that has changed since")
    return [change for _, change in latest.values() if change is not None]


def _is_index(place: Any, length: int) -> bool:
    return isinstance(place, int) and not isinstance(place, bool) and 0 <= place < length


def _change(record: Record, one: Resolved, place: int | None, old: Value | None, objects: Objects) -> Change | None:
    new = None if one.value is None else _new(record, one, old or objects.start(record, one.row, one.issue), objects)
    if new == old:
        return None
    ids = record.items["annotations"][one.row] if "annotations" in record.items.columns else None
    annotation = None if ids is None or place is None else ids[place]
    return Change(one.row, record.ids[one.row], place, old, new, annotation, one.decision.issue)


def _new(record: Record, one: Resolved, known: Value, objects: Objects) -> Value:
    value = one.value
    if not isinstance(value, Mapping) or not value or not set(value) <= set(objects.keys):
        raise InputError(f"{one.name}: expected {objects.expected} as its value, or a part of it, got {value!r:.80}")
    whole = {**known, **value}  # what the decision does not say stays as it is
    missing = [key for key in objects.keys if key not in whole]
    if missing:
        raise InputError(f"{one.name}: expected {objects.expected} of what is added, got no {missing[0]}")
    whole["class"] = check_class(whole["class"], one.name, record.class_names)
    return objects.check(whole, known, one.name)
