"""What is said of an audit before its issues: doubts where they must be seen, numbers in bold."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

import labelaudit
from labelaudit.cli.terminal import show_audit
from labelaudit.results import Doubt

GRAVE = Doubt("order", True, "predictions look like those of [other] rows", "check the order")
NOTE = Doubt("few", False, "there are too few items", "label more")


@pytest.fixture
def audit():
    found = labelaudit.audit("classification", [0, 1], [[0.9, 0.1], [0.95, 0.05]])
    return replace(found, doubts=(NOTE, GRAVE))


def shown(audit, colours):
    screen = io.StringIO()
    kind = {"force_terminal": True, "color_system": "standard"} if colours else {}
    show_audit(Console(file=screen, width=100, markup=False, highlight=False, **kind), audit)
    return screen.getvalue()


def test_grave_doubts_stand_above_the_headline_and_notes_below(audit):
    above, headline, below = shown(audit, colours=False).splitlines()
    assert above == "predictions look like those of [other] rows: check the order"
    assert headline == audit.headline
    assert below == "there are too few items: label more"


def test_grave_is_red_numbers_are_bold_and_notes_are_dim(audit):
    above, headline, below = shown(audit, colours=True).splitlines()
    assert above.startswith("\x1b[1;31mpredictions")
    assert headline.startswith("\x1b[1m1\x1b[0m of \x1b[1m2\x1b[0m labels looks wrong (\x1b[1m50.0 %\x1b[0m)")
    assert below.startswith("\x1b[2mthere are")
