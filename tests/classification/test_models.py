"""Several models, epochs of one, and the vote of neighbours among them."""

import numpy as np
import pandas as pd
import pytest

import labelaudit
from labelaudit.classification import filter, rank

K = 4


def two_models(n=600, seed=0):
    """True classes, labels of which a tenth is wrong, and two models: a good one, and one that knows next to nothing."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, K, n)
    wrong = rng.random(n) < 0.1
    labels = np.where(wrong, (true + 1) % K, true)

    def believed(strength):
        logits = rng.normal(size=(n, K))
        logits[np.arange(n), true] += strength
        p = np.exp(logits)
        return p / p.sum(axis=1, keepdims=True)

    return labels, wrong, {"good": believed(3.0), "poor": believed(0.2)}


def stream(array, step):
    return lambda: (array[first : first + step] for first in range(0, len(array), step))


def test_the_better_model_counts_more_and_weights_sum_to_one():
    labels, _, models = two_models()
    weights = labelaudit.audit("classification", labels, models).parameters["weights"]
    assert list(weights) == ["good", "poor"]
    assert weights["good"] > 0.9
    assert sum(weights.values()) == pytest.approx(1, abs=1e-5)


def test_it_is_the_mean_by_these_weights():
    labels, _, models = two_models()
    audit = labelaudit.audit("classification", labels, models)
    good, poor = audit.parameters["weights"].values()
    mean = labelaudit.audit("classification", labels, good * models["good"] + poor * models["poor"])
    np.testing.assert_allclose(audit.scores, mean.scores, atol=1e-4)
    assert audit.issues["id"].to_list() == mean.issues["id"].to_list()


@pytest.mark.parametrize("form", ["list", "streams", "one stream", "float32", "memory-mapped", "nested lists"])
def test_in_whatever_form_they_come(form, tmp_path):
    labels, _, models = two_models()
    expected = labelaudit.audit("classification", labels, models)
    rtol = 1e-12
    if form == "list":
        given = list(models.values())
    elif form == "streams":
        given = {"good": stream(models["good"], 37), "poor": stream(models["poor"], 90)}
    elif form == "one stream":
        given = {"good": models["good"], "poor": stream(models["poor"], 90)}
    elif form == "float32":
        given, rtol = {name: p.astype(np.float32) for name, p in models.items()}, 0.01
    elif form == "memory-mapped":
        np.save(tmp_path / "good.npy", models["good"])
        given = models | {"good": np.load(tmp_path / "good.npy", mmap_mode="r")}
    else:
        given = [p.tolist() for p in models.values()]
    audit = labelaudit.audit("classification", labels, given)
    np.testing.assert_allclose(audit.scores, expected.scores, rtol=rtol, atol=1e-6 if form == "float32" else 0)
    assert audit.issues["id"].to_list() == expected.issues["id"].to_list()


def test_one_model_by_name_is_that_model():
    labels, _, models = two_models()
    named = labelaudit.audit("classification", labels, {"only": models["good"]})
    assert named.parameters["weights"] == {"only": 1.0}
    np.testing.assert_array_equal(named.scores, labelaudit.audit("classification", labels, models["good"]).scores)


def test_the_functions_take_them_too():
    labels, wrong, models = two_models()
    audit = labelaudit.audit("classification", labels, models)
    mask = filter.find_label_issues(labels, models, filter_by="noise_posterior")
    assert np.flatnonzero(mask).tolist() == sorted(audit.issues["row"])
    np.testing.assert_array_equal(rank.get_label_quality_scores(labels, models, method="noise_posterior"), audit.scores)
    ranked = filter.find_label_issues(
        labels, list(models.values()), filter_by="noise_posterior", return_indices_ranked_by="noise_posterior"
    )
    assert set(ranked.tolist()) == set(audit.issues["row"])
    assert (mask & wrong).sum() / mask.sum() > 0.8
    default = filter.find_label_issues(labels, models)
    assert (default & wrong).sum() / default.sum() > 0.8


def test_a_list_of_matrices_does_not_tell_the_task():
    labels, _, models = two_models()
    with pytest.raises(labelaudit.InputError, match="the shapes do not tell the task"):
        labelaudit.audit(labels, list(models.values()))
    assert labelaudit.audit(labels, models).task == "classification"


def test_what_is_wrong_with_a_model_is_said_of_it():
    labels, _, models = two_models()
    high = models["poor"].copy()
    high[7, 2] = 1.5
    with pytest.raises(
        labelaudit.InputError,
        match=r"pred_probs\['poor'\]: expected probabilities in \[0, 1\], row 7 holds 1.5 in column 2",
    ):
        labelaudit.audit("classification", labels, models | {"poor": high})
    with pytest.raises(
        labelaudit.InputError, match=r"pred_probs\['poor'\]: expected probabilities in \[0, 1\], row 7 holds 1.5"
    ):
        labelaudit.audit("classification", labels, models | {"poor": stream(high, 5)})
    with pytest.raises(
        labelaudit.InputError, match=r"pred_probs\['poor'\]: expected 4 columns, as in pred_probs\['good'\], got 3"
    ):
        labelaudit.audit("classification", labels, models | {"poor": models["poor"][:, :3]})
    with pytest.raises(labelaudit.InputError, match=r"labels: expected 599 rows, as in pred_probs\['poor'\], got 600"):
        labelaudit.audit("classification", labels, models | {"poor": models["poor"][1:]})
    with pytest.raises(
        labelaudit.InputError, match=r"labels: expected 599 rows, as in the chunks of pred_probs\['poor'\], got 600"
    ):
        labelaudit.audit("classification", labels, models | {"poor": stream(models["poor"][1:], 50)})
    with pytest.raises(labelaudit.InputError, match="an iterator can be walked only once"):
        labelaudit.audit("classification", labels, models | {"poor": iter([models["poor"]])})
    with pytest.raises(labelaudit.InputError, match="labels: expected class indices 0..3"):
        labelaudit.audit("classification", np.where(labels == 3, 9, labels), models)
    with pytest.raises(labelaudit.InputError, match="got no model"):
        labelaudit.audit("classification", labels, {})


def test_features_are_one_more_model_and_help_a_poor_one():
    labels, wrong, models = two_models()
    true = np.where(wrong, (labels - 1) % K, labels)
    rng = np.random.default_rng(1)
    features = np.eye(K)[true] * 4 + rng.normal(size=(labels.size, K))
    alone = labelaudit.audit("classification", labels, models["poor"])
    helped = labelaudit.audit("classification", labels, models["poor"], features=features)
    assert list(helped.parameters["weights"]) == ["model", "features"]
    assert helped.parameters["weights"]["features"] > 0.8

    def right(audit):
        return wrong[audit.issues["row"]].sum() / max(len(audit.issues), wrong.sum())

    assert right(helped) > 0.8 > right(alone)
    mask = filter.find_label_issues(labels, models["poor"], filter_by="noise_posterior", features=features)
    assert np.flatnonzero(mask).tolist() == sorted(helped.issues["row"])
    scores = rank.get_label_quality_scores(labels, models["poor"], method="noise_posterior", features=features)
    np.testing.assert_array_equal(scores, helped.scores)


def test_what_features_do_not_go_with():
    labels, _, models = two_models()
    with pytest.raises(labelaudit.InputError, match="features: are looked at only with"):
        filter.find_label_issues(labels, models["good"], features=np.zeros((labels.size, 2)))
    with pytest.raises(labelaudit.InputError, match="give it another name"):
        labelaudit.audit("classification", labels, {"features": models["good"]}, features=np.zeros((labels.size, 2)))


def test_tokens_of_several_models():
    labels, _, models = two_models(300)
    lengths = [5] * 60
    flat = labelaudit.audit("token_classification", labels, models, lengths=lengths)
    nested_labels = [part.tolist() for part in np.split(labels, 60)]
    nested = {name: np.split(p, 60) for name, p in models.items()}
    by_name = labelaudit.audit("token_classification", nested_labels, nested)
    by_place = labelaudit.audit("token_classification", nested_labels, list(nested.values()))
    assert flat.parameters["weights"] == by_name.parameters["weights"]
    assert list(by_place.parameters["weights"].values()) == list(by_name.parameters["weights"].values())
    for audit in (by_name, by_place):
        np.testing.assert_array_equal(audit.scores, flat.scores)
        assert len(audit.issues) == len(flat.issues) > 10
    found = labelaudit.audit(nested_labels, nested)
    assert found.task == "token_classification"
    ignored = labels.copy()
    ignored[::7] = -100
    some = labelaudit.audit("token_classification", ignored, models, lengths=lengths)
    assert some.counts.labels == (ignored >= 0).sum()


def test_classes_of_several_models():
    rng = np.random.default_rng(0)
    true = rng.random((500, 3)) < 0.4
    labels = true ^ (rng.random(true.shape) < 0.05)

    def believed(strength):
        return 1 / (1 + np.exp(-(strength * (2 * true - 1) + rng.normal(size=true.shape))))

    models = {"good": believed(3.0), "poor": believed(0.1)}
    audit = labelaudit.audit("multilabel_classification", labels, models)
    good, poor = audit.parameters["weights"].values()
    assert good > 0.9
    mean = labelaudit.audit("multilabel_classification", labels, good * models["good"] + poor * models["poor"])
    np.testing.assert_allclose(audit.scores, mean.scores, atol=1e-4)
    assert audit.issues["issue"].to_list() == mean.issues["issue"].to_list()
    by_place = labelaudit.audit("multilabel_classification", labels, list(models.values()))
    np.testing.assert_array_equal(by_place.scores, audit.scores)


def test_features_are_put_in_the_order_of_the_labels_by_their_names():
    labels, _, models = two_models()
    features = np.random.default_rng(3).normal(size=(labels.size, 3))
    names = [f"item {i}" for i in range(labels.size)]
    order = np.random.default_rng(4).permutation(labels.size)
    expected = labelaudit.audit("classification", labels, models["poor"], features=features)
    given = pd.Series(labels, index=names)
    shuffled = pd.DataFrame(features[order], index=[names[i] for i in order])
    audit = labelaudit.audit("classification", given, models["poor"], features=shuffled)
    np.testing.assert_array_equal(audit.scores, expected.scores)
    scores = rank.get_label_quality_scores(given, models["poor"], method="noise_posterior", features=shuffled)
    np.testing.assert_array_equal(scores, expected.scores)
    with pytest.raises(labelaudit.InputError, match="features: "):
        labelaudit.audit(
            "classification", given, models["poor"], features=shuffled.rename(index=lambda name: f"{name}?")
        )
