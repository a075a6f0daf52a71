"""Which prediction belongs to which annotated box, by hand; pairs are annotated box, predicted box, IoU."""

import numpy as np
import pytest

from labelaudit._kernels.cpu.matching import (
    any_by_image,
    assign,
    conflicting,
    contradicts,
    duplicate_iou,
    greatest_overlap,
    isotonic,
    looked_up,
    overlapping,
    places,
    sums_by_image,
)


def _pairs(*pairs):
    first, second, ious = zip(*pairs, strict=True) if pairs else ((), (), ())
    return np.array(first, np.int32), np.array(second, np.int32), np.array(ious, float)


def test_pairs_that_overlap_are_taken_out_of_all_pairs():
    # two images: of one annotated and two predicted boxes, and of two and one
    ious = np.array([0.0, 0.7, 0.2, 0.0])
    first, second, overlaps = overlapping(ious, np.array([0, 1, 3]), np.array([0, 2, 3]))
    assert (first.tolist(), second.tolist(), overlaps.tolist()) == ([0, 1], [1, 2], [0.7, 0.2])
    assert overlapping(np.zeros(0), np.array([0]), np.array([0]))[0].size == 0


def test_more_pairs_than_16_bits_count():
    n = 300
    ious = np.zeros(n * n)
    ious[-1] = 1.0
    assert [part.tolist() for part in overlapping(ious, np.array([0, n]), np.array([0, n]))] == [
        [n - 1],
        [n - 1],
        [1.0],
    ]


def test_the_most_similar_pair_is_matched_first_and_no_prediction_twice():
    pairs = _pairs((0, 0, 0.6), (0, 1, 0.7), (1, 0, 0.5), (1, 1, 0.9))
    partners, overlaps, taken = assign(*pairs, pairs[2], np.array([3, 3]), np.array([0, 2]), np.array([3, 3]))
    assert partners.tolist() == [0, 1]
    assert overlaps.tolist() == [0.6, 0.9]
    assert taken.tolist() == [True, True]


def test_other_classes_and_boxes_elsewhere_are_no_partners():
    pairs = _pairs((0, 0, 0.9), (0, 1, 0.49))
    partners, overlaps, taken = assign(*pairs, pairs[2], np.array([3]), np.array([0, 1]), np.array([4, 3]))
    assert partners.tolist() == [-1]
    assert np.isnan(overlaps).all()
    assert not taken.any()


@pytest.mark.parametrize(
    ("iou", "same_class", "expected"),
    [
        (0.5, False, True),
        (0.49, False, False),
        (0.5, True, False),
        (0.49, True, True),
        (0.1, True, True),
        (0.09, True, False),
    ],
)
def test_a_free_prediction_contradicts_by_class_or_by_place(iou, same_class, expected):
    pair, kinds = _pairs((0, 0, iou)), np.array([0 if same_class else 1])
    assert contradicts(*pair, np.array([0]), kinds, np.array([False])).tolist() == [expected]
    assert contradicts(*pair, np.array([0]), kinds, np.array([True])).tolist() == [False]


def test_the_most_probable_of_those_that_contradict_counts_and_the_first_of_equals():
    labels, predictions = np.array([0, 0, 0, 1], np.int32), np.array([0, 1, 2, 3], np.int32)
    kinds, probabilities = np.array([1, 1, 0, 0]), np.array([0.4, 0.4, 0.9, 0.1])
    others, nearby = conflicting(labels, predictions, np.array([0, 0]), kinds, probabilities)
    assert others.tolist() == [0, -1]
    assert nearby.tolist() == [2, 3]


def test_of_two_boxes_the_less_supported_or_the_later_one_repeats_the_other():
    first, second, ious = _pairs((0, 1, 0.8), (1, 2, 0.6))
    assert duplicate_iou(first, second, ious, np.array([0.5, 0.5, 0.9])).tolist() == [0.0, 0.8, 0.0]
    assert duplicate_iou(first, second, ious, np.array([0.1, 0.5, 0.2])).tolist() == [0.8, 0.0, 0.6]


def test_the_greatest_overlap_of_each_prediction():
    _, predictions, ious = _pairs((0, 1, 0.3), (0, 2, 0.2), (1, 1, 0.5))
    assert greatest_overlap(predictions, ious, 4).tolist() == [0.0, 0.5, 0.2, 0.0]


def test_the_regression_pools_what_falls():
    assert isotonic(np.array([1, 0, 2]), np.array([2, 2, 2])).tolist() == [0.25, 0.25, 1.0]


def test_a_probability_is_looked_up_between_and_beyond_the_known_ones_of_its_class():
    # class 0 has confidences 0.2 and 0.6, class 1 none
    starts, known, probabilities = np.array([0, 2, 2]), np.array([0.2, 0.6]), np.array([0.1, 0.5])
    classes = np.array([0, 0, 0, 0, 1])
    before, after = places(classes, np.array([0.2, 0.4, 0.1, 0.9, 0.5]), starts, known)
    found = looked_up(classes, before, after, starts, probabilities)
    np.testing.assert_allclose(found, [0.1, 0.3, 0.1, 0.5, 0.0])


def test_sums_and_chances_of_images_leave_nan_out():
    values, starts = np.array([0.5, np.nan, 0.5, 0.25]), np.array([0, 3, 3, 4])
    assert sums_by_image(values, starts).tolist() == [1.0, 0.0, 0.25]
    assert any_by_image(values, starts).tolist() == [0.75, 0.0, 0.25]
