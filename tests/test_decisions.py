"""Decisions, and the three forms that they are kept in."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

import labelaudit
from labelaudit import Decision, Decisions
from labelaudit.decisions import as_decisions, open_decisions

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def _decisions():
    return [
        Decision("a.png", "keep", given="cat", by="ann", at=AT, how="random", probability=0.25),
        Decision("b.png#3", "fix", {"bbox": [1.5, 2, 3, 4], "class": "ключ"}, given=None, at=AT, batch="page 1"),
        Decision(None, "fix", ["cat", "dog"], item=17, place="dog", at=AT, how="control"),
    ]


@pytest.fixture(params=["list", "decisions.jsonl", "decisions.sqlite"])
def reopen(request, tmp_path):
    """Makes empty decisions of each kind; called again it reads what was kept."""
    kept = Decisions()
    return (lambda: kept) if request.param == "list" else lambda: open_decisions(tmp_path / request.param)


class TestEveryForm:
    def test_what_goes_in_comes_out(self, reopen):
        reopen().extend(_decisions())
        assert len(reopen()) == 3
        assert [(d.issue, d.verdict, d.value, d.item, d.place, d.at) for d in reopen()] == [
            ("a.png", "keep", None, None, None, AT),
            ("b.png#3", "fix", {"bbox": [1.5, 2, 3, 4], "class": "ключ"}, None, None, AT),
            (None, "fix", ["cat", "dog"], 17, "dog", AT),
        ]
        assert next(iter(reopen())).probability == 0.25

    def test_a_request_that_is_repeated_changes_nothing(self, reopen):
        one = Decision("a", "keep")
        reopen().append(one)
        reopen().extend([one, Decision("a", "unsure", key=one.key)])
        assert [d.verdict for d in reopen()] == ["keep"]

    def test_the_last_decision_counts(self, reopen):
        reopen().extend([Decision("a", "keep"), Decision("b", "keep"), Decision("a", "fix", 1)])
        assert [(d.issue, d.verdict) for d in reopen().current()] == [("a", "fix"), ("b", "keep")]

    def test_undo_takes_one_step_back(self, reopen):
        reopen().extend([Decision("a", "keep"), Decision("a", "drop"), Decision("a", "undo")])
        assert [d.verdict for d in reopen().current()] == ["keep"]
        reopen().append(Decision("a", "undo"))
        assert reopen().current() == []
        reopen().append(Decision("a", "undo"))  # nothing left to undo
        assert reopen().current() == []

    def test_a_page_is_undone_at_once(self, reopen):
        page = [Decision(issue, "drop", batch="p1") for issue in "ab"]
        reopen().extend([Decision("a", "keep"), *page, Decision(None, "undo", batch="p1"), Decision("c", "keep")])
        assert [(d.issue, d.verdict) for d in reopen().current()] == [("a", "keep"), ("c", "keep")]

    def test_all_or_none_are_added(self, reopen):
        with pytest.raises(labelaudit.InputError, match="row 1 is 'x', expected a labelaudit.Decision"):
            reopen().extend([Decision("a", "keep"), "x"])
        assert len(reopen()) == 0


class TestValues:
    def test_numpy_and_sets_become_plain_values(self):
        plain = Decision(
            "a", "fix", {"bbox": np.array([1.0, 2.0]), "class": np.int64(3)}, place=(1, 2), given={"b", "a"}
        )
        assert (plain.value, plain.place, plain.given) == ({"bbox": [1.0, 2.0], "class": 3}, [1, 2], ["a", "b"])
        json.loads(plain.to_json())

    @pytest.mark.parametrize(
        ("arguments", "options", "message"),
        [
            (("a", "yes"), {}, "verdict: expected one of keep, fix, drop, unsure, undo, got 'yes'"),
            (("a", "fix"), {}, "value: expected what the label should be"),
            (("a", "keep"), {"how": "best"}, "how: expected one of worst"),
            ((None, "keep"), {}, "issue: expected the key of an issue, or the item"),
        ],
    )
    def test_what_is_refused(self, arguments, options, message):
        with pytest.raises(labelaudit.InputError, match=message):
            Decision(*arguments, **options)


class TestSettles:
    ISSUES = pl.DataFrame({"issue": ["a", "b", "c"], "given": ["cat", "cat", "dog"]})

    def test_kept_labels_are_settled_while_they_stand(self):
        kept = Decisions(
            [Decision("a", "keep", given="cat"), Decision("b", "keep", given="dog"), Decision("c", "drop", given="dog")]
        )
        assert kept.settles(self.ISSUES).to_list() == [True, False, False]

    def test_nothing_is_settled_by_nothing(self):
        assert Decisions().settles(self.ISSUES).to_list() == [False, False, False]
        assert Decisions([Decision("a", "keep")]).settles(self.ISSUES.clear()).to_list() == []


class TestAnyForm:
    def test_lists_of_dictionaries_and_files(self, tmp_path):
        open_decisions(tmp_path / "d.jsonl").append(Decision("a", "keep"))
        assert [d.issue for d in as_decisions(tmp_path / "d.jsonl")] == ["a"]
        assert [d.issue for d in as_decisions(str(tmp_path / "d.jsonl"))] == ["a"]
        assert [d.issue for d in as_decisions([{"issue": "a", "verdict": "keep", "at": AT.isoformat()}])] == ["a"]
        assert len(as_decisions(None)) == 0

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            (Decision("a", "keep"), "decisions: expected a list"),
            (3, "decisions: expected a list"),
            ([3], "decisions: row 0 is 3"),
            ([{"issue": "a"}], "has no issue or no verdict"),
            ([{"issue": "a", "verdict": "keep", "colour": 1}], "has the unknown field colour"),
            ([{"issue": "a", "verdict": "keep", "at": "noon"}], "at: expected a time"),
            ("nowhere.jsonl", "no such file"),
        ],
    )
    def test_what_is_none(self, value, message):
        with pytest.raises(labelaudit.InputError, match=message):
            as_decisions(value)

    def test_a_file_of_another_kind(self, tmp_path):
        (tmp_path / "d.csv").write_text("")
        with pytest.raises(labelaudit.InputError, match="expected decisions in a .jsonl or .sqlite file"):
            as_decisions(tmp_path / "d.csv")


class TestFiles:
    def test_a_last_line_that_was_cut_short_is_left_out_and_written_over(self, tmp_path):
        path = tmp_path / "d.jsonl"
        open_decisions(path).append(Decision("a", "keep"))
        with path.open("ab") as file:
            file.write(b'{"issue": "b", "verd')
        decisions = open_decisions(path)
        assert [d.issue for d in decisions] == ["a"]
        decisions.append(Decision("c", "keep"))
        assert [d.issue for d in open_decisions(path)] == ["a", "c"]

    def test_a_line_that_is_no_decision_is_named(self, tmp_path):
        path = tmp_path / "d.jsonl"
        path.write_text(f"{Decision('a', 'keep').to_json()}\n[1]\n{Decision('b', 'keep').to_json()}\n")
        with pytest.raises(labelaudit.InputError, match="line 2: expected an object with the fields of a decision"):
            open_decisions(path)

    def test_a_file_that_is_no_sqlite(self, tmp_path):
        (tmp_path / "d.sqlite").write_bytes(b"hello, this is no database" * 100)
        with pytest.raises(labelaudit.InputError, match="cannot be opened as an SQLite file"):
            open_decisions(tmp_path / "d.sqlite")

    def test_two_programs_add_to_one_file(self, tmp_path):
        path = tmp_path / "d.sqlite"
        code = (
            "import sys; from labelaudit import Decision; from labelaudit.decisions import open_decisions\n"
            "for i in range(10): open_decisions(sys.argv[1]).append(Decision(sys.argv[2] + str(i), 'keep'))"
        )
        programs = [subprocess.Popen([sys.executable, "-c", code, str(path), who]) for who in "ab"]
        assert [program.wait(timeout=60) for program in programs] == [0, 0]
        assert sorted(d.issue for d in open_decisions(path)) == sorted(f"{who}{i}" for who in "ab" for i in range(10))
