"""Both kinds of kernels for the noise posterior of yes-or-no labels have the same names, parameters and values."""

import numpy as np
import pytest

from _kernels.twins import assert_same_signatures, both, every_kernel, partly_known
from labelaudit._kernels import odds_nodes
from labelaudit._kernels.cpu import label_noise as cpu
from labelaudit._kernels.cpu.sets import columns_set
from labelaudit._kernels.portable import label_noise as portable

FACTORS = np.array([1.0, 0.1, 3.0, 1e-6, 1e4])
PARAMETERS = {
    "answers": [()],
    "wrong_labels": [(FACTORS, 1.0), (FACTORS, 0.0), (FACTORS, np.inf)],
}


def test_both_kinds_have_the_same_names_and_parameters():
    assert_same_signatures(cpu, portable, PARAMETERS)


@every_kernel(PARAMETERS)
@pytest.mark.parametrize("rows", [0, 1, 70_001])
def test_both_kinds_give_the_same(name, parameters, library, dtype, rows):
    labels, pred_probs = partly_known(rows, dtype)
    pred_probs[::2] = np.round(pred_probs[::2], 1)  # ties, 0 and 1
    pred_probs[2:3] = 1 + 1e-7  # rounding, as a float32 softmax has it
    twins = getattr(cpu, name), getattr(portable, name)
    for ours, definition in both(*twins, library, (labels, pred_probs), parameters):
        np.testing.assert_allclose(ours, definition, rtol=1e-10, atol=1e-10)


def test_answers_by_hand():
    labels = np.array([[1, 0], [1, 1], [0, -1], [1, 0]])
    pred_probs = np.array([[0.75, 0.25], [0.5, 1.0], [0.25, 0.9], [0.1, 0.5]])
    given, weights, bad = cpu.answers(labels, pred_probs)
    assert given.tolist() == [[1, 2], [3, 1]]
    assert weights.sum(axis=2) == pytest.approx(given)
    assert bad == -1


def test_wrong_labels_by_hand():
    labels, pred_probs = np.array([[1, 0, 1], [-1, 1, 0]]), np.array([[0.0, 0.0, 0.5], [0.0, 0.999, 0.0]])
    # odds of the first row 1001^4 * 1e-12, nearly 1; 1 / 1001^4; 1: that is not above the least
    any_wrong, rows, classes, p_wrong = cpu.wrong_labels(labels, pred_probs, np.array([1e-12, 1.0, 1.0]), 1.0)
    assert rows.tolist() == classes.tolist() == [0]
    odds = 1001**4 * 1e-12
    assert p_wrong == pytest.approx([odds / (1 + odds)])
    assert any_wrong == pytest.approx([1 - 1 / (1 + odds) / 2, 0.0], abs=1e-9)


@pytest.mark.parametrize("kernels", [cpu, portable])
@pytest.mark.parametrize(("label", "p"), [(2, 0.5), (1, np.nan), (0, -0.1), (1, 1.1), (-1, np.inf), (0.5, 0.5)])
def test_the_first_row_that_cannot_be_scored_is_named(kernels, label, p):
    labels, pred_probs = np.ones((50, 3)), np.full((50, 3), 0.9)
    labels[[20, 30], 1], pred_probs[[20, 30], 1] = label, p
    assert kernels.answers(labels, pred_probs)[2] == 20
    assert kernels.answers(labels[:20], pred_probs[:20])[2] == -1


@pytest.mark.parametrize("shift", [-40.0, -7.3, -1.0, 0.0, 2.5, 11.0, 60.0])
def test_the_nodes_stand_for_all_labels(shift):
    rng = np.random.default_rng(0)
    own = np.concatenate([rng.random(5000), rng.random(500) * 1e-3, 1 - rng.random(500) * 1e-3, [0.0, 1.0, 0.5]])
    weights = cpu.answers(np.ones((own.size, 1)), own[:, None])[1][1, 0]
    log_odds = 4 * np.log((1 - own + odds_nodes.FLOOR) / (own + odds_nodes.FLOOR))
    with np.errstate(over="ignore"):
        expected = (1 / (1 + np.exp(-log_odds - shift))).sum()
        assert (weights / (1 + np.exp(-odds_nodes.NODES - shift))).sum() == pytest.approx(expected, rel=3e-10)
    assert weights.sum() == pytest.approx(own.size, rel=1e-12)


@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (300, 40), (70_001, 2), (2, 70_001)])
def test_the_columns_that_are_set(shape):
    flags = np.random.default_rng(0).random(shape) < 0.2
    counts, columns = columns_set(flags)
    np.testing.assert_array_equal(counts, flags.sum(axis=1))
    np.testing.assert_array_equal(columns, np.nonzero(flags)[1])
