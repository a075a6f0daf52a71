"""From files to corrected files, in every task: score, issues, export."""

import json
from pathlib import Path

import polars as pl
import pytest

import labelaudit
from cli.task_files import FILES, out_of
from labelaudit.decisions import JsonLines
from labelaudit.formats.base import digest_of
from labelaudit.tasks import TASKS

every = pytest.mark.parametrize("task", list(FILES))


@pytest.fixture
def files(tmp_path, monkeypatch, task):
    monkeypatch.chdir(tmp_path)
    return FILES[task](tmp_path)


def test_every_task_is_here_that_is_read_from_files(run):
    for task in set(TASKS) - set(FILES):
        result = run("score", "--task", task, "--labels", "a.json", "--predictions", "b.json", "--out", "run.parquet")
        assert result.exit_code == 2
        assert f"{task} is not read from files" in result.stderr


@every
@pytest.mark.parametrize("ending", ["csv", "json", "jsonl"])
def test_the_scores_of_all_items_are_a_flat_table(files, run, task, ending):
    result = run("score", "--task", task, *files, "--out", f"scores.{ending}")
    assert result.exit_code == 0, result.output
    read = {"csv": pl.read_csv, "json": pl.read_json, "jsonl": pl.read_ndjson}[ending]
    table = read(f"scores.{ending}")
    assert table.columns[:2] == ["id", "score"]
    assert not any(kind.is_nested() for kind in table.schema.values())
    assert table["score"].arg_min() == table["score"].to_list().index(table["score"].min())


@every
def test_its_issues_are_a_flat_table_that_says_where_they_are(files, run, task):
    assert run("score", "--task", task, *files, "--out", "run.parquet").exit_code == 0
    result = run("issues", "run.parquet", "--out", "issues.csv")
    assert result.exit_code == 0, result.output
    audit, table = labelaudit.load("run.parquet"), pl.read_csv("issues.csv")
    assert len(table) == len(audit.issues) >= 1
    assert table["issue"].cast(str).to_list() == audit.issues["issue"].to_list()
    for name in ("start", "stop", "class", "p_wrong", "annotation"):
        assert (name in table.columns) == (name in audit.issues.columns)
    for name in ("bbox", "suggested_bbox"):
        sides = [f"{name.removesuffix('bbox')}{side}" for side in ("x1", "y1", "x2", "y2")]
        assert (set(sides) <= set(table.columns)) == (name in audit.issues.columns)


@every
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_its_issues_fit_the_terminal(files, run, task, columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run("score", "--task", task, *files, "--out", "run.parquet").exit_code == 0
    worst = labelaudit.load("run.parquet").issues.row(0, named=True)
    lines = run("issues", "run.parquet").output.splitlines()
    assert max(map(len, lines)) <= columns
    (line,) = [line for line in lines if line.startswith(str(worst["id"])) and worst["kind"] in line]
    if columns >= 80:
        (header,) = [line.split() for line in lines if line.startswith("id ")]
        assert {"id", "kind", "given", "suggested", "score"} <= set(header)
    else:
        assert str(worst.get("class", "→")) in line


@every
def test_decisions_come_back_in_the_file_that_the_labels_came_in(files, run, task):
    assert run("score", "--task", task, *files, "--out", "run.parquet").exit_code == 0
    audit = labelaudit.load("run.parquet")
    before = digest_of(Path(audit.source.path))
    JsonLines("decisions.jsonl").extend(labelaudit.Decision(key, "drop") for key in audit.issues["issue"].head(1))
    out = out_of(files)
    result = run("export", "run.parquet", "--decisions", "decisions.jsonl", "--out", out, "--json")
    assert result.exit_code == 0, result.output
    done = json.loads(result.stdout)
    assert (done["out"], done["changed"] + done["added"] + done["removed"]) == (out, 1)
    (patch,) = [json.loads(line) for line in Path("corrected.patch.jsonl").read_text().splitlines()]
    worst = audit.issues.row(0, named=True)
    assert (patch["issue"], patch["id"], patch["row"]) == (worst["issue"], worst["id"], worst["row"])
    assert Path(out).exists()
    assert digest_of(Path(audit.source.path)) == before
