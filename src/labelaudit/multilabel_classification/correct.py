"""From decisions about the classes of items to corrected labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labelaudit.corrections import check_class, check_rows, label_names, resolve
from labelaudit.decisions import Decisions
from labelaudit.errors import InputError
from labelaudit.formats.base import Change
from labelaudit.multilabel_classification._containers import class_count, container_of
from labelaudit.results import Record


def changes(record: Record, decisions: Decisions) -> list[Change]:
    """Return what decisions change: a class more or less, or an item less.

    A decision says which classes an item should have, and changes those in which it differs from the classes that were
    audited: what several decisions say about an item adds up.
    """
    found: dict[tuple[int, Any], Change] = {}
    for one in resolve(record, decisions):
        row, id_, issue = one.row, record.ids[one.row], one.decision.issue
        given = record.items["given"][row].to_list()
        if one.value is None:
            found.setdefault((row, None), Change(row, id_, None, given, None, issue=issue))
            continue
        wanted = _check_classes(one.value, one.name, record.class_names)
        for class_ in given:
            if class_ not in wanted:
                found.setdefault((row, class_), Change(row, id_, class_, class_, None, issue=issue))
        for class_ in wanted:
            if class_ not in given:
                found.setdefault((row, class_), Change(row, id_, class_, None, class_, issue=issue))
    return list(found.values())


def correct(record: Record, labels: Any, decisions: Decisions) -> Any:
    """Return the labels with the decisions carried out, in the container and the type that they came in.

    Whether an item has a class is left as it is where no decision changes it, and so is an entry that is not known.
    """
    found = changes(record, decisions)
    container = container_of(labels)
    dropped = [change.row for change in found if change.place is None]
    rows = check_rows(container.items(labels), len(record.items), dropped)
    place = {row: place for place, row in enumerate(rows)} if rows is not None else None
    cells: dict[int, dict[int, bool]] = {}
    for change in found:
        at = change.row if place is None else place.get(change.row)
        if at is not None and change.place is not None:
            class_ = _number(change.place, record.class_names, class_count(labels))
            cells.setdefault(at, {})[class_] = change.new is not None
    corrected = container.with_classes(labels, cells, label_names(record))
    return container.without(corrected, dropped) if dropped and rows is None else corrected


def _check_classes(value: Any, name: str, names: Sequence[str] | None) -> list[Any]:
    if not isinstance(value, list):
        raise InputError(f"{name}: expected a list of the classes that the item should have, got {value!r:.60}")
    return [check_class(class_, name, names) for class_ in value]


def _number(class_: Any, names: Sequence[str] | None, count: int | None) -> int:
    number = int(class_) if names is None else list(names).index(class_)
    if count is not None and number >= count:
        raise InputError(f"decisions: expected classes 0..{count - 1}, as labels has {count} columns, got {number}")
    return number
