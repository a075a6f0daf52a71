"""What the terminal shows of an audit."""

from __future__ import annotations

from typing import Any

from rich.markup import escape
from rich.table import Table

from labelaudit.results import Audit, readable


def bold(text: str) -> str:
    """Return text in bold, as rich markup."""
    return f"[bold]{text}[/]"


def issue_table(found: Audit, most: int) -> Table:
    """Return the worst issues as a table."""
    shown = readable(found.issues).head(most)
    table = Table(title=f"the worst {len(shown)}", title_justify="left", title_style="dim")
    for column in shown.columns:
        table.add_column(column, justify="right" if shown[column].dtype.is_numeric() else "left")
    for row in shown.rows():
        table.add_row(*(_cell(value) for value in row))
    return table


def _cell(value: Any) -> str:
    if isinstance(value, list):  # the sides of a box
        return ", ".join(f"{side:.0f}" for side in value)
    if value is None:
        return "–"
    return f"{value:.2g}" if isinstance(value, float) else escape(str(value))
