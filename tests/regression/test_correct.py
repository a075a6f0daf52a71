"""From decisions about numbers to corrected labels."""

import array_api_strict
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import labelaudit
from labelaudit import Decision

LABELS = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0]
PREDICTIONS = np.array([11.0, 19.0, 32.0, 39.0, 51.0, 0.0, 70.0])
FIX = Decision("f", "fix", 6.5, given=60.0)
FIXED = [10.0, 20.0, 30.0, 40.0, 50.0, 6.5, 70.0]


@pytest.fixture
def audit():
    return labelaudit.audit("regression", LABELS, PREDICTIONS, ids=list("abcdefg"))


def test_a_fix_replaces_the_number_and_leaves_the_rest(audit):
    assert audit.correct(LABELS, [FIX]) == FIXED
    assert LABELS[5] == 60.0


CONTAINERS = {
    "tuple": tuple,
    "float64": np.array,
    "float32": lambda values: np.array(values, np.float32),
    "float16": lambda values: np.array(values, np.float16),
    "objects": lambda values: np.array(values, object),
    "pandas": lambda values: pd.Series(values, index=list("tuvwxyz"), name="y", dtype="float32"),
    "polars": lambda values: pl.Series("y", values, dtype=pl.Float32),
    "arrow": pa.array,
    "array_api_strict": lambda values: array_api_strict.asarray(values, dtype=array_api_strict.float32),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_what_came_in_comes_out(container):
    labels = CONTAINERS[container](LABELS)
    audit = labelaudit.audit("regression", labels, PREDICTIONS)
    sixth, first = ("y", "t") if container == "pandas" else ("5", 0)  # an index names the items
    corrected = audit.correct(labels, [Decision(sixth, "fix", 6.5), Decision(None, "fix", 0.1, item=first)])
    assert type(corrected) is type(labels)
    assert getattr(corrected, "dtype", None) == getattr(labels, "dtype", None)
    assert [float(value) for value in corrected] == pytest.approx([0.1, *FIXED[1:]], rel=1e-3)
    if container == "pandas":
        assert corrected.index.tolist() == labels.index.tolist()
        assert corrected.name == "y"


WHOLE = {
    "list": list,
    "int64": np.array,
    "pandas": lambda values: pd.Series(values, name="y"),
    "polars": lambda values: pl.Series("y", values),
    "arrow": pa.array,
    "array_api_strict": array_api_strict.asarray,
}


@pytest.mark.parametrize("container", WHOLE)
def test_whole_numbers_stay_whole_until_one_is_none(container):
    labels = WHOLE[container]([int(value) for value in LABELS])
    audit = labelaudit.audit("regression", labels, PREDICTIONS)
    corrected = audit.correct(labels, [Decision("5", "fix", 6.0)])
    assert type(corrected) is type(labels)
    assert getattr(corrected, "dtype", None) == getattr(labels, "dtype", None)
    assert [int(value) for value in corrected] == [10, 20, 30, 40, 50, 6, 70]
    assert [float(value) for value in audit.correct(labels, [Decision("5", "fix", 6.5)])] == FIXED


def test_an_item_is_left_out(audit):
    assert audit.correct(LABELS, [Decision("f", "drop")]) == [10.0, 20.0, 30.0, 40.0, 50.0, 70.0]


def test_correcting_twice_changes_nothing_more(audit):
    decisions = [FIX, Decision(None, "drop", item="a")]
    once = audit.correct(np.array(LABELS), decisions)
    assert once.tolist() == FIXED[1:]
    np.testing.assert_array_equal(audit.correct(once, decisions), once)


def test_a_label_that_has_changed_since_is_left_alone(audit):
    changed = [*LABELS[:5], 61.0, 70.0]
    assert audit.correct(changed, [FIX]) == changed
    with pytest.warns(UserWarning, match="decisions: f is about a label that has changed since; left out"):
        assert audit.correct(LABELS, [Decision("f", "fix", 1.0, given=61.0)]) == LABELS


def test_changes_say_what_they_are(audit):
    (change,) = audit.changes([FIX])
    assert (change.row, change.id, change.place, change.old, change.new, change.issue) == (5, "f", None, 60.0, 6.5, "f")
    assert audit.changes([Decision("f", "fix", 60)]) == []


def test_what_was_decided_to_be_right_is_not_listed_again():
    kept = [Decision("5", "keep", given=60.0)]
    again = labelaudit.audit("regression", LABELS, PREDICTIONS, decisions=kept)
    assert again.headline == "0 of 7 values look wrong (0.0 %)"
    other = [*LABELS[:5], 61.0, 70.0]
    assert len(labelaudit.audit("regression", other, PREDICTIONS, decisions=kept).issues) == 1


@pytest.mark.parametrize("value", ["6", True, [6.0], float("nan"), float("inf")])
def test_what_is_no_number_is_refused(audit, value):
    with pytest.raises(labelaudit.InputError, match="decisions: f: expected a finite number as its value, got"):
        audit.correct(LABELS, [Decision("f", "fix", value)])


def test_labels_of_another_length_are_refused(audit):
    with pytest.raises(labelaudit.InputError, match="labels: expected 7 items, as the audit has, got 6"):
        audit.correct(LABELS[:6], [FIX])
