"""Laws that every scoring function and every filter of every task obeys."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laws.filters import FILTERS
from laws.scorers import CLASSIFICATION_OF_ONE_MODEL, SCORERS
from laws.table import FORMS, Filter, assert_same, every, flat, in_order, mapped, sizes

ROWS = [*SCORERS, *FILTERS]


@every(ROWS)
def test_an_item_is_judged_the_same_wherever_it_stands(row):
    # filters among few, for of many two may be equal where a filter cuts; and so the noise posterior, which looks for
    # how many labels are wrong in a sample of many, by their number
    few = isinstance(row, Filter) or "noise_posterior" in row.name
    arguments = row.data.some() if few else row.data.large()
    order = np.random.default_rng(1).permutation(len(row(arguments)))
    tolerances = (0, 0) if isinstance(row, Filter) else (row.rtol, row.atol)
    assert_same(row(row.data.take(arguments, order)), in_order(row(arguments), order), *tolerances)


@every(ROWS, "renaming")
def test_renaming_the_classes_changes_nothing(row):
    arguments = row.data.some()
    order = np.random.default_rng(1).permutation(row.data.size[1])
    renamed = row(row.data.rename(arguments, order))
    assert_same(renamed, row.renamed(row(arguments), order), 0 if isinstance(row, Filter) else 1e-12)


@every(ROWS)
def test_inputs_are_left_as_they_were(row):
    arguments, same = (row.data.make(*row.data.size, 0) for _ in range(2))
    row(arguments)
    np.testing.assert_equal(arguments, same)


@pytest.mark.parametrize("form", FORMS)
@every(ROWS)
def test_read_only_and_strided_inputs_are_judged_as_plain_ones(row, form):
    arguments = row.data.some()
    assert_same(row(mapped(FORMS[form], arguments)), row(arguments))


@pytest.mark.parametrize("form", FORMS)
@every(CLASSIFICATION_OF_ONE_MODEL)
def test_so_are_those_of_several_blocks(row, form):
    arguments = row.data.large()
    assert_same(row(mapped(FORMS[form], arguments)), row(arguments))


@every(ROWS, "mapped")
def test_a_memory_mapped_file_is_judged_as_the_array(row, tmp_path):
    arguments = row.data.some()
    np.save(tmp_path / "p.npy", arguments[row.data.predictions].astype(np.float32))
    read = {mode: np.load(tmp_path / "p.npy", mmap_mode=mode) for mode in ("r", None)}
    assert_same(*(row(arguments | {row.data.predictions: predictions}) for predictions in read.values()))


@every(ROWS, "none", classes=True)
def test_no_items_are_judged(row, k):
    none = row.data.take(row.data.make(5, k, 0), [])
    assert sizes(row(none)) == []


@every(ROWS)
def test_the_number_of_threads_changes_nothing(row, monkeypatch):
    arguments = row.data.large()
    found = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("LABELAUDIT_NUM_THREADS", threads)
        found.append(row(arguments))
    assert_same(found[1], found[0])
    assert_same(found[2], found[0])


@every(ROWS, "chunks")
@settings(max_examples=10, deadline=None)
@given(cuts=st.lists(st.integers(0, 100), max_size=6), seed=st.integers(0, 2))
def test_chunks_are_judged_as_the_whole(row, cuts, seed):
    arguments = row.data.some(seed)
    found = row.column(row.raw(row.data.chunked(arguments, cuts)), arguments)
    assert_same(found, row(arguments), 0 if isinstance(row, Filter) else 1e-12)


@every(ROWS, "certain")
def test_negative_zero_is_a_probability(row):
    arguments = row.data.with_predictions(row.data.certain, row.data.some())
    negative = row.data.with_predictions(lambda probs: np.where(probs == 0, -0.0, probs), arguments)
    assert np.signbit(flat(negative[row.data.predictions])).any()
    assert_same(row(negative), row(arguments))
