"""What cannot be scored is refused, with its sentence and token."""

import numpy as np
import pytest

import labelaudit
from labelaudit.token_classification import filter, rank
from token_classification.cases import nested, sentences

LABELS = [[0, 1], [], [1, 0, 1]]
PRED_PROBS = [[[0.9, 0.1], [0.2, 0.8]], [], [[0.3, 0.7], [0.6, 0.4], [0.1, 0.9]]]
CALLS = pytest.mark.parametrize("call", [rank.get_label_quality_scores, filter.find_label_issues])


def _with(nested_lists, i, j, value):
    return [[value if (i, j) == (s, t) else part for t, part in enumerate(item)] for s, item in enumerate(nested_lists)]


@CALLS
@pytest.mark.parametrize(
    ("labels", "pred_probs", "message"),
    [
        (LABELS, _with(PRED_PROBS, 2, 1, [0.5, np.nan]), r"pred_probs: expected probabilities in \[0, 1\], sentence 2, token 1 holds nan in column 1; turn logits .* label tokens without a prediction -100"),
        (LABELS, _with(PRED_PROBS, 0, 1, [-3.0, 2.0]), "sentence 0, token 1 holds -3 in column 0"),
        (LABELS, _with(PRED_PROBS, 2, 0, [0.5, np.inf]), "sentence 2, token 0 holds inf in column 1"),
        (_with(LABELS, 2, 2, 2), PRED_PROBS, r"labels: expected class indices 0..1, as pred_probs has 2 columns, sentence 2, token 2 holds 2; -100 marks a token without a label"),
        (_with(LABELS, 0, 0, -1), PRED_PROBS, "sentence 0, token 0 holds -1; -100 marks"),
        (_with(LABELS, 2, 1, 0.5), PRED_PROBS, "labels: expected integers 0..K-1, or -100 for a token without a label, sentence 2, token 1 holds '0.5'"),
        (_with(LABELS, 2, 1, None), PRED_PROBS, "sentence 2, token 1 holds 'None'; number the classes"),
        (_with(LABELS, 2, 1, np.nan), PRED_PROBS, "sentence 2, token 1 holds 'nan'"),
        ([["O", "O"], [], ["O"] * 3], PRED_PROBS, "sentence 0, token 0 holds 'O'"),
        (LABELS[:2], PRED_PROBS, "labels: expected 3 sentences, as in pred_probs, got 2"),
        ([[0, 1], [], [1, 0]], PRED_PROBS, "labels: expected 3 tokens in sentence 2, as in pred_probs, got 2"),
        ([[0, 1], [0], [1, 0]], PRED_PROBS, "labels: expected 0 tokens in sentence 1, as in pred_probs, got 1"),
        (LABELS, _with(PRED_PROBS, 2, 0, [0.1, 0.2, 0.7]), "pred_probs: expected rows of one length, the first has 2 entries, sentence 2, token 0 has 3"),
        ([0, 1], [[0.9, 0.1], [0.2, 0.8]], "labels: expected a list of tokens for each sentence, .*; for flat arrays pass lengths"),
        ([[0], [1]], np.eye(2), "pred_probs: expected a matrix for each sentence, got one of all tokens; pass lengths"),
        (np.array([0, 1]), np.eye(2), "labels: expected a list of tokens for each sentence, got an array of shape .* pass lengths"),
        (LABELS, [[0.9, 0.2], [], [0.1, 0.2, 0.3]], r"pred_probs: expected shape \(N, K\), one column a class, got \(5,\)"),
        ([[[0], [1]], [], [[1], [0], [1]]], PRED_PROBS, "labels: expected one class index a token, got an array of 2"),
        (LABELS, [[["a", "b"]] * 2, [], [["a", "b"]] * 3], "pred_probs: expected floats, got an array of <U1"),
    ],
)  # fmt: skip
def test_what_cannot_be_scored(call, labels, pred_probs, message):
    with pytest.raises(labelaudit.InputError, match=message):
        call(labels, pred_probs)


@CALLS
def test_the_token_of_a_bad_value_in_a_later_block(call):
    labels, pred_probs, lengths = sentences([0, 7, 13] * 10_000, k=9)
    pred_probs[150_003, 4] = np.nan  # the third token of the fourth sentence past 7,500 times 20 tokens
    with pytest.raises(labelaudit.InputError, match="sentence 22501, token 3 holds nan in column 4"):
        call(labels, pred_probs, lengths=lengths)
    with pytest.raises(labelaudit.InputError, match="sentence 22501, token 3 holds nan in column 4"):
        call(nested(labels, lengths), nested(pred_probs, lengths))


@CALLS
@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([2, 2], "lengths: expected them to sum to 5, as labels has 5 rows, got 4"),
        ([6, -1], "lengths: expected integers >= 0, sentence 1 has -1"),
        (["a", "b"], "lengths: expected an integer for each sentence"),
    ],
)
def test_lengths_that_do_not_fit(call, lengths, message):
    with pytest.raises(labelaudit.InputError, match=message):
        call(np.zeros(5, int), np.full((5, 2), 0.5), lengths=lengths)


def test_words_that_do_not_fit():
    words = [["a", "b"], [], ["c", "d"]]
    with pytest.raises(labelaudit.InputError, match="tokens: expected 3 tokens in sentence 2, as in labels, got 2"):
        rank.get_label_quality_scores(LABELS, PRED_PROBS, tokens=words)
    with pytest.raises(labelaudit.InputError, match="tokens: expected 3 sentences, as in labels, got 2"):
        rank.get_label_quality_scores(LABELS, PRED_PROBS, tokens=words[:2])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"token_score_method": "x"}, "token_score_method: expected one of self_confidence, normalized_margin, .* got 'x'"),
        ({"sentence_score_method": "mean"}, "sentence_score_method: expected one of min, softmin, got 'mean'"),
        ({"sentence_score_method": "softmin", "sentence_score_kwargs": {"temperatur": 1}}, "sentence_score_kwargs: expected only temperature, got temperatur"),
        ({"sentence_score_kwargs": {"temperature": 1}}, "sentence_score_kwargs: expected nothing with min; temperature belongs to softmin"),
        *[
            ({"sentence_score_method": "softmin", "sentence_score_kwargs": {"temperature": bad}}, "temperature: expected a number")
            for bad in (-0.1, np.nan, "1", None, True)
        ],
    ],
)  # fmt: skip
def test_options_are_refused_before_anything_is_read(options, message):
    with pytest.raises(labelaudit.InputError, match=message):
        rank.get_label_quality_scores(None, None, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"return_indices_ranked_by": None}, "return_indices_ranked_by: expected one of self_confidence"),
        ({"filter": "both"}, "filter: is no argument; expected one of confident_joint, filter_by"),
        ({"rank_by_kwargs": {"adjust": True}}, "rank_by_kwargs: expected only adjust_pred_probs, got adjust"),
        ({"rank_by_kwargs": {"adjust_pred_probs": True}, "return_indices_ranked_by": "confidence_weighted_entropy"}, "adjust_pred_probs: confidence_weighted_entropy has no adjusted form"),
        ({"filter_by": "x"}, "filter_by: expected one of"),
    ],
)  # fmt: skip
def test_options_of_the_filter(options, message):
    with pytest.raises(labelaudit.InputError, match=message):
        filter.find_label_issues(LABELS, PRED_PROBS, **options)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0.1, np.nan],), {}, "sentence_scores: expected numbers, row 1 holds nan"),
        (([0.1],), {"threshold": np.nan}, "threshold: expected a number, got nan"),
        (([0.1],), {"threshold": "0.1"}, "threshold: expected a number, got '0.1'"),
        (
            ([0.1],),
            {"token_scores": [[0.1], [0.2]]},
            "token_scores: expected 1 sentences, as in sentence_scores, got 2",
        ),
        (([0.1],), {"token_scores": np.array([0.1])}, "token_scores: expected a list of tokens .* pass lengths"),
    ],
)
def test_issues_from_scores(arguments, options, message):
    with pytest.raises(labelaudit.InputError, match=message):
        rank.issues_from_scores(*arguments, **options)


def test_a_warning_names_the_token_whose_probabilities_do_not_sum_to_1():
    probs = _with(PRED_PROBS, 2, 1, [0.5, 0.7])
    with pytest.warns(UserWarning, match="the probabilities of sentence 2, token 1 do not sum to 1, and confidence_w"):
        rank.get_label_quality_scores(LABELS, probs, token_score_method="confidence_weighted_entropy")
