"""The band along changes of the given label, where annotators disagree by a pixel or two."""

from __future__ import annotations

import numpy as np


def near_boundary(labels: np.ndarray, void: int, width: int) -> np.ndarray:
    """Return which pixels have a pixel of another label within this many rows and columns, (H, W) bool.

    A void pixel has no label, so that the edge of a void area is no change.
    """
    if not width:
        return np.zeros(labels.shape, bool)
    from scipy.ndimage import maximum_filter, minimum_filter

    kept = labels != void
    side = 2 * width + 1
    least = minimum_filter(np.where(kept, labels, np.iinfo(np.int32).max).astype(np.int32), side, mode="nearest")
    greatest = maximum_filter(np.where(kept, labels, -1).astype(np.int32), side, mode="nearest")
    band: np.ndarray = kept & (least < greatest)
    return band
