"""The loops over rows, pixels and boxes, in two kinds that mirror each other.

``portable`` is array-API code: the definition, the oracle, and what runs on the arrays of other libraries.
``cpu`` holds the numba twins for NumPy arrays: the same names and parameters, one fused pass each.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np


def rows_for(array: Any) -> ModuleType:
    """Return the kernels of classification rows that take this kind of array."""
    return _kernels("rows", array)


def confident_for(array: Any) -> ModuleType:
    """Return the kernels of confident learning that take this kind of array."""
    return _kernels("confident", array)


def multilabel_for(array: Any) -> ModuleType:
    """Return the kernels of rows of yes-or-no labels that take this kind of array."""
    return _kernels("multilabel", array)


def pool_for(array: Any) -> ModuleType:
    """Return the kernels that make one score of several which take this kind of array."""
    return _kernels("pool", array)


def residual_for(array: Any) -> ModuleType:
    """Return the kernels of residuals that take this kind of array."""
    return _kernels("residual", array)


def segmentation_for(array: Any) -> ModuleType:
    """Return the kernels of the pixels of an image that take this kind of array."""
    return _kernels("segmentation", array)


def box_kernels() -> ModuleType:
    """Return the kernels of annotated and predicted boxes, which come as NumPy arrays from any library."""
    return import_module("labelaudit._kernels.cpu.boxes")


def matching_kernels() -> ModuleType:
    """Return the kernels that say which prediction saw which annotated object."""
    return import_module("labelaudit._kernels.cpu.matching")


def mask_kernels() -> ModuleType:
    """Return the kernels of masks as run lengths."""
    return import_module("labelaudit._kernels.cpu.masks")


def detection_kernels() -> ModuleType:
    """Return the kernels of the average precision of a detector."""
    return import_module("labelaudit._kernels.cpu.detections")


def nearest_kernels() -> ModuleType:
    """Return the kernels of mean distances to the nearest points; they walk a tree, which array code cannot."""
    return import_module("labelaudit._kernels.cpu.nearest")


def _kernels(name: str, array: Any) -> ModuleType:
    # imported when they are first needed: numba takes a second to load
    kind = "cpu" if isinstance(array, np.ndarray) else "portable"
    return import_module(f"labelaudit._kernels.{kind}.{name}")
