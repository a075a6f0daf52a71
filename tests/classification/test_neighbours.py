"""The vote of the nearest neighbours: what it says, whom it asks, and what it refuses."""

import sys

import array_api_strict
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import average_precision_score
from sklearn.model_selection import cross_val_predict
from sklearn.neighbors import NearestNeighbors

from labelaudit._checks.features import check_features
from labelaudit.classification import _neighbours
from labelaudit.classification._neighbours import NeighbourVotes, neighbours_of
from labelaudit.errors import InputError

LINE = np.array([[0.0], [1.0], [3.0], [7.0]])


def _random(n=300, width=7, seed=0):
    return np.random.default_rng(seed).normal(size=(n, width))


def _oracle(points, most=15):
    found = NearestNeighbors(n_neighbors=most + 1, algorithm="brute").fit(points).kneighbors(points)[1]
    return found[:, 1:]


def test_the_nearest_come_first_and_a_row_is_not_its_own_neighbour():
    assert neighbours_of(LINE).tolist() == [[1, 2, 3], [0, 2, 3], [1, 0, 3], [2, 1, 0]]
    assert neighbours_of(LINE).dtype == np.int32


def test_the_neighbours_are_those_of_scikit_learn():
    features = _random()
    np.testing.assert_array_equal(neighbours_of(features), _oracle(features))


def test_columns_of_different_units_count_alike():
    features = _random().clip(-2.5, 2.5)
    unlike = features * [1e-3, 1, 1e3, 10, 0.1, 1e6, 5]
    np.testing.assert_array_equal(neighbours_of(unlike), _oracle(features / features.std(axis=0)))


def test_columns_of_one_kind_count_by_their_spreads():
    features = _random() * [1, 2, 3, 4, 5, 1, 1]
    np.testing.assert_array_equal(neighbours_of(features), _oracle(features))


def test_neither_shift_nor_unit_nor_a_constant_column_changes_anything():
    features = _random()
    expected = neighbours_of(features)
    np.testing.assert_array_equal(neighbours_of(features * 0.01 + 1e3), expected)
    np.testing.assert_array_equal(neighbours_of(np.column_stack([features, np.full(300, 0.1)])), expected)


def test_an_exact_duplicate_is_a_neighbour_and_those_equally_near_come_in_order():
    features = np.repeat([[0.0, 1.0], [5.0, 2.0]], 20, axis=0)
    found = neighbours_of(features)
    assert found[0].tolist() == [*range(1, 16)]
    assert found[3].tolist() == [0, 1, 2, *range(4, 16)]
    assert found[39].tolist() == [*range(20, 35)]


def test_many_duplicates_do_not_push_a_nearer_row_aside():
    features = np.concatenate([np.zeros((1, 2)), np.full((700, 2), 1.0), np.full((1, 2), 0.5)])
    assert neighbours_of(features)[0].tolist() == [701, *range(1, 15)]
    assert neighbours_of(features)[1].tolist() == [*range(2, 17)]


def test_rows_that_single_precision_cannot_tell_apart_are_told_apart():
    rng = np.random.default_rng(0)
    features = np.concatenate([np.full((400, 3), 1.0), np.full((400, 3), -1.0)]) + 1e-5 * rng.normal(size=(800, 3))
    points = (features - features.mean(axis=0)) / np.median(features.std(axis=0))
    rounded = points.astype(np.float32).astype(np.float64)
    distances = ((rounded[:, None] - rounded) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    found = np.take_along_axis(distances, neighbours_of(features), axis=1)
    np.testing.assert_allclose(found, np.sort(distances, axis=1)[:, :15], rtol=1e-12)


def test_the_number_of_threads_changes_nothing(monkeypatch):
    monkeypatch.setattr(_neighbours, "_DISTANCES_PER_BLOCK", 10_000)
    features = np.concatenate([_random(), _random()[:50]])
    found = []
    for threads in ("1", "3"):
        monkeypatch.setenv("LABELAUDIT_NUM_THREADS", threads)
        found.append(neighbours_of(features))
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize(("n", "most"), [(0, 0), (1, 0), (2, 1), (15, 14), (16, 15), (17, 15)])
def test_few_rows_have_fewer_neighbours(n, most):
    found = neighbours_of(_random(n))
    assert found.shape == (n, most)
    assert all(sorted({*row, i}) == sorted(np.unique([*row, i])) and i not in row for i, row in enumerate(found))


def test_the_vote_of_two_neighbours_by_hand():
    # weights 1 and .5, scaled to 4/3 and 2/3; a third of 1 for each class beside them
    votes = NeighbourVotes(np.array([[1, 2], [0, 2], [1, 0]], np.int32), np.array([0, 2, 2]), 3)
    assert votes.shape == (3, 3)
    expected = np.array([[1, 1, 7], [5, 1, 3], [3, 1, 5]]) / 9
    np.testing.assert_allclose(votes[0:3], expected, rtol=1e-6)
    np.testing.assert_array_equal(votes[1:2], votes[0:3][1:2])
    assert votes[0:3].dtype == np.float32


def test_a_label_that_is_no_class_and_a_neighbour_that_is_none_have_no_say():
    votes = NeighbourVotes(np.array([[1, 2], [2, -1], [0, 1]], np.int32), np.array([0, -1, 1]), 2)
    # of the first: row 1 has no label, row 2 votes with 2/3; of the second: row 2 votes with 4/3
    expected = [[0.5 / (5 / 3), (2 / 3 + 0.5) / (5 / 3)], [0.5 / (7 / 3), (4 / 3 + 0.5) / (7 / 3)]]
    np.testing.assert_allclose(votes[0:2], expected, rtol=1e-6)
    assert NeighbourVotes(np.array([[1], [0]]), np.array([0, 5]), 2)[0:1].tolist() == [[0.5, 0.5]]


def test_a_row_without_neighbours_knows_nothing():
    assert NeighbourVotes(neighbours_of(LINE[:1]), np.array([1]), 4)[0:1].tolist() == [[0.25] * 4]


def test_every_vote_sums_to_1():
    labels = np.random.default_rng(1).integers(0, 5, 300)
    votes = NeighbourVotes(neighbours_of(_random()), labels, 5)
    np.testing.assert_allclose(votes[10:200].sum(axis=1), 1, rtol=1e-6)


def test_the_vote_finds_planted_errors_better_than_a_forest():
    features, true = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    wrong = rng.random(true.size) < 0.2
    labels = np.where(wrong, (true + rng.integers(1, 10, true.size)) % 10, true)
    forest = RandomForestClassifier(60, min_samples_leaf=2, random_state=0)
    rows = np.arange(true.size)
    by_forest = cross_val_predict(forest, features, labels, cv=5, method="predict_proba")[rows, labels]
    by_vote = NeighbourVotes(neighbours_of(features), labels, 10)[0 : true.size][rows, labels]
    found = average_precision_score(wrong, -by_vote)
    assert found > 0.97
    assert found > average_precision_score(wrong, -by_forest)


def test_features_come_in_any_form(tmp_path):
    features = _random(40).astype(np.float16)
    expected = neighbours_of(features.astype(np.float64))
    np.save(tmp_path / "features.npy", features)
    frozen = features.copy()
    frozen.flags.writeable = False
    forms = [
        features, frozen, features.tolist(), features.astype(np.float32), features.astype(object), list(features),
        np.load(tmp_path / "features.npy", mmap_mode="r"), array_api_strict.asarray(features.astype(np.float64)),
    ]  # fmt: skip
    for form in forms:
        np.testing.assert_array_equal(neighbours_of(check_features(form, 40)), expected)


def test_features_stay_on_disk(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "features.h5", "w") as file:
        stored = file.create_dataset("x", data=_random(40), chunks=(7, 7))
        assert check_features(stored, 40) is stored
        np.testing.assert_array_equal(neighbours_of(stored), neighbours_of(_random(40)))


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ([[1.0], [np.nan], [np.inf]], r"features: expected finite numbers, row 1 holds nan in column 0; fill or drop"),
        (np.array([[1.0, 2], [3, 4], [5, -np.inf]], np.float16), r"finite numbers, row 2 holds -inf in column 1"),
        ([[1.0], [1e200], [0.0]], r"numbers of less than 1e150, row 1 holds 1e\+200 in column 0; .* by a constant"),
        ([[1.0], [2.0]], r"features: expected 3 rows, one a label, got 2"),
        (
            [1.0, 2.0, 3.0],
            r"features: expected shape \(N, D\), .* got \(3,\); for one feature pass features\[:, None\]",
        ),
        (np.zeros((3, 0)), r"features: expected shape \(N, D\), one row a label, got \(3, 0\)$"),
        ([["a"], ["b"], ["c"]], r"features: expected floats, got an array of <U1"),
        (iter([]), r"features: .* chunks do not show at once; pass an array \(N, D\)"),
    ],
)
def test_what_cannot_be_features_is_refused(features, message):
    with pytest.raises(InputError, match=message):
        check_features(features, 3)


def test_integers_and_booleans_are_features():
    assert check_features(np.array([[1], [2]], np.uint8), 2).tolist() == [[1], [2]]
    assert check_features(np.array([[True], [False]]), 2).tolist() == [[True], [False]]


def test_without_faiss_many_rows_are_refused_with_the_way_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    monkeypatch.setattr(_neighbours, "_EXACT_LIMIT", 100)
    assert neighbours_of(_random(99)).shape == (99, 15)
    with pytest.raises(ImportError, match=r"100 rows or more need faiss: pip install 'labelaudit\[features\]'"):
        neighbours_of(_random(100))


def _approximate(features, monkeypatch, threads):
    pytest.importorskip("faiss", reason="faiss is not installed: the extra features")
    monkeypatch.setattr(_neighbours, "_EXACT_LIMIT", 100)
    monkeypatch.setenv("LABELAUDIT_NUM_THREADS", threads)
    return neighbours_of(features)


def test_graphs_find_nearly_all_that_are_nearest_with_any_number_of_threads(monkeypatch):
    features = _random(5000, 12)
    exact = neighbours_of(features)
    found = _approximate(features, monkeypatch, "1")
    np.testing.assert_array_equal(_approximate(features, monkeypatch, "3"), found)
    assert not (found == np.arange(5000)[:, None]).any()
    assert np.mean([np.isin(a, b).mean() for a, b in zip(exact, found, strict=True)]) > 0.95


def test_graphs_over_equal_rows_never_give_a_row_itself(monkeypatch):
    features = np.repeat(_random(5, 4), 100, axis=0)
    found = _approximate(features, monkeypatch, "2")
    assert found.shape == (500, 15)
    assert not (found == np.arange(500)[:, None]).any()
    assert (found[found >= 0] // 100 == np.repeat(np.arange(5), 100)[:, None].repeat(15, 1)[found >= 0]).mean() > 0.99
