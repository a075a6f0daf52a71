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
            "issue": "f",
            "id": "f",
            "row": 5,
            "kind": "outlier",
            "given": 60.0,
            "suggested": 0.0,
            "score": pytest.approx(np.exp(-60)),
        }
    ]
    assert audit.method == "scaled_residual"
    np.testing.assert_allclose(audit.scores, np.exp(-np.array([1, 1, 2, 1, 1, 60, 0.0])))
    assert audit.items.columns == ["id", "score", "given", "predicted"]
    assert audit.items["given"].to_list() == LABELS
    assert audit.items["predicted"].to_list() == PREDICTIONS.tolist()


def test_the_headline_counts_values():
    audit = labelaudit.audit("regression", LABELS, PREDICTIONS)
    assert audit.headline == "1 of 7 values looks wrong (14.3 %)"
    assert (audit.counts.unit, audit.counts.labels, audit.counts.wrong, audit.counts.missing) == ("values", 7, 1, 0)
    assert audit.counts.by_class.is_empty()
    assert audit.estimate is None


@pytest.mark.parametrize(("threshold", "rows"), [(5.0, [5]), (1.5, [5, 2]), (0, [5, 2, 0, 1, 3, 4]), (60, [])])
def test_the_threshold_is_in_median_residuals(threshold, rows):
    audit = labelaudit.audit("regression", LABELS, PREDICTIONS, threshold=threshold)
    assert audit.issues["row"].to_list() == rows
    assert audit.parameters == {"threshold": threshold, "scale": 1.0}


def test_a_view_shows_what_labels_are_ordinary(tmp_path):
    audit = labelaudit.audit("regression", LABELS, PREDICTIONS * 2 - np.array(LABELS), ids=list("abcdefg"), threshold=3)
    audit.save(tmp_path / "run.parquet")
    for run in (audit, labelaudit.load(tmp_path / "run.parquet")):
        view = run.view(5, {"size": 3})
        assert (view.id, view.given, view.predicted, view.spread) == ("f", 60.0, -60.0, (-66.0, -54.0))
        assert view.content.value == {"size": 3}
        assert [(issue.issue, issue.suggested, issue.p_wrong) for issue in view.issues] == [("f", -60.0, None)]
        assert run.view(0).issues == ()


def test_the_task_is_told_by_the_shapes():
    assert labelaudit.audit(LABELS, PREDICTIONS).task == "regression"
    assert labelaudit.audit([0, 1], [[0.6, 0.4], [0.5, 0.5]]).task == "classification"


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
    assert repr(loaded).startswith("Audit(regression): 1 of 7 values looks wrong (14.3 %)\n")


def test_no_label_stands_out_where_all_are_as_predicted():
    audit = labelaudit.audit("regression", LABELS, LABELS)
    assert len(audit.issues) == 0
    assert audit.scores.tolist() == [1.0] * 7


def test_chunks_are_audited_as_the_whole():
    chunks = [PREDICTIONS[:3], PREDICTIONS[3:]]
    whole = labelaudit.audit("regression", LABELS, PREDICTIONS)
    for stream in (lambda: iter(chunks), iter(chunks)):  # one walk is enough
        audit = labelaudit.audit("regression", LABELS, stream)
        assert audit.items.equals(whole.items)
        assert audit.issues.equals(whole.issues)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_narrow_floats_are_audited_as_they_are_scored(dtype):
    predictions = PREDICTIONS.astype(dtype)
    audit = labelaudit.audit("regression", LABELS, predictions)
    scores = rank.get_label_quality_scores(LABELS, predictions, method="scaled_residual")
    assert audit.scores.dtype == scores.dtype == np.float32
    np.testing.assert_array_equal(audit.scores, scores)


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
        ({"threshold": -1}, "threshold: expected how many median residuals an outlier is off, 0 or more, got -1"),
        ({"threshold": float("inf")}, "threshold: expected how many median residuals"),
        ({"threshold": "many"}, "threshold: expected a number, got 'many'"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(labelaudit.InputError, match=message):
        labelaudit.audit("regression", LABELS, PREDICTIONS, **options)


@pytest.mark.parametrize("method", ["outre", "residual", "scaled_residual"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_row_without_a_number_is_refused_with_its_place(method, bad):
    with pytest.raises(labelaudit.InputError, match="predictions: expected finite numbers, row 2 holds"):
        labelaudit.audit("regression", LABELS, np.where(np.arange(7) == 2, bad, PREDICTIONS), method=method)


def test_outre_needs_all_items_in_memory():
    with pytest.raises(labelaudit.InputError, match="predictions: method outre .* needs all of them in memory"):
        labelaudit.audit("regression", LABELS, lambda: iter([PREDICTIONS]), method="outre")
