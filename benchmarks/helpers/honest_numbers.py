"""Numbers of many kinds with cross-validated predictions of good, poor and useless models: nothing is mixed up there."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import HuberRegressor, RidgeCV
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

SIZES = (20, 60, 200, 500, 1000)

# of s, what features tell, and of a random generator
TARGETS = {
    "normal": lambda s, r: s + 0.5 * r.normal(size=s.size),
    "noisy": lambda s, r: s + 3 * r.normal(size=s.size),
    "exact": lambda s, _: s.copy(),
    "positive": lambda s, r: 170 + 10 * s + 5 * r.normal(size=s.size),
    "heavy": lambda s, r: s + 0.5 * r.standard_t(2, s.size),
    "cauchy": lambda s, r: s + 0.3 * r.standard_cauchy(s.size),
    "spread": lambda s, r: 20 + 5 * s + np.exp(0.7 * s) * r.normal(size=s.size),
    "lognormal": lambda s, r: np.exp(s + 0.3 * r.normal(size=s.size)),
    "prices": lambda s, r: 2e5 * np.exp(0.8 * s + 0.5 * r.normal(size=s.size)),
    "very skewed": lambda s, r: np.exp(1.5 * s + r.normal(size=s.size)),
    "counts": lambda s, r: r.poisson(np.exp(s)).astype(float),
    "ratings": lambda s, r: np.clip(np.round(3 + s + 0.5 * r.normal(size=s.size)), 1, 5),
    "shares": lambda s, r: 1 / (1 + np.exp(-s - 0.5 * r.normal(size=s.size))),
    "two groups": lambda s, r: s + 50 * (s > 0.3) + r.normal(size=s.size),
    "tenth wrong": lambda s, r: np.where(
        r.random(s.size) < 0.1, r.permutation(50 + 10 * s), 50 + 10 * s + 3 * _n(s, r)
    ),
    "some ten times": lambda s, r: (50 + 10 * s + 3 * _n(s, r)) * np.where(r.random(s.size) < 0.05, 10, 1),
    "sign slips": lambda s, r: (4 * s + r.normal(size=s.size)) * np.where(r.random(s.size) < 0.1, -1, 1),
    "inches": lambda s, r: (10 * s + 3 * r.normal(size=s.size)) * np.where(r.random(s.size) < 0.08, 2.54, 1),
    "constant": lambda s, _: np.full(s.size, 3.0),
}
# where features tell nothing, or next to nothing: what a lively model predicts is no better than other rows' predictions
UNTOLD = {
    "nothing to learn": lambda s, r: r.normal(size=s.size),
    "nearly constant": lambda s, r: 3.0 + (r.random(s.size) < 0.02),
    "many zeros": lambda s, r: np.where(r.random(s.size) < 0.8, 0, np.exp(s + 0.5 * r.normal(size=s.size))),
    "claims": lambda s, r: np.where(r.random(s.size) < 0.96, 0, 1000 * np.exp(r.normal(size=s.size))),
}
MODELS = {
    "ridge": lambda: RidgeCV(np.logspace(-3, 3, 7)),
    "forest": lambda: RandomForestRegressor(25, min_samples_leaf=2, random_state=0),
    "boosting": lambda: GradientBoostingRegressor(n_estimators=40, random_state=0),
    "few rounds": lambda: GradientBoostingRegressor(n_estimators=12, random_state=0),
    "neighbours": lambda: KNeighborsRegressor(7),
    "nearest": lambda: KNeighborsRegressor(1),
    "tree": lambda: DecisionTreeRegressor(random_state=0),
    "huber": lambda: make_pipeline(StandardScaler(), HuberRegressor(max_iter=500)),
    "absolute": lambda: GradientBoostingRegressor(n_estimators=40, loss="absolute_error", random_state=0),
    "mean": DummyRegressor,
}


@dataclass(frozen=True)
class Honest:
    """Labels and out-of-sample predictions of them."""

    target: str
    model: str
    labels: np.ndarray
    predictions: np.ndarray


def draw(targets: dict, seeds: range) -> Iterator[Honest]:
    """Yield every target with every model, of sizes from 20 to 1,000, and some of 5,000."""
    for i, target in enumerate(targets):
        for j, model in enumerate(MODELS):
            for seed in seeds:
                yield one(targets, target, model, SIZES[(i + j + seed) % len(SIZES)], seed)
        for model in ("ridge", "neighbours", "mean"):
            yield one(targets, target, model, 5000, seeds[0])


def one(targets: dict, target: str, model: str, n: int, seed: int) -> Honest:
    rng = np.random.default_rng([seed, n, sum(map(ord, target))])
    x = rng.normal(size=(n, 6))
    signal = x[:, 0] + 0.7 * x[:, 1] * (x[:, 2] > 0) + 0.5 * np.sin(2 * x[:, 3])
    labels = targets[target](signal, rng)
    # some models of positive labels learn their logarithm
    log = seed % 3 == 2 and bool((labels > 0).all()) and model in ("ridge", "forest", "boosting")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of models that did not converge
        folds = KFold(5, shuffle=True, random_state=seed)
        predictions = cross_val_predict(MODELS[model](), x, np.log(labels) if log else labels, cv=folds)
    return Honest(target, model, labels, np.exp(predictions) if log else predictions)


def _n(s: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=s.size)
