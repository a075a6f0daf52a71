"""Names before positions: labels, columns and rows are told by what they are called, in every container."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import labelaudit
from labelaudit._checks.class_names import as_numbers, names_of
from labelaudit.token_classification import rank as token_rank
from laws.data import classification_data

K = 4
LABELS, PROBS = classification_data(200, K)
NAMES = np.array(["ant", "bee", "cat", "dog"])
STEPS = np.array(["low", "mid", "high", "top"])  # not sorted
ORDER = [2, 0, 3, 1]  # of columns that are shuffled
EXPECTED = labelaudit.audit(LABELS, PROBS)
SENTENCES = np.split(LABELS, 20)
MATRICES = np.split(PROBS, 20)
SETS = [[int(label)] if row % 3 else [] for row, label in enumerate(LABELS)]


def found(*arguments, **options):
    """The audit, and whether its rows are those of the audit by positions."""
    audit = labelaudit.audit(*arguments, **options)
    np.testing.assert_allclose(audit.items["p_wrong"], EXPECTED.items["p_wrong"], rtol=0.02, atol=1e-3)
    return audit


def shuffled(names, of=pd.DataFrame):
    """Predictions in a table whose columns are called so, in another order."""
    return of({name: PROBS[:, k] for k, name in ((k, names[k]) for k in ORDER)})


@pytest.mark.parametrize("of", [pd.DataFrame, pl.DataFrame, pa.table])
@pytest.mark.parametrize("start", ["", "prob_", "p.of "])
@pytest.mark.parametrize("container", [np.array, list, pd.Series, pl.Series, pa.array])
def test_columns_are_matched_with_labels_that_are_words(of, start, container):
    audit = found(container(NAMES[LABELS].tolist()), shuffled([start + name for name in NAMES], of))
    assert sorted(audit.class_names) == NAMES.tolist()
    assert audit.items["given"].to_list() == NAMES[LABELS].tolist()
    assert audit.doubts == EXPECTED.doubts


@pytest.mark.parametrize("start", ["", "prob_", "prob", "p-"])
@pytest.mark.parametrize("container", [np.array, list, pd.Series])
def test_numbered_columns_are_matched_by_number(start, container):
    audit = found(container(LABELS.tolist()), shuffled([f"{start}{k}" for k in range(K)]))
    assert audit.class_names is None


def test_ten_comes_after_two():
    labels, probs = classification_data(500, 11)
    columns = sorted(f"prob_{k}" for k in range(11))  # prob_0, prob_1, prob_10, prob_2
    table = pd.DataFrame(probs, columns=[f"prob_{k}" for k in range(11)])[columns]
    assert labelaudit.audit(labels, table).scores.tolist() == labelaudit.audit(labels, probs).scores.tolist()
    text = labelaudit.audit(labels.astype(str), table)
    assert text.class_names == tuple(map(str, range(11)))
    assert text.scores.tolist() == labelaudit.audit(labels, probs).scores.tolist()


@pytest.mark.parametrize("numbers", [[1, 2, 3, 4], [-1, 1, 2, 30], [0, 1, 3, 4]])
@pytest.mark.parametrize("container", [np.array, list, pd.Series, lambda labels: np.array(labels, float)])
def test_numbers_that_are_no_places_are_matched_by_name(numbers, container):
    labels = container(np.array(numbers)[LABELS].tolist())
    for options in ({"class_names": numbers}, {"class_names": np.array(numbers)}):
        assert found(labels, PROBS, **options).parameters["classes"] == numbers
    for columns in (numbers, [f"prob_{number}" for number in numbers], [f"p_{number}.0" for number in []]):
        if columns:
            audit = found(labels, shuffled(columns))
            assert (audit.class_names, audit.parameters["classes"]) == (tuple(map(str, numbers)), numbers)


@pytest.mark.parametrize("columns", [[True, False], ["prob_True", "prob_False"], ["true", "false"]])
def test_booleans_are_matched_by_name(columns):
    labels, probs = classification_data(200, 2)
    expected = labelaudit.audit(labels, probs).scores.tolist()
    table = pd.DataFrame(probs[:, ::-1], columns=columns)
    for given in (labels.astype(bool), labels.astype(bool).tolist(), labels):
        audit = labelaudit.audit(given, table)
        assert [name.lower() for name in audit.class_names] == ["false", "true"]
        assert audit.scores.tolist() == expected


def test_columns_of_words_name_numbered_labels():
    audit = found(LABELS, pd.DataFrame(PROBS, columns=STEPS))
    assert audit.class_names == tuple(STEPS)


@pytest.mark.parametrize(
    "names",
    [
        NAMES,
        NAMES.tolist(),
        tuple(NAMES),
        pd.Series(NAMES),
        pd.Index(NAMES),
        pl.Series(NAMES),
        iter(NAMES),
        dict(enumerate(NAMES)),
        {str(k): NAMES[k] for k in ORDER},
        SimpleNamespace(names=NAMES.tolist()),  # a ClassLabel
    ],
)
def test_class_names_of_any_type(names):
    audit = labelaudit.audit(NAMES[LABELS], PROBS, class_names=names)
    assert audit.class_names == tuple(NAMES)
    assert audit.scores.tolist() == EXPECTED.scores.tolist()


def test_class_names_and_columns_in_another_order_are_matched():
    for labels in (LABELS, STEPS[LABELS]):
        audit = labelaudit.audit(labels, shuffled(STEPS), class_names=STEPS)
        assert audit.class_names == tuple(STEPS)
        assert audit.scores.tolist() == EXPECTED.scores.tolist()


@pytest.mark.parametrize("task", ["classification", "object_detection"])
@pytest.mark.parametrize(
    ("names", "message"),
    [
        (set(NAMES), "class_names: expected names in the order of the columns, got a set, which has none"),
        (frozenset(NAMES), "class_names: expected names in the order of the columns, got a set"),
        ({0: "a", 2: "b"}, "class_names: expected a name for each class 0..2, 1 has none"),
        ({"a": 0, "b": 1}, "class_names: expected a mapping from the numbers .* got the key 'a'; of a label2id"),
        (["a", None, "b"], "class_names: expected a name for each class, number 1 is None"),
        (["a", "b", "a"], "class_names: expected names that differ, got 'a' twice"),
        ([1, "1", 2], "class_names: expected names that differ, got '1' twice"),
        (3, "class_names: expected a name for each column of pred_probs, got 3"),
    ],
)
def test_class_names_that_tell_no_order(task, names, message):
    with pytest.raises(labelaudit.InputError, match=message):
        labelaudit.audit(task, LABELS, PROBS, class_names=names)


def test_names_and_numbers():
    assert names_of({1: "b", 0: "a"}) == ("a", "b")
    assert as_numbers(["0", "10", 2, 3.0, np.int8(4)]) == [0, 10, 2, 3, 4]
    assert as_numbers(["007", "1"]) is None
    assert as_numbers(["True", "False"]) == [1, 0]
    assert as_numbers(["True", "False", "None"]) is None


@pytest.mark.parametrize(
    "labels",
    [
        pd.Series(pd.Categorical(NAMES[LABELS], categories=NAMES)),
        pd.Categorical(NAMES[LABELS]),
        pl.Series(NAMES[LABELS], dtype=pl.Enum(NAMES.tolist())),
    ],
)
def test_categories_name_the_classes(labels):
    audit = found(labels, PROBS)
    assert (audit.class_names, audit.doubts) == (tuple(NAMES), EXPECTED.doubts)


@pytest.mark.parametrize(
    "labels",
    [
        pd.Series(pd.Categorical(STEPS[LABELS], categories=STEPS, ordered=True)),
        pl.Series(STEPS[LABELS], dtype=pl.Enum(STEPS.tolist())),
    ],
)
def test_categories_that_are_not_sorted_are_taken_and_that_is_said(labels):
    audit = found(labels, PROBS)
    assert audit.class_names == tuple(STEPS)
    assert [(doubt.code, doubt.grave) for doubt in audit.doubts] == [("names-categories", False)]
    with pytest.warns(
        UserWarning, match=r"categories of the labels in their order \(low, mid, high, top\), not sorted"
    ):
        labelaudit.rank.get_label_quality_scores(labels, PROBS)


def test_a_category_that_no_label_is_of_is_a_class_only_where_it_has_a_column():
    categories = [*NAMES, "eel"]
    labels = pd.Series(pd.Categorical(NAMES[LABELS], categories=categories))
    assert found(labels, PROBS).class_names == tuple(NAMES)
    audit = labelaudit.audit(labels, np.column_stack([PROBS, np.zeros(len(PROBS))]))
    assert audit.class_names == tuple(categories)


def test_the_order_in_which_categories_were_met_is_no_order():
    labels = pl.Series(NAMES[LABELS][::-1], dtype=pl.Categorical).reverse()
    audit = found(labels, PROBS)
    assert (audit.class_names, audit.doubts[-1].code) == (tuple(NAMES), "names-sorted")


def hugging_face(values, feature):
    """A column of a data set, as that library has it."""
    column = np.array(values, object) if isinstance(values[0], np.ndarray) else np.array(values)

    class Column(list):
        source = SimpleNamespace(features={"label": feature})
        column_name = "label"

    return Column(column.tolist())


def test_the_feature_of_a_hugging_face_column_names_the_classes():
    class_label = SimpleNamespace(names=STEPS.tolist())
    assert found(hugging_face(LABELS, class_label), PROBS).class_names == tuple(STEPS)
    sentences = hugging_face(SENTENCES, SimpleNamespace(feature=class_label))
    audit = labelaudit.audit("token_classification", sentences, MATRICES)
    assert audit.class_names == tuple(STEPS)


def test_words_without_names_are_taken_sorted_and_that_is_said():
    audit = found(NAMES[LABELS], PROBS)
    assert audit.class_names == tuple(NAMES)
    assert audit.scores.tolist() == EXPECTED.scores.tolist()
    (note,) = audit.doubts
    assert (note.code, note.grave) == ("names-sorted", False)
    assert (
        note.sentence
        == "the columns of the predictions are taken for the names of the classes sorted (ant, bee, cat, dog)"
    )
    assert "class_names=clf.classes_" in note.way_out
    assert "names of the classes sorted" in repr(audit)
    assert found(NAMES[LABELS], PROBS, class_names=NAMES).doubts == ()


def test_words_that_are_not_as_many_as_columns_are_refused():
    some = np.minimum(LABELS, 2)
    message = r"class_names: labels hold 3 names \(ant, bee, cat\), and pred_probs has 4 columns; pass .*clf.classes_"
    with pytest.raises(labelaudit.InputError, match=message):
        labelaudit.audit(NAMES[some], PROBS)
    with pytest.raises(labelaudit.InputError, match="and pred_probs has an unknown number of columns"):
        labelaudit.audit("classification", NAMES[LABELS], lambda: iter([PROBS]))
    with pytest.raises(labelaudit.InputError, match="labels: expected integers 0..K-1, row 0 holds"):
        labelaudit.rank.get_label_quality_scores(NAMES[LABELS], PROBS)


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_a_missing_name_is_refused(missing):
    labels = NAMES[LABELS].astype(object)
    labels[7] = missing
    for options in ({}, {"class_names": NAMES}):
        with pytest.raises(labelaudit.InputError, match=r"labels: expected one of .*row 7 holds .*; drop rows without"):
            labelaudit.audit(labels, PROBS, **options)


def test_numbers_as_text_may_be_names_or_places():
    with pytest.raises(
        labelaudit.InputError, match=r"class_names: are numbers as text \(1, 2, 0, 3\), and labels may be"
    ):
        labelaudit.audit(LABELS, PROBS, class_names=["1", "2", "0", "3"])
    assert found(LABELS + 1, PROBS, class_names=["1", "2", "3", "4"]).parameters["classes"] == [1, 2, 3, 4]
    assert found(LABELS, PROBS, class_names=["5", "6", "7", "8"]).class_names == ("5", "6", "7", "8")


@pytest.mark.parametrize(
    ("labels", "table", "message"),
    [
        (
            NAMES[LABELS],
            pd.DataFrame(PROBS, columns=["ant", "bee", "cat", "dgo"]),
            r"labels: expected one of the columns of pred_probs \(ant, bee, cat, dgo\), row \d+ holds 'dog'",
        ),
        (
            LABELS,
            shuffled([1, 2, 3, 4]),
            r"labels: expected one of the columns of pred_probs \(1, 2, 3, 4\), row \d+ holds 0",
        ),
        (
            NAMES[LABELS],
            pd.DataFrame(PROBS, columns=["ant", "bee", "ant", "dog"]),
            "pred_probs: expected columns of different names, two are called 'ant'",
        ),
        (
            NAMES[LABELS],
            pd.DataFrame(PROBS, columns=NAMES).assign(id=np.arange(200)),
            "pred_probs: expected a column of probabilities a class, 'id' holds 2 in row 2; leave it out if it is no class",
        ),
        (
            NAMES[LABELS],
            pd.DataFrame(PROBS, columns=NAMES).assign(sure=PROBS.max(axis=1)),
            "pred_probs: .* 'sure' is none, as those of each row sum to 1 without it; leave it out",
        ),
        (
            LABELS,
            pd.DataFrame(PROBS).assign(path="a.png"),
            "pred_probs: expected a column of probabilities a class, 'path' is none; leave it out",
        ),
    ],
)
def test_columns_that_are_no_classes(labels, table, message):
    for function in (labelaudit.audit, labelaudit.rank.get_label_quality_scores):
        with pytest.raises(labelaudit.InputError, match=message):
            function(labels, table)


def test_class_names_that_are_partly_columns_are_refused():
    with pytest.raises(
        labelaudit.InputError, match="class_names: 'eel' is no column of pred_probs, which are cat, ant"
    ):
        labelaudit.audit(LABELS, shuffled(NAMES), class_names=["ant", "bee", "cat", "eel"])


@pytest.mark.parametrize(
    "function",
    [
        labelaudit.rank.get_label_quality_scores,
        labelaudit.filter.find_label_issues,
        labelaudit.count.compute_confident_joint,
        labelaudit.count.num_label_issues,
        labelaudit.count.estimate_joint,
    ],
)
def test_names_of_columns_work_where_no_class_names_can_be_passed(function):
    by_position = [PROBS[:, k] for k in ORDER]
    expected = function(np.argsort(ORDER)[LABELS], np.column_stack(by_position))
    result = function(NAMES[LABELS], shuffled([f"prob_{name}" for name in NAMES]))
    assert repr(result) == repr(expected)


def test_multilabel_and_tokens_by_the_names_of_columns():
    named = [[NAMES[k] for k in row] for row in SETS]
    rank = labelaudit.multilabel_classification.rank.get_label_quality_scores
    np.testing.assert_allclose(rank(named, shuffled(NAMES)), rank(SETS, PROBS))
    audit = labelaudit.audit("multilabel_classification", named, shuffled(NAMES))
    by_position = labelaudit.audit("multilabel_classification", SETS, PROBS)
    np.testing.assert_allclose(audit.scores, by_position.scores, atol=1e-3)
    matrix = pd.DataFrame((np.arange(K) == LABELS[:, None]).astype(int), columns=[f"is_{name}" for name in NAMES])
    audit = labelaudit.audit("multilabel_classification", matrix, shuffled([f"p_{name}" for name in NAMES]))
    assert audit.class_names == tuple(NAMES)
    np.testing.assert_array_equal(audit.scores, labelaudit.audit("multilabel_classification", matrix, PROBS).scores)

    lengths, words = [10] * 20, [NAMES[sentence].tolist() for sentence in SENTENCES]
    rank = token_rank.get_label_quality_scores
    scores, _ = rank(SENTENCES, MATRICES)
    flat, _ = rank(NAMES[LABELS], shuffled(NAMES), lengths=lengths)
    np.testing.assert_allclose(flat, scores)
    audit = labelaudit.audit("token_classification", words, MATRICES)
    assert (audit.class_names, audit.doubts[-1].code) == (tuple(NAMES), "names-sorted")


def test_several_models_are_matched_by_their_own_columns():
    models = {
        "one": shuffled(NAMES),
        "two": pd.DataFrame(PROBS, columns=NAMES),
        "three": pl.DataFrame(PROBS, NAMES.tolist()),
    }
    audit = labelaudit.audit(NAMES[LABELS], models)
    by_position = labelaudit.audit(LABELS, dict.fromkeys(models, PROBS))
    np.testing.assert_allclose(audit.items["p_wrong"], by_position.items["p_wrong"], rtol=0.02, atol=1e-3)


class TestIndexes:
    index = np.array([f"{row}.png" for row in range(200)])
    other = np.random.default_rng(0).permutation(200)

    def test_the_index_becomes_the_ids(self):
        for labels, predictions in (
            (pd.Series(LABELS, index=self.index), PROBS),
            (LABELS, pd.DataFrame(PROBS, index=self.index)),
        ):
            audit = found(labels, predictions)
            assert (audit.ids.to_list(), audit.ids_given) == (self.index.tolist(), True)
        assert found(pd.Series(LABELS, index=self.index), PROBS, ids=range(200)).ids[3] == 3

    @pytest.mark.parametrize("index", [None, np.arange(200), np.zeros(200, int)])
    def test_row_numbers_and_names_that_occur_twice_are_no_ids(self, index):
        assert not found(pd.Series(LABELS, index=index), PROBS).ids_given

    def test_indexes_in_another_order_are_aligned(self):
        labels = pd.Series(LABELS, index=self.index)
        table = pd.DataFrame(PROBS, index=self.index).iloc[self.other]
        ids = pd.Series([f"id {name}" for name in self.index], index=self.index).iloc[self.other]
        audit = found(labels, table, ids=ids)
        assert audit.ids[5] == "id 5.png"
        found(labels, {"one": table, "two": table})
        scores = labelaudit.rank.get_label_quality_scores(labels, table)
        np.testing.assert_array_equal(scores, labelaudit.rank.get_label_quality_scores(LABELS, PROBS))

    def test_numbers_are_aligned_too(self):
        values = pd.Series(np.arange(200.0), index=self.index)
        audit = labelaudit.audit("regression", values, (values + 0.5 * (-1) ** np.arange(200)).iloc[self.other])
        assert len(audit.issues) == 0
        assert audit.ids[7] == "7.png"

    def test_the_index_of_flat_tokens_names_no_sentences(self):
        labels = pd.Series(LABELS, index=self.index)
        table = pd.DataFrame(PROBS, index=self.index).iloc[self.other]
        audit = labelaudit.audit("token_classification", labels, table, lengths=[10] * 20)
        assert (len(audit.ids), audit.ids_given) == (20, False)
        by_position = labelaudit.audit("token_classification", LABELS, PROBS, lengths=[10] * 20)
        np.testing.assert_array_equal(audit.scores, by_position.scores)

    @pytest.mark.parametrize("index", [None, [f"{row}.jpg" for row in range(200)], ["0.png"] * 200])
    def test_other_names_are_refused_and_never_taken_by_position(self, index):
        message = (
            r"(predictions|pred_probs): expected an index that names the rows as that of labels does, it .*to_numpy"
        )
        table = pd.DataFrame(PROBS, index=index)
        for function in (labelaudit.audit, labelaudit.rank.get_label_quality_scores):
            with pytest.raises(labelaudit.InputError, match=message):
                function(pd.Series(LABELS, index=self.index), table)
