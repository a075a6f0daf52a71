"""Items of different lengths in every form they come in."""

import re
import sys
from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import labelaudit
from labelaudit._checks.ragged import as_ragged
from labelaudit._data.ragged import Ragged

LABELS = [[1, 2, 3], [], [4], [5, 6]]
MATRICES = [[[0.1, 0.9], [0.2, 0.8]], [], [[1.0, 0.0]]]
WORDS = ("sentence", "token")


def _read(value, lengths=None):
    return as_ragged(value, "labels", lengths, WORDS)


FORMS = {
    "lists": LABELS,
    "tuples": tuple(map(tuple, LABELS)),
    "arrays": [np.array(item, int) for item in LABELS],
    "mixed": [LABELS[0], *(np.array(item, int) for item in LABELS[1:])],
    "array of objects": np.array([*LABELS, None], object)[:-1],
    "pandas": pd.Series(LABELS),
    "polars": pl.Series(LABELS, dtype=pl.List(pl.Int64)),
    "arrow": pa.array(LABELS, pa.list_(pa.int64())),
    "large arrow": pa.array(LABELS, pa.large_list(pa.int64())),
    "sliced arrow": pa.array([[9, 9], *LABELS, [7]], pa.list_(pa.int64()))[1:-1],
    "chunked arrow": pa.chunked_array([pa.array(LABELS[:1]), pa.array(LABELS[1:], pa.list_(pa.int64()))]),
}


@pytest.mark.parametrize("form", FORMS)
def test_lists_in_every_form(form):
    found = _read(FORMS[form])
    np.testing.assert_array_equal(found.values, [1, 2, 3, 4, 5, 6])
    assert found.values.dtype == np.int64
    np.testing.assert_array_equal(found.offsets, [0, 3, 3, 4, 6])
    assert [part.tolist() for part in found.split()] == LABELS
    assert found.lengths.tolist() == [3, 0, 1, 2]
    assert len(found) == 4


def test_flat_arrays_with_lengths_are_not_copied():
    flat = np.arange(6)
    found = _read(flat, [3, 0, 1, 2])
    assert found.values is flat
    assert found.split()[3].base is flat


@pytest.mark.parametrize(
    "value",
    [
        MATRICES,
        [np.array(item) for item in MATRICES],
        [np.array(MATRICES[0]), np.zeros((0, 2)), np.array(MATRICES[2])],
        pl.Series(MATRICES, dtype=pl.List(pl.List(pl.Float64))),
        pl.Series(MATRICES, dtype=pl.List(pl.Array(pl.Float64, 2))),
        pa.array(MATRICES, pa.list_(pa.list_(pa.float64()))),
        pa.array(MATRICES, pa.list_(pa.list_(pa.float64(), 2))),
        pa.chunked_array([pa.array(MATRICES)]),
    ],
)
def test_matrices_in_every_form(value):
    found = _read(value)
    np.testing.assert_array_equal(found.values, [[0.1, 0.9], [0.2, 0.8], [1.0, 0.0]])
    np.testing.assert_array_equal(found.offsets, [0, 2, 2, 3])


def test_items_of_one_length_as_one_array():
    cube = np.arange(24.0).reshape(2, 3, 4)
    found = _read(cube)
    np.testing.assert_array_equal(found.values, cube.reshape(6, 4))
    np.testing.assert_array_equal(found.offsets, [0, 3, 6])
    fixed = pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int64, 2))
    np.testing.assert_array_equal(_read(fixed).values, [1, 2, 3, 4])


def test_no_items_and_empty_items():
    assert len(_read([])) == 0
    assert len(_read(pa.array([], pa.list_(pa.int64())))) == 0
    assert len(_read(pl.Series([], dtype=pl.List(pl.Int64)))) == 0
    for empty in ([[], []], pl.Series([[], []], dtype=pl.List(pl.Int64)), pa.array([[], []], pa.list_(pa.int64()))):
        found = _read(empty)
        assert found.offsets.tolist() == [0, 0, 0]
        assert found.values.shape == (0,)
    assert _read([np.zeros((0, 3))]).values.shape == (0, 3)


def test_the_container_itself_is_taken_as_it_is():
    found = Ragged(np.arange(3), np.array([0, 1, 3]))
    assert _read(found) is found


def test_words_stay_words():
    for form in ([["a", "b"], ["c"]], pl.Series([["a", "b"], ["c"]]), pa.array([["a", "b"], ["c"]])):
        assert _read(form).values.tolist() == ["a", "b", "c"]


def test_rows_are_named_by_item_and_place_past_empty_items():
    ragged = Ragged(np.arange(6), np.array([0, 0, 3, 3, 4, 6]))
    assert [ragged.place(row) for row in range(6)] == [(1, 0), (1, 1), (1, 2), (3, 0), (4, 0), (4, 1)]
    assert ragged.places(np.array([0, 5]), np.array([1, 0])) == [(4, 1), (1, 0)]


@pytest.mark.parametrize("library", ["array_api_strict", "torch"])
def test_arrays_of_other_libraries(library):
    kind = pytest.importorskip(library, reason=f"{library} is not installed: its ragged test needs it").asarray
    flat = kind([1, 2, 3])
    assert _read(flat, [2, 1]).values is flat
    np.testing.assert_array_equal(_read([kind([1, 2]), kind([3])]).values, [1, 2, 3])


def test_no_python_code_runs_for_each_part():
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event == "call"

    lists = [[1] * 20] * 5000
    forms = [lists, [np.ones(20)] * 5000, pl.Series(lists), pa.array(lists), np.ones((5000, 20))]
    for form in forms:
        sys.setprofile(count)
        try:
            _read(form)
        finally:
            sys.setprofile(None)
    assert calls < 20_000  # for 25,000 items of 500,000 parts


@pytest.mark.parametrize(
    ("value", "lengths", "message"),
    [
        ([1, 2], None, "labels: expected a list of tokens for each sentence, sentence 0 is '1'; for flat arrays pass le"),
        (np.arange(3), None, r"labels: .* got an array of shape \(3,\); for flat arrays pass lengths, the number of tok"),
        (["ab", "c"], None, "labels: expected a list of tokens for each sentence, sentence 0 is 'ab'"),
        ([[1], None], None, "sentence 1 is 'None'"),
        ("abc", None, "labels: expected a list of tokens for each sentence, got str"),
        (None, None, "got NoneType"),
        ([[[1, 2]], [], [[1, 2], [1, 2, 3]]], None, "expected rows of one length, the first has 2 entries, sentence 2, token 1 has 3"),
        ([np.zeros((1, 2)), np.zeros((2, 3))], None, "the first has 2 entries, sentence 1, token 0 has 3"),
        (pa.array([[[1, 2]], [[1]]]), None, "the first has 2 entries, sentence 1, token 0 has 1"),
        (pl.Series([[[1, 2]], [], [[1]]]), None, "the first has 2 entries, sentence 2, token 0 has 1"),
        (pa.array([[1], None]), None, "labels: sentence 1 is null; write an empty list for no tokens"),
        (pl.Series([[1], None]), None, "labels: sentence 1 is null"),
        (pa.array([1, 2]), None, "labels: expected a list column, got one of int64"),
        (pl.Series([1, 2]), None, "labels: expected a list column, got one of Int64"),
        (np.arange(3), [1, 1], "lengths: expected them to sum to 3, as labels has 3 rows, got 2"),
        (np.arange(3), [4, -1], "lengths: expected integers >= 0, sentence 1 has -1"),
        (np.arange(3), [1.5, 1.5], "lengths: expected an integer for each sentence, got float64"),
        (np.arange(3), 3, "lengths: expected an integer for each sentence"),
    ],
)  # fmt: skip
def test_what_is_refused(value, lengths, message):
    with pytest.raises(labelaudit.InputError, match=message):
        _read(value, lengths)


def test_offsets_cover_the_values():
    for form in FORMS.values():
        found = _read(form)
        assert all(start <= stop for start, stop in pairwise(found.offsets))
        assert found.offsets[-1] == len(found.values)
        assert re.match("int", str(found.values.dtype))
