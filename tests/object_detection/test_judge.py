"""What an audit of an object detection data set lists."""

import numpy as np
import pytest

import labelaudit
from labelaudit.object_detection import rank
from object_detection.cases import noisy_scene, per_class

NAMES = ["cat", "dog", "fox", "owl"]
B, MOVED, FAR = [100, 100, 200, 200], [135, 130, 235, 230], [600, 600, 700, 700]


def _with(boxes, classes, found, kinds, confidences):
    """An audit of one image among many ordinary ones; its issues."""
    labels, predictions = noisy_scene()
    labels.insert(0, {"bboxes": np.array(boxes, float).reshape(-1, 4), "labels": np.array(classes, int)})
    predictions.insert(0, per_class(np.array(found, float).reshape(-1, 4), kinds, confidences, 4))
    audit = labelaudit.audit("object_detection", labels, predictions, class_names=NAMES)
    return audit.issues.filter(audit.issues["row"] == 0).drop("id", "row", "score", "p_wrong").to_dicts()


def test_an_overlooked_object():
    assert _with([B], [0], [B, FAR], [0, 1], [0.95, 0.99]) == [
        {"box": None, "kind": "overlooked", "given": None, "suggested": "dog", "bbox": None, "suggested_bbox": FAR}
    ]


def test_an_overlooked_object_that_was_seen_twice_is_listed_once():
    found = _with([B], [0], [B, FAR, [602, 600, 700, 702]], [0, 1, 1], [0.95, 0.99, 0.98])
    assert [issue["suggested_bbox"] for issue in found] == [FAR]


def test_a_badly_located_box():
    assert _with([MOVED], [2], [B], [2], [0.99]) == [
        {"box": 0, "kind": "badly_located", "given": "fox", "suggested": "fox", "bbox": MOVED, "suggested_bbox": B}
    ]


def test_a_swapped_class():
    assert _with([FAR, B], [0, 1], [FAR, B], [0, 3], [0.95, 0.99]) == [
        {"box": 1, "kind": "swapped", "given": "dog", "suggested": "owl", "bbox": B, "suggested_bbox": B}
    ]


def test_a_duplicated_box():
    again = [101, 100, 200, 201]
    assert _with([B, again], [0, 0], [B], [0], [0.99]) == [
        {"box": 1, "kind": "duplicated", "given": "cat", "suggested": None, "bbox": again, "suggested_bbox": None}
    ]


def test_nothing_is_wrong_with_a_box_that_was_seen():
    assert _with([B], [0], [B], [0], [0.95]) == []


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


def test_the_task_is_told_by_the_shapes():
    labels, predictions = noisy_scene(images=5)
    assert labelaudit.audit(labels, predictions).task == "object_detection"


def test_a_run_is_saved_and_loads(tmp_path):
    labels, predictions = noisy_scene()
    audit = labelaudit.audit("object_detection", labels, predictions, class_names=NAMES)
    audit.save(tmp_path / "run.parquet")
    loaded = labelaudit.load(tmp_path / "run.parquet")
    assert loaded.issues.equals(audit.issues)
    assert loaded.items.equals(audit.items)
    assert loaded.summary() == audit.summary()


def test_an_audit_without_issues():
    audit = labelaudit.audit("object_detection", [{"bboxes": [], "labels": []}], [[np.zeros((0, 5))]])
    assert len(audit.issues) == 0
    assert audit.scores.tolist() == [1.0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"class_names": ["a", "b"]}, "class_names: expected 4 names, one a class, got 2"),
        ({"class_names": list("aabb")}, "class_names: expected names that differ"),
        ({"method": "x"}, "method: expected one of objectlab, calibrated"),
        ({"ids": ["a"]}, "ids: expected 120"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(labelaudit.InputError, match=message):
        labelaudit.audit("object_detection", *noisy_scene(), **options)
