"""Changes are made to what is there, once."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from labelaudit.formats.base import Change
from labelaudit.object_detection._edits import edits_of

LETTERS = st.sampled_from("abc")


def _after(changes, now, then):
    edits = edits_of(changes, now, then, str)
    replaced = [edits.replaced.get(at, one) for at, one in enumerate(now)]
    return [one for at, one in enumerate(replaced) if at not in edits.gone] + edits.added


@st.composite
def _audited(draw):
    """Objects that were audited, and changes of some of them: at most one each."""
    then = draw(st.lists(LETTERS, max_size=5))
    changes = [
        Change(0, "image", place, old, draw(st.none() | LETTERS))
        for place, old in enumerate(then)
        if draw(st.booleans())
    ]
    changes += [Change(0, "image", None, None, new) for new in draw(st.lists(LETTERS, max_size=2))]
    return then, [change for change in changes if change.old != change.new]


@given(_audited())
def test_what_was_audited_becomes_what_was_decided(case):
    then, changes = case
    expected = Counter(then)
    expected.subtract(change.old for change in changes if change.old)
    expected.update(change.new for change in changes if change.new)
    assert Counter(_after(changes, then, then)) == +expected


@given(_audited(), st.lists(LETTERS, max_size=6))
def test_done_again_they_change_nothing_whatever_was_there(case, now):
    then, changes = case
    once = _after(changes, now, then)
    assert _after(changes, once, then) == once


def test_a_change_is_made_at_its_place_if_its_object_is_there():
    assert _after([Change(0, "", 2, "a", "b")], list("aca"), list("aca")) == ["a", "c", "b"]
    assert _after([Change(0, "", 2, "a", "b")], list("caa"), list("aca")) == ["c", "a", "b"]
    assert _after([Change(0, "", 0, "a", "b")], list("ca"), list("ac")) == ["c", "b"]
