"""From decisions about the classes of items to corrected labels."""

import array_api_strict
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse

import labelaudit
from labelaudit import Decision
from multilabel_classification.data import multilabel_data, sets_of

LABELS = [["cat"], ["cat"], ["dog"], ["cat", "dog"], [], ["dog"]]
PRED_PROBS = np.array([[0.9, 0.1], [0.1, 0.2], [0.2, 0.9], [0.8, 0.7], [0.1, 0.95], [0.1, 0.8]])
NAMES = ["cat", "dog"]
ADD, TAKE = Decision("e#dog", "fix", ["dog"], given=False), Decision("b#cat", "fix", [], given=True)
CORRECTED = [["cat"], [], ["dog"], ["cat", "dog"], ["dog"], ["dog"]]


@pytest.fixture
def audit():
    return labelaudit.audit("multilabel_classification", LABELS, PRED_PROBS, class_names=NAMES, ids=list("abcdef"))


def test_classes_are_put_in_and_taken_out_and_the_rest_stays(audit):
    assert audit.issues["issue"].to_list() == ["e#dog", "b#cat"]
    assert audit.correct(LABELS, [ADD, TAKE]) == CORRECTED
    assert LABELS[4] == []


MATRIX = np.array([[1, 0], [1, 0], [0, 1], [1, 1], [0, 0], [0, 1]])
FIXED = np.array([[1, 0], [0, 0], [0, 1], [1, 1], [0, 1], [0, 1]])
MATRICES = {
    "int64": lambda y: y,
    "bool": lambda y: y.astype(bool),
    "int8": lambda y: y.astype(np.int8),
    "float32": lambda y: y.astype(np.float32),
    "columns first": np.asfortranarray,
    "array_api_strict": array_api_strict.asarray,
}


@pytest.mark.parametrize("container", MATRICES)
def test_matrices(audit, container):
    labels = MATRICES[container](MATRIX)
    corrected = audit.correct(labels, [ADD, TAKE])
    assert type(corrected) is type(labels)
    assert corrected.dtype == labels.dtype
    np.testing.assert_array_equal(np.asarray(corrected), FIXED)
    np.testing.assert_array_equal(np.asarray(labels), MATRIX)
    dropped = audit.correct(labels, [Decision("b#cat", "drop"), ADD])
    np.testing.assert_array_equal(np.asarray(dropped), np.delete(FIXED, 1, axis=0))


SPARSE = [
    scipy.sparse.csr_matrix,
    scipy.sparse.csc_matrix,
    scipy.sparse.lil_matrix,
    scipy.sparse.csr_array,
    scipy.sparse.coo_array,
]


@pytest.mark.parametrize("kind", SPARSE)
@pytest.mark.parametrize("dtype", [np.int8, bool, np.float64])
def test_sparse_matrices(audit, kind, dtype):
    labels = kind(MATRIX.astype(dtype))
    for decisions, expected in (([ADD, TAKE], FIXED), ([Decision("b#cat", "drop"), ADD], np.delete(FIXED, 1, axis=0))):
        corrected = audit.correct(labels, decisions)
        assert type(corrected) is type(labels)
        assert corrected.dtype == labels.dtype
        np.testing.assert_array_equal(corrected.toarray(), expected)
    np.testing.assert_array_equal(labels.toarray(), MATRIX)


LISTS = {
    "tuple": tuple,
    "tuples": lambda sets: [tuple(one) for one in sets],
    "sets": lambda sets: [set(one) for one in sets],
    "frozen sets": lambda sets: [frozenset(one) for one in sets],
    "arrays": lambda sets: [np.array(one, "U3") for one in sets],
    "column of lists": lambda sets: np.array([*sets, None], object)[:-1],
    "pandas": lambda sets: pd.Series(sets, index=list("uvwxyz"), name="y"),
    "polars": lambda sets: pl.Series("y", sets),
    "arrow": pa.array,
}


@pytest.mark.parametrize("container", LISTS)
def test_lists_of_classes(container):
    labels = LISTS[container](LABELS)
    audit = labelaudit.audit("multilabel_classification", labels, PRED_PROBS, class_names=NAMES, ids=list("abcdef"))
    corrected = audit.correct(labels, [ADD, TAKE, Decision(None, "drop", item="a")])
    assert type(corrected) is type(labels)
    plain = corrected.to_pylist() if container == "arrow" else list(corrected)
    assert [sorted(one) for one in plain] == CORRECTED[1:]
    if container not in ("arrow", "polars"):
        assert [type(one) for one in plain] == [type(one) for one in list(labels)[1:]]
    if container == "pandas":
        assert corrected.index.tolist() == list("vwxyz")


@pytest.mark.parametrize("table", [pd.DataFrame, pl.DataFrame])
def test_tables_with_a_column_a_class(audit, table):
    labels = table(dict(zip(NAMES, MATRIX.astype(np.int8).T, strict=True)))
    corrected = audit.correct(labels, [ADD, TAKE])
    assert type(corrected) is type(labels)
    assert list(corrected.columns) == NAMES
    assert list(corrected.dtypes) == list(labels.dtypes)
    np.testing.assert_array_equal(corrected.to_numpy(), FIXED)
    np.testing.assert_array_equal(labels.to_numpy(), MATRIX)
    np.testing.assert_array_equal(
        audit.correct(labels, [Decision("b#cat", "drop"), ADD]).to_numpy(), np.delete(FIXED, 1, axis=0)
    )


@pytest.mark.parametrize("unknown", [-1, np.nan])
def test_an_entry_that_is_not_known_stays(unknown):
    labels = MATRIX.astype(float)
    labels[4, 0] = labels[1, 1] = unknown
    audit = labelaudit.audit("multilabel_classification", labels, PRED_PROBS)
    corrected = audit.correct(labels, [Decision("4#1", "fix", [1]), Decision("1#0", "fix", [])])
    expected = FIXED.astype(float)
    expected[4, 0] = expected[1, 1] = unknown
    np.testing.assert_array_equal(corrected, expected)
    told = audit.correct(labels, [Decision("4#1", "fix", [0, 1])])  # unless somebody knows
    assert told[4].tolist() == [1.0, 1.0]


def test_two_decisions_about_an_item_add_up():
    audit = labelaudit.audit("multilabel_classification", [[0, 1], [2]], np.full((2, 3), 0.5))
    decisions = [Decision(None, "fix", [1], item=0), Decision("0", "fix", [0, 1, 2])]  # 0 is wrong; 2 is missing
    assert audit.correct([[0, 1], [2]], decisions) == [[1, 2], [2]]


def test_correcting_twice_changes_nothing_more(audit):
    decisions = [ADD, TAKE, Decision(None, "drop", item="a")]
    once = audit.correct(LABELS, decisions)
    assert once == CORRECTED[1:]
    assert audit.correct(once, decisions) == once
    matrix = audit.correct(MATRIX, decisions)
    np.testing.assert_array_equal(audit.correct(matrix, decisions), matrix)


def test_a_label_that_has_changed_since_is_left_alone(audit):
    changed = [*LABELS[:4], ["dog"], LABELS[5]]
    assert audit.correct(changed, [ADD]) == changed
    unknown = MATRIX.copy()
    unknown[1, 0] = -1
    np.testing.assert_array_equal(audit.correct(unknown, [TAKE]), unknown)
    with pytest.warns(UserWarning, match="decisions: e#dog is about a label that has changed since; left out"):
        assert audit.correct(LABELS, [Decision("e#dog", "fix", ["dog"], given=True)]) == LABELS


def test_changes_are_those_of_classes(audit):
    found = [
        (one.row, one.id, one.place, one.old, one.new, one.issue)
        for one in audit.changes([ADD, TAKE, Decision(None, "drop", item="d")])
    ]
    assert found == [
        (1, "b", "cat", "cat", None, "b#cat"),
        (3, "d", None, ["cat", "dog"], None, None),
        (4, "e", "dog", None, "dog", "e#dog"),
    ]


def test_what_was_decided_to_be_right_is_not_listed_again():
    kept = [Decision("e#dog", "keep", given=False), Decision("b#cat", "keep", given=True)]
    options = {"class_names": NAMES, "ids": list("abcdef")}
    again = labelaudit.audit("multilabel_classification", LABELS, PRED_PROBS, **options, decisions=kept)
    assert again.issues.is_empty()
    assert again.headline.startswith("0 of 6 given classes look wrong (0.0 %); between 1 and 4 are wrong or missing")


@pytest.mark.parametrize(
    ("decision", "message"),
    [
        (Decision("e#dog", "fix", "dog"), "decisions: e#dog: expected a list of the classes that the item should have"),
        (Decision("e#dog", "fix", ["owl"]), "expected a class as its value, one of cat, dog, got 'owl'"),
        (Decision("e#dog", "fix", [1]), "expected a class as its value, one of cat, dog, got 1"),
    ],
)
def test_what_is_no_set_of_classes_is_refused(audit, decision, message):
    with pytest.raises(labelaudit.InputError, match=message):
        audit.correct(LABELS, [decision])


def test_a_class_that_the_matrix_has_no_column_for_is_refused():
    audit = labelaudit.audit("multilabel_classification", MATRIX, PRED_PROBS)
    with pytest.raises(
        labelaudit.InputError, match=r"decisions: expected classes 0..1, as labels has 2 columns, got 2"
    ):
        audit.correct(MATRIX, [Decision("4#1", "fix", [2])])
    with pytest.raises(labelaudit.InputError, match="labels: expected 6 items, as the audit has, got 5"):
        audit.correct(MATRIX[:5], [Decision("4#1", "fix", [1])])
    with pytest.raises(labelaudit.InputError, match="labels: cannot make a corrected Stored; pass an array"):
        audit.correct(type("Stored", (), {"shape": (6, 2)})(), [Decision("4#1", "fix", [1])])


def test_planted_errors_are_mended_and_nothing_else():
    labels, pred_probs = multilabel_data(2000, 6)
    truth = (pred_probs > 0.5).astype(int)
    audit = labelaudit.audit("multilabel_classification", labels, pred_probs)
    answers = sets_of(truth)
    decisions = [Decision(key, "fix", answers[row]) for key, row in audit.issues.select("issue", "row").rows()]
    corrected = audit.correct(labels, decisions)
    listed = np.zeros(labels.shape, bool)
    listed[audit.issues["row"]] = True
    np.testing.assert_array_equal(corrected, np.where(listed, truth, labels))
    assert (corrected == truth).mean() > (labels == truth).mean()
    assert [sorted(one) for one in audit.correct(sets_of(labels), decisions)] == sets_of(corrected)
