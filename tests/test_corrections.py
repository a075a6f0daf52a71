"""Corrected labels of classes that are called by numbers which are no places: 1..3, or -1 and 1."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from typer.testing import CliRunner

import labelaudit
from labelaudit import Decision
from labelaudit.cli.app import app
from labelaudit.formats.table_of_formats import FORMATS

PROBS = np.array([[0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9], [0.9, 0.05, 0.05]])
GIVEN = [10, 20, 30, 30]


def _audit(labels, **options):
    return labelaudit.audit("classification", labels, PROBS, class_names=[10, 20, 30], **options)


@pytest.mark.parametrize("of", [list, tuple, np.array, pd.Series, pl.Series])
def test_a_class_is_written_by_its_number_and_not_by_its_place(of):
    corrected = _audit(of(GIVEN)).correct(of(GIVEN), [Decision("3", "fix", "10")])
    assert type(corrected) is type(of(GIVEN))
    assert list(corrected) == [10, 20, 30, 10]


def test_numbers_that_are_names_and_places_too():
    labels = [0, 1, 3, 3]
    audit = labelaudit.audit("classification", labels, PROBS, class_names=[0, 1, 3])
    assert audit.correct(labels, [Decision("3", "fix", "1")]) == [0, 1, 3, 1]


def test_booleans_in_another_order_stay_booleans():
    audit = labelaudit.audit("classification", [True, False], [[0.9, 0.1], [0.1, 0.9]], class_names=[True, False])
    corrected = audit.correct([True, False], [Decision("1", "fix", "True")])
    assert [type(one) for one in corrected] == [bool, bool]
    assert corrected == [True, True]


def test_tokens_and_sets_of_numbered_classes():
    labels, names = [[10, -100], [30, 30]], [10, 20, 30]
    audit = labelaudit.audit("token_classification", labels, [PROBS[:2], PROBS[2:]], class_names=names)
    fix = Decision(None, "fix", {"start": 1, "stop": 2, "tag": "10"}, item=1)
    assert audit.correct(labels, [fix]) == [[10, -100], [30, 10]]
    labels = [[10], [20, 30], [30], []]
    audit = labelaudit.audit("multilabel_classification", labels, PROBS, class_names=names)
    assert audit.correct(labels, [Decision(None, "fix", ["10", "30"], item=1)]) == [[10], [30, 10], [30], []]


@pytest.mark.parametrize("ending", ["csv", "parquet", "npy", "jsonl"])
def test_files_too(ending, tmp_path):
    path, out = tmp_path / f"labels.{ending}", tmp_path / f"out.{ending}"
    table = pl.DataFrame({"y": GIVEN})
    if ending == "npy":
        np.save(path, np.array(GIVEN))
    elif ending == "jsonl":
        table.write_ndjson(path)
    else:
        getattr(table, f"write_{ending}")(path)
    part = "" if ending == "npy" else ":y"
    pl.DataFrame(PROBS, schema=["prob_10", "prob_20", "prob_30"]).write_csv(tmp_path / "p.csv")
    run = tmp_path / "run.parquet"
    arguments = ["--labels", f"{path}{part}", "--predictions", f"{tmp_path}/p.csv:prob_*", "--out", str(run)]
    assert CliRunner().invoke(app, ["score", *arguments]).exit_code == 0
    audit = labelaudit.load(run)
    assert audit.source.options["class_names"] == [10, 20, 30]
    FORMATS[audit.source.format].write(audit.source, audit.changes([Decision("3", "fix", "10")]), out)
    read = {"csv": pl.read_csv, "parquet": pl.read_parquet, "jsonl": pl.read_ndjson}
    written = np.load(out).tolist() if ending == "npy" else read[ending](out)["y"].to_list()
    assert written == [10, 20, 30, 10]
