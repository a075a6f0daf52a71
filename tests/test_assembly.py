"""How what a task found becomes an audit."""

import uuid
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from labelaudit import Decision, Decisions, InputError
from labelaudit.assembly import (
    Found,
    as_ids,
    build_audit,
    class_column,
    count_classes,
    count_numbers,
    keys_of,
    lists_of,
    repeated,
)


def _found():
    candidates = pl.DataFrame(
        {
            "row": [1, 0, 1],
            "box": [0, None, 2],
            "place": ["17", "+dog@1,2,3,4", "18"],
            "kind": ["swapped", "overlooked", "duplicated"],
            "given": ["cat", None, "cat"],
            "suggested": ["dog", "dog", None],
            "score": [0.2, 0.1, 0.2],
            "labels": [1, 0, 1],
            "colour": ["a", "b", "c"],
        }
    )
    counts = count_classes("boxes", np.array([3, 1]), np.array([2, 0]), np.array([0, 1]), names=["cat", "dog"])
    return Found(pl.DataFrame({"score": [0.5, 0.4], "boxes": [1, 3]}), candidates, counts)


def _audit(**options):
    return build_audit("object_detection", _found(), method="m", parameters={}, **options)


def test_issues_are_worst_first_with_keys_and_columns_in_order():
    issues = _audit(ids=["a#1.jpg", "b.jpg"]).issues
    assert issues.columns == ["issue", "id", "row", "box", "kind", "given", "suggested", "score", "colour"]
    assert issues["issue"].to_list() == ["a%231.jpg#+dog@1,2,3,4", "b.jpg#17", "b.jpg#18"]  # equal scores as they came
    assert issues["id"].to_list() == ["a#1.jpg", "b.jpg", "b.jpg"]


def test_issues_of_equal_scores_stay_in_their_order():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 9, 1000) / 8
    columns = {"row": np.arange(1000), "score": scores, "labels": np.ones(1000, np.int64)}
    texts = [repeated(name, "", 1000) for name in ("place", "kind", "given", "suggested")]
    found = Found(pl.DataFrame({"score": scores}), pl.DataFrame(columns).hstack(texts), count_numbers("values", 1, 1))
    issues = build_audit("regression", found, method="m", parameters={}).issues
    assert issues["row"].to_list() == np.argsort(scores, kind="stable").tolist()


def test_without_ids_rows_name_the_items():
    audit = _audit()
    assert audit.issues["issue"].to_list() == ["0#+dog@1,2,3,4", "1#17", "1#18"]
    assert not audit.ids_given
    assert _audit(ids=["a", "b"]).ids_given


def test_what_was_kept_is_left_out_of_issues_and_counts():
    kept = Decisions(
        [Decision("0#+dog@1,2,3,4", "keep"), Decision("1#17", "keep", given="cat"), Decision("1#18", "drop")]
    )
    audit = _audit(decisions=kept)
    assert audit.issues["issue"].to_list() == ["1#18"]
    assert (audit.counts.labels, audit.counts.wrong, audit.counts.missing) == (4, 1, 0)
    assert audit.counts.by_class.rows() == [("dog", 1, 0, 0), ("cat", 3, 1, 0)]


def test_counts_by_class_begin_with_the_worst_and_leave_out_what_does_not_occur():
    counts = count_classes("labels", np.array([10, 4, 0, 0]), np.array([1, 2, 0, 0]), np.array([0, 0, 0, 3]))
    assert counts.by_class.rows() == [(3, 0, 0, 3), (1, 4, 2, 0), (0, 10, 1, 0)]
    assert (counts.labels, counts.wrong, counts.missing, counts.share) == (14, 3, 3, 3 / 14)
    assert count_numbers("values", 0, 0).share == 0
    alike = count_classes("labels", np.array([2, 2, 2]), np.array([1, 1, 1]), names=["é", "b", "a"])
    assert alike.by_class["class"].to_list() == ["a", "b", "é"]


def test_classes_get_their_names():
    assert class_column("given", [1, -1, 0], ["cat", "dog"]).to_list() == ["dog", None, "cat"]
    assert class_column("given", [1, -1], None).to_list() == [1, None]
    assert class_column("given", [], ["cat"]).dtype == pl.String


def test_a_column_of_classes_is_not_of_the_array_that_it_is_made_from():
    classes = np.array([1, 2])
    column = class_column("given", classes, None)
    classes[0] = 7
    assert column.to_list() == [1, 2]


@pytest.mark.parametrize(
    ("starts", "lists"),
    [([0], []), ([0, 0, 0], [[], []]), ([0, 2, 2, 3], [["a", "b"], [], ["c"]])],
    ids=["none", "empty", "some"],
)
def test_lists_have_what_lies_between_their_starts(starts, lists):
    texts = pl.Series("text", ["a", "b", "c"][: starts[-1]], dtype=pl.String)
    structs = texts.to_frame().to_struct("struct")
    found, of_structs = lists_of([texts, structs], np.array(starts))
    assert (found.name, found.dtype, found.to_list()) == ("text", pl.List(pl.String), lists)
    assert (of_structs.dtype, len(of_structs)) == (pl.List(structs.dtype), len(lists))


def test_columns_of_lists_may_begin_elsewhere():
    values = [pl.Series("given", [1, 2, 3]), pl.Series("suggested", [4, 5])]
    given, suggested = lists_of(values, np.array([0, 1, 3]), np.array([0, 2, 2]))
    assert given.to_list() == [[1], [2, 3]]
    assert suggested.to_list() == [[4, 5], []]


def test_a_place_is_what_follows_the_only_hash():
    assert keys_of(pl.Series(["a%#b", "c"]), pl.Series(["3:5", ""])).to_list() == ["a%25%23b#3:5", "c"]


@pytest.mark.parametrize(("ids", "message"), [(["a"], "expected 2"), (["a", "a"], "row 1 holds 'a' again")])
def test_ids_that_do_not_tell_items_apart(ids, message):
    with pytest.raises(InputError, match=message):
        as_ids(ids, 2)


def test_ids_that_are_neither_text_nor_numbers_are_text():
    paths = [Path("a/1.png"), Path("a/2.png")]
    assert as_ids(paths, 2).to_list() == ["a/1.png", "a/2.png"]
    one, other = uuid.UUID(int=1), uuid.UUID(int=2)
    assert as_ids([one, other], 2).to_list() == [str(one), str(other)]
    assert as_ids([("a", 1), ("b", 2)], 2).to_list() == ["('a', 1)", "('b', 2)"]
    assert as_ids([np.int64(7), np.int64(8)], 2).to_list() == [7, 8]
    assert as_ids(["007", "7"], 2).to_list() == ["007", "7"]
    for missing in (None, float("nan")):
        with pytest.raises(InputError, match="ids: row 1 has none"):
            as_ids(np.array(["a", missing], object), 2)
