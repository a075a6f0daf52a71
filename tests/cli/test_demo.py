"""``labelaudit demo``: the main job on real data, and what it leaves behind."""

import sys

import polars as pl

import labelaudit


def test_the_demo(tmp_path, run):
    result = run("demo", "--out", tmp_path / "demo")
    assert result.exit_code == 0, result.output
    audit = labelaudit.load(tmp_path / "demo" / "run.parquet")
    assert len(audit.scores) == 1797
    assert 5 <= len(audit.issues) <= 60
    assert "labels look wrong" in result.output
    assert "█" in result.output
    assert pl.read_csv(tmp_path / "demo" / "issues.csv").height == len(audit.issues)


def test_without_scikit_learn_it_says_what_to_install(tmp_path, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    result = run("demo", "--out", tmp_path / "demo")
    assert result.exit_code == 2
    assert result.stderr == "error: demo: needs scikit-learn: pip install 'labelaudit[app]'\n"
    assert not (tmp_path / "demo").exists()
