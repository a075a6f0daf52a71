"""Rank correlation, in which no value weighs more than another."""

from __future__ import annotations

import numpy as np


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Return the rank correlation of two columns; 0 where one of them is constant."""
    a, b = (ranks - ranks.mean() for ranks in (_ranks(a), _ranks(b)))
    spread = float(np.sqrt(a @ a) * np.sqrt(b @ b))
    return float(a @ b) / spread if spread > 0 else 0.0


def _ranks(values: np.ndarray) -> np.ndarray:
    # equal ones have their mean rank
    order = np.argsort(values)
    ordered = values[order]
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    lengths = np.diff(first, append=values.size)
    ranks = np.empty(values.size)
    ranks[order] = np.repeat(first + (lengths - 1) / 2, lengths)
    return ranks
