"""OUTRE against its definition: brute force in NumPy, for every point of small sets and a sample of large ones."""

import numpy as np
import pytest

from labelaudit.regression import _outre, rank
from regression.cases import CASES, pair

EPS = np.finfo(np.float64).eps
ERROR = 1e-5
every = pytest.mark.parametrize("case", CASES)


def half(n):
    return -(-n // 2)


def standardized(values):
    return (values - values.mean()) / values.std() if np.ptp(values) > 0 else np.zeros(values.size)


def features(case, n, seed=0):
    labels, predictions = pair(case, n, seed)
    return standardized(labels), 5 * standardized(predictions - labels)


def brute_means(xs, ys, rows):
    k = half(xs.size)
    distances = (np.hypot(xs - xs[row], ys - ys[row]) for row in rows)
    return np.array([np.partition(d, k - 1)[:k].mean() for d in distances])


def scores(means, median):
    return np.where(means < np.sqrt(100 * EPS), 1.0, np.exp(-means / max(median, 100 * EPS)))


def furthest_off(means, exact):
    return np.abs(scores(means, np.median(means)) - scores(exact, np.median(exact))).max()


def test_four_items_by_hand():
    # residuals 1, 0, 2, 0.1; each item's two nearest are itself and one other
    labels, predictions = np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 2.0, 5.0, 4.1])
    points = np.c_[standardized(labels), 5 * standardized(predictions - labels)]
    apart = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    means = (apart + 9e9 * np.eye(4)).min(axis=1) / 2
    expected = np.exp(-means / np.median(means))
    np.testing.assert_allclose(rank.get_label_quality_scores(labels, predictions), expected, rtol=1e-12)
    np.testing.assert_allclose(expected, [0.2162406, 0.62585509, 0.20275104, 0.62585509], rtol=1e-7)


@pytest.mark.parametrize("n", [2, 3, 101, 400, 1001])
@every
def test_brute_force_gives_the_mean_of_the_sorted_distances(case, n):
    xs, ys = features(case, n, seed=n)
    np.testing.assert_allclose(_outre.exact_means(xs, ys, half(n)), brute_means(xs, ys, range(n)), rtol=1e-12)


@pytest.mark.parametrize("n", [1000, 1001, 4003])
@every
def test_every_score_over_the_tree_is_within_the_error(case, n):
    xs, ys = features(case, n, seed=n)
    means, exact = _outre.tree_means(xs, ys, half(n)), brute_means(xs, ys, range(n))
    assert furthest_off(means, exact) <= ERROR
    assert np.median(means) == pytest.approx(np.median(exact), rel=ERROR, abs=1e-18)


@pytest.mark.parametrize("n", [20_000, 70_001])
@every
def test_scores_of_large_sets_are_within_the_error_on_a_sample(case, n):
    labels, predictions = pair(case, n)
    found = rank.get_label_quality_scores(labels, predictions)
    xs, ys = features(case, n)
    order = np.argsort(found, kind="stable")
    drawn = np.random.default_rng(5).choice(n, 60, replace=False)
    middle = order[[(n - 1) // 2, n // 2]]
    rows = np.concatenate([drawn, order[:10], order[-3:], middle])
    exact = brute_means(xs, ys, rows)
    # the error of the median is that of the middle of the order: all errors count twice at the most
    median = exact[-2:].mean()
    assert np.abs(found[rows] - scores(exact, median)).max() <= ERROR


@pytest.mark.parametrize("case", ["normal", "cauchy", "lognormal 3"])
def test_far_items_keep_their_order(case):
    xs, ys = features(case, 4001)
    means, exact = _outre.tree_means(xs, ys, 2001), brute_means(xs, ys, range(4001))
    far = exact > np.median(exact)
    np.testing.assert_allclose(means[far], exact[far], rtol=3e-4)


@pytest.mark.parametrize("case", ["normal", "integer ratings", "cauchy", "half duplicates"])
@pytest.mark.parametrize("n", [1501, 6001])
def test_the_number_of_threads_changes_no_bit(case, n, monkeypatch):
    labels, predictions = pair(case, n)
    monkeypatch.setenv("LABELAUDIT_NUM_THREADS", "1")
    alone = rank.get_label_quality_scores(labels, predictions)
    for count in ("2", "5"):
        monkeypatch.setenv("LABELAUDIT_NUM_THREADS", count)
        np.testing.assert_array_equal(rank.get_label_quality_scores(labels, predictions), alone)


def test_half_of_all_items_at_one_place_score_one():
    labels, predictions = pair("90 % duplicates", 5000)
    together = (labels == 0.25) & (predictions == 0.5)
    found = rank.get_label_quality_scores(labels, predictions)
    assert together.sum() >= 2500
    np.testing.assert_array_equal(found[together], 1.0)
    assert found[~together].max() < 1.0


@pytest.mark.parametrize("share", [0.49, 0.4999, 0.5001])
def test_a_median_at_the_edge_of_a_heap_of_duplicates(share):
    n = 4000
    xs, ys = features("normal", n)
    xs[: int(share * n)], ys[: int(share * n)] = xs[0], ys[0]
    assert furthest_off(_outre.tree_means(xs, ys, half(n)), brute_means(xs, ys, range(n))) <= ERROR


SIDE = 64
I = np.arange(SIDE * SIDE)  # noqa: E741
PATTERNS = {
    "lattice": (I % SIDE, I // SIDE),
    "diagonal": (I, 3 * I),
    "crossing lines": (np.where(I % 2, I, 0), np.where(I % 2, 0, I)),
    "powers of two": (2.0 ** (I % 200), np.ones(I.size)),
    "a circle about one point": (np.cos(I / 99) * (I > 0), np.sin(I / 99) * (I > 0)),
    "a median killer for quickselect": (np.where(I < 2048, I // 2 + (I % 2) * 2048, I), I % 7),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_regular_patterns_are_within_the_error(pattern):
    xs, ys = (np.asarray(side, float) for side in PATTERNS[pattern])
    assert furthest_off(_outre.tree_means(xs, ys, half(xs.size)), brute_means(xs, ys, range(xs.size))) <= ERROR


@pytest.mark.parametrize("unit", [1e-200, 1e-3, 100.0, 1e200])
def test_the_unit_of_the_labels_does_not_matter(unit):
    labels, predictions = pair("normal", 500)
    np.testing.assert_allclose(
        rank.get_label_quality_scores(labels * unit, predictions * unit),
        rank.get_label_quality_scores(labels, predictions),
        rtol=1e-9,
    )


def test_a_large_offset_costs_no_digits():
    labels, predictions = pair("integer ratings", 500)
    np.testing.assert_allclose(
        rank.get_label_quality_scores(labels + 2.0**45, predictions + 2.0**45),
        rank.get_label_quality_scores(labels, predictions),
        rtol=1e-9,
    )
