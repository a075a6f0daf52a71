"""The loops over rows, pixels and boxes, in two kinds that mirror each other.

``portable`` is array-API code: the definition, the oracle, and what runs on the arrays of other libraries.
``cpu`` holds the numba twins for NumPy arrays: the same names and parameters, one fused pass each.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np


def rows_for(array: Any) -> ModuleType:
    """Return the row kernels that take this kind of array; numba is loaded only if they need it."""
    if isinstance(array, np.ndarray):
        from labelaudit._kernels.cpu import rows as cpu_rows

        return cpu_rows
    from labelaudit._kernels.portable import rows as portable_rows

    return portable_rows
