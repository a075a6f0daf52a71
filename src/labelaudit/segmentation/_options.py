"""The options of the public functions that are numbers, checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from labelaudit._checks.segmentation import Pictures
from labelaudit.errors import InputError


def check_keywords(kwargs: Mapping[str, Any], *known: str) -> None:
    """Refuse a keyword that is none of these."""
    for name in kwargs:
        if name not in known:
            raise InputError(f"{name}: is no option; expected one of {', '.join(known)}")


def check_batch_size(batch_size: Any) -> None:
    """Refuse a size of batches that none can have; apart from that it does nothing."""
    if batch_size is not None and not batch_size > 0:
        raise InputError(f"batch_size: expected a number above 0 or None, got {batch_size!r}")


def check_count(value: Any, name: str, least: int) -> int:
    """Return an integer of at least this."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise InputError(f"{name}: expected an integer of at least {least}, got {value!r}")
    return int(value)


def check_temperature(value: Any) -> float:
    """Return a temperature: 0 gives the least score, infinity the mean."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or math.isnan(value) or value < 0:
        raise InputError(f"temperature: expected a number of 0 or more, got {value!r}")
    return float(value)


def check_out(out: Any, pictures: Pictures) -> Any:
    """Return an array that pixel scores are written to."""
    if out is None:
        return None
    if pictures.size is None:
        raise InputError("out: takes the scores of images in one array; those of a list come back as a list")
    shape = (pictures.n, *pictures.size)
    if tuple(out.shape) != shape or np.dtype(out.dtype).kind != "f":
        raise InputError(f"out: expected floats of shape {shape}, got {out.dtype} of shape {tuple(out.shape)}")
    return out
