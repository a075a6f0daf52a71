"""Laws of method="calibrated", and the four defects of cleanlab's method that it mends."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from labelaudit._kernels import box_kernels, matching_kernels
from labelaudit.object_detection import rank
from object_detection.cases import noisy_scene, per_class

K = 4
LABELS, PREDICTIONS = noisy_scene(k=K)
CALIBRATION = rank.calibrate(LABELS, PREDICTIONS)
KINDS = ("overlooked", "badloc", "swap", "duplicate")
B, FAR = [100, 100, 200, 200], [600, 600, 700, 700]


def _one(boxes, classes, found, kinds, confidences):
    label = {"bboxes": np.array(boxes, float).reshape(-1, 4), "labels": np.array(classes, int)}
    return [label], [per_class(np.array(found, float).reshape(-1, 4), kinds, confidences, K)]


def _image(*image):
    return rank.get_label_quality_scores(*_one(*image), method="calibrated", calibration=CALIBRATION)[0]


def _boxes(*image):
    scores = rank.compute_calibrated_box_scores(*_one(*image), calibration=CALIBRATION)
    return {kind: scores[kind][0] for kind in KINDS}


def _predicted(image):
    # a prediction stands in the order of its class, then of its row
    return np.argsort(np.concatenate([np.full(len(part), k) for k, part in enumerate(image)]), kind="stable")


def test_a_confident_unlabelled_object_lowers_the_score():
    image = ([B], [0], [B, FAR], [0, 1], [0.95, 0.97])
    assert _image(*image) < _image([B], [0], [B], [0], [0.95]) - 0.2
    overlooked = _boxes(*image)["overlooked"]
    assert np.isnan(overlooked[0])
    assert overlooked[1] < 0.2


def test_a_moved_box_is_badly_located():
    good, moved, off = (
        _boxes([box], [0], [B], [0], [0.95])["badloc"][0] for box in (B, [130, 110, 230, 210], [150, 150, 250, 250])
    )
    assert off < 0.3
    assert moved < 0.5 < 0.9 < good


def test_another_class_there_is_a_swap():
    assert _boxes([B], [0], [B], [1], [0.97])["swap"][0] < 0.3 < 0.9 < _boxes([B], [0], [B], [0], [0.97])["swap"][0]


def test_a_second_box_on_one_object_is_the_duplicate():
    first, second = _boxes([B, [101, 100, 200, 201]], [0, 0], [B], [0], [0.95])["duplicate"]
    assert second < 0.1 < 0.9 < first


def test_of_two_classes_in_one_place_the_one_that_was_not_seen_is_wrong():
    first, second = _boxes([B, B], [1, 0], [B], [0], [0.95])["duplicate"]
    assert first < 0.1 < 0.9 < second


def test_images_without_boxes_are_ordinary():
    for image in (([], [], [], [], []), ([B], [0], [], [], []), ([], [], [B], [0], [0.5])):
        assert 0 < _image(*image) <= 1
    assert rank.get_label_quality_scores([], [], method="calibrated").shape == (0,)


# the four defects, as figures


def test_a_detector_whose_confidences_end_at_0_92_still_finds_overlooked_objects():
    capped = [[np.hstack([part[:, :4], 0.92 * part[:, 4:]]) for part in image] for image in PREDICTIONS]
    theirs = np.concatenate(rank.compute_overlooked_box_scores(labels=LABELS, predictions=capped))
    assert np.isnan(theirs).all()
    plain, low = (
        np.concatenate(rank.compute_calibrated_box_scores(LABELS, p)["overlooked"]) for p in (PREDICTIONS, capped)
    )
    assert (low < 0.5).sum() > 20
    np.testing.assert_allclose(low, plain)


@pytest.mark.parametrize("gap", [1, 0, -1, -5])
def test_touching_a_labelled_object_hides_nothing(gap):
    beside = [200 + gap, 100, 300 + gap, 200]
    apart = _boxes([B], [0], [B, FAR], [0, 1], [0.95, 0.97])["overlooked"][1]
    assert _boxes([B], [0], [B, beside], [0, 1], [0.95, 0.97])["overlooked"][1] <= apart + 0.05
    theirs = rank.get_label_quality_scores(*_one([B], [0], [B, beside], [0, 1], [0.95, 0.97]))[0]
    assert (theirs > 0.9) == (gap < 0)  # a pixel of overlap, and cleanlab's score is near 1


@pytest.mark.parametrize("scale", [0.25, 4, 1e-3, 7.3])
def test_the_scale_of_the_coordinates_does_not_matter(scale):
    labels = [image | {"bboxes": image["bboxes"] * scale} for image in LABELS]
    predictions = [[part * [scale, scale, scale, scale, 1] for part in image] for image in PREDICTIONS]
    expected = rank.get_label_quality_scores(LABELS, PREDICTIONS, method="calibrated")
    np.testing.assert_allclose(
        rank.get_label_quality_scores(labels, predictions, method="calibrated"), expected, rtol=1e-6
    )
    theirs = [rank.get_label_quality_scores(*data) for data in ((LABELS, PREDICTIONS), (labels, predictions))]
    assert np.abs(theirs[0] - theirs[1]).max() > 0.01


def test_an_image_alone_scores_as_among_others():
    among = rank.get_label_quality_scores(LABELS, PREDICTIONS, method="calibrated", calibration=CALIBRATION)
    alone = [
        rank.get_label_quality_scores([label], [found], method="calibrated", calibration=CALIBRATION)[0]
        for label, found in zip(LABELS, PREDICTIONS, strict=True)
    ]
    np.testing.assert_array_equal(alone, among)
    np.testing.assert_array_equal(rank.get_label_quality_scores(LABELS, PREDICTIONS, method="calibrated"), among)
    theirs = [rank.get_label_quality_scores([x], [p])[0] for x, p in zip(LABELS, PREDICTIONS, strict=True)]
    assert np.abs(theirs - rank.get_label_quality_scores(LABELS, PREDICTIONS)).max() > 0.01


# the other laws


@pytest.mark.parametrize(
    "curve",
    [np.sqrt, lambda x: x**5 / 3, lambda x: 1 / (1 + np.exp(-20 * (x - 0.5))), lambda x: 0.9 * x],
    ids=["root", "power", "logistic", "capped"],
)
def test_a_monotone_change_of_confidences_changes_no_score(curve):
    changed = [[np.hstack([part[:, :4], curve(part[:, 4:])]) for part in image] for image in PREDICTIONS]
    expected = rank.get_label_quality_scores(LABELS, PREDICTIONS, method="calibrated")
    np.testing.assert_allclose(
        rank.get_label_quality_scores(LABELS, changed, method="calibrated"), expected, rtol=1e-12
    )


@settings(max_examples=200, deadline=None)
@given(
    *(st.integers(0, 119), st.floats(0, 1), st.integers(0, K - 1)),
    *(st.floats(-50, 1000), st.floats(-50, 1000), st.floats(1, 300), st.floats(1, 300)),
)
def test_an_unlabelled_prediction_never_raises_the_score(i, confidence, kind, x, y, width, height):
    label, found = LABELS[i], PREDICTIONS[i]
    box = np.array([[x, y, x + width, y + height]])
    n = len(label["labels"])
    # it would otherwise show an object that is labelled
    assume(not n or box_kernels().iou(label["bboxes"], np.array([0, n]), box, np.array([0, 1])).max() < 0.5)
    more = [np.vstack([part, [*box[0], confidence]]) if k == kind else part for k, part in enumerate(found)]
    before, after = (
        rank.get_label_quality_scores([label], [p], method="calibrated", calibration=CALIBRATION)[0]
        for p in (found, more)
    )
    assert after <= before + 1e-12


def test_the_order_of_boxes_does_not_matter():
    rng = np.random.default_rng(0)
    labels = []
    for image in LABELS:
        order = rng.permutation(len(image["labels"]))
        labels.append({"bboxes": image["bboxes"][order], "labels": image["labels"][order]})
    predictions = [[part[rng.permutation(len(part))] for part in image] for image in PREDICTIONS]
    np.testing.assert_allclose(
        rank.get_label_quality_scores(labels, predictions, method="calibrated"),
        rank.get_label_quality_scores(LABELS, PREDICTIONS, method="calibrated"),
        rtol=1e-12,
    )


def test_weights_leave_a_kind_out():
    image = ([B], [0], [B, FAR], [0, 1], [0.95, 0.97])
    only = {"overlooked": 0, "badloc": 0.5, "swap": 0.25, "duplicate": 0.25}
    scores = rank.get_label_quality_scores(
        *_one(*image), method="calibrated", calibration=CALIBRATION, aggregation_weights=only
    )
    assert scores[0] > 0.9 > _image(*image)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6)), min_size=1, max_size=60))
def test_the_regression_is_isotonic(pairs):
    hits, seen = np.array([min(pair) for pair in pairs], float), np.array([pair[1] for pair in pairs])
    places = np.arange(len(seen))
    expected = IsotonicRegression().fit(places, hits / seen, seen).predict(places)
    np.testing.assert_allclose(matching_kernels().isotonic(hits, seen), expected, atol=1e-12)


def test_a_more_confident_prediction_is_never_less_probable():
    confidences = np.sort(np.random.default_rng(0).random(500))
    for k in range(K):
        assert (np.diff(CALIBRATION.probability(np.full(500, k), confidences)) >= 0).all()
