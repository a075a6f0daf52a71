"""Every statistic of confident learning merges: any chunking gives the whole, in any order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit._stats.error_rate import calibrated, logistic
from labelaudit._stats.joint import ConfidentJoint, round_in_rows
from labelaudit._stats.top_margins import Entries, LargestMargins

cut_points = given(seed=st.integers(0, 99), cuts=st.lists(st.integers(0, 200), min_size=2, max_size=2))


def _parts(cuts):
    a, b = sorted(cuts)
    return slice(0, a), slice(a, b), slice(b, 200)


@settings(deadline=None, max_examples=30)
@cut_points
def test_the_joint(seed, cuts):
    rng = np.random.default_rng(seed)
    labels, guesses = rng.integers(0, 4, 200), rng.integers(-1, 4, 200)
    first, middle, last = (ConfidentJoint.of(labels[part], guesses[part], 4) for part in _parts(cuts))
    whole = ConfidentJoint.of(labels, guesses, 4)
    for merged in (first + middle + last, last + (middle + first), whole + ConfidentJoint.of_none(4)):
        np.testing.assert_array_equal(merged.guessed, whole.guessed)
        np.testing.assert_array_equal(merged.given, whole.given)
    assert whole.guessed[1, 2] == np.sum((labels == 1) & (guesses == 2))
    assert whole.calibrated().sum(axis=1).tolist() == np.bincount(labels, minlength=4).tolist()


@settings(deadline=None, max_examples=30)
@cut_points
def test_the_largest_margins(seed, cuts):
    rng = np.random.default_rng(seed)
    pairs, margins, rows = rng.integers(0, 9, 200), rng.integers(0, 6, 200) / 4, np.arange(200)
    wanted = rng.integers(0, 12, 9)
    none = LargestMargins.of_none(wanted, margins.dtype)
    first, middle, last = (none.seeing(Entries(pairs[p], margins[p], rows[p])) for p in _parts(cuts))
    expected = []
    for pair in range(9):
        mine = rows[pairs == pair]
        expected += mine[np.lexsort((mine, -margins[mine]))][: wanted[pair]].tolist()
    for merged in (
        first + middle + last,
        last + (middle + first),
        first.sorted_out() + (last.sorted_out() + middle) + none,
    ):
        assert sorted(merged.sorted_out().entries.rows) == sorted(expected)


def test_margins_that_wait_are_sorted_out_in_time():
    rng = np.random.default_rng(0)
    none = LargestMargins.of_none(np.array([0, 3, 5, 0]), np.dtype(np.float64))
    total = none
    for start in range(0, 300_000, 50_000):
        total = total + none.seeing(Entries(np.full(50_000, 2), rng.random(50_000), np.arange(start, start + 50_000)))
    assert total.entries.pairs.size < 120_000
    assert total.floors.tolist()[0] == np.inf
    assert total.floors[2] > 0.9
    assert total.sorted_out().entries.pairs.tolist() == [2] * 5


def test_rounding_keeps_the_total_of_each_row():
    matrix = np.array([[0.4, 0.4, 0.2], [2.5, 2.5, 1.0], [0.0, 0.0, 0.0]])
    assert round_in_rows(matrix).sum(axis=1).tolist() == [1, 6, 0]
    assert round_in_rows(matrix)[0].max() == 1


@pytest.mark.parametrize("expected", [1e-3, 1.0, 25.0, 49.9])
def test_calibrated_odds_sum_to_what_is_expected(expected):
    odds = np.random.default_rng(0).normal(0, 10, 50)
    moved = calibrated(odds, expected)
    assert logistic(moved).sum() == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(moved - odds, (moved - odds)[0])


def test_a_label_without_a_rival_is_right():
    assert logistic(calibrated(np.array([-np.inf, 0.0, 1.0]), 0.7))[0] == 0
