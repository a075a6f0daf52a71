"""Options of public functions that are numbers or names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from labelaudit.errors import InputError

_GREATEST = 2**31 - 1


def check_keywords(kwargs: Mapping[str, Any], *known: str) -> None:
    """Refuse a keyword that is none of these."""
    for name in kwargs:
        if name not in known:
            raise InputError(f"{name}: is no option; expected one of {', '.join(known)}")


def check_count(value: Any, name: str, least: int) -> int:
    """Return an integer of at least this."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise InputError(f"{name}: expected an integer of at least {least}, got {value!r}")
    if value > _GREATEST:
        raise InputError(
            f"{name}: expected an integer of no more than {_GREATEST:,}, got one of {len(str(value))} digits"
        )
    return int(value)


def check_number(value: Any, name: str) -> float:
    """Return a number that is not NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or value != value:  # noqa: PLR0124
        raise InputError(f"{name}: expected a number, got {value!r}")
    try:
        return float(value)
    except OverflowError as problem:
        raise InputError(f"{name}: expected a number that is a float, got one of {len(str(value))} digits") from problem


def check_temperature(value: Any) -> float:
    """Return the temperature of a softmin: 0 gives the least score, infinity the mean."""
    temperature = check_number(value, "temperature")
    if temperature < 0:
        raise InputError(f"temperature: expected a number not below 0, got {value!r}")
    return temperature


def check_threshold(value: Any) -> float:
    """Return the probability of being wrong beyond which a label is an issue."""
    threshold = check_number(value, "threshold")
    if not 0 <= threshold <= 1:
        raise InputError(f"threshold: expected a probability of being wrong, 0 to 1, got {value!r}")
    return threshold
