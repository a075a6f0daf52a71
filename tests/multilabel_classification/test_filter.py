"""Which labels of multi-label data are wrong, and what the data set looks like."""

import numpy as np
import pytest

import labelaudit
from labelaudit.multilabel_classification import dataset, filter
from multilabel_classification.data import multilabel_data, sets_of

LABELS = [[0], [0], [1], [0, 1], [], [1]]
PRED_PROBS = np.array([[0.9, 0.1], [0.1, 0.2], [0.2, 0.9], [0.8, 0.7], [0.1, 0.1], [0.1, 0.8]])
NAMES = ["cat", "dog"]


def test_one_wrong_label_by_hand():
    assert filter.find_label_issues(LABELS, PRED_PROBS).tolist() == [False, True, False, False, False, False]
    assert filter.find_label_issues(LABELS, PRED_PROBS, return_indices_ranked_by="self_confidence").tolist() == [1]
    assert np.argwhere(filter.find_multilabel_issues_per_class(LABELS, PRED_PROBS)).tolist() == [[1, 0]]


def test_an_entry_that_is_not_known_is_never_flagged():
    labels, pred_probs = multilabel_data(500, 3)
    unknown = np.random.default_rng(3).random(labels.shape) < 0.2
    masked = np.where(unknown, -1, labels)
    flags = filter.find_multilabel_issues_per_class(masked, pred_probs)
    assert not flags[unknown].any()
    for k in range(3):
        known = ~unknown[:, k]
        alone = filter.find_multilabel_issues_per_class(labels[known][:, [k]], pred_probs[known][:, [k]])
        np.testing.assert_array_equal(flags[known, k], alone[:, 0])


@pytest.mark.parametrize("answer", [0, 1])
def test_a_class_with_one_answer_has_no_issue(answer):
    labels = np.full((8, 2), answer)
    pred_probs = np.linspace(0.1, 0.9, 16).reshape(8, 2)
    assert not filter.find_label_issues(labels, pred_probs).any()


def test_ranked_indices_per_class_are_rows_of_the_data():
    labels, pred_probs = multilabel_data(400, 3)
    labels[:50, 1] = -1
    issues, given, probs = filter.find_multilabel_issues_per_class(
        labels, pred_probs, return_indices_ranked_by="self_confidence"
    )
    flags = filter.find_multilabel_issues_per_class(labels, pred_probs)
    for k in range(3):
        assert sorted(issues[k]) == np.flatnonzero(flags[:, k]).tolist()
        own = np.where(labels[:, k] == 1, pred_probs[:, k], 1 - pred_probs[:, k])
        assert (np.diff(own[issues[k]]) >= 0).all()
        assert probs[k].shape == (given[k].size, 2)


def test_the_low_filters_rank_what_they_flag():
    labels, pred_probs = multilabel_data(2000, 4)
    mask = filter.find_label_issues(labels, pred_probs, filter_by="low_self_confidence")
    order = filter.find_label_issues(
        labels, pred_probs, filter_by="low_self_confidence", return_indices_ranked_by="self_confidence"
    )
    assert sorted(order) == np.flatnonzero(mask).tolist()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filter_by": "x"}, "filter_by: expected one of prune_by_noise_rate"),
        ({"return_indices_ranked_by": "x"}, "return_indices_ranked_by: expected one of self_confidence"),
        ({"confident_joint": np.eye(2)}, r"confident_joint: expected shape \(2, 2, 2\)"),
        ({"num_to_remove_per_class": [1]}, "num_to_remove_per_class: expected 2 counts, one a class, got 1"),
        ({"return_indices_ranked_by": "self_confidence", "rank_by_kwargs": {"x": 1}}, "rank_by_kwargs: expected only"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(labelaudit.InputError, match=message):
        filter.find_label_issues(LABELS, PRED_PROBS, **options)


def test_chunks_are_refused_and_bad_entries_named():
    with pytest.raises(labelaudit.InputError, match="pred_probs: this reads one class at a time and needs an array"):
        filter.find_label_issues(LABELS, lambda: iter([PRED_PROBS]))
    bad = PRED_PROBS.copy()
    bad[4, 1] = np.nan
    with pytest.raises(labelaudit.InputError, match="row 4 holds nan in column 1"):
        filter.find_label_issues(LABELS, bad)


def test_what_is_common():
    table = dataset.common_multilabel_issues(LABELS, PRED_PROBS, class_names=NAMES)
    assert table.rows()[0] == ("cat", 0, True, False, 1, 1 / 6)
    assert table["Num Examples"].to_list() == [1, 0, 0, 0]


def test_the_worst_class_comes_first():
    labels, pred_probs = multilabel_data(2000, 4)
    labels[:300, 2] = 1
    table = dataset.rank_classes_by_multilabel_quality(labels, pred_probs, class_names=list("abcd"))
    assert table["Class Name"][0] == "c"
    flags = filter.find_multilabel_issues_per_class(labels, pred_probs)
    for row in table.iter_rows(named=True):
        k = row["Class Index"]
        assert row["Label Issues"] == (flags[:, k] & (labels[:, k] == 1)).sum()
        assert row["Inverse Label Issues"] == (flags[:, k] & (labels[:, k] == 0)).sum()
        assert row["Label Quality Score"] == pytest.approx(1 - row["Label Issues"] / 2000)


def test_health():
    assert dataset.overall_multilabel_health_score(LABELS, PRED_PROBS) == pytest.approx(5 / 6)
    summary = dataset.multilabel_health_summary(LABELS, PRED_PROBS, class_names=NAMES)
    assert summary["overall_multilabel_health_score"] == pytest.approx(5 / 6)
    assert summary["classes_by_multilabel_quality"]["Class Name"][0] == "cat"
    assert summary["common_multilabel_issues"].height == 4
    with pytest.raises(labelaudit.InputError, match="joint: is another name of confident_joint"):
        dataset.rank_classes_by_multilabel_quality(LABELS, PRED_PROBS, joint=1, confident_joint=1)


def test_forms_of_labels_give_the_same_flags():
    labels, pred_probs = multilabel_data(300, 4)
    np.testing.assert_array_equal(
        filter.find_label_issues(sets_of(labels), pred_probs), filter.find_label_issues(labels, pred_probs)
    )
