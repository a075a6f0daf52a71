"""``labelaudit export``: corrected labels in the file that they came in, and what is said of them."""

import json

import polars as pl
import pytest

import labelaudit
from labelaudit.decisions import open_decisions


@pytest.fixture
def decided(scored):
    """Return the folder with decisions about the three worst issues: what is suggested, another class, out with it."""
    audit = labelaudit.load("run.parquet")
    first, second, third = audit.issues.head(3).iter_rows(named=True)
    decisions = [
        labelaudit.Decision(first["issue"], "fix", first["suggested"], given=first["given"]),
        labelaudit.Decision(second["issue"], "keep", given=second["given"]),
        labelaudit.Decision(third["issue"], "drop", given=third["given"]),
    ]
    for name in ("d.jsonl", "d.sqlite"):
        open_decisions(name).extend(decisions)
    return scored


@pytest.mark.parametrize("decisions", ["d.jsonl", "d.sqlite"])
def test_the_file_is_as_it_was_but_for_what_was_decided(decided, run, decisions):
    result = run("export", "run.parquet", "--decisions", decisions, "--out", "corrected.csv")
    assert result.exit_code == 0, result.output
    first, _, third = labelaudit.load("run.parquet").issues.head(3).iter_rows(named=True)
    before, after = (pl.read_csv(name) for name in ("labels.csv", "corrected.csv"))
    expected = before.with_columns(
        pl.when(pl.col("path") == first["id"]).then(pl.lit(first["suggested"])).otherwise("name").alias("name")
    ).filter(pl.col("path") != third["id"])
    assert after.equals(expected)
    assert result.output.splitlines() == [
        "2 labels corrected: 1 changed, 1 removed",
        "written to corrected.csv",
        "the old and the new labels: corrected.patch.jsonl",
    ]
    lines = [json.loads(line) for line in (decided / "corrected.patch.jsonl").read_text().splitlines()]
    patch = {line["id"]: (line["old"], line["new"]) for line in lines}
    assert patch == {first["id"]: (first["given"], first["suggested"]), third["id"]: (third["given"], None)}


def test_json_for_machines(decided, run):
    result = run("export", "run.parquet", "--decisions", "d.jsonl", "--out", "corrected.csv", "--json")
    assert json.loads(result.stdout) == {
        "changed": 1, "added": 0, "removed": 1, "out": "corrected.csv", "patch": "corrected.patch.jsonl"
    }  # fmt: skip


def test_a_file_that_moved_is_named(decided, run):
    (decided / "labels.csv").rename("moved.csv")
    arguments = ("export", "run.parquet", "--decisions", "d.jsonl", "--out", "corrected.csv")
    refused = run(*arguments)
    assert refused.exit_code == 2
    assert "--labels" in refused.stderr
    assert run(*arguments, "--labels", "moved.csv").exit_code == 0
    assert (decided / "corrected.csv").exists()


def test_a_file_that_changed_is_refused(decided, run):
    with (decided / "labels.csv").open("a") as file:
        file.write("new.png,0,cat\n")
    result = run("export", "run.parquet", "--decisions", "d.jsonl", "--out", "corrected.csv")
    assert result.exit_code == 2
    assert "labels.csv: is not what was audited" in result.stderr
    assert not (decided / "corrected.csv").exists()


def test_what_was_kept_is_left_out_of_the_next_run(decided, run):
    audit = labelaudit.load("run.parquet")
    files = ("--labels", "labels.csv:name", "--pred-probs", "probs.csv", "--ids", "labels.csv:path")
    result = run("score", *files, "--decisions", "d.jsonl", "--out", "again.parquet")
    assert result.exit_code == 0, result.output
    kept = audit.issues["issue"][1]
    again = labelaudit.load("again.parquet").issues["issue"].to_list()
    assert again == [issue for issue in audit.issues["issue"] if issue != kept]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.parquet", "--decisions", "d.jsonl"], "none.parquet: no such file"),
        (["run.parquet", "--decisions", "none.jsonl"], "none.jsonl: no such file; expected decisions"),
        (["run.parquet", "--decisions", "labels.csv"], "labels.csv: expected decisions in a .jsonl or .sqlite file"),
    ],
)
def test_bad_input_gets_one_sentence(decided, run, arguments, message):
    result = run("export", *arguments, "--out", "corrected.csv")
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
