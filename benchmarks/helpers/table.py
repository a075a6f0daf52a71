"""A table of figures, and the bars that some of them have to hold."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.helpers.measure import Clock


@dataclass(frozen=True)
class Bar:
    """A figure, and the most that it may be; or the least."""

    figure: float
    limit: float
    least: bool = False

    @property
    def held(self) -> bool:
        return self.figure >= self.limit if self.least else self.figure <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.least else "≤"
        return f"{'' if self.held else '✗ '}{self.figure:.3g} ({sign} {self.limit:.4g})"


def twice(double: float, single: float, most: float = 2.2) -> Bar:
    """Return how much longer twice the work takes."""
    return Bar(double / single, most)


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], clock: Clock | None = None) -> bool:
    """Print a table, and under it what its clock has to say; return whether every bar in it is held."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right", no_wrap=i == 0)
    for row in rows:
        table.add_row(*(f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row))
    console = Console(width=150)
    console.print(table)
    for note in clock.notes() if clock else []:
        console.print(f"  {note}", highlight=False)
    return all(cell.held for row in rows for cell in row if isinstance(cell, Bar))
