"""Labels in JSON lines, and corrected ones back into their lines."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import labelaudit
from labelaudit.formats.base import Change
from labelaudit.formats.json_spans import Style, elements, first_value, object_edits, value_edits
from labelaudit.formats.location import locate
from labelaudit.formats.splices import splice
from labelaudit.formats.table_of_formats import read_labels, read_predictions

LINES = (
    b'\xef\xbb\xbf{"id": 1,  "label":"cat" , "note": {"label": "caf\xc3\xa9"}}\r\n'
    b"\r\n"
    b'{"label" : "dog","id":2}\r\n'
    b'{"id": 3, "label": "fox"}'
)


@pytest.fixture
def write(tmp_path):
    def write(text, name="a.jsonl"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(tmp_path / name)

    return write


def read(where, holds="sentences"):
    return read_labels(locate(where), holds).values


def test_a_list_a_line(write):
    path = write('["O", "B-PER"]\n\n[]\n[1]\n')
    assert read(path) == [["O", "B-PER"], [], [1]]
    assert read(path, "sets") == [["O", "B-PER"], [], [1]]


def test_an_object_a_line(write):
    path = write("".join(json.dumps({"tokens": ["a"] * i, "tags": [0] * i}) + "\n" for i in range(3)))
    assert read(f"{path}:tags") == [[], [0], [0, 0]]
    assert read(f"{path}:tokens") == [[], ["a"], ["a", "a"]]


def test_a_class_or_a_number_a_line(write):
    assert read(write(LINES) + ":label", "classes").tolist() == ["cat", "dog", "fox"]
    numbers = read(write("1\n2.5\n"), "numbers")
    assert (numbers.tolist(), numbers.dtype) == ([1, 2.5], np.float64)
    assert read(write("1\n0\n"), "classes").dtype == np.int64


def test_an_empty_file_has_no_sentences(write):
    assert read(write("\n")) == []


def test_predictions_in_json_lines(write):
    path = write('{"probs": [[0.5, 0.5]]}\n{"probs": []}\n')
    assert read_predictions(locate(f"{path}:probs"), "sentences", [[0], []])[0] == [[[0.5, 0.5]], []]
    path = write("[0.5, 0.5]\n[1, 0]\n")
    assert read_predictions(locate(path), "classes", None)[0].tolist() == [[0.5, 0.5], [1, 0]]


@pytest.mark.parametrize(
    ("text", "part", "holds", "message"),
    [
        ("[1]\n[2\n", "", "sentences", r"a.jsonl: line 2 is no JSON \("),
        ('[1]\n"O"\n', "", "sentences", "a.jsonl: expected a list in each line, line 2 holds 'O'"),
        ('{"tags": [1], "words": []}\n', "", "sets", "a.jsonl: line 1 is an object; expected a key after the file, one of tags, words, as in .*a.jsonl:tags"),
        ('{"tags": [1]}\n{}\n', ":tags", "sentences", "a.jsonl: line 2 is an object; expected a key"),
        ('{"tags": 1}\n', ":tags", "sentences", "expected a list in each line, line 1 holds '1'"),
        ("1\n[2]\n", "", "classes", r"expected a class or a number in each line, line 2 holds '\[2\]'"),
        ("1\nnull\n", "", "numbers", "expected a class or a number in each line, line 2 holds 'None'"),
    ],
)  # fmt: skip
def test_malformed_files_are_refused_with_file_and_line(write, text, part, holds, message):
    with pytest.raises(labelaudit.InputError, match=message) as refusal:
        read(write(text) + part, holds)
    assert "\n" not in str(refusal.value)


def test_rows_of_probabilities_of_several_lengths_are_refused(write):
    path = locate(write("[0.5, 0.5]\n[1]\n"))
    with pytest.raises(labelaudit.InputError, match="a.jsonl: expected a probability a class in each line"):
        read_predictions(path, "classes", None)


def test_without_changes_the_bytes_are_the_same(write, rewrite):
    assert rewrite(write(LINES) + ":label", "classes").read_bytes() == LINES
    lists = b'[ "O" ,"B" ]\n\n[]'
    assert rewrite(write(lists), "sentences").read_bytes() == lists


def test_a_change_replaces_one_value_alone(write, rewrite):
    where = write(LINES) + ":label"
    out = rewrite(where, "classes", Change(0, 0, None, "cat", "dog"))
    assert out.read_bytes() == LINES.replace(b'"label":"cat"', b'"label":"dog"')
    out = rewrite(where, "classes", Change(1, 1, None, "dog", "é"), Change(2, 2, None, "fox", "cat"))
    # the file has letters beyond ASCII as they are, and of two values of a key the last one counts
    assert out.read_bytes() == LINES.replace(b'"dog"', '"é"'.encode()).replace(b'"fox"', b'"cat"')


def test_letters_are_escaped_where_the_file_has_none(write, rewrite):
    out = rewrite(write('"a"\n"b"\n'), "classes", Change(0, 0, None, "a", "é"))
    assert out.read_bytes() == b'"\\u00e9"\n"b"\n'


def test_a_tag_is_replaced_inside_its_list(write, rewrite):
    text = '{"words": ["x", "y"], "tags": ["O" ,  "O","B"]}\n{"words": [], "tags": []}\n'
    out = rewrite(write(text) + ":tags", "sentences", Change(0, 0, 1, "O", "I"), Change(0, 0, 2, "B", "O"))
    assert out.read_text() == text.replace('["O" ,  "O","B"]', '["O" ,  "I","O"]')


def test_sets_keep_their_order_and_style(write, rewrite):
    lines = '{"tags":["fox","cat"],"id":1}\n{"tags": ["dog", "cat"]}\n{"tags": []}\n'
    changes = [
        Change(0, 0, "dog", None, "dog"),
        Change(1, 1, "dog", "dog", None),
        Change(2, 2, "cat", None, "cat"),
        Change(2, 2, "dog", None, "dog"),
    ]
    out = rewrite(write(lines) + ":tags", "sets", *changes, names=["cat", "dog", "fox"])
    assert out.read_text() == '{"tags":["fox","cat","dog"],"id":1}\n{"tags": ["cat"]}\n{"tags": ["cat", "dog"]}\n'


def test_classes_by_number_stay_numbers(write, rewrite):
    names = ["cat", "dog", "fox"]
    out = rewrite(write("[0, 2]\n[]\n"), "sets", Change(1, 1, "dog", None, "dog"), names=names)
    assert out.read_text() == "[0, 2]\n[1]\n"
    out = rewrite(write("0\n2\n"), "classes", Change(1, 1, None, "fox", "dog"), names=names)
    assert out.read_text() == "0\n1\n"


def test_a_dropped_item_takes_its_line_along(write, rewrite):
    where = write(LINES) + ":label"
    out = rewrite(where, "classes", Change(1, 1, None, "dog", None))
    assert out.read_bytes() == LINES.replace(b'{"label" : "dog","id":2}\r\n', b"")
    out = rewrite(where, "classes", Change(2, 2, None, "fox", None))
    assert out.read_bytes() == LINES[: LINES.index(b'\r\n{"id": 3')]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=3), values, min_size=1, max_size=4), st.data())
def test_any_object_gets_other_values_and_loses_keys(record, data):
    indent, separators = data.draw(st.sampled_from([(None, None), (None, (",", ":")), (2, None)]))
    text = json.dumps(record, indent=indent, separators=separators, ensure_ascii=data.draw(st.booleans()))
    key = data.draw(st.sampled_from(sorted(record)))
    new = record | {key: data.draw(values)}
    for gone in data.draw(st.sets(st.sampled_from(sorted(record)))) - {key}:
        del new[gone]
    style = Style.of(text, 0, ascii_only=False)
    assert json.loads(splice(text, object_edits(text, 0, record, new, style))) == new


@settings(deadline=None)
@given(st.lists(values, min_size=1, max_size=4), st.data())
def test_any_list_gets_other_elements(given_list, data):
    text = " " + json.dumps(given_list, indent=data.draw(st.sampled_from([None, 1])))
    start = first_value(text)
    assert [json.loads(text[slice(*span)]) for span in elements(text, start)] == given_list
    new = data.draw(st.lists(values, max_size=4))
    style = Style.of(text, start, ascii_only=True)
    assert json.loads(splice(text, value_edits(text, start, len(text), given_list, new, style))) == new
