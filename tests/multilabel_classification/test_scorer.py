"""The parts of the multi-label scorer, each on its own."""

import sys

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier

import labelaudit
from labelaudit.multilabel_classification import rank, scorer
from labelaudit.multilabel_classification.scorer import Aggregator, ClassLabelScorer, MultilabelScorer
from multilabel_classification.data import multilabel_data

LABELS, PRED_PROBS = multilabel_data(50, 4)


def test_a_scorer_is_told_by_its_name():
    assert ClassLabelScorer.from_str("Self_Confidence") is ClassLabelScorer.SELF_CONFIDENCE
    with pytest.raises(labelaudit.InputError, match="method: expected one of self_confidence"):
        ClassLabelScorer.from_str("nonsense")


def test_there_is_a_scorer_for_each_method():
    assert tuple(one.value for one in ClassLabelScorer) == rank.METHODS


@pytest.mark.parametrize("base", ClassLabelScorer)
def test_the_score_of_a_class_is_that_of_a_classification_into_no_and_yes(base):
    found = MultilabelScorer(base).get_class_label_quality_scores(LABELS, PRED_PROBS)
    for k in range(4):
        pairs = np.column_stack([1 - PRED_PROBS[:, k], PRED_PROBS[:, k]])
        np.testing.assert_allclose(found[:, k], base(LABELS[:, k], pairs), rtol=1e-12)


@pytest.mark.parametrize("base", [ClassLabelScorer.SELF_CONFIDENCE, ClassLabelScorer.NORMALIZED_MARGIN])
def test_the_adjusted_score_of_a_class_is_that_of_a_classification(base):
    found = MultilabelScorer(base).get_class_label_quality_scores(LABELS, PRED_PROBS, {"adjust_pred_probs": True})
    for k in range(4):
        pairs = np.column_stack([1 - PRED_PROBS[:, k], PRED_PROBS[:, k]])
        np.testing.assert_allclose(found[:, k], base(LABELS[:, k], pairs, adjust_pred_probs=True), rtol=1e-12)


def test_a_function_gets_the_scores_and_axis_1():
    seen = {}

    def pool(scores, axis, power=1):
        seen.update(shape=scores.shape, axis=axis, power=power)
        return scores.min(axis=axis)

    scores = MultilabelScorer(aggregator=Aggregator(pool, power=2))(LABELS, PRED_PROBS)
    assert seen == {"shape": (50, 4), "axis": 1, "power": 2}
    np.testing.assert_array_equal(scores, MultilabelScorer(aggregator=np.min)(LABELS, PRED_PROBS))
    MultilabelScorer(aggregator=pool)(LABELS, PRED_PROBS, power=3)
    assert seen["power"] == 3
    with pytest.raises(labelaudit.InputError, match="powre: is no keyword of the aggregator pool"):
        MultilabelScorer(aggregator=pool)(LABELS, PRED_PROBS, powre=3)


def test_keywords_of_a_call_take_the_place_of_the_aggregators():
    scorer_ = MultilabelScorer(aggregator=Aggregator("exponential_moving_average", alpha=0.5))
    np.testing.assert_array_equal(
        scorer_(LABELS, PRED_PROBS, alpha=1), MultilabelScorer(aggregator=np.min)(LABELS, PRED_PROBS)
    )
    with pytest.raises(
        labelaudit.InputError, match="alhpa: is no keyword of the aggregator exponential_moving_average"
    ):
        scorer.get_label_quality_scores(LABELS, PRED_PROBS, alhpa=1)


def test_the_fused_pass_gives_what_scoring_and_then_pooling_gives():
    for method in ("softmin", "exponential_moving_average"):
        whole = MultilabelScorer(aggregator=Aggregator(method))
        parts = whole.aggregate(whole.get_class_label_quality_scores(LABELS, PRED_PROBS))
        np.testing.assert_allclose(whole(LABELS, PRED_PROBS), parts, rtol=1e-12)


def test_repr_and_names():
    assert repr(Aggregator("softmin", temperature=0.2)) == "Aggregator(method=softmin, kwargs={'temperature': 0.2})"
    assert set(Aggregator.possible_methods) == {"exponential_moving_average", "softmin"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Aggregator("mean"), "method: expected one of exponential_moving_average, softmin, got 'mean'"),
        (lambda: Aggregator(3), "method: expected a name or a function"),
        (lambda: Aggregator("softmin")([0.5]), r"scores: expected an array \(N, K\)"),
        (lambda: MultilabelScorer("self_confidence"), "base_scorer: expected a ClassLabelScorer"),
        (lambda: MultilabelScorer()(LABELS, PRED_PROBS, {"adjust": True}), "base_scorer_kwargs: expected only adjust"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(labelaudit.InputError, match=message):
        call()


def test_shares_of_answers():
    np.testing.assert_allclose(
        scorer.multilabel_py(np.array([[0, 1, -1], [0, 0, 1], [1, 1, -1], [0, 1, 1]])),
        [[0.75, 0.25], [0.25, 0.75], [0, 1]],
    )


@pytest.mark.parametrize("clf", [OneVsRestClassifier(LogisticRegression()), RandomForestClassifier(5, random_state=0)])
def test_cross_validation_predicts_each_item_by_a_model_without_it(clf):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(120, 3))
    labels = (features[:, :2] > 0).astype(int)
    found = scorer.get_cross_validated_multilabel_pred_probs(features, labels, clf=clf, cv=StratifiedKFold(3))
    assert found.shape == (120, 2)
    assert ((found > 0.5) == labels).mean() > 0.9
    fold = next(iter(StratifiedKFold(3).split(features, labels @ [2, 1])))
    model = clf.fit(features[fold[0]], labels[fold[0]]).predict_proba(features[fold[1]])
    expected = np.column_stack([pair[:, 1] for pair in model]) if isinstance(model, list) else model
    np.testing.assert_allclose(found[fold[1]], expected)
    assert scorer.get_cross_validated_multilabel_pred_probs(features, labels, clf=clf, cv=KFold(3)).shape == (120, 2)


def test_without_scikit_learn_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.model_selection", None)
    with pytest.raises(ImportError, match=r"pip install 'labelaudit\[train\]'"):
        scorer.get_cross_validated_multilabel_pred_probs([[0.0]], [[1]], clf=None, cv=None)


def test_the_old_address():
    from labelaudit.internal import multilabel_scorer as old

    assert all(getattr(old, name) is getattr(scorer, name) for name in scorer.__all__)
    assert sorted(old.__all__) == sorted(scorer.__all__)
