"""Numbers, boxes and masks that do not belong to their predictions: no wrong answer without a word."""

import math
import warnings

import numpy as np
import pytest

import labelaudit
from labelaudit.object_detection import Boxes, Detections
from labelaudit.regression import rank

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def _doubts(task, *data, **options):
    return {doubt.code: doubt for doubt in labelaudit.audit(task, *data, **options).doubts}


# numbers


def _lengths(n=400, seed=0):
    rng = np.random.default_rng(seed)
    predictions = 170 + 10 * rng.normal(size=n)
    return predictions + 4 * rng.normal(size=n), predictions


@pytest.mark.parametrize("seed", range(10))
def test_numbers_that_belong_together_raise_no_doubt(seed):
    assert _doubts("regression", *_lengths(seed=seed)) == {}


@pytest.mark.parametrize(
    ("change", "sentence", "way_out"),
    [
        (lambda y: 100 * y, "the labels look like 100 times the predictions", "divide the labels by 100"),
        (
            lambda y: y / 1000,
            "the labels look like the predictions divided by 1,000",
            "divide the predictions by 1,000",
        ),
        (lambda y: y + 273.15, "the labels look like the predictions plus 273", "add 273 to the predictions"),
        (lambda y: y - 100, "the labels look like the predictions minus 100", "subtract 100 from the predictions"),
    ],
)
def test_another_unit_is_named(change, sentence, way_out):
    labels, predictions = _lengths()
    doubt = _doubts("regression", change(labels), predictions)["unit"]
    assert doubt.grave
    assert doubt.sentence == sentence
    assert doubt.way_out.startswith(way_out)


def test_a_unit_with_a_shift_is_named():
    labels, predictions = ((column - 170) / 2 + 15 for column in _lengths())  # degrees Celsius
    assert "times the predictions plus" in _doubts("regression", 1.8 * labels + 32, predictions)["unit"].sentence


def test_labels_around_zero_in_another_unit_are_seen_by_their_slope():
    labels, predictions = (column - 170 for column in _lengths())
    assert _doubts("regression", 100 * labels, predictions)["unit"].sentence.startswith("the labels look like 1")
    assert _doubts("regression", 2 * labels, predictions) == {}  # a timid model is as far off


def test_predictions_of_other_rows_are_seen():
    labels, predictions = _lengths()
    doubt = _doubts("regression", labels, predictions[::-1].copy())["order"]
    assert doubt.grave
    assert doubt.sentence == "the predictions are no nearer to their labels than to those of other rows"


def test_predictions_of_another_column_are_seen():
    labels, _ = _lengths()
    other = np.random.default_rng(1).normal(30, 5, labels.size)
    assert _doubts("regression", labels, other)["column"].sentence == "the predictions lie where hardly any label does"


def test_predictions_that_are_the_labels_are_seen():
    labels, _ = _lengths()
    assert set(_doubts("regression", labels, labels)) == {"in-sample"}


@pytest.mark.parametrize(
    ("labels", "predictions"),
    [
        (np.full(300, 3.0), 3 + np.random.default_rng(0).normal(size=300)),
        (np.full(300, 3.0), np.full(300, 3.0)),
        (np.random.default_rng(0).normal(size=300), np.zeros(300)),
        (np.random.default_rng(0).standard_cauchy(300), np.random.default_rng(1).normal(0, 0.1, 300)),
        (np.where(np.arange(500) % 25 == 0, 1000.0, 0.0), np.random.default_rng(0).normal(40, 15, 500)),
        (np.random.default_rng(0).lognormal(0, 2, 300), np.random.default_rng(1).normal(7.4, 1, 300)),
        (np.array([1.0, 2.0]), np.array([200.0, 100.0])),
        tuple(column * 4e305 for column in _lengths()),
        (np.array([]), np.array([])),
    ],
    ids=["constant", "all equal", "mean", "heavy tails", "claims", "predicted means", "two", "huge", "none"],
)
def test_odd_numbers_raise_no_doubt(labels, predictions):
    assert _doubts("regression", labels, predictions) == {}


def test_a_grave_doubt_is_found_among_a_million_rows_as_among_few():
    labels, predictions = _lengths(n=300_000)
    assert set(_doubts("regression", 100 * labels, predictions)) == {"unit"}


@pytest.mark.parametrize("sigma", [0.3, 0.6, 1.0])
def test_honest_skewed_labels_are_judged_by_their_ratio(sigma):
    rng = np.random.default_rng(0)
    predictions = rng.lognormal(0, 1, 5000)
    labels = predictions * np.exp(sigma * rng.normal(size=5000))
    audit = labelaudit.audit("regression", labels, predictions)
    assert len(audit.issues) < 0.01 * 5000
    (note,) = audit.doubts
    assert (note.code, note.grave) == ("spread-grows", False)
    np.testing.assert_array_equal(
        audit.scores, rank.get_label_quality_scores(labels, predictions, method="scaled_residual")
    )


def test_wrong_numbers_among_skewed_ones_are_found():
    rng = np.random.default_rng(0)
    predictions = rng.lognormal(0, 1, 2000)
    labels = predictions * np.exp(0.2 * rng.normal(size=2000))
    labels[::40] *= 10
    audit = labelaudit.audit("regression", labels, predictions)
    assert set(range(0, 2000, 40)) <= set(audit.issues["row"].to_list())
    assert len(audit.issues) < 60


def test_a_view_shows_the_spread_that_labels_were_judged_by(tmp_path):
    rng = np.random.default_rng(0)
    predictions = rng.lognormal(0, 1, 500)
    labels = predictions * np.exp(0.3 * rng.normal(size=500))
    labels[7] *= 20
    audit = labelaudit.audit("regression", labels, predictions)
    audit.save(tmp_path / "run.parquet")
    listed = set(audit.issues["row"].to_list())
    for run in (audit, labelaudit.load(tmp_path / "run.parquet")):
        for row in range(500):
            low, high = run.view(row).spread
            assert (low <= labels[row] <= high) == (row not in listed)
    scale, beyond = audit.parameters["scale"], audit.parameters["log_beyond"]
    assert audit.view(7).spread[1] == pytest.approx(
        beyond * math.sinh(math.asinh(predictions[7] / beyond) + audit.parameters["threshold"] * scale)
    )


def test_slips_that_grow_with_the_label_are_no_spread():
    labels, predictions = _lengths(2000)
    labels[::12] *= 2.54
    audit = labelaudit.audit("regression", labels, predictions)
    assert "log_beyond" not in audit.parameters
    assert set(audit.issues["row"].to_list()) == set(range(0, 2000, 12))


def test_labels_around_zero_have_no_ratio():
    rng = np.random.default_rng(0)
    predictions = rng.normal(size=2000)
    labels = predictions + np.exp(np.abs(predictions)) * rng.normal(size=2000)
    assert "log_beyond" not in labelaudit.audit("regression", labels, predictions).parameters


# boxes

SIZE = np.array([640.0, 480.0])


def _scenes(images=60, k=4, seed=0):
    """Boxes on pictures of 640 x 480, and what a good detector says of them."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(2, 7, images)
    starts = np.concatenate([[0], np.cumsum(counts)])
    sides = rng.uniform(20, 120, (starts[-1], 2))
    corners = rng.uniform(0, 1, (starts[-1], 2)) * (SIZE - sides)
    boxes, classes = np.hstack([corners, corners + sides]), rng.integers(0, k, starts[-1])
    found = boxes + rng.normal(0, 2, boxes.shape)
    return Boxes(boxes, classes, starts), Detections(found, classes.copy(), rng.beta(6, 2, starts[-1]), starts)


def _other(objects, **changed):
    return type(objects)(**(vars(objects) | changed))


def _of_images(objects, images):
    parts = [np.arange(objects.starts[i], objects.starts[i + 1]) for i in images]
    rows = np.concatenate(parts)
    arrays = {name: value[rows] for name, value in vars(objects).items() if name != "starts"}
    return type(objects)(**arrays, starts=np.concatenate([[0], np.cumsum([part.size for part in parts])]))


def _as_sides(boxes):
    """What becomes of corners that are read as x, y, width, height."""
    return np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]])


def _as_corner(boxes):
    """What becomes of a centre and sides that are read as a corner and sides."""
    return boxes + np.tile((boxes[:, 2:] - boxes[:, :2]) / 2, 2)


@pytest.mark.parametrize("seed", range(5))
def test_boxes_that_belong_together_raise_no_doubt(seed):
    assert _doubts("object_detection", *_scenes(seed=seed)) == {}


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        (lambda b: b / [*SIZE, *SIZE], "scale", "the boxes of {} are in fractions of the image, those of"),
        (_as_sides, "corners", "the boxes of {} fit when what was read as x, y, width, height is x1, y1, x2, y2"),
        (_as_corner, "corners", "the boxes of {} fit when what was read as a corner is a centre"),
    ],
)
@pytest.mark.parametrize("side", ["labels", "predictions"])
def test_boxes_of_another_form_are_named(change, code, sentence, side):
    given, found = _scenes()
    if side == "labels":
        given = _other(given, boxes=change(given.boxes))
    else:
        found = _other(found, boxes=change(found.boxes))
    doubts = _doubts("object_detection", given, found)
    assert set(doubts) == {code}
    assert doubts[code].grave
    assert doubts[code].sentence.startswith(sentence.format(side))


@pytest.mark.parametrize(
    ("factor", "by"), [(2, "0.5"), (0.5, "2"), (np.array([0.5, 1 / 3] * 2), "2 across and 3 down")]
)
def test_the_factor_of_boxes_is_named(factor, by):
    given, found = _scenes()
    doubt = _doubts("object_detection", given, _other(found, boxes=found.boxes * factor))["scale"]
    assert doubt.sentence == f"the predicted boxes fit when they are multiplied by {by}"


def test_swapped_axes_are_named():
    given, found = _scenes()
    doubt = _doubts("object_detection", given, _other(found, boxes=found.boxes[:, [1, 0, 3, 2]]))["corners"]
    assert doubt.sentence == "the predicted boxes fit with x and y swapped"


def test_classes_in_another_order_are_named():
    given, found = _scenes()
    names = ["ape", "bee", "cat", "dog"]
    other = _other(found, classes=np.array([1, 0, 2, 3])[found.classes])
    doubt = _doubts("object_detection", given, other, class_names=names)["classes"]
    assert doubt.grave
    assert doubt.sentence == "boxes are predicted in their places with other classes: ape as bee, bee as ape"
    later = _doubts("object_detection", given, _other(found, classes=found.classes + 1))["classes"]
    assert later.sentence == "boxes are predicted in their places with other classes: 0 as 1, 1 as 2 and 2 more"


def test_a_class_that_is_mistaken_for_another_is_in_its_place():
    given, found = _scenes()
    mistaken = np.where(found.classes == 0, 1, found.classes)
    assert _doubts("object_detection", given, _other(found, classes=mistaken)) == {}


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        (np.arange(60)[::-1], "the predictions fit when they are taken in reverse order"),
        (np.roll(np.arange(60), -1), "the predictions fit when they are taken of the image before"),
        (np.roll(np.arange(60), 1), "the predictions fit when they are taken of the next image"),
        (
            np.random.default_rng(2).permutation(60),
            "confident predictions lie on boxes of their class no more often than those of other images do",
        ),
    ],
)
def test_predictions_of_other_images_are_seen(order, sentence):
    given, found = _scenes()
    assert _doubts("object_detection", given, _of_images(found, order))["order"].sentence == sentence


def test_predictions_that_are_missing_are_seen():
    given, found = _scenes()
    none = Detections(np.zeros((0, 4)), np.zeros(0, np.int64), np.zeros(0), np.zeros(61, np.int64))
    doubt = _doubts("object_detection", given, none)["no-predictions"]
    n = len(given.classes)
    assert doubt.sentence == f"{n} of {n} boxes are in images without any prediction"
    stop = found.starts[6]
    few = Detections(found.boxes[:stop], found.classes[:stop], found.confidences[:stop], np.minimum(found.starts, stop))
    assert set(_doubts("object_detection", given, few)) == {"no-predictions"}


def test_half_of_the_images_without_predictions_are_no_doubt():
    given, found = _scenes()
    stop = found.starts[30]
    half = Detections(
        found.boxes[:stop], found.classes[:stop], found.confidences[:stop], np.minimum(found.starts, stop)
    )
    assert _doubts("object_detection", given, half) == {}


def test_too_few_boxes_say_nothing():
    given, found = (_of_images(objects, range(4)) for objects in _scenes())
    assert len(given.classes) < 20
    assert _doubts("object_detection", given, _other(found, boxes=found.boxes * 3)) == {}


def test_a_grave_doubt_is_a_warning():
    given, found = _scenes()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        labelaudit.audit("object_detection", given, _other(found, boxes=found.boxes * 2))
    assert "multiplied by 0.5" in str(seen[0].message)


# masks


def _masks(k=3, images=30, seed=0):
    rng = np.random.default_rng(seed)
    labels, predictions = [], []
    for _ in range(images):
        masks = np.zeros((3, 40, 60), np.uint8)
        for mask in masks:
            y, x = rng.integers(0, 26), rng.integers(0, 46)
            mask[y : y + rng.integers(6, 14), x : x + rng.integers(6, 14)] = 1
        classes = rng.integers(0, k, 3)
        labels.append({"masks": masks, "labels": classes})
        predictions.append({"masks": masks, "labels": classes, "scores": rng.beta(6, 2, 3)})
    return labels, predictions


def test_masks_that_belong_together_raise_no_doubt():
    assert _doubts("instance_segmentation", *_masks()) == {}


def test_masks_of_other_classes_and_images_are_seen():
    labels, predictions = _masks()
    other = [image | {"labels": (image["labels"] + 1) % 3} for image in predictions]
    doubt = _doubts("instance_segmentation", labels, other)["classes"]
    assert doubt.sentence == "masks are predicted in their places with other classes: 0 as 1, 1 as 2 and 1 more"
    doubt = _doubts("instance_segmentation", labels, predictions[::-1])["order"]
    assert doubt.sentence == "the predictions fit when they are taken in reverse order"
    empty = [{"masks": [], "labels": [], "scores": []} for _ in labels]
    assert set(_doubts("instance_segmentation", labels, empty)) == {"no-predictions"}


# pixels


def _maps(k=4, images=6, seed=0):
    """Label maps of rectangles over a ground, and what a model says of them."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((images, 40, 40), np.int64)
    for one in labels:
        for _ in range(5):
            y, x = rng.integers(0, 30, 2)
            one[y : y + rng.integers(5, 16), x : x + rng.integers(5, 16)] = rng.integers(1, k)
    probs = np.eye(k)[labels].transpose(0, 3, 1, 2) * 4 + rng.normal(size=(images, k, 40, 40))
    probs = np.exp(probs)
    return labels, probs / probs.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("seed", range(5))
def test_label_maps_that_belong_together_raise_no_doubt(seed):
    assert _doubts("segmentation", *_maps(seed=seed)) == {}


def test_planes_in_another_order_are_named():
    labels, probs = _maps()
    names = ["ground", "road", "tree", "sky"]
    doubt = _doubts("segmentation", labels, probs[:, [0, 2, 1, 3]], class_names=names)["classes"]
    assert doubt.grave
    assert doubt.sentence == "pixels are predicted as other classes throughout: road as tree, tree as road"


def test_predictions_of_other_label_maps_are_seen():
    labels, probs = _maps()
    doubt = _doubts("segmentation", labels, probs[::-1].copy())["order"]
    assert doubt.sentence == "labels agree with predictions no more than chance would have it"


def test_predictions_of_one_class_are_seen():
    labels, probs = _maps()
    doubt = _doubts("segmentation", labels, np.full_like(probs, 0.25))["one-class"]
    assert doubt.sentence == "class 0 is the most likely one of nearly all pixels"
    assert _doubts("segmentation", np.zeros_like(labels), np.full_like(probs, 0.25)) == {}
    assert _doubts("segmentation", labels[:, :10, :10], np.full_like(probs[:, :, :10, :10], 0.25)) == {}
