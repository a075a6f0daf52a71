"""What an audit of an object detection data set lists and counts, and what it shows of an image."""

import json
from pathlib import Path

import numpy as np
import pytest

import labelaudit
from labelaudit.formats.box_files import read_annotations, read_detections
from labelaudit.object_detection import Boxes, Detections, rank
from labelaudit.views import Shape
from object_detection.cases import noisy_scene, per_class

NAMES = ["cat", "dog", "fox", "owl"]
B, MOVED, FAR = [100, 100, 200, 200], [135, 130, 235, 230], [600, 600, 700, 700]
NEAR = [602, 600, 700, 702]
BCCD = Path(__file__).parents[3] / "shared" / "data" / "bccd"


def _with(boxes, classes, found, kinds, confidences, **options):
    """The audit of one image, a.jpg, among many ordinary ones."""
    labels, predictions = noisy_scene()
    labels.insert(0, {"bboxes": np.array(boxes, float).reshape(-1, 4), "labels": np.array(classes, int)})
    predictions.insert(0, per_class(np.array(found, float).reshape(-1, 4), kinds, confidences, 4))
    ids = ["a.jpg", *(f"{i}.jpg" for i in range(120))]
    return labelaudit.audit("object_detection", labels, predictions, ids=ids, class_names=NAMES, **options)


def _issues(*image, **options):
    issues = _with(*image, **options).issues
    return issues.filter(issues["row"] == 0).drop("id", "row", "score", "p_wrong").to_dicts()


@pytest.mark.parametrize(
    ("image", "issue"),
    [
        (
            ([B], [0], [B, FAR], [0, 1], [0.95, 0.99]),
            {"issue": "a.jpg#+dog@600,600,700,700", "box": None, "kind": "overlooked", "given": None,
             "suggested": "dog", "bbox": None, "suggested_bbox": FAR, "prediction": 1},
        ),
        (
            ([MOVED], [2], [B], [2], [0.99]),
            {"issue": "a.jpg#0", "box": 0, "kind": "badly_located", "given": "fox", "suggested": "fox",
             "bbox": MOVED, "suggested_bbox": B, "prediction": 0},
        ),
        (
            ([FAR, B], [0, 1], [FAR, B], [0, 3], [0.95, 0.99]),
            {"issue": "a.jpg#1", "box": 1, "kind": "swapped", "given": "dog", "suggested": "owl",
             "bbox": B, "suggested_bbox": B, "prediction": 1},
        ),
        (
            ([B, [101, 100, 200, 201]], [0, 0], [B], [0], [0.99]),
            {"issue": "a.jpg#1", "box": 1, "kind": "duplicated", "given": "cat", "suggested": None,
             "bbox": [101, 100, 200, 201], "suggested_bbox": None, "prediction": None},
        ),
    ],
    ids=["overlooked", "badly located", "swapped", "duplicated"],
)  # fmt: skip
def test_each_kind_of_error_is_one_issue_with_what_to_do(image, issue):
    assert _issues(*image) == [issue | {"annotation": None}]


def test_nothing_is_wrong_with_a_box_that_was_seen():
    assert _issues([B], [0], [B], [0], [0.95]) == []


def test_an_overlooked_object_that_was_seen_twice_is_listed_once():
    found = _issues([B], [0], [B, FAR, NEAR], [0, 1, 1], [0.95, 0.99, 0.98])
    assert [issue["suggested_bbox"] for issue in found] == [FAR]


def test_a_box_is_named_by_the_id_of_its_record_where_there_is_one():
    image = [FAR, B], [0, 1], [FAR, B, MOVED], [0, 3, 2], [0.95, 0.99, 0.99]
    labels, _ = noisy_scene()
    ids = [[7, "b#8"], *([""] * len(one["labels"]) for one in labels)]
    found = _issues(*image, annotation_ids=ids)
    assert [(one["issue"], one["box"], one["annotation"]) for one in found] == [
        ("a.jpg#b#8", 1, "b#8"),
        ("a.jpg#+fox@135,130,235,230", None, None),
    ]


def test_objects_that_would_be_called_the_same_get_a_number():
    tiny = np.array([[0.1, 0.1, 0.2, 0.2], [0.3, 0.3, 0.4, 0.4]])
    found = _issues([B], [0], [B, *tiny], [0, 1, 1], [0.95, 0.99, 0.99])
    assert [issue["issue"] for issue in found] == ["a.jpg#+dog@0,0,0,0", "a.jpg#+dog@0,0,0,0~2"]


# counts and headlines


def _counts(labels, predictions, **options):
    audit = labelaudit.audit("object_detection", labels, predictions, **options)
    assert 0 <= audit.counts.wrong <= audit.counts.labels
    return audit


def test_boxes_that_look_wrong_are_counted_once_each_and_overlooked_ones_beside_them():
    again, other = [101, 100, 200, 201], [300, 300, 380, 380]
    audit = _with([B, again, FAR], [0, 0, 2], [B, FAR, other], [0, 1, 1], [0.99, 0.99, 0.99])
    alone = _with([], [], [], [], [])
    assert audit.counts.labels - alone.counts.labels == 3
    assert audit.counts.wrong - alone.counts.wrong == 2
    assert audit.counts.missing - alone.counts.missing == 1
    assert audit.estimate is None


def test_where_one_box_of_each_image_was_kept_none_of_them_is_wrong():
    labels, predictions = noisy_scene(60)
    kept = [{"bboxes": image["bboxes"][:1], "labels": image["labels"][:1]} for image in labels]
    assert _counts(kept, predictions).headline == "0 of 60 boxes look wrong (0.0 %), 33 objects look overlooked"


def test_overlooked_objects_are_counted_for_the_class_that_they_seem_to_have():
    boxes = [B, FAR, [300, 300, 380, 380]]
    found = {"boxes": boxes, "labels": [0, 1, 1], "scores": [0.9, 0.8, 0.7]}
    labels = [{"bboxes": boxes, "labels": [0, 1, 1]}] * 20 + [{"bboxes": [B], "labels": [0]}] * 40
    audit = _counts(labels, [found] * 60, class_names=["cat", "dog"])
    assert audit.headline == "0 of 100 boxes look wrong (0.0 %), 80 objects look overlooked"
    assert audit.counts.by_class.rows() == [("dog", 40, 0, 80), ("cat", 60, 0, 0)]


@pytest.mark.parametrize(
    ("labels", "headline"),
    [
        (([B, FAR], [0, 1]), "0 of 100 boxes look wrong (0.0 %), 0 objects look overlooked"),
        (([B, FAR], [0, 0]), "1 of 100 boxes looks wrong (1.0 %), 0 objects look overlooked"),
        (([B], [0]), "0 of 99 boxes look wrong (0.0 %), 1 object looks overlooked"),
        (([], []), "0 of 98 boxes look wrong (0.0 %), 2 objects look overlooked"),
    ],
)
def test_headlines(labels, headline):
    right = {"bboxes": [B, FAR], "labels": [0, 1]}
    found = {"boxes": [B, FAR], "labels": [0, 1], "scores": [0.9, 0.9]}
    given = {"bboxes": labels[0], "labels": labels[1]}
    assert _counts([right] * 49 + [given], [found] * 50).headline == headline


@pytest.mark.skipif(not BCCD.exists(), reason="the blood cells are not here")
def test_blood_cells():
    annotations = read_annotations(BCCD / "instances_given.json")
    detections = read_detections(BCCD / "detections.json", annotations)
    audit = _counts(annotations.labels, detections, class_names=annotations.class_names)
    assert audit.headline == "42 of 2,840 boxes look wrong (1.5 %), 515 objects look overlooked"
    assert dict(audit.counts.by_class.select("class", "missing").rows()) == {"Platelets": 37, "RBC": 474, "WBC": 4}


def test_a_decision_to_keep_takes_an_issue_out_of_list_and_counts():
    before = _with([B], [0], [B, FAR], [0, 1], [0.95, 0.99])
    kept = [labelaudit.Decision("a.jpg#+dog@600,600,700,700", "keep")]
    after = _with([B], [0], [B, FAR], [0, 1], [0.95, 0.99], decisions=kept)
    assert len(after.issues) == len(before.issues) - 1
    assert after.counts.missing == before.counts.missing - 1
    assert after.counts.wrong == before.counts.wrong


def test_a_lower_threshold_lists_more_and_ranks_the_same_first():
    labels, predictions = noisy_scene()
    few, many = (labelaudit.audit("object_detection", labels, predictions, threshold=t).issues for t in (0.5, 0.05))
    assert len(few) < len(many)
    assert (many["p_wrong"] > 0.05).all()
    boxes = [issues.filter(issues["box"].is_not_null()) for issues in (few, many)]
    assert boxes[1]["issue"].head(len(boxes[0])).to_list() == boxes[0]["issue"].to_list()
    none = labelaudit.audit("object_detection", labels, predictions, threshold=1)
    assert none.issues.is_empty()
    assert none.counts.wrong == none.counts.missing == 0


# items and views


def test_images_are_scored_and_boxes_counted():
    labels, predictions = noisy_scene()
    for method in rank.METHODS:
        audit = labelaudit.audit("object_detection", labels, predictions, method=method)
        np.testing.assert_array_equal(audit.scores, rank.get_label_quality_scores(labels, predictions, method=method))
    assert audit.summary()["items"] == 120
    assert audit.summary()["labels"] == sum(len(image["labels"]) for image in labels)
    assert audit.items["boxes"].to_list() == [len(image["labels"]) for image in labels]
    assert audit.issues["p_wrong"].is_sorted(descending=True)
    assert (audit.issues["p_wrong"] > 0.5).all()


def test_p_wrong_of_an_image_is_that_of_any_of_its_boxes():
    labels, predictions = noisy_scene()
    audit = labelaudit.audit("object_detection", labels, predictions)
    scores = rank.compute_calibrated_box_scores(labels, predictions)
    for row, p_wrong in enumerate(audit.items["p_wrong"]):
        right = np.min([scores[kind][row] for kind in ("badloc", "swap", "duplicate")], axis=0)
        assert 1 - right.prod() * np.nanprod(scores["overlooked"][row]) == pytest.approx(p_wrong, abs=1e-12)


def test_items_hold_what_was_given_and_predicted():
    item = _with([MOVED, B], [2, 0], [B], [3], [0.99]).items.row(0, named=True)
    assert item["given"] == [{"bbox": MOVED, "class": "fox"}, {"bbox": B, "class": "cat"}]
    assert item["predicted"] == [{"bbox": B, "class": "owl", "confidence": 0.99}]


def test_a_view_says_which_shapes_an_issue_is_about():
    view = _with(
        [FAR, B], [0, 1], [FAR, B, MOVED], [0, 3, 2], [0.95, 0.99, 0.99], sizes=[(800, 750)] + [None] * 120
    ).view(0)
    swapped, overlooked = "a.jpg#1", "a.jpg#+fox@135,130,235,230"
    assert view.size == (800, 750)
    assert view.shapes == (
        Shape("box", "given", "cat", tuple(FAR)),
        Shape("box", "given", "dog", tuple(B), issues=(swapped,)),
        Shape("box", "predicted", "cat", tuple(FAR), confidence=0.95),
        Shape("box", "predicted", "fox", tuple(MOVED), confidence=0.99, issues=(overlooked,)),
        Shape("box", "predicted", "owl", tuple(B), confidence=0.99, issues=(swapped,)),
    )
    assert [issue.issue for issue in view.issues] == [swapped, overlooked]


def test_the_size_of_an_image_may_not_be_known():
    assert _with([B], [0], [B], [0], [0.95]).view(0).size is None
    assert _with([B], [0], [B], [0], [0.95], sizes=[None] * 121).view(0).size is None


def test_flat_arrays_give_the_same_audit():
    labels, predictions = noisy_scene()
    rows = [np.concatenate(image) for image in predictions]
    kinds = [np.repeat(np.arange(4), [len(part) for part in image]) for image in predictions]
    given = Boxes(
        np.concatenate([image["bboxes"] for image in labels]),
        np.concatenate([image["labels"] for image in labels]),
        np.cumsum([0, *(len(image["labels"]) for image in labels)]),
    )
    all_rows = np.concatenate(rows)
    found = Detections(
        all_rows[:, :4].copy(), np.concatenate(kinds), all_rows[:, 4].copy(), np.cumsum([0, *map(len, rows)])
    )
    listed, flat = (labelaudit.audit(*data) for data in ((labels, predictions), (given, found)))
    assert flat.issues.equals(listed.issues)
    assert flat.items.equals(listed.items)
    for array in (given.boxes, given.classes, found.boxes, found.classes, found.confidences):
        array[:] = 0
    assert flat.items.equals(listed.items)  # what becomes of the arrays afterwards is no matter


def test_the_task_is_told_by_the_shapes():
    labels, predictions = noisy_scene(images=5)
    assert labelaudit.audit(labels, predictions).task == "object_detection"


@pytest.mark.parametrize("options", [{}, {"class_names": NAMES, "sizes": [(10, 20)] * 119 + [None]}])
def test_a_run_is_saved_and_loads(tmp_path, options):
    labels, predictions = noisy_scene()
    for threshold in (0.5, 1):
        audit = labelaudit.audit("object_detection", labels, predictions, threshold=threshold, **options)
        audit.save(tmp_path / "run.parquet")
        loaded = labelaudit.load(tmp_path / "run.parquet")
        for table, other in ((loaded.items, audit.items), (loaded.issues, audit.issues)):
            assert table.schema == other.schema
            assert table.equals(other)
        assert loaded.summary() == json.loads(json.dumps(audit.summary()))
        assert loaded.view(0) == audit.view(0)


def test_an_audit_without_issues_or_images():
    audit = labelaudit.audit("object_detection", [{"bboxes": [], "labels": []}], [[np.zeros((0, 5))]])
    assert audit.scores.tolist() == [1.0]
    assert audit.items["p_wrong"].to_list() == [0.0]
    assert audit.headline == "0 of 0 boxes look wrong (0.0 %), 0 objects look overlooked"
    assert labelaudit.audit("object_detection", [], []).items.schema == audit.items.schema


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"class_names": ["a", "b"]}, "class_names: expected 4 names, one a class, got 2"),
        ({"class_names": list("aabb")}, "class_names: expected names that differ"),
        ({"method": "x"}, "method: expected one of objectlab, calibrated"),
        ({"threshold": 2}, "threshold: expected a probability of being wrong, 0 to 1, got 2"),
        ({"ids": ["a"]}, "ids: expected 120"),
        ({"sizes": [(4, 4)]}, "sizes: expected 120, width and height of each image, got 1"),
        ({"sizes": [(4, 0)] * 120}, r"sizes: expected \(width, height\) in pixels or None, image 0 has \(4, 0\)"),
        ({"annotation_ids": [[]]}, "annotation_ids: expected 120 lists, one an image, got 1"),
        ({"annotation_ids": [[]] * 120}, "annotation_ids: expected an id for each of 3 objects, image 0 has 0"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(labelaudit.InputError, match=message):
        labelaudit.audit("object_detection", *noisy_scene(), **options)
