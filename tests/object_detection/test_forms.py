"""Every form of labels and predictions is told by its shape, and what is no form is refused."""

import numpy as np
import pytest

import labelaudit
from labelaudit.object_detection import rank
from object_detection.cases import noisy_scene, random_scene

LABELS, PREDICTIONS = random_scene(1, k=3)
EXPECTED = rank.get_label_quality_scores(LABELS, PREDICTIONS)


def _dictionaries(predictions):
    found = []
    for image in predictions:
        rows = np.concatenate(image)
        classes = np.repeat(np.arange(len(image)), [len(part) for part in image])
        found.append({"boxes": rows[:, :4], "labels": classes, "scores": rows[:, 4]})
    return found


def _rows(predictions):
    found = []
    for image in predictions:
        rows, classes = np.concatenate(image), np.repeat(np.arange(len(image)), [len(part) for part in image])
        found.append(np.hstack([rows, np.eye(len(image))[classes] * 0.5 + 0.1]))
    return found


FORMS = {
    "per class": lambda p: p,
    "per class, tuples": lambda p: tuple(tuple(image) for image in p),
    "per class, lists": lambda p: [[part.tolist() for part in image] for image in p],
    "per class, arrays of objects": lambda p: [np.array([*image, None], object)[:-1] for image in p],
    "per class, empty arrays of no width": lambda p: [
        [part if len(part) else np.array([]) for part in image] for image in p
    ],
    "torchvision": _dictionaries,
    "torchvision, bboxes": lambda p: [
        {"bboxes": d["boxes"], **{k: d[k] for k in ("labels", "scores")}} for d in _dictionaries(p)
    ],
    "torchvision, lists": lambda p: [{k: v.tolist() for k, v in d.items()} for d in _dictionaries(p)],
    "rows": _rows,
    "rows, lists": lambda p: [image.tolist() for image in _rows(p)],
    "rows, empty images": lambda p: [image if len(image) else np.zeros(0) for image in _rows(p)],
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_predictions(form):
    np.testing.assert_array_equal(rank.get_label_quality_scores(LABELS, FORMS[form](PREDICTIONS)), EXPECTED)


@pytest.mark.parametrize("library", ["array_api_strict", "torch"])
def test_tensors(library):
    kind = pytest.importorskip(library, reason=f"{library} is not installed: its detection test needs it").asarray
    labels = [{"boxes": kind(image["bboxes"]), "labels": kind(image["labels"])} for image in LABELS]
    predictions = [{key: kind(value) for key, value in image.items()} for image in _dictionaries(PREDICTIONS)]
    np.testing.assert_array_equal(rank.get_label_quality_scores(labels, predictions), EXPECTED)


LABEL_FORMS = {
    "boxes": lambda image: {"boxes": image["bboxes"], "labels": image["labels"]},
    "lists": lambda image: {"bboxes": image["bboxes"].tolist(), "labels": image["labels"].tolist()},
    "floats and integers of other widths": lambda image: {
        "bboxes": image["bboxes"].astype(">f8"), "labels": image["labels"].astype(np.uint8)
    },
    "more keys": lambda image: image | {"image_name": "a.png"},
}  # fmt: skip


@pytest.mark.parametrize("form", LABEL_FORMS)
def test_every_form_of_labels(form):
    labels = [LABEL_FORMS[form](image) for image in LABELS]
    np.testing.assert_array_equal(rank.get_label_quality_scores(labels, PREDICTIONS), EXPECTED)


def test_threads_and_blocks_change_no_bit(monkeypatch):
    labels, predictions = noisy_scene(images=600)
    for method in rank.METHODS:
        expected = rank.get_label_quality_scores(labels, predictions, method=method)
        monkeypatch.setenv("LABELAUDIT_NUM_THREADS", "1")
        np.testing.assert_array_equal(rank.get_label_quality_scores(labels, predictions, method=method), expected)
        monkeypatch.setattr("labelaudit._data.boxes.IMAGES_PER_BLOCK", 7)
        np.testing.assert_array_equal(rank.get_label_quality_scores(labels, predictions, method=method), expected)
        monkeypatch.undo()


BOX = {"bboxes": [[0, 0, 9, 9]], "labels": [0]}
SEEN = [np.array([[0, 0, 9, 9, 0.9]])]


@pytest.mark.parametrize(
    ("labels", "predictions", "message"),
    [
        ([BOX], [np.zeros((2, 5))], r"predictions: image 0 has shape \(2, 5\), which says no class"),
        ([BOX, BOX], [SEEN, {"boxes": [], "labels": [], "scores": []}], "predictions: image 0 is per class, image 1 is a dictionary"),
        ([BOX], [[np.zeros((2, 4))]], r"predictions: expected arrays \(M, 5\), image 0 has one of shape \(2, 4\)"),
        ([BOX, BOX], [SEEN, [*SEEN, *SEEN]], "predictions: expected a list of 2 arrays, one a class, image 0 has 1"),
        ([BOX], [np.zeros((2, 3))], "predictions: expected for each image an array .*; image 0 has shape"),
        ([BOX], [7], "predictions: expected for each image an array .*; image 0 is int"),
        ([BOX], BOX, "predictions: expected for each image .*, got dict"),
        (BOX, [SEEN], "labels: a dictionary of bboxes .* for each image, got dict"),
        ([[0]], [SEEN], "labels: expected a dictionary of bboxes and labels, image 0 is"),
        ([BOX], [SEEN, SEEN], "labels: expected 2 images, as in predictions, got 1"),
        ([{"bboxes": [[0, 0, 9, 9]]}], [SEEN], r"labels: expected a key 'labels', image 0 has \['bboxes'\]"),
        ([{"labels": [0]}], [SEEN], "labels: expected a key 'bboxes' or 'boxes', image 0"),
        ([{"bboxes": [[0, 0, 9, 9]], "labels": [0, 1]}], [SEEN], "labels: expected one value for each of 1 boxes, image 0"),
        ([{"bboxes": [[0, 0, 9]], "labels": [0]}], [SEEN], r"labels: expected boxes of shape \(n, 4\), image 0 has \(1, 3\)"),
        ([{"bboxes": [[5, 5, 2, 9]], "labels": [0]}], [SEEN], "labels: expected boxes x1, y1, x2, y2 .* x, y, width, height become"),
        ([{"bboxes": [[0, 0, 9, 9]], "labels": [-1]}], [SEEN], "labels: expected class indices 0..K-1, image 0"),
        ([{"bboxes": [[0, 0, 9, 9]], "labels": [0.5]}], [SEEN], "labels: expected class indices 0..K-1, image 0 holds .*0.5"),
        ([{"bboxes": [[0, 0, 9, 9]], "labels": ["cat"]}], [SEEN], "labels: expected class indices 0..K-1, image 0"),
        ([{"bboxes": [[0, 0, 9, 9]], "labels": [1]}], [SEEN], "labels: expected classes 0..0, as predictions have 1, image 0 holds 1"),
        ([BOX], [[np.array([[0, 0, 9, 9, 1.5]])]], r"predictions: expected confidences in \[0, 1\], image 0 holds 1.5"),
        ([BOX], [[np.array([[0, 0, 9, np.inf, 0.5]])]], "predictions: expected boxes x1, y1, x2, y2 .*, image 0"),
    ],
)  # fmt: skip
def test_what_is_refused(labels, predictions, message):
    with pytest.raises(labelaudit.InputError, match=message):
        rank.get_label_quality_scores(labels, predictions)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "x"}, "method: expected one of objectlab, calibrated"),
        (
            {"aggregation_weights": {"overlooked": 1}},
            "aggregation_weights: expected a weight for each of overlooked, badloc, swap",
        ),
        ({"aggregation_weights": {"overlooked": 1, "badloc": 1, "swap": 1}}, "expected weights >= 0 that sum to 1"),
        ({"aggregation_weights": {"overlooked": 2, "badloc": -1, "swap": 0}}, "expected weights >= 0 that sum to 1"),
        ({"calibration": 3}, 'calibration: is used only with method="calibrated"'),
    ],
)
def test_options_that_do_not_fit(options, message):
    with pytest.raises(labelaudit.InputError, match=message):
        rank.get_label_quality_scores(LABELS, PREDICTIONS, **options)


def test_a_calibration_of_fewer_classes_is_refused():
    known = rank.calibrate([BOX], [SEEN])
    with pytest.raises(labelaudit.InputError, match="calibration: knows 1 classes, these images have 3"):
        rank.get_label_quality_scores(LABELS, PREDICTIONS, method="calibrated", calibration=known)


def test_other_arguments_that_do_not_fit():
    with pytest.raises(labelaudit.InputError, match="labels: expected labels and predictions, or auxiliary_inputs"):
        rank.compute_swap_box_scores(labels=LABELS)
    with pytest.raises(labelaudit.InputError, match="auxiliary_inputs: expected a key 'lab_bboxes', image 0"):
        rank.compute_swap_box_scores(auxiliary_inputs=[{}])
    with pytest.raises(labelaudit.InputError, match="threshold: expected a score of at most 1"):
        rank.issues_from_scores([0.5], threshold=2)
    with pytest.raises(labelaudit.InputError, match="temperature: expected a number not below 0"):
        rank.pool_box_scores_per_image([[0.5]], temperature=-1)
