"""Features of the rows of a data set: numbers in which rows that are alike are near to each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelaudit._checks.arrays import as_array, as_floats
from labelaudit._checks.streams import is_stream
from labelaudit._data.arrays import is_foreign, to_numpy
from labelaudit._kernels import Array
from labelaudit._run.passes import each_block
from labelaudit.errors import InputError

# Squares of this, and sums of a great many of them, are floats.
_LARGEST = 1e150

_NUMBERS_PER_BLOCK = 1 << 20


def check_features(features: Any, n: int) -> Array:
    """Return features of n rows, all of them finite: a NumPy array, or one that is read by slicing."""
    if is_stream(features):
        raise InputError(
            "features: neighbours are looked for among all rows, which chunks do not show at once; "
            "pass an array (N, D), memory-mapped where it is large"
        )
    array = as_array(features, "features")
    if len(array.shape) != 2 or array.shape[1] == 0:
        hint = "; for one feature pass features[:, None]" if len(array.shape) == 1 and array.shape[0] else ""
        raise InputError(f"features: expected shape (N, D), one row a label, got {tuple(array.shape)}{hint}")
    if array.shape[0] != n:
        raise InputError(f"features: expected {n} rows, one a label, got {array.shape[0]}")
    array, _ = as_floats(array, "features")
    array = to_numpy(array, "features") if is_foreign(array) else array
    _refuse_rows(array)
    return array


def _refuse_rows(features: Array) -> None:
    n, width = features.shape
    step = max(1, _NUMBERS_PER_BLOCK // width)

    def check(first: int) -> None:
        block = np.asarray(features[first : first + step])
        good = np.abs(block) <= _LARGEST if block.dtype.itemsize > 4 else np.isfinite(block)
        if good.all():
            return
        row, column = np.unravel_index(int(np.argmin(good)), good.shape)
        value = float(block[row, column])
        too_great = "numbers of less than 1e150" if np.isfinite(value) else "finite numbers"
        raise InputError(
            f"features: expected {too_great}, row {first + int(row)} holds {value:g} in column {int(column)}; "
            "fill or drop such values, and divide what is too great by a constant"
        )

    each_block(range(0, n, step), check, lambda _: None)
