"""What the terminal shows of an audit before its issues: what makes it doubtful, and its headline."""

from __future__ import annotations

import re

from rich.console import Console
from rich.text import Text

from labelaudit._audit import Audit

# What could move the cursor, turn the direction of writing or break a line; and halves of characters, which no terminal
# can show.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

_NUMBER = r"\d+(?:[,.]\d+)*(?: %)?"


def screen() -> Console:
    """Return what prints to standard output: nothing in data is taken for markup."""
    return Console(markup=False, highlight=False, emoji=False)


def clean(text: str) -> str:
    r"""Return text that may come from data with an escape for each character that controls a terminal.

    Examples
    --------
    >>> print(clean("a\x1b[31mb\u202e"))
    a\x1b[31mb\u202e
    """
    return _CONTROL.sub(_escaped, text)


def clean_json(text: str) -> str:
    """Return JSON in one line that says the same without a character that controls a terminal."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def highlighted(text: str, *parts: object) -> Text:
    """Return text with these parts in bold, wherever they stand in it."""
    shown = Text(clean(text))
    if parts:
        shown.highlight_words([clean(str(part)) for part in parts], "bold")
    return shown


def show_audit(console: Console, audit: Audit) -> None:
    """Print the headline, what gravely speaks against it above, and notes below."""
    for doubt in audit.doubts:
        if doubt.grave:
            console.print(Text(clean(f"{doubt.sentence}: {doubt.way_out}"), "bold red"))
    headline = Text(clean(audit.headline))
    headline.highlight_regex(_NUMBER, "bold")
    console.print(headline)
    for doubt in audit.doubts:
        if not doubt.grave:
            console.print(Text(clean(f"{doubt.sentence}: {doubt.way_out}"), "dim"))
