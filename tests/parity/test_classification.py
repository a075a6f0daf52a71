"""cleanlab 2.9.0 as the oracle, called with the same arguments."""

import inspect
import tomllib
import warnings
from pathlib import Path

import cleanlab.rank as oracle
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import labelaudit
from labelaudit import rank
from laws.data import classification_data

EXACT = {"rtol": 1e-9, "atol": 1e-12}
METHODS = [
    ("self_confidence", False),
    ("self_confidence", True),
    ("normalized_margin", False),
    ("normalized_margin", True),
    ("confidence_weighted_entropy", False),
]
NAMES = [name for name in rank.__all__ if name.startswith(("get", "find", "order"))]


def _random(n, k, seed, kind):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    pred_probs = rng.dirichlet(np.full(k, {"sharp": 0.2, "flat": 5.0}.get(kind, 1.0)), n)
    if kind == "ties":
        pred_probs = rng.integers(1, 4, (n, k)).astype(float)
        pred_probs /= pred_probs.sum(axis=1, keepdims=True)
    if kind == "missing":  # the last class has no row
        labels[labels == k - 1] = 0
    return labels, pred_probs


def _without_certain_rows(labels, pred_probs):
    # where the entropy is known to differ: confident rows, see test_entropy_of_confident_rows
    keep = (pred_probs.max(axis=1) < 0.999) & (pred_probs[np.arange(len(labels)), labels] > 1e-3)
    return labels[keep], pred_probs[keep]


@pytest.mark.parametrize("kind", ["sharp", "flat", "ties", "missing"])
@pytest.mark.parametrize(("n", "k"), [(1, 2), (50, 2), (2000, 10), (3000, 1000)])
@pytest.mark.parametrize(("method", "adjust"), METHODS)
def test_scores(method, adjust, n, k, kind):
    labels, pred_probs = _random(n, k, 0, kind)
    if method == "confidence_weighted_entropy":
        labels, pred_probs = _without_certain_rows(labels, pred_probs)
        if not len(labels):
            pytest.skip("every row is certain, where the entropy is known to differ")
    arguments = {"method": method, "adjust_pred_probs": adjust}
    np.testing.assert_allclose(
        rank.get_label_quality_scores(labels, pred_probs, **arguments),
        oracle.get_label_quality_scores(labels, pred_probs, **arguments),
        **EXACT,
    )


@pytest.mark.parametrize(("method", "adjust"), METHODS)
def test_scores_in_float32(method, adjust):
    labels, pred_probs = classification_data(5000, 20, dtype=np.float32)
    arguments = {"method": method, "adjust_pred_probs": adjust}
    np.testing.assert_allclose(
        rank.get_label_quality_scores(labels, pred_probs, **arguments),
        oracle.get_label_quality_scores(labels, pred_probs, **arguments),
        rtol=2e-5,
        atol=2e-6,
    )


@settings(deadline=None, max_examples=60)
@given(data=st.data(), n=st.integers(1, 8), k=st.integers(2, 5))
def test_small_cases(data, n, k):
    labels = np.array(data.draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n)))
    weights = st.lists(st.integers(1, 9), min_size=k, max_size=k)
    pred_probs = np.array(data.draw(st.lists(weights, min_size=n, max_size=n)), float)
    pred_probs /= pred_probs.sum(axis=1, keepdims=True)
    for method, adjust in METHODS:
        arguments = {"method": method, "adjust_pred_probs": adjust}
        np.testing.assert_allclose(
            rank.get_label_quality_scores(labels, pred_probs, **arguments),
            oracle.get_label_quality_scores(labels, pred_probs, **arguments),
            **EXACT,
        )


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("for_each_label")])
def test_each_label(name):
    labels, pred_probs = _without_certain_rows(*_random(500, 6, 3, "flat"))
    np.testing.assert_allclose(
        getattr(rank, name)(labels, pred_probs), getattr(oracle, name)(labels, pred_probs), **EXACT
    )


@pytest.mark.parametrize("certain", [False, True])
@pytest.mark.parametrize("weighting", ["uniform", "accuracy", "log_loss_search", "custom"])
@pytest.mark.parametrize(("method", "adjust"), METHODS)
def test_ensembles(method, adjust, weighting, certain):
    if certain and method == "confidence_weighted_entropy":
        pytest.skip("of certain rows the entropy is known to differ")
    labels, first = classification_data(400, 4, 1)
    members = [first, classification_data(400, 4, 2)[1], _random(400, 4, 5, "sharp")[1]]
    if certain:  # probabilities of exactly 0 and 1
        members.append(np.eye(4)[first.argmax(axis=1)])
    if method == "confidence_weighted_entropy":
        members = members[:2]
    arguments = {"method": method, "adjust_pred_probs": adjust, "weight_ensemble_members_by": weighting}
    if weighting == "custom":
        arguments["custom_weights"] = np.arange(1, len(members) + 1) / np.arange(1, len(members) + 1).sum()
    np.testing.assert_allclose(
        rank.get_label_quality_ensemble_scores(labels, members, **arguments),
        oracle.get_label_quality_ensemble_scores(labels, members, verbose=False, **arguments),
        **EXACT,
    )


@pytest.mark.parametrize("adjust", [False, True])
@pytest.mark.parametrize("by", ["self_confidence", "normalized_margin"])
def test_order(by, adjust):
    labels, pred_probs = _random(500, 5, 4, "sharp")
    mask = np.random.default_rng(0).random(500) < 0.3
    arguments = {"rank_by": by, "rank_by_kwargs": {"adjust_pred_probs": adjust}}
    np.testing.assert_array_equal(
        rank.order_label_issues(mask, labels, pred_probs, **arguments),
        oracle.order_label_issues(mask, labels, pred_probs, **arguments),
    )


def test_top():
    scores = np.random.default_rng(0).random(300)
    np.testing.assert_array_equal(rank.find_top_issues(scores, top=25), oracle.find_top_issues(scores, top=25))


# the differences


def test_each_difference_has_its_test():
    rows = tomllib.loads((Path(__file__).parent / "differences.toml").read_text("utf-8"))["difference"]
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    for row in rows:
        assert set(row) == {"where", "cleanlab", "here", "test"}
        assert f"def {row['test']}(" in tests


@pytest.mark.parametrize("name", NAMES)
def test_signatures(name):
    theirs, ours = (inspect.signature(getattr(module, name)).parameters for module in (oracle, rank))
    assert list(theirs) == [parameter for parameter in ours if parameter != "features"]  # this project's own
    for parameter in theirs:
        if (name, parameter) == ("order_label_issues", "rank_by_kwargs"):
            assert (theirs[parameter].default, ours[parameter].default) == ({}, None)
            continue
        expected, found = theirs[parameter].default, ours[parameter].default
        assert (tuple(expected) == found) if isinstance(expected, list) else (expected == found)
        assert theirs[parameter].kind == ours[parameter].kind


def test_entropy_of_confident_rows():
    pred_probs = np.array([[1e-9, 1 - 1e-9], [1e-9, 1 - 1e-9], [1.0, 0.0], [1.0, 0.0]])
    labels = np.array([0, 1, 0, 1])
    theirs = oracle.get_confidence_weighted_entropy_for_each_label(labels, pred_probs)
    np.testing.assert_allclose(theirs, [0.985, 0.031, 0, 0], atol=1e-3)
    ours = rank.get_confidence_weighted_entropy_for_each_label(labels, pred_probs)
    np.testing.assert_allclose(ours, [0.11, 1, 1, 0], atol=0.01)


def test_nan():
    pred_probs = np.array([[0.5, 0.5], [np.nan, 1.0]])
    assert np.isnan(oracle.get_label_quality_scores(np.array([0, 0]), pred_probs)[1])
    with pytest.raises(labelaudit.InputError, match="row 1"):
        rank.get_label_quality_scores([0, 0], pred_probs)


def test_lists():
    with pytest.raises(TypeError):
        oracle.get_label_quality_scores([0], [[0.5, 0.5]])
    assert rank.get_label_quality_scores([0], [[0.5, 0.5]]).tolist() == [0.5]


def test_empty_and_one_class():
    with pytest.raises(ValueError, match="empty"):
        oracle.get_label_quality_scores(np.zeros(0, int), np.zeros((0, 2)))
    assert rank.get_label_quality_scores([], np.zeros((0, 2))).shape == (0,)
    with pytest.raises(ValueError, match="zero-size"):
        oracle.get_normalized_margin_for_each_label(np.array([0]), np.array([[1.0]]))
    assert rank.get_normalized_margin_for_each_label([0], [[1.0]]).tolist() == [1]


def test_custom_weights():
    labels, pred_probs = classification_data(10, 2)
    arguments = {"weight_ensemble_members_by": "custom", "custom_weights": np.array([2.0, 2.0])}
    theirs = oracle.get_label_quality_ensemble_scores(labels, [pred_probs] * 2, verbose=False, **arguments)
    ours = rank.get_label_quality_ensemble_scores(labels, [pred_probs] * 2, **arguments)
    assert theirs.max() > 1
    np.testing.assert_allclose(ours, theirs / 4, **EXACT)


def test_verbose(capsys):
    labels, pred_probs = classification_data(10, 2)
    oracle.get_label_quality_ensemble_scores(labels, [pred_probs] * 2)
    assert "Model 0 weight" in capsys.readouterr().out
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rank.get_label_quality_ensemble_scores(labels, [pred_probs] * 2)
        rank.get_label_quality_ensemble_scores(labels, [pred_probs])
    assert capsys.readouterr().out == ""
