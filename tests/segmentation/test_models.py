"""Several models of the same images are mixed as they are read, by weights that the given labels tell."""

import numpy as np
import pytest

import labelaudit
from labelaudit.errors import InputError
from labelaudit.segmentation import filter as filter_
from labelaudit.segmentation import rank
from labelaudit.segmentation.audit import fits
from segmentation.data import images


def _two(dtype=np.float64):
    """One model that sees what is there, and one that guesses."""
    labels, good = images(5, dtype=dtype)
    poor = np.random.default_rng(3).dirichlet(np.ones(5), labels.shape).transpose(0, 3, 1, 2)
    return labels, good, np.ascontiguousarray(poor.astype(dtype))


def _audit(labels, predictions, **options):
    return labelaudit.audit("segmentation", labels, predictions, **options)


def _mean(audit, good, poor):
    weights = audit.parameters["weights"]
    return weights["good"] * good + weights["poor"] * poor


def test_the_better_model_counts_more_and_weights_sum_to_one():
    labels, good, poor = _two()
    weights = _audit(labels, {"good": good, "poor": poor}).parameters["weights"]
    assert list(weights) == ["good", "poor"]
    assert weights["good"] > 0.9
    assert sum(weights.values()) == pytest.approx(1, abs=2e-6)


def test_equal_models_count_alike():
    labels, good, _ = _two()
    assert _audit(labels, {"a": good, "b": good.copy()}).parameters["weights"] == {"a": 0.5, "b": 0.5}


def test_a_mixture_is_audited_as_the_mean_by_hand():
    labels, good, _ = _two()
    half = np.ascontiguousarray(good[:, ::-1] + 2 * good) / 3  # so that both count
    labels[:, 3:5] = 255
    found = _audit(labels, {"good": good, "poor": half}, ignore_index=255)
    by_hand = _audit(labels, _mean(found, good, half), ignore_index=255)
    assert found.issues["issue"].to_list() == by_hand.issues["issue"].to_list()
    assert found.counts == by_hand.counts
    np.testing.assert_allclose(found.scores, by_hand.scores, atol=1e-5)
    np.testing.assert_allclose(found.issues["p_wrong"], by_hand.issues["p_wrong"], atol=1e-4)
    np.testing.assert_allclose(found.estimate.wrong, by_hand.estimate.wrong, rtol=1e-4)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_scores_and_masks_are_those_of_the_mean_by_hand(dtype):
    labels, good, poor = _two(dtype)
    weights = _audit(labels, {"good": good, "poor": poor}).parameters["weights"]
    wide = np.result_type(dtype, np.float32)
    mean = (weights["good"] * good.astype(wide) + weights["poor"] * poor.astype(wide)).astype(wide)
    scores, pixels = rank.get_label_quality_scores(labels, {"good": good, "poor": poor})
    assert pixels.dtype == wide
    np.testing.assert_allclose(pixels, np.take_along_axis(mean, labels[:, None], axis=1)[:, 0], atol=2e-6)
    np.testing.assert_allclose(scores, rank.get_label_quality_scores(labels, mean)[0], atol=1e-5)
    masks = filter_.find_label_issues(labels, [good, poor])
    assert np.count_nonzero(masks != filter_.find_label_issues(labels, mean)) <= 1


@pytest.mark.parametrize("form", [dict, list])
def test_one_model_by_its_name_is_the_same_as_alone(form):
    labels, good, _ = _two()
    alone = _audit(labels, good)
    named = _audit(labels, {"net": good} if form is dict else [good])
    assert named.issues.equals(alone.issues)
    assert named.items.equals(alone.items)
    assert named.estimate == alone.estimate
    assert named.parameters == alone.parameters | {"weights": {"net" if form is dict else "model 0": 1.0}}


def test_models_of_images_of_many_sizes_in_any_container():
    labels, good, poor = _two()
    sizes = [(24, 20), (9, 20), (24, 7), (5, 5), (24, 20)]
    cut = [
        [np.ascontiguousarray(image[..., :h, :w]) for image, (h, w) in zip(column, sizes, strict=True)]
        for column in (labels, good, poor)
    ]
    found = _audit(cut[0], {"a": cut[1], "b": cut[2]})
    assert found.items.select("height", "width").rows() == sizes
    unnamed = _audit(cut[0], cut[1:])
    assert unnamed.items.equals(found.items)
    assert list(unnamed.parameters["weights"]) == ["model 0", "model 1"]
    mixed = _audit(labels, {"a": list(good), "b": poor})
    assert mixed.issues.equals(_audit(labels, {"a": good, "b": list(poor)}).issues)


def test_no_more_than_one_image_is_mixed_at_a_time(monkeypatch):
    labels, good, poor = _two()
    asked = []

    class Read(list):
        def __getitem__(self, i):
            asked.append(i)
            return super().__getitem__(i)  # one image; the kind of a list is told by a slice of its first

    monkeypatch.setenv("LABELAUDIT_NUM_THREADS", "1")
    found = _audit(labels, {"good": Read(good), "poor": Read(poor)})
    assert found.items.equals(_audit(labels, {"good": list(good), "poor": list(poor)}).items)
    assert all(isinstance(i, int) or i == slice(1) for i in asked)


def test_bad_values_are_told_with_model_image_and_pixel():
    labels, good, poor = _two()
    poor[3, 2, 4, 5] = -0.5
    with pytest.raises(
        InputError, match=r"pred_probs\['poor'\]: expected floats in \[0, 1\], image 3, pixel \(4, 5\) holds -0.5"
    ):
        _audit(labels, {"good": good, "poor": poor})
    labels[3, 4, 5] = 255
    assert _audit(labels, {"good": good, "poor": poor}, ignore_index=255).counts.labels == labels.size - 1


def test_sums_that_are_off_are_told_with_the_model_whatever_its_weight():
    labels, good, poor = _two()
    poor[1, :, 4, 5] = 0.3
    with pytest.raises(InputError, match=r"pred_probs\['poor'\]: .*image 1, pixel \(4, 5\) has a sum of 1.5"):
        rank.get_label_quality_scores(labels, {"good": good, "poor": poor})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda poor: poor[:, :4], r"pred_probs\['poor'\]: expected 5 classes, as in pred_probs\['good'\], got 4"),
        (lambda poor: poor[:4], r"labels: expected shape \(4, 24, 20\).*pred_probs\['poor'\] is \(4, 5, 24, 20\)"),
        (lambda poor: list(poor[:4]), r"labels: expected 4 images, as in pred_probs\['poor'\], got 5"),
        (lambda poor: poor[0], r"pred_probs\['poor'\]: expected shape \(N, K, H, W\), got \(5, 24, 20\)"),
        (
            lambda poor: [p[:, :9] for p in poor],
            r"labels: expected shape \(9, 20\) as in pred_probs\['poor'\], image 0",
        ),
        (lambda poor: lambda: zip(poor, poor, strict=True), r"pred_probs\['poor'\]: a function of .* pass arrays"),
        (iter, r"pred_probs\['poor'\]: an iterator can be walked only once"),
    ],
)
def test_models_that_do_not_fit_are_refused(change, message):
    labels, good, poor = _two()
    with pytest.raises(InputError, match=message):
        _audit(labels, {"good": good, "poor": change(poor)})


def test_no_model_at_all_is_refused():
    with pytest.raises(InputError, match="got no model"):
        _audit(np.zeros((1, 2, 2), int), {})


def test_the_task_is_told_by_the_first_model():
    labels, good, poor = _two()
    assert fits(labels, {"good": good, "poor": poor})
    assert fits(list(labels), {"good": list(good)})
    assert not fits(labels[:, 0, 0], {"good": good[:, :, 0, 0]})
    assert not fits(labels, {})


def test_the_number_of_threads_changes_nothing(monkeypatch):
    labels, good, poor = _two()
    found = _audit(labels, {"good": good, "poor": poor})
    monkeypatch.setenv("LABELAUDIT_NUM_THREADS", "1")
    alone = _audit(labels, {"good": good, "poor": poor})
    assert alone.parameters == found.parameters
    assert alone.issues.equals(found.issues)
