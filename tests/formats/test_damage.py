"""Damaged files: each is refused in a sentence, and no memory is taken for what a damaged head promises."""

import io
import json
import random
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import polars as pl
import pytest

import labelaudit
from labelaudit.formats.annotations import Annotations, BoxChange
from labelaudit.formats.base import Change
from labelaudit.formats.box_files import changes_of
from labelaudit.formats.location import locate
from labelaudit.formats.pixel_labels import MaskFiles
from labelaudit.formats.table_of_formats import read_labels, read_predictions

LABELS = np.arange(50) % 3


def read(path, holds="classes"):
    return np.array(read_labels(locate(path), holds).values)


def npy(head, data=b""):
    text = head.encode("latin-1")
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


HEAD = "{{'descr': '{}', 'fortran_order': False, 'shape': {}}}"


@pytest.mark.parametrize(
    "content",
    [
        npy(HEAD.format("<i8", "(1000000000000,)")),
        npy(HEAD.format("<i8", "(2000000000, 2000000000, 2000000000)")),
        npy(HEAD.format("<i8", "(-1,)")),
        npy(HEAD.format("<i8", "(3,)"), bytes(23)),
        npy(HEAD.format("|O", "(3,)"), bytes(24)),
        npy(HEAD.format("nothing", "(3,)")),
        npy("(" * 5000),
        npy("{"),
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
        b"\x93NUMPY\x09\x00",
        b"",
    ],
)
def test_an_array_that_is_not_what_its_head_says_is_refused_in_both_files(tmp_path, content):
    (tmp_path / "a.npy").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", content)
    for name in ("a.npy", "a.npz"):
        with pytest.raises(labelaudit.InputError, match=f"{name}: cannot be read as a NumPy array without pickled"):
            read(tmp_path / name)


def test_no_memory_is_taken_for_what_a_head_promises(tmp_path):
    (tmp_path / "a.npy").write_bytes(npy(HEAD.format("|u1", "(8000000000,)"), bytes(100)))
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "a.npy", "x.npy")
    code = f"""
import resource
from labelaudit.errors import InputError
from labelaudit.formats.arrays import read_array
from labelaudit.formats.location import locate
for name in ("a.npy", "a.npz"):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        read_array(locate({str(tmp_path)!r} + "/" + name))
    except InputError as problem:
        print("promises" in str(problem), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True True\nTrue True\n"


def test_an_archive_that_says_more_than_it_can_hold_is_refused(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", x=LABELS)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, entry + 24, 2**31)
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(labelaudit.InputError, match=r"x.npy cannot be of the 2,147,483,648 bytes that the archive"):
        read(tmp_path / "a.npz")


def test_a_wrong_checksum_is_seen_in_either_kind_of_archive(tmp_path):
    for save, name in ((np.savez, "a.npz"), (np.savez_compressed, "b.npz")):
        save(tmp_path / name, x=LABELS)
        content = bytearray((tmp_path / name).read_bytes())
        for start in (content.index(b"PK\x03\x04") + 14, content.rindex(b"PK\x01\x02") + 16):
            content[start] ^= 1
        (tmp_path / name).write_bytes(content)
        with pytest.raises(labelaudit.InputError, match=f"{name}: cannot be read .*Bad CRC-32"):
            read(tmp_path / name)


def test_an_encrypted_archive_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", x=LABELS)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    for flags in (content.index(b"PK\x03\x04") + 6, content.rindex(b"PK\x01\x02") + 8):
        content[flags] |= 1
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(labelaudit.InputError, match="a.npz: cannot be read .*encrypted, password required"):
        read(tmp_path / "a.npz")


def test_arrays_that_numpy_does_not_write_so_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("x.npy", npy(HEAD.format("|u1", "(3,)"), bytes(3)))
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        archive.writestr("x.txt", "0\n1\n")
    np.savez(tmp_path / "c.npz", x=np.array([{}], object))
    np.save(tmp_path / "d.npz.npy", LABELS)
    (tmp_path / "d.npz.npy").rename(tmp_path / "d.npz")
    (tmp_path / "e.npz").mkdir()
    for name in "abcde":
        with pytest.raises(labelaudit.InputError, match=f"{name}.npz: cannot be read as a NumPy array"):
            read(tmp_path / f"{name}.npz")


def test_another_array_that_is_damaged_is_not_copied(tmp_path, rewrite):
    np.savez(tmp_path / "a.npz", x=LABELS, y=LABELS)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[content.rindex(b"\x93NUMPY") + 200] ^= 1
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(labelaudit.InputError, match="a.npz: cannot be read .*Bad CRC-32 for file 'y.npy'"):
        rewrite(f"{tmp_path}/a.npz:x", "classes", Change(0, 0, None, 0, 1))


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "b.npz"])
def test_random_damage_is_refused_or_gives_an_array(tmp_path, name):
    content = io.BytesIO()
    {"a.npy": np.save, "a.npz": np.savez, "b.npz": np.savez_compressed}[name](content, LABELS)
    whole, chance = content.getvalue(), random.Random(14)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole[: chance.choice([len(whole), chance.randrange(len(whole))])])
        for _ in range(chance.randrange(1, 5)):
            if damaged:
                damaged[chance.randrange(min(len(damaged), chance.choice([200, 10_000])))] = chance.randrange(256)
        (tmp_path / name).write_bytes(damaged)
        try:
            assert isinstance(read(tmp_path / name), np.ndarray)
        except labelaudit.InputError as problem:
            refused += str(problem).startswith(f"{tmp_path / name}: ")
    assert refused > 150


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[" * 100_000 + "]" * 100_000, "line 2 is no JSON"),
        ("9" * 5000, "the number 99999999999999999999… has more than 64 bits"),
        (str(2**63), "has more than 64 bits"),
        (str(-(2**63) - 1), "has more than 64 bits"),
    ],
)
@pytest.mark.parametrize("holds", ["classes", "numbers", "sets", "sentences"])
def test_depth_and_huge_numbers_in_json_lines(tmp_path, line, reason, holds):
    inner = line if holds in ("classes", "numbers") or line[0] == "[" else f"[{line}]"
    (tmp_path / "a.jsonl").write_text(("1\n" if holds in ("classes", "numbers") else "[1]\n") + inner + "\n")
    with pytest.raises(labelaudit.InputError, match=reason):
        read_labels(locate(tmp_path / "a.jsonl"), holds)


def test_numbers_of_64_bits_and_long_fractions_are_read(tmp_path):
    (tmp_path / "a.jsonl").write_text(f"{2**63 - 1}\n{-(2**63)}\n")
    assert read(tmp_path / "a.jsonl").tolist() == [2**63 - 1, -(2**63)]
    (tmp_path / "b.jsonl").write_text('{"id": "12345678901234567890", "p": [0.1234567890123456789, 1e-30]}\n')
    assert read_predictions(locate(f"{tmp_path}/b.jsonl:p"), "classes", None)[0].tolist() == [
        [0.12345678901234568, 1e-30]
    ]


@pytest.fixture
def run_file(tmp_path):
    audit = labelaudit.audit("classification", [0, 0, 1], [[0.9, 0.1], [0.1, 0.9], [0.2, 0.8]], ids=["a", "b", "c"])
    audit.save(tmp_path / "run.parquet")
    return tmp_path / "run.parquet"


def with_about(path, change):
    about = json.loads(pl.read_parquet_metadata(path)["labelaudit"])
    pl.read_parquet(path).write_parquet(path, metadata={"labelaudit": change(about)})


@pytest.mark.parametrize(
    "change",
    [
        lambda about: "{",
        lambda about: "[" * 100_000,
        lambda about: "[]",
        lambda about: "null",
        lambda about: json.dumps({key: value for key, value in about.items() if key != "format"}),
        lambda about: json.dumps({key: value for key, value in about.items() if key != "counts"}),
        lambda about: json.dumps({key: value for key, value in about.items() if key != "task"}),
        lambda about: json.dumps(about | {"counts": 3}),
        lambda about: json.dumps(about | {"counts": about["counts"] | {"by_class": {"class": "x"}}}),
        lambda about: json.dumps(about | {"estimate": {"wrong": 1}}),
        lambda about: json.dumps(about | {"doubts": [3]}),
        lambda about: json.dumps(about | {"doubts": None}),
        lambda about: json.dumps(about | {"class_names": 3}),
        lambda about: json.dumps(about | {"source": {"path": "x"}}),
        lambda about: json.dumps(about | {"unknown": 1}),
        lambda about: json.dumps(about | {"counts": about["counts"] | {"wrong": 10**6}}),
        lambda about: json.dumps(about | {"counts": about["counts"] | {"missing": "x"}}),
    ],
)
def test_a_run_whose_description_is_damaged_is_refused(run_file, change):
    with_about(run_file, change)
    with pytest.raises(labelaudit.InputError, match=r"run.parquet: is a damaged run, .*make it anew$"):
        labelaudit.load(run_file)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda table: table.drop("issues"), "issues is missing"),
        (lambda table: table.drop("id"), "id is missing"),
        (lambda table: table.drop("score"), "score is missing"),
        (lambda table: table.cast({"score": pl.String}), "score is of String"),
        (lambda table: table.with_columns(issues=pl.lit(1)), "issues is of Int32"),
        (lambda table: table.with_columns(issues=pl.lit(None).cast(pl.List(pl.Int64))), "rank is missing"),
    ],
)
def test_a_run_that_lacks_a_column_is_refused(run_file, change, what):
    about = pl.read_parquet_metadata(run_file)
    change(pl.read_parquet(run_file)).write_parquet(run_file, metadata=about)
    with pytest.raises(labelaudit.InputError, match=f"run.parquet: is a damaged run, whose column {what}; make it"):
        labelaudit.load(run_file)


def test_a_run_cut_anywhere_is_refused(run_file):
    whole = run_file.read_bytes()
    for length in [0, 1, 4, 8, 100, len(whole) // 2, len(whole) - 9, len(whole) - 1]:
        run_file.write_bytes(whole[:length])
        with pytest.raises(labelaudit.InputError, match="run.parquet: is no Parquet file, or a damaged one"):
            labelaudit.load(run_file)


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "x" * 300 + ".npy:key", ""])
def test_what_no_file_can_be_called_is_not_there(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(labelaudit.InputError, match="no such file|cannot be read|expected labels in"):
        read_labels(locate(name), "classes")


BOXES = Annotations(["a.jpg"], [{}], ["cat", "dog"], None, [np.arange(3)], None)
ISSUES = pl.DataFrame(
    {
        "row": [0, 0, 0, 0],
        "box": [0, None, 1, 2],
        "kind": ["swapped", "overlooked", "badly_located", "duplicated"],
        "suggested": ["dog", "cat", None, None],
        "suggested_bbox": [None, [1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], None],
    }
)


def test_suggestions_in_a_table_of_pandas_are_those_of_polars():
    expected = [
        BoxChange(0, 0, label=1),
        BoxChange(0, None, label=0, bbox=(1.0, 2.0, 3.0, 4.0)),
        BoxChange(0, 1, bbox=(5.0, 6.0, 7.0, 8.0)),
        BoxChange(0, 2, remove=True),
    ]
    assert changes_of(ISSUES, BOXES) == expected
    assert changes_of(pd.DataFrame(ISSUES.to_dict(as_series=False)), BOXES) == expected


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("suggested", "wolf", "row 0, swapped, suggests 'wolf' at None, expected one of the class names"),
        ("suggested", None, "row 0, swapped, suggests None"),
        ("suggested", 7, "row 0, swapped, suggests 7 .*expected a label in 0..1, got 7"),
        ("suggested_bbox", "1, 2, 3, 4", "row 1, overlooked, suggests 'cat' at 1, 2, 3, 4"),
        ("suggested_bbox", [1.0, 2.0], "row 1, overlooked, suggests 'cat'"),
        ("suggested_bbox", [5.0, 2.0, 3.0, 4.0], "row 1, overlooked, .*expected a bbox of finite x1 ≤ x2"),
        ("row", 9, "row 0, swapped, .*expected an image in 0..0, got 9"),
    ],
)
def test_an_edited_suggestion_that_is_none_is_refused_with_its_row(column, value, message):
    table = pd.DataFrame(ISSUES.to_dict(as_series=False)).astype(object)
    table.at[1 if column == "suggested_bbox" else 0, column] = value
    with pytest.raises(labelaudit.InputError, match=f"^issues: {message}"):
        changes_of(table, BOXES)


def test_a_table_without_the_columns_of_issues_is_refused():
    for table in (ISSUES.drop("suggested_bbox"), [], None):
        with pytest.raises(labelaudit.InputError, match="issues: has no column .*; expected rows of Audit.issues or"):
            changes_of(table, BOXES)


def test_a_run_of_a_task_that_is_unknown_is_refused(run_file):
    with_about(run_file, lambda about: json.dumps(about | {"task": "nothing"}))
    with pytest.raises(labelaudit.InputError, match="run.parquet: is a run of 'nothing', which is none of class"):
        labelaudit.load(run_file)


@pytest.mark.parametrize("holds", ["boxes", "pixels"])
def test_damaged_archives_of_detections_and_of_probabilities_are_refused(tmp_path, holds):
    names = ("boxes", "labels", "scores", "images")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for name in names if holds == "boxes" else ("a",):
            archive.writestr(f"{name}.npy", npy(HEAD.format("<f8", "(1000000000000,)")))
    whole = (tmp_path / "a.npz").read_bytes()
    about = BOXES if holds == "boxes" else MaskFiles(["a.png"], [np.zeros((2, 2), int)], None, None)
    for content in (whole, whole[:100], whole.replace(b"PK\x03\x04", b"PK\x03\x05"), b""):
        (tmp_path / "a.npz").write_bytes(content)
        with pytest.raises(labelaudit.InputError, match="a.npz: cannot be read as a NumPy array without pickled"):
            read_predictions(locate(tmp_path / "a.npz"), holds, about)
