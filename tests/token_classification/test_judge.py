"""What an audit of sentences lists."""

import numpy as np
import pyarrow as pa
import pytest

import labelaudit
from labelaudit.token_classification import rank
from labelaudit.token_classification.judge import fits, judge
from token_classification.cases import TAGS, lists, nested, sentences

O, B_PER, I_PER, B_LOC, I_LOC = range(5)  # noqa: E741


def _model(believed, sure=0.96):
    """Probabilities of a model that is sure of these classes."""
    pred_probs = np.full((len(believed), 5), (1 - sure) / 4)
    pred_probs[np.arange(len(believed)), believed] = sure
    return pred_probs


# many right sentences, so that wrong ones are rare
RIGHT = [[O, B_PER, I_PER, O, B_LOC, I_LOC, O]] * 30


def _judge(given, believed, **options):
    pred_probs = [_model(sentence) for sentence in [*RIGHT, believed]]
    return judge([*RIGHT, given], pred_probs, class_names=TAGS, **options)


@pytest.mark.parametrize(
    ("given", "believed", "rows"),
    [
        ([O, O, O, O], [O, B_PER, I_PER, O], [(1, 3, "overlooked", "O", "PER")]),
        ([O, B_LOC, I_LOC, O], [O, O, O, O], [(1, 3, "extra", "LOC", "O")]),
        ([O, B_LOC, I_LOC, O], [O, B_PER, I_PER, O], [(1, 3, "swapped", "LOC", "PER")]),
        ([O, B_PER, B_PER, O], [O, B_PER, I_PER, O], [(2, 3, "boundary", "PER", "PER")]),
        ([O, O, O, B_LOC], [B_PER, O, O, O], [(0, 1, "overlooked", "O", "PER"), (3, 4, "extra", "LOC", "O")]),
        # two entities side by side are two
        ([O, O, O, O], [B_PER, I_PER, B_PER, O], [(0, 2, "overlooked", "O", "PER"), (2, 3, "overlooked", "O", "PER")]),
        ([B_PER, B_PER, O, O], [O, O, O, O], [(0, 1, "extra", "PER", "O"), (1, 2, "extra", "PER", "O")]),
        # another mistake is another issue
        ([O, O, O, O], [B_PER, B_LOC, I_LOC, O], [(0, 1, "overlooked", "O", "PER"), (1, 3, "overlooked", "O", "LOC")]),
        # what has no label is no break in an entity
        ([O, O, -100, O], [B_PER, I_PER, O, I_PER], [(0, 4, "overlooked", "O", "PER")]),
    ],
)
def test_the_wrong_tokens_of_an_entity_are_one_issue(given, believed, rows):
    issues = _judge(given, believed).issues.sort("start")
    assert issues.select("start", "stop", "kind", "given", "suggested").rows() == rows
    assert issues["row"].to_list() == [30] * len(rows)


def test_issues_carry_what_a_person_needs():
    words = [["w"] * 7] * 30 + [["Ann", "Lee", "left"]]
    audit = _judge([O, O, O], [B_PER, I_PER, O], tokens=words, ids=[f"s{i}" for i in range(31)])
    assert audit.issues.columns == [
        "id",
        "row",
        "start",
        "stop",
        "kind",
        "given",
        "suggested",
        "score",
        "p_wrong",
        "text",
    ]
    issue = audit.issues.to_dicts()[0]
    assert (issue["id"], issue["row"], issue["text"]) == ("s30", 30, "Ann Lee")
    assert issue["score"] == pytest.approx(0.01)
    assert 0.5 < issue["p_wrong"] <= 1
    assert audit.parts.rows() == [(7,)] * 30 + [(3,)]
    assert audit.items.columns == ["id", "score", "tokens"]
    assert audit.scores[30] == pytest.approx(0.01)
    assert (audit.scores[:30] > 0.9).all()


def test_the_score_of_an_issue_is_its_least_and_p_wrong_its_greatest():
    pred_probs = [_model(sentence) for sentence in [*RIGHT, [B_PER, I_PER]]]
    pred_probs[-1][1] = _model([I_PER], 0.9)[0]
    whole = judge([*RIGHT, [O, O]], pred_probs, class_names=TAGS).issues
    each = judge([*RIGHT, [O, O]], pred_probs).issues
    assert each.select("start", "stop", "kind", "given", "suggested").rows() == [
        (0, 1, "swapped", O, B_PER),
        (1, 2, "swapped", O, I_PER),
    ]
    assert whole["score"].to_list() == [each["score"].min()] == [pytest.approx(0.01)]
    assert whole["p_wrong"].to_list() == [each["p_wrong"].max()]


def test_names_that_are_no_tags_have_an_issue_a_token():
    names = ["none", "noun", "verb", "name", "other"]
    pred_probs = [_model(sentence) for sentence in [*RIGHT, [1, 1]]]
    issues = judge([*RIGHT, [2, 2]], pred_probs, class_names=names).issues
    assert issues.select("start", "kind", "given", "suggested").rows() == [
        (0, "swapped", "verb", "noun"),
        (1, "swapped", "verb", "noun"),
    ]


def test_scores_are_those_of_the_method():
    labels, pred_probs, lengths = sentences([11] * 300, ignored=0.1)
    for method in ("self_confidence", "normalized_margin", "noise_posterior"):
        options = {"sentence_score_method": "softmin", "lengths": lengths}
        audit = judge(labels, pred_probs, method=method, **options)
        expected, token_scores = rank.get_label_quality_scores(labels, pred_probs, token_score_method=method, **options)
        np.testing.assert_array_equal(audit.scores, expected)
        starts = np.cumsum(lengths) - lengths
        flagged = starts[audit.issues["row"]] + audit.issues["start"].to_numpy()
        np.testing.assert_array_equal(audit.issues["score"], token_scores[flagged])
        assert audit.issues["score"].is_sorted()
        assert (audit.method, audit.parameters) == (method, {"sentence_score_method": "softmin"})


def test_issues_and_estimate_are_those_of_the_tokens_as_rows():
    labels, pred_probs, lengths = sentences([11] * 300, ignored=0.1)
    kept = labels != -100
    rows = labelaudit.audit("classification", labels[kept], pred_probs[kept])
    audit = judge(labels, pred_probs, lengths=lengths)
    starts = np.cumsum(lengths) - lengths
    places = np.flatnonzero(kept)
    assert sorted(starts[audit.issues["row"]] + audit.issues["start"].to_numpy()) == sorted(places[rows.issues["row"]])
    assert audit.estimate.wrong == pytest.approx(rows.estimate.wrong, rel=1e-12)
    assert audit.estimate.items == kept.sum()


def test_labels_may_be_tags_and_every_form_is_judged_alike():
    labels, pred_probs, lengths = sentences(np.random.default_rng(0).integers(0, 9, 200))
    expected = judge(labels, pred_probs, class_names=TAGS, lengths=lengths).issues
    label_lists, probs = lists(labels, lengths), nested(pred_probs, lengths)
    tags = [[TAGS[label] for label in sentence] for sentence in label_lists]
    assert len(expected) > 20
    for given, predicted in [(label_lists, probs), (tags, probs), (pa.array(tags), lists(pred_probs, lengths))]:
        assert judge(given, predicted, class_names=TAGS).issues.equals(expected)


def test_a_run_is_saved_and_loads(tmp_path):
    audit = _judge([O, B_LOC, O, O], [O, O, B_PER, I_PER], tokens=[["w"] * 7] * 30 + [list("abcd")])
    audit.save(tmp_path / "run.parquet")
    loaded = labelaudit.load(tmp_path / "run.parquet")
    assert len(audit.issues) == 2
    assert loaded.issues.equals(audit.issues)
    assert loaded.items.equals(audit.items)
    assert loaded.estimate == audit.estimate


def test_nothing_to_judge():
    for labels, pred_probs in [([], []), ([[], []], [[], []]), ([[-100]], [np.full((1, 5), 0.2)])]:
        audit = judge(labels, pred_probs, class_names=TAGS, tokens=[["a"] * len(sentence) for sentence in labels])
        assert audit.issues.shape == (0, 10)
        np.testing.assert_array_equal(audit.scores, np.ones(len(labels)))


@pytest.mark.parametrize(
    ("labels", "predictions", "fitting"),
    [
        ([[0, 1], [0]], [np.eye(2), np.eye(2)[:1]], True),
        ([[0, 1], [0]], [[[1, 0], [0, 1]], [[1, 0]]], True),
        ([["O"], []], [np.eye(2)[:1], np.zeros((0, 2))], True),
        ([[], [1]], [[], [[0.5, 0.5]]], True),
        ([np.array([0, 1])], [np.eye(2)], True),
        (np.zeros((3, 4), int), np.zeros((3, 4, 2)), True),
        (pa.array([[0, 1], [0]]), pa.array([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0]]]), True),
        ([0, 1], np.eye(2), False),  # classification
        (np.array([0, 1]), np.eye(2), False),
        ([0.5, 1.5], [0.5, 1.5], False),  # regression
        ([[0, 1], [0]], np.eye(2), False),  # multi-label
        ([[0, 1], [0]], [[0.5, 0.5], [0.5, 0.5]], False),
        (np.eye(2, dtype=int), np.eye(2), False),
        ([{"bboxes": [], "labels": []}], [[np.zeros((1, 5)), np.zeros((0, 5))]], False),  # boxes
        (np.zeros((3, 8, 8), int), np.zeros((3, 2, 8, 8)), False),  # segmentation
        ([[0, 1]], [np.eye(2)] * 2, False),
        ([0, 1], lambda: iter([np.eye(2)]), False),
        ([], [], False),
    ],
)
def test_the_task_is_told_by_the_shapes(labels, predictions, fitting):
    assert fits(labels, predictions) is fitting


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "x"}, "method: expected one of self_confidence"),
        ({"sentence_score_method": "mean"}, "sentence_score_method: expected one of min, softmin"),
        ({"class_names": ["a", "b"]}, "class_names: expected 5 names"),
        ({"ids": [1]}, "ids: expected 2"),
        ({"tokens": [["a"], ["b", "c"]]}, "tokens: expected 2 tokens in sentence 0, as in labels, got 1"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(labelaudit.InputError, match=message):
        judge([[0, 1], [2, 3]], [np.full((2, 5), 0.2)] * 2, **options)


def test_class_names_may_be_an_array():
    labels, pred_probs, lengths = sentences([5] * 20)
    found = judge(labels, pred_probs, class_names=np.array(TAGS), lengths=lengths)
    assert found.issues.equals(judge(labels, pred_probs, class_names=TAGS, lengths=lengths).issues)


def test_words_as_labels_need_class_names():
    with pytest.raises(labelaudit.InputError, match="class_names: labels are words; pass the classes in the order of"):
        judge([["O"]], [np.full((1, 5), 0.2)])
