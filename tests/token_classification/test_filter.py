"""Which tokens are wrong."""

import numpy as np
import pyarrow as pa
import pytest

from labelaudit.classification import filter as rows
from labelaudit.token_classification import filter, rank
from token_classification.cases import lists, nested, sentences

LENGTHS = np.random.default_rng(1).integers(0, 12, 400)
FILTERS = pytest.mark.parametrize("filter_by", rows.FILTERS)


def test_by_hand():
    pred_probs = [[[0.9, 0.1], [0.7, 0.3], [0.05, 0.95]], [[0.8, 0.2], [0.8, 0.2]]]
    found = filter.find_label_issues([[0, 0, 1], [0, 1]], pred_probs)
    assert found == [(1, 1)]
    assert all(type(place) is int for place in found[0])


@FILTERS
def test_tokens_are_filtered_as_rows_of_classification(filter_by):
    labels, pred_probs, lengths = sentences(LENGTHS)
    expected = rows.find_label_issues(labels, pred_probs, filter_by=filter_by)
    found = filter.find_label_issues(labels, pred_probs, lengths=lengths, filter_by=filter_by)
    starts = np.cumsum(lengths) - lengths
    assert sorted(starts[i] + j for i, j in found) == np.flatnonzero(expected).tolist()


@pytest.mark.parametrize("method", ["self_confidence", "normalized_margin", "confidence_weighted_entropy"])
def test_worst_first(method):
    labels, pred_probs, lengths = sentences(LENGTHS)
    _, scores = rank.get_label_quality_scores(labels, pred_probs, lengths=lengths, token_score_method=method)
    found = filter.find_label_issues(labels, pred_probs, lengths=lengths, return_indices_ranked_by=method)
    starts = np.cumsum(lengths) - lengths
    ranked = [scores[starts[i] + j] for i, j in found]
    assert len(ranked) > 50
    assert ranked == sorted(ranked)


@FILTERS
def test_ignored_tokens_are_as_if_they_were_not_there(filter_by):
    labels, pred_probs, lengths = sentences(LENGTHS, ignored=0.3)
    kept = labels != -100
    owner = np.repeat(np.arange(len(lengths)), lengths)
    fewer = np.bincount(owner[kept], minlength=len(lengths))
    expected = filter.find_label_issues(labels[kept], pred_probs[kept], lengths=fewer, filter_by=filter_by)
    places = [np.flatnonzero(part != -100) for part in nested(labels, lengths)]
    pred_probs[~kept] = np.nan
    assert expected
    for source in (pred_probs, lambda: iter(np.array_split(pred_probs, 5))):
        found = filter.find_label_issues(labels, source, lengths=lengths, filter_by=filter_by)
        assert found == [(i, places[i][j]) for i, j in expected]


def test_every_form_gives_the_same():
    labels, pred_probs, lengths = sentences(LENGTHS, ignored=0.1)
    expected = filter.find_label_issues(labels, pred_probs, lengths=lengths)
    label_lists, prob_lists = lists(labels, lengths), lists(pred_probs, lengths)
    for probs in (nested(pred_probs, lengths), prob_lists, pa.array(prob_lists)):
        assert filter.find_label_issues(label_lists, probs) == expected
    assert filter.find_label_issues(label_lists, prob_lists, low_memory=True) == expected


@pytest.mark.parametrize("library", ["array_api_strict", "torch"])
def test_arrays_of_other_libraries(library):
    kind = pytest.importorskip(library, reason=f"{library} is not installed: its token test needs it").asarray
    labels, pred_probs, lengths = sentences(LENGTHS, ignored=0.1)
    expected = filter.find_label_issues(labels, pred_probs, lengths=lengths)
    assert filter.find_label_issues(kind(labels), kind(pred_probs), lengths=lengths) == expected


def test_no_tokens_have_no_issues():
    for labels, pred_probs in [([], []), ([[], []], [[], []]), ([[-100, -100]], [[[0.5, 0.5]] * 2])]:
        assert filter.find_label_issues(labels, pred_probs) == []
