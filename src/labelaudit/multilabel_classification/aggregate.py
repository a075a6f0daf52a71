"""How the scores of the classes of an item become one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from array_api_compat import array_namespace

from labelaudit._checks.arrays import as_array, as_floats, check_choice, is_foreign
from labelaudit._checks.multilabel_classification import MultilabelClassification
from labelaudit._checks.options import check_temperature
from labelaudit.errors import InputError
from labelaudit.multilabel_classification._scores import item_scores

Array = Any


def _name(method: Callable[..., Array]) -> str:
    return getattr(method, "__name__", repr(method))


def _checked(name: str, value: float | None) -> float | None:
    if name == "alpha" and value is not None and not 0 <= value <= 1:
        raise InputError(f"alpha: expected a weight in [0, 1], got {value}")
    return check_temperature(value) if name == "temperature" else value


def exponential_moving_average(s: Any, *, alpha: float | None = None, axis: int = 1) -> Array:
    """Return one score a row: from the greatest on, e = alpha * next + (1 - alpha) * e, down to the least.

    Parameters
    ----------
    s : (N, K) scores in [0, 1]
        NaN entries are left out; a row without others scores 1.
    alpha : float in [0, 1]
        The weight of the least score: 1 is the minimum, 0 the maximum. None: 2 / (number of scores + 1).
    axis
        1: one score a row; 0: one a column.

    Raises
    ------
    InputError
        For scores or an alpha outside [0, 1].

    Examples
    --------
    >>> exponential_moving_average([[0.5, 0.25, 1.0]], alpha=0.8)
    array([0.32])
    """
    return _pool(s, axis, "exponential_moving_average", _checked("alpha", alpha))


def softmin(s: Any, *, temperature: float = 0.1, axis: int = 1) -> Array:
    """Return one score a row, the sum of s * softmax((1 - s) / temperature): about the least of them.

    Parameters
    ----------
    s : (N, K) scores in [0, 1]
        NaN entries are left out; a row without others scores 1.
    temperature : float, not negative
        0 is the minimum, infinity the mean.
    axis
        1: one score a row; 0: one a column.

    Raises
    ------
    InputError
        For scores outside [0, 1] and a negative temperature.

    Examples
    --------
    >>> softmin([[0.5, 0.25, 1.0]]).round(4)
    array([0.2693])
    """
    return _pool(s, axis, "softmin", _checked("temperature", temperature))


# the keyword of each pooling function that has a kernel
_PARAMETERS: dict[Callable[..., Array], tuple[str, float | None]] = {
    exponential_moving_average: ("alpha", None),
    softmin: ("temperature", 0.1),
}


class Aggregator:
    """How the scores of the classes of an item become one.

    Parameters
    ----------
    method : str or callable
        ``exponential_moving_average``, ``softmin``, or a function that takes scores (N, K) and ``axis=1``, such as
        ``np.min``.
    **kwargs
        Its keywords, such as ``alpha`` or ``temperature``.

    Raises
    ------
    InputError
        For an unknown method, and keywords that it does not have.

    Examples
    --------
    >>> Aggregator("softmin", temperature=0.2)
    Aggregator(method=softmin, kwargs={'temperature': 0.2})
    >>> Aggregator(np.min)(np.array([[0.5, 0.25, 1.0]]))
    array([0.25])
    """

    possible_methods: ClassVar[dict[str, Callable[..., Array]]] = {
        "exponential_moving_average": exponential_moving_average,
        "softmin": softmin,
    }

    def __init__(self, method: str | Callable[..., Array], **kwargs: Any) -> None:
        if isinstance(method, str):
            check_choice(method, "method", tuple(self.possible_methods))
            method = self.possible_methods[method]
        if not callable(method):
            raise InputError(f"method: expected a name or a function of scores and axis, got {method!r:.60}")
        self.method = method
        self.kwargs = self._known(kwargs)

    def __call__(self, scores: Array, **kwargs: Any) -> Array:
        """Return one score a row of scores (N, K)."""
        if len(getattr(scores, "shape", ())) != 2:
            raise InputError(f"scores: expected an array (N, K), got {scores!r:.60}")
        return self.method(scores, **{**self.kwargs, **self._known(kwargs), "axis": 1})

    def _known(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        try:
            parameters = inspect.signature(self.method).parameters.values()
        except (TypeError, ValueError):  # some functions written in C tell nothing
            return kwargs
        unknown = sorted(set(kwargs) - {parameter.name for parameter in parameters} - {"axis"})
        if unknown and not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
            raise InputError(f"{unknown[0]}: is no keyword of the aggregator {_name(self.method)}")
        for name in set(kwargs) & {"alpha", "temperature"} if self.method in _PARAMETERS else ():
            _checked(name, kwargs[name])
        return kwargs

    def kernel(self, kwargs: dict[str, Any]) -> tuple[str, float | None] | None:
        """Return the kernel of the method and its parameter, if it has one."""
        if self.method not in _PARAMETERS:
            return None
        name, default = _PARAMETERS[self.method]
        return self.method.__name__, {**self.kwargs, **self._known(kwargs)}.get(name, default)

    def __repr__(self) -> str:
        return f"Aggregator(method={_name(self.method)}, kwargs={self.kwargs})"


def _pool(s: Any, axis: int, kernel: str, parameter: float | None) -> Array:
    scores, dtype = as_floats(as_array(s, "s"), "s")
    if len(scores.shape) != 2 or axis not in (0, 1, -1):
        raise InputError(f"s: expected scores (N, K) and axis 1 or 0, got shape {tuple(scores.shape)} and axis {axis}")
    scores = scores.T if axis == 0 else scores
    xp = array_namespace(scores)
    bad = (scores < 0) | (scores > 1)
    if bool(xp.any(bad)):
        row = int(xp.argmax(xp.astype(xp.any(bad, axis=1), xp.int8)))
        raise InputError(f"s: expected scores in [0, 1], row {row} has others")
    known = xp.where(scores == scores, 1, -1)  # noqa: PLR0124  NaN in any array library
    safe = xp.where(known == 1, scores, 0.0)
    types = (None, None) if is_foreign(scores) else (np.dtype(np.int64), dtype)
    n, k = scores.shape
    data = MultilabelClassification((known, types[0]), (safe, types[1]), n, k, dtype)
    return item_scores(data, "self_confidence", False, kernel, parameter)
