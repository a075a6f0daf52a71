"""Bad input is refused in a sentence that names the argument, the first row at fault and the way out."""

import numpy as np
import pytest

import labelaudit
from labelaudit import rank
from laws.data import classification_data
from laws.scorers import CLASSIFICATION_OF_ONE_MODEL, CLASSIFICATION_SCORERS

every = pytest.mark.parametrize("scorer", CLASSIFICATION_SCORERS, ids=str)
every_single = pytest.mark.parametrize("scorer", CLASSIFICATION_OF_ONE_MODEL, ids=str)


def _score(scorer, labels, pred_probs):
    return scorer({"labels": labels, "pred_probs": pred_probs})


@every
@pytest.mark.parametrize(
    ("bad", "shown"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf"), (-0.25, "-0.25"), (1.5, "1.5")]
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("own", [True, False])
def test_what_is_no_probability_is_refused_with_its_row(scorer, bad, shown, dtype, own):
    labels, pred_probs = classification_data(70_001, 6, dtype=dtype)
    column = labels[66_000] if own else (labels[66_000] + 1) % 6
    pred_probs[66_000, column] = bad
    pred_probs[69_000, 0] = bad
    with pytest.raises(
        labelaudit.InputError, match=rf"pred_probs.*row 66000 holds {shown} in column {column}; turn logits"
    ):
        _score(scorer, labels, pred_probs)


@every
@pytest.mark.parametrize("bad", [6, -1, -100, 2**40])
def test_a_label_that_is_no_class_is_refused_with_its_row(scorer, bad):
    labels, pred_probs = classification_data(70_001, 6)
    labels[66_000] = labels[69_999] = bad
    with pytest.raises(labelaudit.InputError, match=rf"labels: expected class indices 0\.\.5.*row 66000 holds {bad};"):
        _score(scorer, labels, pred_probs)


@every_single
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([0.0, 1.5, 1.0]), "labels: expected integers, row 1 holds 1.5"),
        (np.array([0.0, np.nan, 1.0]), "labels: expected integers, row 1 holds nan; drop rows without a label"),
        (["cat", "dog", "cat"], r"labels: expected integers 0..K-1, row 0 holds .*cat.*number the classes"),
        (np.array([0, "dog", None], dtype=object), "row 1 holds 'dog'"),
        (np.array([0, None, 1], dtype=object), "row 1 holds None"),
        ([0, 1], "labels: expected 3 rows, as in pred_probs, got 2"),
        ([[0], [1], [1]], r"labels: expected shape \(N,\), one class index a row, got \(3, 1\)"),
        (1, r"labels: expected shape \(N,\)"),
        (np.ma.array([0, 1, 1], mask=[False, True, False]), "labels: row 1 is masked"),
        ([[0], [1, 2], [1]], "labels: "),
        (np.array([0, 1j, 1]), "labels: expected integers"),
    ],
)
def test_labels_of_the_wrong_kind(scorer, labels, message):
    with pytest.raises(labelaudit.InputError, match=message):
        _score(scorer, labels, np.array([[0.5, 0.5], [0.2, 0.8], [0.3, 0.7]]))


@every_single
@pytest.mark.parametrize(
    ("pred_probs", "message"),
    [
        (
            np.array([0.1, 0.2]),
            r"pred_probs: expected shape \(N, K\).*got \(2,\); for two classes pass np.column_stack",
        ),
        (np.zeros((2, 2, 2)), r"pred_probs: expected shape \(N, K\).*got \(2, 2, 2\)"),
        (np.zeros((2, 0)), r"pred_probs: expected shape \(N, K\)"),
        (np.array([["a", "b"], ["c", "d"]]), "pred_probs: expected floats, got an array of <U1"),
        (np.array([[0.5, None], [0.5, 0.5]], dtype=object), "row 0 holds nan in column 1"),
        (np.array([[1j, 0], [0, 1]]), "pred_probs: expected floats"),
        ([[0.5, 0.5], [1.0]], "pred_probs: "),
        (
            np.array([[0.5, 0.5], [1.0]], dtype=object),
            "pred_probs: expected rows of one length, row 0 has 2, row 1 has 1",
        ),
        (None, r"pred_probs: expected shape \(N, K\)"),
    ],
)
def test_probabilities_of_the_wrong_kind(scorer, pred_probs, message):
    with pytest.raises(labelaudit.InputError, match=message):
        _score(scorer, [0, 1], pred_probs)


SUMS = np.array([[0.5, 0.5], [0.5, 0.3], [0.2, 0.2]])


@pytest.mark.parametrize(
    "arguments",
    [
        {"method": "confidence_weighted_entropy"},
        {"adjust_pred_probs": True},
        {"method": "normalized_margin", "adjust_pred_probs": True},
    ],
)
def test_sums_off_1_warn_where_the_method_needs_them(arguments):
    with pytest.warns(UserWarning, match="probabilities of row 1 do not sum to 1") as caught:
        scores = rank.get_label_quality_scores([0, 1, 1], SUMS, **arguments)
    assert len(caught) == 1
    assert scores.shape == (3,)


@pytest.mark.parametrize("method", ["self_confidence", "normalized_margin"])
def test_sums_off_1_are_nothing_to_methods_that_do_not_need_them(method):
    scores = rank.get_label_quality_scores([0, 1, 1], SUMS, method=method)
    np.testing.assert_allclose(scores, [0.5, 0.3, 0.2] if method == "self_confidence" else [0.5, 0.4, 0.5])


def test_a_float16_row_of_a_thousand_classes_does_not_warn():
    pred_probs = np.random.default_rng(0).dirichlet(np.ones(1000), 50).astype(np.float16)
    rank.get_label_quality_scores(np.zeros(50, int), pred_probs, method="confidence_weighted_entropy")


def test_unknown_methods_are_refused_with_the_known_ones():
    with pytest.raises(
        labelaudit.InputError, match="method: expected one of self_confidence, normalized_margin, .*'margin'"
    ):
        rank.get_label_quality_scores([0], [[1.0]], method="margin")


def test_entropy_has_no_adjusted_form():
    with pytest.raises(
        labelaudit.InputError, match="adjust_pred_probs: confidence_weighted_entropy has no adjusted form"
    ):
        rank.get_label_quality_scores([0], [[1.0]], method="confidence_weighted_entropy", adjust_pred_probs=True)


class TestStreams:
    labels, pred_probs = classification_data(100, 3)

    def test_an_iterator_serves_one_pass(self):
        scores = rank.get_label_quality_scores(self.labels, iter([self.pred_probs[:60], self.pred_probs[60:]]))
        np.testing.assert_array_equal(scores, rank.get_label_quality_scores(self.labels, self.pred_probs))

    def test_an_iterator_is_refused_for_two_passes(self):
        with pytest.raises(
            labelaudit.InputError, match="can be walked only once.*pass a function that returns a new iterator"
        ):
            rank.get_label_quality_scores(self.labels, iter([self.pred_probs]), adjust_pred_probs=True)

    def test_too_few_rows(self):
        with pytest.raises(
            labelaudit.InputError, match="labels: expected 60 rows, as in the chunks of pred_probs, got 100"
        ):
            rank.get_label_quality_scores(self.labels, iter([self.pred_probs[:60]]))

    def test_too_many_rows(self):
        with pytest.raises(labelaudit.InputError, match="labels: expected a row for each of pred_probs, got 99"):
            rank.get_label_quality_scores(self.labels[:99], lambda: iter([self.pred_probs]))

    def test_chunks_that_differ_in_width(self):
        with pytest.raises(labelaudit.InputError, match=r"chunks of shape \(n, 3\), the one at row 60 is \(40, 2\)"):
            rank.get_label_quality_scores(self.labels, lambda: iter([self.pred_probs[:60], self.pred_probs[60:, :2]]))

    def test_no_chunks(self):
        with pytest.raises(labelaudit.InputError, match="the iterator has no chunks"):
            rank.get_label_quality_scores(self.labels, iter([]))

    def test_the_row_at_fault_is_counted_over_all_chunks(self):
        bad = self.pred_probs.copy()
        bad[77, 1] = np.nan
        with pytest.raises(labelaudit.InputError, match="row 77 holds nan in column 1"):
            rank.get_label_quality_scores(self.labels, lambda: iter([bad[:40], bad[40:]]))

    def test_an_error_of_the_iterator_comes_through(self):
        def chunks():
            yield self.pred_probs[:40]
            raise OSError("disk gone")

        with pytest.raises(OSError, match="disk gone"):
            rank.get_label_quality_scores(self.labels, chunks)


class TestEnsemble:
    labels, pred_probs = classification_data(20, 3)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"weight_ensemble_members_by": "vote"}, "weight_ensemble_members_by: expected one of uniform"),
            ({"weight_ensemble_members_by": "custom"}, "custom_weights: expected one weight a model"),
            ({"custom_weights": [1, 2]}, "custom_weights: is used only with"),
            ({"weight_ensemble_members_by": "custom", "custom_weights": [1.0]}, "custom_weights: expected 2 weights"),
            ({"weight_ensemble_members_by": "custom", "custom_weights": [1, -1]}, "custom_weights: .*number 1 is -1"),
            (
                {"weight_ensemble_members_by": "custom", "custom_weights": [1, np.nan]},
                "custom_weights: .*number 1 is nan",
            ),
            ({"weight_ensemble_members_by": "custom", "custom_weights": [0, 0]}, "custom_weights: .*not all 0"),
        ],
    )
    def test_weights(self, arguments, message):
        with pytest.raises(labelaudit.InputError, match=message):
            rank.get_label_quality_ensemble_scores(self.labels, [self.pred_probs] * 2, **arguments)

    @pytest.mark.parametrize(
        ("members", "message"),
        [
            ([], "pred_probs_list: expected a list"),
            (pred_probs, "pred_probs_list: .*wrap it in"),
            ([pred_probs, pred_probs[:, :2]], r"pred_probs_list\[1\]: expected 3 columns"),
            ([pred_probs, pred_probs[:9]], r"labels: expected 9 rows, as in pred_probs_list\[1\]"),
            ([pred_probs, np.where(pred_probs > 0.9, np.nan, pred_probs)], r"pred_probs_list\[1\]: .*holds nan"),
        ],
    )
    def test_members(self, members, message):
        with pytest.raises(labelaudit.InputError, match=message):
            rank.get_label_quality_ensemble_scores(self.labels, members)


class TestOrder:
    @pytest.mark.parametrize(
        ("mask", "message"),
        [
            ([1, 0], "label_issues_mask: expected booleans"),
            ([True], r"label_issues_mask: expected shape \(2,\)"),
            ([[True, False]], r"label_issues_mask: expected shape \(2,\)"),
        ],
    )
    def test_masks(self, mask, message):
        with pytest.raises(labelaudit.InputError, match=message):
            rank.order_label_issues(mask, [0, 1], [[1.0, 0.0], [0.0, 1.0]])

    def test_unknown_arguments_of_the_method(self):
        with pytest.raises(
            labelaudit.InputError, match="rank_by_kwargs: expected only adjust_pred_probs and features, got adjust"
        ):
            rank.order_label_issues([True], [0], [[1.0]], rank_by_kwargs={"adjust": True})

    @pytest.mark.parametrize(
        ("scores", "top", "message"),
        [
            ([0.1, np.nan], 1, "quality_scores: expected numbers, row 1 holds nan"),
            ([[0.1]], 1, r"quality_scores: expected shape \(N,\)"),
            (["a"], 1, "quality_scores: expected floats"),
            ([0.1], -1, "top: expected how many indices to return, got -1"),
            ([0.1], 1.5, "top: expected how many indices to return, got 1.5"),
        ],
    )
    def test_top_issues(self, scores, top, message):
        with pytest.raises(labelaudit.InputError, match=message):
            rank.find_top_issues(scores, top=top)
