"""The law: no wrong answer without a word, and no traceback, whatever comes in."""

import time
import warnings

import pytest

import labelaudit
from labelaudit.tasks import TASKS
from laws import odd_inputs
from laws.odd_inputs import Case, outcome


@pytest.mark.filterwarnings("default")
def test_every_odd_input_is_fine_refused_or_said():
    ends = odd_inputs.outcomes()
    counts = {ending: sum(end.ending == ending for end in ends) for ending in odd_inputs.ENDINGS}
    assert len(ends) >= 3_000
    assert set(TASKS) <= {end.case.task for end in ends}
    assert min(counts["fine"], counts["refused"], counts["said"]) >= 50
    assert (counts["silent"], counts["crashed"]) == (0, 0), "\n" + odd_inputs.table(ends)


def _case(audit, right=None):
    return Case("classification", "a kind", "a container", audit, right)


def _good(**options):
    return labelaudit.audit("classification", [0, 1, 1], [[0.9, 0.1], [0.95, 0.05], [0.2, 0.8]], **options)


def _raises(problem):
    raise problem


@pytest.mark.parametrize(
    ("case", "ending"),
    [
        (_case(_good, _good), "fine"),
        (_case(_good), "silent"),
        (_case(lambda: _good(threshold=0.999999), _good), "silent"),
        (_case(lambda: _good(threshold=2)), "refused"),
        (_case(lambda: _raises(labelaudit.InputError("labels: expected\na word"))), "crashed"),
        (_case(lambda: _raises(labelaudit.InputError("something is wrong"))), "crashed"),
        (_case(lambda: _raises(ValueError("labels: expected a word"))), "crashed"),
        (_case(lambda: _raises(StopIteration())), "crashed"),
        (_case(lambda: _raises(odd_inputs.Skip())), None),
    ],
)
def test_the_harness_tells_the_endings_apart(case, ending):
    end = outcome(case)
    assert (end and end.ending) == ending


def test_the_harness_hears_a_warning_and_does_not_wait_for_ever(monkeypatch):
    def said():
        warnings.warn("labels: odd", UserWarning, stacklevel=1)
        return _good()

    assert outcome(_case(said)).ending == "said"
    monkeypatch.setattr(odd_inputs, "PATIENCE", 0.2)
    assert "no answer in 0.2 s" in outcome(_case(lambda: time.sleep(60))).detail


def test_what_does_not_end_well_is_listed_by_place():
    ends = [outcome(_case(_good)), outcome(_case(lambda: _raises(KeyError("a"))))]
    lines = odd_inputs.table(ends)
    assert "all 2 cases" in lines
    assert "outside labelaudit: crashed ×1: KeyError: 'a'" in lines
    assert "classification, a kind: silent ×1: 1 issues of 3 items" in lines
