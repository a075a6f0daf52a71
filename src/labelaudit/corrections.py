"""From decisions to what changes: which items they are about, and which of them no longer hold."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from labelaudit._data.containers import as_plain, kept_rows
from labelaudit.decisions import Decision, Decisions
from labelaudit.errors import InputError
from labelaudit.formats.base import Change
from labelaudit.results import Record


@dataclass(frozen=True)
class Resolved:
    """A decision that changes a label, and what it is about."""

    decision: Decision
    row: int  # of the item
    issue: dict[str, Any] | None  # the row of the table of issues; None for a label that no issue is about

    @property
    def value(self) -> Any:
        """What the label should be; None where it is to be left out."""
        return None if self.decision.verdict == "drop" else self.decision.value

    @property
    def name(self) -> str:
        """What messages call the decision."""
        return f"decisions: {self.decision.about}"


def resolve(record: Record, decisions: Decisions) -> list[Resolved]:
    """Return the decisions that change labels, with the item and the issue of each, in the order of the items.

    Those about what this audit does not have, and those whose label has changed since, are left out with a warning.
    """
    acting = [decision for decision in decisions.current() if decision.verdict in ("fix", "drop")]
    keys = {decision.issue for decision in acting if decision.issue is not None}
    named = {decision.item for decision in acting if decision.issue is None}
    known = record.issues["issue"].is_in(list(keys)) if keys else None
    issues = {} if known is None else {row["issue"]: row for row in record.issues.filter(known).iter_rows(named=True)}
    rows = _rows(record, named | (keys - issues.keys()))
    found, strange, lapsed = [], [], []
    for decision in acting:
        issue = issues.get(decision.issue)
        row = rows.get(decision.item if decision.issue is None else decision.issue) if issue is None else issue["row"]
        if row is None:
            strange.append(decision.about)
        elif issue is not None and decision.given is not None and decision.given != issue["given"]:
            lapsed.append(decision.about)
        else:
            found.append(Resolved(decision, int(row), issue))
    warn_left_out(strange, "about nothing in this audit")
    warn_left_out(lapsed, "about a label that has changed since")
    return sorted(found, key=lambda one: one.row)


def _rows(record: Record, ids: set[Any]) -> dict[Any, int]:
    # ids of items as they are and as text, for a file of decisions may have one for the other
    if not ids:
        return {}
    wanted = {one: str(one).replace("%23", "#").replace("%25", "%") for one in ids}
    places = record.ids.cast(str).is_in(list(wanted.values())).arg_true()
    found = {str(record.ids[int(place)]): int(place) for place in places}
    return {one: found[text] for one, text in wanted.items() if text in found}


def warn_left_out(about: Sequence[str], reason: str) -> None:
    """Warn of decisions that are left out, if there are any, naming the first of them."""
    if about:
        more = f" and {len(about) - 1} more are" if len(about) > 1 else " is"
        warnings.warn(f"decisions: {about[0]}{more} {reason}; left out", UserWarning, stacklevel=5)


def check_class(value: Any, name: str, class_names: Sequence[str] | None) -> Any:
    """Return the class that a decision names: one of the names, or a number where classes have none."""
    if class_names is None:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise InputError(f"{name}: expected the number of a class as its value, got {value!r:.60}")
        return value
    if value not in class_names:
        raise InputError(
            f"{name}: expected a class as its value, one of {', '.join(class_names[:20])}, got {value!r:.60}"
        )
    return value


def label_names(record: Record) -> Sequence[Any] | None:
    """Return what labels may call the classes: names, or what stands for them where labels are other numbers."""
    values: Sequence[Any] | None = record.parameters.get("classes")
    return record.class_names if values is None else values


def check_rows(rows: int, items: int, dropped: Sequence[int]) -> list[int] | None:
    """Return which items labels of so many rows are of: None for all; those not dropped where that was done before."""
    if rows == items:
        return None
    if dropped and rows == items - len(set(dropped)):
        return kept_rows(items, dropped)
    raise InputError(f"labels: expected {items} items, as the audit has, got {rows}; pass the labels that were audited")


@dataclass(frozen=True)
class RowEdits:
    """What changes in labels of which an item has one."""

    values: dict[int, Any]  # the new label by its place
    old: dict[int, Any]  # the labels that stand there now
    dropped: list[int]  # places to leave out; none where that was done before


def row_edits(labels: Any, found: Sequence[Change], items: int, as_label: Callable[[Any, Any], Any]) -> RowEdits:
    """Return what these changes make of labels of so many items, those left out that were dropped before.

    ``as_label(value, like)`` is a class or a number as the labels have it where they hold ``like``. A label that is no
    longer the old one is left as it is.
    """
    plain = as_plain(labels)
    dropped = [change.row for change in found if change.new is None]
    rows = check_rows(len(plain), items, dropped)
    place = None if rows is None else {row: at for at, row in enumerate(rows)}
    values: dict[int, Any] = {}
    for change in found:
        at = change.row if place is None else place.get(change.row)
        if at is not None and change.new is not None and plain[at] == as_label(change.old, plain[at]):
            values[at] = as_label(change.new, plain[at])
    return RowEdits(values, {at: plain[at] for at in values}, dropped if rows is None else [])
