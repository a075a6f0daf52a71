"""In what order, and on which threads, blocks of rows are worked on. Knows nothing of labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelaudit._run.blocks import BlockRows
from labelaudit._run.on_device import OnDeviceRows
from labelaudit._run.passes import Rows

__all__ = ["Rows", "rows_of"]


def rows_of(*columns: tuple[Any, np.dtype[Any] | None]) -> Rows:
    """Return the rows made of (array, type that kernels get) columns; type None: used as it is."""
    arrays, dtypes = zip(*columns, strict=True)
    return OnDeviceRows(*arrays) if any(dtype is None for dtype in dtypes) else BlockRows(arrays, dtypes)
