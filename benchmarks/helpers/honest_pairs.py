"""Pairs of labels and honest predictions, and the same with each mistake that a user may make: what doubts are asked of.

Every data set is there twice, in two halves that share no row: other seeds where it is made, every other row where it is
scikit-learn's. ``pairs("choosing")`` is for choosing constants, ``pairs("confirming")`` for judging them once.
"""

import sys
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn import datasets
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

VERSION = "1"  # of what is cached: a new one whenever a pair changes
CACHE = Path(__file__).parents[2] / ".cache" / "honest_pairs"
HALVES = ("choosing", "confirming")
RATES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)
MODELS_OF_A_SET = 8


@dataclass(frozen=True)
class Pair:
    """Labels and predictions; ``names`` are those of the columns, where labels are to be given as text."""

    data: str
    model: str
    rate: float  # the share of labels that was made wrong
    labels: np.ndarray
    wrong: np.ndarray
    pred_probs: np.ndarray
    in_sample: bool = False

    @property
    def k(self) -> int:
        return int(self.pred_probs.shape[1])

    @property
    def seed(self) -> int:
        return zlib.crc32(f"{self.data} {self.model} {self.rate:g} {self.labels.size}".encode())

    @property
    def skill(self) -> float:
        """How much of the way from chance to certainty the predictions come, as Cohen's kappa has it."""
        predicted = self.pred_probs.argmax(axis=1)
        shares = [np.bincount(classes, minlength=self.k) / self.labels.size for classes in (self.labels, predicted)]
        chance = float(shares[0] @ shares[1])
        return (float((predicted == self.labels).mean()) - chance) / max(1 - chance, 1e-9)

    @property
    def memorised(self) -> float:
        """The share of the wrong labels that the model predicts."""
        predicted = self.pred_probs.argmax(axis=1)
        return float((predicted == self.labels)[self.wrong].mean()) if self.wrong.any() else 0.0


# Data: features and true labels, from which half of a set and a seed


def _bundled(name: str, half: int) -> tuple[np.ndarray, np.ndarray]:
    features, true = getattr(datasets, f"load_{name}")(return_X_y=True)
    return features[half::2], true[half::2]


def _made(
    n: int, k: int, width: int, separation: float, seed: int, weights: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    useful = max(2, int(width * 0.6), int(np.ceil(np.log2(k))) + 1)
    return datasets.make_classification(
        n, width, n_informative=useful, n_redundant=0, n_classes=k, n_clusters_per_class=1, class_sep=separation,
        flip_y=0, weights=weights, random_state=seed,
    )  # fmt: skip


def _blobs(n: int, k: int, width: int, spread: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    features, true = datasets.make_blobs(n, width, centers=k, cluster_std=spread, random_state=seed)
    return features, true


def _nothing(n: int, k: int, seed: int, hint: float) -> tuple[np.ndarray, np.ndarray]:
    """Features that tell next to nothing of the labels."""
    rng = np.random.default_rng(seed)
    true, features = rng.integers(0, k, n), rng.normal(size=(n, 5))
    features[:, 0] += hint * (true - (k - 1) / 2)
    return features, true


DATA: dict[str, Callable[[int], tuple[np.ndarray, np.ndarray]]] = {
    "digits": lambda half: _bundled("digits", half),
    "wine": lambda half: _bundled("wine", half),
    "iris": lambda half: _bundled("iris", half),
    "breast cancer": lambda half: _bundled("breast_cancer", half),
    "easy": lambda half: _made(800, 4, 12, 2.5, 10 + half),
    "medium": lambda half: _made(1000, 5, 12, 1.3, 20 + half),
    "hard": lambda half: _made(1200, 3, 10, 0.7, 30 + half),
    "two classes": lambda half: _made(400, 2, 8, 1.0, 40 + half),
    "two classes, small": lambda half: _made(60, 2, 6, 1.0, 50 + half),
    "three classes, small": lambda half: _made(50, 3, 6, 1.5, 60 + half),
    "letters": lambda half: _blobs(2600, 26, 8, 2.5, 70 + half),
    "many classes": lambda half: _made(2000, 20, 16, 1.5, 80 + half),
    "nine in ten": lambda half: _made(2000, 2, 10, 1.2, 90 + half, [0.9]),
    "99 in 100": lambda half: _made(3000, 2, 10, 1.2, 100 + half, [0.99]),
    "long tail": lambda half: _made(2000, 6, 12, 1.5, 110 + half, [0.6, 0.2, 0.1, 0.05, 0.03]),
    "blobs apart": lambda half: _blobs(300, 3, 4, 1.0, 120 + half),
    "blobs touching": lambda half: _blobs(1500, 5, 3, 2.5, 130 + half),
    "moons": lambda half: datasets.make_moons(500, noise=0.25, random_state=140 + half),
    "circles": lambda half: datasets.make_circles(600, noise=0.12, factor=0.6, random_state=150 + half),
    "shells": lambda half: datasets.make_gaussian_quantiles(n_samples=1500, n_features=4, n_classes=4, random_state=160 + half),
    "large": lambda half: _made(5000, 8, 14, 1.2, 170 + half),
    "hints": lambda half: _nothing(800, 2, 180 + half, 1.0),
    "hints of four": lambda half: _nothing(600, 4, 190 + half, 0.6),
    "two hundred": lambda half: _made(200, 3, 8, 1.3, 200 + half),
}  # fmt: skip

# Whose predictions are next to chance: no mistake can be found there, and none may be seen.
WEAK = ("hints", "hints of four")


# Models


def _scaled(estimator: Any) -> Any:
    return make_pipeline(StandardScaler(), estimator)


MODELS: dict[str, Callable[[int], Any]] = {
    "forest": lambda seed: RandomForestClassifier(100, random_state=seed),
    "logistic": lambda _: _scaled(LogisticRegression(max_iter=300)),
    "boosting": lambda seed: HistGradientBoostingClassifier(max_iter=60, random_state=seed),
    "5 neighbours": lambda _: _scaled(KNeighborsClassifier(5)),
    "naive Bayes": lambda _: GaussianNB(),
    "network": lambda seed: _scaled(MLPClassifier((50,), alpha=0.1, max_iter=60, random_state=seed)),
    "tree": lambda seed: DecisionTreeClassifier(random_state=seed),
    "small tree": lambda seed: DecisionTreeClassifier(min_samples_leaf=10, random_state=seed),
    "careful forest": lambda seed: RandomForestClassifier(60, min_samples_leaf=3, random_state=seed),
    "extra trees": lambda seed: ExtraTreesClassifier(80, random_state=seed),
    "15 neighbours": lambda _: _scaled(KNeighborsClassifier(15)),
    "nearest neighbour": lambda _: _scaled(KNeighborsClassifier(1)),
    "weighted neighbours": lambda _: _scaled(KNeighborsClassifier(10, weights="distance")),
    "overtrained network": lambda seed: _scaled(MLPClassifier((100,), alpha=0, max_iter=300, tol=0, random_state=seed)),
    "discriminant": lambda _: _scaled(LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.05)),
    "small steps": lambda seed: AdaBoostClassifier(n_estimators=40, random_state=seed),
    "bagging": lambda seed: BaggingClassifier(n_estimators=10, random_state=seed),
    "long boosting": lambda seed: HistGradientBoostingClassifier(max_iter=150, learning_rate=0.2, random_state=seed),
}

# What learns single rows by heart where it may.
LEARNS_ROWS = (
    "forest", "extra trees", "boosting", "long boosting", "tree", "nearest neighbour", "weighted neighbours", "bagging",
    "overtrained network", "careful forest",
)  # fmt: skip
SLOW = ("boosting", "long boosting", "overtrained network", "small steps", "network")


def _spread(estimator: Any, features: np.ndarray, k: int) -> np.ndarray:
    pred_probs = np.zeros((len(features), k))
    pred_probs[:, estimator.classes_] = estimator.predict_proba(features)
    return pred_probs


def _cross_validated(
    make: Callable[[int], Any], features: np.ndarray, labels: np.ndarray, k: int, seed: int
) -> np.ndarray:
    pred_probs = np.empty((labels.size, k))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(features, labels):
        pred_probs[test] = _spread(make(seed).fit(features[train], labels[train]), features[test], k)
    return pred_probs


def _with_errors(true: np.ndarray, k: int, rate: float, rng: np.random.Generator) -> np.ndarray:
    """Half of the time any other label, half of the time the next one."""
    labels, rows = true.copy(), rng.choice(true.size, round(rate * true.size), replace=False)
    steps = rng.integers(1, k, rows.size) if rng.random() < 0.5 else 1
    labels[rows] = (true[rows] + steps) % k
    return labels


def _pairs_of(half: int, number: int, data: str) -> list[Pair]:
    warnings.simplefilter("ignore")
    features, true = DATA[data](half)
    features, true, k = np.asarray(features, np.float64), true.astype(np.int64), int(true.max()) + 1
    rng, found = np.random.default_rng([half, number]), []
    names, slow = list(MODELS), true.size * k > 20_000
    for turn in range(2):
        rate = RATES[(number + 3 * turn + half) % len(RATES)]
        labels = _with_errors(true, k, rate, rng)
        for place in range(MODELS_OF_A_SET):
            name = names[(number * 5 + (turn * MODELS_OF_A_SET + place)) % len(names)]
            if not (slow and name in SLOW):
                pred_probs = _cross_validated(MODELS[name], features, labels, k, seed=half)
                found.append(Pair(data, name, rate, labels, labels != true, pred_probs))
    if data in WEAK or true.size < 200:
        return found
    for turn, rate in enumerate((0.05, 0.1, 0.2)):
        labels = _with_errors(true, k, rate, rng)
        for place, name in enumerate(LEARNS_ROWS):
            if (place + turn + number) % 2 == 0 and not (slow and name in SLOW):
                pred_probs = _spread(MODELS[name](half).fit(features, labels), features, k)
                found.append(Pair(data, name, rate, labels, labels != true, pred_probs, in_sample=True))
    return found


def _path(half: str, data: str) -> Path:
    return CACHE / VERSION / f"{half}-{data.replace(' ', '_').replace(',', '')}.joblib"


def _make(half: str, number: int, data: str) -> None:
    path = _path(half, data)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        half_written = path.with_suffix(".part")
        joblib.dump([vars(pair) for pair in _pairs_of(HALVES.index(half), number, data)], half_written)
        half_written.replace(path)


def pairs(half: str) -> Iterator[Pair]:
    """All pairs of a half, honest ones and in-sample ones; those that are not in the cache are made, in minutes."""
    if half not in HALVES:
        raise ValueError(f"half must be one of {HALVES}, not {half!r}")
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
        joblib.Parallel()(joblib.delayed(_make)(half, number, data) for number, data in enumerate(DATA))
    for data in DATA:
        yield from (Pair(**fields) for fields in joblib.load(_path(half, data)))


# Mistakes: what a user may do to an honest pair


def _shuffled(pair: Pair) -> Pair:
    order = np.random.default_rng(pair.seed).permutation(pair.labels.size)
    return replace(pair, pred_probs=pair.pred_probs[order])


def _permuted(pair: Pair) -> Pair:
    rng, order = np.random.default_rng(pair.seed), np.arange(pair.k)
    while (order == np.arange(pair.k)).any():  # a derangement: no column is where it was
        order = rng.permutation(pair.k)
    return replace(pair, pred_probs=pair.pred_probs[:, order])


def _off_by_one(pair: Pair) -> Pair:
    return replace(pair, labels=(pair.labels + 1) % pair.k)


def _names_in_other_order(pair: Pair) -> Pair:
    """Columns by number, names by the alphabet: 1, 10, 11, 2, … for eleven classes or more; else the reverse."""
    by_alphabet = sorted(range(pair.k), key=str) if pair.k > 10 else list(range(pair.k))[::-1]
    return replace(pair, labels=np.argsort(by_alphabet)[pair.labels])


MISTAKES: dict[str, Callable[[Pair], Pair]] = {
    "rows shuffled": _shuffled,
    "columns permuted": _permuted,
    "labels off by one": _off_by_one,
    "names in another order": _names_in_other_order,
}


def main() -> None:
    """Make what is missing and print how much there is."""
    for half in sys.argv[1:] or HALVES:
        found = list(pairs(half))
        print(f"{half}: {sum(not p.in_sample for p in found)} honest, {sum(p.in_sample for p in found)} in-sample")


if __name__ == "__main__":
    main()
