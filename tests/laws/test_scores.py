"""Laws that every scoring function of every task obeys, beside those of functions that judge labels."""

import itertools

import numpy as np
import pytest

from laws.scorers import SCORERS
from laws.table import every, flat, sizes


def _least(entries):
    """The score of the least believed of the labels of an item; one of which nothing is said is right."""
    return np.nanmin(np.append(entries, 1))


@every(SCORERS, classes=True)
def test_scores_lie_between_0_and_1(row, k):
    arguments = row.data.make(row.data.size[0], k, 0)
    found = row(arguments)
    assert len(found) == row.data.size[0]
    scores = flat(found)
    assert scores[~np.isnan(scores)].min() >= 0
    assert scores[~np.isnan(scores)].max() <= 1


@every(SCORERS, "finite", classes=True)
def test_what_has_a_label_has_a_score_and_what_has_none_scores_nan(row, k):
    arguments = row.data.make(row.data.size[0], k, 0)
    found = row(arguments)
    if row.unlabelled is None:
        assert np.isfinite(flat(found)).all()
    else:
        without = row.unlabelled(arguments)
        assert sizes(found) == sizes(without)
        np.testing.assert_array_equal(np.isnan(flat(found)), flat(without))


@pytest.mark.parametrize("given", [np.float64, np.float32, np.float16])
@every(SCORERS)
def test_the_float_type_that_comes_back(row, given):
    arguments = row.data.with_predictions(lambda array: array.astype(given), row.data.some())
    scores = flat(row(arguments))
    assert scores.dtype == row.returns(np.dtype(given))
    exact = row(row.data.with_predictions(lambda array: array.astype(np.float64), arguments))
    np.testing.assert_allclose(scores, flat(exact), rtol=0, atol=2e-3 if given == np.float16 else 2e-6)


@every(SCORERS, "type of none", classes=True)
def test_no_items_have_scores_of_the_type_that_some_would_have(row, k):
    none = row.data.take(row.data.make(5, k, 0), [])
    found = row(row.data.with_predictions(lambda array: array.astype(np.float32), none))
    assert flat(found).dtype == row.returns(np.dtype(np.float32))


@every(SCORERS, "order")
def test_more_belief_in_the_label_means_a_higher_score(row):
    arguments, chains = row.data.ladder()
    found = row(arguments)
    for name in row.chains or chains:
        scores = [_least(found[place]) for place in chains[name]]
        assert all(more > less for more, less in itertools.pairwise(scores)), (name, scores)


@every(SCORERS, "one")
def test_one_item_is_enough(row):
    arguments, chains = row.data.ladder()
    for name in row.chains or chains:
        found = row(row.data.take(arguments, chains[name][:1]))
        assert len(found) == 1
        assert 0.5 < _least(found[0]) <= 1


@every(SCORERS, "one class")
def test_with_one_class_every_label_is_right(row):
    scores = flat(row(row.data.make(3, 1, 0)))
    np.testing.assert_array_equal(scores[~np.isnan(scores)], 1)


@every(SCORERS, "certain")
def test_rounding_above_one_is_forgiven_and_stays_a_score(row):
    arguments = row.data.with_predictions(row.data.certain, row.data.some())
    above = row.data.with_predictions(lambda probs: np.where(probs == 1, 1 + 5e-7, probs), arguments)
    for dtype in (np.float64, np.float32):
        scores = flat(row(row.data.with_predictions(lambda probs, dtype=dtype: probs.astype(dtype), above)))
        assert np.nanmax(scores) <= 1
        assert np.nanmin(scores) >= 0
