"""What confident learning takes besides labels and probabilities."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from labelaudit._checks.arrays import as_array, as_floats
from labelaudit._checks.classification import check_labels
from labelaudit._data.arrays import to_numpy
from labelaudit.errors import InputError


def check_joint(joint: Any, k: int | None, name: str = "confident_joint") -> np.ndarray:
    """Return a joint: (K, K) counts or shares, none negative, not all 0."""
    array = _numbers(joint, name)
    if array.ndim != 2 or array.shape[0] != array.shape[1] or k not in (None, len(array)):
        wanted = "(K, K)" if k is None else f"({k}, {k})"
        raise InputError(f"{name}: expected shape {wanted}, given labels in rows, got {array.shape}")
    if not ((array >= 0) & np.isfinite(array)).all() or not array.any():
        raise InputError(f"{name}: expected numbers, none negative and not all 0")
    return array


def check_thresholds(thresholds: Any, k: int) -> np.ndarray:
    """Return one threshold a class."""
    array = _numbers(thresholds, "thresholds")
    if array.shape != (k,) or np.isnan(array).any():
        raise InputError(f"thresholds: expected {k} numbers, one a class, got shape {array.shape}")
    return array


def check_pruning(
    frac_noise: Any, min_examples_per_class: Any, num_to_remove: Any, given: np.ndarray
) -> np.ndarray | None:
    """Return how many rows to remove of each class, or None; refuse what cannot steer pruning."""
    if not isinstance(frac_noise, int | float | np.number) or not 0 <= float(frac_noise) <= 1:
        raise InputError(f"frac_noise: expected a share of the label issues in [0, 1], got {frac_noise!r}")
    least = min_examples_per_class
    if not isinstance(least, int | float | np.number) or math.isnan(float(least)) or least < 0:
        raise InputError(f"min_examples_per_class: expected a number of rows >= 0, got {least!r}")
    if num_to_remove is None:
        return None
    array = _numbers(num_to_remove, "num_to_remove_per_class")
    if array.shape != given.shape:
        raise InputError(f"num_to_remove_per_class: expected {given.size} counts, one a class, got shape {array.shape}")
    bad = ~((array >= 0) & (array <= given))
    if bad.any():
        k = int(np.argmax(bad))
        raise InputError(f"num_to_remove_per_class: class {k} has {given[k]} rows, cannot remove {array[k]:g}")
    return array


def check_counts(labels: Any, k: int) -> np.ndarray:
    """Return how many labels there are of each of the K classes of a joint."""
    array = to_numpy(check_labels(labels, None, "confident_joint")[:], "labels")
    bad = (array < 0) | (array >= k)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"labels: expected class indices 0..{k - 1}, as in confident_joint, row {row} holds {array[row]}"
        )
    return np.bincount(array.astype(np.int64), minlength=k)


def _numbers(value: Any, name: str) -> np.ndarray:
    array: np.ndarray = as_floats(to_numpy(as_array(value, name), name), name)[0]
    return array.astype(np.float64)
