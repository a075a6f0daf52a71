"""What an audit of masks lists."""

import numpy as np
import pytest

from instance_segmentation.cases import ellipse, noisy_boxes, with_masks
from labelaudit import InputError
from labelaudit.instance_segmentation import judge, rank

B, FAR = [10, 10, 50, 40], [60, 10, 85, 50]
RIGHT = [B, FAR]


def _data(classes, boxes):
    """49 images as predicted, and one that is not."""
    masks = [ellipse(box) for box in RIGHT]
    found = {"masks": masks, "labels": [0, 1], "scores": [0.9, 0.8]}
    labels = [{"masks": masks, "labels": [0, 1]}] * 49 + [{"masks": [ellipse(box) for box in boxes], "labels": classes}]
    return labels, [found] * 50


@pytest.mark.parametrize(
    ("classes", "boxes", "issue"),
    [
        ([0], [B], {"kind": "overlooked", "given": None, "suggested": 1, "bbox": None, "suggested_bbox": FAR}),
        ([0, 0], RIGHT, {"kind": "swapped", "given": 0, "suggested": 1, "bbox": FAR, "suggested_bbox": FAR}),
        ([0, 1], [B, [60, 10, 85, 32]],
         {"kind": "badly_located", "given": 1, "suggested": 1, "bbox": [60, 10, 85, 32], "suggested_bbox": FAR}),
        ([0, 1, 1], [B, FAR, [60, 10, 85, 49]],
         {"kind": "duplicated", "given": 1, "suggested": None, "bbox": [60, 10, 85, 49], "suggested_bbox": None}),
    ],
    ids=["overlooked", "swapped", "badly located", "duplicated"],
)  # fmt: skip
def test_the_wrong_object_is_listed_with_its_kind_and_what_to_do(classes, boxes, issue):
    audit = judge.judge(*_data(classes, boxes))
    assert [{key: row[key] for key in issue} | {"row": row["row"]} for row in audit.issues.to_dicts()] == [
        issue | {"row": 49}
    ]
    assert np.argmin(audit.scores) == 49
    assert audit.task == "instance_segmentation"
    assert audit.items.columns == ["id", "score", "masks", "predictions"]
    assert audit.items["masks"][49] == len(boxes)


def test_scores_are_those_of_rank_and_names_stand_for_classes():
    labels, predictions = (with_masks(images, ellipse) for images in noisy_boxes())
    audit = judge.judge(labels, predictions, ids=[f"{i}.jpg" for i in range(80)], class_names=["a", "b", "c"])
    np.testing.assert_array_equal(audit.scores, rank.get_label_quality_scores(labels, predictions))
    assert len(audit.issues) > 10
    assert set(audit.issues["suggested"].drop_nulls()) <= {"a", "b", "c"}
    assert audit.issues["score"].is_sorted()
    first = audit.issues.row(0, named=True)
    assert first["id"] == f"{first['row']}.jpg"


def test_more_names_than_classes_are_fine_and_fewer_are_refused():
    data = _data([0], [B])
    assert judge.judge(*data, class_names=["a", "b", "c"]).issues["suggested"].to_list() == ["b"]
    with pytest.raises(InputError, match="class_names: expected 2 names, one a class, got 1"):
        judge.judge(*data, class_names=["a"])


def test_masks_are_told_from_boxes():
    labels, predictions = _data([0], [B])
    assert judge.fits(labels, predictions)
    assert not judge.fits([{"boxes": [], "labels": []}], [None])
    assert not judge.fits([0, 1], [[0.5, 0.5], [0.5, 0.5]])
    assert not judge.fits([], [])
