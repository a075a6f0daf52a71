"""Files of labels and predictions, and a way to run commands on them."""

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from labelaudit.cli.app import app
from laws.data import classification_data

NAMES = ["cat", "dog", "fox"]


@pytest.fixture
def run():
    """Run a command and return what it did: its exit code, and what it wrote to standard output and error."""
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    labels, pred_probs = classification_data(200, 3)
    np.save("labels.npy", labels.astype(np.uint16))
    np.save("probs.npy", pred_probs)
    np.savez("both.npz", labels=labels, probs=pred_probs)
    names = np.array(NAMES)[labels]
    paths = [f"{i}.png" for i in range(200)]
    table = pl.DataFrame({"path": paths, "label": labels, "name": names})
    probs = pl.DataFrame(pred_probs, schema=NAMES)
    table.write_csv("labels.csv")
    table.write_csv("labels.tsv", separator="\t")
    table.write_parquet("labels.parquet")
    probs.write_csv("probs.csv")
    pl.concat([table, probs.rename(lambda name: f"prob_{name}")], how="horizontal").write_parquet("all.parquet")
    pl.DataFrame({"p": pl.Series(pred_probs.tolist())}).write_parquet("list.parquet")
    pl.DataFrame({"p": pl.Series(pred_probs)}).write_parquet("array.parquet")
    (tmp_path / "names.txt").write_text("cat\ndog\nfox\n")
    return tmp_path


@pytest.fixture
def scored(folder, run):
    """Return the folder with a run in it, of named classes and named items."""
    files = ("--labels", "labels.csv:name", "--pred-probs", "probs.csv", "--ids", "labels.csv:path")
    result = run("score", *files, "--out", "run.parquet")
    assert result.exit_code == 0, result.output
    return folder
