"""The law of corrections, over all tasks: what was planted is listed, what is decided is mended, nothing else is moved."""

import copy

import numpy as np
import pytest

from labelaudit.decisions import Decisions
from labelaudit.tasks import TASKS
from laws.planted import PLANTED

every = pytest.mark.parametrize("task", list(TASKS))


def plain(labels):
    """Labels as nested lists and numbers, boxes in a fixed order, for they are a set."""
    if isinstance(labels, dict):
        key = "bboxes" if "bboxes" in labels else "masks"
        shapes = [str(np.asarray(shape).tolist()) for shape in labels[key]]
        return sorted(zip(shapes, np.asarray(labels["labels"]).tolist(), strict=True))
    if isinstance(labels, np.ndarray):
        return labels.tolist()
    return [plain(item) if isinstance(item, dict | list | np.ndarray) else item for item in labels]


def test_every_task_has_planted_data():
    assert sorted(PLANTED) == sorted(TASKS)


@every
def test_at_least_four_in_five_of_what_was_planted_is_listed(cases, task):
    planted, audit = cases(task)
    assert len(planted.planted) >= 20
    assert len(planted.targets(audit) & planted.planted) >= 0.8 * len(planted.planted)


@every
def test_what_is_decided_is_mended_and_all_else_is_untouched(cases, task):
    planted, audit = cases(task)
    before = copy.deepcopy(planted.given)
    decisions = planted.decide(audit)
    corrected = audit.correct(planted.given, decisions)
    assert plain(corrected) == plain(planted.mended(planted.targets(audit) & planted.planted))
    assert plain(planted.given) == plain(before)
    assert type(corrected) is type(planted.given)


@every
def test_correcting_twice_changes_nothing(cases, task):
    planted, audit = cases(task)
    decisions = planted.decide(audit)
    once = audit.correct(planted.given, decisions)
    assert plain(audit.correct(once, decisions)) == plain(once)


@every
def test_no_decision_no_change(cases, task):
    planted, audit = cases(task)
    assert plain(audit.correct(planted.given, [])) == plain(planted.given)
    kept = [decision for decision in planted.decide(audit) if decision.verdict == "keep"]
    assert plain(audit.correct(planted.given, kept)) == plain(planted.given)
    assert audit.changes(kept) == []


@every
def test_corrected_labels_have_fewer_issues(cases, task):
    planted, audit = cases(task)
    corrected = audit.correct(planted.given, planted.decide(audit))
    assert len(planted.audit(corrected).issues) < 0.6 * len(audit.issues)


@every
def test_what_was_kept_is_not_asked_again_and_what_was_mended_is(cases, task):
    planted, audit = cases(task)
    kept = Decisions(
        decision if decision.verdict == "keep" else type(decision)(decision.issue, "keep", given=decision.given)
        for decision in planted.decide(audit)
        if decision.issue is not None
    )
    again = planted.audit(decisions=kept)
    asked = set(audit.issues["issue"]) - {decision.issue for decision in kept}
    assert set(again.issues["issue"]) == asked
    assert again.counts.labels == audit.counts.labels
    if not asked:
        assert (again.counts.wrong, again.counts.missing) == (0, 0)
        assert not again.counts.by_class.select("wrong", "missing").sum_horizontal().sum()


@every
def test_corrections_of_a_run_that_was_saved_are_the_same(cases, task, tmp_path):
    import labelaudit

    planted, audit = cases(task)
    audit.save(tmp_path / "run.parquet")
    loaded = labelaudit.load(tmp_path / "run.parquet")
    decisions = planted.decide(audit)
    assert plain(loaded.correct(planted.given, decisions)) == plain(audit.correct(planted.given, decisions))
    assert loaded.changes(decisions) == audit.changes(decisions)
