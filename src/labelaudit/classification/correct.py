"""From decisions about classes to corrected labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labelaudit._data.containers import as_plain, row_count, with_values, without_rows
from labelaudit.corrections import check_class, check_rows, resolve
from labelaudit.decisions import Decisions
from labelaudit.formats.base import Change
from labelaudit.results import Record


def changes(record: Record, decisions: Decisions) -> list[Change]:
    """Return what decisions change: another class, or an item less."""
    found = []
    for one in resolve(record, decisions):
        given = record.items["given"][one.row]
        new = None if one.value is None else check_class(one.value, one.name, record.class_names)
        if new != given:
            found.append(Change(one.row, record.ids[one.row], None, given, new, issue=one.decision.issue))
    return found


def correct(record: Record, labels: Any, decisions: Decisions) -> Any:
    """Return the labels with the decisions carried out, in the container and the type that they came in.

    A label that is no longer the one that was audited is left as it is.
    """
    return apply(labels, changes(record, decisions), len(record.items), record.class_names)


def apply(labels: Any, found: Sequence[Change], items: int, names: Sequence[str] | None) -> Any:
    """Return the labels with these changes."""
    dropped = [change.row for change in found if change.new is None]
    rows = check_rows(row_count(labels), items, dropped)
    place = {row: place for place, row in enumerate(rows)} if rows is not None else None
    plain = as_plain(labels)
    values: dict[int, Any] = {}
    for change in found:
        at = change.row if place is None else place.get(change.row)
        if at is None or change.new is None:
            continue
        old, new = (as_label(value, plain[at], names) for value in (change.old, change.new))
        if plain[at] == old:
            values[at] = new
    corrected = with_values(labels, values)
    return without_rows(corrected, dropped) if dropped and rows is None else corrected


def as_label(value: Any, like: Any, names: Sequence[str] | None) -> Any:
    """Return a class as the labels have it: by name where they hold names, else by number."""
    if names is None or isinstance(like, str):
        return value
    return list(names).index(value)
