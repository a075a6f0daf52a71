"""How the scores of the classes of an item become one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from labelaudit._checks.arrays import as_array, as_floats, check_choice
from labelaudit._checks.options import check_temperature
from labelaudit._data.arrays import is_foreign
from labelaudit._data.rows import MultilabelClassification
from labelaudit._kernels import Array
from labelaudit.errors import InputError
from labelaudit.multilabel_classification._scores import class_scores, item_scores


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
    return _pooled(s, axis, "exponential_moving_average", _check_option("alpha", alpha))


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
    return _pooled(s, axis, "softmin", _check_option("temperature", temperature))


POOLS: dict[str, Callable[..., Array]] = {
    "exponential_moving_average": exponential_moving_average,
    "softmin": softmin,
}

# of those that have a kernel, of the same name, the option that it takes
_OPTIONS: dict[Callable[..., Array], tuple[str, float | None]] = {
    exponential_moving_average: ("alpha", None),
    softmin: ("temperature", 0.1),
}


@dataclass(frozen=True)
class Pool:
    """A function of scores (N, K) and ``axis=1``, and its other keywords."""

    function: Callable[..., Array]
    options: Mapping[str, Any]

    def __call__(self, scores: Array) -> Array:
        """Return one score a row of scores (N, K)."""
        return self.function(scores, **{**self.options, "axis": 1})

    def with_options(self, options: Mapping[str, Any]) -> Pool:
        """Return the same with other keywords; refuse those that the function does not have."""
        try:
            parameters = inspect.signature(self.function).parameters.values()
        except (TypeError, ValueError):  # some functions written in C tell nothing
            return replace(self, options={**self.options, **options})
        unknown = sorted(set(options) - {parameter.name for parameter in parameters} - {"axis"})
        if unknown and not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
            raise InputError(f"{unknown[0]}: is no keyword of the aggregator {self.name}")
        if self.function in _OPTIONS:
            for name in set(options) & {"alpha", "temperature"}:
                _check_option(name, options[name])
        return replace(self, options={**self.options, **options})

    @property
    def name(self) -> str:
        """What messages and files call the function."""
        return getattr(self.function, "__name__", repr(self.function))

    @property
    def kernel(self) -> tuple[str, float | None] | None:
        """The name of its kernel and the option of that, if it has one."""
        if self.function not in _OPTIONS:
            return None
        name, default = _OPTIONS[self.function]
        return self.name, self.options.get(name, default)


def pool_of(method: str | Callable[..., Array], **options: Any) -> Pool:
    """Return the pool of this name, or of any function of scores and ``axis=1``."""
    if isinstance(method, str):
        check_choice(method, "method", tuple(POOLS))
        method = POOLS[method]
    if not callable(method):
        raise InputError(f"method: expected a name or a function of scores and axis, got {method!r:.60}")
    return Pool(method, {}).with_options(options)


def pooled_scores(data: MultilabelClassification, method: str, adjust_pred_probs: bool, pool: Pool) -> Array:
    """Return the score of each item, (N,)."""
    if pool.kernel is None:
        return pool(class_scores(data, method, adjust_pred_probs))
    return item_scores(data, method, adjust_pred_probs, *pool.kernel)


def _check_option(name: str, value: float | None) -> float | None:
    if name == "alpha" and value is not None and not 0 <= value <= 1:
        raise InputError(f"alpha: expected a weight in [0, 1], got {value}")
    return check_temperature(value) if name == "temperature" else value


def _pooled(s: Any, axis: int, kernel: str, option: float | None) -> Array:
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
    return item_scores(data, "self_confidence", False, kernel, option)
