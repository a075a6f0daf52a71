"""Entities: where they begin and end, and what they score."""

import numpy as np
import polars as pl
import pytest

import labelaudit
from labelaudit.token_classification import rank
from token_classification.cases import TAGS, lists, nested, sentences

BILOU = ["O", "B-PER", "I-PER", "L-PER", "U-PER", "B-LOC", "L-LOC"]


def _spans(tags, names=TAGS, **options):
    labels = [[-100 if tag is None else names.index(tag) for tag in sentence] for sentence in tags]
    pred_probs = [np.full((len(sentence), len(names)), 1 / len(names)) for sentence in tags]
    found = rank.entity_scores(labels, pred_probs, names, **options).sort("sentence", "start")
    return found.select("sentence", "start", "stop", "type").rows()


def test_by_hand():
    # O, B-PER, I-PER, B-LOC, I-LOC
    pred_probs = [
        [[0, 0.5, 0.25, 0.25, 0], [0.25, 0, 0.5, 0, 0.25], [1, 0, 0, 0, 0]],
        [[0.25, 0.25, 0.5, 0, 0], [0.75, 0, 0, 0.25, 0]],
    ]
    found = rank.entity_scores([[1, 2, 0], [3, 4]], pred_probs, TAGS, tokens=[["Ann", "Lee", "is"], ["New", "York"]])
    assert found.to_dicts() == [
        {"sentence": 1, "start": 0, "stop": 2, "type": "LOC", "suggested": "O", "score": 0.0, "text": "New York"},
        {"sentence": 0, "start": 0, "stop": 2, "type": "PER", "suggested": "PER", "score": 0.5, "text": "Ann Lee"},
    ]
    assert found.schema["sentence"] == found.schema["start"] == found.schema["stop"] == pl.Int64


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        (["B-PER", "I-PER", "O", "B-PER"], [(0, 2, "PER"), (3, 4, "PER")]),
        (["B-PER", "B-PER", "I-PER"], [(0, 1, "PER"), (1, 3, "PER")]),
        (["I-PER", "I-PER"], [(0, 2, "PER")]),  # no B: it begins where the type does
        (["B-PER", "I-LOC", "I-LOC"], [(0, 1, "PER"), (1, 3, "LOC")]),
        (["O", "O"], []),
        ([], []),
        (["B-PER", None, "I-PER", None], [(0, 3, "PER")]),  # the later parts of a word have no label
        ([None, "B-PER", None, "O"], [(1, 2, "PER")]),
    ],
)
def test_where_bio_entities_begin_and_end(tags, spans):
    assert _spans([["O"], tags, ["I-PER"]]) == [*((1, *span) for span in spans), (2, 0, 1, "PER")]


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        (["B-PER", "I-PER", "L-PER", "U-PER"], [(0, 3, "PER"), (3, 4, "PER")]),
        (["U-PER", "U-PER"], [(0, 1, "PER"), (1, 2, "PER")]),
        (["B-PER", "L-PER", "I-PER"], [(0, 2, "PER"), (2, 3, "PER")]),
        (["B-PER", "L-LOC"], [(0, 1, "PER"), (1, 2, "LOC")]),
    ],
)
def test_where_bilou_entities_begin_and_end(tags, spans):
    assert [span[1:] for span in _spans([tags], BILOU)] == spans
    bioes = [name.replace("L-", "E-").replace("U-", "S-") for name in BILOU]
    renamed = [tag.replace("L-", "E-").replace("U-", "S-") for tag in tags]
    assert [span[1:] for span in _spans([renamed], bioes)] == spans


def test_entities_do_not_go_on_into_the_next_sentence():
    assert _spans([["B-PER"], ["I-PER", "I-PER"], [], ["I-PER"]]) == [
        (0, 0, 1, "PER"),
        (1, 0, 2, "PER"),
        (3, 0, 1, "PER"),
    ]


def _by_a_plain_loop(labels, pred_probs, names):
    found = []
    for s, (sentence, probs) in enumerate(zip(labels, pred_probs, strict=True)):
        spans = []
        previous = "O"
        for t, label in enumerate(sentence):
            if label == -100:
                continue
            tag = names[label]
            if tag != "O" and (tag[0] == "B" or previous[2:] != tag[2:]):
                spans.append([tag[2:], []])
            if tag != "O":
                spans[-1][1].append(t)
            previous = tag
        for kind, tokens in spans:
            columns = {k: [i for i, name in enumerate(names) if name[2:] == k] for k in ("PER", "LOC")}
            merged = {k: probs[tokens][:, own].sum(axis=1) for k, own in columns.items()} | {"O": probs[tokens, 0]}
            best = max(merged, key=lambda k: merged[k].mean())
            found.append((s, tokens[0], tokens[-1] + 1, kind, best, merged[kind].min()))
    return found


@pytest.mark.parametrize("ignored", [0.0, 0.2])
def test_entities_of_random_tags_are_those_of_a_plain_loop(ignored):
    labels, pred_probs, lengths = sentences(np.random.default_rng(0).integers(0, 15, 300), ignored=ignored)
    expected = _by_a_plain_loop(nested(labels, lengths), nested(pred_probs, lengths), TAGS)
    found = rank.entity_scores(labels, pred_probs, TAGS, lengths=lengths)
    assert found["score"].is_sorted()
    found = found.sort("sentence", "start")
    assert found.drop("score").rows() == [row[:-1] for row in expected]
    np.testing.assert_allclose(found["score"], [row[-1] for row in expected], rtol=1e-13)
    same = rank.entity_scores(lists(labels, lengths), nested(pred_probs, lengths), TAGS).sort("sentence", "start")
    assert same.equals(found)


def test_labels_may_be_tags():
    labels = [["B-PER", "O"], ["I-LOC"]]
    pred_probs = [np.full((2, 5), 0.2), np.full((1, 5), 0.2)]
    found = rank.entity_scores(labels, pred_probs, TAGS)
    assert found.equals(rank.entity_scores([[1, 0], [4]], pred_probs, TAGS))
    assert found["type"].to_list() == ["PER", "LOC"]


def test_no_entities():
    for labels, pred_probs in [([], []), ([[]], [[]]), ([[0]], [np.full((1, 5), 0.2)])]:
        found = rank.entity_scores(labels, pred_probs, TAGS, tokens=[["a"] * len(sentence) for sentence in labels])
        assert found.shape == (0, 7)


def test_chunks_are_scored_as_the_whole():
    labels, pred_probs, lengths = sentences([9] * 100)
    chunks = np.array_split(pred_probs, 7)
    found = rank.entity_scores(labels, lambda: iter(chunks), TAGS, lengths=lengths)
    expected = rank.entity_scores(labels, pred_probs, TAGS, lengths=lengths)
    assert found.drop("score").equals(expected.drop("score"))
    np.testing.assert_allclose(found["score"], expected["score"], rtol=1e-14)


@pytest.mark.parametrize(
    ("names", "labels", "message"),
    [
        (["O", "PER"], [[0]], "class_names: expected tags such as O, B-PER and I-PER, which tell entities, got 'PER'"),
        (["O"], [[0]], "class_names: expected tags .* got 'O'"),
        (["O", "B-PER", "I-PER"], [[0]], "class_names: expected 5 names, one a column of pred_probs, got 3"),
        (TAGS, [["B-ORG"]], r"labels: expected one of class_names \(O, .*\), sentence 0, token 0 holds 'B-ORG'"),
        (TAGS, [[7]], "labels: expected class indices 0..4, .* sentence 0, token 0 holds 7"),
    ],
)
def test_what_is_refused(names, labels, message):
    with pytest.raises(labelaudit.InputError, match=message):
        rank.entity_scores(labels, [np.full((1, 5), 0.2)], names)
