"""The median in two passes is NumPy's, however the numbers are cut."""

import functools
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit._stats.median import Kept, Magnitudes


def _median(values, pieces):
    parts = np.array_split(np.asarray(values, float), pieces)
    middle = functools.reduce(operator.add, map(Magnitudes.of, parts), Magnitudes.of_none()).middle()
    if middle is None:
        return None
    return sum((Kept.of(part, middle) for part in reversed(parts)), Kept()).median(middle)


def _expected(values):
    values = np.asarray(values, float)
    found = np.median(values) if values.size else 0.0
    if found == 0 and values.any():
        found = np.median(values[values > 0])
    return found or None


numbers = st.floats(0, allow_infinity=False, allow_subnormal=True)


@given(st.lists(st.one_of(numbers, st.just(0.0), st.sampled_from([1.0, 2.0])), max_size=30), st.integers(1, 5))
def test_any_numbers_in_any_pieces(values, pieces):
    with np.errstate(over="ignore"):
        expected = _expected([v / 2 for v in values])  # NumPy's mean of the middle two may overflow
    found = _median([v / 2 for v in values], pieces)
    assert found == (None if expected is None else pytest.approx(expected, rel=1e-15, abs=5e-324))


@pytest.mark.parametrize("n", [70_000, 70_001])
@pytest.mark.parametrize("pieces", [1, 7])
def test_many_numbers(n, pieces):
    values = np.random.default_rng(0).lognormal(0, 2, n)
    assert _median(values, pieces) == np.median(values)
    values[: n // 2 + 2] = 0
    assert _median(values, pieces) == np.median(values[n // 2 + 2 :])


def test_only_a_few_numbers_are_kept():
    values = np.abs(np.random.default_rng(0).normal(size=100_000))
    middle = Magnitudes.of(values).middle()
    assert Kept.of(values, middle).parts[0].size < 5000
