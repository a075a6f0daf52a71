import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit._stats.self_confidence import SelfConfidence
from laws.data import classification_data


def test_the_threshold_is_the_mean_probability_of_the_given_label():
    labels = np.array([0, 0, 1])
    pred_probs = np.array([[0.8, 0.1, 0.1], [0.4, 0.5, 0.1], [0.3, 0.6, 0.1]])
    confidence = SelfConfidence.of(labels, pred_probs)
    np.testing.assert_allclose(confidence.thresholds(), [0.6, 0.6, 2.0])  # 2: no row is labelled 2
    np.testing.assert_allclose(confidence.shift(), [1.4, 1.4, 0.0])


def test_a_class_that_is_never_believed_keeps_a_threshold_above_zero():
    assert SelfConfidence.of(np.array([1]), np.array([[1.0, 0.0]])).thresholds()[1] == 2e-6


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 99), cuts=st.lists(st.integers(0, 60), min_size=2, max_size=2))
def test_any_chunking_merges_to_the_whole(seed, cuts):
    labels, pred_probs = classification_data(60, 5, seed)
    a, b = sorted(cuts)
    first, middle, last = (
        SelfConfidence.of(labels[s], pred_probs[s]) for s in (slice(0, a), slice(a, b), slice(b, 60))
    )
    whole = SelfConfidence.of(labels, pred_probs)
    none = SelfConfidence.of_none(5)
    for merged in (first + middle + last, first + (middle + last), last + middle + first, none + whole, whole + none):
        np.testing.assert_array_equal(merged.counts, whole.counts)
        np.testing.assert_allclose(merged.sums, whole.sums, rtol=1e-12)
