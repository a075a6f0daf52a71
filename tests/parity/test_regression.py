"""cleanlab 2.9.0 as the oracle for regression."""

import inspect
import warnings

import numpy as np
import pytest
from cleanlab.regression import rank as oracle

from labelaudit.regression import rank
from regression.cases import CASES, pair


def _oracle(labels, predictions, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return oracle.get_label_quality_scores(labels, predictions, **options)


def test_signature():
    ours = inspect.signature(rank.get_label_quality_scores).parameters
    theirs = inspect.signature(oracle.get_label_quality_scores).parameters
    assert [(p.name, p.kind, p.default) for p in ours.values()] == [
        (p.name, p.kind, p.default) for p in theirs.values()
    ]


@pytest.mark.parametrize("case", CASES)
def test_residual(case):
    labels, predictions = pair(case, 70_001)
    np.testing.assert_allclose(
        rank.get_label_quality_scores(labels, predictions, method="residual"),
        _oracle(labels, predictions, method="residual"),
        rtol=1e-12, atol=1e-300,
    )  # fmt: skip


@pytest.mark.parametrize("n", [2, 3, 4, 5, 10, 57, 100])
@pytest.mark.parametrize("case", CASES)
def test_outre(case, n):
    labels, predictions = pair(case, n, seed=n)
    np.testing.assert_allclose(
        rank.get_label_quality_scores(labels, predictions), _oracle(labels, predictions), rtol=1e-9, atol=1e-300
    )


@pytest.mark.parametrize("n", [101, 1001, 3000])
@pytest.mark.parametrize("case", CASES)
def test_outre_of_more_items(case, n):
    # above a hundred items cleanlab's distances come from squares and products, which costs digits between near points
    labels, predictions = pair(case, n, seed=n)
    np.testing.assert_allclose(
        rank.get_label_quality_scores(labels, predictions), _oracle(labels, predictions), atol=1e-5
    )


def test_digits_of_outre_between_near_items():
    # a point is at distance 0 from itself; cleanlab finds up to 1e-7 where squares and products cancel
    labels, predictions = pair("normal", 1001)
    z = [(v - v.mean()) / v.std() for v in (labels, predictions - labels)]
    points = np.c_[z[0], 5 * z[1]]
    means = np.array([np.sort(np.hypot(*(points - point).T))[:501].mean() for point in points])
    exact = np.exp(-means / np.median(means))
    ours = np.abs(rank.get_label_quality_scores(labels, predictions) / exact - 1).max()
    theirs = np.abs(_oracle(labels, predictions) / exact - 1).max()
    assert ours < 1e-12 < theirs < 1e-6
