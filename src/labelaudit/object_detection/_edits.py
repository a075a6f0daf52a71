"""What changes do to the objects of an image, as they are now, which may be corrected already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from labelaudit.formats.base import Change

Key = Hashable  # equal for equal objects


@dataclass(frozen=True)
class Edits:
    """What is done to the objects of an image, by their index."""

    replaced: dict[int, Any] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)
    added: list[Any] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.replaced or self.gone or self.added)


def edits_of(changes: Sequence[Change], now: Sequence[Key], then: Sequence[Key], key: Callable[[Any], Key]) -> Edits:
    """Return the edits that changes ask for, of objects that have the keys ``now`` and had ``then`` when audited.

    Objects are told by what they are, not by their index, so that nothing is done twice: a change counts while its old
    object is there as often as it was, an addition while the new one is. Changes that share an object stand or fall
    together: they are done once the image has what it would have after them.

    Examples
    --------
    >>> swap = Change(0, "a.jpg", 1, "cat", "dog")
    >>> edits_of([swap], ["fox", "cat"], ["fox", "cat"], str)
    Edits(replaced={1: 'dog'}, gone=[], added=[])
    >>> edits_of([swap], ["fox", "dog"], ["fox", "cat"], str)
    Edits(replaced={}, gone=[], added=[])
    """
    edits, taken = Edits(), set[int]()
    there, audited = Counter(now), Counter(then)
    for group in _linked(changes, key):
        if not _stands(group, there, audited, key):
            continue
        for change in group:
            if change.old is None:
                edits.added.append(change.new)
                continue
            at = _index(now, key(change.old), change.place, taken)
            taken.add(at)
            if change.new is None:
                edits.gone.append(at)
            else:
                edits.replaced[at] = change.new
    return edits


def _linked(changes: Sequence[Change], key: Callable[[Any], Key]) -> list[list[Change]]:
    # changes that share an old or a new object, in their order
    groups: list[tuple[set[Key], list[Change]]] = []
    for change in changes:
        keys, members = _keys(change, key), [change]
        apart = []
        for others, some in groups:
            if others & keys:
                keys, members = keys | others, some + members
            else:
                apart.append((others, some))
        groups = [*apart, (keys, members)]
    return [members for _, members in groups]


def _stands(group: Sequence[Change], there: Counter[Key], audited: Counter[Key], key: Callable[[Any], Key]) -> bool:
    olds = Counter(key(change.old) for change in group if change.old is not None)
    news = Counter(key(change.new) for change in group if change.new is not None)
    touched = olds.keys() | news.keys()
    if all(there[one] == audited[one] - olds[one] + news[one] for one in touched):
        return False  # as if all were done
    decisive = touched if len(group) > 1 else olds.keys() or touched
    return all(there[one] == audited[one] for one in decisive)


def _keys(change: Change, key: Callable[[Any], Key]) -> set[Key]:
    return {key(value) for value in (change.old, change.new) if value is not None}


def _index(now: Sequence[Key], wanted: Key, place: int, taken: set[int]) -> int:
    if place < len(now) and now[place] == wanted and place not in taken:
        return place
    return next(at for at, one in enumerate(now) if one == wanted and at not in taken)
