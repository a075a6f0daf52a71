"""Shapes as strings of letters, the band along edges, and repaired regions."""

import numpy as np
import pytest

from instance_segmentation.cases import packed, runs
from labelaudit._data.images import NO_IGNORE_INDEX
from labelaudit._data.regions import Repair, near_boundary, places_of, repaired, still_stands, string_of
from labelaudit.errors import InputError

CORNER = np.array([[1, 1, 0], [1, 0, 0]], bool)


def test_strings_are_those_of_coco_and_lead_back():
    rng = np.random.default_rng(0)
    for shape, share in (((9, 13), 0.4), ((1, 30), 0.5), ((8, 8), 1.1), ((50, 40), 0.6), ((3, 3), -1)):
        mask = rng.random(shape) < share
        assert string_of(runs(mask)) == packed(runs(mask))
        np.testing.assert_array_equal(places_of(string_of(runs(mask)), mask.size), np.flatnonzero(mask.ravel("F")))


@pytest.mark.parametrize("counts", ["", "no string", "00", "13", "é"])
def test_what_is_no_shape_of_so_many_pixels_has_no_places(counts):
    assert places_of(counts, 6) is None


def test_the_band_is_on_both_sides_of_a_change_and_not_beside_ignored_pixels():
    labels = np.array([[0, 0, 0, 1, 1, 1, 255, 0]])
    assert near_boundary(labels, 255, 0).tolist() == [[False] * 8]
    assert near_boundary(labels, 255, 1).tolist() == [[False, False, True, True, False, False, False, False]]
    assert near_boundary(labels, 255, 2).tolist() == [[False, True, True, True, True, True, False, True]]


def test_repairs_follow_each_other_and_widen_the_type_only_if_need_be():
    labels = np.array([[0, 0, 1], [0, 1, 1]], np.uint8)
    first, second = Repair(packed(runs(CORNER)), 0, 2), Repair(packed(runs(CORNER & [[1, 0, 0]] * 2)), 0, 1)
    fixed = repaired(labels, [first, second], NO_IGNORE_INDEX, "image 0")
    assert fixed.tolist() == [[1, 2, 1], [1, 1, 1]]
    assert fixed.dtype == np.uint8
    assert labels.max() == 1
    assert repaired(labels, [Repair(first.counts, 0, 300)], NO_IGNORE_INDEX, "").dtype == np.uint16
    assert repaired(labels, [Repair(first.counts, 0, -1)], NO_IGNORE_INDEX, "").dtype == np.int16
    assert repaired(labels == 1, [Repair(first.counts, 0, 1)], NO_IGNORE_INDEX, "").all()


def test_a_repair_stands_while_most_pixels_have_the_old_label():
    labels = np.array([[0, 0, 1], [0, 1, 1]])
    counts = packed(runs(CORNER))
    assert still_stands(labels, Repair(counts, 0, 2), "")
    assert still_stands(labels, Repair(counts, None, 2), "")
    assert not still_stands(labels, Repair(counts, 1, 2), "")
    assert not still_stands(labels, Repair(counts, 0, 0), "")
    assert not still_stands(labels, Repair(counts, None, 0), "")
    labels[0, 0] = 1
    assert still_stands(labels, Repair(counts, 0, 0), "")
    assert not still_stands(labels, Repair(packed(runs(np.zeros((2, 3), bool))), None, 1), "")
    with pytest.raises(InputError, match="labels: image 7 has 4 pixels, and a region of it is of another size"):
        still_stands(labels[:, :2], Repair(counts, 0, 2), "image 7")
