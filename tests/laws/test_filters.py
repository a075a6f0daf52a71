"""Laws that every function that finds wrong labels obeys, beside those of all functions that judge labels."""

import itertools

import numpy as np
import pytest

from laws.filters import FILTERS, PRUNING
from laws.table import every, flat, sizes

MASKS = [row for row in FILTERS if not row.ranks]
RANKINGS = [row for row in FILTERS if row.ranks]
LABEL_BY_LABEL = [row for row in FILTERS if row.unlabelled]


def _flags(entries):
    """Which labels are found, of a mask or of ranks."""
    entries = flat(entries)
    return entries if entries.dtype == bool else entries >= 0


@every(FILTERS, classes=True)
def test_the_share_that_is_found_lies_between_0_and_1(row, k):
    arguments = row.data.make(row.data.size[0], k, 0)
    found = row(arguments)
    assert len(found) == row.data.size[0]
    assert 0 <= _flags(found).mean() < 1
    if row.unlabelled:
        assert sizes(found) == sizes(row.unlabelled(arguments))


@every(FILTERS)
def test_of_labels_some_of_which_are_wrong_some_are_found(row):
    assert _flags(row(row.data.some())).any()


@every(MASKS)
def test_a_mask_is_boolean(row):
    assert flat(row(row.data.some())).dtype == bool


@every(RANKINGS)
def test_what_is_ranked_is_ranked_once(row):
    found = row(row.data.some())
    by_class = isinstance(found, np.ndarray) and found.ndim == 2
    for ranks in found.T if by_class else [flat(found)]:
        assert sorted(ranks[ranks >= 0]) == list(range(np.count_nonzero(ranks >= 0)))


@every(LABEL_BY_LABEL)
def test_what_has_no_label_is_not_found(row):
    arguments = row.data.some()
    assert not (_flags(row(arguments)) & flat(row.unlabelled(arguments))).any()


@every(FILTERS, "order")
def test_of_less_believed_labels_more_are_found(row):
    steps, chains = row.data.ladder()
    n = len(row(steps))
    # enough of them for filters that estimate how many are wrong
    found = row(row.data.take(steps, list(range(n)) * 20))
    counts = [sum(int(_flags(found[copy]).sum()) for copy in range(place, 20 * n, n)) for place in range(n)]
    for chain in chains.values():
        assert counts[chain[0]] == 0
        assert all(counts[more] <= counts[less] for more, less in itertools.pairwise(chain))
    assert sum(counts)


@pytest.mark.filterwarnings("ignore:labels. no row of .* is flagged")
@every(FILTERS, "one")
def test_one_item_that_is_right_is_not_found(row):
    steps, chains = row.data.ladder()
    for chain in chains.values():
        found = row(row.data.take(steps, chain[:1]))
        assert len(found) == 1
        assert not _flags(found).any()


@every(FILTERS, "one class")
def test_with_one_class_nothing_is_found(row):
    assert not _flags(row(row.data.make(50, 1, 0))).any()


@pytest.mark.parametrize("given", [np.float32, np.float16])
@every(FILTERS)
def test_the_float_type_of_the_predictions_changes_nothing(row, given):
    narrow = row.data.with_predictions(lambda array: array.astype(given), row.data.some())
    wide = row.data.with_predictions(lambda array: array.astype(np.float64), narrow)
    np.testing.assert_array_equal(_flags(row(narrow)), _flags(row(wide)))


@every([row for row in FILTERS if row.options.get("filter_by") in PRUNING and row.task != "multilabel_classification"])
def test_renaming_the_classes_changes_how_estimates_are_rounded_at_most(row):
    arguments, k = row.data.some(), row.data.size[1]
    renamed = row(row.data.rename(arguments, np.random.default_rng(1).permutation(k)))
    assert np.count_nonzero(_flags(renamed) != _flags(row(arguments))) <= k * (k - 1)
