"""Laws that the audit of every task obeys."""

import json

import numpy as np
import polars as pl
import pytest

import labelaudit
from labelaudit.results import Record
from labelaudit.tasks import TASKS
from labelaudit.views import ClassView, Content, PictureView, TextView, ValueView

every = pytest.mark.parametrize("task", list(TASKS))


@every
def test_wrong_labels_are_among_those_judged_in_all_and_in_every_class(cases, task):
    counts = cases(task)[1].counts
    assert counts.unit == TASKS[task].unit
    assert 0 < counts.wrong <= counts.labels
    assert 0 <= counts.share <= 1
    table = counts.by_class
    assert (table["wrong"] <= table["labels"]).all()
    assert (table.select("labels", "wrong", "missing") >= 0).to_numpy().all()
    if len(table):  # numbers are no classes
        assert table["wrong"].sum() == counts.wrong
        assert table["labels"].sum() == counts.labels
        assert table["missing"].sum() == counts.missing
        assert table["class"].dtype == pl.String


@every
def test_scores_and_probabilities_lie_between_0_and_1(cases, task):
    audit = cases(task)[1]
    for table in (audit.items, audit.issues):
        for name in {"score", "p_wrong"} & set(table.columns):
            assert table[name].is_between(0, 1).all()
    assert audit.issues["score"].is_sorted()
    assert len(audit.scores) == len(audit.items)


@every
def test_issues_name_themselves(cases, task):
    audit = cases(task)[1]
    assert audit.issues.columns[:3] == ["issue", "id", "row"]
    assert audit.issues["issue"].n_unique() == len(audit.issues)
    assert audit.issues["id"].equals(audit.ids.gather(audit.issues["row"]))
    order = [name for name in audit.issues.columns if name in ("kind", "given", "suggested", "score", "p_wrong")]
    assert order[:4] == ["kind", "given", "suggested", "score"]
    assert audit.ids_given


@every
def test_the_estimate_counts_what_the_counts_count(cases, task):
    audit = cases(task)[1]
    if audit.estimate is None:
        pytest.skip(f"{task} cannot tell how many labels are wrong")
    assert audit.estimate.unit == audit.counts.unit
    assert 0 <= audit.estimate.low <= audit.estimate.wrong <= audit.estimate.high
    if not audit.estimate.missing:
        assert audit.estimate.high <= audit.counts.labels


@every
def test_the_headline_is_one_sentence_with_the_counts(cases, task):
    audit = cases(task)[1]
    assert "\n" not in audit.headline
    assert f"{audit.counts.wrong:,}" in audit.headline
    assert f"{audit.counts.labels:,}" in audit.headline
    assert audit.headline in repr(audit)


@every
def test_what_was_saved_is_what_loads(cases, task, tmp_path):
    audit = cases(task)[1]
    audit.save(tmp_path / "run.parquet")
    loaded = labelaudit.load(tmp_path / "run.parquet")
    assert loaded.items.equals(audit.items)
    assert loaded.items.schema == audit.items.schema
    assert loaded.issues.equals(audit.issues)
    assert loaded.issues.schema == audit.issues.schema
    assert loaded.summary() == audit.summary()
    assert loaded.headline == audit.headline
    for name in ("counts", "estimate", "doubts", "class_names", "source", "ids_given", "parameters", "version"):
        assert getattr(loaded, name) == getattr(audit, name)
    json.dumps(audit.summary())


@every
def test_a_spreadsheet_opens_the_issues(cases, task):
    flat = cases(task)[1].to_polars()
    assert len(flat) == len(cases(task)[1].issues)
    assert not [name for name, kind in flat.schema.items() if kind.is_nested()]
    assert pl.read_csv(flat.write_csv().encode(), infer_schema_length=None).columns == flat.columns


@every
def test_every_item_has_a_view_and_views_show_the_issues(cases, task):
    audit = cases(task)[1]
    rows = [0, *audit.issues["row"].head(3), len(audit.items) - 1]
    shown = set()
    for row in rows:
        view = audit.view(row, Content("text", "what it is"))
        assert isinstance(view, ClassView | PictureView | TextView | ValueView)
        assert view.id == audit.ids[row]
        assert view.content == Content("text", "what it is")
        assert {issue.issue for issue in view.issues} == set(audit.issues.filter(pl.col("row") == row)["issue"])
        shown |= {issue.issue for issue in view.issues}
    assert shown >= set(audit.issues["issue"].head(1))


@every
def test_views_of_a_run_that_was_saved_are_the_same(cases, task, tmp_path):
    audit = cases(task)[1]
    audit.save(tmp_path / "run.parquet")
    loaded = labelaudit.load(tmp_path / "run.parquet")
    for row in audit.issues["row"].head(5):
        assert loaded.view(row) == audit.view(row)


@every
def test_a_higher_threshold_finds_fewer_wrong_labels(cases, task):
    planted, audit = cases(task)
    assert "threshold" in audit.parameters
    # in the middle of what is listed: of probabilities, or of distances in medians of all
    off = (audit.items["given"] - audit.items["predicted"]).abs() if task == "regression" else None
    middle = (
        audit.issues["p_wrong"].median() if off is None else off.gather(audit.issues["row"]).median() / off.median()
    )
    higher = planted.audit(threshold=middle)
    assert set(higher.issues["row"]) <= set(audit.issues["row"])
    # of labels: a region of which fewer pixels are left may fall into several
    assert 0 < higher.counts.wrong + higher.counts.missing < audit.counts.wrong + audit.counts.missing


@every
@pytest.mark.parametrize("bad", [-1, float("nan"), "half"])
def test_a_threshold_that_is_none(cases, task, bad):
    with pytest.raises(labelaudit.InputError, match="threshold: expected"):
        cases(task)[0].audit(threshold=bad)


@every
def test_the_order_of_the_items_changes_no_issue(cases, task):
    planted, audit = cases(task)
    order = np.random.default_rng(1).permutation(len(audit.items))
    if task == "segmentation":
        labels, predictions = planted.given[order], planted.predictions[order]
    else:
        labels, predictions = ([values[i] for i in order] for values in (planted.given, planted.predictions))
    per_item = {
        name: [planted.options[name][i] for i in order] for name in ("ids", "tokens") if name in planted.options
    }
    moved = labelaudit.audit(task, labels, predictions, **planted.options | per_item)
    assert set(moved.issues["issue"]) == set(audit.issues["issue"])
    assert moved.counts == audit.counts
    np.testing.assert_allclose(np.sort(moved.scores), np.sort(audit.scores), rtol=1e-9)


@every
def test_the_number_of_threads_changes_nothing(cases, task, monkeypatch):
    planted, audit = cases(task)
    monkeypatch.setenv("LABELAUDIT_NUM_THREADS", "1")
    alone = planted.audit()
    assert alone.items.equals(audit.items)
    assert alone.issues.equals(audit.issues)


@every
def test_the_task_is_told_by_the_shapes(cases, task):
    planted, _ = cases(task)
    fitting = [name for name, row in TASKS.items() if _fits(row, planted)]
    assert fitting == [task]


def _fits(row, planted):
    try:
        return row.fits(planted.given, planted.predictions)
    except labelaudit.InputError:
        return False


def test_the_public_audit_adds_no_field_to_the_record():
    assert list(labelaudit.Audit.__dataclass_fields__) == list(Record.__dataclass_fields__)


def _changed(change, value):
    if isinstance(value, dict):
        return {key: _changed(change, part) for key, part in value.items()}
    if isinstance(value, list) and value and not isinstance(value[0], str):
        return [_changed(change, part) for part in value]
    return change(value) if isinstance(value, np.ndarray) else value


def _frozen(array):
    copy = array.copy()
    copy.flags.writeable = False
    return copy


@every
def test_read_only_input_is_audited_as_any(cases, task):
    planted, audit = cases(task)
    labels, predictions = (_changed(_frozen, value) for value in (planted.given, planted.predictions))
    found = labelaudit.audit(task, labels, predictions, **planted.options)
    assert found.issues.equals(audit.issues)
    assert found.items.equals(audit.items)


@every
def test_predictions_in_half_the_bits_give_the_same_issues(cases, task):
    planted, audit = cases(task)
    narrow = _changed(
        lambda array: array.astype(np.float32) if array.dtype == np.float64 else array, planted.predictions
    )
    found = labelaudit.audit(task, planted.given, narrow, **planted.options)
    assert set(found.issues["row"]) == set(audit.issues["row"])
    np.testing.assert_allclose(found.scores, audit.scores, atol=1e-4)


@every
@pytest.mark.parametrize("items", [0, 1])
def test_none_and_one_are_audited(cases, task, items, tmp_path):
    planted, _ = cases(task)
    if items == 0 and task in ("classification", "multilabel_classification"):
        predictions = np.zeros((0, len(planted.options["class_names"])))
    else:
        predictions = planted.predictions[:items]
    options = {name: value[:items] if name in ("ids", "tokens") else value for name, value in planted.options.items()}
    audit = labelaudit.audit(task, planted.given[:items], predictions, **options)
    assert len(audit.items) == items
    assert 0 <= audit.counts.wrong <= audit.counts.labels
    audit.save(tmp_path / "run.parquet")
    loaded = labelaudit.load(tmp_path / "run.parquet")
    assert loaded.items.equals(audit.items)
    assert loaded.issues.equals(audit.issues)
    assert loaded.headline == audit.headline
