"""Tags such as B-PER and I-PER: what their prefixes make of tokens, and how an entity is written with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

OUTSIDE = "O"
_TAG = re.compile(r"([BIELUS])-(.+)")

# of IOB2, BIOES and BILOU
_BEGINS, _ENDS = "BSU", "ELSU"
# The prefixes of tokens by their place in an entity, the best that a scheme has for it before others.
_ONLY, _FIRST, _INSIDE, _LAST = "SUBI", "BI", "I", "ELI"


@dataclass(frozen=True)
class Tags:
    """What each of K classes says of a token; the types of entities are numbered, and the last number is outside."""

    names: tuple[str, ...]  # of the types, and O
    types: np.ndarray  # (K,) int64
    begins: np.ndarray  # (K,) whether an entity begins at such a token, whatever comes before
    ends: np.ndarray  # (K,) whether an entity ends at such a token, whatever comes after

    @property
    def outside(self) -> int:
        """The number of the type that is none."""
        return len(self.names) - 1

    def apart(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Whether of two neighbours with these classes the second belongs to another entity, or to none."""
        same = (self.types[before] == self.types[after]) & (self.types[after] != self.outside)
        apart: np.ndarray = ~same | self.ends[before] | self.begins[after]
        return apart


def tags_of(class_names: Sequence[str]) -> Tags | None:
    """Return what the names say of tokens, None if they are no such tags."""
    found = [_TAG.fullmatch(name) for name in class_names]
    if not any(found) or any(match is None and name != OUTSIDE for match, name in zip(found, class_names, strict=True)):
        return None
    pairs = [match.groups() if match else ("", OUTSIDE) for match in found]
    names = (*dict.fromkeys(kind for prefix, kind in pairs if prefix), OUTSIDE)
    return Tags(
        names,
        np.array([names.index(kind) if prefix else len(names) - 1 for prefix, kind in pairs]),
        np.array([prefix != "" and prefix in _BEGINS for prefix, _ in pairs]),
        np.array([prefix != "" and prefix in _ENDS for prefix, _ in pairs]),
    )


def is_tag(name: str) -> bool:
    """Whether this is a tag of an entity."""
    return _TAG.fullmatch(name) is not None


def is_attached(before: str, after: str) -> bool:
    """Whether the second of two neighbouring tags goes on with the entity of the first."""
    first, second = _TAG.fullmatch(before), _TAG.fullmatch(after)
    if first is None or second is None:
        return False
    return first[2] == second[2] and first[1] not in _ENDS and second[1] not in _BEGINS


def entity_tags(kind: str, count: int, names: Sequence[str], *, goes_on: bool = False) -> list[str | None]:
    """Return the tags of an entity of so many tokens in the scheme of the names, None where they lack one.

    ``goes_on``: whether the entity goes on after these tokens.

    Examples
    --------
    >>> entity_tags("PER", 3, ["O", "B-PER", "I-PER"])
    ['B-PER', 'I-PER', 'I-PER']
    >>> entity_tags("PER", 3, ["O", "B-PER", "I-PER", "E-PER", "S-PER"])
    ['B-PER', 'I-PER', 'E-PER']
    """
    if count == 1:
        return [_named(kind, _FIRST if goes_on else _ONLY, names)]
    prefixes = [_FIRST, *[_INSIDE] * (count - 2), _INSIDE if goes_on else _LAST]
    return [_named(kind, some, names) for some in prefixes]


def as_first(tag: str, names: Sequence[str]) -> str:
    """Return the tag that begins an entity where this one went on with it; the same where the names have none."""
    prefix, kind = tag[0], tag[2:]
    return _named(kind, _ONLY if prefix in _ENDS else _FIRST, names) or tag


def as_last(tag: str, names: Sequence[str]) -> str:
    """Return the tag that ends an entity where this one let it go on; the same where the names have none."""
    prefix, kind = tag[0], tag[2:]
    return _named(kind, _ONLY if prefix in _BEGINS else _LAST, names) or tag


def _named(kind: str, prefixes: str, names: Sequence[str]) -> str | None:
    return next((tag for prefix in prefixes if (tag := f"{prefix}-{kind}") in names), None)
