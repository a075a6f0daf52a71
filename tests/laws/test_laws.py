"""Laws that every classification score obeys."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laws.scorers import CLASSIFICATION, SINGLE_MODEL, classification_data

every = pytest.mark.parametrize("scorer", CLASSIFICATION, ids=str)
every_single = pytest.mark.parametrize("scorer", SINGLE_MODEL, ids=str)

# past 65,536 elements and past one block of 8 MiB, so that several threads work
LARGE = 150_001


@every
@pytest.mark.parametrize("k", [1, 2, 3, 50])
def test_scores_lie_between_0_and_1(scorer, k):
    scores = scorer.score(*classification_data(500, k))
    assert scores.shape == (500,)
    assert np.isfinite(scores).all()
    assert scores.min() >= 0
    assert scores.max() <= 1


@every
@pytest.mark.parametrize(
    ("given", "returned"), [(np.float64, np.float64), (np.float32, np.float32), (np.float16, np.float32)]
)
def test_the_float_type_that_comes_back(scorer, given, returned):
    labels, pred_probs = classification_data(200, 5, dtype=given)
    scores = scorer.score(labels, pred_probs)
    assert scores.dtype == returned
    exact = scorer.score(labels, pred_probs.astype(np.float64))
    np.testing.assert_allclose(scores, exact, atol=2e-6 if given != np.float16 else 2e-3)


@every_single
def test_a_row_scores_the_same_wherever_it_stands(scorer):
    labels, pred_probs = classification_data(LARGE, 9)
    order = np.random.default_rng(1).permutation(LARGE)
    moved = scorer.score(labels[order], pred_probs[order])
    np.testing.assert_allclose(moved, scorer.score(labels, pred_probs)[order], rtol=1e-12)


@every
def test_renaming_the_classes_changes_no_score(scorer):
    labels, pred_probs = classification_data(3000, 7)
    order = np.random.default_rng(1).permutation(7)
    renamed = scorer.score(np.argsort(order)[labels], pred_probs[:, order])
    np.testing.assert_allclose(renamed, scorer.score(labels, pred_probs), rtol=1e-12)


@every
def test_inputs_are_left_as_they_were(scorer):
    labels, pred_probs = classification_data(300, 4)
    before = labels.copy(), pred_probs.copy()
    scorer.score(labels, pred_probs)
    np.testing.assert_array_equal(labels, before[0])
    np.testing.assert_array_equal(pred_probs, before[1])


@every_single
def test_read_only_and_strided_inputs_score_as_plain_ones(scorer):
    labels, pred_probs = classification_data(LARGE, 9)
    expected = scorer.score(labels, pred_probs)
    wide = np.zeros((LARGE, 18))
    wide[:, ::2] = pred_probs
    frozen = pred_probs.copy()
    frozen.flags.writeable = False
    for same in (
        np.asfortranarray(pred_probs),
        wide[:, ::2],
        pred_probs[::-1].copy()[::-1],
        frozen,
        pred_probs.astype(">f8"),
    ):
        np.testing.assert_array_equal(scorer.score(labels, same), expected)


@every
@pytest.mark.parametrize("k", [1, 2, 5])
def test_no_rows_give_no_scores(scorer, k):
    scores = scorer.score(np.zeros(0, int), np.zeros((0, k), np.float32))
    assert scores.shape == (0,)
    assert scores.dtype == np.float32


@every
def test_one_row_is_enough(scorer):
    scores = scorer.score(np.array([1]), np.array([[0.25, 0.75]]))
    assert 0.5 < scores[0] <= 1


@every
def test_with_one_class_every_label_is_right(scorer):
    np.testing.assert_array_equal(scorer.score(np.zeros(3, int), np.ones((3, 1))), [1, 1, 1])


@every
def test_more_belief_in_the_label_means_a_higher_score(scorer):
    labels = np.array([0, 0, 0, 1, 1, 1])
    pred_probs = np.array([[0.95, 0.05], [0.6, 0.4], [0.1, 0.9], [0.05, 0.95], [0.4, 0.6], [0.9, 0.1]])
    scores = scorer.score(labels, pred_probs)
    assert scores[0] > scores[1] > scores[2]
    assert scores[3] > scores[4] > scores[5]


@every
def test_the_number_of_threads_changes_nothing(scorer, monkeypatch):
    labels, pred_probs = classification_data(LARGE, 25)
    found = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("LABELAUDIT_NUM_THREADS", threads)
        found.append(scorer.score(labels, pred_probs))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


@every_single
@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(0, 400), max_size=6), seed=st.integers(0, 10))
def test_chunks_score_as_the_whole(scorer, cuts, seed):
    labels, pred_probs = classification_data(400, 4, seed)
    bounds = [0, *sorted(cuts), 400]

    def chunks():
        return (pred_probs[a:b] for a, b in itertools.pairwise(bounds))

    np.testing.assert_allclose(scorer.score(labels, chunks), scorer.score(labels, pred_probs), rtol=1e-12)


@every_single
def test_a_memory_mapped_file_scores_as_the_array(scorer, tmp_path):
    labels, pred_probs = classification_data(LARGE, 12, dtype=np.float32)
    np.save(tmp_path / "p.npy", pred_probs)
    mapped = np.load(tmp_path / "p.npy", mmap_mode="r")
    np.testing.assert_array_equal(scorer.score(labels, mapped), scorer.score(labels, pred_probs))


@every
def test_negative_zero_is_a_probability(scorer):
    plain = np.array([[1.0, 0.0], [0.0, 1.0]])
    np.testing.assert_array_equal(
        scorer.score(np.array([0, 0]), np.where(plain == 0, -0.0, plain)), scorer.score(np.array([0, 0]), plain)
    )


@every
def test_rounding_above_one_is_forgiven_and_stays_a_score(scorer):
    scores = scorer.score(np.array([0, 1]), np.array([[1 + 5e-7, 0.0], [0.0, 1.0]], np.float32))
    assert scores.max() <= 1
