"""What an audit of a regression data set lists."""

import numpy as np
import pytest

import labelaudit
from labelaudit.regression import rank
from regression.cases import normal

# residuals 1, -1, 2, -1, 1, 60, 0: median 1, so that beyond 5.19 is an outlier
LABELS = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0]
PREDICTIONS = np.array([11.0, 19.0, 32.0, 39.0, 51.0, 0.0, 70.0])


def test_issues_carry_what_a_person_needs():
    audit = labelaudit.audit("regression", LABELS, PREDICTIONS, ids=list("abcdefg"))
    assert audit.issues.to_dicts() == [
        {
            "id": "f",
            "row": 5,
            "kind": "outlier",
            "given": 60.0,
            "predicted": 0.0,
            "suggested": 0.0,
            "score": np.exp(-60),
        }
    ]
    assert audit.method == "scaled_residual"
    np.testing.assert_allclose(audit.scores, np.exp(-np.array([1, 1, 2, 1, 1, 60, 0.0])))
    assert audit.items.columns == ["id", "score", "given", "predicted"]


def test_the_task_is_told_by_the_shapes():
    assert labelaudit.audit(LABELS, PREDICTIONS).task == "regression"
    assert labelaudit.audit([0, 1], [[0.5, 0.5], [0.5, 0.5]]).task == "classification"


@pytest.mark.parametrize("method", ["outre", "residual"])
def test_the_method_changes_scores_and_not_which_labels_are_outliers(method):
    labels, predictions = normal(500, np.random.default_rng(0))
    labels[::50] += 9
    audit = labelaudit.audit("regression", labels, predictions, method=method)
    np.testing.assert_array_equal(audit.scores, rank.get_label_quality_scores(labels, predictions, method=method))
    assert sorted(audit.issues["row"]) == list(range(0, 500, 50))
    assert audit.issues["score"].is_sorted()


def test_labels_whose_scores_underflow_are_still_listed_worst_first():
    labels = np.zeros(9)
    labels[[2, 5, 7]] = [1e4, 1e6, 1e5]
    audit = labelaudit.audit("regression", labels, np.where(np.arange(9) % 2, 1.0, -1.0))
    assert audit.issues["score"].to_list() == [0.0, 0.0, 0.0]
    assert audit.issues["row"].to_list() == [5, 7, 2]


def test_normal_residuals_are_hardly_ever_outliers():
    labels, predictions = normal(100_000, np.random.default_rng(0))
    assert 20 < len(labelaudit.audit("regression", labels, predictions).issues) < 80  # one in 2,150


def test_a_run_is_saved_and_loads(tmp_path):
    audit = labelaudit.audit("regression", LABELS, PREDICTIONS)
    audit.save(tmp_path / "run.parquet")
    loaded = labelaudit.load(tmp_path / "run.parquet")
    assert loaded.issues.equals(audit.issues)
    assert loaded.items.equals(audit.items)
    assert loaded.estimate is None
    assert loaded.summary() == audit.summary()
    assert audit.summary()["estimated_wrong"] is None
    assert audit.summary()["by_given"] == []
    assert repr(loaded).startswith("Audit(regression, scaled_residual): 1 of 7 labels look wrong (14.3%)\n")


def test_no_label_stands_out_where_all_are_as_predicted():
    audit = labelaudit.audit("regression", LABELS, LABELS)
    assert len(audit.issues) == 0
    assert audit.scores.tolist() == [1.0] * 7


def test_chunks_are_audited_as_the_whole():
    chunks = [PREDICTIONS[:3], PREDICTIONS[3:]]
    audit = labelaudit.audit("regression", LABELS, lambda: iter(chunks))
    assert audit.items.equals(labelaudit.audit("regression", LABELS, PREDICTIONS).items)


@pytest.mark.parametrize("library", ["array_api_strict", "torch"])
def test_other_array_libraries(library):
    kind = pytest.importorskip(library, reason=f"{library} is not installed: its regression test needs it").asarray
    audit = labelaudit.audit("regression", kind(LABELS), kind(PREDICTIONS))
    assert audit.issues["row"].to_list() == [5]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "self_confidence"}, "method: expected one of outre, residual, scaled_residual"),
        ({"class_names": ["a"]}, "class_names: labels of regression are numbers"),
        ({"adjust_pred_probs": True}, "adjust_pred_probs: is no option of regression"),
        ({"ids": [1, 2]}, "ids: expected 7"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(labelaudit.InputError, match=message):
        labelaudit.audit("regression", LABELS, PREDICTIONS, **options)
