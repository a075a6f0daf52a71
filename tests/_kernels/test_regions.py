"""Connected regions against SciPy's, and their shapes against those of COCO."""

import numpy as np
import pytest
from scipy.ndimage import find_objects, label

from instance_segmentation.cases import runs
from labelaudit._kernels.cpu.regions import column_runs, connected, majorities

MASKS = {
    "empty": np.zeros((4, 6), bool),
    "full": np.ones((3, 5), bool),
    "no pixels": np.zeros((0, 5), bool),
    "no columns": np.zeros((5, 0), bool),
    "checkers": np.indices((7, 8)).sum(axis=0) % 2 == 0,
    "comb": np.array([[1, 0, 1, 0, 1], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0], [1, 0, 1, 0, 1]], bool),
    "joined late": np.array([[1, 0, 1, 0, 1], [1, 0, 1, 0, 1], [1, 1, 1, 0, 1], [0, 0, 0, 1, 0]], bool),
}


def _random():
    rng = np.random.default_rng(0)
    for shape, share in (((9, 13), 0.4), ((1, 30), 0.5), ((30, 1), 0.5), ((50, 40), 0.6), ((300, 280), 0.3)):
        yield rng.random(shape) < share


@pytest.mark.parametrize("mask", [*MASKS.values(), *_random()], ids=[*MASKS, *range(5)])
def test_regions_are_those_of_scipy_and_their_runs_those_of_coco(mask):
    mask.flags.writeable = False
    expected, regions = label(mask, np.ones((3, 3)))
    numbered, boxes, places, begins = connected(mask)
    np.testing.assert_array_equal(numbered, expected)
    assert begins.tolist() == [0, *np.cumsum(np.bincount(expected.ravel(), minlength=regions + 1)[1:])]
    objects = find_objects(expected) if regions else []
    assert boxes.tolist() == [[x.start, y.start, x.stop, y.stop] for y, x in objects]
    ends, starts = column_runs(numbered, np.diff(begins))
    for region in range(regions):
        inside = expected == region + 1
        assert places[begins[region] : begins[region + 1]].tolist() == np.flatnonzero(inside).tolist()
        assert ends[starts[region] : starts[region + 1]].tolist() == np.cumsum(runs(inside)).tolist()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64])
def test_the_majority_of_a_region_is_the_lowest_of_equals(dtype):
    values = np.array([2, 1, 1, 2, 0, 3, 3], dtype)
    found, totals = majorities(values, np.array([0, 4, 5, 7]), 4)
    assert found.tolist() == [1, 0, 3]
    assert totals.tolist() == [1, 2, 2, 2]
