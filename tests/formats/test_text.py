"""Sentences from text files."""

import json

import numpy as np
import polars as pl
import pytest

import labelaudit
from labelaudit._checks.ragged import Ragged, as_ragged
from labelaudit.formats.text import read_sentences, read_token_predictions

CONLL = """-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects VBZ B-VP O

Peter NNP B-NP B-PER
"""


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def test_a_list_a_line(write):
    path = write("tags.jsonl", '["O", "B-PER"]\n\n[]\n[1]\n')
    assert read_sentences(path) == [["O", "B-PER"], [], [1]]


def test_an_object_a_line(write):
    path = write("data.jsonl", "".join(json.dumps({"tokens": ["a"] * i, "tags": [0] * i}) + "\n" for i in range(3)))
    assert read_sentences(f"{path}:tags") == [[], [0], [0, 0]]
    assert read_sentences(f"{path}:tokens") == [[], ["a"], ["a", "a"]]


def test_columns_of_conll(write):
    path = write("eng.conll", CONLL)
    assert read_sentences(path) == [["B-ORG", "O"], ["B-PER"]]
    assert read_sentences(f"{path}:0") == [["EU", "rejects"], ["Peter"]]
    assert read_sentences(f"{path}:-2") == [["B-NP", "B-VP"], ["B-NP"]]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_tabs_comments_and_a_missing_last_newline(write, newline):
    lines = ["# id = 1", "# text = New York #", "New York\tB-LOC", "#\tO", "#tag\tO", "", "", "# id = 2", "x\tO"]
    path = write("a.tsv", newline.join(lines))
    assert read_sentences(path) == [["B-LOC", "O", "O"], ["O"]]
    assert read_sentences(f"{path}:0") == [["New York", "#", "#tag"], ["x"]]


def test_a_token_that_is_a_number_sign_is_no_comment(write):
    assert read_sentences(write("a.conll", "a O\n\n# O\nb O\n")) == [["O"], ["O", "O"]]


def test_a_byte_order_mark_is_no_part_of_a_word(write):
    assert read_sentences(write("a.conll", b"\xef\xbb\xbfword O\n") + ":0") == [["word"]]


def test_an_empty_file_has_no_sentences(write):
    assert read_sentences(write("a.conll", "")) == []
    assert read_sentences(write("a.jsonl", "\n")) == []


def test_list_columns_of_parquet(tmp_path):
    pl.DataFrame({"tags": [[0, 1], []], "p": [[[0.5, 0.5], [0.1, 0.9]], []]}).write_parquet(tmp_path / "t.parquet")
    labels = read_sentences(f"{tmp_path}/t.parquet:tags")
    assert as_ragged(labels, "labels").offsets.tolist() == [0, 2, 2]
    predictions = read_token_predictions(f"{tmp_path}/t.parquet:p", labels)
    np.testing.assert_array_equal(as_ragged(predictions, "pred_probs").values, [[0.5, 0.5], [0.1, 0.9]])


def test_a_matrix_is_cut_at_the_lengths_of_the_labels_and_not_loaded(tmp_path):
    np.save(tmp_path / "p.npy", np.eye(3))
    for labels in ([[0], [], [1, 1]], pl.Series([[0], [], [1, 1]])):
        found = read_token_predictions(f"{tmp_path}/p.npy", labels)
        assert isinstance(found, Ragged)
        assert isinstance(found.values, np.memmap)
        assert found.offsets.tolist() == [0, 1, 1, 3]


def test_predictions_in_json_lines(write):
    path = write("p.jsonl", '{"probs": [[0.5, 0.5]]}\n{"probs": []}\n')
    assert read_token_predictions(f"{path}:probs", [[0], []]) == [[[0.5, 0.5]], []]


@pytest.mark.parametrize(
    ("name", "text", "part", "message"),
    [
        ("a.jsonl", "[1]\n[2\n", "", r"a.jsonl: line 2 is no JSON \("),
        ("a.jsonl", '[1]\n"O"\n', "", "a.jsonl: expected a list in each line, line 2 holds 'O'"),
        ("a.jsonl", '{"tags": [1], "words": []}\n', "", "a.jsonl: line 1 is an object; expected a key after the file, one of tags, words, as in .*a.jsonl:tags"),
        ("a.jsonl", '{"tags": [1]}\n{}\n', ":tags", "a.jsonl: line 2 is an object; expected a key"),
        ("a.jsonl", '{"tags": 1}\n', ":tags", "expected a list in each line, line 1 holds '1'"),
        ("a.conll", "a O\n\nb c O\n", "", "a.conll: line 3 has 3 columns, expected 2 as in line 1"),
        ("a.conll", "a O\n", ":2", "a.conll: has 2 columns, numbered from 0; expected one of them, got 2"),
        ("a.conll", "a O\n", ":-3", "numbered from 0; expected one of them, got -3"),
        ("a.conll", "a O\n", ":tag", "a.conll: expected the number of a column after the file, as in .*a.conll:0, got tag"),
        ("a.conll", b"\xff\xfe\x00", "", "a.conll: is no text in UTF-8"),
        ("a.xml", "<a/>", "", "a.xml: expected sentences in a .jsonl, .conll, .txt, .tsv or .parquet file"),
    ],
)  # fmt: skip
def test_malformed_files_are_refused_with_file_and_line(write, name, text, part, message):
    with pytest.raises(labelaudit.InputError, match=message) as refusal:
        read_sentences(write(name, text) + part)
    assert "\n" not in str(refusal.value)


def test_a_matrix_of_other_tokens_is_refused(tmp_path):
    np.save(tmp_path / "p.npy", np.eye(3))
    with pytest.raises(labelaudit.InputError, match=r"expected a row of probabilities for each of the 2 labelled tokens, got an array of shape \(3, 3\)"):  # fmt: skip
        read_token_predictions(f"{tmp_path}/p.npy", [[0], [1]])
