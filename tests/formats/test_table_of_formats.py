"""Formats told apart, and what is said where there is none."""

import json

import numpy as np
import polars as pl
import pytest

import labelaudit
from labelaudit.formats.base import Source, digest_of
from labelaudit.formats.inputs import (
    read_classification,
    read_instance_segmentation,
    read_multilabel_classification,
    read_object_detection,
    read_regression,
    read_token_classification,
    read_values,
)
from labelaudit.formats.location import Location, locate
from labelaudit.formats.table_of_formats import FORMATS, find, read_labels


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.npy", "a.NPZ", "a.csv", "a.tsv", "a.parquet", "a.jsonl", "a.conll", "a.json", "a.xyz"):
        (tmp_path / name).touch()
    for name in ("yolo/a.txt", "voc/a.xml", "masks/a.png", "arrays/a.npy", "z.zarr/x", "both/a.txt", "both/a.xml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("path", "holds", "purpose", "name"),
    [
        ("a.npy", "classes", "labels", "numpy"),
        ("a.NPZ", "sets", "predictions", "numpy"),
        ("a.csv", "numbers", "labels", "csv"),
        ("a.tsv", "classes", "labels", "tsv"),
        ("a.tsv", "sentences", "labels", "conll"),
        ("a.conll", "sentences", "labels", "conll"),
        ("a.parquet", "sentences", "labels", "parquet"),
        ("a.jsonl", "sets", "labels", "jsonl"),
        ("a.npy", "sentences", "predictions", "numpy of tokens"),
        ("a.json", "boxes", "labels", "coco"),
        ("yolo", "boxes", "predictions", "yolo"),
        ("voc", "boxes", "labels", "voc"),
        ("a.NPZ", "boxes", "predictions", "detections"),
        ("a.json", "pixels", "labels", "panoptic"),
        ("masks", "pixels", "labels", "mask png"),
        ("a.npy", "pixels", "labels", "mask npy"),
        ("a.npy", "pixels", "predictions", "probabilities npy"),
        ("a.NPZ", "pixels", "predictions", "probabilities npz"),
        ("arrays", "pixels", "predictions", "probabilities folder"),
        ("z.zarr", "pixels", "predictions", "probabilities zarr"),
    ],
)
def test_a_format_is_told_by_ending_and_content(folder, path, holds, purpose, name):
    assert find(locate(path), holds, purpose).name == name


@pytest.mark.parametrize(
    ("path", "holds", "purpose", "message"),
    [
        ("a.xyz", "classes", "labels", r"a.xyz: expected labels in an .npy or .npz file, a .csv file, a .tsv file, a .parquet file or a .jsonl file"),
        ("a.xyz", "sentences", "labels", r"a.xyz: expected labels in a .parquet file, a .jsonl file or a .conll, .txt or .tsv file of CoNLL columns"),
        ("a.npy", "sentences", "labels", r"a.npy: is an .npy or .npz file with a row a token, which holds no labels; expected labels in"),
        ("both", "boxes", "labels", r"both: may be a folder of YOLO .txt files and a folder of Pascal VOC .xml files; expected one"),
        (".", "boxes", "labels", r"expected labels in a COCO .json file, .*; is it one of the folders in it, arrays, both, masks, voc, yolo\?"),
    ],
)  # fmt: skip
def test_what_is_no_known_format_is_refused_with_those_that_are(folder, path, holds, purpose, message):
    with pytest.raises(labelaudit.InputError, match=message):
        find(locate(path), holds, purpose)


def test_every_format_that_is_read_is_written_and_has_a_name_of_its_own():
    assert all((row.read is None) == (row.write is None) for row in FORMATS.values())
    assert all(name == row.name and (row.read or row.read_predictions) for name, row in FORMATS.items())


def test_a_source_is_an_absolute_path_and_is_kept_as_json(folder):
    (folder / "a.csv").write_text("id,label\n1,cat\n")
    source = read_labels(locate("a.csv:label"), "classes").source
    assert source.location == Location(folder / "a.csv", "label")
    assert (source.format, source.digest) == ("csv", digest_of(folder / "a.csv"))
    assert Source.from_json(json.loads(json.dumps(source.to_json()))) == source


def test_the_digest_of_a_folder_is_that_of_names_and_contents(folder):
    digest = digest_of(folder / "yolo")
    assert digest != digest_of(folder / "voc")
    (folder / "yolo/a.txt").write_text("0")
    assert digest_of(folder / "yolo") != digest
    (folder / "yolo/a.txt").rename(folder / "yolo/b.txt")
    (folder / "voc/a.xml").write_text("0")
    assert digest_of(folder / "yolo") != digest_of(folder / "voc")


def test_predictions_in_columns_are_called_by_their_classes(folder):
    (folder / "a.csv").write_text("label,number,prob_cat,prob_dog\ncat,0,0.9,0.1\n")
    found = read_classification("a.csv:label", "a.csv:prob_*", None)
    assert (found.class_names, found.predictions.to_dicts()) == (None, [{"cat": 0.9, "dog": 0.1}])
    assert found.source.options == {"holds": "classes"}
    assert read_classification("a.csv:label", "a.csv:prob_*", "hen,fox").class_names == ["hen", "fox"]
    (folder / "names.txt").write_text("hen\n\nfox\n")
    assert read_classification("a.csv:label", "a.csv:prob_*", "names.txt").class_names == ["hen", "fox"]


def test_names_of_sets_in_columns_are_theirs(folder):
    (folder / "a.csv").write_text("has_cat,has_dog,p_hen,p_fox\n1,0,0.9,0.1\n")
    (folder / "a.jsonl").write_text('[]\n["fox"]\n')
    assert read_multilabel_classification("a.csv:has_*", "a.csv:p_*", None).class_names == ["cat", "dog"]
    found = read_multilabel_classification("a.jsonl", "a.csv:p_*", None)
    assert (found.class_names, found.predictions.columns) == (None, ["hen", "fox"])


def test_labels_and_predictions_may_be_of_different_formats(folder):
    pl.DataFrame({"y": [1.5, 2.0]}).write_csv("a.csv")
    np.save("a.npy", np.array([1.0, 2.5]))
    found = read_regression("a.csv:y", "a.npy", None)
    assert (found.labels.tolist(), found.predictions.tolist()) == ([1.5, 2.0], [1.0, 2.5])
    (folder / "a.conll").write_text("EU B\nsaid O\n\nx O\n")
    np.save("a.npy", np.eye(3))
    found = read_token_classification("a.conll", "a.npy", "O,B")
    assert (found.labels, found.predictions.offsets.tolist()) == ([["B", "O"], ["O"]], [0, 2, 3])
    assert found.options == {"tokens": [["EU", "said"], ["x"]]}


def test_boxes_come_with_names_sizes_and_the_ids_of_their_records(folder):
    document = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 4, "height": 3}],
        "annotations": [{"id": 9, "image_id": 1, "category_id": 7, "bbox": [0, 0, 1, 1]}],
        "categories": [{"id": 7, "name": "cat"}],
    }
    (folder / "a.json").write_text(json.dumps(document))
    np.savez("d.npz", boxes=[], labels=[], scores=[], images=[])
    found = read_object_detection("a.json", "d.npz", None)
    assert (found.ids, found.class_names) == (["a.jpg"], ["cat"])
    assert found.options == {"annotation_ids": [[9]], "sizes": [(4, 3)]}
    assert found.source.options == {"class_names": ["cat"]}
    with pytest.raises(labelaudit.InputError, match="a.json: COCO names its classes itself"):
        read_object_detection("a.json", "d.npz", "cat")


def test_one_value_a_row_is_read_from_any_of_them(folder):
    (folder / "a.csv").write_text("path,n\nx,1\ny,2\n")
    assert read_values("a.csv:path").tolist() == ["x", "y"]
    (folder / "a.jsonl").write_text('{"path": "x"}\n')
    assert read_values("a.jsonl:path").tolist() == ["x"]


def test_masks_of_objects_are_not_read_from_files():
    with pytest.raises(
        labelaudit.InputError, match="instance_segmentation is not read from files yet; call labelaudit"
    ):
        read_instance_segmentation("a.json", "b.json", None)
