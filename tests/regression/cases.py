"""Labels and predictions of the kinds that are hard for OUTRE."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Pair = tuple[np.ndarray, np.ndarray]


def normal(n: int, rng: np.random.Generator) -> Pair:
    labels = rng.normal(size=n)
    return labels, labels + 0.3 * rng.normal(size=n)


def ratings(n: int, rng: np.random.Generator) -> Pair:
    labels = rng.integers(1, 6, n).astype(float)
    return labels, labels + 0.8 * rng.normal(size=n)


def integer_ratings(n: int, rng: np.random.Generator) -> Pair:
    labels, predictions = ratings(n, rng)
    return labels, np.clip(np.round(predictions), 1, 5)


def lognormal(sigma: float) -> Callable[[int, np.random.Generator], Pair]:
    def draw(n: int, rng: np.random.Generator) -> Pair:
        labels = rng.lognormal(0, sigma, n)
        return labels, labels * np.exp(0.3 * rng.normal(size=n))

    return draw


def duplicates(share: float) -> Callable[[int, np.random.Generator], Pair]:
    def draw(n: int, rng: np.random.Generator) -> Pair:
        labels, predictions = normal(n, rng)
        same = rng.random(n) < share
        labels[same], predictions[same] = 0.25, 0.5
        return labels, predictions

    return draw


def outlier(n: int, rng: np.random.Generator) -> Pair:
    labels, predictions = normal(n, rng)
    labels[n // 3] += 1e6
    return labels, predictions


def two_clusters(n: int, rng: np.random.Generator) -> Pair:
    labels, predictions = normal(n, rng)
    far = rng.random(n) < 0.5
    return labels + 1e4 * far, predictions + 1.7e4 * far


def cauchy(n: int, rng: np.random.Generator) -> Pair:
    labels = rng.standard_cauchy(n)
    return labels, labels + 0.5 * rng.standard_cauchy(n)


CASES: dict[str, Callable[[int, np.random.Generator], Pair]] = {
    "normal": normal,
    "ratings": ratings,
    "integer ratings": integer_ratings,
    "lognormal 1": lognormal(1.0),
    "lognormal 3": lognormal(3.0),
    "labels all equal": lambda n, rng: (np.full(n, 3.0), 3 + rng.normal(size=n)),
    "labels predicted exactly": lambda n, rng: (normal(n, rng)[0],) * 2,
    "90 % duplicates": duplicates(0.9),
    "half duplicates": duplicates(0.5),
    "an outlier": outlier,
    "two clusters": two_clusters,
    "cauchy": cauchy,
    "all equal": lambda n, rng: (np.full(n, 2.0), np.full(n, 2.0)),
}


def pair(case: str, n: int, seed: int = 0) -> Pair:
    return CASES[case](n, np.random.default_rng(seed))
