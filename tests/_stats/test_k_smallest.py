"""The n least of many numbers, found without sorting them."""

import numpy as np
import pytest

from labelaudit._stats.k_smallest import Counts, Least


def _least(values, n, blocks):
    least = Least.of(n)
    walks = 0
    while not least.exact:
        counts = Counts.of_none()
        for block in np.array_split(values, blocks):
            counts = counts + Counts.of(block, least)
        least = least.narrowed(counts, values.dtype)
        walks += 1
    mask = least.below(values)
    mask[np.flatnonzero(least.edge(values))[: least.rest]] = True
    return mask, walks


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("n", [0, 1, 2, 999, 5000, 9990])
@pytest.mark.parametrize("blocks", [1, 7])
def test_the_n_least_are_found_as_a_stable_sort_finds_them(dtype, n, blocks):
    rng = np.random.default_rng(0)
    values = rng.random(10_000).astype(dtype)
    values[::3] = np.round(values[::3], 1)  # ties, 0 and 1
    values[::1000] = np.nan
    mask, walks = _least(values, n, blocks)
    assert set(np.flatnonzero(mask)) == set(np.argsort(values, kind="stable")[:n])
    assert walks <= values.dtype.itemsize // 2


def test_a_bin_that_is_taken_whole_needs_no_second_walk():
    mask, walks = _least(np.array([0.25, 0.5, 0.25]), 2, 1)
    assert mask.tolist() == [True, False, True]
    assert walks == 1
