"""Decisions about boxes become corrected labels, in the form that these had, and change nothing when done again."""

import copy
from collections import OrderedDict
from datetime import UTC, datetime

import numpy as np
import pytest

import labelaudit
from labelaudit import Decision, InputError
from labelaudit.object_detection import Boxes
from object_detection.planted import NAMES, count_planted, scenes, truthful

B, FAR, OTHER, NEW = [100, 100, 200, 200], [600, 600, 700, 700], [300, 300, 380, 380], [10, 20, 30, 40.5]
RIGHT = {"bboxes": [B, FAR], "labels": [0, 1]}
FOUND = {"boxes": [B, FAR], "labels": [0, 1], "scores": [0.9, 0.9]}
OVERLOOKED = "49#+dog@600,600,700,700"


def _audit(boxes, classes, **options):
    """49 images as predicted, and one that is not."""
    labels = [RIGHT] * 49 + [{"bboxes": boxes, "labels": classes}]
    options = {"class_names": ["cat", "dog"]} | options
    return labelaudit.audit("object_detection", labels, [FOUND] * 50, **options), labels


def _corrected(data, *decisions):
    audit, labels = data
    corrected = audit.correct(labels, decisions)
    assert all(before is after for before, after in zip(labels[:49], corrected[:49], strict=True))
    assert audit.correct(corrected, decisions)[49] is corrected[49]
    return corrected[49]


SWAPPED = _audit([B, FAR], [0, 0])
MISSED = _audit([B], [0])
TWICE = _audit([B, FAR, [600, 600, 700, 699]], [0, 1, 1])


@pytest.mark.parametrize(
    ("data", "decision", "expected"),
    [
        (SWAPPED, Decision("49#1", "fix", {"class": "dog"}), {"bboxes": [B, FAR], "labels": [0, 1]}),
        (SWAPPED, Decision("49#1", "fix", {"bbox": NEW}), {"bboxes": [B, NEW], "labels": [0, 0]}),
        (SWAPPED, Decision("49#1", "fix", {"bbox": NEW, "class": "dog"}), {"bboxes": [B, NEW], "labels": [0, 1]}),
        (SWAPPED, Decision("49#1", "drop"), {"bboxes": [B], "labels": [0]}),
        (SWAPPED, Decision("49#1", "keep"), {"bboxes": [B, FAR], "labels": [0, 0]}),
        (SWAPPED, Decision("49#1", "unsure"), {"bboxes": [B, FAR], "labels": [0, 0]}),
        (TWICE, Decision("49#2", "drop"), {"bboxes": [B, FAR], "labels": [0, 1]}),
        (MISSED, Decision(OVERLOOKED, "fix", {"class": "dog"}), {"bboxes": [B, FAR], "labels": [0, 1]}),
        (MISSED, Decision(OVERLOOKED, "fix", {"bbox": NEW}), {"bboxes": [B, NEW], "labels": [0, 1]}),
        (MISSED, Decision(OVERLOOKED, "fix", {"class": "cat"}), {"bboxes": [B, FAR], "labels": [0, 0]}),
        (MISSED, Decision(OVERLOOKED, "drop"), {"bboxes": [B], "labels": [0]}),
        (MISSED, Decision(None, "fix", {"bbox": NEW}, item=49, place=0), {"bboxes": [NEW], "labels": [0]}),
        (MISSED, Decision(None, "drop", item=49, place=0), {"bboxes": [], "labels": []}),
        (
            MISSED,
            Decision(None, "fix", {"bbox": NEW, "class": "dog"}, item=49),
            {"bboxes": [B, NEW], "labels": [0, 1]},
        ),
    ],
)
def test_one_decision(data, decision, expected):
    assert _corrected(data, decision) == expected


def test_changes_are_in_the_words_of_the_audit():
    audit, _ = _audit([B, FAR], [0, 0], annotation_ids=[[1, 2]] * 50, ids=[f"{i}.jpg" for i in range(50)])
    (change,) = audit.changes([Decision("49.jpg#2", "fix", {"class": "dog"})])
    assert change.to_json() == {
        "row": 49, "id": "49.jpg", "place": 1, "annotation": "2", "issue": "49.jpg#2",
        "old": {"bbox": FAR, "class": "cat"}, "new": {"bbox": FAR, "class": "dog"},
    }  # fmt: skip
    (added,) = audit.changes([Decision(None, "fix", {"bbox": B, "class": "cat"}, item="49.jpg")])
    assert (added.place, added.old, added.annotation) == (None, None, None)
    (other,) = audit.changes([Decision(None, "drop", item="49.jpg", place=0)])
    assert (other.annotation, other.new) == ("1", None)
    assert audit.changes([Decision("49.jpg#2", "fix", {"class": "cat"})]) == []


def test_classes_without_names_are_numbers():
    assert _corrected(_audit([B, FAR], [0, 0], class_names=None), Decision("49#1", "fix", {"class": 7})) == {
        "bboxes": [B, FAR],
        "labels": [0, 7],
    }


def test_of_two_decisions_about_one_box_the_later_one_counts():
    late, early = (datetime(2026, 1, day, tzinfo=UTC) for day in (2, 1))
    by_place = Decision(None, "fix", {"class": "dog"}, item=49, place=1, at=early)
    by_issue = Decision("49#1", "drop", at=late)
    for order in ([by_place, by_issue], [by_issue, by_place]):
        assert _corrected(SWAPPED, *order) == {"bboxes": [B], "labels": [0]}


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        (Decision("49#7", "drop"), "about nothing in this audit"),
        (Decision("48", "drop"), "about nothing in this audit"),
        (Decision(None, "drop", item=49, place=2), "about nothing in this audit"),
        (Decision(None, "drop", item=49, place=1, given="dog"), "about a label that has changed since"),
        (Decision("49#1", "drop", given="dog"), "about a label that has changed since"),
    ],
)
def test_decisions_that_no_longer_hold_are_left_out_with_a_word(decision, reason):
    with pytest.warns(UserWarning, match=reason):
        assert SWAPPED[0].changes([decision]) == []


@pytest.mark.parametrize(
    ("decision", "message"),
    [
        (Decision("49#1", "fix", "dog"), r'decisions: 49#1: expected \{"bbox": \[x1, y1, x2, y2\], "class": …\}'),
        (Decision("49#1", "fix", {"name": "dog"}), "decisions: 49#1: expected .* as its value, or a part of it, got"),
        (Decision("49#1", "fix", {"class": "wolf"}), "expected a class as its value, one of cat, dog, got 'wolf'"),
        (Decision("49#1", "fix", {"bbox": [1, 2, 3]}), "expected a bbox of four finite numbers"),
        (Decision("49#1", "fix", {"bbox": [1, 2, 3, "4"]}), "expected a bbox of four finite numbers"),
        (Decision("49#1", "fix", {"bbox": [5, 2, 3, 4]}), "expected a bbox x1, y1, x2, y2 with x1 <= x2"),
        (Decision(None, "fix", {"bbox": NEW}, item=49), "expected .* of what is added, got no class"),
    ],
)
def test_values_that_are_no_boxes_are_refused(decision, message):
    with pytest.raises(InputError, match=message):
        SWAPPED[0].changes([decision])


def test_labels_of_other_images_are_refused():
    with pytest.raises(InputError, match="labels: expected 50 items, as the audit has, got 3"):
        SWAPPED[0].correct([RIGHT] * 3, [Decision("49#1", "drop")])


# what has changed in the meantime


def test_a_box_that_was_moved_since_is_left_as_it_is():
    audit, labels = SWAPPED
    now = [*labels[:49], {"bboxes": [B, OTHER], "labels": [0, 0]}]
    assert audit.correct(now, [Decision("49#1", "drop")])[49] is now[49]


def test_boxes_in_another_order_are_told_by_what_they_are():
    audit, labels = SWAPPED
    now = [*labels[:49], {"bboxes": [FAR, OTHER, B], "labels": [0, 1, 0]}]
    assert audit.correct(now, [Decision("49#1", "fix", {"class": "dog"})])[49]["labels"] == [1, 1, 0]


def test_of_two_equal_boxes_one_is_dropped_and_only_once():
    data = _audit([B, B, FAR], [0, 0, 1])
    assert _corrected(data, Decision(None, "drop", item=49, place=1)) == {"bboxes": [B, FAR], "labels": [0, 1]}


def test_a_box_that_becomes_like_another_that_goes_is_corrected_once():
    data = _audit([B, FAR], [0, 1])
    decisions = (
        Decision(None, "fix", {"bbox": FAR, "class": "dog"}, item=49, place=0),
        Decision(None, "drop", item=49, place=1),
    )
    assert _corrected(data, *decisions) == {"bboxes": [FAR], "labels": [1]}


def test_an_object_that_was_added_since_is_not_added_again():
    audit, labels = MISSED
    now = [*labels[:49], RIGHT]
    assert audit.correct(now, [Decision(OVERLOOKED, "fix", {"class": "dog"})])[49] is RIGHT


def test_later_decisions_are_carried_out_on_corrected_labels():
    audit, labels = _audit([OTHER], [0])
    first = Decision("49#+dog@600,600,700,700", "fix", {"class": "dog"})
    second = Decision("49#+cat@100,100,200,200", "fix", {"class": "cat"})
    corrected = audit.correct(audit.correct(labels, [first]), [first, second])
    assert corrected[49] == {"bboxes": [OTHER, FAR, B], "labels": [0, 1, 0]}


# containers


def test_other_values_of_each_box_are_kept_in_step():
    known = {"iscrowd": [0, 1], "area": np.array([5.0, 6]), "ids": ["a", "b"], "shape": (640, 480), "image_id": [3]}
    others = {"iscrowd": [0], "area": np.array([7.0]), "ids": ["c"], "shape": (640, 480), "image_id": [4]}
    audit, labels = _audit([B, FAR], [0, 0])
    labels = [one | known for one in labels]
    labels[0] = {"bboxes": [B], "labels": [0]} | others
    audit = labelaudit.audit("object_detection", labels, [FOUND] * 50)
    before = copy.deepcopy(labels)
    dropped = audit.correct(labels, [Decision("49#1", "drop")])[49]
    assert (dropped["iscrowd"], dropped["area"].tolist(), dropped["ids"]) == ([0], [5.0], ["a"])
    added = audit.correct(labels, [Decision(None, "fix", {"bbox": NEW, "class": 1}, item=49)])[49]
    assert (added["iscrowd"], added["area"].tolist(), added["ids"]) == ([0, 1, 0], [5.0, 6, 0], ["a", "b", None])
    for image in (dropped, added):
        assert image["shape"] == (640, 480)
        assert image["image_id"] == [3]
    for was, one in zip(before, labels, strict=True):
        assert was.keys() == one.keys()
        assert all(np.array_equal(was[key], one[key]) for key in was)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.uint16])
def test_arrays_keep_their_type_where_it_holds_the_new_box(dtype):
    images = [
        {"boxes": np.array(one["bboxes"], dtype), "labels": np.array(one["labels"], np.uint8)} for one in SWAPPED[1]
    ]
    audit = labelaudit.audit("object_detection", images, [FOUND] * 50)
    moved = [Decision("49#1", "fix", {"bbox": [1, 2, 3, 4], "class": 1})]
    corrected = audit.correct(images, moved)
    assert corrected[49]["boxes"].dtype == dtype
    assert corrected[49]["labels"].dtype == np.uint8
    assert corrected[49]["boxes"].tolist() == [B, [1, 2, 3, 4]]
    assert images[49]["boxes"].tolist() == [B, FAR]
    odd = [Decision("49#1", "fix", {"bbox": [0.1, 0.2, 0.3, 0.4]})]
    corrected = audit.correct(images, odd)
    np.testing.assert_allclose(corrected[49]["boxes"][1], [0.1, 0.2, 0.3, 0.4])
    assert audit.correct(corrected, odd)[49] is corrected[49]


def test_an_image_without_boxes_gets_one():
    for empty in ([], np.array([]), np.zeros((0, 4))):
        labels = [RIGHT] * 49 + [
            {"bboxes": empty, "labels": type(empty)([]) if isinstance(empty, list) else np.array([], int)}
        ]
        audit = labelaudit.audit("object_detection", labels, [FOUND] * 50, class_names=["cat", "dog"])
        corrected = audit.correct(labels, [Decision(OVERLOOKED, "fix", {"class": "dog"})])[49]
        assert np.array_equal(corrected["bboxes"], [FAR])
        assert np.array_equal(corrected["labels"], [1])
        assert type(corrected["bboxes"]) is type(empty)


def test_containers_of_images_are_those_that_came():
    audit, labels = SWAPPED
    dog = [Decision("49#1", "fix", {"class": "dog"})]
    assert isinstance(audit.correct(tuple(labels), dog), tuple)
    ordered = audit.correct([OrderedDict(image) for image in labels], dog)[49]
    assert isinstance(ordered, OrderedDict)
    assert ordered["labels"] == [0, 1]


FORMS = {
    "lists": lambda image: {"bboxes": [list(b.corners) for b in image], "labels": [b.kind for b in image]},
    "arrays": lambda image: {
        "boxes": np.array([b.corners for b in image], float).reshape(-1, 4),
        "labels": np.array([b.kind for b in image], int),
    },
    "float32": lambda image: {
        "bboxes": np.array([b.corners for b in image], np.float32).reshape(-1, 4),
        "labels": [b.kind for b in image],
    },
}


def _tensors(library):
    kind = pytest.importorskip(library, reason=f"{library} is not installed: its correction test needs it").asarray
    return lambda image: {key: kind(value) for key, value in FORMS["arrays"](image).items()}


def _predictions(images):
    found = []
    for image in images:
        boxes, scores = zip(*image.predicted, strict=True)
        found.append({**FORMS["lists"](boxes), "scores": list(scores)})
    return found


@pytest.mark.parametrize("form", [*FORMS, "array_api_strict", "torch"])
def test_what_was_planted_is_listed_and_once_decided_mended_and_nothing_else_is_touched(form):
    images = scenes()
    as_form = FORMS[form] if form in FORMS else _tensors(form)
    labels = [as_form(image.given) for image in images]
    audit = labelaudit.audit("object_detection", labels, _predictions(images), class_names=NAMES)
    decisions, after, mended = truthful(audit, images, "box", lambda box: box.value)
    assert count_planted(images) > 100
    assert mended >= 0.8 * count_planted(images)
    corrected = audit.correct(labels, decisions)
    for row, (was, now, image) in enumerate(zip(labels, corrected, images, strict=True)):
        if after[row] == image.given:
            assert now is was
        expected = as_form(after[row])
        assert now.keys() == expected.keys()
        for key, value in expected.items():
            assert type(now[key]) is type(value)
            assert getattr(now[key], "dtype", None) == getattr(value, "dtype", None)
            assert np.array_equal(np.asarray(now[key]), np.asarray(value))
    again = audit.correct(corrected, decisions)
    assert all(one is other for one, other in zip(corrected, again, strict=True))


def test_flat_arrays_are_corrected_to_flat_arrays():
    images = scenes()
    labels = _flat([image.given for image in images])
    audit = labelaudit.audit("object_detection", labels, _predictions(images), class_names=NAMES)
    decisions, after, _ = truthful(audit, images, "box", lambda box: box.value)
    before = copy.deepcopy(labels)
    corrected = audit.correct(labels, decisions)
    expected = _flat(after)
    assert isinstance(corrected, Boxes)
    for column in ("boxes", "classes", "starts"):
        np.testing.assert_array_equal(getattr(corrected, column), getattr(expected, column))
        np.testing.assert_array_equal(getattr(labels, column), getattr(before, column))
    again = audit.correct(corrected, decisions)
    np.testing.assert_array_equal(again.boxes, corrected.boxes)


def _flat(images):
    boxes = [box for image in images for box in image]
    return Boxes(
        np.array([box.corners for box in boxes], float),
        np.array([box.kind for box in boxes]),
        np.cumsum([0, *map(len, images)]),
    )
