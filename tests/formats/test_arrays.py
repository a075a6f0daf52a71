"""Labels in NumPy files, and corrected ones back into their arrays."""

import zipfile

import numpy as np
import polars as pl
import pytest

import labelaudit
from labelaudit._data.ragged import Ragged
from labelaudit.formats.base import Change
from labelaudit.formats.location import locate
from labelaudit.formats.table_of_formats import read_labels, read_predictions

NAMES = ["cat", "dog", "fox"]


def fix(row, old, new):
    return Change(row, row, None, old, new)


@pytest.mark.parametrize(
    ("array", "changes", "expected"),
    [
        (np.array([0, 1, 2], np.uint8), [fix(1, "dog", "fox")], np.array([0, 2, 2], np.uint8)),
        (np.array([0, 1, 2], ">i4"), [fix(0, 0, 1)], np.array([1, 1, 2], ">i4")),
        (np.array([True, False]), [fix(0, 1, 0)], np.array([False, False])),
        (np.array(["cat", "dog"]), [fix(1, "dog", "fox")], np.array(["cat", "fox"])),
        (np.array(["cat", "dog"]), [fix(1, "dog", "horse")], np.array(["cat", "horse"])),
        (np.array([1.5, 2], np.float32), [fix(0, 1.5, 0.1)], np.array([0.1, 2], np.float32)),
        (np.array([0, 1, 2]), [Change(1, 1, None, 1, None)], np.array([0, 2])),
    ],
)
def test_a_change_is_made_in_the_type_of_the_array(tmp_path, rewrite, array, changes, expected):
    np.save(tmp_path / "a.npy", array)
    out = np.load(rewrite(tmp_path / "a.npy", "classes", *changes, names=NAMES))
    assert (out.tolist(), out.dtype) == (expected.tolist(), expected.dtype)


def test_a_matrix_keeps_its_type_and_order(tmp_path, rewrite):
    np.save(tmp_path / "a.npy", np.asfortranarray(np.array([[0, 1, -1], [1, 0, 0]], np.int8)))
    changes = [Change(0, 0, "cat", None, "cat"), Change(0, 0, "fox", None, "fox"), Change(1, 1, "cat", "cat", None)]
    out = np.load(rewrite(tmp_path / "a.npy", "sets", *changes, names=NAMES))
    assert (out.tolist(), out.dtype, out.flags.f_contiguous) == ([[1, 1, 1], [0, 0, 0]], np.int8, True)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_other_arrays_of_an_archive_stay_in_their_order(tmp_path, rewrite, save):
    save(tmp_path / "a.npz", probs=np.eye(2), labels=np.array([0, 1]), names=np.array(["x", "y"]))
    same = rewrite(f"{tmp_path}/a.npz:labels", "classes")
    assert same.read_bytes() == (tmp_path / "a.npz").read_bytes()
    out = rewrite(f"{tmp_path}/a.npz:labels", "classes", fix(0, 0, 1))
    with zipfile.ZipFile(out) as written, zipfile.ZipFile(tmp_path / "a.npz") as given:
        assert written.namelist() == given.namelist()
        for name in ("probs.npy", "names.npy"):
            assert written.read(name) == given.read(name)
        kinds = {info.compress_type for info in written.infolist()}
        assert kinds == {info.compress_type for info in given.infolist()}
    assert np.load(out)["labels"].tolist() == [1, 1]
    again = rewrite(f"{tmp_path}/a.npz:labels", "classes", fix(0, 0, 1))
    assert again.read_bytes() == out.read_bytes()


def test_what_the_type_cannot_hold_is_refused(tmp_path, rewrite):
    np.save(tmp_path / "a.npy", np.array([0, 1], np.uint8))
    with pytest.raises(
        labelaudit.InputError, match=r"a.npy: holds uint8, which cannot hold the corrected label 300 of row 1; widen"
    ):
        rewrite(tmp_path / "a.npy", "classes", fix(0, 0, 1), fix(1, 1, 300))
    with pytest.raises(labelaudit.InputError, match=r"cannot hold the corrected label 0.5 of row 0"):
        rewrite(tmp_path / "a.npy", "numbers", fix(0, 0, 0.5))


def test_a_matrix_is_cut_at_the_lengths_of_the_labels_and_not_loaded(tmp_path):
    np.save(tmp_path / "p.npy", np.eye(3))
    for labels in ([[0], [], [1, 1]], pl.Series([[0], [], [1, 1]])):
        found, names = read_predictions(locate(tmp_path / "p.npy"), "sentences", labels)
        assert isinstance(found, Ragged)
        assert isinstance(found.values, np.memmap)
        assert (found.offsets.tolist(), names) == ([0, 1, 1, 3], None)


def test_a_matrix_of_other_tokens_is_refused(tmp_path):
    np.save(tmp_path / "p.npy", np.eye(3))
    with pytest.raises(labelaudit.InputError, match=r"expected a row of probabilities for each of the 2 labelled tokens, got an array of shape \(3, 3\)"):  # fmt: skip
        read_predictions(locate(tmp_path / "p.npy"), "sentences", [[0], [1]])


def test_an_archive_of_several_arrays_wants_a_key(tmp_path):
    np.savez(tmp_path / "a.npz", a=np.eye(2), b=np.eye(2))
    with pytest.raises(labelaudit.InputError, match="expected a key after the file, one of a, b, as in .*a.npz:a"):
        read_labels(locate(tmp_path / "a.npz"), "classes")
    (tmp_path / "b.npz").write_bytes(b"none")
    with pytest.raises(labelaudit.InputError, match="b.npz: cannot be read as a NumPy array without pickled objects"):
        read_labels(locate(tmp_path / "b.npz"), "classes")
