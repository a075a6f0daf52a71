"""cleanlab 2.9.0 as the oracle for token classification."""

import contextlib
import inspect
import io
import warnings

import numpy as np
import pytest
from cleanlab.token_classification import filter as oracle_filter
from cleanlab.token_classification import rank as oracle_rank
from cleanlab.token_classification import summary as oracle_summary

import labelaudit
from labelaudit.token_classification import filter, rank, summary
from token_classification.cases import lists, nested, sentences

METHODS = pytest.mark.parametrize("method", ["self_confidence", "normalized_margin", "confidence_weighted_entropy"])
WORDS = np.array(["the", "The", "a", "bank", "may", "Apple", "run"])


def _data(k=4, seed=0, n=200):
    labels, pred_probs, lengths = sentences(np.random.default_rng(seed).integers(1, 15, n), k=k, seed=seed)
    words = np.random.default_rng(seed).choice(WORDS, len(labels))
    return lists(labels, lengths), nested(pred_probs, lengths), lists(words, lengths)


def _quietly(function, *arguments, **options):
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return function(*arguments, **options)


@pytest.mark.parametrize(
    ("ours", "theirs", "name"),
    [
        (rank, oracle_rank, "get_label_quality_scores"),
        (rank, oracle_rank, "issues_from_scores"),
        (filter, oracle_filter, "find_label_issues"),
        (summary, oracle_summary, "display_issues"),
        (summary, oracle_summary, "common_label_issues"),
        (summary, oracle_summary, "filter_by_token"),
    ],
)
def test_signatures_of_token_functions(ours, theirs, name):
    ours, theirs = (inspect.signature(getattr(module, name)).parameters for module in (ours, theirs))
    assert [key for key in ours if key != "lengths"] == list(theirs)
    for key, parameter in theirs.items():
        assert ours[key].kind == parameter.kind
        # None and () in the place of defaults that could be changed
        assert ours[key].default == parameter.default or parameter.default in ({}, [])


@pytest.mark.parametrize("k", [2, 3, 9])
@pytest.mark.parametrize("pool", ["min", "softmin"])
@METHODS
def test_token_scores(method, pool, k):
    labels, pred_probs, _ = _data(k)
    options = {"token_score_method": method, "sentence_score_method": pool}
    found, token_scores = rank.get_label_quality_scores(labels, pred_probs, **options)
    expected, expected_tokens = oracle_rank.get_label_quality_scores(labels, pred_probs, **options)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    for ours, theirs in zip(token_scores, expected_tokens, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("temperature", [0, 1e-3, 0.05, 0.3, 10, np.inf])
def test_temperature_of_the_softmin(temperature):
    labels, pred_probs, _ = _data()
    options = {"sentence_score_method": "softmin", "sentence_score_kwargs": {"temperature": temperature}}
    found, _ = rank.get_label_quality_scores(labels, pred_probs, **options)
    expected, _ = oracle_rank.get_label_quality_scores(labels, pred_probs, **options)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("threshold", [0.05, 0.1, 0.5])
def test_token_issues_from_scores(threshold):
    labels, pred_probs, _ = _data()
    found, token_scores = rank.get_label_quality_scores(labels, pred_probs)
    assert rank.issues_from_scores(
        found, token_scores=token_scores, threshold=threshold
    ) == oracle_rank.issues_from_scores(found, token_scores=token_scores, threshold=threshold)
    np.testing.assert_array_equal(
        rank.issues_from_scores(found, threshold=threshold), oracle_rank.issues_from_scores(found, threshold=threshold)
    )


@pytest.mark.parametrize("seed", range(3))
@METHODS
def test_token_issues(method, seed):
    labels, pred_probs, _ = _data(seed=seed)
    found = filter.find_label_issues(labels, pred_probs, return_indices_ranked_by=method)
    expected = _quietly(oracle_filter.find_label_issues, labels, pred_probs, return_indices_ranked_by=method, n_jobs=1)
    assert len(found) > 20
    assert found == expected


@pytest.mark.parametrize(
    "options",
    [
        {"filter_by": "prune_by_class"},
        {"filter_by": "both"},
        {"filter_by": "confident_learning"},
        {"filter_by": "predicted_neq_given"},
        {"frac_noise": 0.5},
        {"min_examples_per_class": 60},
    ],
)
def test_options_of_token_issues(options):
    labels, pred_probs, _ = _data(seed=5)
    found = _quietly(filter.find_label_issues, labels, pred_probs, **options)
    assert found == _quietly(oracle_filter.find_label_issues, labels, pred_probs, n_jobs=1, **options)


@pytest.mark.parametrize("names", [None, ["w", "x", "y", "z"]])
@pytest.mark.parametrize("exclude", [[], [(0, 1), (2, 3)]])
def test_common_label_issues(exclude, names):
    labels, pred_probs, words = _data()
    issues = filter.find_label_issues(labels, pred_probs)
    for options in ({}, {"labels": labels, "pred_probs": pred_probs, "exclude": exclude, "class_names": names}):
        found = summary.common_label_issues(issues, words, **options)
        expected = _quietly(oracle_summary.common_label_issues, issues, words, **options)
        assert found.columns == list(expected.columns)
        assert found.rows() == [tuple(row) for row in expected.to_numpy().tolist()]


def test_filter_by_token():
    labels, pred_probs, words = _data()
    issues = filter.find_label_issues(labels, pred_probs)
    for word in ("the", "APPLE", "nothing"):
        expected = oracle_summary.filter_by_token(word, issues, words)
        assert summary.filter_by_token(word, issues, words) == expected


def test_the_issues_shown_are_those_printed():
    labels, pred_probs, words = _data()
    issues = filter.find_label_issues(labels, pred_probs)
    options = {"labels": labels, "pred_probs": pred_probs, "class_names": ["w", "x", "y", "z"], "exclude": [(0, 1)]}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        oracle_summary.display_issues(issues, words, top=15, **options)
    lines = printed.getvalue().splitlines()
    places = [line for line in lines if line.startswith("Sentence index")]
    classes = [line for line in lines if line.startswith("Given")]
    shown = summary.display_issues(issues, words, top=15, **options).shown
    assert [f"Sentence index: {one.sentence}, Token index: {one.token}" for one in shown] == places
    assert [
        f"Given label: {one.given}, predicted label according to provided pred_probs: {one.predicted}" for one in shown
    ] == classes


def test_all_sentences_below_the_threshold():
    scores = np.array([0.03, 0.01, 0.02])
    with pytest.raises(IndexError):
        oracle_rank.issues_from_scores(scores)
    np.testing.assert_array_equal(rank.issues_from_scores(scores), [1, 2, 0])


def test_ignored_tokens():
    labels, pred_probs = [[0, -100], [1]], [np.eye(2), np.eye(2)[:1]]
    with pytest.raises((ValueError, IndexError)):
        oracle_rank.get_label_quality_scores(labels, pred_probs)
    found, token_scores = rank.get_label_quality_scores(labels, pred_probs)
    np.testing.assert_array_equal(found, [1, 0])
    np.testing.assert_array_equal(np.concatenate(token_scores), [1, np.nan, 0])


def test_empty_sentences():
    labels, pred_probs = [[0], []], [np.eye(2)[:1], np.zeros((0, 2))]
    with pytest.raises(ValueError, match="zero-size array"):
        oracle_rank.get_label_quality_scores(labels, pred_probs)
    np.testing.assert_array_equal(rank.get_label_quality_scores(labels, pred_probs)[0], [1, 1])


def test_unknown_options_of_the_sentence_score():
    labels, pred_probs, _ = _data(n=5)
    options = {"sentence_score_method": "softmin", "sentence_score_kwargs": {"temperatur": 0.5}}
    found, _ = oracle_rank.get_label_quality_scores(labels, pred_probs, **options)
    same, _ = oracle_rank.get_label_quality_scores(labels, pred_probs, sentence_score_method="softmin")
    np.testing.assert_array_equal(found, same)
    with pytest.raises(labelaudit.InputError, match="expected only temperature, got temperatur"):
        rank.get_label_quality_scores(labels, pred_probs, **options)


def test_words_beside_token_scores():
    labels, pred_probs, words = _data(n=5)
    _, series = oracle_rank.get_label_quality_scores(labels, pred_probs, tokens=words)
    _, tables = rank.get_label_quality_scores(labels, pred_probs, tokens=words)
    for theirs, ours in zip(series, tables, strict=True):
        assert ours["token"].to_list() == list(theirs.index)
        np.testing.assert_allclose(ours["score"], theirs.to_numpy(), rtol=1e-12)
    _, bare = oracle_rank.get_label_quality_scores(labels, pred_probs)
    assert type(bare[0]).__name__ == "Series"
    assert type(rank.get_label_quality_scores(labels, pred_probs)[1][0]) is np.ndarray


def test_low_memory():
    # cleanlab's batches are an approximation that flags others, and drop the other arguments with a warning
    labels, pred_probs, _ = _data()
    ours = filter.find_label_issues(labels, pred_probs)
    assert filter.find_label_issues(labels, pred_probs, low_memory=True) == ours
    theirs = _quietly(oracle_filter.find_label_issues, labels, pred_probs, low_memory=True)
    assert set(theirs) != set(ours)


def test_printing_of_token_summaries(capsys):
    _, _, words = _data(n=20)
    issues = [(0, 0)]
    assert oracle_summary.display_issues(issues, words) is None
    oracle_summary.common_label_issues(issues, words)
    assert capsys.readouterr().out
    assert len(summary.display_issues(issues, words)) == 1
    assert type(summary.common_label_issues(issues, words)).__module__.startswith("polars")
    assert not capsys.readouterr().out


def test_no_token_issues():
    with pytest.raises(IndexError):
        oracle_summary.display_issues([], [["a"]])
    assert len(summary.display_issues([], [["a"]])) == 0


def test_only_the_token_is_marked():
    from cleanlab.internal.token_classification_utils import color_sentence

    assert color_sentence("a b a", "a").count("\x1b[31m") == 2
    assert summary.display_issues([(0, 2)], [["a", "b", "a"]])._repr_html_().count("<mark") == 1
