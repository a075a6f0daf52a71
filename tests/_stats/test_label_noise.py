"""How many labels of a multi-label data set are wrong, class by class."""

import functools
import operator
from itertools import pairwise

import numpy as np
import pytest

from labelaudit._kernels import label_noise_for
from labelaudit._stats.label_noise import AnswerOdds


def odds_of(labels, pred_probs):
    *_, given, weights, bad = label_noise_for(pred_probs).answers(labels, pred_probs)
    assert bad == -1
    return AnswerOdds(given, weights)


def answers(n, k, *, share=0.3, sharp=6.0, seed=0):
    """True answers, and honest probabilities of them: each is right as often as it says."""
    rng = np.random.default_rng(seed)
    log_odds = sharp * (rng.normal(size=(n, k)) + np.log(share / (1 - share)) / 2)
    p = 1 / (1 + np.exp(-log_odds))
    return (rng.random((n, k)) < p).astype(np.int64), p


def planted(truth, missing, extra, seed=1):
    """Which labels are wrong: such shares of the ones and of the zeros."""
    return np.random.default_rng(seed).random(truth.shape) < np.where(truth == 1, missing, extra)


def test_parts_add_up_to_the_whole():
    truth, p = answers(3000, 7)
    labels = truth ^ planted(truth, 0.05, 0.02)
    labels[::11, 3] = -1
    bounds = [0, 0, 1, 700, 2999, 3000]
    parts = [odds_of(labels[first:stop], p[first:stop]) for first, stop in pairwise(bounds)]
    total = functools.reduce(operator.add, parts, AnswerOdds.of_none(7))
    whole = odds_of(labels, p)
    np.testing.assert_array_equal(total.given, whole.given)
    np.testing.assert_allclose(total.weights, whole.weights, atol=1e-9)
    (by_class, rate), (expected, expected_rate) = total.wrong(), whole.wrong()
    np.testing.assert_allclose(by_class, expected, rtol=1e-9)
    assert rate.labels == expected_rate.labels == (labels >= 0).sum()
    np.testing.assert_allclose(
        (rate.wrong, rate.low, rate.high), (expected_rate.wrong, expected_rate.low, expected_rate.high), rtol=1e-9
    )


@pytest.mark.parametrize("seen", [False, True])
@pytest.mark.parametrize("share", [0.05, 0.3])
@pytest.mark.parametrize(("missing", "extra"), [(0.03, 0.03), (0.2, 0.0), (0.0, 0.03), (0.3, 0.1)])
def test_planted_errors_are_counted(missing, extra, share, seen):
    truth, p = answers(4000, 10, share=share)
    wrong = planted(truth, missing, extra)
    if seen:  # a model that learnt from the wrong labels expects them
        p = p * (1 - missing) + (1 - p) * extra
    by_class, rate = odds_of(truth ^ wrong, p).wrong()
    assert rate.wrong == pytest.approx(wrong.sum(), rel=0.35)
    assert rate.low <= wrong.sum() <= rate.high
    assert by_class.sum() == pytest.approx(rate.wrong)


def test_the_class_with_the_wrong_labels_is_told_from_the_others():
    truth, p = answers(3000, 5)
    wrong = planted(truth, 0.1, 0.1)
    wrong[:, 1:] = False
    by_class, _ = odds_of(truth ^ wrong, p).wrong()
    assert by_class[0] == pytest.approx(wrong.sum(), rel=0.3)
    assert by_class[1:].max() < by_class[0] / 10


@pytest.mark.parametrize("k", [1, 3, 50, 400])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 1.0])
def test_less_than_one_is_expected_where_all_is_right(k, share):
    truth = (np.random.default_rng(0).random((500, k)) < share).astype(np.int64)
    by_class, rate = odds_of(truth, np.where(truth == 1, 0.97, 0.02)).wrong()
    assert rate.wrong < 1
    assert rate.low == 0
    assert by_class.min() >= 0


def test_of_a_class_turned_around_more_than_half_is_wrong():
    truth, p = answers(800, 6)
    labels = truth.copy()
    labels[:, 2] = 1 - labels[:, 2]
    by_class, rate = odds_of(labels, p).wrong()
    assert by_class[2] > 400
    assert (np.delete(by_class, 2) < 400).all()
    assert not rate.most
    assert odds_of(1 - truth, p).wrong()[1].most


def test_of_no_labels_none_is_wrong():
    for found in (AnswerOdds.of_none(0), AnswerOdds.of_none(4), odds_of(np.full((5, 4), -1), np.full((5, 4), 0.5))):
        by_class, rate = found.wrong()
        assert not by_class.any()
        assert (rate.wrong, rate.low, rate.labels) == (0, 0, 0)


@pytest.mark.parametrize("n", [1, 2, 9])
def test_the_bounds_are_in_order_of_few_rows_too(n):
    rng = np.random.default_rng(n)
    for k in (1, 4):
        by_class, rate = odds_of(rng.integers(0, 2, (n, k)), rng.random((n, k))).wrong()
        assert 0 <= rate.low <= rate.wrong <= rate.high <= n * k
        assert (by_class <= n).all()


def test_the_factors_make_the_probabilities_sum_to_what_is_expected():
    truth, p = answers(2000, 4)
    labels = truth ^ planted(truth, 0.1, 0.05)
    found = odds_of(labels, p)
    by_class, _ = found.wrong()
    own = np.where(labels == 1, p, 1 - p)
    odds = found.factors(by_class) * ((1 - own + 1e-3) / (own + 1e-3)) ** 4
    np.testing.assert_allclose((odds / (1 + odds)).sum(axis=0), by_class, rtol=1e-6)
