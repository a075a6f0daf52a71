"""Whatever goes wrong, a command ends with one sentence and exit code 2."""

import numpy as np
import pytest
import typer

from labelaudit.cli import score
from labelaudit.cli.refusals import refusals
from labelaudit.errors import InputError

FILES = ("--labels", "labels.npy", "--pred-probs", "probs.npy", "--out", "run.parquet")


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (InputError("labels: row 3 is empty"), "labels: row 3 is empty"),
        (InputError("a\x1b[31m\nb.png: no such file"), r"a\x1b[31m\x0ab.png: no such file"),
        (PermissionError(13, "Permission denied", "out.csv"), "out.csv: Permission denied"),
        (FileNotFoundError("No such file: out.csv"), "No such file: out.csv"),
        (MemoryError("74 GiB"), "not enough memory (74 GiB)"),
        (KeyError("x"), "KeyError: 'x' (not foreseen: --debug shows where)"),
    ],
)
def test_one_sentence(capsys, problem, sentence):
    with pytest.raises(typer.Exit) as end, refusals(debug=False):
        raise problem
    assert end.value.exit_code == 2
    assert capsys.readouterr().err == f"error: {sentence}\n"


def test_debug_lets_the_exception_through():
    with pytest.raises(KeyError), refusals(debug=True):
        raise KeyError("x")


def test_what_is_interrupted_leaves_no_file_and_no_traceback(folder, run, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    before = {path.name for path in folder.iterdir()}
    monkeypatch.setattr(score, "_write", interrupted)
    result = run("score", *FILES)
    assert result.exit_code == 130
    assert "Traceback" not in result.output
    assert {path.name for path in folder.iterdir()} == before


def test_a_warning_is_one_line(folder, run):
    np.save("half.npy", np.load("probs.npy") / 2)
    files = ("--labels", "labels.npy", "--pred-probs", "half.npy", "--out", "run.parquet")
    result = run("score", *files, "--adjust-pred-probs", "--method", "self_confidence")
    assert result.exit_code == 0
    assert "warning: pred_probs: the probabilities of row 0 do not sum to 1" in result.stderr
