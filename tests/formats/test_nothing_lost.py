"""Files that are there whole or not at all, whatever ends the program and whoever writes beside it."""

import errno
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import polars as pl
import pytest

import labelaudit
from labelaudit.formats import beside
from labelaudit.formats.location import check_apart, new_folder, replacing

# Writes half of a file or a folder, says so, and waits for its end.
HALF = """
import sys, time
from pathlib import Path
from labelaudit.formats.location import new_folder, replacing
how, path = {"file": replacing, "folder": new_folder}[sys.argv[1]], Path(sys.argv[2])
with how(path) as beside:
    (beside if sys.argv[1] == "file" else beside / "a.txt").write_text("half")
    print("half", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    return tmp_path / "a.txt"


def names(folder):
    return sorted(one.name for one in folder.iterdir())


def rewrite(path, text="new"):
    with replacing(path) as where:
        where.write_text(text)


def test_the_new_file_takes_the_place_of_the_old_one_and_its_rights(path, tmp_path):
    path.chmod(0o640)
    rewrite(path)
    assert (path.read_text(), path.stat().st_mode & 0o777, names(tmp_path)) == ("new", 0o640, ["a.txt"])


def test_the_temporary_file_has_a_name_that_cannot_be_foreseen_and_is_never_one_that_is_there(path, tmp_path):
    seen = set()
    for _ in range(3):
        with replacing(path) as where:
            seen.add(where.name)
            assert where.parent == tmp_path
    assert len(seen) == 3


def test_a_planted_link_is_not_written_through(path, tmp_path, monkeypatch):
    (tmp_path / "victim").write_text("mine")
    planted, free = "0" * 16, "1" * 16
    (tmp_path / f".labelaudit-{planted}.part").symlink_to(tmp_path / "victim")
    monkeypatch.setattr(beside.secrets, "token_hex", lambda _: planted)
    with pytest.raises(labelaudit.InputError, match=r"a.txt: cannot be written \(File exists\)"):
        rewrite(path)
    monkeypatch.setattr(beside.secrets, "token_hex", lambda _: free)
    rewrite(path)
    assert ((tmp_path / "victim").read_text(), path.read_text()) == ("mine", "new")


def test_what_is_swapped_while_it_is_written_does_not_take_the_place(path, tmp_path):
    def swapped():
        with replacing(path) as where:
            where.unlink()
            where.write_text("of another")

    with pytest.raises(labelaudit.InputError, match="what was being written is gone"):
        swapped()
    assert (path.read_text(), names(tmp_path)) == ("old", ["a.txt"])


@pytest.mark.parametrize("how", ["file", "folder"])
def test_what_a_killed_program_left_goes_with_the_next_run_and_what_is_being_written_stays(tmp_path, how):
    def start(name):
        program = subprocess.Popen([sys.executable, "-c", HALF, how, tmp_path / name], stdout=subprocess.PIPE)
        assert program.stdout.readline() == b"half\n"
        return program

    writing, killed = start("w"), start("k")
    assert len(names(tmp_path)) == 2
    killed.kill()
    killed.communicate()
    rewrite(tmp_path / "b.txt")
    left = names(tmp_path)
    writing.kill()
    writing.communicate()
    assert (len(left), left[-1]) == (2, "b.txt")
    rewrite(tmp_path / "b.txt")
    assert names(tmp_path) == ["b.txt"]


def test_a_file_of_the_same_kind_of_name_is_not_swept(tmp_path):
    mine = [".labelaudit-notes.part", ".labelaudit-0123456789ABCDEF.part", "labelaudit-0123456789abcdef.part"]
    for name in mine:
        (tmp_path / name).write_text("mine")
    rewrite(tmp_path / "a.txt")
    assert names(tmp_path) == sorted([*mine, "a.txt"])


def test_eight_threads_and_readers_beside_them_see_whole_files_only(tmp_path):
    audits = [labelaudit.audit("regression", [float(k)] * 200, [float(k)] * 200, ids=range(200)) for k in range(8)]
    path = tmp_path / "run.parquet"
    audits[0].save(path)
    stopped = threading.Event()

    def save(audit):
        for _ in range(5):
            audit.save(path)

    def read():
        while not stopped.is_set():
            assert len(set(labelaudit.load(path).items["given"])) == 1

    with ThreadPoolExecutor(10) as threads:
        readers = [threads.submit(read) for _ in range(2)]
        writers = [threads.submit(save, audit) for audit in audits]
        wait(writers)
        stopped.set()
    assert [thread.exception() for thread in writers + readers] == [None] * 10
    assert names(tmp_path) == ["run.parquet"]


def test_a_power_cut_finds_the_content_on_the_disk_before_the_name(path, tmp_path, monkeypatch):
    done = []
    sync, move = os.fsync, Path.replace

    def fsync(descriptor):
        done.append(("sync", Path(f"/proc/self/fd/{descriptor}").readlink().name))
        sync(descriptor)

    def replace(self, target):
        done.append(("move", target.name))
        return move(self, target)

    monkeypatch.setattr(beside.os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    with replacing(path) as where:
        where.write_text("new")
    assert done == [("sync", where.name), ("move", "a.txt"), ("sync", tmp_path.name)]
    done.clear()
    with new_folder(tmp_path / "out") as folder:
        (folder / "x").write_text("1")
    assert done == [("sync", "x"), ("sync", folder.name), ("move", "out"), ("sync", tmp_path.name)]


@pytest.mark.parametrize("ending", ["parquet", "csv", "json", "jsonl"])
def test_a_full_disk_leaves_the_old_file(tmp_path, ending):
    code = f"""
import resource, polars as pl
from pathlib import Path
from labelaudit.errors import InputError
from labelaudit.formats.flat import write_flat
path = Path({str(tmp_path / f"t.{ending}")!r})
write_flat(path, pl.DataFrame({{"a": [1]}}))
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
before = path.read_bytes()
try:
    write_flat(path, pl.DataFrame({{"a": range(100_000)}}))
except InputError as problem:
    print(problem)
assert path.read_bytes() == before
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"t.{ending}: cannot be written (" in done.stdout
    assert "File too large" in done.stdout
    assert names(tmp_path) == [f"t.{ending}"]


def test_a_disk_that_fails_when_all_is_brought_to_it_leaves_the_old_file(path, tmp_path, monkeypatch):
    def fail(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(beside.os, "fsync", fail)
    with pytest.raises(labelaudit.InputError, match=r"a.txt: cannot be written \(No space left on device\)"):
        rewrite(path)
    assert (path.read_text(), names(tmp_path)) == ("old", ["a.txt"])


def test_rights_are_asked_before_anything_is_done(path, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda where, _: where != tmp_path)
    with pytest.raises(labelaudit.InputError, match="a.txt: nothing may be written to the folder .*; name another"):
        rewrite(path)
    monkeypatch.setattr(os, "access", lambda where, _: where != path)
    with pytest.raises(labelaudit.InputError, match="a.txt: may not be written, name another file or change"):
        rewrite(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no/a.csv", "the folder .*no does not exist"),
        ("a.txt/b.csv", "the folder .*a.txt does not exist"),
        ("folder.csv", "folder.csv: is a folder, expected the name of a file"),
        ("full.csv", "full.csv: is no file but a device or a pipe"),
        ("x" * 300 + ".csv", "…: no file can be called so .File name too long"),
        ("a\0b.csv", "no file can be called so .*null"),
    ],
)
def test_a_place_where_no_file_can_be_is_refused(path, tmp_path, name, message):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "full.csv").symlink_to("/dev/full")
    before = names(tmp_path)
    with pytest.raises(labelaudit.InputError, match=message):
        rewrite(tmp_path / name)
    assert names(tmp_path) == before


def test_a_folder_beginning_with_a_tilde_is_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~").mkdir()
    audit = labelaudit.audit("regression", [1.0], [1.0])
    audit.save("~/run[1].parquet")
    assert labelaudit.load("~/run[1].parquet").items.equals(audit.items)
    assert names(tmp_path / "~") == ["run[1].parquet"]


def test_an_output_that_is_an_input_by_another_name_is_refused(path, tmp_path):
    (tmp_path / "link.txt").symlink_to(path)
    (tmp_path / "hard.txt").hardlink_to(path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/b.txt").write_text("b")
    (tmp_path / "way").symlink_to(tmp_path / "folder")
    for out, given in [("link.txt", path), ("hard.txt", path), ("way/b.txt", tmp_path / "folder")]:
        with pytest.raises(labelaudit.InputError, match=r"is what is read \(.*\); name another file, so that it stays"):
            check_apart(tmp_path / out, given)
    check_apart(tmp_path / "folder/new.txt", tmp_path / "folder", path)
    check_apart(tmp_path / "new.txt", path, tmp_path / "gone.txt")


def test_an_audit_is_not_saved_over_its_labels(tmp_path):
    pl.DataFrame({"label": [0, 1, 1]}).write_parquet(tmp_path / "labels.parquet")
    pl.DataFrame({"a": [0.9, 0.2, 0.3], "b": [0.1, 0.8, 0.7]}).write_parquet(tmp_path / "probs.parquet")
    data = labelaudit.tasks.TASKS["classification"].read(
        f"{tmp_path}/labels.parquet:label", f"{tmp_path}/probs.parquet", None
    )
    audit = labelaudit.audit("classification", [0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
    object.__setattr__(audit, "source", data.source)
    before = (tmp_path / "labels.parquet").read_bytes()
    with pytest.raises(labelaudit.InputError, match="labels.parquet: is what is read"):
        audit.save(tmp_path / "labels.parquet")
    assert (tmp_path / "labels.parquet").read_bytes() == before


def test_terminated_the_command_line_removes_what_is_half_written(tmp_path):
    code = """
import sys, time
import labelaudit.cli as cli
import typer, pathlib
from labelaudit.cli import app as program
from labelaudit.formats.location import replacing
@program.app.command()
def wait():
    with replacing(pathlib.Path("out.txt")) as beside:
        beside.write_text("half")
        print("half", flush=True)
        time.sleep(60)
sys.argv = ["labelaudit", "wait"]
cli.main()
"""
    program = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert program.stdout.readline() == b"half\n"
    assert len(names(tmp_path)) == 1
    program.send_signal(signal.SIGTERM)
    assert program.communicate() == (b"", b"")
    assert (program.returncode, names(tmp_path)) == (143, [])
