"""The first row of a data set of which something holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FirstRow:
    """Its number; -1 for none."""

    row: int = -1

    @classmethod
    def of(cls, first: int, within: int) -> FirstRow:
        """Return that of a block which begins at row ``first``; ``within``: its place there, -1 for none."""
        return cls(first + within if within >= 0 else -1)

    def __add__(self, other: FirstRow) -> FirstRow:
        if self.row < 0 or other.row < 0:
            return FirstRow(max(self.row, other.row))
        return FirstRow(min(self.row, other.row))
