"""Formats of boxes told apart, detections as arrays, and changes that cannot be made."""

import json

import numpy as np
import pytest

import labelaudit
from labelaudit.formats.annotations import BoxChange
from labelaudit.formats.box_files import read_annotations, read_detections, write_annotations

IMAGES = ["train/a.jpg", "train/b.jpg", "test/b.jpg"]
XML = """<annotation><filename>{}</filename><size><width>100</width><height>200</height></size>
<object><name>dog</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></object></annotation>"""


@pytest.fixture
def coco(tmp_path):
    document = {
        "images": [{"id": row, "file_name": name} for row, name in enumerate(IMAGES)],
        "annotations": [{"id": 1, "image_id": 0, "category_id": 1, "bbox": [1, 2, 3, 4]}],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    }
    (tmp_path / "instances.json").write_text(json.dumps(document))
    return tmp_path / "instances.json"


@pytest.fixture
def voc(tmp_path):
    (tmp_path / "voc").mkdir()
    for name in "ab":
        (tmp_path / f"voc/{name}.xml").write_text(XML.format(f"{name}.jpg"))
    return tmp_path / "voc"


def arrays(**changed):
    boxes = [[1, 0, 1, 1], [0, 1, 1, 1], [0, 0, 2, 1], [0, 0, 1, 2]]
    given = {"boxes": boxes, "labels": [1, 0, 1, 0], "scores": [0.1, 0.2, 0.3, 1]}
    return {name: np.array(value) for name, value in (given | {"images": [2, 0, 2, 0]} | changed).items()}


def test_places_in_arrays_count_images_and_classes(coco, tmp_path):
    np.savez(tmp_path / "d.npz", **arrays())
    a, b, c = read_detections(tmp_path / "d.npz", read_annotations(coco))
    assert a["boxes"].tolist() == [[0, 1, 1, 1], [0, 0, 1, 2]]
    assert (a["labels"].tolist(), a["scores"].tolist()) == ([0, 0], [0.2, 1])
    assert (len(b["scores"]), c["scores"].tolist()) == (0, [0.1, 0.3])


def test_strings_in_arrays_name_images_and_classes(coco, tmp_path):
    images = ["test/b.jpg", "a", "test/b.jpg", "train/a.jpg"]
    np.savez(tmp_path / "d.npz", **arrays(images=images, labels=["dog", "cat", "dog", "cat"]))
    a, _, c = read_detections(tmp_path / "d.npz", read_annotations(coco))
    assert (a["labels"].tolist(), a["scores"].tolist()) == ([0, 0], [0.2, 1])
    assert (c["labels"].tolist(), c["scores"].tolist()) == ([1, 1], [0.1, 0.3])


def test_no_detections_at_all_are_ordinary(coco, tmp_path):
    np.savez(tmp_path / "d.npz", boxes=[], labels=[], scores=[], images=[])
    assert [d["boxes"].shape for d in read_detections(tmp_path / "d.npz", read_annotations(coco))] == [(0, 4)] * 3


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"boxes": np.zeros((4, 5))}, r"d.npz: expected boxes of shape \(4, 4\), one a score, got \(4, 5\)"),
        ({"images": [0]}, r"d.npz: expected images of shape \(4\), one a score, got \(1,\)"),
        ({"boxes": np.full((4, 4), np.nan)}, "d.npz: boxes: expected four finite numbers, row 0 holds"),
        ({"boxes": [[0, 0, 1, 1], [3, 0, 1, 1]] * 2}, "d.npz: boxes: expected x1 ≤ x2 and y1 ≤ y2, row 1 holds"),
        ({"boxes": np.full((4, 4), "1")}, "d.npz: expected numbers in boxes, got <U1"),
        ({"scores": [0.1, np.nan, 0.2, 0.3]}, r"d.npz: scores: expected a number in \[0, 1\], row 1 holds nan"),
        ({"labels": [0, 1, 2, 0]}, "d.npz: labels: expected 0 to 1, or names, row 2 holds 2"),
        ({"labels": [0.0, 1, 1, 0]}, "d.npz: expected integers or strings in labels, got float64"),
        ({"labels": ["cat", "cat", "cow", "cat"]}, "d.npz: labels holds 'cow', expected one of cat, dog"),
        ({"images": [0, 1, -1, 0]}, "d.npz: images: expected 0 to 2, or names, row 2 holds -1"),
        ({"images": ["a", "a", "b", "a"]}, "d.npz: images: the name 'b' is that of train/b.jpg and of test/b.jpg; give full"),
        ({"images": np.array([None] * 4)}, "d.npz: cannot be read as a NumPy array without pickled objects"),
    ],
)  # fmt: skip
def test_malformed_arrays_are_refused(coco, tmp_path, changed, message):
    np.savez(tmp_path / "d.npz", **arrays(**changed))
    with pytest.raises(labelaudit.InputError, match=message):
        read_detections(tmp_path / "d.npz", read_annotations(coco))


def test_a_missing_array_and_a_file_that_is_none_are_refused(coco, tmp_path):
    np.savez(tmp_path / "d.npz", boxes=np.zeros((0, 4)))
    with pytest.raises(labelaudit.InputError, match=r"d.npz: has no array labels; expected boxes, labels, scores, images"):  # fmt: skip
        read_detections(tmp_path / "d.npz", read_annotations(coco))
    (tmp_path / "d.npz").write_text("none")
    with pytest.raises(labelaudit.InputError, match=r"d.npz: cannot be read as a NumPy array"):
        read_detections(tmp_path / "d.npz", read_annotations(coco))


def test_yolo_detections_serve_annotations_of_every_format_that_has_sizes(coco, voc, tmp_path):
    (tmp_path / "found").mkdir()
    (tmp_path / "found/a.txt").write_text("0 0.5 0.5 1 1 0.9\n")
    a, b = read_detections(tmp_path / "found", read_annotations(voc))
    assert (a["boxes"].tolist(), len(b["boxes"])) == ([[0, 0, 100, 200]], 0)
    with pytest.raises(labelaudit.InputError, match=r"found: the sizes of the images are needed; give width and height"):  # fmt: skip
        read_detections(tmp_path / "found", read_annotations(coco))


def test_ids_of_coco_detections_need_coco_annotations(voc, tmp_path):
    (tmp_path / "d.json").write_text("[]")
    with pytest.raises(labelaudit.InputError, match=r"d.json: .* ids, which only COCO annotations have; give .* .npz"):
        read_detections(tmp_path / "d.json", read_annotations(voc))


def test_a_path_that_is_no_known_format_is_refused(coco, tmp_path):
    (tmp_path / "VOC/Annotations").mkdir(parents=True)
    (tmp_path / "a.csv").touch()
    for path, message in [
        (tmp_path / "none.json", r"none.json: no such file"),
        (tmp_path / "a.csv", r"a.csv: expected labels in a COCO .json file, a folder of YOLO .txt files or a folder of Pascal VOC"),
        (tmp_path / "VOC", r"VOC: expected labels in .*, a folder of YOLO .txt files or .*; is it one of the folders in it, Annotations\?"),
    ]:  # fmt: skip
        with pytest.raises(labelaudit.InputError, match=message):
            read_annotations(path)
    for name in ("a.txt", "a.xml"):
        (tmp_path / "VOC" / name).touch()
    with pytest.raises(
        labelaudit.InputError,
        match=r"VOC: may be a folder of YOLO .txt files and a folder of Pascal VOC .xml files; expected one of them",
    ):
        read_annotations(tmp_path / "VOC")
    with pytest.raises(
        labelaudit.InputError,
        match=r"a.csv: expected predictions in a COCO .json file, a folder of YOLO .txt files or an .npz file of detections",
    ):
        read_detections(tmp_path / "a.csv", read_annotations(coco))
    with pytest.raises(labelaudit.InputError, match=r"instances.json: COCO names its classes itself"):
        read_annotations(coco, class_names=["cat", "dog"])


def test_detections_in_xml_have_no_scores(voc):
    with pytest.raises(
        labelaudit.InputError,
        match=r"voc: is a folder of Pascal VOC .xml files, which holds no predictions; expected predictions in a COCO",
    ):
        read_detections(voc, read_annotations(voc))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([BoxChange(3, 0, label=0)], r"changes: row 0: expected an image in 0..2, got 3"),
        ([BoxChange(0, 0, label=2)], r"changes: row 0: expected a label in 0..1, got 2"),
        ([BoxChange(0, 1, label=0)], "changes: row 0: train/a.jpg has 1 boxes that are scored, numbered from 0; got 1"),
        ([BoxChange(0, 0, bbox=(3, 0, 1, 1))], "changes: row 0: expected a bbox of finite x1 ≤ x2 and y1 ≤ y2"),
        ([BoxChange(0, 0, bbox=(0, 0, np.inf, 1))], "changes: row 0: expected a bbox of finite"),
        ([BoxChange(0, 0)], "changes: row 0: expected a label, a bbox or both, or else remove"),
        ([BoxChange(0, 0, label=1, remove=True)], "changes: row 0: expected a label, a bbox or both, or else remove"),
        ([BoxChange(0, None, label=1)], "changes: row 0: a box that is added needs a label and a bbox"),
        ([BoxChange(0, None, remove=True)], "changes: row 0: a box that is added needs a label and a bbox"),
        ([BoxChange(0, 0, label=1), BoxChange(0, 0, remove=True)], "changes: row 1: box 0 of train/a.jpg is changed twice"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_made_is_refused_and_nothing_is_written(coco, tmp_path, changes, message):
    with pytest.raises(labelaudit.InputError, match=message):
        write_annotations(tmp_path / "out.json", read_annotations(coco), changes)
    assert not (tmp_path / "out.json").exists()


def test_a_folder_that_holds_something_is_not_written_to(voc, tmp_path):
    with pytest.raises(labelaudit.InputError, match=r"voc: exists already; name a folder that does not, or an empty one"):  # fmt: skip
        write_annotations(voc, read_annotations(voc))
    (tmp_path / "out").mkdir()
    write_annotations(tmp_path / "out", read_annotations(voc))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.xml", "b.xml"]


def test_a_folder_that_could_not_be_written_whole_is_not_there(voc, tmp_path):
    annotations = read_annotations(voc)
    annotations.source.files[1] = ("no/such/folder.xml", "")
    with pytest.raises(labelaudit.InputError, match="out: cannot be written .No such file or directory"):
        write_annotations(tmp_path / "out", annotations)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["voc"]


def test_coco_is_written_to_json_in_a_folder_that_exists(coco, tmp_path):
    for path, message in [("out.txt", "expected a name that ends in .json"), ("x/y.json", "does not exist")]:
        with pytest.raises(labelaudit.InputError, match=message):
            write_annotations(tmp_path / path, read_annotations(coco))
