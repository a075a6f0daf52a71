"""What an audit of sentences lists."""

import numpy as np
import pyarrow as pa
import pytest

import labelaudit
from labelaudit.tasks import TASKS
from labelaudit.token_classification import rank
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
    return labelaudit.audit("token_classification", [*RIGHT, given], pred_probs, class_names=TAGS, **options)


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
    (issue,) = audit.issues.to_dicts()
    assert list(issue) == [
        "issue", "id", "row", "start", "stop", "kind", "given", "suggested", "score", "p_wrong", "text",
    ]  # fmt: skip
    assert (issue["issue"], issue["id"], issue["row"], issue["text"]) == ("s30#0:2", "s30", 30, "Ann Lee")
    assert 0.5 < issue["p_wrong"] <= 1
    assert audit.method == "noise_posterior"
    assert issue["score"] == pytest.approx(1 - issue["p_wrong"], abs=1e-9)


def test_items_hold_words_and_tags():
    words = [["w"] * 7] * 30 + [["Ann", "Lee", "left"]]
    audit = _judge([O, -100, O], [B_PER, I_PER, O], tokens=words)
    assert audit.items.columns == ["id", "score", "p_wrong", "tokens", "words", "given", "suggested"]
    last = audit.items.row(30, named=True)
    assert (last["tokens"], last["words"]) == (3, ["Ann", "Lee", "left"])
    assert (last["given"], last["suggested"]) == (["O", None, "O"], ["B-PER", None, "O"])
    assert audit.scores[30] < 0.5 < audit.scores[:30].min()


def test_sentences_without_tokens_and_classes_without_names():
    audit = labelaudit.audit("token_classification", [[0, -100], []], [np.eye(2), np.zeros((0, 2))])
    assert audit.items.columns == ["id", "score", "p_wrong", "tokens", "given", "suggested"]
    assert audit.items["tokens"].to_list() == [2, 0]
    assert audit.items["given"].to_list() == audit.items["suggested"].to_list() == [[0, None], []]
    assert audit.items["p_wrong"][1] == 0


def test_a_sentence_is_wrong_where_any_of_its_tokens_is():
    pred_probs = [_model(sentence, 0.9) for sentence in [*RIGHT, [B_PER, B_PER]]]
    audit = labelaudit.audit("token_classification", [*RIGHT, [O, O]], pred_probs)
    assert audit.items["p_wrong"][30] == pytest.approx(1 - (1 - audit.issues["p_wrong"]).product())


def test_counts_are_of_tokens_and_by_type():
    audit = _judge([O, O, O, B_LOC], [B_PER, I_PER, O, O])
    assert (audit.counts.unit, audit.counts.labels, audit.counts.wrong, audit.counts.missing) == ("tokens", 214, 3, 0)
    assert audit.counts.by_class.rows() == [("O", 93, 2, 0), ("LOC", 61, 1, 0), ("PER", 60, 0, 0)]
    assert audit.headline.startswith("3 of 214 tokens look wrong (1.4 %), in 2 spans; between 1 and ")
    assert audit.estimate.unit == "tokens"


def test_what_is_ignored_inside_of_a_span_is_not_counted():
    counts = _judge([O, O, -100, O], [B_PER, I_PER, O, I_PER]).counts
    assert (counts.labels, counts.wrong) == (213, 3)


@pytest.mark.parametrize(
    ("given", "believed", "headline"),
    [
        ([O, O, O], [B_PER, I_PER, O], "2 of 213 tokens look wrong (0.9 %), in 1 span; between 0 and 4 are"),
        ([B_PER, O, O], [B_PER, O, B_LOC], "1 of 213 tokens looks wrong (0.5 %); about 1 is (0 to 2)"),
        ([O, O, B_LOC], [B_PER, I_PER, O], "3 of 213 tokens look wrong (1.4 %), in 2 spans; between 1 and 5 are"),
    ],
)
def test_the_headline_counts_tokens_and_where_it_is_another_number_spans(given, believed, headline):
    assert _judge(given, believed).headline == headline


def test_counts_and_estimate_are_right_on_planted_errors():
    rng = np.random.default_rng(0)
    _, pred_probs, lengths = sentences(rng.integers(5, 40, 400), seed=1)
    true = pred_probs.argmax(axis=1)
    wrong = rng.random(true.size) < 0.04
    given = np.where(wrong, (true + rng.integers(1, 5, true.size)) % 5, true)
    audit = labelaudit.audit("token_classification", given, pred_probs, lengths=lengths, class_names=TAGS)
    assert audit.counts.labels == true.size
    assert audit.counts.wrong == pytest.approx(wrong.sum(), rel=0.25)
    assert audit.counts.by_class["wrong"].sum() == audit.counts.wrong
    assert audit.estimate.low <= wrong.sum() <= audit.estimate.high


def test_what_was_decided_keep_is_in_no_count():
    first = _judge([O, O, O], [B_PER, I_PER, O])
    kept = [labelaudit.Decision(first.issues["issue"][0], "keep", given="O")]
    again = _judge([O, O, O], [B_PER, I_PER, O], decisions=kept)
    assert (len(again.issues), again.counts.wrong, again.counts.by_class["wrong"].sum()) == (0, 0, 0)
    assert _judge([B_LOC, I_LOC, O], [B_PER, I_PER, O], decisions=kept).counts.wrong == 2


def test_the_threshold_is_how_likely_a_token_must_be_wrong():
    labels, pred_probs, lengths = sentences([11] * 300)
    few, some, many = (
        labelaudit.audit("token_classification", labels, pred_probs, lengths=lengths, threshold=threshold).issues
        for threshold in (0.9, 0.5, 0.2)
    )
    assert 0 < len(few) < len(some) < len(many)
    assert few["p_wrong"].min() > 0.9
    assert set(few["issue"]) < set(some["issue"]) < set(many["issue"])


def test_issues_are_the_same_whatever_scores_them():
    labels, pred_probs, lengths = sentences([11] * 300, ignored=0.1)
    audit = labelaudit.audit("token_classification", labels, pred_probs, lengths=lengths)
    other = labelaudit.audit("token_classification", labels, pred_probs, lengths=lengths, method="self_confidence")
    assert set(audit.issues["issue"]) == set(other.issues["issue"])
    assert (audit.counts, audit.estimate) == (other.counts, other.estimate)


def test_an_iterator_is_enough_for_one_walk():
    labels, pred_probs, lengths = sentences([5] * 20)
    audit = labelaudit.audit("token_classification", labels, iter([pred_probs[:60], pred_probs[60:]]), lengths=lengths)
    expected = labelaudit.audit("token_classification", labels, pred_probs, lengths=lengths)
    assert audit.items.equals(expected.items)
    with pytest.raises(labelaudit.InputError, match="pred_probs: an iterator can be walked only once"):
        labelaudit.audit("token_classification", labels, iter([pred_probs]), lengths=lengths, method="self_confidence")


def test_the_score_of_an_issue_is_its_least_and_p_wrong_its_greatest():
    pred_probs = [_model(sentence) for sentence in [*RIGHT, [B_PER, I_PER]]]
    pred_probs[-1][1] = _model([I_PER], 0.9)[0]
    given = [*RIGHT, [O, O]]
    whole = labelaudit.audit(
        "token_classification", given, pred_probs, class_names=TAGS, method="self_confidence"
    ).issues
    each = labelaudit.audit("token_classification", given, pred_probs, method="self_confidence").issues
    assert each.select("start", "stop", "kind", "given", "suggested").rows() == [
        (0, 1, "swapped", O, B_PER),
        (1, 2, "swapped", O, I_PER),
    ]
    assert whole["score"].to_list() == [each["score"].min()] == [pytest.approx(0.01)]
    assert whole["p_wrong"].to_list() == [each["p_wrong"].max()]


def test_names_that_are_no_tags_have_an_issue_a_token():
    names = ["none", "noun", "verb", "name", "other"]
    pred_probs = [_model(sentence) for sentence in [*RIGHT, [1, 1]]]
    issues = labelaudit.audit("token_classification", [*RIGHT, [2, 2]], pred_probs, class_names=names).issues
    assert issues.select("start", "kind", "given", "suggested").rows() == [
        (0, "swapped", "verb", "noun"),
        (1, "swapped", "verb", "noun"),
    ]


def test_scores_are_those_of_the_method():
    labels, pred_probs, lengths = sentences([11] * 300, ignored=0.1)
    for method in ("self_confidence", "normalized_margin", "noise_posterior"):
        options = {"sentence_score_method": "softmin", "lengths": lengths}
        audit = labelaudit.audit("token_classification", labels, pred_probs, method=method, **options)
        expected, token_scores = rank.get_label_quality_scores(labels, pred_probs, token_score_method=method, **options)
        np.testing.assert_array_equal(audit.scores, expected)
        starts = np.cumsum(lengths) - lengths
        flagged = starts[audit.issues["row"]] + audit.issues["start"].to_numpy()
        np.testing.assert_array_equal(audit.issues["score"], token_scores[flagged])
        assert audit.issues["score"].is_sorted()
        assert (audit.method, audit.parameters) == (
            method,
            {"sentence_score_method": "softmin", "threshold": 0.5},
        )


def test_issues_and_estimate_are_those_of_the_tokens_as_rows():
    labels, pred_probs, lengths = sentences([11] * 300, ignored=0.1)
    kept = labels != -100
    rows = labelaudit.audit("classification", labels[kept], pred_probs[kept])
    audit = labelaudit.audit("token_classification", labels, pred_probs, lengths=lengths)
    starts = np.cumsum(lengths) - lengths
    places = np.flatnonzero(kept)
    assert sorted(starts[audit.issues["row"]] + audit.issues["start"].to_numpy()) == sorted(places[rows.issues["row"]])
    assert audit.estimate.wrong == pytest.approx(rows.estimate.wrong, rel=1e-12)
    assert audit.counts.labels == kept.sum()


def test_labels_may_be_tags_and_every_form_is_judged_alike():
    labels, pred_probs, lengths = sentences(np.random.default_rng(0).integers(0, 9, 200))
    expected = labelaudit.audit("token_classification", labels, pred_probs, class_names=TAGS, lengths=lengths).issues
    label_lists, probs = lists(labels, lengths), nested(pred_probs, lengths)
    tags = [[TAGS[label] for label in sentence] for sentence in label_lists]
    assert len(expected) > 20
    for given, predicted in [(label_lists, probs), (tags, probs), (pa.array(tags), lists(pred_probs, lengths))]:
        assert labelaudit.audit("token_classification", given, predicted, class_names=TAGS).issues.equals(expected)


def test_a_run_is_saved_and_loads(tmp_path):
    audit = _judge([O, B_LOC, O, O], [O, O, B_PER, I_PER], tokens=[["w"] * 7] * 30 + [list("abcd")])
    audit.save(tmp_path / "run.parquet")
    loaded = labelaudit.load(tmp_path / "run.parquet")
    assert len(audit.issues) == 2
    assert loaded.issues.equals(audit.issues)
    assert loaded.items.equals(audit.items)
    assert (loaded.estimate, loaded.counts, loaded.headline) == (audit.estimate, audit.counts, audit.headline)
    assert loaded.view(30) == audit.view(30)


def test_nothing_to_judge():
    for labels, pred_probs in [([], []), ([[], []], [[], []]), ([[-100]], [np.full((1, 5), 0.2)])]:
        audit = labelaudit.audit(
            "token_classification",
            labels,
            pred_probs,
            class_names=TAGS,
            tokens=[["a"] * len(sentence) for sentence in labels],
        )
        assert audit.issues.shape == (0, 11)
        assert audit.counts.labels == 0
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
    assert TASKS["token_classification"].fits(labels, predictions) is fitting


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "x"}, "method: expected one of self_confidence"),
        ({"sentence_score_method": "mean"}, "sentence_score_method: expected one of min, softmin"),
        ({"threshold": 1.5}, "threshold: expected a probability of being wrong"),
        ({"class_names": ["a", "b"]}, "class_names: expected 5 names"),
        ({"ids": [1]}, "ids: expected 2"),
        ({"tokens": [["a"], ["b", "c"]]}, "tokens: expected 2 tokens in sentence 0, as in labels, got 1"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(labelaudit.InputError, match=message):
        labelaudit.audit("token_classification", [[0, 1], [2, 3]], [np.full((2, 5), 0.2)] * 2, **options)


def test_class_names_may_be_an_array():
    labels, pred_probs, lengths = sentences([5] * 20)
    found = labelaudit.audit("token_classification", labels, pred_probs, class_names=np.array(TAGS), lengths=lengths)
    assert found.issues.equals(
        labelaudit.audit("token_classification", labels, pred_probs, class_names=TAGS, lengths=lengths).issues
    )


def test_words_as_labels_need_class_names():
    message = r"class_names: labels hold 1 name \(O\), and pred_probs has 5 columns; pass the names in the order of"
    with pytest.raises(labelaudit.InputError, match=message):
        labelaudit.audit("token_classification", [["O"]], [np.full((1, 5), 0.2)])
