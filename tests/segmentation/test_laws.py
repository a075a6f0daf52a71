"""Laws that the scores and masks of segmentation obey."""

import numpy as np
import pytest

from labelaudit.segmentation import filter as filter_
from labelaudit.segmentation import rank
from segmentation.data import images

every = pytest.mark.parametrize("method", rank.METHODS)


def _all(labels, probs, method, **options):
    scores, pixels = rank.get_label_quality_scores(labels, probs, method=method, **options)
    return scores, pixels, filter_.find_label_issues(labels, probs)


@every
@pytest.mark.parametrize("k", [1, 2, 9])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_scores_lie_between_0_and_1(method, k, dtype):
    scores, pixels, _ = _all(*images(4, k, dtype=dtype), method)
    for found in (scores, pixels):
        assert np.isfinite(found).all()
        assert found.min() >= 0
        assert found.max() <= 1
    assert scores.dtype == np.float64
    if k == 1:
        np.testing.assert_array_equal(scores, 1)


@every
def test_an_image_scores_the_same_wherever_it_stands(method):
    labels, probs = images(9)
    order = np.random.default_rng(1).permutation(9)
    moved, whole = _all(labels[order], probs[order], method), _all(labels, probs, method)
    for ours, expected in zip(moved, whole, strict=True):
        np.testing.assert_array_equal(ours, expected[order])


@every
def test_renaming_the_classes_changes_nothing(method):
    labels, probs = images(5, 7)
    order = np.random.default_rng(1).permutation(7)
    renamed = _all(np.argsort(order)[labels], probs[:, order], method)
    for ours, expected in zip(renamed, _all(labels, probs, method), strict=True):
        np.testing.assert_array_equal(ours, expected)


@every
@pytest.mark.parametrize("turn", [lambda a: a[..., ::-1], lambda a: a[..., ::-1, :], lambda a: a.swapaxes(-1, -2)])
def test_turned_images_have_turned_pixels(method, turn):
    labels, probs = images(5)
    turned, whole = (_all(y, p, method, boundary_width=1) for y, p in ((turn(labels), turn(probs)), (labels, probs)))
    np.testing.assert_allclose(turned[0], whole[0], rtol=1e-12)
    for ours, expected in zip(turned[1:], whole[1:], strict=True):
        np.testing.assert_array_equal(ours, turn(expected))


@every
def test_inputs_are_left_as_they_were(method):
    labels, probs = images(4)
    before = labels.copy(), probs.copy()
    for array in (labels, probs):
        array.flags.writeable = False
    _all(labels, probs, method)
    np.testing.assert_array_equal(labels, before[0])
    np.testing.assert_array_equal(probs, before[1])


@pytest.mark.parametrize("temperature", [0, 0.02, 0.1, 1, np.inf])
def test_without_a_band_an_image_scores_as_its_least_pixel_or_better(temperature):
    scores, pixels = rank.get_label_quality_scores(*images(6), temperature=temperature)
    assert (scores >= pixels.min(axis=(1, 2)) - 1e-12).all()
    assert (scores <= pixels.mean(axis=(1, 2)) + 1e-12).all()


def test_a_higher_temperature_never_lowers_a_score():
    labels, probs = images(6)
    scores = [rank.get_label_quality_scores(labels, probs, temperature=t)[0] for t in (0, 0.05, 0.1, 0.5, 5, np.inf)]
    assert (np.diff(scores, axis=0) >= -1e-12).all()


@every
def test_an_image_with_more_wrong_pixels_scores_lower(method):
    labels, probs = images(2)
    labels[0] = probs[0].argmax(axis=0)
    labels[1] = probs[1].argmin(axis=0)
    scores, _, mask = _all(labels, probs, method)
    assert scores[0] > scores[1]
    assert not mask[0].any()
    assert mask[1].any()


@every
def test_a_pixel_is_enough(method):
    scores, pixels, mask = _all(np.array([[[1]]]), np.array([[[[0.25]], [[0.75]]]]), method)
    assert pixels.tolist() == [[[0.75]]]
    assert scores[0] == (0.75 if method == "softmin" else 1)
    assert not mask.any()


@pytest.mark.parametrize("shape", [(2, 0, 5), (2, 5, 0)])
@every
def test_images_without_pixels_score_one(method, shape):
    labels = np.zeros(shape, int)
    probs = np.zeros((shape[0], 3, *shape[1:]))
    scores, pixels, mask = _all(labels, probs, method)
    assert scores.tolist() == [1, 1]
    assert pixels.shape == mask.shape == shape
