"""Small cases that can be checked by hand."""

import numpy as np
import pytest

from labelaudit.classification import rank

LABELS = np.array([0, 0, 1, 1, 2, 2])
PRED_PROBS = np.array(
    [[0.9, 0.05, 0.05], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.05, 0.1, 0.85], [0.1, 0.1, 0.8], [0.05, 0.05, 0.9]]
)


def test_self_confidence_is_the_probability_of_the_label():
    np.testing.assert_array_equal(rank.get_label_quality_scores(LABELS, PRED_PROBS), [0.9, 0.2, 0.8, 0.1, 0.8, 0.9])


def test_the_margin_is_taken_to_the_strongest_rival():
    scores = rank.get_normalized_margin_for_each_label(LABELS, PRED_PROBS)
    np.testing.assert_allclose(scores, [0.925, 0.25, 0.85, 0.125, 0.85, 0.925])


def test_the_margin_of_equal_probabilities_is_one_half():
    np.testing.assert_array_equal(
        rank.get_normalized_margin_for_each_label([1, 0], [[0.5, 0.5], [0.5, 0.5]]), [0.5, 0.5]
    )


def test_entropy_of_an_even_row():
    # entropy 1, e = 1 / 0.5 = 2, ln 3 / 2
    np.testing.assert_allclose(
        rank.get_confidence_weighted_entropy_for_each_label([0], [[0.5, 0.5]]), [np.log(3) / 2], rtol=1e-15
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_entropy_of_a_certain_row_is_1_for_its_class_and_0_for_another(dtype):
    one_hot = np.array([[1, 0, 0]] * 3, dtype)
    np.testing.assert_array_equal(rank.get_confidence_weighted_entropy_for_each_label([0, 1, 2], one_hot), [1, 0, 0])
    nearly = np.array([[1 - 1e-9, 1e-9]] * 2)
    right, wrong = rank.get_confidence_weighted_entropy_for_each_label([0, 1], nearly)
    assert right > 0.99999
    assert wrong < 0.2


def test_adjusting_makes_up_for_a_class_the_model_is_unsure_of():
    labels = np.array([0, 0, 1, 1])
    pred_probs = np.array([[0.9, 0.1], [0.9, 0.1], [0.5, 0.5], [0.5, 0.5]])
    # means 0.9 and 0.5: the second class gains 0.4 and each row is divided by 1.4
    np.testing.assert_allclose(
        rank.get_label_quality_scores(labels, pred_probs, adjust_pred_probs=True), [0.9 / 1.4] * 4, rtol=1e-15
    )


def test_order_puts_the_worst_first_and_keeps_ties_in_their_order():
    labels = [0, 0, 0, 0]
    pred_probs = [[0.3, 0.7], [0.1, 0.9], [0.3, 0.7], [0.2, 0.8]]
    assert rank.order_label_issues([True, True, True, False], labels, pred_probs).tolist() == [1, 0, 2]
    assert rank.order_label_issues([False] * 4, labels, pred_probs).tolist() == []


@pytest.mark.parametrize("by", ["self_confidence", "normalized_margin", "confidence_weighted_entropy"])
def test_order_by_any_method(by):
    mask = np.array([False, True, False, True, False, False])
    assert rank.order_label_issues(mask, LABELS, PRED_PROBS, rank_by=by).tolist() == [3, 1]


def test_top_issues():
    scores = np.array([0.5, 0.1, 0.5, 0.0])
    assert rank.find_top_issues(scores, top=3).tolist() == [3, 1, 0]
    assert rank.find_top_issues(scores, top=0).tolist() == []
    assert rank.find_top_issues(scores, top=9).tolist() == [3, 1, 0, 2]
    assert rank.find_top_issues([], top=9).tolist() == []


class TestEnsemble:
    good = np.array([[0.9, 0.1], [0.2, 0.8]])  # right twice
    half = np.array([[0.4, 0.6], [0.3, 0.7]])  # right once

    def scores(self, weighting, **more):
        return rank.get_label_quality_ensemble_scores(
            [0, 1], [self.good, self.half], weight_ensemble_members_by=weighting, **more
        )

    def test_uniform(self):
        np.testing.assert_allclose(self.scores("uniform"), [0.65, 0.75])

    def test_accuracy(self):
        np.testing.assert_allclose(self.scores("accuracy"), [(2 * 0.9 + 0.4) / 3, (2 * 0.8 + 0.7) / 3])

    def test_custom_weights_are_divided_by_their_sum(self):
        np.testing.assert_allclose(self.scores("custom", custom_weights=[6, 2]), [0.775, 0.775])

    def test_log_loss_search_prefers_the_better_model(self):
        np.testing.assert_allclose(self.scores("log_loss_search"), [0.9, 0.8], atol=1e-6)

    def test_models_that_are_never_right_count_alike(self):
        never = [1 - self.good, 1 - self.good]
        np.testing.assert_allclose(rank.get_label_quality_ensemble_scores([0, 1], never), [0.1, 0.2])

    def test_one_class(self):
        np.testing.assert_array_equal(rank.get_label_quality_ensemble_scores([0, 0], [np.ones((2, 1))]), [1, 1])
