"""Whether classes are numbered otherwise in the one than in the other of two things that should agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Classes that seem to have changed places must be seen so many times as often in their new ones as in their own, and
# more often than anywhere else; else it is a model that mistakes the one for the other.
_MORE_OFTEN = 3
_SHARE = 0.5

_NAMED = 2  # pairs of classes that a sentence names


def other_places(seen: np.ndarray, least: float) -> dict[int, int]:
    """Return which predicted class each class that was mixed up seems to be; none where all are in their places.

    ``seen`` (K, K) is how often each class is predicted as each; fewer than ``least`` in new places tell nothing.

    Examples
    --------
    >>> other_places(np.array([[1, 20, 0], [20, 0, 2], [0, 0, 9]]), least=10)
    {0: 1, 1: 0}
    """
    own = seen.diagonal()
    if not (seen.max(axis=1, initial=0) > own).any():  # as nearly always
        return {}
    best = _best_places(seen)
    moved = np.flatnonzero((best != np.arange(len(seen))) & (seen[np.arange(len(seen)), best] > 0))
    there = float(seen[moved, best[moved]].sum())
    if there < max(least, _MORE_OFTEN * own[moved].sum(), _SHARE * seen[moved].sum()):
        return {}
    return {int(one): int(best[one]) for one in moved}


def say_places(places: dict[int, int], names: Sequence[str] | None) -> str:
    """Return which class seems to be which, the first few of them.

    Examples
    --------
    >>> say_places({0: 1, 1: 2, 2: 0}, ["ape", "bee", "cat"])
    'ape as bee, bee as cat and 1 more'
    """
    called = [[str(one) if names is None else names[one] for one in pair] for pair in places.items()]
    pairs = [f"{given} as {predicted}" for given, predicted in called]
    more = f" and {len(pairs) - _NAMED} more" if len(pairs) > _NAMED else ""
    return ", ".join(pairs[:_NAMED]) + more


def _best_places(seen: np.ndarray) -> np.ndarray:
    from scipy.optimize import linear_sum_assignment

    # of equal ones, those where a class stays
    stays = np.eye(len(seen)) * seen.max(initial=0) * 1e-9
    best: np.ndarray = linear_sum_assignment(seen + stays, maximize=True)[1]
    return best
