"""Confident learning and the views of a data set, against cleanlab 2.9.0."""

import inspect
import json
import warnings
from pathlib import Path

import cleanlab.count
import cleanlab.dataset
import cleanlab.filter
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit import InputError, count, dataset, rank
from labelaudit import filter as ours
from labelaudit.classification.filter import FILTERS
from laws.data import classification_data

PRUNING = ["prune_by_noise_rate", "prune_by_class", "both"]
SHARED = [name for name in FILTERS if name != "noise_posterior"]
LABEL_ERRORS = Path(__file__).parents[3] / "shared" / "data" / "label_errors"
pytestmark = pytest.mark.filterwarnings("ignore")


def _data(kind, n, k, seed):
    rng = np.random.default_rng(seed)
    labels, pred_probs = classification_data(n, k, seed)
    if kind == "rare":
        labels = np.minimum((rng.random(n) ** 3 * k).astype(int), k - 1)
    if kind == "missing":
        labels[labels == k - 1] = 0
    if kind == "ties":
        pred_probs = np.round(pred_probs * 4) + 0.25
        pred_probs /= pred_probs.sum(axis=1, keepdims=True)
    return labels, pred_probs


SIZES = [(12, 3), (60, 2), (300, 4), (2000, 10), (2500, 60)]


@pytest.mark.parametrize("kind", ["plain", "rare", "missing"])
@pytest.mark.parametrize(("n", "k"), SIZES)
@pytest.mark.parametrize("filter_by", SHARED)
def test_masks(filter_by, n, k, kind):
    options = [{}]
    if filter_by in ("prune_by_noise_rate", "prune_by_class", "both"):
        options += [{"frac_noise": 0.4}, {"min_examples_per_class": 6}]
    for seed in range(4):
        labels, pred_probs = _data(kind, n, k, seed)
        if len(set(labels)) < 2:
            continue
        for more in options:
            np.testing.assert_array_equal(
                ours.find_label_issues(labels, pred_probs, filter_by=filter_by, **more),
                cleanlab.filter.find_label_issues(labels, pred_probs, filter_by=filter_by, n_jobs=1, **more),
            )


@pytest.mark.parametrize("filter_by", ["prune_by_noise_rate", "prune_by_class", "both"])
@pytest.mark.parametrize("kind", ["plain", "rare"])
def test_given_counts_and_joints(filter_by, kind):
    for seed in range(4):
        labels, pred_probs = _data(kind, 800, 5, seed)
        joint = cleanlab.count.compute_confident_joint(labels, pred_probs) + np.random.default_rng(seed).integers(
            1, 9, (5, 5)
        )
        for more in (
            {"num_to_remove_per_class": (np.bincount(labels, minlength=5) // 6).tolist()},
            {"confident_joint": joint},
        ):
            np.testing.assert_array_equal(
                ours.find_label_issues(labels, pred_probs, filter_by=filter_by, **more),
                cleanlab.filter.find_label_issues(labels, pred_probs, filter_by=filter_by, n_jobs=1, **more),
            )


def _small(seed):
    """Few rows of classes of different sizes, some of them empty, without ties."""
    rng = np.random.default_rng(seed)
    k, n = int(rng.integers(2, 6)), int(rng.integers(4, 60))
    labels = rng.integers(0, k, n)
    labels[:2] = 0, 1
    return labels, rng.dirichlet(np.full(k, rng.choice([0.2, 1, 4])), n), rng


@pytest.mark.parametrize("filter_by", PRUNING)
def test_counts_to_remove_that_are_split_between_pairs_round_alike(filter_by):
    for seed in (*range(60), 837, 973, 982, 1218, 1426):  # the last ones differ when the factors come in another order
        labels, pred_probs, rng = _small(seed)
        remove = [int(rng.integers(0, count + 1)) for count in np.bincount(labels, minlength=pred_probs.shape[1])]
        np.testing.assert_array_equal(
            ours.find_label_issues(labels, pred_probs, filter_by=filter_by, num_to_remove_per_class=remove),
            cleanlab.filter.find_label_issues(
                labels, pred_probs, filter_by=filter_by, num_to_remove_per_class=remove, n_jobs=1
            ),
        )


@pytest.mark.parametrize("filter_by", PRUNING)
def test_one_count_to_remove_is_that_of_every_class(filter_by):
    labels, pred_probs = classification_data(300, 4)
    mask = ours.find_label_issues(labels, pred_probs, filter_by=filter_by, num_to_remove_per_class=7)
    for remove in (7, [7, 7, 7, 7]):
        np.testing.assert_array_equal(
            mask,
            cleanlab.filter.find_label_issues(
                labels, pred_probs, filter_by=filter_by, num_to_remove_per_class=remove, n_jobs=1
            ),
        )
    if filter_by == "prune_by_class":
        assert np.bincount(labels[mask]).tolist() == [7, 7, 7, 7]


@pytest.mark.parametrize("filter_by", SHARED)
def test_a_thousand_classes(filter_by):
    labels, pred_probs = classification_data(4000, 1000)
    np.testing.assert_array_equal(
        ours.find_label_issues(labels, pred_probs, filter_by=filter_by),
        cleanlab.filter.find_label_issues(labels, pred_probs, filter_by=filter_by, n_jobs=1),
    )


@pytest.mark.parametrize("filter_by", ["low_normalized_margin", "low_self_confidence"])
def test_of_many_scores_that_tie_as_many_are_flagged(filter_by):
    score = getattr(rank, f"get_{filter_by.removeprefix('low_')}_for_each_label")
    for seed in range(5):
        labels, pred_probs = _data("ties", 600, 4, seed)
        found = ours.find_label_issues(labels, pred_probs, filter_by=filter_by)
        theirs = cleanlab.filter.find_label_issues(labels, pred_probs, filter_by=filter_by, n_jobs=1)
        scores = score(labels, pred_probs)
        np.testing.assert_array_equal(np.sort(scores[found]), np.sort(scores[theirs]))


@pytest.mark.parametrize("filter_by", SHARED)
def test_many_near_ties(filter_by):
    for seed in range(5):
        labels, pred_probs = _data("ties", 600, 4, seed)
        pred_probs += np.random.default_rng(seed).random(pred_probs.shape) * 1e-4
        pred_probs /= pred_probs.sum(axis=1, keepdims=True)
        np.testing.assert_array_equal(
            ours.find_label_issues(labels, pred_probs, filter_by=filter_by),
            cleanlab.filter.find_label_issues(labels, pred_probs, filter_by=filter_by, n_jobs=1),
        )


@pytest.mark.parametrize("filter_by", SHARED)
def test_ties_of_few_rows_fall_alike(filter_by):
    for seed in range(8):
        labels, pred_probs = _data("ties", 14, 3, seed)
        if len(set(labels)) == 3:
            np.testing.assert_array_equal(
                ours.find_label_issues(labels, pred_probs, filter_by=filter_by),
                cleanlab.filter.find_label_issues(labels, pred_probs, filter_by=filter_by, n_jobs=1),
            )


@settings(deadline=None, max_examples=80)
@given(seed=st.integers(0, 10_000), n=st.integers(4, 14), k=st.integers(2, 4), sharp=st.sampled_from([0.2, 1.0, 4.0]))
def test_small_cases(seed, n, k, sharp):
    rng = np.random.default_rng(seed)
    labels, pred_probs = rng.integers(0, k, n), rng.dirichlet(np.full(k, sharp), n)
    labels[:2] = 0, 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for filter_by in SHARED:
            np.testing.assert_array_equal(
                ours.find_label_issues(labels, pred_probs, filter_by=filter_by),
                cleanlab.filter.find_label_issues(labels, pred_probs, filter_by=filter_by, n_jobs=1),
            )
        np.testing.assert_array_equal(
            count.compute_confident_joint(labels, pred_probs),
            cleanlab.count.compute_confident_joint(labels, pred_probs),
        )


@pytest.mark.parametrize("name", ["cifar10", "mnist"])
@pytest.mark.parametrize("filter_by", SHARED)
def test_real_predictions(name, filter_by):
    if not LABEL_ERRORS.exists():
        pytest.skip("the predictions with reviewed labels are not here")
    labels = np.load(LABEL_ERRORS / f"{name}_labels.npy", allow_pickle=False).astype(int)
    pred_probs = np.load(LABEL_ERRORS / f"{name}_pred_probs.npy", allow_pickle=False)
    np.testing.assert_array_equal(
        ours.find_label_issues(labels, pred_probs, filter_by=filter_by),
        cleanlab.filter.find_label_issues(labels, pred_probs, filter_by=filter_by, n_jobs=1),
    )
    votes = json.loads((LABEL_ERRORS / f"{name}_mturk.json").read_text("utf-8"))
    assert len(votes) > 50


@pytest.mark.parametrize("kind", ["plain", "rare", "missing"])
@pytest.mark.parametrize(("n", "k"), SIZES[1:])
def test_statistics(n, k, kind):
    labels, pred_probs = _data(kind, n, k, 1)
    if len(set(labels)) < 2:
        pytest.skip("cleanlab needs labels of two classes")
    exact = {"rtol": 1e-9, "atol": 1e-12}
    np.testing.assert_allclose(
        count.get_confident_thresholds(labels, pred_probs),
        cleanlab.count.get_confident_thresholds(labels, pred_probs),
        **exact,
    )
    for calibrate in (True, False):
        joint, rows = count.compute_confident_joint(
            labels, pred_probs, calibrate=calibrate, return_indices_of_off_diagonals=True
        )
        expected, expected_rows = cleanlab.count.compute_confident_joint(
            labels, pred_probs, calibrate=calibrate, return_indices_of_off_diagonals=True
        )
        np.testing.assert_array_equal(joint, expected)
        np.testing.assert_array_equal(rows, expected_rows)
    raw = count.compute_confident_joint(labels, pred_probs, calibrate=False)
    np.testing.assert_array_equal(
        count.calibrate_confident_joint(raw, labels), cleanlab.count.calibrate_confident_joint(raw, labels)
    )
    np.testing.assert_allclose(
        count.estimate_joint(labels, pred_probs), cleanlab.count.estimate_joint(labels, pred_probs), **exact
    )
    for method in ("off_diagonal", "off_diagonal_calibrated"):
        assert count.num_label_issues(labels, pred_probs, estimation_method=method) == cleanlab.count.num_label_issues(
            labels, pred_probs, estimation_method=method
        )
    custom = {"confident_joint": raw + 1, "estimation_method": "off_diagonal_custom"}
    assert count.num_label_issues(labels, pred_probs, **custom) == cleanlab.count.num_label_issues(
        labels, pred_probs, **custom
    )


def test_custom_thresholds():
    labels, pred_probs = classification_data(500, 4)
    thresholds = [0.2, 0.3, 0.4, 0.5]
    np.testing.assert_array_equal(
        count.compute_confident_joint(labels, pred_probs, thresholds=thresholds),
        cleanlab.count.compute_confident_joint(labels, pred_probs, thresholds=thresholds),
    )


@pytest.mark.parametrize("converge", [False, True])
@pytest.mark.parametrize("route", ["cnt", "eqn", "marginal", "marginal_ps"])
def test_latent(route, converge):
    rng = np.random.default_rng(0)
    for k in (2, 3, 6):
        joint = rng.integers(1, 9, (k, k)) + 25 * np.eye(k, dtype=int)
        labels = np.repeat(np.arange(k), rng.integers(20, 40, k))
        arguments = {"py_method": route, "converge_latent_estimates": converge}
        for found, expected in zip(
            count.estimate_latent(joint, labels, **arguments),
            cleanlab.count.estimate_latent(joint, labels, **arguments),
            strict=True,
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


NAMES = list("abcdefghij")


@pytest.mark.parametrize("names", [None, NAMES])
def test_views(names):
    labels, pred_probs = classification_data(1500, 10)
    pairs = [
        (dataset.rank_classes_by_label_quality, cleanlab.dataset.rank_classes_by_label_quality, {}),
        (dataset.find_overlapping_classes, cleanlab.dataset.find_overlapping_classes, {}),
        (dataset.find_overlapping_classes, cleanlab.dataset.find_overlapping_classes, {"asymmetric": True}),
    ]
    joint = cleanlab.count.estimate_joint(labels, pred_probs)
    for view, oracle, more in pairs:
        for source in ({"labels": labels, "pred_probs": pred_probs}, {"joint": joint, "num_examples": 1500}):
            table = view(**source, class_names=names, **more)
            expected = oracle(**source, class_names=names, **more)
            assert table.columns == list(expected.columns)
            keys = [name for name in table.columns if "Index" in name]
            expected = pl.DataFrame({name: expected[name].to_list() for name in expected.columns})
            for name in table.columns:  # rows that tie may come in either order
                left, right = table.sort(keys)[name], expected.sort(keys)[name]
                assert (
                    left.to_list() == pytest.approx(right.to_list())
                    if left.dtype.is_float()
                    else left.to_list() == right.to_list()
                )
            ranked = table.columns[-1]
            assert table[ranked].to_list() == pytest.approx(expected[ranked].to_list())
    summary = dataset.health_summary(labels, pred_probs, class_names=names)
    expected = cleanlab.dataset.health_summary(labels, pred_probs, class_names=names, verbose=False)
    assert set(summary) == set(expected)
    assert summary["overall_label_health_score"] == pytest.approx(expected["overall_label_health_score"])
    np.testing.assert_allclose(summary["joint"], expected["joint"])
    assert dataset.overall_label_health_score(joint=joint, num_examples=1500) == pytest.approx(
        cleanlab.dataset.overall_label_health_score(joint=joint, num_examples=1500, verbose=False)
    )


# the differences


@pytest.mark.parametrize(
    ("module", "oracle", "name"),
    [
        (ours, cleanlab.filter, "find_label_issues"),
        *((count, cleanlab.count, name) for name in count.__all__),
        *((dataset, cleanlab.dataset, name) for name in dataset.__all__),
    ],
)
def test_signatures_without_multi_label(module, oracle, name):
    theirs = dict(inspect.signature(getattr(oracle, name)).parameters)
    found = inspect.signature(getattr(module, name)).parameters
    theirs.pop("multi_label", None)
    assert set(theirs) == set(found) - {"features"}  # this project's own
    for parameter, expected in theirs.items():
        assert found[parameter].default == expected.default
        assert found[parameter].kind == expected.kind


def test_one_class():
    with pytest.raises(ValueError, match="at least 2 classes"):
        cleanlab.filter.find_label_issues(np.zeros(3, int), np.array([[0.9, 0.1]] * 3), filter_by="low_self_confidence")
    assert not ours.find_label_issues([0, 0, 0], [[0.9, 0.1]] * 3, filter_by="low_self_confidence").any()


@pytest.mark.parametrize("filter_by", PRUNING)
def test_the_only_row_of_a_class(filter_by):
    lone = 0
    for seed in range(300):
        labels, pred_probs, _ = _small(seed)
        found, theirs = (
            find(labels, pred_probs, filter_by=filter_by, min_examples_per_class=0, n_jobs=1)
            for find in (ours.find_label_issues, cleanlab.filter.find_label_issues)
        )
        alone = np.bincount(labels)[labels] == 1
        np.testing.assert_array_equal(found[~alone], theirs[~alone])
        assert not theirs[alone].any()  # cleanlab never flags it, whatever it is told to keep
        lone += np.count_nonzero(found[alone])
    assert lone > 3


def test_more_to_remove_than_there_are():
    labels, pred_probs = classification_data(60, 3)
    counts = np.bincount(labels)
    too_many = (counts + np.eye(3, dtype=int)[0]).tolist()
    theirs = cleanlab.filter.find_label_issues(labels, pred_probs, num_to_remove_per_class=too_many, n_jobs=1)
    assert theirs[labels == 0].sum() == (pred_probs.argmax(axis=1) != labels)[labels == 0].sum()
    with pytest.raises(InputError, match=f"class 0 has {counts[0]} rows, cannot remove {counts[0] + 1}"):
        ours.find_label_issues(labels, pred_probs, num_to_remove_per_class=too_many)


def test_options_of_pruning_where_nothing_is_pruned():
    labels, pred_probs = classification_data(60, 3)
    for filter_by in sorted(set(FILTERS) - set(PRUNING)):
        with pytest.raises(InputError, match=r"num_to_remove_per_class: expected with filter_by one of prune_by_noise"):
            ours.find_label_issues(labels, pred_probs, filter_by=filter_by, num_to_remove_per_class=[1, 1, 1])
        with pytest.warns(UserWarning, match="frac_noise: has no effect with filter_by"):
            ours.find_label_issues(labels, pred_probs, filter_by=filter_by, frac_noise=0.5)
        if filter_by in SHARED:
            with pytest.raises(ValueError, match="not supported"):
                cleanlab.filter.find_label_issues(
                    labels, pred_probs, filter_by=filter_by, num_to_remove_per_class=[1, 1, 1], n_jobs=1
                )


@pytest.mark.parametrize("filter_by", PRUNING)
def test_probabilities_that_tie_at_the_cut(filter_by):
    differ = 0
    for seed in range(30):
        labels, pred_probs = _data("ties", 600, 4, seed)
        found = ours.find_label_issues(labels, pred_probs, filter_by=filter_by)
        theirs = cleanlab.filter.find_label_issues(labels, pred_probs, filter_by=filter_by, n_jobs=1)
        differ += not np.array_equal(found, theirs)
        if filter_by == "prune_by_class":
            least = np.take_along_axis(pred_probs, labels[:, None], axis=1)[:, 0]
            for label in range(4):
                bound = least[found & (labels == label)].max(initial=0)
                assert (theirs[labels == label] & (least[labels == label] > bound)).sum() == 0
    assert differ


def test_tables():
    labels, pred_probs = classification_data(50, 3)
    assert type(cleanlab.dataset.rank_classes_by_label_quality(labels, pred_probs)).__module__.startswith("pandas")
    assert isinstance(dataset.rank_classes_by_label_quality(labels, pred_probs), pl.DataFrame)


def test_printing(capsys):
    labels, pred_probs = classification_data(50, 3)
    cleanlab.dataset.health_summary(labels, pred_probs)
    assert capsys.readouterr().out
    dataset.health_summary(labels, pred_probs)
    assert capsys.readouterr().out == ""
