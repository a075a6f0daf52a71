"""COCO annotations in and out, and COCO detections."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import labelaudit
from labelaudit.formats.annotations import BoxChange
from labelaudit.formats.base import Change
from labelaudit.formats.box_files import read_annotations, read_detections, write_annotations
from labelaudit.formats.location import locate
from labelaudit.formats.table_of_formats import read_labels

BCCD = Path(__file__).resolve().parents[3] / "shared/data/bccd"

CATEGORIES = [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]
DOCUMENT = {
    "info": {"year": 2024, "contributor": "Zoë"},
    "licenses": [],
    "images": [
        {"id": 70, "file_name": "a.jpg", "width": 640, "height": 480, "coco_url": "http://x/a.jpg"},
        {"id": 30, "file_name": "b.jpg", "width": 320, "height": 240},
        {"id": 50, "file_name": "c.jpg", "width": 320, "height": 240},
    ],
    "annotations": [
        {"id": 9, "image_id": 50, "category_id": 7, "bbox": [10, 20, 30, 40], "area": 1200, "iscrowd": 0, "score_by": {"who": ["me"]}},
        {"id": 4, "image_id": 70, "category_id": 2, "bbox": [0, 0, 5, 5], "area": 25, "iscrowd": 1, "segmentation": {"counts": [1, 24], "size": [5, 5]}},
        {"id": 5, "image_id": 50, "category_id": 2, "bbox": [1.5, 2.5, 3.0, 4.0], "area": 11.0, "iscrowd": 0, "segmentation": [[1.5, 2.5, 4.5, 2.5, 3, 6.5]]},
    ],
    "categories": [{"id": 7, "name": "cat", "supercategory": "animal"}, {"id": 2, "name": "dog"}],
}  # fmt: skip


@pytest.fixture
def write(tmp_path):
    def write(value, name="instances.json"):
        path = tmp_path / name
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return path

    return write


@pytest.fixture
def corrected(write, tmp_path):
    """Give what the file holds once the changes are made."""

    def corrected(*changes, document=DOCUMENT):
        write_annotations(tmp_path / "out.json", read_annotations(write(document)), changes)
        return json.loads((tmp_path / "out.json").read_text())

    return corrected


def altered(key, row, **values):
    """Give the document with keys of one record changed, or taken out where the value is None."""
    document = json.loads(json.dumps(DOCUMENT))
    record = document[key][row] | values
    document[key][row] = {name: value for name, value in record.items() if value is not None}
    return document


def test_boxes_come_as_corners_and_classes_from_0_in_the_order_of_the_file(write):
    found = read_annotations(write(DOCUMENT))
    assert found.images == ["a.jpg", "b.jpg", "c.jpg"]
    assert found.class_names == ["cat", "dog"]
    assert found.sizes == [(640, 480), (320, 240), (320, 240)]
    np.testing.assert_array_equal(found.labels[2]["bboxes"], [[10, 20, 40, 60], [1.5, 2.5, 4.5, 6.5]])
    assert found.labels[2]["labels"].tolist() == [0, 1]
    assert found.places[2].tolist() == [0, 2]
    assert (found.labels[2]["bboxes"].dtype, found.labels[2]["labels"].dtype) == (np.float64, np.int64)


def test_a_crowd_is_not_scored_and_an_image_without_boxes_is_ordinary(write):
    labels = read_annotations(write(DOCUMENT)).labels
    assert [len(label["labels"]) for label in labels] == [0, 0, 2]
    assert labels[0]["bboxes"].shape == (0, 4)


def test_nothing_at_all_is_ordinary(write, corrected):
    empty = {"images": [], "annotations": [], "categories": []}
    annotations = read_annotations(write(empty))
    assert (annotations.images, annotations.labels) == ([], [])
    assert read_detections(write([], "d.json"), annotations) == []
    assert corrected(document=empty) == empty


def test_sizes_are_known_only_where_every_image_has_them(write):
    assert read_annotations(write(altered("images", 1, width=None))).sizes is None


def test_what_is_read_is_what_is_written(corrected):
    assert corrected() == DOCUMENT


@pytest.mark.skipif(not BCCD.is_dir(), reason="the BCCD annotations are not on this machine")
@pytest.mark.parametrize("name", ["instances_given.json", "instances_reannotated.json"])
def test_real_annotations_are_what_is_written(name, tmp_path):
    annotations = read_annotations(BCCD / name)
    write_annotations(tmp_path / "out.json", annotations)
    assert (tmp_path / "out.json").read_bytes() == (BCCD / name).read_bytes()
    assert sum(len(found["scores"]) for found in read_detections(BCCD / "detections.json", annotations)) == 21941


def test_another_class_changes_the_category_alone(corrected):
    assert corrected(BoxChange(image=2, box=1, label=0)) == altered("annotations", 2, category_id=7)


def test_a_box_that_moves_keeps_its_id_and_takes_its_area_along(corrected):
    moved = corrected(BoxChange(image=2, box=0, bbox=(10, 20, 50, 60)))
    assert moved == altered("annotations", 0, bbox=[10, 20, 40, 40], area=1600)


def test_an_outline_goes_when_its_box_moves_and_only_then(corrected):
    moved = corrected(BoxChange(image=2, box=1, bbox=(1, 2, 4, 6)))
    assert moved == altered("annotations", 2, bbox=[1, 2, 3, 4], segmentation=None)  # 11.0 was the area of the outline
    assert corrected(BoxChange(image=2, box=1, bbox=(1.5, 2.5, 4.5, 6.5))) == DOCUMENT


def test_a_removed_box_leaves_the_others(corrected):
    assert corrected(BoxChange(image=2, box=0, remove=True)) == DOCUMENT | {"annotations": DOCUMENT["annotations"][1:]}


def test_a_new_box_gets_an_id_that_is_free(corrected):
    added = corrected(BoxChange(image=1, box=None, label=1, bbox=(1, 2, 4, 8.1)))["annotations"][3:]
    assert added == [{"id": 10, "image_id": 30, "category_id": 2, "bbox": [1, 2, 3, 6.1], "area": 18.3, "iscrowd": 0}]


def test_ids_that_are_words_stay_words(corrected):
    document = altered("annotations", 0, id="1")
    document["annotations"] = document["annotations"][:1]
    new = BoxChange(image=1, box=None, label=1, bbox=(1, 2, 4, 8))
    assert [record["id"] for record in corrected(new, new, document=document)["annotations"]] == ["1", "2", "3"]


def test_corners_that_numpy_computed_are_written(corrected):
    bbox = tuple(np.float32([0.5, 0.5, 1, 1]))
    assert corrected(BoxChange(np.int64(1), None, label=np.int64(0), bbox=bbox))["annotations"][3]["bbox"] == [0.5] * 4


PRETTY = """\ufeff{
  "info": {"by": "Zoë"},
  "annotations": [
    {"id": 1, "image_id": 7, "category_id": 1,  "bbox": [1, 2, 3, 4], "area": 12},
    {
      "id": 2, "image_id": 7, "category_id": 2,
      "bbox": [1.0, 2.0, 3.0, 4.0], "area": 12.0, "segmentation": [[1, 2, 4, 2, 3, 6]], "note": "\\u00e9"
    },
    {"id": 3, "image_id": 8, "category_id": 2, "bbox": [0, 0, 1, 1], "iscrowd": 1}
  ],
  "images": [{"id": 7, "file_name": "a.jpg"} , {"id": 8, "file_name": "b.jpg"}],
  "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
}
"""


def box(bbox, class_):
    return {"bbox": bbox, "class": class_}


@pytest.mark.parametrize("text", [PRETTY, json.dumps(DOCUMENT), json.dumps(DOCUMENT, separators=(",", ":"))])
def test_without_changes_the_bytes_are_the_same(write, rewrite, text):
    assert rewrite(write(text), "boxes").read_bytes() == text.encode()


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (Change(0, "a.jpg", 0, box([1, 2, 4, 6], "cat"), box([1, 2, 4, 6], "dog")), '"category_id": 1', '"category_id": 2'),
        (
            Change(0, "a.jpg", 0, box([1, 2, 4, 6], "cat"), box([1, 2, 11, 22], "cat")),
            '[1, 2, 3, 4], "area": 12}',
            '[1, 2, 10, 20], "area": 200}',
        ),
        (
            Change(0, "a.jpg", 1, box([1, 2, 4, 6], "dog"), box([1, 2, 4, 7.5], "dog")),
            '[1.0, 2.0, 3.0, 4.0], "area": 12.0, "segmentation": [[1, 2, 4, 2, 3, 6]], "note"',
            '[1.0, 2.0, 3.0, 5.5], "area": 16.5, "note"',
        ),
        (
            Change(0, "a.jpg", 0, box([1, 2, 4, 6], "cat"), None),
            '{"id": 1, "image_id": 7, "category_id": 1,  "bbox": [1, 2, 3, 4], "area": 12},\n    {\n',
            "{\n",
        ),
        (
            Change(1, "b.jpg", None, None, box([1, 2, 4, 8], "cat")),
            '"iscrowd": 1}',
            '"iscrowd": 1},\n    {"id": 4, "image_id": 8, "category_id": 1, "bbox": [1, 2, 3, 6], "area": 18, "iscrowd": 0}',
        ),
    ],
)  # fmt: skip
def test_a_change_replaces_the_bytes_that_say_it_alone(write, rewrite, change, old, new):
    assert PRETTY.count(old) == 1
    assert rewrite(write(PRETTY), "boxes", change).read_text() == PRETTY.replace(old, new)


def test_the_last_box_may_go_and_another_come(write, rewrite):
    text = '{"images":[{"id":1,"file_name":"a"}],"annotations":[%s],"categories":[{"id":1,"name":"cat"}]}'
    one = '{"id":5,"image_id":1,"category_id":1,"bbox":[0,0,1,1],"iscrowd":0}'
    gone, come = Change(0, "a", 0, box([0, 0, 1, 1], "cat"), None), Change(0, "a", None, None, box([0, 0, 2, 2], "cat"))
    two = '{"id":6,"image_id":1,"category_id":1,"bbox":[0,0,2,2],"area":4,"iscrowd":0}'
    assert rewrite(write(text % one), "boxes", gone).read_text() == text % ""
    assert rewrite(write(text % one), "boxes", gone, come).read_text() == text % two
    assert rewrite(write(text % one), "boxes", come).read_text() == text % f"{one},{two}"
    assert json.loads(rewrite(write(text % ""), "boxes", come).read_text())["annotations"][0]["id"] == 1


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_any_document_has_its_records_changed_and_no_other_byte(data):
    count = data.draw(st.integers(0, 5))
    records = [{"id": i, "image_id": 0, "category_id": 0, "bbox": [i, 0, 9, 9], "note": "], é"} for i in range(count)]
    document = {"annotations": records, "images": [{"id": 0, "file_name": "a"}], "categories": CATEGORIES}
    document = dict(data.draw(st.permutations(list(document.items()))))
    form = data.draw(st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": False}]))
    fates = data.draw(st.lists(st.sampled_from(["keep", "change", "remove"]), min_size=count, max_size=count))
    added = data.draw(st.integers(0, 2))
    changes = [
        BoxChange(0, box, label=1) if fate == "change" else BoxChange(0, box, remove=True)
        for box, fate in enumerate(fates)
        if fate != "keep"
    ] + [BoxChange(0, None, label=0, bbox=(0, 0, 2, 2))] * added

    kept = [
        record | {"category_id": int(fate == "change")}
        for record, fate in zip(records, fates, strict=True)
        if fate != "remove"
    ]
    first = max(count - 1, 0) + 1  # an id that was taken is not given again
    new = {"image_id": 0, "category_id": 0, "bbox": [0, 0, 2, 2], "area": 4, "iscrowd": 0}
    expected = document | {"annotations": kept + [{"id": first + i} | new for i in range(added)]}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "in.json").write_text(json.dumps(document, **form))
        write_annotations(f"{folder}/out.json", read_annotations(f"{folder}/in.json"), changes)
        written = (Path(folder) / "out.json").read_text()
    assert json.loads(written) == expected
    if (kept and not added) or not changes:
        assert written == json.dumps(expected, **form)


def test_boxes_are_told_by_the_ids_of_their_records(write):
    labels = read_labels(locate(write(DOCUMENT)), "boxes")
    assert labels.options == {"annotation_ids": [[], [], [9, 5]], "sizes": [(640, 480), (320, 240), (320, 240)]}
    assert (labels.ids, labels.class_names) == (["a.jpg", "b.jpg", "c.jpg"], ["cat", "dog"])


def test_the_annotations_in_memory_stay_as_they_were(write, tmp_path):
    annotations = read_annotations(write(DOCUMENT))
    write_annotations(
        tmp_path / "out.json", annotations, [BoxChange(2, 1, bbox=(0, 0, 1, 1)), BoxChange(2, 0, remove=True)]
    )
    assert annotations.source.document == DOCUMENT


def test_detections_go_to_their_images(write):
    annotations = read_annotations(write(DOCUMENT))
    detections = [
        {"image_id": 50, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 0.5},
        {"image_id": 70, "category_id": 7, "bbox": [0, 0, 1, 1], "score": 1},
        {"image_id": 50, "category_id": 7, "bbox": [5, 6.5, 0, 0], "score": 0},
    ]
    a, b, c = read_detections(write(detections, "detections.json"), annotations)
    assert (a["labels"].tolist(), a["scores"].tolist(), a["boxes"].tolist()) == ([0], [1], [[0, 0, 1, 1]])
    assert b["boxes"].shape == (0, 4)
    assert (c["labels"].tolist(), c["scores"].tolist()) == ([1, 0], [0.5, 0])
    assert c["boxes"].tolist() == [[1, 2, 4, 6], [5, 6.5, 5, 6.5]]
    assert (c["boxes"].dtype, c["labels"].dtype, c["scores"].dtype) == (np.float64, np.int64, np.float64)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", r"instances.json: is no JSON \("),
        ("[" * 100_000, r"instances.json: is no JSON \("),
        ("1" * 5000, r"instances.json: is no JSON \("),
        ([], "instances.json: expected an object with images, annotations and categories, got a list"),
        ({"images": [], "boxes": []}, "has no annotations; expected images, annotations and categories, found images, boxes"),
        (DOCUMENT | {"images": {}}, "expected a list of images, got a JSON object"),
        (DOCUMENT | {"categories": [3]}, "category 0 is a single value, expected an object"),
        (altered("annotations", 2, bbox=None), r"annotation 2 \(id 5\): has no bbox"),
        (altered("annotations", 2, id=None), "annotation 2: has no id"),
        (altered("annotations", 2, id=9), "annotation 0 and annotation 2 have the same id 9"),
        (altered("images", 1, id=70), "image 0 and image 1 have the same id 70"),
        (altered("images", 1, id=[1]), r"image 1: expected an id that is an integer or a string, got \[1\]"),
        (altered("images", 1, file_name="a.jpg"), "image 0 and image 1 have the same file_name 'a.jpg'"),
        (altered("images", 1, file_name=3), r"image 1 \(id 30\): expected a file_name that is a string, got 3"),
        (altered("images", 1, height=0), r"image 1 \(id 30\): expected a height above 0, got 0"),
        (altered("categories", 1, id=7), "category 0 and category 1 have the same id 7"),
        (altered("categories", 1, name="cat"), "the class name 'cat' occurs twice"),
        (altered("annotations", 0, image_id=71), r"annotation 0 \(id 9\): image_id 71 is the id of no image in .*instances.json"),
        (altered("annotations", 0, category_id=[2]), r"annotation 0 \(id 9\): category_id \[2\] is the id of no category"),
        (altered("annotations", 2, bbox=[1, 2, 3]), r"annotation 2 \(id 5\): expected a bbox of four finite numbers, x, y, width and height, got \[1, 2, 3\]"),
        (altered("annotations", 2, bbox=[1, 2, 3, "4"]), r"annotation 2 \(id 5\): expected a bbox of four finite numbers"),
        (altered("annotations", 2, bbox=[1, 2, 3, float("nan")]), r"annotation 2 \(id 5\): expected a bbox of four finite numbers"),
        (altered("annotations", 2, bbox=[1e308, 2, 1e308, 3]), r"annotation 2 \(id 5\): expected a bbox of four finite numbers"),
        (altered("annotations", 2, bbox=[1, 2, 10**400, 3]), r"annotation 2 \(id 5\): expected a bbox of four finite numbers"),
        (altered("annotations", 2, bbox=[1, 2, -3, 4]), r"annotation 2 \(id 5\): bbox \[1, 2, -3, 4\] has a negative width or height"),
        (altered("annotations", 2, iscrowd="no"), r"annotation 2 \(id 5\): expected an iscrowd of 0 or 1, got no"),
    ],
)  # fmt: skip
def test_malformed_annotations_are_refused_with_file_record_and_key(write, document, message):
    with pytest.raises(labelaudit.InputError, match=message) as refusal:
        read_annotations(write(document))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"score": 1.5}, r"d.json: detection 1: expected a score in \[0, 1\], got 1.5"),
        ({"score": float("nan")}, r"d.json: detection 1: expected a score in \[0, 1\], got nan"),
        ({"score": "1"}, r"d.json: detection 1: expected a score in \[0, 1\], got '1'"),
        ({"image_id": 71}, "d.json: detection 1: image_id 71 is the id of no image in .*instances.json"),
        ({"category_id": 1}, "d.json: detection 1: category_id 1 is the id of no category in .*instances.json"),
        ({"bbox": None}, "d.json: detection 1: expected a bbox of four finite numbers"),
        ({"bbox": [0, 0, 1, -1]}, "d.json: detection 1: bbox .* has a negative width or height"),
    ],
)
def test_malformed_detections_are_refused_with_file_record_and_key(write, record, message):
    annotations = read_annotations(write(DOCUMENT))
    good = {"image_id": 50, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 0.5}
    with pytest.raises(labelaudit.InputError, match=message):
        read_detections(write([good, good | record, good], "d.json"), annotations)


def test_detections_that_are_no_list_of_objects_or_lack_a_key_are_refused(write):
    annotations = read_annotations(write(DOCUMENT))
    for detections, message in [
        ({}, "d.json: expected a list of detections, got a JSON object"),
        ([[]], "d.json: detection 0 is a list, expected an object"),
        ([{}], "d.json: detection 0: has no image_id"),
    ]:
        with pytest.raises(labelaudit.InputError, match=message):
            read_detections(write(detections, "d.json"), annotations)
