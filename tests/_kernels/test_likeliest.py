"""The most probable classes of a row, as a stable sort has them, by both kinds of kernel."""

import array_api_strict
import numpy as np
import pytest

from _kernels.test_twins import _public, _torch
from labelaudit._kernels.cpu import likeliest as cpu
from labelaudit._kernels.portable import likeliest as portable


def _sorted(pred_probs, count):
    order = np.argsort(-pred_probs, axis=1, kind="stable")[:, :count]
    return order, np.take_along_axis(pred_probs, order, axis=1)


def _probabilities(rows, k, dtype):
    return np.random.default_rng(k).random((rows, k)).astype(dtype)


def test_both_kinds_have_the_same_names_and_parameters():
    plain = {name: list(signature.parameters) for name, signature in _public(cpu).items()}
    assert plain == {name: list(signature.parameters) for name, signature in _public(portable).items()}
    assert list(plain) == ["likeliest", "label_and_likeliest"]


def test_of_equals_the_first_comes_before():
    classes, values = cpu.likeliest(np.array([[0.2, 0.3, 0.3, 0.2], [0.0, 0.0, 1.0, 0.0]]), 3)
    assert classes.tolist() == [[1, 2, 0], [2, 0, 1]]
    assert values.tolist() == [[0.3, 0.3, 0.2], [1.0, 0.0, 0.0]]


@pytest.mark.parametrize("library", [np.asarray, array_api_strict.asarray, _torch], ids=["numpy", "strict", "torch"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("k", [1, 2, 5, 15, 16, 17, 31, 32, 64, 65, 100, 1000])
@pytest.mark.parametrize("rows", [0, 1, 300])
def test_both_kinds_sort_alike(library, dtype, k, rows):
    pred_probs = _probabilities(rows, k, dtype)
    count = min(5, k)
    found = cpu.likeliest(pred_probs, count)
    expected = portable.likeliest(library(pred_probs), count)
    for ours, definition, by_sort in zip(found, expected, _sorted(pred_probs, count), strict=True):
        assert ours.shape == (rows, count)
        assert ours.dtype == np.asarray(definition).dtype
        np.testing.assert_array_equal(ours, np.asarray(definition))
        np.testing.assert_array_equal(ours, by_sort)


KINDS = {
    "rounded": lambda p: np.round(p, 1),
    "mostly zero": lambda p: np.where(p > 0.98, p, 0.0),
    "all equal": lambda p: np.full_like(p, 0.01),
    "all zero": np.zeros_like,
    "negative zero": lambda p: np.where(p > 0.5, -0.0, 0.0),
    "descending": lambda p: -np.sort(-p, axis=1),
    "ascending": lambda p: np.sort(p, axis=1),
    "one class": lambda p: np.where(np.arange(p.shape[1]) == p.shape[1] - 1, 1.0, 0.0) + 0 * p,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("k", [5, 16, 20, 40, 100, 1000])
@pytest.mark.parametrize("count", [1, 5])
def test_ties_and_rows_with_an_order(kind, dtype, k, count):
    pred_probs = KINDS[kind](_probabilities(200, k, np.float64)).astype(dtype)
    for ours, by_sort in zip(cpu.likeliest(pred_probs, count), _sorted(pred_probs, count), strict=True):
        np.testing.assert_array_equal(ours, by_sort)


@pytest.mark.parametrize(("rows", "k"), [(70_001, 3), (2, 70_001)])
def test_past_65536(rows, k):
    pred_probs = _probabilities(rows, k, np.float32)
    for ours, by_sort in zip(cpu.likeliest(pred_probs, 3), _sorted(pred_probs, 3), strict=True):
        np.testing.assert_array_equal(ours, by_sort)


def test_read_only_and_non_contiguous_rows():
    pred_probs = _probabilities(50, 80, np.float64)
    expected = _sorted(pred_probs[:, ::2], 5)
    pred_probs.flags.writeable = False
    for ours, by_sort in zip(cpu.likeliest(np.ascontiguousarray(pred_probs[:, ::2]), 5), expected, strict=True):
        np.testing.assert_array_equal(ours, by_sort)
    np.testing.assert_array_equal(cpu.likeliest(pred_probs, 5)[0], _sorted(pred_probs, 5)[0])


@pytest.mark.parametrize("kernels", [cpu, portable])
def test_of_some_rows_the_label_and_the_likeliest(kernels):
    labels, pred_probs = np.array([2, 0, 1]), np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.3, 0.6, 0.1]])
    given, classes, values = kernels.label_and_likeliest(np.array([0, 2]), labels, pred_probs, 2)
    assert given.tolist() == [0.2, 0.6]
    assert classes.tolist() == [[0, 1], [1, 0]]
    assert values.tolist() == [[0.5, 0.3], [0.6, 0.3]]
