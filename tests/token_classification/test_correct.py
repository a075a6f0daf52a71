"""From decisions about spans to corrected tags."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import labelaudit
from labelaudit import Decision

BIO = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
BIOES = ["O", *(f"{prefix}-PER" for prefix in "BIES")]


def _probabilities(believed, names, sure=0.97):
    probs = np.full((len(believed), len(names)), (1 - sure) / (len(names) - 1))
    probs[np.arange(len(believed)), [names.index(tag) for tag in believed]] = sure
    return probs


def _audited(given, believed, names=BIO, **options):
    """Labels and their audit: the last of 31 sentences is the one in question."""
    right = [["O", names[1], "O", "O"]] * 30 if names is BIO else [["O", "S-PER", "O", "O"]] * 30
    labels = [*right, given]
    pred_probs = [_probabilities(tags, names) for tags in [*right, believed]]
    return labels, labelaudit.audit("token_classification", labels, pred_probs, class_names=names, **options)


def _corrected(given, believed, value, names=BIO):
    labels, audit = _audited(given, believed, names)
    (key,) = audit.issues.filter(pl.col("row") == 30)["issue"]
    corrected = audit.correct(labels, [Decision(key, "fix", value)])
    assert corrected[:30] == labels[:30]
    assert audit.correct(corrected, [Decision(key, "fix", value)]) == corrected
    return corrected[30]


@pytest.mark.parametrize(
    ("given", "believed", "value", "right"),
    [
        ("O O O O", "O B-PER I-PER O", (1, 3, "PER"), "O B-PER I-PER O"),
        ("O B-LOC I-LOC O", "O B-PER I-PER O", (1, 3, "PER"), "O B-PER I-PER O"),
        ("O B-PER I-PER O", "O O O O", (1, 3, "O"), "O O O O"),
        # an end was moved: what is left of the old span is no entity
        ("O B-LOC I-LOC O", "O B-PER I-PER O", (1, 2, "PER"), "O B-PER O O"),
        ("O B-LOC I-LOC O", "O B-PER I-PER O", (0, 4, "PER"), "B-PER I-PER I-PER I-PER"),
        # a tag is taken as it is
        ("O B-PER B-PER O", "O B-PER I-PER O", (2, 3, "I-PER"), "O B-PER I-PER O"),
        # what is cut off an entity begins one of its own
        ("B-PER I-PER I-PER O", "O I-PER I-PER O", (0, 1, "O"), "O B-PER I-PER O"),
    ],
)
def test_spans_get_the_tags_of_their_entity(given, believed, value, right):
    value = dict(zip(("start", "stop", "tag"), value, strict=True))
    assert _corrected(given.split(), believed.split(), value) == right.split()


def test_the_scheme_of_the_names_is_kept():
    value = {"start": 0, "stop": 3, "tag": "PER"}
    assert _corrected(["O"] * 4, ["B-PER", "I-PER", "E-PER", "O"], value, BIOES) == ["B-PER", "I-PER", "E-PER", "O"]
    value = {"start": 1, "stop": 2, "tag": "PER"}
    assert _corrected(["O"] * 4, ["O", "S-PER", "O", "O"], value, BIOES) == ["O", "S-PER", "O", "O"]


@pytest.mark.parametrize(
    ("given", "believed", "value", "right"),
    [
        # what is cut off at the start begins, what is cut off at the end ends
        ("B-PER I-PER E-PER O", "O I-PER E-PER O", (0, 1, "O"), "O B-PER E-PER O"),
        ("B-PER E-PER O O", "O E-PER O O", (0, 1, "O"), "O S-PER O O"),
        ("B-PER I-PER E-PER O", "B-PER I-PER O O", (2, 3, "O"), "B-PER E-PER O O"),
        ("B-PER I-PER E-PER O", "B-PER O E-PER O", (1, 2, "O"), "S-PER O S-PER O"),
        # an entity that goes on after the span does not end in it
        ("O O E-PER O", "B-PER I-PER E-PER O", (0, 2, "PER"), "B-PER I-PER E-PER O"),
    ],
)
def test_neighbours_keep_to_the_scheme(given, believed, value, right):
    value = dict(zip(("start", "stop", "tag"), value, strict=True))
    assert _corrected(given.split(), believed.split(), value, BIOES) == right.split()


def test_an_entity_that_began_with_an_inner_tag_before_is_left_so():
    # as in IOB1, where B only parts neighbours
    value = {"start": 0, "stop": 1, "tag": "O"}
    assert _corrected(["B-LOC", "I-PER", "O", "O"], ["O", "I-PER", "O", "O"], value) == ["O", "I-PER", "O", "O"]


def test_a_tag_that_the_classes_lack_is_named():
    names = ["O", "B-PER", "I-PER", "B-LOC"]
    probs = [_probabilities(["O", "B-PER", "O", "O"], names)] * 30 + [
        _probabilities(["O", "B-PER", "I-PER", "O"], names)
    ]
    labels = [["O", "B-PER", "O", "O"]] * 30 + [["O"] * 4]
    audit = labelaudit.audit("token_classification", labels, probs, class_names=names)
    with pytest.raises(labelaudit.InputError, match="lack a tag for an entity LOC of 2 tokens; they have B-LOC"):
        audit.correct(labels, [Decision("30#1:3", "fix", {"start": 1, "stop": 3, "tag": "LOC"})])


def test_classes_without_names_are_numbers():
    labels = [[0, 1, 0]] * 30 + [[0, 0, 0]]
    probs = [_probabilities(["a", "b", "a"], ["a", "b", "c"])] * 30 + [_probabilities(["a", "c", "a"], ["a", "b", "c"])]
    audit = labelaudit.audit("token_classification", labels, probs)
    assert audit.correct(labels, [Decision("30#1:2", "fix", {"start": 1, "stop": 2, "tag": 2})])[30] == [0, 2, 0]
    # where names are no tags a moved end leaves the other tokens as they are
    assert audit.correct(labels, [Decision("30#1:2", "fix", {"start": 2, "stop": 3, "tag": 2})])[30] == [0, 0, 2]
    with pytest.raises(labelaudit.InputError, match="tag: expected the number of a class as its value, got 'c'"):
        audit.correct(labels, [Decision("30#1:2", "fix", {"start": 1, "stop": 2, "tag": "c"})])


def test_each_token_that_changes_is_a_change_of_its_issue():
    _, audit = _audited(["B-PER", "I-PER", "I-PER", "O"], ["O", "I-PER", "I-PER", "O"])
    (key,) = audit.issues["issue"]
    found = audit.changes([Decision(key, "fix", {"start": 0, "stop": 1, "tag": "O"})])
    assert [(one.row, one.place, one.old, one.new, one.issue) for one in found] == [
        (30, 0, "B-PER", "O", key),
        (30, 1, "I-PER", "B-PER", key),
    ]


def test_a_token_that_was_changed_since_is_left_alone():
    labels, audit = _audited(["O", "O", "O", "O"], ["O", "B-PER", "I-PER", "O"])
    changed = [*labels[:30], ["O", "O", "B-LOC", "O"]]
    decisions = [Decision("30#1:3", "fix", {"start": 1, "stop": 3, "tag": "PER"})]
    assert audit.correct(changed, decisions)[30] == ["O", "B-PER", "B-LOC", "O"]


def test_flat_labels_arrays_and_columns_come_back_as_they_were():
    labels, audit = _audited(["O", "O", "O", "O"], ["O", "B-PER", "I-PER", "O"])
    decisions = [Decision("30#1:3", "fix", {"start": 1, "stop": 3, "tag": "PER"})]
    right = [[BIO.index(tag) for tag in tags] for tags in [*labels[:30], ["O", "B-PER", "I-PER", "O"]]]
    numbers = [[BIO.index(tag) for tag in tags] for tags in labels]
    assert audit.correct(numbers, decisions) == right
    arrays = audit.correct([np.array(tags, np.int8) for tags in numbers], decisions)
    assert [tags.tolist() for tags in arrays] == right
    assert arrays[30].dtype == np.int8
    flat = audit.correct(np.concatenate(numbers), decisions)
    assert flat.tolist() == [tag for tags in right for tag in tags]
    assert audit.correct(pl.Series("tags", numbers), decisions).to_list() == right


def test_columns_of_arrow_and_pandas_and_tuples_come_back_in_kind():
    labels, audit = _audited(["O", "O", "O", "O"], ["O", "B-PER", "I-PER", "O"])
    decisions = [Decision("30#1:3", "fix", {"start": 1, "stop": 3, "tag": "PER"})]
    right = [*labels[:30], ["O", "B-PER", "I-PER", "O"]]
    arrow = audit.correct(pa.array(labels), decisions)
    assert (arrow.type, arrow.to_pylist()) == (pa.list_(pa.string()), right)
    series = pd.Series(labels, index=range(100, 131), name="tags")
    assert audit.correct(series, decisions).equals(pd.Series(right, index=range(100, 131), name="tags"))
    assert audit.correct(tuple(map(tuple, labels)), decisions) == tuple(map(tuple, right))
    matrix = audit.correct(np.array(labels), decisions)
    assert (matrix.shape, matrix.tolist()) == ((31, 4), right)
    assert audit.correct([tag for tags in labels for tag in tags], decisions) == [tag for tags in right for tag in tags]


def test_the_tokens_of_a_dropped_sentence_leave_flat_labels_once():
    labels, audit = _audited(["O", "O", "O", "O"], ["O", "B-PER", "I-PER", "O"])
    flat = np.array([BIO.index(tag) for tags in labels for tag in tags])
    once = audit.correct(flat, [Decision("30#1:3", "drop")])
    assert once.tolist() == flat[:-4].tolist()
    assert audit.correct(once, [Decision("30#1:3", "drop")]).tolist() == once.tolist()


def test_labels_of_other_lengths_are_refused():
    labels, audit = _audited(["O", "O", "O", "O"], ["O", "B-PER", "I-PER", "O"])
    decisions = [Decision("30#1:3", "fix", {"start": 1, "stop": 3, "tag": "PER"})]
    with pytest.raises(
        labelaudit.InputError, match="labels: expected 4 tokens in sentence 30, as the audit has, got 3"
    ):
        audit.correct([*labels[:30], ["O"] * 3], decisions)
    with pytest.raises(labelaudit.InputError, match="labels: expected 31 items"):
        audit.correct(labels[:20], decisions)


def test_a_token_without_a_label_has_none_afterwards():
    names = BIO
    given = [0, -100, 0, 0]
    labels = [[0, 1, 0, 0]] * 30 + [given]
    probs = [_probabilities(["O", "B-PER", "O", "O"], names)] * 30 + [
        _probabilities(["B-PER", "O", "I-PER", "O"], names)
    ]
    audit = labelaudit.audit("token_classification", labels, probs, class_names=names)
    (key,) = audit.issues["issue"]
    fixed = audit.correct(labels, [Decision(key, "fix", {"start": 0, "stop": 3, "tag": "PER"})])
    assert fixed[30] == [1, -100, 2, 0]


def test_a_sentence_that_is_dropped_is_left_out_once():
    labels, audit = _audited(["O", "O", "O", "O"], ["O", "B-PER", "I-PER", "O"])
    once = audit.correct(labels, [Decision("30#1:3", "drop")])
    assert once == labels[:30]
    assert audit.correct(once, [Decision("30#1:3", "drop")]) == once


def test_other_tokens_are_mended_by_their_sentence():
    labels, audit = _audited(["O", "B-PER", "O", "O"], ["O", "B-PER", "O", "O"], ids=[f"s{i}" for i in range(31)])
    decision = Decision(None, "fix", {"start": 3, "stop": 4, "tag": "LOC"}, item="s30", place=3)
    assert audit.correct(labels, [decision])[30] == ["O", "B-PER", "O", "B-LOC"]
    (change,) = audit.changes([decision])
    assert (change.id, change.place, change.old, change.new) == ("s30", 3, "O", "B-LOC")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("PER", 'expected {"start", "stop", "tag"} as its value'),
        ({"start": 3, "stop": 9, "tag": "O"}, "expected start < stop among 4 tokens, got 3 and 9"),
        ({"start": 1, "stop": 3, "tag": "ORG"}, "expected a type of entities or a class as its tag, one of PER, LOC"),
    ],
)
def test_what_is_refused(value, message):
    labels, audit = _audited(["O", "O", "O", "O"], ["O", "B-PER", "I-PER", "O"])
    with pytest.raises(labelaudit.InputError, match=message):
        audit.correct(labels, [Decision("30#1:3", "fix", value)])
