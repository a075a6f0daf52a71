"""Ranks within groups, for both kinds of kernel."""

from __future__ import annotations

import numpy as np


def places(values: np.ndarray) -> np.ndarray:
    """How many entries before each have its value."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    found = np.empty(values.size, np.int64)
    found[order] = np.arange(values.size) - np.searchsorted(ordered, ordered)
    return found
