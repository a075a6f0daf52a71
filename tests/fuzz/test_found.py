"""What the hunt found, each as the smallest file that does it."""

import contextlib
import io
import zipfile

import numpy as np
import polars as pl
import pytest

import labelaudit
from labelaudit import Decision
from labelaudit.decisions import open_decisions
from labelaudit.formats.inputs import read_object_detection
from labelaudit.formats.location import locate
from labelaudit.formats.table_of_formats import read_labels, read_predictions


def _npy(header, body=bytes(24)):
    text = header.encode("latin1")
    text += b" " * ((63 - (10 + len(text))) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body


def _zip(content, method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        made.writestr("labels.npy", content)
    return file.getvalue()


def _with_method_99():
    content = bytearray(_zip(_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }")))
    content[content.find(b"PK\x01\x02") + 10] = content[content.find(b"PK\x03\x04") + 8] = 99
    return bytes(content)


SHAPE = "{'descr': '<f8', 'fortran_order': False, 'shape': "
ARRAYS = {
    "open.npy": _npy(SHAPE + "(3,"),
    "deep.npy": _npy(SHAPE + "(" * 2000 + ")" * 2000 + "}"),
    "negative.npy": _npy(SHAPE + "(-1,), }"),
    "huge.npy": _npy(SHAPE + "(10000000000000, 9), }"),
    "characters.npy": _npy("{'descr': '<U1', 'fortran_order': False, 'shape': (2,), }", b"\xff\xff\xff\x7f" * 2),
    "method.npz": _with_method_99(),
    "raw.npz": _zip(b"hello"),
    "open.npz": _zip(_npy(SHAPE + "(3,")),
    "bomb.npz": _zip(_npy(SHAPE + "(900000000,), }"), zipfile.ZIP_DEFLATED),
    "encrypted.npz": _zip(b"hello").replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01").replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays(tmp_path, name):
    (tmp_path / name).write_bytes(ARRAYS[name])
    with pytest.raises(labelaudit.InputError, match=name):
        _audit(tmp_path / name)


def _audit(path):
    """Read, and look at what is read: an array may be in its file until then."""
    labelaudit.audit("classification", read_labels(locate(path), "classes").values, [[0.9, 0.1], [0.2, 0.8]])


@pytest.mark.parametrize("member", ["boxes", "labels", "scores", "images"])
def test_detections_of_which_one_is_no_array(tmp_path, member):
    (tmp_path / "l.json").write_text(
        '{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [], "categories": [{"id": 1, "name": "cat"}]}'
    )
    np.savez(tmp_path / "good.npz", boxes=np.zeros((1, 4)), labels=[0], scores=[0.5], images=[0])
    read_object_detection(str(tmp_path / "l.json"), str(tmp_path / "good.npz"), None)
    with zipfile.ZipFile(tmp_path / "good.npz") as given, zipfile.ZipFile(tmp_path / "d.npz", "w") as made:
        for name in given.namelist():
            made.writestr(name, b"hello" if name == f"{member}.npy" else given.read(name))
    with pytest.raises(labelaudit.InputError, match=r"d\.npz: "):
        read_object_detection(str(tmp_path / "l.json"), str(tmp_path / "d.npz"), None)


def test_numbers_of_more_than_64_bits_in_a_column(tmp_path):
    (tmp_path / "t.csv").write_text("has_a,has_b\n18446744073709551616,1\n1,0\n")
    with pytest.raises(labelaudit.InputError, match=r"t\.csv"):
        read_labels(locate(f"{tmp_path}/t.csv:has_*"), "sets")
    with pytest.raises(labelaudit.InputError, match=r"t\.csv"):
        read_predictions(locate(f"{tmp_path}/t.csv:has_*"), "classes", None)


def test_parquet_whose_pages_are_damaged(tmp_path):
    path = tmp_path / "t.parquet"
    pl.DataFrame({"label": [float(i) for i in range(24)]}).write_parquet(path, compression="uncompressed")
    content = path.read_bytes()
    ends = []
    for at in range(0, 120, 3):
        path.write_bytes(content[:at] + bytes(30) + content[at + 30 :])
        with contextlib.suppress(labelaudit.InputError):
            read_labels(locate(f"{path}:label"), "numbers")
            ends.append(at)
    assert len(ends) < 40


def _run(folder):
    path = folder / "run.parquet"
    labelaudit.audit("classification", [0, 1, 1], [[0.9, 0.1], [0.95, 0.05], [0.2, 0.8]]).save(path)
    return path


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"task"', b"task  "), (b"likeliest", b"likelies!"), (b"issue", b"i ue\0"), (b"counts", b"c0unts")],
)
def test_a_run_of_which_a_word_is_damaged(tmp_path, old, new):
    path = _run(tmp_path)
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    with pytest.raises(labelaudit.InputError, match=r"run\.parquet: "):
        _view(path)


def _view(path):
    labelaudit.load(path).view(1)


@pytest.mark.parametrize(("at", "value"), [(4096, 0), (4100, 255), (8192, 0), (8192, 255), (18, 255), (28, 255)])
def test_a_damaged_file_of_decisions(tmp_path, at, value):
    path = tmp_path / "d.sqlite"
    open_decisions(path).append(Decision("a", "keep"))
    content = bytearray(path.read_bytes())
    content[at] = value
    damaged = tmp_path / "x.sqlite"
    damaged.write_bytes(bytes(content))
    with pytest.raises(labelaudit.InputError, match=r"x\.sqlite: "):
        _use(damaged)


def _use(path):
    kept = open_decisions(path)
    list(kept)
    kept.append(Decision("b", "keep"))
