"""What an audit of a multi-label data set lists."""

import numpy as np
import pytest

import labelaudit
from labelaudit.multilabel_classification import rank
from multilabel_classification.data import multilabel_data, sets_of

LABELS = [["cat"], ["cat"], ["dog"], ["cat", "dog"], [], ["dog"]]
PRED_PROBS = np.array([[0.9, 0.1], [0.1, 0.2], [0.2, 0.9], [0.8, 0.7], [0.1, 0.95], [0.1, 0.8]])
NAMES = ["cat", "dog"]


@pytest.fixture
def audit():
    return labelaudit.audit("multilabel_classification", LABELS, PRED_PROBS, class_names=NAMES, ids=list("abcdef"))


def test_issues_name_the_class_and_what_is_wrong_with_it(audit):
    assert audit.issues.drop("p_wrong").to_dicts() == [
        {
            "id": "e",
            "row": 4,
            "kind": "missing",
            "class": "dog",
            "given": False,
            "suggested": True,
            "score": pytest.approx(0.05),
        },
        {"id": "b", "row": 1, "kind": "extra", "class": "cat", "given": True, "suggested": False, "score": 0.1},
    ]
    assert (audit.issues["p_wrong"] > 0.5).all()


def test_items_are_ranked_by_softmin(audit):
    assert audit.parameters["aggregator"] == {"method": "softmin", "temperature": 0.1}
    labels = [[0], [0], [1], [0, 1], [], [1]]
    expected = rank.get_label_quality_scores(labels, PRED_PROBS, aggregator_kwargs={"method": "softmin"})
    np.testing.assert_array_equal(audit.scores, expected)
    assert audit.items["given"].to_list() == LABELS
    assert audit.estimate.items == 12
    assert repr(audit).startswith(
        "Audit(multilabel_classification, self_confidence): 2 of 12 labels look wrong (16.7%)"
    )


def test_the_summary_counts_by_class(audit):
    by_given = {row["given"]: (row["items"], row["issues"]) for row in audit.summary()["by_given"]}
    assert by_given == {"cat": (3, 1), "dog": (3, 0)}


def test_a_run_is_saved_and_loads(audit, tmp_path):
    audit.save(tmp_path / "run.parquet")
    loaded = labelaudit.load(tmp_path / "run.parquet")
    assert loaded.issues.equals(audit.issues)
    assert loaded.items.equals(audit.items)
    assert loaded.summary() == audit.summary()


def test_the_task_is_told_by_the_shapes():
    labels, pred_probs = multilabel_data(60, 4)
    for given in (labels, sets_of(labels)):
        assert labelaudit.audit(given, pred_probs).task == "multilabel_classification"


def test_an_entry_that_is_not_known_is_no_issue():
    labels, pred_probs = multilabel_data(400, 3)
    labels[:, 1] = -1
    audit = labelaudit.audit("multilabel_classification", labels, pred_probs)
    assert set(audit.issues["class"]) <= {0, 2}
    assert audit.estimate.items == 800


def test_planted_errors_are_found():
    labels, pred_probs = multilabel_data(3000, 5, seed=2)
    truth = (pred_probs > 0.5).astype(int)
    audit = labelaudit.audit("multilabel_classification", labels, pred_probs)
    found = np.zeros(labels.shape, bool)
    found[audit.issues["row"], audit.issues["class"]] = True
    wrong = labels != truth
    assert (found & wrong).sum() / found.sum() > 0.95
    assert (found & wrong).sum() / wrong.sum() > 0.5


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        (
            [["cat"], ["cow"], [], [], [], []],
            {"class_names": NAMES},
            r"labels: expected one of class_names \(cat, dog\), row 1 holds 'cow'",
        ),
        (LABELS, {}, "labels: row 0 holds 'cat', which is no class index"),
        (LABELS, {"class_names": ["cat"]}, "labels: expected one of class_names"),
        (LABELS, {"class_names": NAMES, "x": 1}, "x: is no option of multilabel_classification"),
        (LABELS, {"class_names": NAMES, "method": "outre"}, "method: expected one of self_confidence"),
    ],
)
def test_refusals(labels, options, message):
    with pytest.raises(labelaudit.InputError, match=message):
        labelaudit.audit("multilabel_classification", labels, PRED_PROBS, **options)
