"""Numbers made of what is known of pixels, against NumPy."""

import numpy as np
import pytest

from labelaudit._kernels.cpu.pixel_facts import confident, self_confidence_sums

every_float = pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])


def _probabilities(count, dtype):
    probs = np.random.default_rng(count).random(count).astype(dtype)
    probs[::7] = np.nan
    return probs


@every_float
@pytest.mark.parametrize("labels_dtype", [np.int64, np.uint8])
@pytest.mark.parametrize("count", [0, 1, 33, 70_001])
def test_sums_and_counts_by_class_leave_out_nan(count, dtype, labels_dtype):
    given_prob = _probabilities(count, dtype)
    labels = np.random.default_rng(0).integers(0, 5, count)
    labels[::7] = 255  # no class, and so of no probability
    known = ~np.isnan(given_prob)
    sums, counts = self_confidence_sums(labels.astype(labels_dtype), given_prob, 5)
    weights = given_prob[known].astype(np.float64)
    np.testing.assert_allclose(sums, np.bincount(labels[known], weights, minlength=5), rtol=1e-12)
    assert counts.tolist() == np.bincount(labels[known], minlength=5).tolist()


@every_float
@pytest.mark.parametrize("predicted_dtype", [np.uint8, np.uint16, np.int64])
def test_a_probability_reaches_a_threshold_that_is_as_great(dtype, predicted_dtype):
    predicted = np.array([0, 0, 0, 1, 1], predicted_dtype)
    rival_prob = np.array([0.25, 0.5, np.nan, 0.5, 0.75], dtype)
    assert confident(predicted, rival_prob, np.array([0.25, 0.75])) == 3
    assert confident(predicted, rival_prob, np.array([np.nextafter(0.25, 1), 0.75])) == 2
    assert confident(predicted, rival_prob, np.array([2.0, 2.0])) == 0


@every_float
def test_as_many_are_confident_as_numpy_counts(dtype):
    rival_prob = _probabilities(70_001, dtype)
    thresholds = np.array([0.3, 0.5, 0.2, 2.0, 0.1])
    predicted = np.random.default_rng(1).integers(0, 5, rival_prob.size)
    expected = np.count_nonzero(rival_prob.astype(np.float64) >= thresholds[predicted])
    assert 0 < confident(predicted.astype(np.uint8), rival_prob, thresholds) == expected
