"""Labels and probabilities in every form that people have them in."""

import array_api_strict
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from labelaudit import rank

LABELS = [0, 1, 1, 0]
PRED_PROBS = [[0.75, 0.25], [0.5, 0.5], [0.125, 0.875], [0.0, 1.0]]
EXPECTED = [0.75, 0.5, 0.875, 0.0]


class Column:
    """A data set's column that reads like a sequence, as Hugging Face has it."""

    def __init__(self, values):
        self.values = values

    def __len__(self):
        return len(self.values)

    def __getitem__(self, i):
        return self.values[i]


class HasArray:
    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


INTEGERS = [
    np.int8,
    np.int16,
    np.int32,
    np.int64,
    np.uint8,
    np.uint16,
    np.uint32,
    np.uint64,
    np.float32,
    np.float64,
    object,
    bool,
]


@pytest.mark.parametrize(
    "labels",
    [
        *[np.array(LABELS, dtype) for dtype in INTEGERS],
        tuple(LABELS),
        pd.Series(LABELS),
        pd.Series(LABELS, dtype="Int64"),
        pl.Series(LABELS),
        pl.Series(LABELS, dtype=pl.UInt8),
        pa.array(LABELS),
        pa.chunked_array([LABELS[:2], LABELS[2:]]),
        Column(LABELS),
        HasArray(LABELS),
        array_api_strict.asarray(LABELS),
    ],
    ids=lambda labels: f"{type(labels).__module__}.{type(labels).__name__} {getattr(labels, 'dtype', '')}",
)
def test_labels(labels):
    np.testing.assert_array_equal(rank.get_label_quality_scores(labels, PRED_PROBS), EXPECTED)


@pytest.mark.parametrize(
    "pred_probs",
    [
        *[np.array(PRED_PROBS, dtype) for dtype in (np.float16, np.float32, np.float64, np.longdouble, object)],
        PRED_PROBS,
        pd.DataFrame(PRED_PROBS),
        pl.DataFrame(np.array(PRED_PROBS)),
        pl.Series(PRED_PROBS),
        pd.Series(PRED_PROBS),
        pa.array(PRED_PROBS),
        pa.array(PRED_PROBS, pa.list_(pa.float32(), 2)),
        Column(PRED_PROBS),
        HasArray(PRED_PROBS),
        lambda: iter([PRED_PROBS[:1], np.array(PRED_PROBS[1:])]),
        iter([np.array(PRED_PROBS, np.float32)]),
    ],
    ids=lambda p: f"{type(p).__module__}.{type(p).__name__} {getattr(p, 'dtype', '')}",
)
def test_pred_probs(pred_probs):
    np.testing.assert_array_equal(rank.get_label_quality_scores(LABELS, pred_probs), EXPECTED)


def test_whole_numbers_are_probabilities_too():
    np.testing.assert_array_equal(rank.get_label_quality_scores([0, 1], np.eye(2, dtype=int)), [1, 1])


def _torch():
    return pytest.importorskip("torch", reason="torch is not installed: its input test needs it")


@pytest.mark.parametrize("kind", ["float64", "float32", "float16", "bfloat16"])
@pytest.mark.parametrize("method", ["self_confidence", "normalized_margin", "confidence_weighted_entropy"])
def test_torch_tensors_come_back_as_tensors(kind, method):
    torch = _torch()
    pred_probs = torch.tensor(PRED_PROBS, dtype=getattr(torch, kind))
    scores = rank.get_label_quality_scores(torch.tensor(LABELS), pred_probs, method=method)
    assert isinstance(scores, torch.Tensor)
    assert scores.device == pred_probs.device
    assert scores.dtype == (torch.float64 if kind == "float64" else torch.float32)
    expected = rank.get_label_quality_scores(LABELS, PRED_PROBS, method=method)
    np.testing.assert_allclose(scores.numpy(), expected, rtol=1e-6)


def test_torch_labels_beside_numpy_probabilities():
    torch = _torch()
    scores = rank.get_label_quality_scores(torch.tensor(LABELS), np.array(PRED_PROBS))
    assert isinstance(scores, np.ndarray)
    np.testing.assert_array_equal(scores, EXPECTED)


def test_torch_is_refused_like_numpy():
    torch = _torch()
    with pytest.raises(ValueError, match="pred_probs: expected probabilities in .* row 1 holds nan in column 0"):
        rank.get_label_quality_scores(LABELS, torch.tensor([[1.0, 0.0], [float("nan"), 1.0], [1.0, 0.0], [1.0, 0.0]]))


@pytest.mark.parametrize("adjust", [False, True])
@pytest.mark.parametrize("method", ["self_confidence", "normalized_margin"])
def test_array_api_arrays_come_back_in_kind(method, adjust):
    xp = array_api_strict
    arguments = {"method": method, "adjust_pred_probs": adjust}
    scores = rank.get_label_quality_scores(LABELS, xp.asarray(PRED_PROBS, dtype=xp.float32), **arguments)
    assert scores.__array_namespace__() is xp
    assert scores.dtype == xp.float32
    expected = rank.get_label_quality_scores(LABELS, np.array(PRED_PROBS, np.float32), **arguments)
    np.testing.assert_allclose(np.asarray(scores), expected, rtol=1e-6)


def test_the_whole_module_takes_array_api_arrays():
    xp = array_api_strict
    pred_probs = xp.asarray(PRED_PROBS)
    order = rank.order_label_issues([True, True, True, True], LABELS, pred_probs)
    assert np.asarray(order).tolist() == [3, 1, 0, 2]
    assert np.asarray(rank.find_top_issues(xp.asarray(EXPECTED), top=2)).tolist() == [3, 1]
    for weighting in ("uniform", "accuracy", "log_loss_search"):
        scores = rank.get_label_quality_ensemble_scores(LABELS, [pred_probs] * 2, weight_ensemble_members_by=weighting)
        np.testing.assert_allclose(np.asarray(scores), EXPECTED)
