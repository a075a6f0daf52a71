"""Labels in CSV and TSV files, and corrected ones back into their cells."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import labelaudit
from labelaudit.formats.base import Change
from labelaudit.formats.csv_cells import cell_of, find_cells, text_of
from labelaudit.formats.location import locate
from labelaudit.formats.splices import splice
from labelaudit.formats.table_of_formats import FORMATS, read_labels

NAMES = ["cat", "dog", "fox"]
AWKWARD = (
    b'\xef\xbb\xbfid,"the ""label""",note\r\n'
    b'1,cat,"two\r\nlines, and a ""quote"""\r\n'
    b'2,"dog",\r\n'
    b"3,fox,caf\xc3\xa9\r\n"
    b'4,cat," x"'
)


@pytest.fixture
def write(tmp_path):
    def write(content, part=None, name="labels.csv"):
        (tmp_path / name).write_bytes(content)
        return str(tmp_path / name) + (f":{part}" if part else "")

    return write


def fix(row, new, old=None):
    return Change(row, row, None, old, new)


def drop(row):
    return Change(row, row, None, "cat", None)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (AWKWARD, 'the ""label""'),
        (b"label\ncat\ndog\n", None),
        (b"label\r\ncat\r\ndog", "label"),
        (b"\n\nid,label\n1,cat\n", "label"),
        (b"label,note,note\ncat,dog,fox\n", "label"),
        (b"label\n", "label"),
        (b"id,label,\n1,cat,\n2,dog\n", "label"),
    ],
)
def test_without_changes_the_bytes_are_the_same(write, rewrite, content, part):
    assert rewrite(write(content, part), "classes").read_bytes() == content


def test_a_change_replaces_the_bytes_of_one_cell_alone(write, rewrite):
    where = write(AWKWARD, 'the ""label""')
    assert read_labels(locate(where), "classes").values.tolist() == ["cat", "dog", "fox", "cat"]
    assert rewrite(where, "classes", fix(0, "fox")).read_bytes() == AWKWARD.replace(b"1,cat", b"1,fox")
    # where there were quotes there are quotes
    assert rewrite(where, "classes", fix(1, "cat")).read_bytes() == AWKWARD.replace(b'"dog"', b'"cat"')
    both = AWKWARD.replace(b"3,fox", b"3,dog").replace(b"4,cat", b"4,dog")
    assert rewrite(where, "classes", fix(2, "dog"), fix(3, "dog")).read_bytes() == both


@pytest.mark.parametrize(
    ("new", "cell"),
    [
        ("café", "café".encode()),
        ("cat, dog", b'"cat, dog"'),
        ('a "cat"', b'"a ""cat"""'),
        ("two\nlines", b'"two\nlines"'),
        ("", b'""'),
    ],
)
def test_a_label_that_needs_quotes_gets_them(write, rewrite, new, cell):
    where = write(b"id,label\n1,dog\n", "label")
    assert rewrite(where, "classes", fix(0, new)).read_bytes() == b"id,label\n1," + cell + b"\n"


def test_tabs_part_the_cells_of_tsv(write, rewrite):
    where = write(b'id\tlabel\tnote\n1\tcat\ta, b\n2\tdog\t"a\tb"\n', "label", "labels.tsv")
    out = rewrite(where, "classes", fix(1, "cat, dog"))
    assert out.read_bytes() == b'id\tlabel\tnote\n1\tcat\ta, b\n2\tcat, dog\t"a\tb"\n'


def test_classes_by_number_stay_numbers(write, rewrite):
    where = write(b"id,label\n1,0\n2,1\n3,2\n", "label")
    out = rewrite(where, "classes", fix(1, "fox", "dog"), names=NAMES)
    assert out.read_bytes() == b"id,label\n1,0\n2,2\n3,2\n"


@pytest.mark.parametrize(
    ("cells", "new", "expected"),
    [
        ([b"1", b"2"], 7.0, b"7"),
        ([b"1", b"2"], 7.5, b"7.5"),
        ([b"1.50", b"2"], 7, b"7.0"),
        ([b"True", b"False"], 0, b"False"),
        ([b"true", b"false"], 0, b"false"),
    ],
)
def test_numbers_are_written_as_their_column_has_them(write, rewrite, cells, new, expected):
    path = write(b"y\n" + b"\n".join(cells) + b"\n")
    assert rewrite(path, "numbers", fix(0, new)).read_bytes() == b"y\n" + expected + b"\n" + cells[1] + b"\n"


def test_a_column_a_class_has_the_cells_of_the_classes_changed(write, rewrite):
    where = write(b"has_cat,id,has_dog,has_fox\n1,a,0,1.0\n0,b,1,0.0\n", "has_*")
    changes = [Change(0, 0, "dog", None, "dog"), Change(0, 0, "fox", "fox", None), Change(1, 1, "cat", None, "cat")]
    out = rewrite(where, "sets", *changes, names=NAMES)
    assert out.read_bytes() == b"has_cat,id,has_dog,has_fox\n1,a,1,0.0\n1,b,1,0.0\n"


def test_a_class_without_a_column_is_refused(write, rewrite):
    with pytest.raises(labelaudit.InputError, match="decisions: expected classes 0..1, a column each, got 2"):
        rewrite(write(b"has_cat,has_dog\n1,0\n", "has_*"), "sets", Change(0, 0, 2, None, 2))


def test_a_dropped_row_takes_its_whole_record_along(write, rewrite):
    where = write(AWKWARD, 'the ""label""')
    first = AWKWARD.index(b"1,cat")
    assert rewrite(where, "classes", drop(0)).read_bytes() == AWKWARD[:first] + AWKWARD[AWKWARD.index(b"2,") :]
    # a file without a last line end stays without one
    assert rewrite(where, "classes", drop(3)).read_bytes() == AWKWARD[: AWKWARD.index(b"\r\n4,cat")]
    assert rewrite(where, "classes", *map(drop, range(4))).read_bytes() == AWKWARD[: first - 2]


def test_a_record_that_ends_in_a_lone_return_is_refused(write, rewrite):
    where = write(b"id,label\n1,a\rb\n", "label")
    with pytest.raises(labelaudit.InputError, match=r"labels.csv: the record in line 2 cannot be taken apart"):
        rewrite(where, "classes", fix(0, "dog"))


def test_a_file_of_another_ending_is_not_written(write, tmp_path):
    source = read_labels(locate(write(AWKWARD, "id")), "classes").source
    with pytest.raises(labelaudit.InputError, match=r"out.txt: expected a name that ends in .csv"):
        FORMATS["csv"].write(source, [], tmp_path / "out.txt")


texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=6)


@st.composite
def tables(draw):
    """Give the records of a table as their cells, each with the quotes that it may or must have."""
    separator = draw(st.sampled_from([",", "\t", ";"]))
    width = draw(st.integers(1, 4))

    def cell(text):
        special = any(mark in text for mark in (separator, '"', "\n")) or (width == 1 and not text)
        return f'"{text.replace(chr(34), chr(34) * 2)}"' if special or draw(st.booleans()) else text

    rows = draw(st.lists(st.lists(texts.map(cell), min_size=width, max_size=width), min_size=1, max_size=6))
    return separator, rows, draw(st.sampled_from(["\n", "\r\n"])), draw(st.booleans()), draw(st.booleans())


@settings(max_examples=300, deadline=None)
@given(tables(), st.data())
def test_any_cell_of_any_table_is_replaced_in_its_place(table, data):
    separator, rows, newline, last, mark = table
    bom = "\ufeff" if mark else ""

    def content(rows):
        body = newline.join(separator.join(row) for row in rows)
        return (bom + body + newline * last).encode()

    column = data.draw(st.integers(0, len(rows[0]) - 1))
    given_bytes = content([["h"] * len(rows[0]), *rows])
    cells = find_cells(given_bytes, separator.encode(), [column], "t.csv")
    found = [given_bytes[slice(*span)].decode() for (span,) in cells.spans]
    assert found == [row[column] for row in rows]

    row, new = data.draw(st.integers(0, len(rows) - 1)), data.draw(texts)
    (span,) = cells.spans[row]
    cell = cell_of(new, separator.encode(), given_bytes[slice(*span)])
    assert text_of(cell) == new
    rows[row][column] = cell.decode()
    assert splice(given_bytes, [(*span, cell)]) == content([["h"] * len(rows[0]), *rows])


@settings(max_examples=100, deadline=None)
@given(tables().filter(lambda table: table[0] != ";"), st.data())
def test_any_file_that_is_read_is_written_with_one_label_changed_and_no_other_byte(table, data):
    separator, rows, newline, last, mark = table
    name = "t.csv" if separator == "," else "t.tsv"
    rows = [[f"{row}", *cells] for row, cells in zip((f"x{i}" for i in range(len(rows))), rows, strict=True)]
    head = [f"h{i}" for i in range(len(rows[0]))]

    def content(rows):
        body = newline.join(separator.join(row) for row in [head, *rows])
        return (("\ufeff" if mark else "") + body + newline * last).encode()

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content(rows))
        source = read_labels(locate(f"{folder}/{name}:h0"), "classes").source
        row = data.draw(st.integers(0, len(rows) - 1))
        FORMATS[source.format].write(source, [fix(row, "y", rows[row][0])], Path(folder) / f"out{name}")
        rows[row][0] = "y"
        assert (Path(folder) / f"out{name}").read_bytes() == content(rows)
