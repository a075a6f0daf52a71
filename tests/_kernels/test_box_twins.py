"""The kernels of boxes have the names, the parameters and the values of their definitions."""

import array_api_strict
import numpy as np
import pytest

from _kernels.test_twins import _as_numpy, _public, _torch
from labelaudit._kernels.cpu import boxes as cpu
from labelaudit._kernels.cpu.matching import overlapping
from oracles import boxes as definition

SQUARE = [10.0, 10.0, 50.0, 50.0]
LEAST, CONFIDENT = 1e-3, 0.5


def _scenes(images):
    """Ragged boxes, classes and confidences, from (annotated, predicted) lists of (box, class[, confidence])."""
    given, found = ([pair[side] for pair in images] for side in (0, 1))

    def ragged(boxes):
        flat = [box for image in boxes for box in image]
        starts = np.cumsum([0, *map(len, boxes)])
        coordinates = np.array([box[0] for box in flat], np.float64).reshape(-1, 4)
        return coordinates, np.array([box[1] for box in flat], np.int64), starts

    confidences = np.array([box[2] for image in found for box in image], np.float64)
    return *ragged(given), *ragged(found), confidences


def _random(seed, images=60, grid=None):
    rng = np.random.default_rng(seed)

    def draw():
        corner = rng.uniform(0, 600, 2)
        box = np.concatenate([corner, corner + rng.uniform(0, 120, 2)])
        return np.round(box / grid) * grid if grid else box

    scenes = []
    for _ in range(images):
        given = [(draw(), rng.integers(3)) for _ in range(rng.integers(0, 6))]
        near = [(box + rng.normal(0, 2, 4) * [1, 1, 0, 0], k, rng.random()) for box, k in given if rng.random() < 0.7]
        found = [*near, *((draw(), rng.integers(3), rng.random()) for _ in range(rng.integers(0, 7)))]
        scenes.append((given, found))
    return scenes


SCENES = {
    "random": _random(0),
    "on a grid": _random(1, grid=40.0),
    "no images": [],
    "nothing anywhere": [([], []), ([], [])],
    "nothing annotated": [([], [(SQUARE, 0, 0.9), (SQUARE, 1, 0.2)])],
    "nothing predicted": [([(SQUARE, 0)], []), ([], []), ([(SQUARE, 1)], [])],
    "identical": [([(SQUARE, 0), (SQUARE, 0), (SQUARE, 1)], [(SQUARE, 0, 1.0), (SQUARE, 1, 0.9), (SQUARE, 0, 0.5)])],
    "touching": [([(SQUARE, 0)], [([50, 10, 90, 50], 0, 0.9), ([10, 50, 50, 90], 0, 0.9), ([50, 50, 60, 60], 1, 0.9)])],
    "no area": [([([5, 5, 5, 5], 0), ([5, 5, 5, 40], 1)], [([5, 5, 5, 5], 0, 0.9), ([9, 9, 9, 9], 1, 0.9)])],
    "far away": [([(SQUARE, 0)], [([x, 900, x + 40, 940], k, 0.9)]) for x in (200, 390, 2000) for k in (0, 1)],
}

LIBRARIES = pytest.mark.parametrize(
    "library", [np.asarray, array_api_strict.asarray, _torch], ids=["numpy", "array-api-strict", "torch"]
)


def _calls(scene):
    """The arguments of each kernel, by its name."""
    boxes, classes, starts, found, kinds, pred_starts, confidences = _scenes(SCENES[scene])
    ious, similarities = cpu.iou_and_similarity(boxes, starts, found, pred_starts, 0.9)
    conflicts = cpu.conflicting(boxes, classes, starts)
    of = (classes, starts, kinds, confidences, pred_starts)
    pooled = [np.array([1.0, 0.5, 0.0]), np.array([1.0, 0.2, 0.3]), np.array([1.0, 0.0, 0.0])]
    return {
        "iou": (boxes, starts, found, pred_starts),
        "pair_count": (starts, pred_starts),
        "iou_and_similarity": (boxes, starts, found, pred_starts, 0.9),
        "scaled_similarity": (boxes, found, *overlapping(ious, starts, pred_starts)),
        "least_positive": (similarities,),
        "overlooked": (ious, similarities, *of, LEAST, CONFIDENT),
        "badly_located": (ious, similarities, *of, CONFIDENT),
        "swapped": (similarities, conflicts, *of, LEAST, CONFIDENT),
        "conflicting": (boxes, classes, starts),
        "image_scores": (*pooled, np.array([0.2, 0.5, 0.3])),
    }


def _is_plain(name):
    # starts and weights are NumPy arrays for every library
    return name.endswith("starts") or name == "weights"


def test_kernels_have_the_names_and_parameters_of_their_definitions():
    plain = {name: list(signature.parameters) for name, signature in _public(cpu).items()}
    assert plain == {name: list(signature.parameters) for name, signature in _public(definition).items()}
    assert set(plain) == set(_calls("random"))


@LIBRARIES
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("name", _public(cpu))
def test_kernels_give_what_their_definitions_give(name, scene, library):
    arguments = _calls(scene)[name]
    names = list(_public(cpu)[name].parameters)
    converted = [
        argument if _is_plain(parameter) or not isinstance(argument, np.ndarray) else library(argument)
        for parameter, argument in zip(names, arguments, strict=True)
    ]
    fast = _as_numpy(getattr(cpu, name)(*arguments))
    expected = _as_numpy(getattr(definition, name)(*converted))
    assert len(fast) == len(expected)
    for ours, theirs in zip(fast, expected, strict=True):
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=0)


@pytest.mark.parametrize("kernels", [cpu, definition], ids=["cpu", "definition"])
def test_boxes_that_share_a_third_or_touch_or_have_no_area(kernels):
    a, b = np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([[1.0, 0, 3, 2], [2, 0, 4, 2], [1, 1, 1, 1], [0, 0, 2, 2]])
    ious = kernels.iou(a, np.array([0, 1]), b, np.array([0, 4]))
    np.testing.assert_allclose(ious, [1 / 3, 0, 0, 1], rtol=1e-15)


@pytest.mark.parametrize("kernels", [cpu, definition], ids=["cpu", "definition"])
def test_pairs_are_those_of_each_image_row_by_row(kernels):
    a = np.array([[0.0, 0, 1, 1], [0, 0, 2, 1], [0, 0, 4, 1]])
    b = np.array([[0.0, 0, 2, 1], [0, 0, 1, 1], [0, 0, 1, 1]])
    ious = kernels.iou(a, np.array([0, 2, 2, 3]), b, np.array([0, 2, 3, 3]))
    np.testing.assert_allclose(ious, [0.5, 1.0, 1.0, 0.5], rtol=1e-15)
    assert kernels.pair_count(np.array([0, 2, 2, 3]), np.array([0, 2, 3, 3])) == 4


@pytest.mark.parametrize("kernels", [cpu, definition], ids=["cpu", "definition"])
def test_boxes_of_two_classes_conflict_in_one_place_only(kernels):
    boxes = np.array([SQUARE, SQUARE, SQUARE, [10, 10, 50, 40], SQUARE])
    classes = np.array([0, 0, 1, 2, 3])
    assert kernels.conflicting(boxes, classes, np.array([0, 4, 5])).tolist() == [True, True, True, False, False]


@pytest.mark.parametrize("kernels", [cpu, definition], ids=["cpu", "definition"])
def test_thresholds_of_confidence(kernels):
    # overlooked from the threshold on, badly located and swapped above it
    zero, one = np.array([0.0]), np.array([1.0])
    starts, kinds, other, at = np.array([0, 1]), np.array([0]), np.array([1]), np.array([0.5])
    assert kernels.overlooked(zero, zero, kinds, starts, kinds, at, starts, LEAST, 0.5).tolist() == [0.0]
    assert np.isnan(kernels.overlooked(zero, zero, kinds, starts, kinds, at, starts, LEAST, 0.6))
    near = 0.25 * one
    assert kernels.badly_located(one, near, kinds, starts, kinds, at, starts, 0.5).tolist() == [1.0]
    assert kernels.badly_located(one, near, kinds, starts, kinds, at, starts, 0.4).tolist() == [0.25]
    none = np.array([False])
    assert kernels.swapped(near, none, kinds, starts, other, at, starts, LEAST, 0.5).tolist() == [1.0]
    assert kernels.swapped(near, none, kinds, starts, other, at, starts, LEAST, 0.4).tolist() == [0.75]
    assert kernels.swapped(one, none, kinds, starts, other, at, starts, LEAST, 0.4).tolist() == [LEAST]
    assert kernels.swapped(near, ~none, kinds, starts, other, at, starts, LEAST, 0.4).tolist() == [LEAST]


@LIBRARIES
def test_what_comes_back_is_of_the_library(library):
    boxes = library(np.array([SQUARE]))
    starts = np.array([0, 1])
    assert type(definition.iou(boxes, starts, boxes, starts)) is type(boxes)
    assert type(definition.conflicting(boxes, library(np.array([1])), starts)) is type(boxes)
