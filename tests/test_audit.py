import json

import numpy as np
import polars as pl
import pytest
from scipy import sparse

import labelaudit
from laws.data import classification_data

LABELS = [0, 1, 2, 1]
PRED_PROBS = np.array([[0.8, 0.1, 0.1], [0.9, 0.05, 0.05], [0.05, 0.85, 0.1], [0.2, 0.7, 0.1]])
IDS = ["a.png", "b.png", "c.png", "d.png"]
NAMES = ["cat", "dog", "<b>fox</b>"]


@pytest.fixture
def audit():
    return labelaudit.audit("classification", LABELS, PRED_PROBS, ids=IDS, class_names=NAMES, method="self_confidence")


def test_issues_are_the_labels_that_are_not_the_most_likely_class_worst_first(audit):
    assert audit.issues.drop("p_wrong", "issue").to_dicts() == [
        {"id": "b.png", "row": 1, "kind": "swapped", "given": "dog", "suggested": "cat", "score": 0.05},
        {"id": "c.png", "row": 2, "kind": "swapped", "given": "<b>fox</b>", "suggested": "dog", "score": 0.1},
    ]
    assert audit.issues["issue"].to_list() == ["b.png", "c.png"]


def test_the_posterior_says_how_likely_each_issue_is(audit):
    assert audit.issues["p_wrong"].to_list() == sorted(audit.issues["p_wrong"], reverse=True)
    assert audit.issues["p_wrong"].min() > 0.5
    assert (audit.estimate.unit, audit.estimate.missing) == ("labels", False)
    assert 0 <= audit.estimate.low <= audit.estimate.wrong <= audit.estimate.high <= 4
    posterior = labelaudit.audit("classification", LABELS, PRED_PROBS)
    assert posterior.method == "noise_posterior"
    assert posterior.estimate.wrong == pytest.approx((1 - posterior.scores).sum())
    np.testing.assert_allclose(posterior.issues["score"], 1 - audit.issues["p_wrong"].to_numpy())


def test_every_item_has_its_score(audit):
    np.testing.assert_array_equal(audit.scores, [0.8, 0.05, 0.1, 0.7])
    assert audit.ids.to_list() == IDS
    assert audit.items.columns == ["id", "score", "p_wrong", "given", "suggested", "likeliest", "likeliest_p"]
    assert audit.items["likeliest"][1].to_list() == ["cat", "dog", "<b>fox</b>"]
    np.testing.assert_array_equal(audit.items["likeliest_p"][1], [0.9, 0.05, 0.05])
    assert audit.items["p_wrong"].gather([1, 2]).to_list() == audit.issues["p_wrong"].to_list()


def test_the_summary_counts(audit):
    summary = audit.summary()
    assert (summary["items"], summary["issues"]) == (4, 2)
    assert (summary["unit"], summary["labels"], summary["wrong"], summary["missing"]) == ("labels", 4, 2, 0)
    assert summary["share"] == 0.5
    assert summary["mean_score"] == pytest.approx(1.65 / 4)
    assert summary["by_class"] == [
        {"class": "<b>fox</b>", "labels": 1, "wrong": 1, "missing": 0},
        {"class": "dog", "labels": 2, "wrong": 1, "missing": 0},
        {"class": "cat", "labels": 1, "wrong": 0, "missing": 0},
    ]
    json.dumps(summary)


def test_the_repr_says_what_was_found(audit):
    assert repr(audit).startswith("Audit(classification): 2 of 4 labels look wrong (50.0 %); between 0 and 4 are\n")


def test_more_than_half_of_the_labels_may_be_wrong_and_that_is_said():
    labels, pred_probs = classification_data(500, 4)
    with pytest.warns(UserWarning, match="number the classes from 0"):
        audit = labelaudit.audit((labels + 1) % 4, pred_probs)
    assert audit.estimate.wrong > 400
    assert [(doubt.code, doubt.grave) for doubt in audit.doubts] == [("agreement", True), ("more-than-half", False)]
    labels, pred_probs = classification_data(500, 4)
    assert labelaudit.audit(labels, pred_probs).doubts == ()


def test_html_of_names_from_the_data_is_escaped(audit):
    assert "<b>fox" not in audit._repr_html_()
    assert "fox" in audit._repr_html_()


def test_what_was_saved_is_what_loads(audit, tmp_path):
    audit.save(tmp_path / "run.parquet")
    loaded = labelaudit.load(tmp_path / "run.parquet")
    assert loaded.issues.equals(audit.issues)
    assert loaded.issues.schema == audit.issues.schema
    assert loaded.items.equals(audit.items)
    for name in ("task", "method", "parameters", "class_names", "version", "estimate", "counts", "doubts", "ids_given"):
        assert getattr(loaded, name) == getattr(audit, name)
    np.testing.assert_array_equal(loaded.scores, audit.scores)


@pytest.mark.parametrize(("n", "dtype"), [(0, np.float64), (1, np.float32), (5000, np.float32)])
def test_runs_of_any_size_come_back(tmp_path, n, dtype):
    labels, pred_probs = classification_data(n, 4, dtype=dtype)
    audit = labelaudit.audit(labels, pred_probs, adjust_pred_probs=True, method="normalized_margin")
    audit.save(tmp_path / "run.parquet")
    loaded = labelaudit.load(tmp_path / "run.parquet")
    assert loaded.issues.equals(audit.issues)
    assert loaded.items.equals(audit.items)
    assert loaded.scores.dtype == audit.scores.dtype
    assert loaded.parameters == {"adjust_pred_probs": True, "threshold": 0.5}


def test_equal_scores_keep_the_order_of_the_rows(tmp_path):
    audit = labelaudit.audit([1] * 500 + [0] * 99, np.tile([0.75, 0.25], (599, 1)))
    audit.save(tmp_path / "run.parquet")
    assert labelaudit.load(tmp_path / "run.parquet").issues["row"].to_list() == list(range(500))


def test_the_issues_as_pandas(audit):
    frame = audit.to_pandas()
    assert frame["id"].tolist() == ["b.png", "c.png"]
    assert frame.columns.tolist() == audit.issues.columns


@pytest.mark.parametrize(
    "arguments",
    [
        (LABELS, PRED_PROBS),
        ("classification", LABELS, PRED_PROBS),
        ("classification", ["cat", "dog", "<b>fox</b>", "dog"], PRED_PROBS),
        (np.array(["cat", "dog", "<b>fox</b>", "dog"], dtype=object), PRED_PROBS),
        (pl.Series(["cat", "dog", "<b>fox</b>", "dog"]), lambda: iter([PRED_PROBS[:3], PRED_PROBS[3:]])),
    ],
)
def test_every_way_to_call(audit, arguments):
    found = labelaudit.audit(*arguments, ids=IDS, class_names=NAMES, method="self_confidence")
    assert found.issues.equals(audit.issues)
    assert found.estimate == audit.estimate


def test_keywords():
    found = labelaudit.audit(task="classification", labels=LABELS, predictions=PRED_PROBS)
    assert found.issues["id"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("clasification", LABELS, PRED_PROBS), {}, "task: expected one of classification"),
        ((LABELS,), {}, "one of them is missing"),
        (("classification", LABELS), {}, "one of them is missing"),
        ((LABELS, [0.1, 0.2, 0.3, 0.4]), {}, "the shapes do not tell the task"),
        ((LABELS, PRED_PROBS), {"metod": "x"}, "metod: is no option of classification; expected one of .*method"),
        ((LABELS, PRED_PROBS), {"ids": IDS[:3]}, "ids: expected 4, one an item, got 3"),
        ((LABELS, PRED_PROBS), {"ids": ["a", "b", "a", "c"]}, "ids: expected ids that differ, row 2 holds 'a' again"),
        ((LABELS, PRED_PROBS), {"ids": ["a", None, "b", "c"]}, "ids: row 1 has none"),
        ((LABELS, PRED_PROBS), {"class_names": ["a", "b"]}, "class_names: expected 3 names"),
        (
            (LABELS, PRED_PROBS),
            {"class_names": ["a", "b", "a"]},
            "class_names: expected names that differ, got 'a' twice",
        ),
        (
            (["x"] * 4, PRED_PROBS),
            {"class_names": ["a", "b", "c"]},
            r"labels: expected one of class_names \(a, b, c\), row 0",
        ),
        ((["x"] * 4, PRED_PROBS), {}, r"class_names: labels hold 1 name \(x\), and pred_probs has 3 columns; pass"),
    ],
)
def test_refusals(arguments, options, message):
    with pytest.raises(labelaudit.InputError, match=message):
        labelaudit.audit(*arguments, **options)


class TestFiles:
    def test_a_missing_file(self, tmp_path):
        with pytest.raises(labelaudit.InputError, match="no such file"):
            labelaudit.load(tmp_path / "none.parquet")

    def test_a_file_that_is_no_parquet(self, tmp_path):
        (tmp_path / "x.parquet").write_text("hello")
        with pytest.raises(labelaudit.InputError, match="is no Parquet file"):
            labelaudit.load(tmp_path / "x.parquet")

    def test_a_parquet_that_is_no_run(self, tmp_path):
        pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "x.parquet")
        with pytest.raises(labelaudit.InputError, match="is no run of labelaudit"):
            labelaudit.load(tmp_path / "x.parquet")

    def test_a_run_of_a_later_version(self, audit, tmp_path):
        path = self._of_format(99, audit, tmp_path)
        with pytest.raises(labelaudit.InputError, match="which is newer; upgrade"):
            labelaudit.load(path)

    def test_a_run_of_the_first_format(self, audit, tmp_path):
        path = self._of_format(1, audit, tmp_path)
        with pytest.raises(labelaudit.InputError, match="run in format 1, .* make it anew with labelaudit score"):
            labelaudit.load(path)

    @staticmethod
    def _of_format(number, audit, folder):
        audit.save(folder / "run.parquet")
        about = json.loads(pl.read_parquet_metadata(folder / "run.parquet")["labelaudit"]) | {"format": number}
        table = pl.read_parquet(folder / "run.parquet")
        table.write_parquet(folder / "other.parquet", metadata={"labelaudit": json.dumps(about)})
        return folder / "other.parquet"

    def test_a_wrong_ending_and_a_missing_folder(self, audit, tmp_path):
        with pytest.raises(labelaudit.InputError, match="ends in .parquet"):
            audit.save(tmp_path / "run.csv")
        with pytest.raises(labelaudit.InputError, match="does not exist"):
            audit.save(tmp_path / "no" / "run.parquet")

    def test_a_failed_write_leaves_the_old_file_and_nothing_else(self, audit, tmp_path, monkeypatch):
        audit.save(tmp_path / "run.parquet")
        before = (tmp_path / "run.parquet").read_bytes()

        def fail(self, path, **_):
            path.write_bytes(b"half")
            raise OSError("disk full")

        monkeypatch.setattr(pl.DataFrame, "write_parquet", fail)
        with pytest.raises(labelaudit.InputError, match=r"run.parquet: cannot be written \(disk full\)"):
            audit.save(tmp_path / "run.parquet")
        assert [path.name for path in tmp_path.iterdir()] == ["run.parquet"]
        assert (tmp_path / "run.parquet").read_bytes() == before


def test_the_task_may_come_last():
    first = labelaudit.audit("regression", [1.0, 2.0], [1.0, 2.5])
    last = labelaudit.audit([1.0, 2.0], [1.0, 2.5], "regression")
    assert (last.task, last.items.equals(first.items)) == ("regression", True)


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csr_array, sparse.coo_array])
def test_sparse_probabilities_are_refused_with_the_way_out(kind):
    pred_probs = kind(np.array([[0.9, 0.1], [0.0, 1.0]]))
    with pytest.raises(
        labelaudit.InputError, match=r"^pred_probs: is a sparse matrix, .*; pass pred_probs.toarray\(\)"
    ):
        labelaudit.audit("classification", [0, 1], pred_probs)
