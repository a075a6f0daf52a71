"""The loops over rows, pixels and boxes, in two kinds that mirror each other.

``portable`` is array-API code: the definition, the oracle, and what runs on the arrays of other libraries.
``cpu`` holds the numba twins for NumPy arrays: the same names and parameters, one fused pass each.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

# of NumPy or of another library
Array = Any

# Modules are imported when they are first needed: numba takes a second to load.


def rows_for(array: Array) -> ModuleType:
    """Return the kernels of classification rows that take this kind of array."""
    if isinstance(array, np.ndarray):
        from labelaudit._kernels.cpu import rows as cpu

        return cpu
    from labelaudit._kernels.portable import rows as portable

    return portable


def row_scorer(array: Array, method: str, adjusted: bool) -> Callable[..., tuple[Array, int]]:
    """Return the kernel of a method of scoring rows: (labels, pred_probs) → scores, first row whose sum is off.

    An adjusted one takes what is added to the probability of each class as well.
    """
    rows = rows_for(array)
    scorers: dict[tuple[str, bool], Callable[..., tuple[Array, int]]] = {
        ("self_confidence", False): rows.self_confidence,
        ("normalized_margin", False): rows.normalized_margin,
        ("confidence_weighted_entropy", False): rows.confidence_weighted_entropy,
        ("self_confidence", True): rows.adjusted_self_confidence,
        ("normalized_margin", True): rows.adjusted_normalized_margin,
    }
    return scorers[method, adjusted]


def confident_for(array: Array) -> ModuleType:
    """Return the kernels of confident learning that take this kind of array."""
    if isinstance(array, np.ndarray):
        from labelaudit._kernels.cpu import confident as cpu

        return cpu
    from labelaudit._kernels.portable import confident as portable

    return portable


def error_rate_kernels() -> ModuleType:
    """Return the kernels of how many labels are wrong, which work on what is known of each row in NumPy arrays."""
    from labelaudit._kernels.cpu import error_rate

    return error_rate


def confusion_kernels() -> ModuleType:
    """Return the kernels of how often items of one class are given another's label, of rows that are in memory."""
    from labelaudit._kernels.cpu import confusion

    return confusion


def mixture_kernels() -> ModuleType:
    """Return the kernels of mixtures of several models, whose blocks are in memory."""
    from labelaudit._kernels.cpu import mixture

    return mixture


def likeliest_for(array: Array) -> ModuleType:
    """Return the kernels of the most probable classes of a row that take this kind of array."""
    if isinstance(array, np.ndarray):
        from labelaudit._kernels.cpu import likeliest as cpu

        return cpu
    from labelaudit._kernels.portable import likeliest as portable

    return portable


def multilabel_for(array: Array) -> ModuleType:
    """Return the kernels of rows of yes-or-no labels that take this kind of array."""
    if isinstance(array, np.ndarray):
        from labelaudit._kernels.cpu import multilabel as cpu

        return cpu
    from labelaudit._kernels.portable import multilabel as portable

    return portable


def multilabel_pool(array: Array, method: str) -> Callable[..., Array]:
    """Return the kernel that makes one score of those of a row of yes-or-no labels."""
    multilabel = multilabel_for(array)
    pools: dict[str, Callable[..., Array]] = {
        "exponential_moving_average": multilabel.exponential_moving_average,
        "softmin": multilabel.softmin,
    }
    return pools[method]


def label_noise_for(array: Array) -> ModuleType:
    """Return the kernels of the noise posterior of yes-or-no labels that take this kind of array."""
    if isinstance(array, np.ndarray):
        from labelaudit._kernels.cpu import label_noise as cpu

        return cpu
    from labelaudit._kernels.portable import label_noise as portable

    return portable


def set_kernels() -> ModuleType:
    """Return the kernels of sets of classes, whose flags come as NumPy arrays from any library."""
    from labelaudit._kernels.cpu import sets

    return sets


def pool_for(array: Array) -> ModuleType:
    """Return the kernels of making one score of several that take this kind of array."""
    if isinstance(array, np.ndarray):
        from labelaudit._kernels.cpu import pool as cpu

        return cpu
    from labelaudit._kernels.portable import pool as portable

    return portable


def residual_for(array: Array) -> ModuleType:
    """Return the kernels of residuals that take this kind of array."""
    if isinstance(array, np.ndarray):
        from labelaudit._kernels.cpu import residual as cpu

        return cpu
    from labelaudit._kernels.portable import residual as portable

    return portable


def segmentation_for(array: Array) -> ModuleType:
    """Return the kernels of the pixels of an image that take this kind of array."""
    if isinstance(array, np.ndarray):
        from labelaudit._kernels.cpu import segmentation as cpu

        return cpu
    from labelaudit._kernels.portable import segmentation as portable

    return portable


def box_kernels() -> ModuleType:
    """Return the kernels of annotated and predicted boxes, which come as NumPy arrays from any library."""
    from labelaudit._kernels.cpu import boxes

    return boxes


def matching_kernels() -> ModuleType:
    """Return the kernels of which prediction saw which annotated object."""
    from labelaudit._kernels.cpu import matching

    return matching


def mask_kernels() -> ModuleType:
    """Return the kernels of masks as run lengths."""
    from labelaudit._kernels.cpu import masks

    return masks


def pixel_fact_kernels() -> ModuleType:
    """Return the kernels of what is known of pixels, which comes as NumPy arrays from any library."""
    from labelaudit._kernels.cpu import pixel_facts

    return pixel_facts


def region_kernels() -> ModuleType:
    """Return the kernels of regions, whose masks come as NumPy arrays from any library."""
    from labelaudit._kernels.cpu import regions

    return regions


def detection_kernels() -> ModuleType:
    """Return the kernels of the average precision of a detector."""
    from labelaudit._kernels.cpu import detections

    return detections


def entity_kernels() -> ModuleType:
    """Return the kernels of entities of tagged tokens, which come as NumPy arrays from any library."""
    from labelaudit._kernels.cpu import entities

    return entities


def nearest_kernels() -> ModuleType:
    """Return the kernels of mean distances to the nearest points; they walk a tree, which array code cannot."""
    from labelaudit._kernels.cpu import nearest

    return nearest
