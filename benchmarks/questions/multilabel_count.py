"""How many labels of a multi-label data set are wrong, and which? Six models on labels of which we know the wrong ones.

The rule was chosen on the choosing half; the confirming half has other data sets and was looked at once. What is made
for it is kept in .cache, for it takes a minute or two.
"""

import functools
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import labelaudit
from benchmarks.helpers import noisy_labels
from benchmarks.helpers.table import Bar, show
from labelaudit.results import Estimate

VERSION = "1"  # of what is cached: a new one whenever a setting changes
CACHE = Path(__file__).parents[2] / ".cache" / "multilabel_count"
HALVES = ("choosing", "confirming")
KINDS = ("uniform", "missing", "extra", "unsure", "overlooked")
RATES = (0.002, 0.01, 0.03, 0.1)
FEWEST = 8  # wrong labels that a setting is to have, else it is left out
MOST_OF = 0.4  # of the labels of a kind that can be wrong


# Data: features, and K labels that are functions of them or of what they were made from


def _tags(name: str, sets: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """A classification data set, each of whose labels is a set of classes."""
    features, number = noisy_labels.data_set(name)
    return features, np.column_stack([np.isin(number, list(members)) for members in sets])


def _above(scores: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Whether each score is among the share of its column that is greatest."""
    return scores > np.array([np.quantile(column, 1 - share) for column, share in zip(scores.T, shares, strict=True)])


def _outputs(n: int, width: int, shares: np.ndarray, seed: int, common: float) -> tuple[np.ndarray, np.ndarray]:
    """Whether outputs of a random network are great; ``common`` of each is the same for all."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, width))
    hidden = np.tanh(points @ rng.normal(size=(width, 24)) / np.sqrt(width) * 1.5)
    outputs = hidden @ (rng.normal(size=(24, shares.size)) + common * rng.normal(size=(24, 1)))
    return points, _above(outputs, shares)


def _linear(n: int, width: int, shares: np.ndarray, seed: int, blur: float) -> tuple[np.ndarray, np.ndarray]:
    """Whether sums of features are great, of which the model is not told all."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, width))
    scores = points @ rng.normal(size=(width, shares.size)) / np.sqrt(width)
    return points, _above(scores + blur * rng.normal(size=scores.shape), shares)


def _squares(n: int, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Whether quadratic forms are great; features and their products."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, 6))
    products = np.einsum("ni,nj->nij", points, points)[:, *np.triu_indices(6)]
    scores = np.hstack([points, products]) @ rng.normal(size=(27, k))
    return np.hstack([points, products[:, ::2]]), _above(scores, np.linspace(0.2, 0.5, k))


def _bumps(n: int, shares: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rare classes: the neighbourhoods of two centres each."""
    rng = np.random.default_rng(seed)
    points, centres = rng.normal(size=(n, 5)), rng.normal(size=(2, shares.size, 5))
    return points, _above(-((points[:, None, None] - centres) ** 2).sum(axis=3).min(axis=1), shares)


def _topics(n: int, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Square roots of the shares of words in short texts, whose labels are the topics of an eighth of it or more."""
    rng = np.random.default_rng(seed)
    topics, mixtures = rng.dirichlet(np.full(100, 0.1), k), rng.dirichlet(np.full(k, 0.15), n)
    counts = rng.multinomial(80, mixtures @ topics)
    return np.sqrt(counts / counts.sum(axis=1, keepdims=True)), mixtures > 1 / 8


def _tree(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Four classes, and three kinds of each."""
    features, found = _outputs(n, 8, np.array([0.2, 0.3, 0.4, 0.5] + [0.4] * 12), seed, 0.0)
    return features, np.hstack([found[:, :4], found[:, 4:] & np.repeat(found[:, :4], 3, axis=1)])


_DIGITS = ([0, 2, 4, 6, 8], [5, 6, 7, 8, 9], [2, 3, 5, 7], [0, 6, 8, 9], [0, 3, 6, 9], [4], [1, 7], [8])
_GLYPHS = ([0, 4, 8], [1, 3, 5], [5, 9, 10], [0, 1, 3, 4, 5, 8, 9, 10], [6, 7, 11], [2, 8], [10])
DATA: dict[str, dict[str, Callable[[], tuple[np.ndarray, np.ndarray]]]] = {
    "choosing": {
        "six drawn": lambda: make_multilabel_classification(2000, 20, n_classes=6, n_labels=2, random_state=0),
        "digits": lambda: _tags("digits", _DIGITS),
        "twelve outputs": lambda: _outputs(2000, 8, np.linspace(0.1, 0.4, 12), 21, 1.0),
        "ten rare": lambda: _outputs(4000, 5, np.linspace(0.01, 0.05, 10), 22, 0.3),
        "thirty blurred": lambda: _linear(1500, 20, np.geomspace(0.02, 0.3, 30), 23, 0.25),
        "three squares": lambda: _squares(2000, 3, 24),
    },
    "confirming": {
        "fifteen drawn": lambda: make_multilabel_classification(
            1500, 40, n_classes=15, n_labels=4, length=100, random_state=5
        ),
        "glyphs": lambda: _tags("glyphs", _GLYPHS),
        "twenty topics": lambda: _topics(1500, 20, 31),
        "twelve bumps": lambda: _bumps(4000, np.geomspace(0.01, 0.05, 12), 32),
        "tree": lambda: _tree(2000, 33),
        "sets of clusters": lambda: _tags("clusters", [range(i, 24, 4) for i in range(3)] + [range(9), range(6, 17)]),
    },
}


@functools.cache
def data_set(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Features and true labels (N, K) of 0 and 1."""
    [load] = [part[name] for part in DATA.values() if name in part]
    features, true = load()
    return features.astype(np.float32), true.astype(np.int64)


# Models


def _of_each(estimator: Any) -> Any:
    return make_pipeline(StandardScaler(), OneVsRestClassifier(estimator))


MODELS: dict[str, Callable[[], Any]] = {
    "logistic": lambda: _of_each(LogisticRegression(max_iter=300)),
    "weak logistic": lambda: _of_each(LogisticRegression(max_iter=300)),
    "naive Bayes": lambda: _of_each(GaussianNB()),
    "forest": lambda: RandomForestClassifier(60, min_samples_leaf=2, random_state=0),
    "15 neighbours": lambda: make_pipeline(StandardScaler(), KNeighborsClassifier(15)),
    "network": lambda: make_pipeline(StandardScaler(), MLPClassifier((50,), alpha=0.01, max_iter=60, random_state=0)),
}


def _predicted(estimator: Any, features: np.ndarray) -> np.ndarray:
    found = estimator.predict_proba(features)
    if not isinstance(found, list):
        return np.asarray(found)
    last = estimator[-1] if hasattr(estimator, "steps") else estimator
    ones = [part[:, list(known).index(1)] if 1 in known else part[:, 0] * 0 for part, known in zip(found, last.classes_, strict=True)]  # fmt: skip
    return np.column_stack(ones)


def cross_validated(estimator: Any, features: np.ndarray, labels: np.ndarray, seed: int = 0) -> np.ndarray:
    """Out-of-sample probabilities (N, K), float32."""
    pred_probs = np.empty(labels.shape, np.float32)
    for train, test in KFold(4, shuffle=True, random_state=seed).split(features):
        pred_probs[test] = _predicted(estimator.fit(features[train], labels[train]), features[test])
    return pred_probs


def _all_models(features: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    few = {"weak logistic": features[:, :: 3 if features.shape[1] < 40 else 8]}
    return {name: cross_validated(make(), few.get(name, features), labels) for name, make in MODELS.items()}


@functools.cache
def _never_wrong(data: str) -> dict[str, np.ndarray]:
    return _all_models(*data_set(data))


# Noise


@functools.cache
def _doubts(data: str) -> np.ndarray:
    """How much a model that audits nothing doubts each true label, having learnt from true labels."""
    features, true = data_set(data)
    rng = np.random.default_rng(zlib.crc32(data.encode()))
    view = features + 0.4 * features.std(axis=0) * rng.standard_normal(features.shape, np.float32)
    observer = ExtraTreesClassifier(60, min_samples_leaf=2, random_state=1)
    return np.abs(true - cross_validated(observer, view, true, seed=9))


def wrong_labels(plan: "Plan") -> np.ndarray:
    """Which labels are made wrong, (N, K): about a share ``plan.rate`` of all."""
    true, rng = data_set(plan.data)[1], plan.rng()
    weights = np.ones(true.shape) * rng.uniform(0.5, 1.5, true.shape[1])  # classes differ
    if plan.noise in ("unsure", "overlooked"):
        weights *= 0.02 + _doubts(plan.data)
    if plan.noise != "uniform" and plan.noise != "unsure":
        weights *= true == (plan.noise != "extra")
    return rng.random(true.shape) < noisy_labels._up_to(weights, plan.rate, MOST_OF + 0.05)


@dataclass(frozen=True)
class Plan:
    half: str
    noise: str
    data: str
    rate: float
    seen: bool  # whether the models learnt from the wrong labels

    @property
    def family(self) -> str:
        return f"{self.noise}, {'seen' if self.seen else 'unseen'}" if self.rate else "none"

    @property
    def path(self) -> Path:
        words = (self.half, self.family, self.data, f"{self.rate:g}")
        return CACHE / VERSION / ("-".join(words).replace(" ", "_").replace(",", "") + ".npz")

    def rng(self) -> np.random.Generator:
        return np.random.default_rng(zlib.crc32(self.path.stem.encode()))


def _fits(noise: str, data: str, rate: float) -> bool:
    true = data_set(data)[1]
    share = {"missing": true.mean(), "overlooked": true.mean(), "extra": 1 - true.mean()}.get(noise, 1.0)
    return bool(rate * true.size >= FEWEST and rate <= MOST_OF * share)


def plans(half: str) -> list[Plan]:
    """Each kind of noise at half of the shares on each data set, once seen and, at the other shares, once unseen."""
    found = []
    for j, data in enumerate(DATA[half]):
        for f, noise in enumerate(KINDS):
            found += [
                Plan(half, noise, data, rate, (f + r + j) % 2 == 0)
                for r, rate in enumerate(RATES)
                if _fits(noise, data, rate)
            ]
        found.append(Plan(half, "none", data, 0.0, False))
    return found


# On disk


@dataclass(frozen=True)
class Setting:
    plan: Plan
    labels: np.ndarray
    wrong: np.ndarray
    models: dict[str, np.ndarray]


def _make(half: str, data: str) -> None:
    """Make what is missing of a data set."""
    warnings.simplefilter("ignore")
    for plan in plans(half):
        if plan.data != data or plan.path.exists():
            continue
        features, true = data_set(data)
        wrong = wrong_labels(plan) if plan.rate else np.zeros(true.shape, bool)
        models = _all_models(features, true ^ wrong) if plan.seen else _never_wrong(data)
        plan.path.parent.mkdir(parents=True, exist_ok=True)
        half_written = plan.path.with_suffix(".part")
        with half_written.open("wb") as file:
            np.savez(file, allow_pickle=False, **{"the labels": true ^ wrong, "the wrong": wrong}, **models)
        half_written.replace(plan.path)


def settings(half: str) -> Iterator[Setting]:
    """All settings of a half, the same each time; what is not in the cache is made."""
    if not all(plan.path.exists() for plan in plans(half)):
        print(f"  making the settings of the {half} half", file=sys.stderr)
        with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
            joblib.Parallel()(joblib.delayed(_make)(half, data) for data in DATA[half])
    for plan in plans(half):
        with np.load(plan.path, allow_pickle=False) as arrays:
            yield Setting(plan, arrays["the labels"], arrays["the wrong"], {name: arrays[name] for name in MODELS})


# What is said of them


@dataclass(frozen=True)
class Outcome:
    plan: Plan
    model: str
    wrong: int
    estimate: Estimate
    f1: float
    f1_argmax: float  # of all labels that the model contradicts

    @property
    def error(self) -> float:
        return abs(self.estimate.wrong - self.wrong) / self.wrong

    @property
    def covered(self) -> bool:
        return self.estimate.low <= self.wrong <= self.estimate.high


def outcomes_of(half: str) -> list[Outcome]:
    found = []
    for setting in settings(half):
        for name, pred_probs in setting.models.items():
            audit = labelaudit.audit("multilabel_classification", setting.labels, pred_probs)
            flagged = np.zeros(setting.wrong.shape, bool)
            flagged[audit.issues["row"].to_numpy(), audit.issues["class"].to_numpy()] = True
            f1 = [
                2 * (mask & setting.wrong).sum() / max(mask.sum() + setting.wrong.sum(), 1)
                for mask in (flagged, (pred_probs > 0.5) != setting.labels)
            ]
            found.append(Outcome(setting.plan, name, int(setting.wrong.sum()), audit.estimate, *map(float, f1)))
    return found


def _row(name: str, part: list[Outcome]) -> list[object]:
    return [
        name,
        len(part),
        float(np.mean([one.error for one in part])),
        float(np.median([one.error for one in part])),
        float(np.median([one.estimate.wrong / one.wrong for one in part])),
        float(np.mean([one.covered for one in part])),
        float(np.median([(one.estimate.high - one.estimate.low) / one.wrong for one in part])),
        float(np.mean([one.f1 for one in part])),
        float(np.mean([one.f1_argmax for one in part])),
    ]


COLUMNS = ["", "pairs", "mean error", "median error", "estimated ÷ true", "covered", "width ÷ true", "F1 ours", "F1 argmax"]  # fmt: skip

# Of these nobody can tell the own mistakes from wrong labels: one is sure of them, one knows a third of the features.
POOR = ("naive Bayes", "weak logistic")


def _tables(half: str) -> bool:
    found = outcomes_of(half)
    noisy = [one for one in found if one.wrong]
    groups: list[Callable[[Outcome], Any]] = [
        lambda one: one.plan.family,
        lambda one: one.plan.data,
        lambda one: one.model,
        lambda one: f"{one.plan.rate:.1%} wrong",
    ]
    rows = []
    for group in groups:
        names = dict.fromkeys(map(group, noisy))
        rows += [_row(name, [one for one in noisy if group(one) == name]) for name in names]
    usual = [one for one in noisy if one.model not in POOR]
    rows += [_row("all but the two poor models", usual), _row("all", noisy)]
    if half == "confirming":
        rows[-2][2] = Bar(float(np.mean([one.error for one in usual])), 0.5)
        rows[-1][5] = Bar(float(np.mean([one.covered for one in noisy])), 0.85, least=True)
    held = show(f"Wrong labels counted, {half} half", COLUMNS, rows)
    none = [one for one in found if not one.wrong]
    shares = [one.estimate.wrong / data_set(one.plan.data)[1].size for one in none]
    print(
        f"  nothing wrong: {np.mean([one.covered for one in none]):.0%} of intervals hold 0, "
        f"the median estimate is {np.median(shares):.2%} of the labels"
    )
    return held


def main() -> bool:
    held = [_tables(half) for half in HALVES]
    return all(held)
