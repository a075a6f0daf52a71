"""Pools of segments: both kinds give one result, by hand and by the formula, and the exponential they rest on."""

import inspect

import array_api_strict
import numpy as np
import pytest
from numba import njit

from labelaudit._kernels.cpu import pool as cpu
from labelaudit._kernels.cpu.bits import LOOP, exponential
from labelaudit._kernels.portable import pool as portable

KINDS = pytest.mark.parametrize("kernels", [cpu, portable], ids=["cpu", "portable"])


def _torch(array):
    return pytest.importorskip("torch", reason="torch is not installed: its pool test needs it").asarray(array)


def _segments(n, segments, dtype=np.float64):
    rng = np.random.default_rng(0)
    scores = rng.random(n).astype(dtype)
    scores[rng.random(n) < 0.1] = np.nan
    cuts = np.sort(rng.integers(0, n + 1, segments - 1)) if segments else []
    return scores, np.concatenate([[0], cuts, [n] * bool(segments)]).astype(np.int64)


def test_both_kinds_have_the_same_names_and_parameters():
    for name in ("softmin", "minimum"):
        fast, definition = getattr(cpu, name).py_func, getattr(portable, name)
        assert list(inspect.signature(fast).parameters) == list(inspect.signature(definition).parameters)


@pytest.mark.parametrize("library", [np.asarray, array_api_strict.asarray, _torch], ids=["numpy", "strict", "torch"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("n", "segments"), [(0, 0), (0, 3), (1, 1), (70_001, 5000), (70_001, 2), (500, 3000)])
@pytest.mark.parametrize("temperature", [0.05, 0.0, np.inf, 1e-9, 5e-324, 3.0])
def test_both_kinds_give_the_same(library, dtype, n, segments, temperature):
    scores, offsets = _segments(n, segments, dtype)
    rtol = 1e-13 if dtype == np.float64 else 2e-5
    for name, options in (("softmin", (temperature,)), ("minimum", ())):
        found = getattr(cpu, name)(scores, offsets, *options)
        expected = np.asarray(getattr(portable, name)(library(scores), offsets, *options))
        assert found.dtype == expected.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=rtol)


@KINDS
def test_softmin_by_hand(kernels):
    weights = np.exp([-2.0, 0.0, -4.0])
    expected = weights @ [0.3, 0.1, 0.5] / weights.sum()
    found = kernels.softmin(np.array([0.3, 0.1, 0.5, 0.7]), np.array([0, 3, 4]), 0.1)
    np.testing.assert_allclose(found, [expected, 0.7], rtol=1e-14)


@KINDS
def test_temperature_0_is_the_least_and_infinity_the_mean(kernels):
    scores, offsets = np.array([0.4, 0.1, 0.7, 0.9]), np.array([0, 3, 4])
    np.testing.assert_array_equal(kernels.softmin(scores, offsets, 0.0), [0.1, 0.9])
    np.testing.assert_allclose(kernels.softmin(scores, offsets, np.inf), [0.4, 0.9])


@KINDS
def test_nan_is_left_out_and_where_nothing_is_left_the_segment_scores_1(kernels):
    scores, offsets = np.array([np.nan, 0.2, np.nan, np.nan, -np.nan]), np.array([0, 0, 2, 4, 5, 5])
    np.testing.assert_array_equal(kernels.minimum(scores, offsets), [1, 0.2, 1, 1, 1])
    np.testing.assert_allclose(kernels.softmin(scores, offsets, 0.1), [1, 0.2, 1, 1, 1])


@KINDS
def test_rounding_below_0_counts_as_0(kernels):
    scores, offsets = np.array([-5e-7, 0.5, -0.0]), np.array([0, 1, 3])
    np.testing.assert_array_equal(kernels.minimum(scores, offsets), [0, 0])
    assert (kernels.softmin(scores, offsets, 0.1) >= 0).all()


@KINDS
@pytest.mark.parametrize("temperature", [1e-3, 0.05, 1.0, 100.0])
def test_softmin_lies_between_the_least_and_1(kernels, temperature):
    for value in (0.0, 1e-12, 0.3, 1 - 1e-16, 1.0):
        found = kernels.softmin(np.full(1001, value), np.array([0, 7, 1001]), temperature)
        assert (found >= value - 1e-15).all()
        assert (found <= 1).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("size", [1, 2, 7, 70_001])
def test_softmin_of_one_array(dtype, size):
    values = np.random.default_rng(0).random(size).astype(dtype)
    exact = values.astype(np.float64)
    weights = np.exp((exact.min() - exact) / 0.1)
    found = cpu.softmin_of(values, 0.1)
    assert found == pytest.approx(weights @ exact / weights.sum(), rel=1e-13 if dtype == np.float64 else 1e-5)


@njit(**(LOOP | {"cache": False}))
def _exponentials(x):
    result = np.empty_like(x)
    for i in range(x.size):
        result[i] = exponential(x[i])
    return result


@pytest.mark.parametrize(("dtype", "ulps", "least"), [(np.float64, 1.5, -708.0), (np.float32, 1.5, -87.0)])
def test_the_exponential_is_exact_to_rounding(dtype, ulps, least):
    rng = np.random.default_rng(0)
    tiny = 10.0 ** rng.uniform(-300 if dtype == np.float64 else -30, 0, 20_000)
    x = -np.concatenate([[0.0, -least], tiny, rng.uniform(0, 1, 20_000), rng.uniform(0, -least, 100_000)]).astype(dtype)
    exact = np.exp(x.astype(np.longdouble))
    assert np.abs(_exponentials(x) / exact - 1).max() <= ulps * np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_exponential_ends_at_0_and_keeps_nan(dtype):
    x = np.array([0.0, -0.0, -709.0, -1e300 if dtype == np.float64 else -1e38, -np.inf, np.nan], dtype)
    np.testing.assert_array_equal(_exponentials(x), [1, 1, 0, 0, 0, np.nan])
