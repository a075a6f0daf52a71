"""cleanlab 2.9.0 as the oracle for multi-label classification."""

import inspect
import warnings

import numpy as np
import pytest
from cleanlab.internal import multilabel_scorer as oracle_scorer
from cleanlab.multilabel_classification import dataset as oracle_dataset
from cleanlab.multilabel_classification import filter as oracle_filter
from cleanlab.multilabel_classification import rank as oracle_rank

import labelaudit
from labelaudit.multilabel_classification import dataset, filter, rank, scorer
from multilabel_classification.data import multilabel_data, sets_of

EXACT = {"rtol": 1e-9, "atol": 1e-12}
METHODS = [("self_confidence", False), ("self_confidence", True), ("normalized_margin", False),
           ("normalized_margin", True), ("confidence_weighted_entropy", False)]  # fmt: skip
SHAPES = [(40, 2), (500, 7), (60, 50)]
FILTERS = ["prune_by_noise_rate", "prune_by_class", "both", "confident_learning", "predicted_neq_given",
           "low_normalized_margin", "low_self_confidence"]  # fmt: skip


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("method", "adjust"), METHODS)
@pytest.mark.parametrize(
    "pool",
    [{"method": "exponential_moving_average", "alpha": 0.8}, {"method": "exponential_moving_average"},
     {"method": "softmin"}, {"method": "softmin", "temperature": 0.01}, {"method": np.min}],
)  # fmt: skip
def test_scores(shape, method, adjust, pool):
    labels, pred_probs = multilabel_data(*shape)
    pred_probs = np.clip(pred_probs, 0.02, 0.98)  # confident rows of the entropy differ, see test_twin_entropy
    for function in ("get_label_quality_scores", "get_label_quality_scores_per_class"):
        options = {"method": method, "adjust_pred_probs": adjust}
        if not function.endswith("class"):
            options["aggregator_kwargs"] = pool
        expected = getattr(oracle_rank, function)(sets_of(labels), pred_probs, **options)
        np.testing.assert_allclose(getattr(rank, function)(sets_of(labels), pred_probs, **options), expected, **EXACT)


@pytest.mark.parametrize("shape", SHAPES)
def test_scorer(shape):
    labels, pred_probs = multilabel_data(*shape)
    np.testing.assert_allclose(
        scorer.get_label_quality_scores(labels, pred_probs),
        oracle_scorer.get_label_quality_scores(labels, pred_probs),
        **EXACT,
    )
    np.testing.assert_allclose(scorer.multilabel_py(labels), oracle_scorer.multilabel_py(labels))
    scores = np.random.default_rng(0).random(shape)
    for name in ("softmin", "exponential_moving_average"):
        np.testing.assert_allclose(getattr(scorer, name)(scores), getattr(oracle_scorer, name)(scores), **EXACT)


@pytest.mark.parametrize("filter_by", FILTERS)
@pytest.mark.parametrize("seed", [0, 1])
def test_issues(filter_by, seed):
    labels, pred_probs = multilabel_data(600, 5, seed)
    sets = sets_of(labels)
    found = filter.find_label_issues(sets, pred_probs, filter_by=filter_by)
    np.testing.assert_array_equal(
        found, oracle_filter.find_label_issues(sets, pred_probs, filter_by=filter_by, n_jobs=1)
    )
    each = filter.find_multilabel_issues_per_class(sets, pred_probs, filter_by=filter_by)
    expected = oracle_filter.find_multilabel_issues_per_class(sets, pred_probs, filter_by=filter_by, n_jobs=1)
    np.testing.assert_array_equal(each, expected)


@pytest.mark.parametrize("filter_by", FILTERS[:5])
@pytest.mark.parametrize("method", ["self_confidence", "normalized_margin"])
def test_ranked_issues(filter_by, method):
    labels, pred_probs = multilabel_data(600, 5)
    arguments = {"filter_by": filter_by, "return_indices_ranked_by": method}
    np.testing.assert_array_equal(
        filter.find_label_issues(sets_of(labels), pred_probs, **arguments),
        oracle_filter.find_label_issues(sets_of(labels), pred_probs, **arguments, n_jobs=1),
    )
    found = filter.find_multilabel_issues_per_class(sets_of(labels), pred_probs, **arguments)
    expected = oracle_filter.find_multilabel_issues_per_class(sets_of(labels), pred_probs, **arguments, n_jobs=1)
    for ours, theirs in zip(found, expected, strict=True):
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-15)


@pytest.mark.parametrize(
    "options", [{"frac_noise": 0.5}, {"min_examples_per_class": 20}, {"num_to_remove_per_class": [3, 0, 5, 1, 2]}]
)
def test_pruning_options(options):
    labels, pred_probs = multilabel_data(600, 5)
    np.testing.assert_array_equal(
        filter.find_label_issues(sets_of(labels), pred_probs, **options),
        oracle_filter.find_label_issues(sets_of(labels), pred_probs, **options, n_jobs=1),
    )


def test_data_set():
    labels, pred_probs = multilabel_data(600, 5)
    sets, names = sets_of(labels), list("abcde")
    for name in ("common_multilabel_issues", "rank_classes_by_multilabel_quality"):
        ours = getattr(dataset, name)(sets, pred_probs, class_names=names)
        theirs = getattr(oracle_dataset, name)(sets, pred_probs, class_names=names)
        assert ours.columns == theirs.columns.tolist()
        keys = [c for c in ("Class Index", "In Given Label") if c in ours.columns]
        assert ours.sort(keys).rows() == [tuple(row) for row in theirs.sort_values(keys).itertuples(index=False)]
    assert dataset.overall_multilabel_health_score(sets, pred_probs) == pytest.approx(
        oracle_dataset.overall_multilabel_health_score(sets, pred_probs)
    )


NAMES = [(rank, oracle_rank, "get_label_quality_scores"), (rank, oracle_rank, "get_label_quality_scores_per_class"),
         (filter, oracle_filter, "find_label_issues"), (filter, oracle_filter, "find_multilabel_issues_per_class"),
         (scorer, oracle_scorer, "get_label_quality_scores"), (scorer, oracle_scorer, "multilabel_py"),
         (scorer, oracle_scorer, "get_cross_validated_multilabel_pred_probs"),
         *[(dataset, oracle_dataset, name) for name in vars(dataset) if "multilabel" in name and "find" not in name]]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "name"), NAMES)
def test_multilabel_signatures(ours, theirs, name):
    found, expected = (inspect.signature(getattr(module, name)).parameters for module in (ours, theirs))
    assert list(found) == list(expected)
    for parameter in found.values():
        other = expected[parameter.name]
        assert parameter.kind == other.kind
        if parameter.name not in ("labels", "pred_probs", "method", "rank_by_kwargs", "aggregator_kwargs"):
            assert parameter.default == other.default


# the differences


def test_multilabel_mutable_defaults():
    for name in ("rank_by_kwargs", "aggregator_kwargs"):
        module, function = (
            (filter, "find_label_issues") if name == "rank_by_kwargs" else (rank, "get_label_quality_scores")
        )
        assert inspect.signature(getattr(module, function)).parameters[name].default is None


@pytest.mark.parametrize("answer", [0, 1])
def test_multilabel_one_answer(answer):
    labels, pred_probs = np.full((5, 3), answer), np.full((5, 3), 0.25)
    with pytest.raises(ValueError, match="multi-label format"):
        oracle_scorer.get_label_quality_scores(labels, pred_probs)
    np.testing.assert_allclose(scorer.get_label_quality_scores(labels, pred_probs), 0.75 - answer / 2)


def test_multilabel_unknown_keyword():
    labels, pred_probs = multilabel_data(20, 3)
    theirs = oracle_scorer.get_label_quality_scores(labels, pred_probs, alhpa=1)
    np.testing.assert_array_equal(theirs, oracle_scorer.get_label_quality_scores(labels, pred_probs))
    with pytest.raises(labelaudit.InputError, match="alhpa"):
        scorer.get_label_quality_scores(labels, pred_probs, alhpa=1)


def test_multilabel_low_filters_ranked():
    labels, pred_probs = multilabel_data(600, 5)
    arguments = {"filter_by": "low_self_confidence", "return_indices_ranked_by": "self_confidence"}
    ours = filter.find_label_issues(sets_of(labels), pred_probs, **arguments)
    theirs = oracle_filter.find_label_issues(sets_of(labels), pred_probs, **arguments)
    assert set(ours) == set(theirs)
    scores = rank.get_label_quality_scores(labels, pred_probs)
    assert (np.diff(scores[ours]) >= 0).all()
    assert not (np.diff(scores[theirs]) >= 0).all()


def test_twin_entropy():
    options = {"method": "confidence_weighted_entropy"}
    sets, pred_probs = [[0], [1]], np.array([[1e-9, 1e-9], [1e-9, 1 - 1e-9]])
    ours, theirs = (
        module.get_label_quality_scores_per_class(sets, pred_probs, **options) for module in (rank, oracle_rank)
    )
    assert ours[0, 0] < 0.2 < 0.9 < theirs[0, 0]


@pytest.mark.parametrize("options", [{}, {"min_examples_per_class": 0}, {"frac_noise": 0.5}, "counts"])
@pytest.mark.parametrize("filter_by", ["prune_by_noise_rate", "prune_by_class", "both"])
def test_small_masks_of_classes_with_few_labels(filter_by, options):
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n, k = int(rng.integers(6, 60)), int(rng.integers(2, 5))
        labels, pred_probs = multilabel_data(n, k, seed)
        if (labels.sum(axis=0) % n == 0).any():
            continue
        left = n - labels.sum(axis=0)
        more = {"num_to_remove_per_class": (left // 2).tolist()} if options == "counts" else options
        found, theirs = (
            find(sets_of(labels), pred_probs, filter_by=filter_by, n_jobs=1, **more)
            for find in (filter.find_multilabel_issues_per_class, oracle_filter.find_multilabel_issues_per_class)
        )
        alone = np.where(labels == 1, labels.sum(axis=0), left) == 1  # see test_the_only_row_of_a_class
        np.testing.assert_array_equal(found[~alone], theirs[~alone])


def test_multilabel_probabilities_that_tie_at_the_cut():
    differ = 0
    for seed in range(30):
        labels, pred_probs = multilabel_data(300, 3, seed)
        pred_probs = pred_probs.round(1)
        found, theirs = (
            find(sets_of(labels), pred_probs, filter_by="prune_by_class", n_jobs=1)
            for find in (filter.find_multilabel_issues_per_class, oracle_filter.find_multilabel_issues_per_class)
        )
        differ += not np.array_equal(found, theirs)
        given = np.where(labels == 1, pred_probs, 1 - pred_probs)
        for k in range(3):  # as many of each probability, though of other items
            for label in (0, 1):
                here = labels[:, k] == label
                np.testing.assert_array_equal(
                    np.sort(given[found[:, k] & here, k]), np.sort(given[theirs[:, k] & here, k])
                )
    assert differ
    one = np.arange(20) % 2  # ten items each, and every p of the class 0.4: three of them are to go
    mask = filter.find_multilabel_issues_per_class(
        [[0] if yes else [] for yes in one], np.where(one, 0.9, 0.6)[:, None], filter_by="prune_by_class",
        num_to_remove_per_class=[3],
    )  # fmt: skip
    assert np.flatnonzero(mask[:, 0]).tolist() == [0, 2, 4]


def test_one_count_for_all_classes_of_multilabel_data():
    labels, pred_probs = multilabel_data(40, 2)
    with pytest.raises(TypeError):
        oracle_filter.find_label_issues(sets_of(labels), pred_probs, num_to_remove_per_class=3)
    with pytest.raises(labelaudit.InputError, match="num_to_remove_per_class: expected 2 counts, one a class, got 3"):
        filter.find_label_issues(sets_of(labels), pred_probs, num_to_remove_per_class=3)
