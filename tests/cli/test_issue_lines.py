"""Issues fit a terminal of any width, and nothing in data reaches it as more than text."""

import polars as pl
import pytest
from rich.cells import cell_len

from labelaudit.cli.issue_lines import issue_lines, shorten
from labelaudit.cli.terminal import clean

ISSUES = pl.DataFrame(
    {
        "issue": ["images/validation/2026/cat_01.png#3"] * 2,
        "id": ["images/validation/2026/cat_01.png", "b.png"],
        "row": [4, 17],
        "box": [3, None],
        "bbox": [[10.0, 20.4, 30.0, 40.0], [1.0, 2.0, 3.0, 4.0]],
        "kind": ["badly_located", "overlooked"],
        "given": ["electric toothbrush", None],
        "suggested": ["electric toothbrush", "pneumatic drill hammer"],
        "score": [0.0312, 1e-9],
        "p_wrong": [0.97, 0.9999],
        "area": [123456789, 5],
        "rle": ["a", "b"],
    }
)


def lines(width, issues=ISSUES):
    return [line.plain for line in issue_lines(issues, width)]


def test_a_wide_terminal_shows_everything_that_a_person_can_read():
    assert lines(200) == [
        "id                                 where              kind           given                suggested               score  p_wrong       area",
        "images/validation/2026/cat_01.png  box 3 10,20–30,40  badly_located  electric toothbrush  electric toothbrush      0.03     0.97  123456789",
        "b.png                              1,2–3,4            overlooked     –                    pneumatic drill hammer  <0.01    >0.99          5",
    ]


@pytest.mark.parametrize("width", range(72, 200, 7))
def test_kind_given_and_suggested_are_never_left_out(width):
    header, *rows = lines(width)
    assert max(map(cell_len, (header, *rows))) <= width
    assert {"id", "kind", "given", "suggested", "score"} <= set(header.split())
    assert "badly_located" in rows[0]


def test_eighty_columns_show_the_classes_whole_and_the_ends_of_long_ids():
    header, row, _ = lines(80)
    assert header.split() == ["id", "kind", "given", "suggested", "score"]
    assert "electric toothbrush" in row
    assert row.startswith("images/…t_01.png ")


@pytest.mark.parametrize("width", [40, 45, 59, 71])
def test_a_narrow_terminal_has_one_line_an_issue_and_no_header(width):
    rows = lines(width)
    assert len(rows) == 2
    assert max(map(cell_len, rows)) <= width
    assert "badly_located" in rows[0]
    assert "→" in rows[0]


def test_short_issues_in_forty_columns():
    issues = pl.DataFrame(
        {"id": ["cat_01.png"], "kind": ["swapped"], "given": ["cat"], "suggested": ["dog"], "score": [0.03]}
    )
    assert lines(40, issues) == ["cat_01.png  swapped  cat → dog  0.03"]


def test_numbers_are_set_to_the_right():
    issues = pl.DataFrame(
        {
            "id": ["a", "b"],
            "kind": ["outlier"] * 2,
            "given": [1.5, 700000.25],
            "suggested": [20.0, 7.5],
            "score": [0.0, 0.5],
        }
    )
    assert lines(80, issues) == [
        "id  kind      given  suggested  score",
        "a   outlier     1.5         20   0.00",
        "b   outlier  700000        7.5   0.50",
    ]


def test_spans_and_classes_say_where_they_are():
    issues = pl.DataFrame(
        {
            "id": ["a", "b"], "start": [2, 3], "stop": [3, 6], "kind": ["swapped"] * 2, "given": ["PER"] * 2,
            "suggested": ["LOC"] * 2, "text": ["Paris", "New York City"],
        }
    )  # fmt: skip
    _, one, several = lines(100, issues)
    assert one.split() == ["a", "word", "2", "swapped", "PER", "LOC", "Paris"]
    assert "words 3–5" in several
    tags = pl.DataFrame({"id": ["a"], "class": ["cat"], "kind": ["extra"], "given": [True], "suggested": [False]})
    assert lines(80, tags)[1].split() == ["a", "cat", "extra", "yes", "no"]
    assert lines(40, tags) == ["a  extra  cat"]


def test_wide_characters_count_as_two_cells():
    issues = pl.DataFrame(
        {"id": ["猫" * 40], "kind": ["swapped"], "given": ["猫"], "suggested": ["犬"], "score": [0.1]}
    )
    for width in (40, 60, 80):
        assert max(map(cell_len, lines(width, issues))) <= width


def test_no_issues_have_no_lines():
    assert lines(80, ISSUES.clear()) == []


def test_long_texts_lose_their_middle():
    assert shorten("images/2026/cat_01.png", 15) == "images/…_01.png"
    assert [shorten("abcdef", width) for width in range(1, 7)] == ["…", "…f", "a…f", "a…ef", "ab…ef", "abcdef"]


def test_characters_that_control_a_terminal_are_shown_as_escapes():
    issues = pl.DataFrame(
        {"id": ["\x1b[2J\na\u202e.png"], "kind": ["swapped"], "given": ["[red]x[/]"], "suggested": ["\x07\x9b"]}
    )
    (row,) = lines(80, issues)[1:]
    assert row.split() == [r"\x1b[2J\x0aa\u202e.png", "swapped", "[red]x[/]", r"\x07\x9b"]
    assert clean("a\tb\r\ud800") == r"a\x09b\x0d\ud800"
