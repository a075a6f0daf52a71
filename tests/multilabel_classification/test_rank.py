"""Multi-label scores: by hand, laws, forms of input, refusals."""

import numpy as np
import polars as pl
import pytest
import scipy.sparse

import labelaudit
from labelaudit.multilabel_classification import rank, scorer
from multilabel_classification.data import multilabel_data, sets_of

METHODS = ("self_confidence", "normalized_margin", "confidence_weighted_entropy")
POOLS = (None, {"method": "exponential_moving_average", "alpha": None}, {"method": "softmin"}, {"method": np.min})
every = pytest.mark.parametrize("method", METHODS)
every_pool = pytest.mark.parametrize("pool", POOLS, ids=["default", "alpha None", "softmin", "np.min"])


def test_by_hand():
    # classes score 0.9, 0.8, 0.4 and 0.6, 0.7, 0.5
    labels, pred_probs = [[0], [1, 2]], [[0.9, 0.2, 0.6], [0.4, 0.7, 0.5]]
    np.testing.assert_allclose(
        rank.get_label_quality_scores_per_class(labels, pred_probs), [[0.9, 0.8, 0.4], [0.6, 0.7, 0.5]]
    )
    expected = [0.2 * (0.2 * 0.9 + 0.8 * 0.8) + 0.8 * 0.4, 0.2 * (0.2 * 0.7 + 0.8 * 0.6) + 0.8 * 0.5]
    np.testing.assert_allclose(rank.get_label_quality_scores(labels, pred_probs), expected)


def test_adjusted_by_hand():
    # one class: labels 0, 0, 1 with own probabilities 0.8, 0.6 and 0.5: means 0.7 and 0.5, so that 0.2 goes to label 1
    scores = rank.get_label_quality_scores_per_class([[], [], [0]], [[0.2], [0.4], [0.5]], adjust_pred_probs=True)
    np.testing.assert_allclose(scores[:, 0], [0.8 / 1.2, 0.6 / 1.2, 0.7 / 1.2])


def test_an_entry_that_is_not_known_is_left_out():
    labels, pred_probs = np.array([[1, 0, 1, 0], [-1, -1, -1, -1]]), np.array([[0.9, 0.2, 0.1, 0.4]] * 2)
    without = rank.get_label_quality_scores(labels[:1, [0, 1, 3]], pred_probs[:1, [0, 1, 3]])
    unknown = labels.astype(float)
    unknown[0, 2] = np.nan
    for pool in POOLS[:3]:
        found = rank.get_label_quality_scores(unknown, pred_probs, aggregator_kwargs=pool)
        expected = rank.get_label_quality_scores(
            labels[:1, [0, 1, 3]], pred_probs[:1, [0, 1, 3]], aggregator_kwargs=pool
        )
        np.testing.assert_allclose(found, [expected[0], 1.0])
    assert without.shape == (1,)
    per_class = rank.get_label_quality_scores_per_class(unknown, pred_probs)
    assert np.isnan(per_class).tolist() == [[False, False, True, False], [True] * 4]


@every
@every_pool
@pytest.mark.parametrize("answer", [0, 1])
def test_matrices_of_one_answer_are_ordinary(method, pool, answer):
    scores = rank.get_label_quality_scores(
        np.full((9, 4), answer), np.full((9, 4), 0.3), method=method, aggregator_kwargs=pool
    )
    assert np.isfinite(scores).all()
    if method == "self_confidence":
        np.testing.assert_allclose(scores, 0.7 - 0.4 * answer)


@every
@every_pool
@pytest.mark.parametrize(("n", "k"), [(1, 1), (31, 2), (33, 50), (70_001, 3), (40, 300), (0, 4)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_scores_lie_between_the_least_and_the_greatest(method, pool, n, k, dtype):
    labels, pred_probs = multilabel_data(n, k, dtype=dtype)
    scores = rank.get_label_quality_scores(labels, pred_probs, method=method, aggregator_kwargs=pool)
    each = rank.get_label_quality_scores_per_class(labels, pred_probs, method=method)
    assert scores.dtype == each.dtype == dtype
    assert scores.shape == (n,)
    assert each.shape == (n, k)
    assert (scores >= each.min(axis=1, initial=1) - 1e-6).all()
    assert (scores <= each.max(axis=1, initial=0) + 1e-6).all()


@every
@every_pool
@pytest.mark.parametrize("adjust", [False, True])
def test_order_of_rows_and_classes_does_not_matter(method, pool, adjust):
    if adjust and method == "confidence_weighted_entropy":
        pytest.skip("has no adjusted form")
    labels, pred_probs = multilabel_data(3000, 7)
    rows, columns = np.random.default_rng(1).permutation(3000), np.random.default_rng(2).permutation(7)
    arguments = {"method": method, "adjust_pred_probs": adjust, "aggregator_kwargs": pool}
    moved = rank.get_label_quality_scores(labels[rows][:, columns], pred_probs[rows][:, columns], **arguments)
    np.testing.assert_allclose(moved, rank.get_label_quality_scores(labels, pred_probs, **arguments)[rows], rtol=1e-12)


@every_pool
@pytest.mark.parametrize("adjust", [False, True])
def test_blocks_and_threads_change_no_bit(pool, adjust, monkeypatch):
    labels, pred_probs = multilabel_data(60_000, 40)  # three blocks
    arguments = {"adjust_pred_probs": adjust, "aggregator_kwargs": pool}
    expected = rank.get_label_quality_scores(labels, pred_probs, **arguments)
    monkeypatch.setenv("LABELAUDIT_NUM_THREADS", "1")
    np.testing.assert_array_equal(rank.get_label_quality_scores(labels, pred_probs, **arguments), expected)
    chunks = np.array_split(pred_probs, 5)
    streamed = rank.get_label_quality_scores(labels, lambda: iter(chunks), **arguments)
    np.testing.assert_allclose(streamed, expected, rtol=1e-12)


FORMS = {
    "int64": lambda y: y,
    "bool": lambda y: y.astype(bool),
    "int8": lambda y: y.astype(np.int8),
    "uint16": lambda y: y.astype(np.uint16),
    "float32": lambda y: y.astype(np.float32),
    "big-endian": lambda y: y.astype(">i4"),
    "columns first": np.asfortranarray,
    "lists": sets_of,
    "tuples": lambda y: tuple(map(tuple, sets_of(y))),
    "sets": lambda y: [set(s) for s in sets_of(y)],
    "arrays": lambda y: [np.array(s, int) for s in sets_of(y)],
    "column of lists": lambda y: np.array([*sets_of(y), None], object)[:-1],
    "sparse": scipy.sparse.csr_matrix,
    "sparse columns": lambda y: scipy.sparse.csc_array(y.astype(float)),
    "polars": lambda y: pl.Series(sets_of(y)),
    "table": pl.DataFrame,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_labels(form):
    labels, pred_probs = multilabel_data(300, 5)
    np.testing.assert_array_equal(
        rank.get_label_quality_scores(FORMS[form](labels), pred_probs),
        rank.get_label_quality_scores(labels, pred_probs),
    )


@every
@every_pool
@pytest.mark.parametrize("library", ["array_api_strict", "torch"])
def test_other_array_libraries(method, pool, library):
    kind = pytest.importorskip(library, reason=f"{library} is not installed: its multi-label test needs it").asarray
    if pool == POOLS[3]:
        pytest.skip("np.min takes NumPy arrays only")
    for dtype in (np.float64, np.float32):
        labels, pred_probs = multilabel_data(200, 5, dtype=dtype)
        expected = rank.get_label_quality_scores(labels, pred_probs, method=method, aggregator_kwargs=pool)
        for given in (kind(labels), labels, sets_of(labels)):
            found = rank.get_label_quality_scores(given, kind(pred_probs), method=method, aggregator_kwargs=pool)
            assert type(found) is type(kind(pred_probs))
            np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-10 if dtype == np.float64 else 1e-4)


@pytest.mark.parametrize("adjust", [False, True])
@pytest.mark.parametrize(("bad", "shown"), [(np.nan, "nan"), (np.inf, "inf"), (-0.25, "-0.25"), (1.5, "1.5")])
@pytest.mark.parametrize("method", METHODS[:2])
@every_pool
def test_what_is_no_probability_is_refused_with_its_place(method, pool, bad, shown, adjust):
    labels, pred_probs = multilabel_data(60_000, 20)
    pred_probs[[55_000, 56_000], 7] = bad
    message = f"pred_probs: expected probabilities in .0, 1., row 55000 holds {shown} in column 7; turn logits"
    with pytest.raises(labelaudit.InputError, match=message):
        rank.get_label_quality_scores(
            labels, pred_probs, method=method, adjust_pred_probs=adjust, aggregator_kwargs=pool
        )


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.float64])
@pytest.mark.parametrize("bad", [2, -2, 100])
def test_what_is_no_answer_is_refused_with_its_place(dtype, bad):
    labels, pred_probs = multilabel_data(3000, 5)
    labels = labels.astype(dtype)
    labels[2000, 3] = bad
    message = f"labels: expected 0, 1, or -1 or nan for not known, row 2000 holds {bad} in column 3"
    for function in (rank.get_label_quality_scores, rank.get_label_quality_scores_per_class):
        with pytest.raises(labelaudit.InputError, match=message):
            function(labels, pred_probs)


THREE = np.full((3, 2), 0.5)


@pytest.mark.parametrize(
    ("labels", "pred_probs", "message"),
    [
        ([0, 1, 0], THREE, r"labels: expected a 0/1 matrix .*; row 0 holds 0"),
        (np.array([0, 1, 0]), THREE, r"labels: expected a 0/1 matrix .*, got shape \(3,\)"),
        (["ab", "c", "d"], THREE, "labels: expected a 0/1 matrix .*; row 0 holds 'ab'"),
        ([[0], ["dog"], []], THREE, "labels: row 1 holds 'dog', which is no class index"),
        ([[0], [1.5], []], THREE, "labels: row 1 holds 1.5, which is no class index"),
        ([[0], [2], []], THREE, r"labels: expected classes 0..1, row 1 holds 2"),
        ([[0], [-1], []], THREE, r"labels: expected classes 0..1, row 1 holds -1"),
        (
            [[0, 1], [0, 0], [1, 1]],
            THREE,
            r"labels: row 1 names a class twice; for a 0/1 matrix pass np.array\(labels\)",
        ),
        ([[0], [1]], THREE, r"labels: expected shape \(3, 2\), as pred_probs, got \(2, 2\)"),
        (np.zeros((3, 4)), THREE, r"labels: expected shape \(3, 2\), as pred_probs, got \(3, 4\)"),
        (7, THREE, "labels: expected a 0/1 matrix .*, got int"),
        ([[0], [1], []], [0.5, 0.5, 0.5], r"pred_probs: expected shape \(N, K\)"),
        (scipy.sparse.csr_matrix(np.eye(3)[:, :2] * 3), THREE, "labels: expected 0, 1 or -1 .*, row 0 holds 3"),
    ],
)
def test_labels_that_do_not_fit(labels, pred_probs, message):
    with pytest.raises(labelaudit.InputError, match=message):
        rank.get_label_quality_scores(labels, pred_probs)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"method": "margin"},
            "method: expected one of self_confidence, normalized_margin, confidence_weighted_entropy",
        ),
        ({"aggregator_kwargs": {"method": "mean"}}, "method: expected one of exponential_moving_average, softmin"),
        ({"aggregator_kwargs": {"method": "softmin", "alhpa": 1}}, "alhpa: is no keyword of the aggregator softmin"),
        ({"aggregator_kwargs": {"method": np.min, "alpha": 1}}, "alpha: is no keyword of the aggregator"),
        ({"aggregator_kwargs": {"method": "softmin", "temperature": -1}}, "temperature: expected a number not below 0"),
        (
            {"aggregator_kwargs": {"method": "exponential_moving_average", "alpha": 1.5}},
            r"alpha: expected a weight in \[0, 1\], got 1.5",
        ),
        (
            {"method": "confidence_weighted_entropy", "adjust_pred_probs": True},
            "adjust_pred_probs: confidence_weighted",
        ),
    ],
)
def test_options_that_do_not_fit(options, message):
    with pytest.raises(labelaudit.InputError, match=message):
        rank.get_label_quality_scores([[0], [1], []], THREE, **options)


def test_adjusting_walks_twice():
    labels, pred_probs = multilabel_data(10, 3)
    with pytest.raises(labelaudit.InputError, match="an iterator can be walked only once"):
        rank.get_label_quality_scores(labels, iter([pred_probs]), adjust_pred_probs=True)
    np.testing.assert_array_equal(
        rank.get_label_quality_scores(labels, iter([pred_probs])), rank.get_label_quality_scores(labels, pred_probs)
    )


@pytest.mark.parametrize("k", [1, 2, 3, 5, 17, 50, 64, 65])
@pytest.mark.parametrize("alpha", [0, 1e-3, 0.3, 0.8, 0.999, 1, None])
def test_the_moving_average_is_its_definition(k, alpha):
    scores = np.random.default_rng(0).random((100, k))
    scores[::3] = np.round(scores[::3], 1)  # ties
    weight = 2 / (k + 1) if alpha is None else alpha
    ordered = -np.sort(-scores, axis=1)
    expected = ordered[:, 0]
    for t in range(1, k):
        expected = weight * ordered[:, t] + (1 - weight) * expected
    np.testing.assert_allclose(scorer.exponential_moving_average(scores, alpha=alpha), expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(scorer.exponential_moving_average(scores.T, alpha=alpha, axis=0), expected, atol=1e-15)


@pytest.mark.parametrize("temperature", [0, 1e-9, 0.01, 0.1, 5, np.inf])
def test_softmin_is_its_definition(temperature):
    scores = np.random.default_rng(0).random((100, 9))
    with np.errstate(all="ignore"):
        weights = np.exp((scores.min(axis=1, keepdims=True) - scores) / temperature)
    expected = scores.min(axis=1) if temperature == 0 else (scores * weights).sum(axis=1) / weights.sum(axis=1)
    np.testing.assert_allclose(scorer.softmin(scores, temperature=temperature), expected, rtol=1e-12)


def test_pooling_leaves_nan_out():
    scores = np.array([[0.5, np.nan, 0.25], [np.nan, np.nan, np.nan]])
    np.testing.assert_allclose(scorer.softmin(scores, temperature=0), [0.25, 1.0])
    np.testing.assert_allclose(scorer.exponential_moving_average(scores, alpha=0.5), [0.375, 1.0])


@pytest.mark.parametrize("pool", [scorer.softmin, scorer.exponential_moving_average])
def test_pooling_refuses_what_is_no_score(pool):
    with pytest.raises(labelaudit.InputError, match=r"s: expected scores in \[0, 1\], row 1 has others"):
        pool([[0.5, 0.5], [0.5, 1.5]])
    with pytest.raises(labelaudit.InputError, match=r"s: expected scores \(N, K\)"):
        pool([0.5, 0.5])
