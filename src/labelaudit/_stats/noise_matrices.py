"""From a confident joint to the classes as they truly are, and to how labels go wrong."""

from __future__ import annotations

import numpy as np

# A class that hardly exists keeps a share to divide by, and no flip is certain.
_LEAST_SHARE = 1e-5
_MOST_FLIPPED = 0.9999

_ROUNDS, _INNER_ROUNDS = 3, 5


def estimate(
    joint: np.ndarray, given: np.ndarray, py_method: str, *, converge: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return P(true), (K,); P(given | true), true classes in columns; P(true | given), given labels in columns."""
    shares = given / max(given.sum(), 1)
    noise, inverse = _columns_to_one(joint), _columns_to_one(joint.T)
    true = _priors(shares, noise, inverse, joint.sum(axis=0), py_method)
    for _ in range(_ROUNDS if converge else 0):
        for _ in range(_INNER_ROUNDS):
            inverse = _as_rates((noise * true).T / shares)
            true = _priors(shares, noise, inverse, joint.sum(axis=0), "cnt")
        noise = _as_rates((inverse * shares).T / true)
    return true, noise, inverse


def _priors(
    shares: np.ndarray, noise: np.ndarray, inverse: np.ndarray, guessed: np.ndarray, py_method: str
) -> np.ndarray:
    # P(true) from P(given) by one of four routes
    if py_method == "cnt":
        with np.errstate(divide="ignore", invalid="ignore"):
            found = inverse.diagonal() / noise.diagonal() * shares
        # 0 / 0 where a class is never guessed right: then its share is all there is to go by
        found = np.where(np.isfinite(found), found, shares)
    elif py_method == "eqn":
        found = np.linalg.pinv(noise) @ shares
    elif py_method == "marginal":
        found = guessed / guessed.sum()
    else:
        found = inverse @ shares
    found = np.clip(found, _LEAST_SHARE, 1)
    return np.asarray(found / found.sum())


def _columns_to_one(matrix: np.ndarray) -> np.ndarray:
    return np.asarray(matrix / np.maximum(matrix.sum(axis=0), 1e-100))


def _as_rates(matrix: np.ndarray) -> np.ndarray:
    matrix = np.nan_to_num(matrix)
    clipped = np.clip(matrix, 0, _MOST_FLIPPED)
    np.fill_diagonal(clipped, matrix.diagonal())
    return _columns_to_one(clipped)
