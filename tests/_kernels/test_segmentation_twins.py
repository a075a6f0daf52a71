"""Both kinds of kernels for the pixels of an image have the same names, parameters and values."""

import array_api_strict
import numpy as np
import pytest

from _kernels.test_twins import _as_numpy, _public, _torch
from labelaudit._kernels.cpu import segmentation as cpu
from labelaudit._kernels.portable import segmentation as portable

THRESHOLDS = np.array([0.3, 0.5, 0.2, 2.0, 0.1])
PIXELS = ["self_confidence", "given_probability", "most_likely"]  # that take labels, probabilities and ignore_index
LIBRARIES = [np.asarray, array_api_strict.asarray, _torch]


def _pixels(count, dtype, k=5):
    rng = np.random.default_rng(count)
    labels = rng.integers(0, k, count)
    probs = (rng.multinomial(10, rng.dirichlet(np.full(k, 0.5), count)).T / 10).astype(dtype)  # ties, 0 and 1
    labels[::7] = 255
    probs[:, ::7] = np.nan
    return labels, np.ascontiguousarray(probs)


def _same(found, expected, dtype):
    found, expected = (part if isinstance(part, tuple) else (part,) for part in (found, expected))
    for ours, definition in zip(_as_numpy(found), _as_numpy(expected), strict=True):
        np.testing.assert_allclose(ours, definition, rtol=1e-12 if dtype != np.float16 else 1e-6, atol=1e-15)


def test_both_kinds_have_the_same_names_and_parameters():
    plain = {name: list(signature.parameters) for name, signature in _public(cpu).items()}
    assert plain == {name: list(signature.parameters) for name, signature in _public(portable).items()}
    assert set(plain) == {*PIXELS, "most_likely_at", "odds_at"}


@pytest.mark.parametrize("library", LIBRARIES, ids=["numpy", "strict", "torch"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", PIXELS)
@pytest.mark.parametrize("count", [1, 33, 70_001])
def test_both_kinds_give_the_same(name, library, dtype, count):
    labels, probs = _pixels(count, dtype)
    found = getattr(cpu, name)(labels, probs, 255)
    expected = getattr(portable, name)(library(labels), library(probs), 255)
    _same(found, expected, dtype)


@pytest.mark.parametrize("library", LIBRARIES, ids=["numpy", "strict", "torch"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_the_most_likely_class_of_some_pixels(library, dtype):
    if dtype == np.float16 and library is array_api_strict.asarray:
        pytest.skip("the array API has no float16")
    labels, probs = _pixels(5000, dtype)
    places = np.flatnonzero(labels != 255)[::3]
    probs[:, 1] = [-0.0, 0, 0, 1, 0]
    for some in (places, places[:0]):
        expected = probs[:, some].argmax(axis=0)
        np.testing.assert_array_equal(cpu.most_likely_at(probs, some), expected)
        np.testing.assert_array_equal(np.asarray(portable.most_likely_at(library(probs), some)), expected)


def test_the_most_likely_class_and_its_probability_where_it_is_not_the_label():
    labels = np.array([0, 1, 2, 255])
    probs = np.array([[0.6, 0.5, 0.4, 1.0], [0.3, 0.5, 0.4, 0.0], [0.1, 0.0, 0.2, 0.0]])  # the first on ties
    for kernels in (cpu, portable):
        given_prob, predicted, rival_prob, sound = kernels.most_likely(labels, probs, 255)
        np.testing.assert_array_equal(given_prob, [0.6, 0.5, 0.2, np.nan])
        assert predicted.tolist() == [0, 0, 0, 0]
        np.testing.assert_array_equal(rival_prob, [np.nan, 0.5, 0.4, np.nan])
        assert sound


@pytest.mark.parametrize("k", [1, 3, 4, 5, 8, 20, 300])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_any_number_of_classes(k, dtype):
    labels, probs = _pixels(5000, dtype, k)
    expected = portable.most_likely(labels, probs, 255)
    _same(cpu.most_likely(labels, probs, 255), expected, dtype)


@pytest.mark.parametrize("name", PIXELS)
def test_half_floats(name):
    labels, probs = _pixels(5000, np.float16)
    found = getattr(cpu, name)(labels.astype(np.uint8), probs, 255)
    expected = getattr(portable, name)(labels, probs, 255)
    _same(found, expected, np.float16)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("value", [np.nan, -np.nan, np.inf, -np.inf, -1e-3, 1.01])
def test_what_is_no_probability_is_told_wherever_it_stands(dtype, value):
    labels = np.zeros(5000, np.int64)
    for place in (0, 4095, 4096, 4999):
        probs = np.full((3, 5000), 1 / 3, dtype)
        assert cpu.self_confidence(labels, probs, -1)[1]
        probs[2, place] = value
        for kernels in (cpu, portable):
            assert not kernels.self_confidence(labels, probs, -1)[1]
            assert not kernels.most_likely(labels, probs, -1)[-1]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize(
    ("row", "sound"),
    [
        ([0.6, 0.45, -0.05], False),  # sums to 1 and is none all the same
        ([0.5, 0.3, 0.09], False),
        ([0.5, 0.3, 0.11], True),
        ([0.5, 0.3, 0.29], True),
        ([0.5, 0.3, 0.31], False),
        ([0, 0, 0], False),
    ],
)
def test_the_probabilities_of_a_pixel_sum_to_1_within_a_tenth(dtype, row, sound):
    labels = np.zeros(5000, np.int64)
    for place in (0, 4095, 4096, 4999):
        probs = np.full((3, 5000), 1 / 3, dtype)
        probs[:, place] = row
        for kernels in (cpu, portable):
            assert kernels.self_confidence(labels, probs, -1)[1] == sound
            assert kernels.most_likely(labels, probs, -1)[-1] == sound
            ignored = np.where(np.arange(5000) == place, -1, labels)
            assert kernels.self_confidence(ignored, probs, -1)[1]
            assert kernels.most_likely(ignored, probs, -1)[-1]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("kernels", [cpu, portable])
def test_minus_zero_is_a_probability_and_becomes_zero(kernels, dtype):
    probs = np.array([[-0.0, 1.0], [1.0, -0.0]], dtype)
    scores, sound = kernels.self_confidence(np.array([0, 1]), probs, -1)
    assert sound
    assert not np.signbit(scores).any()


@pytest.mark.parametrize("kernels", [cpu, portable])
@pytest.mark.parametrize("label", [5, -1, 254, 1 << 40])
def test_a_label_that_is_no_class_scores_nan_and_is_told(kernels, label):
    scores, sound = kernels.self_confidence(np.array([0, label]), np.full((5, 2), 0.2), 255)
    assert not sound
    np.testing.assert_array_equal(scores, [0.2, np.nan])


@pytest.mark.parametrize("library", LIBRARIES, ids=["numpy", "strict", "torch"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_odds_that_some_labels_are_wrong(library, dtype, k):
    if dtype == np.float16 and library is array_api_strict.asarray:
        pytest.skip("the array API has no float16")
    labels, probs = _pixels(9000, dtype, k)
    chance = np.random.default_rng(0).dirichlet(np.ones(k), k)
    places = np.flatnonzero(labels != 255)[::2]
    probs[:, 1] = np.where(np.arange(k) == 0, 1.0, -0.0)
    for some in (places, places[:0]):
        weights = (probs[:, some].astype(np.float64) + 1e-3) ** 2 * chance[:, labels[some]]
        own = weights[labels[some], np.arange(some.size)]
        with np.errstate(divide="ignore"):
            expected = probs[:, some].argmax(axis=0), np.log((weights.sum(axis=0) - own) / own)
            definition = portable.odds_at(library(labels), library(probs), some, chance, 1e-3)
        for predicted, given, odds in (cpu.odds_at(labels, probs, some, chance, 1e-3), definition):
            np.testing.assert_array_equal(np.asarray(predicted), expected[0])
            np.testing.assert_array_equal(np.asarray(given), probs[labels[some], some])
            np.testing.assert_allclose(np.asarray(odds), expected[1], atol=1e-9)
