"""Decisions about masks become corrected labels, in the form that these had, and change nothing when done again."""

import numpy as np
import pytest

import labelaudit
from instance_segmentation.cases import AS, HEIGHT, WIDTH, ellipse, packed, runs
from labelaudit import Decision, InputError
from labelaudit.instance_segmentation import Masks, PredictedMasks, Runs
from labelaudit.instance_segmentation.rank import mask_iou
from object_detection import planted

B, FAR, NEW = [10, 10, 50, 40], [60, 10, 85, 50], [20, 30, 60, 55]
MASKS = {"B": ellipse(B), "FAR": ellipse(FAR), "NEW": ellipse(NEW)}
FOUND = {"masks": [MASKS["B"], MASKS["FAR"]], "labels": [0, 1], "scores": [0.9, 0.8]}
OVERLOOKED = "49#+1@60,10,85,50"


def _value(mask, **more):
    return {"size": list(mask.shape), "counts": packed(runs(mask)), **more}


def _images(masks, classes, form="booleans"):
    right = {"masks": AS[form](FOUND["masks"]), "labels": [0, 1]}
    return [right] * 49 + [{"masks": AS[form]([MASKS[name] for name in masks]), "labels": classes}]


def _corrected(labels, *decisions):
    audit = labelaudit.audit("instance_segmentation", labels, [FOUND] * 50)
    corrected = audit.correct(labels, decisions)
    assert all(before is after for before, after in zip(labels[:49], corrected[:49], strict=True))
    assert audit.correct(corrected, decisions)[49] is corrected[49]
    return corrected[49]


def _are(image, masks, classes):
    expected = np.array([MASKS[name] for name in masks]).reshape(-1, HEIGHT, WIDTH)
    ious = mask_iou(image["masks"], expected)
    np.testing.assert_array_equal(np.diag(ious), np.ones(len(masks)))
    assert ious.shape == (len(masks), len(masks))
    assert list(image["labels"]) == classes


@pytest.mark.parametrize("form", AS)
@pytest.mark.parametrize(
    ("masks", "classes", "decision", "new_masks", "new_classes"),
    [
        (["B", "FAR"], [0, 0], Decision("49#1", "fix", {"class": 1}), ["B", "FAR"], [0, 1]),
        (["B", "FAR"], [0, 0], Decision("49#1", "fix", _value(MASKS["NEW"])), ["B", "NEW"], [0, 0]),
        (["B", "FAR"], [0, 0], Decision("49#1", "drop"), ["B"], [0]),
        (["B"], [0], Decision(OVERLOOKED, "fix", {"class": 1}), ["B", "FAR"], [0, 1]),
        (["B"], [0], Decision(OVERLOOKED, "fix", _value(MASKS["NEW"], **{"class": 0})), ["B", "NEW"], [0, 0]),
        (["B"], [0], Decision(None, "drop", item=49, place=0), [], []),
        (["B"], [0], Decision(None, "fix", _value(MASKS["NEW"], **{"class": 1}), item=49), ["B", "NEW"], [0, 1]),
    ],
    ids=["class", "shape", "drop", "suggestion", "overlooked", "another", "added"],
)
def test_one_decision_in_every_form(form, masks, classes, decision, new_masks, new_classes):
    labels = _images(masks, classes, form)
    corrected = _corrected(labels, decision)
    _are(corrected, new_masks, new_classes)
    _are(labels[49], masks, classes)
    assert type(corrected["masks"]) is type(labels[49]["masks"])
    if isinstance(corrected["masks"], np.ndarray):
        assert corrected["masks"].dtype == labels[49]["masks"].dtype


@pytest.mark.parametrize("form", ["strings", "bytes of strings", "run lengths", "run lengths as arrays"])
def test_a_new_mask_is_written_as_the_others_are(form):
    added = Decision(None, "fix", _value(MASKS["NEW"], **{"class": 1}), item=49)
    old, new = _corrected(_images(["B"], [0], form), added)["masks"]
    assert type(new["counts"]) is type(old["counts"])
    assert type(new["size"]) is type(old["size"]) or form == "bytes of strings"


def test_a_mask_that_is_written_in_another_way_is_the_same_mask():
    audit = labelaudit.audit("instance_segmentation", _images(["B", "FAR"], [0, 0]), [FOUND] * 50)
    counts = runs(MASKS["FAR"])
    longer = [*counts[:2], 0, 0, *counts[2:]]
    now = [*_images([], [])[:49], {"masks": [{"size": [HEIGHT, WIDTH], "counts": longer}], "labels": [0]}]
    assert audit.correct(now, [Decision("49#1", "fix", {"class": 1})])[49]["labels"] == [1]


def test_counts_may_come_as_a_list():
    value = {"size": [HEIGHT, WIDTH], "counts": runs(MASKS["NEW"])}
    _are(_corrected(_images(["B", "FAR"], [0, 0]), Decision("49#1", "fix", value)), ["B", "NEW"], [0, 0])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"bbox": B}, r'decisions: 49#1: expected \{"size": \[height, width\], "counts": "…", "class": …\} as COCO'),
        ({"counts": "~"}, "decisions: 49#1: .*counts that are no COCO string"),
        ({"counts": [3, 4]}, "decisions: 49#1: expected run lengths of 60 x 90 = 5400 pixels"),
        ({"size": [2, 2], "counts": [2, 2]}, "decisions: 49#1: expected a mask of 60 x 90 pixels"),
        ({"class": -1}, "decisions: 49#1: expected the number of a class"),
    ],
)
def test_values_that_are_no_masks_are_refused(value, message):
    audit = labelaudit.audit("instance_segmentation", _images(["B", "FAR"], [0, 0]), [FOUND] * 50)
    with pytest.raises(InputError, match=message):
        audit.changes([Decision("49#1", "fix", value)])


# planted errors

SIZE = planted.HEIGHT, planted.WIDTH


def _shape(box):
    left, top, right, bottom = box.corners
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    down, across = (y - (top + bottom - 1) / 2) * 2 / (bottom - top), (x - (left + right - 1) / 2) * 2 / (right - left)
    return down**2 + across**2 <= 1


def _as_value(box):
    return _value(_shape(box), **{"class": planted.NAMES[box.kind]})


FORMS = {
    "pixels": lambda masks: np.array(masks, np.uint8).reshape(-1, *SIZE),
    "list of pixels": list,
    "strings": lambda masks: [_value(mask) for mask in masks],
}


def _with_masks(boxes, form):
    return {"masks": FORMS[form]([_shape(box) for box in boxes]), "labels": np.array([box.kind for box in boxes], int)}


@pytest.mark.parametrize("form", FORMS)
def test_what_was_planted_is_listed_and_once_decided_mended_and_nothing_else_is_touched(form):
    images = planted.scenes(160)
    labels = [_with_masks(image.given, form) for image in images]
    predictions = []
    for image in images:
        boxes, scores = zip(*image.predicted, strict=True)
        predictions.append({**_with_masks(boxes, "pixels"), "scores": list(scores)})
    audit = labelaudit.audit("instance_segmentation", labels, predictions, class_names=planted.NAMES)
    decisions, after, mended = planted.truthful(audit, images, "mask", _as_value)
    assert planted.count_planted(images) > 80
    assert mended >= 0.8 * planted.count_planted(images)
    corrected = audit.correct(labels, decisions)
    for row, (was, now, image) in enumerate(zip(labels, corrected, images, strict=True)):
        if after[row] == image.given:
            assert now is was
        expected = _with_masks(after[row], form)
        assert type(now["masks"]) is type(expected["masks"])
        assert len(now["masks"]) == len(expected["masks"])
        assert all(_same(*pair) for pair in zip(now["masks"], expected["masks"], strict=True))
        assert now["labels"].tolist() == expected["labels"].tolist()
    again = audit.correct(corrected, decisions)
    assert all(one is other for one, other in zip(corrected, again, strict=True))


def _same(mask, other):
    if isinstance(mask, dict):
        return mask == other
    return mask.dtype == other.dtype and np.array_equal(mask, other)


def test_flat_arrays_are_corrected_to_flat_arrays():
    images = planted.scenes(160)
    labels = _flat([image.given for image in images])
    boxes, scores = zip(*(pair for image in images for pair in image.predicted), strict=True)
    found = _flat([[box for box, _ in image.predicted] for image in images])
    predictions = PredictedMasks(found.runs, found.heights, found.classes, found.starts, np.array(scores))
    audit = labelaudit.audit(labels, predictions, class_names=planted.NAMES)
    assert audit.items["predictions"].sum() == len(boxes)
    decisions, after, _ = planted.truthful(audit, images, "mask", _as_value)
    corrected, expected = audit.correct(labels, decisions), _flat(after)
    assert isinstance(corrected, Masks)
    for pair in zip(_columns(corrected), _columns(expected), strict=True):
        np.testing.assert_array_equal(*pair)
    for pair in zip(_columns(audit.correct(corrected, decisions)), _columns(expected), strict=True):
        np.testing.assert_array_equal(*pair)


def _flat(images):
    boxes = [box for image in images for box in image]
    ends = [np.cumsum(runs(_shape(box))) for box in boxes]
    masks = Runs(np.concatenate(ends).astype(np.int32), np.cumsum([0, *map(len, ends)]))
    kinds, heights = np.array([box.kind for box in boxes]), np.full(len(boxes), planted.HEIGHT)
    return Masks(masks, heights, kinds, np.cumsum([0, *map(len, images)]))


def _columns(masks):
    return masks.runs.ends, masks.runs.starts, masks.heights, masks.classes, masks.starts


@pytest.mark.parametrize(("ends", "heights"), [([4, 2, 8], [2]), ([-1, 2, 8], [2]), ([2, 4, 8], [3]), ([2, 4, 8], [0])])
def test_flat_arrays_that_are_no_masks_are_refused(ends, heights):
    masks = Masks(Runs(np.array(ends, np.int32), np.array([0, 3])), np.array(heights), np.array([0]), np.array([0, 1]))
    with pytest.raises(
        InputError, match="labels: expected ends of runs that rise to the number of pixels of the image"
    ):
        labelaudit.audit("instance_segmentation", masks, [{"masks": [], "labels": [], "scores": []}])
