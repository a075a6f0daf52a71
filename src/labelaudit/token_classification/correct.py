"""From decisions about spans of tokens to corrected labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, groupby, pairwise
from typing import Any

from labelaudit._data.containers import as_plain, with_values, without_rows
from labelaudit.classification.correct import as_label
from labelaudit.corrections import Resolved, check_class, check_rows, label_names, resolve
from labelaudit.decisions import Decisions
from labelaudit.errors import InputError
from labelaudit.formats.base import Change
from labelaudit.results import Record
from labelaudit.token_classification._tags import OUTSIDE, Tags, as_first, as_last, entity_tags, is_attached, tags_of


def changes(record: Record, decisions: Decisions) -> list[Change]:
    """Return what decisions change: other tags, token by token, or a sentence less.

    The value of a ``fix`` is ``{"start", "stop", "tag"}``, where the tag is that of each token of the span, or where
    names are tags such as B-PER and I-PER the type of an entity, which then gets the prefixes of their scheme; O is no
    entity. Tokens of the issue outside of that span, for an end may have been moved, belong to no entity then. A
    neighbouring entity that is cut by the correction gets a tag that begins, or ends it. Tokens without a label have
    none afterwards.
    """
    tags = None if record.class_names is None else tags_of(record.class_names)
    found: list[Change] = []
    for row, group in groupby(resolve(record, decisions), key=lambda one: one.row):
        given = record.items["given"][row].to_list()
        new = list(given)
        keys: dict[int, str | None] = {}
        for one in group:
            if one.value is None:
                found.append(Change(row, record.ids[row], None, given, None, issue=one.decision.issue))
                break
            before = list(new)
            _carry_out(one, new, record.class_names, tags)
            keys |= {token: one.decision.issue for token in range(len(new)) if new[token] != before[token]}
        else:
            found += [
                Change(row, record.ids[row], token, given[token], new[token], issue=key)
                for token, key in sorted(keys.items())
                if new[token] != given[token]
            ]
    return found


def correct(record: Record, labels: Any, decisions: Decisions) -> Any:
    """Return the labels with the decisions carried out, in the container and the type that they came in.

    These are a list a sentence, or the flat labels of all tokens, as they were audited; where a sentence of flat labels
    is dropped, so must be its length. A token whose label is no longer the one that was audited is left as it is.
    """
    return apply(labels, changes(record, decisions), record.items["tokens"].to_list(), label_names(record))


def apply(labels: Any, found: Sequence[Change], lengths: Sequence[int], names: Sequence[Any] | None) -> Any:
    """Return the labels of sentences of these lengths with these changes."""
    plain = as_plain(labels)
    dropped = [change.row for change in found if change.place is None]
    tokens = [change for change in found if change.place is not None]
    if plain and (isinstance(plain[0], str) or not hasattr(plain[0], "__len__")):
        starts = [0, *accumulate(lengths)]
        gone = [token for row in dropped for token in range(starts[row], starts[row + 1])]
        kept = check_rows(len(plain), starts[-1], gone)
        values = _relabelled(plain, [(starts[change.row] + change.place, change) for change in tokens], names, kept)
        return _without(with_values(labels, values), gone, kept)
    kept = check_rows(len(plain), len(lengths), dropped)
    place = None if kept is None else {row: at for at, row in enumerate(kept)}
    sentences: dict[int, Any] = {}
    for row, group in groupby(tokens, key=lambda change: change.row):
        at = row if place is None else place.get(row)
        if at is None:
            continue
        if len(plain[at]) != lengths[row]:
            raise InputError(
                f"labels: expected {lengths[row]} tokens in sentence {row}, as the audit has, got {len(plain[at])}"
            )
        values = _relabelled(plain[at], [(change.place, change) for change in group], names)
        sentences[at] = with_values(plain[at], values)
    return _without(with_values(labels, sentences), dropped, kept)


def _relabelled(
    plain: Any, wanted: list[tuple[int, Change]], names: Sequence[str] | None, kept: list[int] | None = None
) -> dict[int, Any]:
    """Return the new labels by their places, of those that still are what they were; ``kept``: the places left."""
    place = None if kept is None else {token: at for at, token in enumerate(kept)}
    values: dict[int, Any] = {}
    for token, change in wanted:
        at = token if place is None else place.get(token)
        if at is not None and plain[at] == as_label(change.old, plain[at], names):
            values[at] = as_label(change.new, plain[at], names)
    return values


def _without(labels: Any, gone: list[int], kept: list[int] | None) -> Any:
    return without_rows(labels, gone) if gone and kept is None else labels


def _carry_out(one: Resolved, sentence: list[Any], names: Sequence[str] | None, tags: Tags | None) -> None:
    """Write a decision into the tags of a sentence, of which None has no label."""
    start, stop, tag = _span_of(one, len(sentence), names, tags)
    before = list(sentence)
    held = [token for token in range(start, stop) if sentence[token] is not None]
    if tags is not None and OUTSIDE in (names or ()):
        for token in _span_before(one):
            if not start <= token < stop and sentence[token] is not None:
                sentence[token] = OUTSIDE
    if tags is None or names is None or tag in names:
        written = [tag] * len(held)
    else:
        after = next((other for other in sentence[stop:] if other is not None), OUTSIDE)
        written = entity_tags(tag, len(held), names, goes_on=is_attached(f"I-{tag}", after))
    if None in written:
        raise InputError(
            f"{one.name}: the classes lack a tag for an entity {tag} of {len(held)} tokens; they have "
            f"{', '.join(name for name in names or () if name.endswith(f'-{tag}'))}"
        )
    for token, new in zip(held, written, strict=True):
        sentence[token] = new
    if tags is not None and names is not None:
        _mend_neighbours(sentence, before, range(start, stop), names)


def _mend_neighbours(sentence: list[Any], before: list[Any], span: range, names: Sequence[str]) -> None:
    """Give tokens beside a change that cut their entity a tag that begins it, or ends it."""
    labelled = [token for token, tag in enumerate(before) if tag is not None]
    for left, right in pairwise(labelled):
        if is_attached(before[left], before[right]) and not is_attached(sentence[left], sentence[right]):
            if sentence[right] == before[right] and right not in span:
                sentence[right] = as_first(sentence[right], names)
            if sentence[left] == before[left] and left not in span:
                sentence[left] = as_last(sentence[left], names)


def _span_of(one: Resolved, length: int, names: Sequence[str] | None, tags: Tags | None) -> tuple[int, int, Any]:
    value = one.value
    if not isinstance(value, Mapping) or not {"start", "stop", "tag"} <= set(value):
        raise InputError(f'{one.name}: expected {{"start", "stop", "tag"}} as its value, got {value!r:.60}')
    start, stop, tag = value["start"], value["stop"], value["tag"]
    whole = all(isinstance(end, int) and not isinstance(end, bool) for end in (start, stop))
    if not whole or not 0 <= start < stop <= length:
        raise InputError(f"{one.name}: expected start < stop among {length} tokens, got {start!r} and {stop!r}")
    types = () if tags is None else tags.names[:-1]
    if names is None:
        check_class(tag, f"{one.name}: tag", None)
    elif tag not in (*names, *types):
        choices = ", ".join((*types, *names)[:20])
        kinds = "a type of entities or a class" if types else "a class"
        raise InputError(f"{one.name}: expected {kinds} as its tag, one of {choices}, got {tag!r:.60}")
    return start, stop, tag


def _span_before(one: Resolved) -> range:
    """Return the tokens that the decision was about."""
    if one.issue is not None:
        return range(one.issue["start"], one.issue["stop"])
    place = one.decision.place
    ends = place if isinstance(place, list) and len(place) == 2 else (0, 0)
    return range(*ends)
