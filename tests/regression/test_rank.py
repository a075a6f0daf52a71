"""Residual scores, in what they come back, what they read, and what they refuse."""

import numpy as np
import pytest

import labelaudit
from labelaudit.regression import rank
from regression.cases import normal

METHODS = ("outre", "residual", "scaled_residual")
RESIDUALS = METHODS[1:]
every = pytest.mark.parametrize("method", METHODS)
every_residual = pytest.mark.parametrize("method", RESIDUALS)


def _data(n=1000, dtype=np.float64):
    labels, predictions = normal(n, np.random.default_rng(0))
    return labels.astype(dtype), predictions.astype(dtype)


def _score(labels, predictions, method):
    return rank.get_label_quality_scores(labels, predictions, method=method)


def test_residual_by_hand():
    scores = _score([1.0, 2.0, 10.0], [1.0, 1.0, 13.0], "residual")
    np.testing.assert_allclose(scores, np.exp([0.0, -1.0, -3.0]))


@pytest.mark.parametrize(
    ("residuals", "median"),
    [
        ([1.0, 2.0, 6.0], 2.0),
        ([1.0, 2.0, 6.0, 8.0], 4.0),
        ([0.0, 0.0, 0.0, 3.0, 5.0], 4.0),  # most are 0: the median of the others
        ([0.0, 0.0, 3.0, 5.0], 1.5),
        ([0.0, 0.0, 0.0], 1.0),
        ([7.0], 7.0),
    ],
)
def test_scaled_residual_by_hand(residuals, median):
    scores = _score(np.full(len(residuals), 5.0), 5.0 + np.array(residuals), "scaled_residual")
    np.testing.assert_allclose(scores, np.exp(-np.array(residuals) / median))


@pytest.mark.parametrize("unit", [1e-300, 1e-3, 100.0, 1e12, 1e250])
def test_scaled_residual_knows_no_unit(unit):
    labels, predictions = _data()
    scores = _score(labels, predictions, "scaled_residual")
    scaled = _score(labels * unit, predictions * unit, "scaled_residual")
    np.testing.assert_allclose(scaled, scores, rtol=1e-9)
    assert np.median(scaled) == pytest.approx(np.exp(-1), rel=1e-3)


def test_scaled_residual_ranks_as_the_residual():
    labels, predictions = _data()
    np.testing.assert_array_equal(
        np.argsort(_score(labels, predictions, "scaled_residual"), kind="stable"),
        np.argsort(-np.abs(labels - predictions), kind="stable"),
    )


@every
@pytest.mark.parametrize(
    ("dtype", "returned"), [(np.float64, np.float64), (np.float32, np.float32), (np.float16, np.float32), (int, float)]
)
def test_the_float_type_that_comes_back(method, dtype, returned):
    labels, predictions = np.arange(1, 200), np.arange(1, 200)[::-1] / 3
    scores = _score(labels, predictions.astype(dtype), method)
    assert scores.dtype == returned
    exact = _score(labels, predictions.astype(dtype).astype(float), method)
    np.testing.assert_allclose(scores, exact, atol=1e-6)


@every
@pytest.mark.parametrize("n", [2, 3, 1000, 70_001])
def test_scores_lie_between_0_and_1_and_inputs_stay(method, n):
    labels, predictions = _data(n)
    before = labels.copy(), predictions.copy()
    labels.flags.writeable = predictions.flags.writeable = False
    scores = _score(labels, predictions, method)
    assert scores.shape == (n,)
    assert (scores >= 0).all()
    assert (scores <= 1).all()
    np.testing.assert_array_equal((labels, predictions), before)


@every
def test_an_item_scores_the_same_wherever_it_stands(method):
    labels, predictions = _data(5000)
    order = np.random.default_rng(1).permutation(5000)
    moved = _score(labels[order], predictions[order], method)
    np.testing.assert_allclose(
        moved, _score(labels, predictions, method)[order], rtol=1e-9, atol=2e-5 if method == "outre" else 0
    )


@every
def test_lists_strided_and_byte_swapped_arrays(method):
    labels, predictions = _data(300)
    expected = _score(labels, predictions, method)
    wide = np.repeat(predictions, 2)[::2]
    for same in (predictions.tolist(), wide, predictions.astype(">f8"), predictions.astype(object)):
        np.testing.assert_array_equal(_score(labels.tolist(), same, method), expected)


@every_residual
def test_blocks_give_what_the_whole_gives(method, monkeypatch, tmp_path):
    n = 2_500_000  # three blocks
    labels, predictions = _data(n)
    expected = _score(labels, predictions, method)
    chunks = np.array_split(predictions, 7)
    np.testing.assert_array_equal(_score(labels, lambda: iter(chunks), method), expected)
    monkeypatch.setenv("LABELAUDIT_NUM_THREADS", "1")
    np.testing.assert_array_equal(_score(labels, predictions, method), expected)
    np.save(tmp_path / "p.npy", predictions)
    mapped = np.load(tmp_path / "p.npy", mmap_mode="r")
    np.testing.assert_array_equal(_score(labels, mapped, method), expected)


def test_residual_takes_an_iterator_which_is_walked_once():
    labels, predictions = _data(10)
    scores = _score(labels, iter([predictions[:4], predictions[4:]]), "residual")
    np.testing.assert_array_equal(scores, _score(labels, predictions, "residual"))
    with pytest.raises(labelaudit.InputError, match="predictions: an iterator can be walked only once"):
        _score(labels, iter([predictions]), "scaled_residual")


class Sliced:
    """As HDF5 and zarr arrays are: a shape, a type, chunks and slices."""

    def __init__(self, values):
        self._values, self.shape, self.dtype, self.chunks = values, values.shape, values.dtype, (100,)

    def __getitem__(self, key):
        return self._values[key]


@every_residual
def test_arrays_on_disk_are_sliced(method):
    labels, predictions = _data(1000)
    found = _score(Sliced(labels), Sliced(predictions), method)
    np.testing.assert_array_equal(found, _score(labels, predictions, method))


@every
@pytest.mark.parametrize("library", ["array_api_strict", "torch"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_other_array_libraries_get_their_own_kind_back(method, library, dtype):
    kind = pytest.importorskip(library, reason=f"{library} is not installed: its regression test needs it").asarray
    labels, predictions = _data(200, dtype)
    found = _score(kind(labels), kind(predictions), method)
    assert type(found) is type(kind(labels))
    expected = _score(labels, predictions, method)
    np.testing.assert_allclose(np.asarray(found), expected, rtol=2e-5 if dtype == np.float32 else 1e-12)


@pytest.mark.parametrize("library", ["array_api_strict", "torch"])
def test_labels_and_predictions_of_different_libraries(library):
    kind = pytest.importorskip(library, reason=f"{library} is not installed: its regression test needs it").asarray
    expected = np.exp([-1.0, -0.5])
    for labels, predictions in [
        ([1, 2], kind([2.0, 2.5])),
        (kind([1, 2]), [2.0, 2.5]),
        (kind([1, 2]), kind([2.0, 2.5])),
    ]:
        np.testing.assert_allclose(np.asarray(_score(labels, predictions, "residual")), expected, rtol=1e-6)
    np.testing.assert_allclose(np.asarray(_score([1.5, 2], kind([1, 1]), "residual")), np.exp([-0.5, -1.0]))


@every_residual
def test_no_items_have_no_scores(method):
    assert _score([], [], method).shape == (0,)


@pytest.mark.parametrize("source", [lambda p: lambda: iter([p]), lambda p: iter([p]), Sliced])
def test_outre_refuses_what_it_would_have_to_load(source):
    labels, predictions = _data(1000)
    with pytest.raises(
        labelaudit.InputError, match=r'predictions: method outre .* about \d+ MB for 1,000; .*method="scaled_residual"'
    ):
        _score(labels, source(predictions), "outre")


@pytest.mark.parametrize("n", [0, 1])
def test_outre_compares_two_items_at_the_least(n):
    with pytest.raises(
        labelaudit.InputError, match=f"labels: method outre compares items and needs 2 or more, got {n}"
    ):
        _score(np.zeros(n), np.zeros(n), "outre")


@every
@pytest.mark.parametrize("argument", ["labels", "predictions"])
@pytest.mark.parametrize(("bad", "shown"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_what_is_not_finite_is_refused_with_its_row(method, argument, bad, shown):
    data = dict(zip(("labels", "predictions"), _data(70_001), strict=True))
    data[argument][[66_000, 69_000]] = bad
    with pytest.raises(
        labelaudit.InputError, match=f"{argument}: expected finite numbers, row 66000 holds {shown}; drop"
    ):
        rank.get_label_quality_scores(**data, method=method)


@every
def test_the_row_of_a_bad_value_in_a_later_block(method):
    labels, predictions = _data(2_200_000)
    predictions[2_100_000] = np.nan
    with pytest.raises(labelaudit.InputError, match="predictions: expected finite numbers, row 2100000 holds nan"):
        _score(labels, predictions, method)


@every
@pytest.mark.parametrize(
    ("labels", "predictions", "message"),
    [
        ([1.0, 2.0], [1.0, 2.0, 3.0], "labels: expected 3 values, as in predictions, got 2"),
        (
            [[1.0], [2.0]],
            [1.0, 2.0],
            r"labels: expected shape \(N,\), one number a row, got \(2, 1\); pass labels\[:, 0\]",
        ),
        ([1.0, 2.0], [[1.0, 2.0], [3.0, 4.0]], r"predictions: expected shape \(N,\), one number a row, got \(2, 2\)$"),
        (["a", "b"], [1.0, 2.0], "labels: expected numbers, row 0 holds 'a'; turn the column into floats"),
        ([1.0, 2.0], np.array([1.0, "b"], object), "predictions: expected floats, row 1 holds 'b'"),
        (np.array([1.0, None], object), [1.0, 2.0], "labels: expected finite numbers, row 1 holds nan"),
        ([1.0, 2.0], [1j, 2.0], "predictions: expected floats, got an array of complex128"),
        (np.ma.array([1.0, 2.0], mask=[False, True]), [1.0, 2.0], "labels: row 1 is masked"),
        ([1e308, 2.0], [-1e308, 2.0], "labels: row 0 is 1e.308 where -1e.308 is predicted, .*divide both columns"),
        (1.0, 2.0, r"predictions: expected shape \(N,\)"),
    ],
)
def test_what_cannot_be_scored(method, labels, predictions, message):
    with pytest.raises(labelaudit.InputError, match=message):
        _score(labels, predictions, method)


@pytest.mark.parametrize(
    ("chunks", "message"),
    [
        ([[1.0, 2.0]], "labels: expected 2 rows, as in the chunks of predictions, got 3"),
        ([[1.0, 2.0], [3.0, 4.0]], "labels: expected a row for each of predictions, got 3, fewer than"),
        ([[1.0, 2.0], [[3.0]]], r"predictions: expected chunks of shape \(n,\), the one at row 2 is \(1, 1\)"),
        ([], r"predictions: the iterator has no chunks; expected arrays of shape \(n,\)"),
        ([[1.0, 2.0], [np.nan]], "predictions: expected finite numbers, row 2 holds nan"),
    ],
)
def test_chunks_that_do_not_fit(chunks, message):
    with pytest.raises(labelaudit.InputError, match=message):
        _score([1.0, 2.0, 3.0], lambda: iter(chunks), "residual")


def test_an_unknown_method_is_refused_before_anything_is_read():
    with pytest.raises(
        labelaudit.InputError, match="method: expected one of outre, residual, scaled_residual, got 'x'"
    ):
        _score(None, None, "x")
