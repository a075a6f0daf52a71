"""cleanlab 2.9.0 as the oracle for object detection."""

import inspect
import warnings
from multiprocessing.pool import ThreadPool

import numpy as np
import pytest
from cleanlab.object_detection import filter as oracle_filter
from cleanlab.object_detection import rank as oracle

import labelaudit
from labelaudit._checks.object_detection import check_scenes
from labelaudit.object_detection import filter, rank
from object_detection.cases import SCENES

WEIGHTS = [None, {"overlooked": 0.5, "swap": 0.25, "badloc": 0.25}, {"overlooked": 0, "swap": 1, "badloc": 0}]


@pytest.fixture(params=SCENES)
def scene(request):
    return SCENES[request.param]()


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(oracle_filter, "Pool", ThreadPool)  # cleanlab forks for each class, which takes seconds
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _same(ours, theirs):
    assert [len(found) for found in ours] == [len(expected) for expected in theirs]
    for found, expected in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-30)


@pytest.mark.parametrize(("alpha", "high", "low"), [(None, None, None), (0.5, 0.8, 0.3), (0.99, 0.1, 0.0)])
def test_box_scores(scene, alpha, high, low):
    data = dict(zip(("labels", "predictions"), scene, strict=True)) | {"alpha": alpha}
    confident = {"high_probability_threshold": high}
    for name, options in [
        ("compute_overlooked_box_scores", confident),
        ("compute_badloc_box_scores", {"low_probability_threshold": low}),
        ("compute_swap_box_scores", confident),
        ("compute_swap_box_scores", confident | {"overlapping_label_check": False}),
    ]:
        _same(getattr(rank, name)(**data, **options), getattr(oracle, name)(**data, **options))


@pytest.mark.parametrize("temperature", [None, 0.01, 5.0])
def test_pooling(scene, temperature):
    labels, predictions = scene
    scores = oracle.compute_overlooked_box_scores(labels=labels, predictions=predictions)
    expected = oracle.pool_box_scores_per_image(scores, temperature=temperature)
    np.testing.assert_allclose(rank.pool_box_scores_per_image(scores, temperature=temperature), expected, rtol=1e-9)


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("weights", WEIGHTS)
def test_image_scores(scene, check, weights):
    options = {"aggregation_weights": weights, "overlapping_label_check": check, "verbose": False}
    found = rank.get_label_quality_scores(*scene, **options)
    np.testing.assert_allclose(found, oracle.get_label_quality_scores(*scene, **options), rtol=1e-9)


@pytest.mark.parametrize("threshold", [0.0, 0.1, 0.7, 1.0])
def test_issues_from_scores(threshold):
    scores = np.random.default_rng(0).random(500)
    np.testing.assert_array_equal(
        rank.issues_from_scores(scores, threshold=threshold), oracle.issues_from_scores(scores, threshold=threshold)
    )


def test_average_precision_and_issues(scene):
    labels, predictions = scene
    theirs = oracle_filter._get_per_class_ap(labels, predictions)
    ours = filter.average_precision(check_scenes(labels, predictions)) * np.float32(0.25)
    np.testing.assert_array_equal(ours, np.array([theirs[k] for k in range(len(predictions[0]))], np.float32))
    for check in (True, False):
        np.testing.assert_array_equal(
            filter.find_label_issues(labels, predictions, overlapping_label_check=check),
            oracle_filter.find_label_issues(labels, predictions, overlapping_label_check=check),
        )


def test_auxiliary_inputs(scene):
    labels, predictions = scene
    inputs = oracle._get_valid_inputs_for_compute_scores(0.9, labels, predictions)
    for name in ("compute_overlooked_box_scores", "compute_badloc_box_scores", "compute_swap_box_scores"):
        _same(getattr(rank, name)(auxiliary_inputs=inputs), getattr(oracle, name)(auxiliary_inputs=inputs))


@pytest.mark.parametrize("name", [name for name in rank.__all__ if hasattr(oracle, name)])
def test_detection_signatures(name):
    ours, theirs = (inspect.signature(getattr(module, name)).parameters for module in (rank, oracle))
    assert list(ours)[: len(theirs)] == list(theirs)
    assert [(p.kind, p.default) for p in list(ours.values())[: len(theirs)]] == [
        (p.kind, p.default) for p in theirs.values()
    ]
    assert all(p.kind is p.KEYWORD_ONLY for p in list(ours.values())[len(theirs) :])


def test_filter_signature():
    ours, theirs = (inspect.signature(module.find_label_issues).parameters for module in (filter, oracle_filter))
    assert [(p.name, p.kind, p.default) for p in ours.values()] == [
        (p.name, p.kind, p.default) for p in theirs.values()
    ]


# the differences

LABELS = [{"bboxes": np.array([[10.0, 10, 50, 50]]), "labels": np.array([0])}] * 2


def test_rows_of_predictions():
    predictions = [np.array([[10, 10, 50, 50, 0.9, 0.8, 0.2]])] * 2
    with pytest.raises(IndexError):
        oracle.get_label_quality_scores(LABELS, predictions, verbose=False)
    np.testing.assert_allclose(rank.get_label_quality_scores(LABELS, predictions), 1.0)


def test_empty_arrays_of_boxes():
    labels = [{"bboxes": np.array([]), "labels": np.array([])}, LABELS[0]]
    predictions = [[np.array([]), np.zeros((0, 5))], [np.array([[10, 10, 50, 50, 0.99]]), np.zeros((0, 5))]]
    with pytest.raises((IndexError, ValueError)):
        oracle.get_label_quality_scores(labels, predictions, verbose=False)
    np.testing.assert_allclose(rank.get_label_quality_scores(labels, predictions), 1.0)


def test_ranked_issues_of_images():
    labels, predictions = SCENES["random 0"]()
    with pytest.raises(AttributeError):  # NumPy has no in1d any more
        oracle_filter.find_label_issues(labels, predictions, return_indices_ranked_by_score=True)
    found = filter.find_label_issues(labels, predictions, return_indices_ranked_by_score=True)
    assert sorted(found) == np.flatnonzero(filter.find_label_issues(labels, predictions)).tolist()
    assert (np.diff(rank.get_label_quality_scores(labels, predictions)[found]) >= 0).all()


def test_no_images():
    with pytest.raises(IndexError):
        oracle.get_label_quality_scores([], [], verbose=False)
    assert rank.get_label_quality_scores([], []).shape == (0,)


def test_boxes_that_are_nan():
    labels = [{"bboxes": np.array([[np.nan, 10, 50, 50]]), "labels": np.array([0])}]
    predictions = [[np.array([[10, 10, 50, 50, 0.99]])]]
    assert oracle.get_label_quality_scores(labels, predictions, verbose=False)[0] == pytest.approx(1.0)
    with pytest.raises(labelaudit.InputError, match="labels: expected boxes x1, y1, x2, y2 .* image 0"):
        rank.get_label_quality_scores(labels, predictions)
