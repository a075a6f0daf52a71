"""What an audit of masks lists and counts, and what it shows of an image."""

import json

import numpy as np
import pytest

import labelaudit
from instance_segmentation.cases import AS, HEIGHT, WIDTH, ellipse, noisy_boxes, packed, runs, with_masks
from labelaudit import InputError
from labelaudit.instance_segmentation import rank
from labelaudit.views import Shape

B, FAR = [10, 10, 50, 40], [60, 10, 85, 50]
RIGHT = [B, FAR]
SHORT = [60, 10, 85, 32]


def _data(classes, boxes):
    """49 images as predicted, and one that is not."""
    masks = [ellipse(box) for box in RIGHT]
    found = {"masks": masks, "labels": [0, 1], "scores": [0.9, 0.8]}
    labels = [{"masks": masks, "labels": [0, 1]}] * 49 + [{"masks": [ellipse(box) for box in boxes], "labels": classes}]
    return labels, [found] * 50


def _audit(classes, boxes, **options):
    return labelaudit.audit("instance_segmentation", *_data(classes, boxes), **options)


def _letters(box):
    return packed(runs(ellipse(box)))


@pytest.mark.parametrize(
    ("classes", "boxes", "issue"),
    [
        (
            [0], [B],
            {"issue": "49#+1@60,10,85,50", "mask": None, "kind": "overlooked", "given": None, "suggested": 1,
             "bbox": None, "suggested_bbox": FAR, "rle": _letters(FAR), "prediction": 1},
        ),
        (
            [0, 0], RIGHT,
            {"issue": "49#1", "mask": 1, "kind": "swapped", "given": 0, "suggested": 1,
             "bbox": FAR, "suggested_bbox": FAR, "rle": _letters(FAR), "prediction": 1},
        ),
        (
            [0, 1], [B, SHORT],
            {"issue": "49#1", "mask": 1, "kind": "badly_located", "given": 1, "suggested": 1,
             "bbox": SHORT, "suggested_bbox": FAR, "rle": _letters(FAR), "prediction": 1},
        ),
        (
            [0, 1, 1], [B, FAR, [60, 10, 85, 49]],
            {"issue": "49#2", "mask": 2, "kind": "duplicated", "given": 1, "suggested": None,
             "bbox": [60, 10, 85, 49], "suggested_bbox": None, "rle": None, "prediction": None},
        ),
    ],
    ids=["overlooked", "swapped", "badly located", "duplicated"],
)  # fmt: skip
def test_the_wrong_object_is_listed_with_its_kind_and_what_to_do(classes, boxes, issue):
    audit = _audit(classes, boxes)
    (row,) = audit.issues.drop("id", "score", "p_wrong").to_dicts()
    assert row == issue | {"row": 49, "annotation": None, "width": WIDTH, "height": HEIGHT}
    assert np.argmin(audit.scores) == 49
    assert np.argmax(audit.items["p_wrong"]) == 49
    assert audit.items["masks"][49] == len(boxes)


@pytest.mark.parametrize(
    ("classes", "boxes", "headline"),
    [
        ([0, 1], RIGHT, "0 of 100 masks look wrong (0.0 %), 0 objects look overlooked"),
        ([0], [B], "0 of 99 masks look wrong (0.0 %), 1 object looks overlooked"),
        ([0, 0], RIGHT, "1 of 100 masks looks wrong (1.0 %), 0 objects look overlooked"),
        ([0, 1, 1], [B, FAR, FAR], "1 of 101 masks looks wrong (1.0 %), 0 objects look overlooked"),
    ],
)
def test_headlines(classes, boxes, headline):
    audit = _audit(classes, boxes)
    assert audit.headline == headline
    assert audit.counts.unit == "masks"
    assert audit.estimate is None


def test_classes_have_counts_of_their_own():
    assert _audit([0, 0], RIGHT, class_names=["cat", "dog"]).counts.by_class.rows() == [
        ("cat", 51, 1, 0),
        ("dog", 49, 0, 0),
    ]
    assert _audit([0], [B], class_names=["cat", "dog"]).counts.by_class.rows() == [("dog", 49, 0, 1), ("cat", 50, 0, 0)]


def test_a_view_has_every_mask_with_its_issues():
    view = _audit([0, 0], RIGHT, class_names=["cat", "dog"]).view(49)
    letters, boxes = [_letters(box) for box in RIGHT], [tuple(map(float, box)) for box in RIGHT]
    assert view.size == (WIDTH, HEIGHT)
    assert view.shapes == (
        Shape("mask", "given", "cat", boxes[0], letters[0]),
        Shape("mask", "given", "cat", boxes[1], letters[1], issues=("49#1",)),
        Shape("mask", "predicted", "cat", boxes[0], letters[0], 0.9),
        Shape("mask", "predicted", "dog", boxes[1], letters[1], 0.8, ("49#1",)),
    )


def test_an_image_without_masks_has_the_size_that_was_given_or_none():
    none = {"masks": [], "labels": []}
    labels, found = [none, none], [none | {"scores": []}] * 2
    audit = labelaudit.audit("instance_segmentation", labels, found, sizes=[(90, 60), None])
    assert (audit.view(0).size, audit.view(1).size) == ((90, 60), None)
    assert audit.scores.tolist() == [1.0, 1.0]


def test_masks_are_named_by_the_ids_of_their_records():
    audit = _audit([0, 0], RIGHT, annotation_ids=[[1, 2]] * 50)
    assert audit.issues.select("issue", "mask", "annotation").rows() == [("49#2", 1, "2")]


def test_scores_are_those_of_rank_and_names_stand_for_classes():
    labels, predictions = (with_masks(images, ellipse) for images in noisy_boxes())
    ids = [f"{i}.jpg" for i in range(80)]
    audit = labelaudit.audit("instance_segmentation", labels, predictions, ids=ids, class_names=["a", "b", "c"])
    np.testing.assert_array_equal(audit.scores, rank.get_label_quality_scores(labels, predictions))
    assert len(audit.issues) > 10
    assert set(audit.issues["suggested"].drop_nulls()) <= {"a", "b", "c"}
    assert audit.issues["score"].is_sorted()
    first = audit.issues.row(0, named=True)
    assert first["id"] == f"{first['row']}.jpg"


@pytest.mark.parametrize("form", AS)
def test_every_form_of_masks_gives_the_same_audit(form):
    labels, predictions = (with_masks(images, ellipse) for images in noisy_boxes())
    expected = labelaudit.audit(labels, predictions)
    audit = labelaudit.audit([image | {"masks": AS[form](image["masks"])} for image in labels], predictions)
    assert audit.issues.equals(expected.issues)
    assert audit.items.equals(expected.items)


def test_a_run_is_saved_and_loads(tmp_path):
    labels, predictions = (with_masks(images, ellipse) for images in noisy_boxes())
    for threshold in (0.5, 1):
        audit = labelaudit.audit("instance_segmentation", labels, predictions, threshold=threshold)
        audit.save(tmp_path / "run.parquet")
        loaded = labelaudit.load(tmp_path / "run.parquet")
        for table, other in ((loaded.items, audit.items), (loaded.issues, audit.issues)):
            assert table.schema == other.schema
            assert table.equals(other)
        assert loaded.summary() == json.loads(json.dumps(audit.summary()))


def test_more_names_than_classes_are_fine_and_fewer_are_refused():
    assert _audit([0], [B], class_names=["a", "b", "c"]).issues["suggested"].to_list() == ["b"]
    with pytest.raises(InputError, match="class_names: expected 2 names, one a class, got 1"):
        _audit([0], [B], class_names=["a"])


def test_the_task_is_told_by_the_masks():
    labels, predictions = _data([0], [B])
    assert labelaudit.audit(labels, predictions).task == "instance_segmentation"
