"""The one exception of the library, and how its messages show a value."""

from __future__ import annotations

from typing import Any


class InputError(ValueError):
    """An argument, a file or a record that cannot be used as given.

    The message names the argument, what was expected, what came, the first row at fault, and the way out.
    """


def shown(value: Any, most: int = 60) -> str:
    """Return a value as a message shows it: in one line, cut where it is long."""
    return " ".join(repr(value).split())[:most]
