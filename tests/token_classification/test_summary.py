"""What issues look like, and what they have in common."""

import io

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from rich.console import Console

import labelaudit
from labelaudit.token_classification import summary

WORDS = [["An", "<b>odd</b>", "[bold]word[/]"], ["all", "well", "an"], ["Pay", "AN", "eye"]]
LABELS = [[0, 1, 2], [0, 0, 1], [2, 1, 0]]
PRED_PROBS = [np.eye(3)[row] for row in ([0, 2, 2], [0, 0, 0], [0, 2, 0])]
ISSUES = [(0, 1), (1, 2), (2, 0), (2, 1)]


def test_issues_as_text():
    view = summary.display_issues(ISSUES[1:3], WORDS, labels=LABELS, pred_probs=PRED_PROBS, class_names=["x", "y", "z"])
    assert (
        str(view)
        == "sentence 1, token 2, given y, predicted x\nall well [an]\n\nsentence 2, token 0, given z, predicted x\n[Pay] AN eye"
    )
    assert repr(view) == str(view)


def test_issues_in_colour_and_their_words_are_no_markup():
    view = summary.display_issues([(0, 2), (2, 1)], WORDS, labels=LABELS)
    terminal = io.StringIO()
    Console(file=terminal, force_terminal=True, color_system="standard", width=100).print(view)
    shown = terminal.getvalue()
    assert "\x1b[1;31m[bold]word[/]\x1b[0m" in shown
    assert "\x1b[1;31mAN\x1b[0m" in shown
    assert "sentence 2, token 1, given 1" in shown


def test_issues_in_a_notebook_and_their_words_are_no_html():
    names = ["<script>", "y", "z"]
    view = summary.display_issues([(0, 1)], [*WORDS[:1]], labels=[[0, 0, 0]], class_names=names)
    shown = view._repr_html_()
    assert '<mark style="font-weight:bold">&lt;b&gt;odd&lt;/b&gt;</mark>' in shown
    assert "&lt;script&gt;" in shown
    assert "<b>" not in shown
    assert "<script>" not in shown


def test_only_the_token_is_marked_and_not_the_same_word_elsewhere():
    view = summary.display_issues([(0, 2)], [["a", "b", "a"]])
    assert str(view) == "sentence 0, token 2\na b [a]"


def test_whole_sentences():
    view = summary.display_issues(np.array([2, 1]), WORDS)
    assert str(view) == "sentence 2\nPay AN eye\n\nsentence 1\nall well an"
    assert "<mark" not in view._repr_html_()


def test_excluded_swaps_are_not_among_the_top():
    options = {"labels": LABELS, "pred_probs": PRED_PROBS, "exclude": [(1, 2)]}
    assert [(one.sentence, one.token) for one in summary.display_issues(ISSUES, WORDS, **options).shown] == ISSUES[1:3]
    assert len(summary.display_issues(ISSUES, WORDS, top=1, **options)) == 1
    assert summary.display_issues(ISSUES, WORDS, top=1, **options).shown[0].sentence == 1


def test_no_issues():
    view = summary.display_issues([], WORDS)
    assert (len(view), str(view), view._repr_html_()) == (0, "", "")


def test_nothing_is_printed(capsys):
    summary.display_issues(ISSUES, WORDS)
    summary.common_label_issues(ISSUES, WORDS)
    assert capsys.readouterr().out == ""


def test_words_with_issues_are_counted():
    found = summary.common_label_issues([(2, 1), (1, 0), (0, 0), (2, 1), (1, 0)], WORDS)
    assert found.rows() == [("AN", 2), ("all", 2), ("An", 1)]
    assert found.schema == {"token": pl.String, "num_label_issues": pl.Int64}


def test_swaps_of_words_are_counted():
    words = [["a", "b", "a", "a"]]
    labels, pred_probs = [[0, 1, 2, 0]], [np.eye(3)[[1, 2, 1, 1]]]
    issues = [(0, 2), (0, 1), (0, 0), (0, 3)]
    found = summary.common_label_issues(issues, words, labels=labels, pred_probs=pred_probs)
    assert found.columns == ["token", "given_label", "predicted_label", "num_label_issues"]
    assert found.rows() == [("a", 0, 1, 2), ("a", 2, 1, 1), ("b", 1, 2, 1)]
    named = summary.common_label_issues(
        issues, words, labels=labels, pred_probs=pred_probs, class_names=["x", "y", "z"], exclude=[(0, 1)]
    )
    assert named.rows() == [("a", "z", "y", 1), ("b", "y", "z", 1)]


def test_no_issues_have_nothing_in_common():
    assert summary.common_label_issues([], WORDS).shape == (0, 2)
    assert summary.common_label_issues([], WORDS, labels=LABELS, pred_probs=PRED_PROBS).shape == (0, 4)


def test_issues_of_a_word_in_whatever_case():
    assert summary.filter_by_token("an", [(2, 1), (0, 1), (1, 2), (0, 0)], WORDS) == [(2, 1), (1, 2), (0, 0)]
    assert summary.filter_by_token("nothing", ISSUES, WORDS) == []


@pytest.mark.parametrize("column", [pa.array, pl.Series])
def test_list_columns(column):
    words, labels, probs = column(WORDS), column(LABELS), column([p.tolist() for p in PRED_PROBS])
    assert str(summary.display_issues(ISSUES, words, labels=labels, pred_probs=probs)) == str(
        summary.display_issues(ISSUES, WORDS, labels=LABELS, pred_probs=PRED_PROBS)
    )
    assert summary.filter_by_token("an", ISSUES, words) == [(1, 2), (2, 1)]


@pytest.mark.parametrize(
    "call", [summary.display_issues, summary.common_label_issues, lambda *a: summary.filter_by_token("an", *a)]
)
@pytest.mark.parametrize(
    ("issues", "message"),
    [
        ([(0, 3)], "issues: sentence 0, token 3 is not in tokens; pass the words of the scored sentences"),
        ([(3, 0)], "issues: sentence 3, token 0 is not in tokens"),
        ([(-1, 0)], "issues: sentence -1, token 0 is not in tokens"),
        ([(0, 1, 2)], r"issues: expected \(sentence, token\) pairs, got \(0, 1, 2\)"),
        (["ab"], "issues: expected .*, got 'ab'"),
    ],
)
def test_issues_that_are_no_tokens(call, issues, message):
    with pytest.raises(labelaudit.InputError, match=message):
        call(issues, WORDS)


def test_a_sentence_that_is_none():
    with pytest.raises(labelaudit.InputError, match="issues: sentence 7 is none of the 3 of tokens"):
        summary.display_issues([7], WORDS)
