"""Multi-label data of a model that is often right."""

from __future__ import annotations

import numpy as np


def multilabel_data(n: int, k: int, seed: int = 0, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """Return labels (n, k), one in twenty of them wrong, and probabilities."""
    rng = np.random.default_rng(seed)
    truth = (rng.random((n, k)) < 0.3).astype(np.int64)
    pred_probs = (0.5 * truth + 0.5 * rng.random((n, k))).astype(dtype)
    return truth ^ (rng.random((n, k)) < 0.05), pred_probs


def sets_of(labels: np.ndarray) -> list[list[int]]:
    """Return the classes of each item."""
    return [np.flatnonzero(row).tolist() for row in labels]
