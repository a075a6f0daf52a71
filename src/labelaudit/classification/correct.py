"""From decisions about classes to corrected labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labelaudit._data.containers import with_values, without_rows
from labelaudit.corrections import check_class, label_names, resolve, row_edits
from labelaudit.decisions import Decisions
from labelaudit.formats.base import Change
from labelaudit.formats.corrected import number_of
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
    names = label_names(record)
    edits = row_edits(
        labels, changes(record, decisions), len(record.items), lambda value, like: as_label(value, like, names)
    )
    corrected = with_values(labels, edits.values)
    return without_rows(corrected, edits.dropped) if edits.dropped else corrected


def as_label(value: Any, like: Any, names: Sequence[Any] | None) -> Any:
    """Return a class as the labels have it: by name where they hold names, else by number.

    Examples
    --------
    >>> as_label("dog", 0, ["cat", "dog"]), as_label("dog", "cat", ["cat", "dog"]), as_label("20", 10, [10, 20])
    (1, 'dog', 20)
    """
    return value if names is None or isinstance(like, str) else number_of(value, names)
