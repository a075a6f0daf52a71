"""Sentences in CoNLL columns, and corrected tags back into their cells."""

import pytest

import labelaudit
from labelaudit.formats.base import Change
from labelaudit.formats.location import locate
from labelaudit.formats.table_of_formats import read_labels

CONLL = """-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects VBZ B-VP O

Peter NNP B-NP B-PER
"""
AWKWARD = b"\xef\xbb\xbf# id = 1\r\n# text = caf\xc3\xa9 #\r\ncaf\xc3\xa9 au\tB-LOC \r\n#\t O\r\n\r\n\r\n# id = 2\r\nx\tO\r\n\r\ny\tO"


@pytest.fixture
def write(tmp_path):
    def write(text, name="a.conll"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(tmp_path / name)

    return write


def read(where):
    return read_labels(locate(where), "sentences")


def fix(row, token, old, new):
    return Change(row, row, token, old, new)


def test_columns_of_conll(write):
    path = write(CONLL, "eng.conll")
    assert read(path).values == [["B-ORG", "O"], ["B-PER"]]
    assert read(f"{path}:0").values == [["EU", "rejects"], ["Peter"]]
    assert read(f"{path}:-2").values == [["B-NP", "B-VP"], ["B-NP"]]


def test_the_first_column_holds_the_words_where_it_does_not_hold_the_labels(write):
    path = write(CONLL)
    assert read(path).options == {"tokens": [["EU", "rejects"], ["Peter"]]}
    assert read(f"{path}:0").options == {}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_tabs_comments_and_a_missing_last_newline(write, newline):
    lines = ["# id = 1", "# text = New York #", "New York\tB-LOC", "#\tO", "#tag\tO", "", "", "# id = 2", "x\tO"]
    path = write(newline.join(lines), "a.tsv")
    assert read(path).values == [["B-LOC", "O", "O"], ["O"]]
    assert read(f"{path}:0").values == [["New York", "#", "#tag"], ["x"]]


def test_a_token_that_is_a_number_sign_is_no_comment(write):
    assert read(write("a O\n\n# O\nb O\n")).values == [["O"], ["O", "O"]]


def test_a_byte_order_mark_is_no_part_of_a_word(write):
    assert read(write(b"\xef\xbb\xbfword O\n") + ":0").values == [["word"]]


def test_an_empty_file_has_no_sentences(write):
    assert read(write("")).values == []


@pytest.mark.parametrize(
    ("text", "part", "message"),
    [
        ("a O\n\nb c O\n", "", "a.conll: line 3 has 3 columns, expected 2 as in line 1"),
        ("a O\n", ":2", "a.conll: has 2 columns, numbered from 0; expected one of them, got 2"),
        ("a O\n", ":-3", "numbered from 0; expected one of them, got -3"),
        ("a O\n", ":tag", "a.conll: expected the number of a column after the file, as in .*a.conll:0, got tag"),
        (b"\xff\xfe\x00", "", "a.conll: is no text in UTF-8"),
    ],
)
def test_malformed_files_are_refused_with_file_and_line(write, text, part, message):
    with pytest.raises(labelaudit.InputError, match=message) as refusal:
        read(write(text) + part)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", [CONLL.encode(), AWKWARD, b"", b"a O\rb O\r"])
def test_without_changes_the_bytes_are_the_same(write, rewrite, text):
    assert rewrite(write(text), "sentences").read_bytes() == text


def test_a_change_replaces_the_cell_of_one_tag_alone(write, rewrite):
    out = rewrite(write(CONLL), "sentences", fix(0, 1, "O", "B-MISC"), fix(1, 0, "B-PER", "O"))
    assert out.read_text() == CONLL.replace("B-VP O", "B-VP B-MISC").replace("B-NP B-PER", "B-NP O")
    out = rewrite(f"{write(CONLL)}:2", "sentences", fix(0, 0, "B-NP", "I-NP"))
    assert out.read_text() == CONLL.replace("EU NNP B-NP", "EU NNP I-NP")


def test_tabs_spaces_and_line_ends_around_a_tag_stay(write, rewrite):
    path = write(AWKWARD)
    assert read(path).values == [["B-LOC", "O"], ["O"], ["O"]]
    assert rewrite(path, "sentences", fix(0, 0, "B-LOC", "O")).read_bytes() == AWKWARD.replace(b"B-LOC", b"O")
    assert rewrite(path, "sentences", fix(0, 1, "O", "é")).read_bytes() == AWKWARD.replace(b"#\t O", b"#\t \xc3\xa9")
    assert rewrite(path, "sentences", fix(2, 0, "O", "B")).read_bytes() == AWKWARD[:-1] + b"B"


def test_a_dropped_sentence_takes_its_comments_and_its_end_along(write, rewrite):
    out = rewrite(write(AWKWARD), "sentences", Change(1, 1, None, ["O"], None))
    assert out.read_bytes() == AWKWARD.replace(b"# id = 2\r\nx\tO\r\n\r\n", b"")
    out = rewrite(write(CONLL), "sentences", Change(0, 0, None, ["B-ORG", "O"], None))
    assert out.read_text() == "-DOCSTART- -X- -X- O\n\nPeter NNP B-NP B-PER\n"


def test_a_tag_that_would_be_two_columns_is_refused(write, rewrite):
    with pytest.raises(labelaudit.InputError, match="cannot hold the tag 'a b', as white space parts its columns"):
        rewrite(write("x O\n"), "sentences", fix(0, 0, "O", "a b"))
    assert rewrite(write("x\tO\n"), "sentences", fix(0, 0, "O", "a b")).read_text() == "x\ta b\n"
