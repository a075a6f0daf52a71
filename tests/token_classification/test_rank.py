"""Scores of tokens and sentences, in what they come and come back, and the laws they obey."""

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.classification import rank as rows
from labelaudit.token_classification import rank
from token_classification.cases import lists, nested, sentences

TOKEN_METHODS = ("self_confidence", "normalized_margin", "confidence_weighted_entropy", "noise_posterior")
every = pytest.mark.parametrize("method", TOKEN_METHODS)
every_pool = pytest.mark.parametrize("pool", ["min", "softmin"])

LABELS = [[0, 0, 1], [0, 1]]
PRED_PROBS = [[[0.9, 0.1], [0.7, 0.3], [0.05, 0.95]], [[0.8, 0.2], [0.8, 0.2]]]
LENGTHS = np.random.default_rng(1).integers(0, 12, 400)


def _score(labels, pred_probs, **options):
    return rank.get_label_quality_scores(labels, pred_probs, **options)


def test_by_hand():
    sentence_scores, token_scores = _score(LABELS, PRED_PROBS)
    np.testing.assert_array_equal(sentence_scores, [0.7, 0.2])
    assert [scores.tolist() for scores in token_scores] == [[0.9, 0.7, 0.95], [0.8, 0.2]]


def test_softmin_by_hand():
    def softmin(scores, temperature):
        weights = np.exp((1 - np.array(scores)) / temperature)
        return weights @ scores / weights.sum()

    for temperature in (0.05, 0.5):
        found, _ = _score(
            LABELS, PRED_PROBS, sentence_score_method="softmin", sentence_score_kwargs={"temperature": temperature}
        )
        np.testing.assert_allclose(found, [softmin([0.9, 0.7, 0.95], temperature), softmin([0.8, 0.2], temperature)])


def test_the_temperature_goes_from_the_least_to_the_mean():
    for temperature, expected in ((0, [0.7, 0.2]), (np.inf, [0.85, 0.5])):
        found, _ = _score(
            LABELS, PRED_PROBS, sentence_score_method="softmin", sentence_score_kwargs={"temperature": temperature}
        )
        np.testing.assert_allclose(found, expected)


@every_pool
def test_ignored_tokens_score_nan_and_have_no_part_in_the_sentence(pool):
    labels = [[-100, 0, 1], [0, -100]]
    found, token_scores = _score(labels, PRED_PROBS, sentence_score_method=pool)
    np.testing.assert_array_equal(np.concatenate(token_scores), [np.nan, 0.7, 0.95, 0.8, np.nan])
    shorter, _ = _score([[0, 1], [0]], [PRED_PROBS[0][1:], PRED_PROBS[1][:1]], sentence_score_method=pool)
    np.testing.assert_allclose(found, shorter, rtol=1e-15)


@every
def test_what_an_ignored_token_has_for_probabilities_does_not_matter(method):
    labels, pred_probs, lengths = sentences(LENGTHS, ignored=0.2)
    expected = _score(labels, pred_probs, lengths=lengths, token_score_method=method)
    pred_probs[labels == -100] = np.nan
    found = _score(labels, pred_probs, lengths=lengths, token_score_method=method)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


@every_pool
@every
def test_sentences_without_labelled_tokens_score_1(method, pool):
    labels = [[], [0, 1], [-100, -100], []]
    found, token_scores = _score(
        labels, [[], PRED_PROBS[1], PRED_PROBS[1], []], token_score_method=method, sentence_score_method=pool
    )
    np.testing.assert_array_equal(found[[0, 2, 3]], [1, 1, 1])
    assert found[1] < 1
    assert [len(scores) for scores in token_scores] == [0, 2, 2, 0]
    assert np.isnan(token_scores[2]).all()


@every_pool
def test_nothing_to_score(pool):
    for labels, pred_probs in [([], []), ([[], []], [[], []]), ([[-100]], [[[0.5, 0.5]]])]:
        found, token_scores = _score(labels, pred_probs, sentence_score_method=pool)
        np.testing.assert_array_equal(found, np.ones(len(labels)))
        assert len(token_scores) == len(labels)


@every
def test_tokens_score_as_rows_of_classification(method):
    labels, pred_probs, lengths = sentences(LENGTHS)
    _, token_scores = _score(labels, pred_probs, lengths=lengths, token_score_method=method)
    expected = rows.get_label_quality_scores(labels, pred_probs, method=method)
    np.testing.assert_array_equal(token_scores, expected)


@every
def test_every_form_scores_alike(method):
    labels, pred_probs, lengths = sentences(LENGTHS, ignored=0.1)
    expected, flat = _score(labels, pred_probs, lengths=lengths, token_score_method=method)
    label_lists, prob_lists = lists(labels, lengths), lists(pred_probs, lengths)
    forms = [
        (label_lists, nested(pred_probs, lengths)),
        (label_lists, prob_lists),
        (nested(labels, lengths), prob_lists),
        (pa.array(label_lists), pa.array(prob_lists)),
        (pl.Series(label_lists), pl.Series(prob_lists)),
        (pa.chunked_array([pa.array(label_lists)]), nested(pred_probs, lengths)),
    ]
    for labels_form, probs_form in forms:
        found, token_scores = _score(labels_form, probs_form, token_score_method=method)
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(np.concatenate(token_scores), flat)
        assert [len(scores) for scores in token_scores] == lengths.tolist()


def test_token_scores_are_views_of_one_array():
    _, token_scores = _score(LABELS, PRED_PROBS)
    assert token_scores[0].base is token_scores[1].base is not None


def test_words_stand_beside_the_scores():
    words = [["An", "odd", "word"], ["all", "well"]]
    _, tables = _score(LABELS, PRED_PROBS, tokens=words)
    assert [table.to_dict(as_series=False) for table in tables] == [
        {"token": ["An", "odd", "word"], "score": [0.9, 0.7, 0.95]},
        {"token": ["all", "well"], "score": [0.8, 0.2]},
    ]
    flat, flat_probs = LABELS[0] + LABELS[1], PRED_PROBS[0] + PRED_PROBS[1]
    for tokens in (words, words[0] + words[1], pa.array(words)):
        _, same = _score(flat, flat_probs, lengths=[3, 2], tokens=tokens)
        assert all(ours.equals(theirs) for ours, theirs in zip(same, tables, strict=True))


def test_chunks_and_memory_mapped_files_score_as_the_whole(tmp_path):
    labels, pred_probs, lengths = sentences(LENGTHS, ignored=0.1)
    np.save(tmp_path / "p.npy", pred_probs)
    mapped = np.load(tmp_path / "p.npy", mmap_mode="r")
    for method in TOKEN_METHODS:
        expected, flat = _score(labels, pred_probs, lengths=lengths, token_score_method=method)
        for source in (mapped, lambda: iter(np.array_split(pred_probs, 7))):
            found, token_scores = _score(labels, source, lengths=lengths, token_score_method=method)
            np.testing.assert_allclose(found, expected, rtol=1e-12)
            np.testing.assert_allclose(token_scores, flat, rtol=1e-12)


class Sliced:
    """As HDF5 and zarr arrays are: a shape, a type, chunks and slices."""

    def __init__(self, values):
        self._values, self.shape, self.dtype, self.chunks = values, values.shape, values.dtype, (100, values.shape[1])

    def __getitem__(self, key):
        assert isinstance(key, slice)
        return self._values[key]


def test_arrays_on_disk_are_sliced():
    labels, pred_probs, lengths = sentences(LENGTHS, ignored=0.1)
    expected, flat = _score(labels, pred_probs, lengths=lengths, token_score_method="noise_posterior")
    found, token_scores = _score(labels, Sliced(pred_probs), lengths=lengths, token_score_method="noise_posterior")
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(token_scores, flat)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.float64, object])
def test_labels_of_every_type(dtype):
    labels, pred_probs, lengths = sentences(LENGTHS, ignored=0.1)
    expected, _ = _score(labels, pred_probs, lengths=lengths)
    np.testing.assert_array_equal(_score(labels.astype(dtype), pred_probs, lengths=lengths)[0], expected)
    unsigned = np.where(labels < 0, 0, labels)
    np.testing.assert_array_equal(
        _score(unsigned.astype(np.uint8), pred_probs, lengths=lengths, token_score_method="noise_posterior")[0],
        _score(unsigned, pred_probs, lengths=lengths, token_score_method="noise_posterior")[0],
    )


def test_an_iterator_of_sentences_is_read_once():
    labels, pred_probs, lengths = sentences(np.maximum(LENGTHS, 1))
    expected, _ = _score(labels, pred_probs, lengths=lengths)
    np.testing.assert_array_equal(_score(lists(labels, lengths), iter(nested(pred_probs, lengths)))[0], expected)


@pytest.mark.parametrize("library", ["array_api_strict", "torch"])
@every_pool
@every
def test_flat_arrays_of_other_libraries_get_their_own_kind_back(method, pool, library):
    kind = pytest.importorskip(library, reason=f"{library} is not installed: its token test needs it").asarray
    labels, pred_probs, lengths = sentences(LENGTHS, ignored=0.1)
    options = {"lengths": lengths, "token_score_method": method, "sentence_score_method": pool}
    expected, flat = _score(labels, pred_probs, **options)
    found, token_scores = _score(kind(labels), kind(pred_probs), **options)
    assert type(found) is type(token_scores) is type(kind(labels))
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-12)
    np.testing.assert_allclose(np.asarray(token_scores), flat, rtol=1e-12)


@every_pool
@every
@pytest.mark.parametrize(
    ("dtype", "returned"), [(np.float64, np.float64), (np.float32, np.float32), (np.float16, np.float32)]
)
def test_the_float_type_that_comes_back(method, pool, dtype, returned):
    labels, pred_probs, lengths = sentences(LENGTHS, dtype=dtype, ignored=0.1)
    options = {"lengths": lengths, "token_score_method": method, "sentence_score_method": pool}
    found, token_scores = _score(labels, pred_probs, **options)
    assert found.dtype == token_scores.dtype == returned
    exact, exact_tokens = _score(labels, pred_probs.astype(np.float64), **options)
    tolerance = 5e-6 if dtype != np.float16 else 2e-3
    np.testing.assert_allclose(found, exact, atol=tolerance)
    np.testing.assert_allclose(token_scores, exact_tokens, atol=tolerance)


@every_pool
@settings(max_examples=30, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 9), max_size=30), seed=st.integers(0, 5), ignored=st.sampled_from([0.0, 0.4, 1.0])
)
def test_scores_lie_between_0_and_1_and_no_sentence_scores_below_its_least_token(pool, lengths, seed, ignored):
    labels, pred_probs, lengths = sentences(lengths, seed=seed, ignored=ignored)
    before = labels.copy(), pred_probs.copy()
    found, token_scores = _score(nested(labels, lengths), nested(pred_probs, lengths), sentence_score_method=pool)
    assert found.shape == (len(lengths),)
    assert ((found >= 0) & (found <= 1)).all()
    least = [np.nanmin(scores) if np.isfinite(scores).any() else 1 for scores in token_scores]
    assert (found >= np.array(least) - 1e-15).all()
    np.testing.assert_array_equal(labels, before[0])
    np.testing.assert_array_equal(pred_probs, before[1])


@every_pool
@every
def test_a_sentence_scores_the_same_wherever_it_stands(method, pool):
    labels, pred_probs, lengths = sentences(LENGTHS, ignored=0.1)
    options = {"token_score_method": method, "sentence_score_method": pool}
    parts, probs = nested(labels, lengths), nested(pred_probs, lengths)
    expected, _ = _score(parts, probs, **options)
    order = np.random.default_rng(2).permutation(len(lengths))
    moved, _ = _score([parts[i] for i in order], [probs[i] for i in order], **options)
    np.testing.assert_allclose(moved, expected[order], rtol=1e-12)


@every_pool
@every
def test_the_order_of_the_tokens_does_not_matter_to_their_sentence(method, pool):
    labels, pred_probs, lengths = sentences([30] * 50, ignored=0.1)
    options = {"lengths": lengths, "token_score_method": method, "sentence_score_method": pool}
    expected, _ = _score(labels, pred_probs, **options)
    order = np.concatenate([np.random.default_rng(i).permutation(30) + 30 * i for i in range(50)])
    moved, _ = _score(labels[order], pred_probs[order], **options)
    np.testing.assert_allclose(moved, expected, rtol=1e-12)


@every_pool
def test_the_number_of_threads_changes_nothing(pool, monkeypatch):
    # past one block of tokens and of sentences
    labels, pred_probs, lengths = sentences(np.random.default_rng(3).integers(0, 25, 30_000), k=9, ignored=0.05)
    found = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("LABELAUDIT_NUM_THREADS", threads)
        found.append(_score(labels, pred_probs, lengths=lengths, sentence_score_method=pool))
    for scores, token_scores in found[1:]:
        np.testing.assert_array_equal(scores, found[0][0])
        np.testing.assert_array_equal(token_scores, found[0][1])


@every_pool
def test_less_belief_in_a_label_never_raises_the_score_of_its_sentence(pool):
    labels = np.zeros(4, int)
    scores = []
    for p in (0.9, 0.5, 0.2, 0.01):
        pred_probs = np.array([[0.95, 0.05], [p, 1 - p], [0.9, 0.1], [0.99, 0.01]])
        scores.append(_score([labels], [pred_probs], sentence_score_method=pool)[0][0])
    assert scores == sorted(scores, reverse=True)


SENTENCE_SCORES = np.array([0.1, 0.3, 0.6, 0.2, 0.05, 0.9])


def test_sentences_below_a_threshold_worst_first():
    np.testing.assert_array_equal(rank.issues_from_scores(SENTENCE_SCORES), [4])
    np.testing.assert_array_equal(rank.issues_from_scores(SENTENCE_SCORES, threshold=0.5), [4, 0, 3, 1])
    np.testing.assert_array_equal(rank.issues_from_scores(SENTENCE_SCORES, threshold=0.0), [])
    np.testing.assert_array_equal(rank.issues_from_scores([], threshold=0.5), [])
    np.testing.assert_array_equal(rank.issues_from_scores([0.2, 0.1, 0.2, 0.1], threshold=1), [1, 3, 0, 2])


def test_tokens_below_a_threshold_worst_first():
    token_scores = [[0.9, np.nan], [], [0.05, 0.3, 0.02], [0.05]]
    expected = [(2, 2), (2, 0), (3, 0)]
    flat, lengths = np.concatenate(token_scores), [2, 0, 3, 1]
    arrays = [np.array(scores) for scores in token_scores]
    tables = [pl.DataFrame({"token": ["a"] * len(s), "score": np.array(s, float)}) for s in token_scores]
    for form in (token_scores, arrays, tables, pl.Series(token_scores)):
        assert rank.issues_from_scores(np.ones(4), token_scores=form) == expected
    assert rank.issues_from_scores(np.ones(4), token_scores=flat, lengths=lengths) == expected
    found = rank.issues_from_scores(np.ones(4), token_scores=token_scores)
    assert all(type(place) is int for pair in found for place in pair)


def test_no_token_below_the_threshold():
    assert rank.issues_from_scores([0.5], token_scores=[[0.5, 0.6]]) == []
    assert rank.issues_from_scores([], token_scores=[]) == []
