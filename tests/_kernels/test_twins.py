"""Every kernel exists in two kinds with one signature, and both give the same."""

import inspect

import array_api_strict
import numpy as np
import pytest

from labelaudit._kernels.cpu import confident as cpu_confident
from labelaudit._kernels.cpu import residual as cpu_residual
from labelaudit._kernels.cpu import rows as cpu
from labelaudit._kernels.portable import confident as portable_confident
from labelaudit._kernels.portable import residual as portable_residual
from labelaudit._kernels.portable import rows as portable
from laws.data import classification_data

SHIFT = np.array([0.3, 0.0, 0.1, 0.05])
PARAMETERS = {
    "self_confidence": (),
    "normalized_margin": (),
    "confidence_weighted_entropy": (),
    "adjusted_self_confidence": (SHIFT,),
    "adjusted_normalized_margin": (SHIFT,),
    "most_likely": (),
    "clipped_self_confidence": (1e-6,),
    "self_confidence_sums": (),
}

FLOORS = np.where(np.eye(4, dtype=bool), np.inf, np.array([[-0.5], [0.0], [0.25], [-np.inf]]))
CONFIDENT = {
    "confident_guesses": (np.array([0.3, 0.25, 0.6, 2.0]), 1e-6),
    "sharpened_odds": (1e-3, np.linspace(0.5, 2.0, 4)),
    "margins_above": (None, FLOORS),
}

RESIDUAL = {"distance": (), "closeness": (0.5,)}


def _strict(array):
    return array_api_strict.asarray(array)


def _torch(array):
    torch = pytest.importorskip("torch", reason="torch is not installed: its twin test needs it")
    return torch.asarray(np.array(array))


def _public(module):
    return {
        name: inspect.signature(getattr(function, "py_func", function))
        for name, function in vars(module).items()
        if getattr(function, "__module__", None) == module.__name__ and not name.startswith("_")
    }


@pytest.mark.parametrize(
    ("fast", "definition", "tested"),
    [
        (cpu, portable, PARAMETERS),
        (cpu_confident, portable_confident, [*CONFIDENT, "keep_largest"]),
        (cpu_residual, portable_residual, RESIDUAL),
    ],
)
def test_both_kinds_have_the_same_names_and_parameters(fast, definition, tested):
    plain = {name: list(signature.parameters) for name, signature in _public(fast).items()}
    assert plain == {name: list(signature.parameters) for name, signature in _public(definition).items()}
    assert set(plain) == set(tested)


def _as_numpy(result):
    return [np.asarray(part) for part in result] if isinstance(result, tuple) else [np.asarray(result)]


@pytest.mark.parametrize("library", [np.asarray, _strict, _torch], ids=["numpy", "array-api-strict", "torch"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("rows", [0, 1, 70_001])
def test_both_kinds_give_the_same(name, library, dtype, rows):
    labels, pred_probs = classification_data(rows, 4, dtype=dtype)
    parameters = [p.astype(dtype) if isinstance(p, np.ndarray) else p for p in PARAMETERS[name]]
    found = _as_numpy(getattr(cpu, name)(labels, pred_probs, *parameters))
    expected = _as_numpy(getattr(portable, name)(library(labels), library(pred_probs), *parameters))
    for ours, definition in zip(found, expected, strict=True):
        assert ours.dtype == definition.dtype
        np.testing.assert_allclose(ours, definition, rtol=1e-13 if dtype == np.float64 else 1e-5)


@pytest.mark.parametrize("library", [np.asarray, _strict, _torch], ids=["numpy", "array-api-strict", "torch"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", CONFIDENT)
@pytest.mark.parametrize("rows", [0, 1, 70_001])
def test_both_kinds_of_confident_learning_give_the_same(name, library, dtype, rows):
    labels, pred_probs = classification_data(rows, 4, dtype=dtype)
    pred_probs = np.round(pred_probs, 1).astype(dtype)  # so that much ties
    parameters = [p.astype(dtype) if isinstance(p, np.ndarray) and p.dtype == float else p for p in CONFIDENT[name]]
    parameters = [np.arange(rows) % 3 > 0 if p is None else p for p in parameters]
    if name == "confident_guesses":
        parameters[1] = dtype(parameters[1])
    found = _as_numpy(getattr(cpu_confident, name)(labels, pred_probs, *parameters))
    expected = _as_numpy(getattr(portable_confident, name)(library(labels), library(pred_probs), *parameters))
    for ours, definition in zip(found, expected, strict=True):
        assert ours.dtype == definition.dtype
        np.testing.assert_allclose(ours, definition, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("library", [np.asarray, _strict, _torch], ids=["numpy", "array-api-strict", "torch"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", RESIDUAL)
@pytest.mark.parametrize("rows", [0, 1, 70_001])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_both_kinds_of_residuals_give_the_same(name, library, dtype, rows):
    labels, predictions = np.random.default_rng(0).normal(size=(2, rows)).astype(dtype)
    for bad in (np.nan, np.inf, -np.inf):
        labels[:: rows // 3 + 1] = bad
        predictions[rows // 2 :: rows + 1] = bad
        columns = (labels, predictions)
        columns = (cpu_residual.distance(*columns),) if name == "closeness" else columns
        found = getattr(cpu_residual, name)(*columns, *RESIDUAL[name])
        expected = getattr(portable_residual, name)(*map(library, columns), *RESIDUAL[name])
        assert np.isnan(found).sum() == min(rows, 4)
        np.testing.assert_allclose(found, np.asarray(expected), rtol=1e-13 if dtype == np.float64 else 1e-5)


@pytest.mark.parametrize("entries", [0, 1, 200, 100_000])
def test_both_kinds_keep_the_same_margins(entries):
    rng = np.random.default_rng(0)
    pairs, margins = rng.integers(0, 9, entries), rng.integers(-20, 20, entries) / 10
    wanted = np.array([0, 1, 2, 50, 500, 20_000, 7, 0, 1])
    kept, expected = (
        module.keep_largest(pairs, margins, np.arange(entries), wanted)
        for module in (cpu_confident, portable_confident)
    )
    np.testing.assert_array_equal(kept[3], expected[3])
    orders = [np.lexsort(result[2::-1]) for result in (kept, expected)]  # the order within a pair is free
    for ours, definition in zip(kept[:3], expected[:3], strict=True):
        np.testing.assert_array_equal(ours[orders[0]], definition[orders[1]])


ODD_ROWS = np.array(
    [
        [0.25, 0.25, 0.25, 0.25],
        [0.0, 1.0, 0.0, 0.0],
        [-0.0, 1.0, -0.0, 0.0],
        [np.nan, 1.0, 0.0, 0.0],
        [0.0, np.inf, 0.0, 0.0],
        [0.0, 1.0, -1e-9, 0.0],
        [0.5, 0.5, 0.5, 0.5],
        [3e-308, 1.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0],
        [1e-300, 1.0, 0.0, 0.0],
        [1.0, 1.0, 1.0, 1.0],
        [0.0, 1.1, 0.0, 0.0],
    ]
)


@pytest.mark.parametrize("label", [0, 1, -1, 4, 2**40])
@pytest.mark.parametrize("name", [name for name in PARAMETERS if "clipped" not in name and name != "most_likely"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_both_kinds_agree_on_odd_rows(name, label):
    labels = np.full(len(ODD_ROWS), label)
    found = _as_numpy(getattr(cpu, name)(labels, ODD_ROWS, *PARAMETERS[name]))
    expected = _as_numpy(getattr(portable, name)(labels, ODD_ROWS, *PARAMETERS[name]))
    for ours, definition in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, definition, rtol=1e-13, atol=1e-300)


@pytest.mark.parametrize(
    "name", [name for name in PARAMETERS if "clipped" not in name and "sums" not in name and name != "most_likely"]
)
def test_rows_that_cannot_be_scored_are_nan_and_no_others(name):
    scores, _ = getattr(cpu, name)(np.ones(len(ODD_ROWS), int), ODD_ROWS, *PARAMETERS[name])
    assert np.flatnonzero(np.isnan(scores)).tolist() == [3, 4, 5, 11]


def test_a_subnormal_probability_is_as_good_as_none():
    scores, _ = cpu.confidence_weighted_entropy(np.array([0]), np.array([[5e-324, 1.0]]))
    assert 0 <= scores[0] < 0.02


def test_odds_of_rows_that_cannot_be_scored_are_nan():
    for module in (cpu_confident, portable_confident):
        with np.errstate(all="ignore"):
            odds = module.sharpened_odds(np.ones(len(ODD_ROWS), int), ODD_ROWS, 1e-3, np.ones(ODD_ROWS.shape[1]))[2]
        assert np.flatnonzero(np.isnan(odds)).tolist() == [3, 4, 5, 11]


def test_the_first_row_off_1_is_reported():
    for kernel in (cpu, portable):
        assert kernel.confidence_weighted_entropy(np.ones(3, int), ODD_ROWS[[1, 6, 8]])[1] == 1
        assert kernel.confidence_weighted_entropy(np.ones(2, int), ODD_ROWS[[1, 0]])[1] == -1


def test_the_logarithm_is_exact_to_rounding():
    p = np.concatenate(
        [np.random.default_rng(0).random(1000), 10.0 ** -np.arange(0, 300, 7), 1 - 2.0 ** -np.arange(1, 53)]
    )
    pred_probs = np.column_stack([p, np.zeros_like(p)])
    scores, _ = cpu.confidence_weighted_entropy(np.zeros(len(p), int), pred_probs)
    e = -np.log(p) / np.log(2)
    with np.errstate(invalid="ignore"):
        expected = np.where(e == 0, 1.0, np.log1p(e) / e)
    np.testing.assert_allclose(scores, expected, rtol=1e-14)
