"""From decisions about classes to corrected labels."""

import numpy as np
import pytest

import labelaudit
from labelaudit import Decision
from labelaudit.views import IssueView

NAMES = ["cat", "dog", "fox"]
LABELS = ["cat", "dog", "fox", "dog"]
PRED_PROBS = np.array([[0.8, 0.1, 0.1], [0.9, 0.05, 0.05], [0.05, 0.85, 0.1], [0.2, 0.7, 0.1]])
FIX = Decision("b", "fix", "cat", given="dog")


@pytest.fixture
def audit():
    return labelaudit.audit("classification", LABELS, PRED_PROBS, class_names=NAMES, ids=list("abcd"))


def test_a_fix_replaces_the_class_and_leaves_the_rest(audit):
    assert audit.correct(LABELS, [FIX]) == ["cat", "cat", "fox", "dog"]
    assert audit.correct(np.array([0, 1, 2, 1], np.uint8), [FIX]).tolist() == [0, 0, 2, 1]
    assert LABELS == ["cat", "dog", "fox", "dog"]


def test_correcting_twice_changes_nothing_more(audit):
    decisions = [FIX, Decision("c", "drop")]
    once = audit.correct(LABELS, decisions)
    assert once == ["cat", "cat", "dog"]
    assert audit.correct(once, decisions) == once


def test_keep_and_unsure_change_nothing(audit):
    assert audit.correct(LABELS, [Decision("b", "keep"), Decision("c", "unsure")]) == LABELS
    assert audit.correct(LABELS, [FIX, Decision("b", "undo")]) == LABELS


def test_a_label_that_is_no_issue_is_mended_by_its_item(audit):
    assert audit.correct(LABELS, [Decision(None, "fix", "fox", item="d")]) == ["cat", "dog", "fox", "fox"]


def test_a_label_that_has_changed_since_is_left_alone(audit):
    with pytest.warns(UserWarning, match="decisions: b is about a label that has changed since; left out"):
        assert audit.correct(LABELS, [Decision("b", "fix", "cat", given="fox")]) == LABELS
    assert audit.correct(["cat", "fox", "fox", "dog"], [FIX]) == ["cat", "fox", "fox", "dog"]


def test_decisions_about_what_is_not_there_are_left_out_aloud(audit):
    with pytest.warns(UserWarning, match="decisions: x and 1 more are about nothing in this audit"):
        assert audit.correct(LABELS, [Decision("x", "drop"), Decision("y", "drop")]) == LABELS


def test_changes_say_what_they_are(audit):
    (change,) = audit.changes([FIX])
    assert (change.row, change.id, change.place, change.old, change.new, change.issue) == (
        1,
        "b",
        None,
        "dog",
        "cat",
        "b",
    )


@pytest.mark.parametrize(
    ("labels", "decision", "message"),
    [
        (
            LABELS,
            Decision("b", "fix", "owl"),
            "decisions: b: expected a class as its value, one of cat, dog, fox, got 'owl'",
        ),
        (LABELS[:3], FIX, "labels: expected 4 items, as the audit has, got 3"),
    ],
)
def test_what_is_refused(audit, labels, decision, message):
    with pytest.raises(labelaudit.InputError, match=message):
        audit.correct(labels, [decision])


def test_classes_without_names_are_numbers():
    audit = labelaudit.audit("classification", [0, 1, 2, 1], PRED_PROBS)
    assert audit.correct([0, 1, 2, 1], [Decision("1", "fix", 0)]) == [0, 0, 2, 1]
    with pytest.raises(labelaudit.InputError, match="expected the number of a class"):
        audit.correct([0, 1, 2, 1], [Decision("1", "fix", "cat")])


def test_what_was_decided_to_be_right_is_not_listed_again(audit):
    kept = Decision("b", "keep", given="dog")
    again = labelaudit.audit(
        "classification", LABELS, PRED_PROBS, class_names=NAMES, ids=list("abcd"), decisions=[kept]
    )
    assert audit.issues["issue"].to_list() == ["b", "c"]
    assert again.issues["issue"].to_list() == ["c"]
    assert (audit.counts.wrong, again.counts.wrong) == (2, 1)
    other = ["cat", "fox", "fox", "dog"]
    asked = labelaudit.audit("classification", other, PRED_PROBS, class_names=NAMES, ids=list("abcd"), decisions=[kept])
    assert "b" in asked.issues["issue"].to_list()


def test_a_view_shows_what_a_person_must_see(audit):
    view = audit.view(1, "an animal")
    assert (view.id, view.given, view.suggested, view.content.value) == ("b", ("dog",), ("cat",), "an animal")
    assert view.likeliest == (("cat", 0.9), ("dog", 0.05), ("fox", 0.05))
    (issue,) = view.issues
    assert isinstance(issue, IssueView)
    assert (issue.issue, issue.kind, issue.given, issue.suggested) == ("b", "swapped", "dog", "cat")
    assert audit.view(0).issues == ()
    with pytest.raises(labelaudit.InputError, match="row: expected one of the 4 items"):
        audit.view(4)
