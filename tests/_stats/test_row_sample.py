"""Which rows are looked at to count wrong labels, and what they tell."""

from itertools import pairwise

import numpy as np
import pytest

from labelaudit._stats import row_sample
from labelaudit._stats.error_rate import WrongCounts
from labelaudit._stats.row_sample import RowSample, SampledRows


def predictions(n, k, *, sharp=8.0, seed=0):
    """Labels that are right, and honest probabilities of them: each is right as often as it says."""
    rng = np.random.default_rng(seed)
    logits = sharp * rng.normal(size=(n, k))
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return (p.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1), p


def sampled(labels, p, sample, cuts=(0,)):
    bounds = [*cuts, len(labels)]
    total = SampledRows()
    for first, stop in pairwise(bounds):
        rows = first + sample.rows(first, labels[first:stop])
        order = np.argsort(-p[rows], axis=1, kind="stable")[:, : row_sample.TOLD_APART]
        top = np.take_along_axis(p[rows], order, axis=1)
        own = p[rows, labels[rows]]
        total += SampledRows((labels[rows],), (own,), (order.astype(np.int32),), (top,))
    return total


def test_all_rows_are_taken_where_there_are_few():
    sample = RowSample.of(np.array([0, 1, -100, 2, 7]), 3)
    assert sample.rows(0, np.array([0, 1, -100, 2, 7])).tolist() == [0, 1, 3]


def test_of_many_rows_about_enough_are_taken_and_all_of_a_rare_class():
    labels = np.zeros(400_000, np.int64)
    labels[::10_000] = 1
    sample = RowSample.of(labels, 2)
    rows = sample.rows(0, labels)
    assert rows.size == pytest.approx(row_sample.ENOUGH, rel=0.02)
    assert (labels[rows] == 1).sum() == 40


def test_where_blocks_begin_changes_nothing():
    labels = np.random.default_rng(0).integers(0, 5, 200_000)
    sample = RowSample.of(labels, 5)
    parts = [first + sample.rows(first, labels[first : first + 7_777]) for first in range(0, labels.size, 7_777)]
    assert np.array_equal(np.concatenate(parts), sample.rows(0, labels))


def test_counts_are_those_of_the_whole_where_a_sample_is_taken(monkeypatch):
    labels, p = predictions(60_000, 4)
    rng = np.random.default_rng(1)
    wrong = rng.random(labels.size) < 0.2
    labels = np.where(wrong, (labels + 1) % 4, labels)
    sample = RowSample.of(labels, 4)
    part = sampled(labels, p, sample, cuts=(0, 11_111, 50_000)).error_rate(sample)
    monkeypatch.setattr(row_sample, "ENOUGH", 10**9)
    everything = RowSample.of(labels, 4, 10**9)
    whole = sampled(labels, p, everything).error_rate(everything)
    assert part.wrong == pytest.approx(whole.wrong, rel=0.03)
    assert whole.wrong == pytest.approx(wrong.sum(), rel=0.1)
    assert whole.low < wrong.sum() < whole.high


def test_many_classes_take_no_table(monkeypatch):
    labels, p = predictions(3_000, 12)
    sample = RowSample.of(labels, 12)
    dense = sampled(labels, p, sample).error_rate(sample)
    monkeypatch.setattr(row_sample, "_TABLE", 0)
    sparse = sampled(labels, p, sample).error_rate(sample)
    assert (sparse.wrong, sparse.low, sparse.high) == pytest.approx((dense.wrong, dense.low, dense.high), rel=1e-9)


def test_most_labels_may_be_wrong():
    labels, p = predictions(2_000, 4)
    rate = sampled((labels + 1) % 4, p, RowSample.of((labels + 1) % 4, 4)).error_rate(RowSample.of((labels + 1) % 4, 4))
    assert rate.most
    assert rate.wrong > 1_700


def test_nothing_is_wrong_of_nothing():
    rate = SampledRows().error_rate(RowSample.of(np.zeros(0, np.int64), 3))
    assert (rate.wrong, rate.low, rate.high, rate.most) == (0, 0, 0, False)


def test_which_count_holds():
    def wrong(rounds, sure, seen):
        return WrongCounts(rounds, rounds, sure, seen, 1000, 1000).rate().wrong

    assert wrong(200, 100, 1.0) == pytest.approx(200)  # a model that hedges has seen the wrong labels
    assert wrong(200, 100, 0.0) == pytest.approx(100)  # one that is sure against them has not
    assert wrong(10, 5, 1.0) == pytest.approx(5)  # so few may be the model's own mistakes
    assert wrong(10, 50, 1.0) == pytest.approx(10)
    assert wrong(100, 200, 0.0) == pytest.approx(100)


def test_bounds_hold_what_the_counts_leave_open():
    alike = WrongCounts(100, 100, 100, 1.0, 1000, 1000).rate()
    apart = WrongCounts(100, 60, 50, 1.0, 1000, 1000).rate()
    assert 0 <= apart.low < alike.low < 100 < alike.high < apart.high <= 1000
    few = WrongCounts(100, 100, 100, 1.0, 1000, 100).rate()
    assert few.high - few.low > alike.high - alike.low
