"""``labelaudit issues``: which issues are listed, on the screen and in flat files."""

import json

import numpy as np
import polars as pl
import pytest

import labelaudit
from labelaudit.cli.issues import choose


@pytest.fixture
def audit():
    labels, names = [0, 1, 2, 0, 0, 0, 1, 1, 2, 2], ["cat", "dog", "fox"]
    pred_probs = np.full((10, 3), 0.02)
    pred_probs[range(10), [1, 1, 0, 0, 0, 0, 1, 1, 2, 2]] = 0.96
    pred_probs[2] = [0.8, 0.1, 0.1]
    found = labelaudit.audit("classification", labels, pred_probs, class_names=names)
    assert found.issues.select("row", "given", "suggested").rows() == [(0, "cat", "dog"), (2, "fox", "cat")]
    return found


def rows(issues):
    return issues["row"].to_list()


def test_all_are_chosen_where_nothing_is_asked_for(audit):
    assert choose(audit).equals(audit.issues)


def test_a_class_is_given_or_suggested(audit):
    assert rows(choose(audit, classes=["cat"])) == [0, 2]
    assert rows(choose(audit, classes=["fox"])) == [2]
    assert rows(choose(audit, classes=["fox", "dog"])) == [0, 2]


def test_classes_without_names_are_numbers():
    audit = labelaudit.audit("classification", [0, 1, 1], [[0.9, 0.1], [0.95, 0.05], [0.2, 0.8]])
    assert rows(choose(audit, classes=["1"])) == [1]


def test_conditions_narrow_each_other(audit):
    worst, other = audit.issues["score"]
    assert rows(choose(audit, max_score=worst)) == [0]
    assert rows(choose(audit, min_p_wrong=1 - other, kinds=["swapped"])) == [0, 2]
    assert rows(choose(audit, classes=["fox"], max_score=worst)) == []


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"classes": ["cta"]}, "class: cta is in none of the issues; there are cat, dog, fox"),
        ({"kinds": ["overlooked"]}, "kind: overlooked is in none of the issues; there are swapped"),
    ],
)
def test_what_is_in_no_issue_is_named_with_what_there_is(audit, wanted, message):
    with pytest.raises(labelaudit.InputError, match=message):
        choose(audit, **wanted)


def test_numbers_have_no_class_and_no_p_wrong():
    audit = labelaudit.audit("regression", np.array([0.0, 1.5, 2.5, 90.0]), np.array([0.5, 1.0, 2.0, 3.5]))
    with pytest.raises(labelaudit.InputError, match="class: labels of regression are no classes"):
        choose(audit, classes=["cat"])
    with pytest.raises(labelaudit.InputError, match="min-p-wrong: issues of regression have no p_wrong"):
        choose(audit, min_p_wrong=0.5)


def test_the_screen_shows_the_headline_and_the_worst_twenty(scored, run):
    audit = labelaudit.load("run.parquet")
    assert len(audit.issues) > 20
    result = run("issues", "run.parquet")
    assert result.exit_code == 0, result.output
    assert " ".join(result.output.split()).startswith(audit.headline)
    assert f"20 of {len(audit.issues)} issues" in result.output
    listed = [line.split()[0] for line in result.output.splitlines() if ".png" in line]
    assert listed == audit.issues["id"].head(20).to_list()


def test_top_says_how_many(scored, run):
    assert run("issues", "run.parquet", "--top", 3).output.count(".png") == 3
    run("issues", "run.parquet", "--top", 3, "--out", "few.csv")
    assert pl.read_csv("few.csv").height == 3


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "parquet"])
def test_files_hold_all_that_were_chosen_and_are_flat(scored, run, ending):
    audit = labelaudit.load("run.parquet")
    result = run("issues", "run.parquet", "--class", "fox", "--out", f"issues.{ending}")
    assert result.exit_code == 0, result.output
    read = {"csv": pl.read_csv, "json": pl.read_json, "jsonl": pl.read_ndjson, "parquet": pl.read_parquet}[ending]
    table = read(f"issues.{ending}")
    expected = choose(audit, classes=["fox"])
    assert f"{len(expected)} of {len(audit.issues)} issues written to issues.{ending}" in result.output
    assert table.columns == audit.to_polars().columns
    assert table["issue"].to_list() == expected["issue"].to_list()
    np.testing.assert_allclose(table["p_wrong"], expected["p_wrong"])


def test_boxes_and_lists_are_flat_in_a_spreadsheet(tmp_path, run):
    boxes = {"bboxes": np.array([[10.0, 20.0, 30.0, 40.0]]), "labels": np.array([0])}
    seen = [{"bboxes": boxes["bboxes"], "labels": np.array([0]), "scores": np.array([0.9])}] * 20
    missing = {"bboxes": np.zeros((0, 4)), "labels": np.zeros(0, int)}
    labelaudit.audit("object_detection", [missing, *[boxes] * 19], seen, class_names=["cat"]).save(
        tmp_path / "r.parquet"
    )
    run("issues", tmp_path / "r.parquet", "--out", tmp_path / "r.csv")
    row = pl.read_csv(tmp_path / "r.csv").row(0, named=True)
    assert row["kind"] == "overlooked"
    assert [row[f"suggested_{side}"] for side in ("x1", "y1", "x2", "y2")] == [10, 20, 30, 40]


def test_json_is_the_list_and_nothing_else(scored, run):
    listed = json.loads(run("issues", "run.parquet", "--top", 2, "--json").stdout)
    expected = labelaudit.load("run.parquet").issues.head(2)
    assert [issue["issue"] for issue in listed] == expected["issue"].to_list()
    assert listed[0].keys() == set(expected.columns)


def test_a_run_without_issues(tmp_path, run):
    labelaudit.audit("classification", [0, 1], [[1.0, 0.0], [0.0, 1.0]]).save(tmp_path / "clean.parquet")
    result = run("issues", tmp_path / "clean.parquet")
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "0 of 0 issues"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.parquet"], "none.parquet: no such file"),
        (["labels.parquet"], "labels.parquet: is no run of labelaudit"),
        (
            ["run.parquet", "--out", "issues.xlsx"],
            "issues.xlsx: expected a name that ends in .parquet, .csv, .json or .jsonl",
        ),
        (["run.parquet", "--out", "no/issues.csv"], "the folder no does not exist"),
    ],
)
def test_bad_input_gets_one_sentence(scored, run, arguments, message):
    result = run("issues", *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
