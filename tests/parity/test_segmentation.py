"""cleanlab 2.9.0 as the oracle for segmentation."""

import inspect

import numpy as np
import pytest
from cleanlab.segmentation import filter as oracle_filter
from cleanlab.segmentation import rank as oracle
from cleanlab.segmentation import summary as oracle_summary

from labelaudit.errors import InputError
from labelaudit.segmentation import filter as ours_filter
from labelaudit.segmentation import rank, summary
from segmentation.data import images, tenths

PAIRS = [
    (rank.get_label_quality_scores, oracle.get_label_quality_scores),
    (rank.issues_from_scores, oracle.issues_from_scores),
    (ours_filter.find_label_issues, oracle_filter.find_label_issues),
    (summary.common_label_issues, oracle_summary.common_label_issues),
    (summary.filter_by_class, oracle_summary.filter_by_class),
    (summary.display_issues, oracle_summary.display_issues),
]
OWN = {"ignore_index", "boundary_width", "images"}


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=lambda function: function.__name__)
def test_signatures(ours, theirs):
    def known(function):
        parameters = inspect.signature(function).parameters.values()
        return [(p.name, p.kind, p.default) for p in parameters if p.name not in OWN]

    assert known(ours) == known(theirs)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("temperature", [0.02, 0.1, 1, 50])
def test_softmin(dtype, temperature):
    labels, probs = images(dtype=dtype)
    scores, pixels = rank.get_label_quality_scores(labels, probs, temperature=temperature)
    expected, expected_pixels = oracle.get_label_quality_scores(labels, probs, temperature=temperature, verbose=False)
    np.testing.assert_allclose(scores, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(pixels, expected_pixels)
    assert pixels.dtype == dtype


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("downsample", [1, 2, 4])
@pytest.mark.parametrize("seed", range(4))
def test_masks_and_their_shares(dtype, downsample, seed):
    labels, probs = images(5, 6, 64, 48, dtype, seed)
    if seed == 3:
        labels[labels == 2] = 0  # a class that no pixel is labelled
    expected = oracle_filter.find_label_issues(labels, probs, downsample=downsample, verbose=False, n_jobs=1)
    assert expected.any()
    found = ours_filter.find_label_issues(labels, probs, downsample=downsample)
    np.testing.assert_array_equal(found, expected)
    options = {"method": "num_pixel_issues", "downsample": downsample}
    scores, pixels = rank.get_label_quality_scores(labels, probs, **options)
    theirs, their_pixels = oracle.get_label_quality_scores(labels, probs, verbose=False, n_jobs=1, **options)
    np.testing.assert_allclose(scores, theirs, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(pixels, their_pixels)


@pytest.mark.parametrize("downsample", [1, 2])
def test_masks_of_half_floats_are_those_of_the_same_numbers(downsample):
    # cleanlab rounds thresholds to half floats, and means of squares, so it is asked about the same numbers as doubles
    labels, probs = images(5, 6, 64, 48, np.float16)
    wide = probs.astype(np.float64)
    expected = oracle_filter.find_label_issues(labels, wide, downsample=downsample, verbose=False, n_jobs=1)
    np.testing.assert_array_equal(ours_filter.find_label_issues(labels, probs, downsample=downsample), expected)


def test_masks_of_tied_probabilities_flag_as_many():
    labels, probs = images(5, 6, 64, 48)
    probs = tenths(probs)
    expected = oracle_filter.find_label_issues(labels, probs, verbose=False, n_jobs=1)
    found = ours_filter.find_label_issues(labels, probs)
    own = np.take_along_axis(probs, labels[:, None], axis=1)[:, 0]
    assert set(own[found != expected]) <= {own[expected].max()}


def test_issues_from_scores():
    labels, probs = images(30)
    scores, pixels = rank.get_label_quality_scores(labels, probs)
    np.testing.assert_array_equal(rank.issues_from_scores(scores, pixels), oracle.issues_from_scores(scores, pixels))
    threshold = float(np.median(scores))
    theirs = oracle.issues_from_scores(scores, threshold=threshold)
    ours = rank.issues_from_scores(scores, threshold=threshold)
    np.testing.assert_array_equal(ours, theirs[:-1])
    assert (scores[ours] < threshold).all()
    assert scores[theirs[-1]] >= threshold


def test_summaries():
    labels, probs = images(5, 6, 64, 48)
    issues = ours_filter.find_label_issues(labels, probs)
    for options in ({}, {"exclude": [1]}, {"class_names": list("abcdef")}):
        theirs = oracle_summary.common_label_issues(issues, labels, probs, verbose=False, top=100, **options)
        ours = summary.common_label_issues(issues, labels, probs, top=100, **options)
        assert ours.columns == list(theirs.columns)
        assert sorted(ours.rows()) == sorted(map(tuple, theirs.values.tolist()))
        assert ours["num_pixel_issues"].is_sorted(descending=True)
    theirs = oracle_summary.filter_by_class(2, issues, labels, probs)
    np.testing.assert_array_equal(summary.filter_by_class(2, issues, labels, probs), theirs)


# the differences


def _theirs(labels, probs, **options):
    return oracle.get_label_quality_scores(labels, probs, verbose=False, **options)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_pixel_scores_have_the_type_of_the_probabilities(dtype):
    labels, probs = images(dtype=dtype)
    assert _theirs(labels, probs)[1].dtype == np.float64
    assert rank.get_label_quality_scores(labels, probs)[1].dtype == dtype


def _with_nan(probs):
    probs = probs.copy()
    probs[1, 0, 2, 3] = np.nan
    return probs


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_with_nan, r"image 1, pixel \(2, 3\) holds nan"),
        (np.log, r"image 0, pixel \(0, 0\) holds -"),
        (
            lambda probs: probs / 2,
            r"sum to 1 over the classes, image 0, pixel \(0, 0\) has a sum of 0\.5; pass the softmax",
        ),
    ],
)
def test_what_is_no_distribution_is_taken_by_cleanlab_alone(spoil, message):
    labels, probs = images()
    spoilt = spoil(probs)
    assert _theirs(labels, spoilt)[0].shape == (3,)
    for method in rank.METHODS:
        with pytest.raises(InputError, match=message):
            rank.get_label_quality_scores(labels, spoilt, method=method)


def test_a_softmax_over_the_wrong_axis_is_refused():
    labels, probs = images()
    over_columns = probs / probs.sum(axis=3, keepdims=True)
    assert np.isfinite(_theirs(labels, over_columns)[0]).all()
    with pytest.raises(InputError, match="sum to 1 over the classes"):
        rank.get_label_quality_scores(labels, over_columns)


def test_negative_labels():
    labels, probs = images()
    labels[0, 4, 5] = -1
    last = np.where(labels < 0, 4, labels)
    np.testing.assert_array_equal(_theirs(labels, probs)[0], _theirs(last, probs)[0])
    with pytest.raises(InputError, match=r"image 0, pixel \(4, 5\) holds -1; .*ignore_index=-1"):
        rank.get_label_quality_scores(labels, probs)


def test_unknown_keywords():
    labels, probs = images()
    np.testing.assert_array_equal(_theirs(labels, probs, temprature=3)[0], _theirs(labels, probs)[0])
    with pytest.raises(InputError, match="temprature: is no option"):
        rank.get_label_quality_scores(labels, probs, temprature=3)


def test_temperatures():
    labels, probs = images()
    with pytest.raises(Exception, match="temperature cannot be zero"):
        _theirs(labels, probs, temperature=0)
    least, pixels = rank.get_label_quality_scores(labels, probs, temperature=0)
    np.testing.assert_array_equal(least, pixels.min(axis=(1, 2)))
    mean, _ = rank.get_label_quality_scores(labels, probs, temperature=np.inf)
    np.testing.assert_allclose(mean, pixels.mean(axis=(1, 2)), rtol=1e-12)
    assert _theirs(labels, probs, temperature=-1)[0].shape == (3,)
    with pytest.raises(InputError, match="temperature: expected a number not below 0"):
        rank.get_label_quality_scores(labels, probs, temperature=-1)


def test_void_pixels_lists_and_no_images_crash_cleanlab_alone():
    labels, probs = images()
    void = labels.copy()
    void[:, 0] = 255
    for case, options in (
        ((void, probs), {"ignore_index": 255}),
        ((list(labels), list(probs)), {}),
        ((labels[:0], probs[:0]), {}),
    ):
        with pytest.raises((IndexError, AttributeError, ValueError)):
            _theirs(*case, method="num_pixel_issues", n_jobs=1)
        scores, _ = rank.get_label_quality_scores(*case, method="num_pixel_issues", **options)
        assert ((scores > 0.9) & (scores <= 1)).all()
