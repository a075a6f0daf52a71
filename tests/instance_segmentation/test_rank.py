"""Scores of masks: each kind of error by hand, laws, and the same figures as boxes where masks are boxes."""

import numpy as np
import pytest

from instance_segmentation.cases import AS, HEIGHT, WIDTH, ellipse, in_form, noisy_boxes, rectangle, with_masks
from labelaudit._checks.object_detection import check_scenes
from labelaudit._kernels import box_kernels
from labelaudit.instance_segmentation import rank
from labelaudit.object_detection import _calibrated
from labelaudit.object_detection._match import PairSimilarity

KINDS = ("overlooked", "badloc", "swap", "duplicate")
BOXED = noisy_boxes()
LABELS, PREDICTIONS = (with_masks(images, ellipse) for images in BOXED)
CALIBRATION = rank.calibrate(LABELS, PREDICTIONS)
B, FAR = [10, 10, 50, 40], [60, 10, 85, 50]


def _one(boxes, classes, found, kinds, confidences):
    label = {"masks": [ellipse(box) for box in boxes], "labels": classes}
    return [label], [{"masks": [ellipse(box) for box in found], "labels": kinds, "scores": confidences}]


def _image(*image):
    return rank.get_label_quality_scores(*_one(*image), calibration=CALIBRATION)[0]


def _objects(*image):
    scores = rank.compute_object_scores(*_one(*image), calibration=CALIBRATION)
    return {kind: scores[kind][0] for kind in KINDS}


def test_a_confident_unlabelled_object_lowers_the_score():
    image = ([B], [0], [B, FAR], [0, 1], [0.95, 0.97])
    assert _image(*image) < _image([B], [0], [B], [0], [0.95]) - 0.2
    overlooked = _objects(*image)["overlooked"]
    assert np.isnan(overlooked[0])
    assert overlooked[1] < 0.2


def test_a_moved_mask_is_badly_located():
    good, moved, off = (
        _objects([box], [0], [B], [0], [0.95])["badloc"][0] for box in (B, [20, 12, 60, 42], [27, 15, 67, 45])
    )
    assert off < 0.3  # IoU 0.28: predicted nearby
    assert moved < 0.8 < 0.99 < good  # IoU 0.51: worse than nearly all pairs of the data set


def test_a_mask_that_misses_its_object_in_the_same_box_is_badly_located():
    # two triangles of a square share its box, and little else
    upper = np.tri(HEIGHT, WIDTH, dtype=bool) & rectangle([10, 10, 50, 50])
    lower = ~np.tri(HEIGHT, WIDTH, dtype=bool) & rectangle([10, 10, 50, 50])
    given = upper | rectangle([10, 10, 50, 20])
    found = [{"masks": [lower], "labels": [0], "scores": [0.95]}]
    scores = rank.compute_object_scores([{"masks": [given], "labels": [0]}], found, calibration=CALIBRATION)
    assert 0.1 < rank.mask_iou([given], [lower])[0, 0] < 0.5
    assert scores["badloc"][0][0] < 0.3


def test_another_class_there_is_a_swap():
    assert _objects([B], [0], [B], [1], [0.97])["swap"][0] < 0.3
    assert _objects([B], [0], [B], [0], [0.97])["swap"][0] > 0.9


def test_a_second_mask_on_one_object_is_the_duplicate():
    first, second = _objects([B, [11, 10, 50, 41]], [0, 0], [B], [0], [0.95])["duplicate"]
    assert second < 0.2 < 0.9 < first


def test_images_without_masks_are_ordinary():
    for image in (([], [], [], [], []), ([B], [0], [], [], []), ([], [], [B], [0], [0.5])):
        assert 0 < _image(*image) <= 1
    assert rank.get_label_quality_scores([], []).shape == (0,)
    assert rank.compute_object_scores([], []) == {kind: [] for kind in KINDS}


def test_an_object_that_was_not_predicted_can_be_empty():
    nothing = {"masks": np.zeros((1, HEIGHT, WIDTH)), "labels": [0]}
    score = rank.get_label_quality_scores([nothing], [nothing | {"scores": [0.9]}], calibration=CALIBRATION)[0]
    assert 0 < score < 0.6  # empty masks overlap nothing, not even each other


@pytest.mark.parametrize("form", AS)
def test_every_form_of_masks_gives_the_same_scores(form):
    expected = rank.get_label_quality_scores(LABELS, PREDICTIONS)
    scores = rank.get_label_quality_scores(in_form(LABELS, form), in_form(PREDICTIONS, form))
    np.testing.assert_array_equal(scores, expected)


@pytest.mark.parametrize("library", ["array_api_strict", "torch"])
def test_other_array_libraries(library):
    kind = pytest.importorskip(library, reason=f"{library} is not installed: its mask test needs it").asarray
    stacked = [image | {"masks": kind(AS["booleans"](image["masks"]))} for image in LABELS]
    listed = [image | {"masks": [kind(mask) for mask in image["masks"]]} for image in PREDICTIONS]
    for image in listed:
        image["scores"] = kind(image["scores"])
    expected = rank.get_label_quality_scores(LABELS, PREDICTIONS)
    np.testing.assert_array_equal(rank.get_label_quality_scores(stacked, listed), expected)


def test_masks_of_boxes_score_as_their_boxes_by_iou_alone():
    scenes = check_scenes(*BOXED)
    errors = _calibrated.errors_of(scenes, None, PairSimilarity(_box_iou, lambda a, b, pairs: pairs.ious))
    labels, predictions = (with_masks(images) for images in BOXED)
    scores, of_boxes = rank.compute_object_scores(labels, predictions), _calibrated.scores_by_kind(errors, scenes)
    for kind in KINDS:
        np.testing.assert_array_equal(np.concatenate(scores[kind]), np.concatenate(of_boxes[kind]))
    expected = _calibrated.image_scores(errors, scenes, _calibrated.WEIGHTS)
    np.testing.assert_array_equal(rank.get_label_quality_scores(labels, predictions), expected)
    assert (expected < 0.5).sum() > 5


def _box_iou(a, b):
    return box_kernels().iou(a.boxes, a.starts, b.boxes, b.starts)


def test_an_image_alone_scores_as_among_others():
    among = rank.get_label_quality_scores(LABELS, PREDICTIONS, calibration=CALIBRATION)
    alone = [
        rank.get_label_quality_scores([label], [found], calibration=CALIBRATION)[0]
        for label, found in zip(LABELS, PREDICTIONS, strict=True)
    ]
    np.testing.assert_array_equal(alone, among)
    np.testing.assert_array_equal(among, rank.get_label_quality_scores(LABELS, PREDICTIONS))


def test_blocks_and_threads_do_not_matter(monkeypatch):
    expected = rank.compute_object_scores(LABELS, PREDICTIONS)
    for block, threads in ((1, 4), (7, 3), (1000, 1)):
        monkeypatch.setattr("labelaudit._data.masks.IMAGES_PER_BLOCK", block)
        monkeypatch.setenv("LABELAUDIT_NUM_THREADS", str(threads))
        scores = rank.compute_object_scores(LABELS, PREDICTIONS)
        for kind in KINDS:
            np.testing.assert_array_equal(np.concatenate(scores[kind]), np.concatenate(expected[kind]))


def test_the_order_of_objects_does_not_matter():
    rng = np.random.default_rng(0)
    turned = [[_shuffled(image, rng) for image in images] for images in (LABELS, PREDICTIONS)]
    np.testing.assert_allclose(
        rank.get_label_quality_scores(*turned), rank.get_label_quality_scores(LABELS, PREDICTIONS), rtol=1e-12
    )


def _shuffled(image, rng):
    order = rng.permutation(len(image["labels"]))
    return {key: [values[at] for at in order] for key, values in image.items()}


def test_the_scale_of_the_pixels_does_not_matter():
    labels, predictions = (
        [image | {"masks": [np.kron(mask, np.ones((3, 3), bool)) for mask in image["masks"]]} for image in images]
        for images in (LABELS, PREDICTIONS)
    )
    np.testing.assert_array_equal(
        rank.get_label_quality_scores(labels, predictions), rank.get_label_quality_scores(LABELS, PREDICTIONS)
    )


@pytest.mark.parametrize("curve", [np.sqrt, lambda x: x**5 / 3, lambda x: 0.9 * x], ids=["root", "power", "capped"])
def test_a_monotone_change_of_confidences_changes_no_score(curve):
    changed = [image | {"scores": curve(image["scores"])} for image in PREDICTIONS]
    np.testing.assert_allclose(
        rank.get_label_quality_scores(LABELS, changed),
        rank.get_label_quality_scores(LABELS, PREDICTIONS),
        rtol=1e-12,
    )


@pytest.mark.parametrize("confidence", [0.01, 0.5, 0.99])
@pytest.mark.parametrize("kind", [0, 2])
def test_an_unlabelled_prediction_never_raises_the_score(kind, confidence):
    before = rank.get_label_quality_scores(LABELS, PREDICTIONS, calibration=CALIBRATION)
    added = ellipse([30, 20, 62, 45])
    more = [
        {
            "masks": [*image["masks"], added],
            "labels": [*image["labels"], kind],
            "scores": [*image["scores"], confidence],
        }
        for image in PREDICTIONS
    ]
    after = rank.get_label_quality_scores(LABELS, more, calibration=CALIBRATION)
    free = [not image["masks"] or rank.mask_iou(image["masks"], [added]).max() < 0.5 for image in LABELS]
    assert sum(free) > 60
    assert (after <= before + 1e-12)[free].all()


def test_weights_leave_a_kind_out():
    image = ([B], [0], [B, FAR], [0, 1], [0.95, 0.97])
    only = {"overlooked": 0, "badloc": 0.5, "swap": 0.25, "duplicate": 0.25}
    scores = rank.get_label_quality_scores(*_one(*image), calibration=CALIBRATION, aggregation_weights=only)
    assert scores[0] > 0.9 > _image(*image)


def test_mask_iou_is_a_matrix_of_two_sets():
    a = [rectangle([0, 0, 10, 10]), rectangle([0, 0, 20, 10]), rectangle([40, 40, 50, 50])]
    expected = [[1, 0.5], [0.5, 1], [0, 0]]
    assert rank.mask_iou(a, AS["strings"](a[:2])).tolist() == expected
    assert rank.mask_iou(AS["bytes"](a), AS["run lengths"](a[:2])).tolist() == expected
    assert rank.mask_iou([], a).shape == (0, 3)
    assert rank.mask_iou(np.zeros((0, 5, 5)), []).shape == (0, 0)
