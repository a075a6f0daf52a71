"""Data that would drive a terminal or a spreadsheet, outputs that cannot be written, and inputs that would be lost."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import labelaudit
from labelaudit.cli.terminal import clean, clean_json
from labelaudit.formats.flat import write_flat

FILES = ("--labels", "labels.csv:name", "--predictions", "probs.csv")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
EVIL = ["=1+1", "+1", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "a\x1b[31m\x9b[red]\u202eb", "'quoted", "-1.5", "b"]


def program(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "labelaudit", *arguments], check=False, capture_output=True, env=os.environ | environment
    )


@pytest.fixture
def evil(folder, run):
    """Return the folder with a run of items whose ids are those above, and whose classes are no better."""
    labels = np.arange(len(EVIL)) % 2
    names = ["=cat", "[bold]\x1b[2Jdog"]
    pl.DataFrame({"id": EVIL, "label": np.array(names)[labels]}).write_csv("evil.csv")
    np.save("evil.npy", np.eye(2)[1 - labels] * 0.98 + 0.01)
    (folder / "names.txt").write_text("\n".join(names))
    files = ("--labels", "evil.csv:label", "--predictions", "evil.npy", "--ids", "evil.csv:id")
    result = run("score", *files, "--class-names", "names.txt", "--out", "evil.parquet")
    assert result.exit_code == 0, result.output
    assert CONTROL.findall(result.output) == []
    return folder


def test_no_control_character_and_no_markup_of_data_reaches_the_terminal(evil, run):
    for arguments in ([], ["--json"], ["--class", "\x1b[31m"], ["--out", "x\x1b[31m.csv"]):
        result = run("issues", "evil.parquet", *arguments)
        assert CONTROL.findall(result.output) == []
    shown = run("issues", "evil.parquet").output
    assert r"a\x1b[31m\x9b[red]\u202eb" in shown
    assert r"[bold]\x1b[2Jdog" in shown
    assert "no such file" in run("issues", "gone\x1b[2J.parquet").stderr


def test_json_says_the_same_in_escapes(evil, run):
    found = json.loads(run("issues", "evil.parquet", "--json").stdout)
    assert sorted(issue["id"] for issue in found) == sorted(EVIL)
    assert json.loads(clean_json('"a\u009b\u202e\u007f"')) == "a\u009b\u202e\u007f"
    assert clean("a\x00\x7f\x85\u2066") == r"a\x00\x7f\x85\u2066"


def test_a_spreadsheet_runs_nothing_of_a_csv_file(evil, run):
    assert run("issues", "evil.parquet", "--out", "issues.csv").exit_code == 0
    with (evil / "issues.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    ids = {row["id"] for row in rows}
    assert {"'=1+1", "+1", "'-cmd|' /C calc'!A0", "'@SUM(A1)", "'\t=1", "'quoted", "-1.5", "b"} <= ids
    assert {row["given"] for row in rows} | {row["suggested"] for row in rows} == {"'=cat", "[bold]\x1b[2Jdog"}


def test_numbers_stay_numbers_in_a_csv_file_and_text_stays_text_in_other_files(tmp_path):
    table = pl.DataFrame(
        {"n": [-1.5, 2.0], "text": ["-1e5", "=a"], "kind": pl.Series(["+b", "c"], dtype=pl.Enum(["+b", "c"]))}
    )
    write_flat(tmp_path / "a.csv", table)
    assert (tmp_path / "a.csv").read_text() == "n,text,kind\n-1.5,-1e5,'+b\n2.0,'=a,c\n"
    for ending, read in (("json", pl.read_json), ("jsonl", pl.read_ndjson), ("parquet", pl.read_parquet)):
        write_flat(tmp_path / f"a.{ending}", table)
        assert read(tmp_path / f"a.{ending}")["text"].to_list() == ["-1e5", "=a"]


def test_labels_that_are_written_back_are_not_altered(evil, run):
    audit = labelaudit.load("evil.parquet")
    decision = labelaudit.Decision(audit.issues["issue"][0], "fix", "=cat")
    (evil / "d.jsonl").write_text(decision.to_json() + "\n")
    assert run("export", "evil.parquet", "--decisions", "d.jsonl", "--out", "out.csv").exit_code == 0
    assert "'" not in (evil / "out.csv").read_text().replace("/C calc'", "").replace("|' ", "").replace("'quoted", "")


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["issues", "run.parquet"], "run.parquet"),
        (["score", "--labels", "all.parquet:name", "--predictions", "probs.csv"], "all.parquet"),
        (["score", "--labels", "labels.csv:name", "--predictions", "probs.csv"], "probs.csv"),
        (["score", *FILES, "--ids", "labels.csv:path"], "labels.csv"),
        (["score", *FILES, "--decisions", "d.jsonl"], "d.jsonl"),
        (["score", *FILES, "--class-names", "names.csv"], "names.csv"),
        (["export", "run.parquet", "--decisions", "out.patch.jsonl"], "out.patch.jsonl"),
    ],
)
@pytest.mark.parametrize("link", [None, "symlink_to", "hardlink_to"])
def test_an_output_that_is_an_input_is_refused_by_whatever_name(scored, run, arguments, name, link):
    (scored / "names.csv").write_text("cat,dog,fox")
    for decisions in ("d.jsonl", "out.patch.jsonl"):
        (scored / decisions).write_text(labelaudit.Decision("0.png", "keep").to_json() + "\n")
    out = name if link is None or arguments[0] == "export" else f"link{(scored / name).suffix}"
    if out != name:
        getattr(scored / out, link)(scored / name)
    before = (scored / name).read_bytes()
    result = run(*arguments, "--out", "out.csv" if arguments[0] == "export" else out)
    assert (result.exit_code, (scored / name).read_bytes()) == (2, before), result.output
    assert f"{name if arguments[0] == 'export' else out}: is what is read" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("no/a.csv", "the folder no does not exist"),
        ("labels.csv/a.csv", "the folder labels.csv does not exist"),
        ("folder.parquet", "folder.parquet: is a folder, expected the name of a file"),
        ("a.xlsx", "expected a name that ends in"),
        ("/dev/full", "expected a name that ends in"),
        ("full.csv", "full.csv: is no file but a device or a pipe"),
        ("x" * 300 + ".csv", "no file can be called so (File name too long)"),
        ("", "expected a name that ends in"),
    ],
)
@pytest.mark.parametrize("command", ["score", "issues"])
def test_a_bad_out_is_refused_in_a_sentence_before_anything_is_read(scored, run, command, out, message):
    (scored / "folder.parquet").mkdir()
    (scored / "full.csv").symlink_to("/dev/full")
    result = run(*{"score": ["score", *FILES], "issues": ["issues", "run.parquet"]}[command], "--out", out)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1), result.output
    assert message in result.stderr


def test_class_names_longer_than_a_file_name_are_names(folder, run):
    names = ",".join(["cat", "dog", "fox" * 2000])
    result = run(
        "score", "--labels", "labels.npy", "--predictions", "probs.npy", "--class-names", names, "--out", "a.csv"
    )
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    "arguments", [["issues", "run.parquet"], ["issues", "run.parquet", "--json"], ["--help"], ["--version"]]
)
def test_a_full_disk_behind_standard_output_is_said(scored, arguments):
    command = [sys.executable, "-m", "labelaudit", *arguments]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, check=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert line.endswith("standard output cannot be written (No space left on device)")


def test_a_terminal_that_knows_ascii_alone_is_served(scored):
    (scored / "run.parquet").rename(scored / "rün.parquet")
    done = program("issues", "rün.parquet", "--out", "ö.csv", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.splitlines()[-1].endswith(b"issues written to ?.csv")
    assert (scored / "ö.csv").exists()
    for arguments, code in [(["issues", "nö.parquet"], 2), (["--help"], 0), (["issues", "rün.parquet", "--json"], 0)]:
        done = program(*arguments, PYTHONIOENCODING="ascii")
        assert (done.returncode, b"Traceback" in done.stderr) == (code, False), done.stderr


def test_in_the_locale_c_a_name_that_is_no_text_is_refused_with_the_way_out(scored):
    (scored / "run.parquet").rename(scored / "rün.parquet")
    (scored / "plain.parquet").write_bytes((scored / "rün.parquet").read_bytes())
    bare = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert program("issues", "plain.parquet", "--out", "a.csv", **bare).returncode == 0
    for arguments in (["issues", "rün.parquet"], ["issues", "plain.parquet", "--out", "ö.csv"]):
        done = program(*arguments, **bare)
        (line,) = done.stderr.splitlines()
        assert (done.returncode, line.endswith(b"is no text in UTF-8; set PYTHONUTF8=1, or rename it")) == (2, True)


@pytest.mark.parametrize("count", ["²", "0", "-1", "many", "1.5", "100000", "9" * 5000])
def test_a_number_of_threads_that_is_none_is_refused(count):
    code = "import labelaudit; labelaudit.audit('regression', [1.0, 2.0], [1.0, 2.0])"
    environment = os.environ | {"LABELAUDIT_NUM_THREADS": count}
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, env=environment)
    sentence = (
        f"LABELAUDIT_NUM_THREADS: expected a number of threads, 1 to 1024, got {count!r:.40}; leave it out for one"
    )
    assert f"labelaudit.errors.InputError: {sentence} a processor" in done.stderr


def test_without_a_folder_for_compiled_code_it_says_so_once_and_goes_on(scored):
    nowhere = {"NUMBA_CACHE_DIR": "/dev/null/none", "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator"}
    done = program("score", "--labels", "labels.npy", "--predictions", "probs.npy", "--out", "a.csv", **nowhere)
    assert (done.returncode, done.stderr.decode().count("NUMBA_CACHE_DIR")) == (0, 1), done.stderr
    assert b"warning: no folder can be written to in which compiled code is kept" in done.stderr
