"""Both kinds of kernels for rows of yes-or-no labels have the same names, parameters and values."""

import numpy as np
import pytest

from _kernels.twins import assert_same_signatures, both, every_kernel, partly_known
from labelaudit._kernels.cpu import multilabel as cpu
from labelaudit._kernels.cpu.sorting_network import LANES, cells_for, sort_columns, sorting_network
from labelaudit._kernels.portable import multilabel as portable

SHIFT = np.array([[0.0, 0.2, 0.0, 0.1, 0.0], [0.3, 0.0, 0.0, 0.1, 1.5]])
NONE = np.zeros((2, 5))
PARAMETERS = {
    "class_scores": [(NONE, False), (SHIFT, False), (NONE, True)],
    "exponential_moving_average": [(NONE, False, 0.8), (SHIFT, False, None), (NONE, True, 1), (NONE, False, 0)],
    "softmin": [(NONE, False, 0.1), (SHIFT, False, 0), (NONE, True, np.inf), (NONE, False, 1e-3)],
    "confidence_sums": [()],
}


def test_both_kinds_have_the_same_names_and_parameters():
    assert_same_signatures(cpu, portable, PARAMETERS)


@every_kernel(PARAMETERS)
@pytest.mark.parametrize("rows", [0, 1, 33, 20_001])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_both_kinds_give_the_same(name, parameters, library, dtype, rows):
    labels, pred_probs = partly_known(rows, dtype)
    pred_probs = np.round(pred_probs, 1).astype(dtype)  # ties, 0 and 1
    if name != "confidence_sums":
        labels[5:6, 1], pred_probs[20:21, 3] = 2, 1.5
    parameters = [p.astype(dtype) if isinstance(p, np.ndarray) else p for p in parameters]
    twins = getattr(cpu, name), getattr(portable, name)
    pairs = both(*twins, library, (labels, pred_probs), parameters)
    good = np.isin(np.arange(rows), [5, 20], invert=True)
    for ours, definition in pairs:
        shown = good if name == "class_scores" and ours.ndim else ...
        np.testing.assert_allclose(
            ours[shown], definition[shown], rtol=1e-12 if dtype == np.float64 else 2e-5, atol=1e-15
        )
    if name in ("softmin", "exponential_moving_average") and rows > 20:
        assert np.flatnonzero(np.isnan(pairs[0][0])).tolist() == [5, 20]


def test_the_network_sorts_every_order_of_zeros_and_ones():
    # a network that sorts these sorts everything (Knuth, section 5.3.4)
    for size in range(1, 11):
        for wanted in (1, (size + 1) // 2, size):
            values = (np.arange(2**size)[:, None] >> np.arange(size)) & 1
            for low, high in sorting_network(size, wanted):
                values[:, [low, high]] = np.sort(values[:, [low, high]], axis=1)
            ordered = np.sort((np.arange(2**size)[:, None] >> np.arange(size)) & 1, axis=1)
            np.testing.assert_array_equal(values[:, :wanted], ordered[:, :wanted])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("size", "wanted"), [(1, 1), (2, 1), (7, 7), (50, 25), (64, 64), (129, 20)])
def test_columns_are_sorted_as_far_as_they_are_wanted(dtype, size, wanted):
    rng = np.random.default_rng(size)
    cells = cells_for(size, np.empty(0, dtype))
    assert cells.shape == (size, LANES)
    assert (cells == np.inf).all()
    assert cells.ctypes.data % 64 == 0
    cells[:] = rng.integers(0, 9, cells.shape)  # ties
    cells[rng.random(cells.shape) < 0.1] = np.inf
    expected = np.sort(cells, axis=0)[:wanted]
    sort_columns(cells, sorting_network(size, wanted))
    np.testing.assert_array_equal(cells[:wanted], expected)
