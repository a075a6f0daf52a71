"""Labels of which we know the wrong ones, and five models' out-of-sample probabilities: what the noise study is asked of.

``settings("choosing")`` is for choosing a method, ``settings("confirming")``, with other data sets, for judging it once.
"""

import functools
import sys
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn import datasets
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from benchmarks.helpers.shared_data import SHARED

VERSION = "1"  # of what is cached: a new one whenever a setting changes
CACHE = Path(__file__).parents[2] / ".cache" / "noise_study"
HALVES = ("choosing", "confirming")
RATES = (0.005, 0.02, 0.05, 0.1, 0.2, 0.4)
KINDS = ("symmetric", "class-dependent", "instance-dependent", "confused", "unsure", "annotators")
FEWEST = 5  # wrong labels that a setting is to have, else it is left out


@dataclass(frozen=True)
class Setting:
    half: str
    family: str
    data: str
    rate: float  # the share of wrong labels that was asked for
    labels: np.ndarray
    wrong: np.ndarray
    features: np.ndarray | None
    models: dict[str, np.ndarray]
    noise: str  # the kind of noise: of families that say how the models were trained


@dataclass(frozen=True)
class Plan:
    """What a setting is to be; ``cast`` names its five models."""

    half: str
    family: str
    noise: str
    data: str
    rate: float
    cast: str

    @property
    def key(self) -> str:
        words = (self.half, self.family, self.noise, self.data, f"{self.rate:g}", self.cast)
        return "-".join(words).replace(" ", "_").replace(",", "")

    @property
    def path(self) -> Path:
        return CACHE / VERSION / f"{self.key}.npz"

    def rng(self) -> np.random.Generator:
        return np.random.default_rng(zlib.crc32(self.key.encode()))


# Data: features and true labels, which are a function of the features or of what these were made from


def _bundled(name: str) -> tuple[np.ndarray, np.ndarray]:
    features, true = getattr(datasets, f"load_{name}")(return_X_y=True)
    return (features if name == "digits" else StandardScaler().fit_transform(features)), true


def _generated(separation: float) -> tuple[np.ndarray, np.ndarray]:
    return datasets.make_classification(
        1500, 20, n_informative=8, n_redundant=4, n_classes=4, n_clusters_per_class=1,
        class_sep=separation, flip_y=0, random_state=7,
    )  # fmt: skip


def _few(k: int, separation: float) -> tuple[np.ndarray, np.ndarray]:
    """Four in five rows of the first class."""
    return datasets.make_classification(
        8000, 16, n_informative=8, n_redundant=2, n_classes=k, n_clusters_per_class=1,
        weights=[0.8] + [0.2 / (k - 1)] * (k - 1), class_sep=separation, flip_y=0, random_state=k,
    )  # fmt: skip


def _shells(n: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Four shells around the middle; a linear model sees them by the sizes of the coordinates."""
    points, true = datasets.make_gaussian_quantiles(n_samples=n, n_features=4, n_classes=4, random_state=11)
    return np.hstack([points, np.abs(points)]), true


def _clusters(n: int = 3000, k: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Many classes, each the neighbourhood of two centres in six dimensions."""
    rng = np.random.default_rng(12)
    centres = rng.normal(size=(k, 6)) * 2.0
    centres = np.vstack([centres, centres + rng.normal(size=(k, 6)) * 0.9])
    points = centres[rng.integers(0, 2 * k, n)] + rng.normal(size=(n, 6)) * 0.6
    nearest = ((points[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    return points, nearest % k


def _teacher(
    n: int, width: int, k: int, seed: int, first: float = 0.0, least: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """The greatest output of a random network, where it leads by ``least``; of a share ``first`` it is class 0's."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(4 * n, width))
    hidden = np.tanh(points @ rng.normal(size=(width, 24)) / np.sqrt(width) * 1.5)
    outputs = hidden @ rng.normal(size=(24, k))
    outputs = (outputs - outputs.mean(axis=0)) / outputs.std(axis=0)
    if first:
        outputs[:, 0] += np.quantile(outputs[:, 1:].max(axis=1) - outputs[:, 0], first)
    second, greatest = np.sort(outputs, axis=1)[:, -2:].T
    kept = np.flatnonzero(greatest - second >= least)[:n]
    return points[kept], outputs[kept].argmax(axis=1)


def _topics(n: int = 2000, k: int = 8, words: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Square roots of the shares of words in short texts, of which the greatest topic is the class."""
    rng = np.random.default_rng(13)
    topics = rng.dirichlet(np.full(words, 0.15), k)
    mixtures = rng.dirichlet(np.full(k, 0.12), n)
    counts = rng.multinomial(50, mixtures @ topics)
    return np.sqrt(counts / counts.sum(axis=1, keepdims=True)), mixtures.argmax(axis=1)


def _unequal(n: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Two classes, one row in seven of the second: where a quadratic form is great; four features tell nothing."""
    rng = np.random.default_rng(14)
    points = rng.normal(size=(n, 9))
    weights = rng.normal(size=(5, 5)) * 0.35
    score = ((points[:, :5] @ weights) * points[:, :5]).sum(axis=1) + points[:, :5] @ rng.normal(size=5)
    return points, (score > np.quantile(score, 1 - 1 / 7)).astype(np.int64)


def _glyphs(n: int = 2500, letters: str = "abcdeghnopqu") -> tuple[np.ndarray, np.ndarray]:
    """Letters of several fonts, turned, shifted and with noise, of 12 × 12 pixels."""
    import matplotlib as mpl
    from PIL import Image, ImageDraw, ImageFont

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    faces = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "DejaVuSerif-Italic", "DejaVuSansMono-Oblique")
    fonts = [ImageFont.truetype(str(folder / f"{face}.ttf"), size) for face in faces for size in (34, 38)]
    rng = np.random.default_rng(15)
    true = rng.integers(0, len(letters), n)
    images = np.empty((n, 12, 12))
    for row, label in enumerate(true):
        image = Image.new("L", (48, 48))
        middle = tuple(24 + rng.uniform(-2, 2, 2))
        ImageDraw.Draw(image).text(middle, letters[label], 255, fonts[rng.integers(len(fonts))], anchor="mm")
        image = image.rotate(rng.uniform(-8, 8), Image.Resampling.BILINEAR)
        images[row] = np.asarray(image.resize((12, 12), Image.Resampling.BOX)) / 255
    return (images + rng.normal(size=images.shape) * 0.08).reshape(n, -1), true


DATA: dict[str, dict[str, Any]] = {
    "choosing": {
        "digits": lambda: _bundled("digits"),
        "easy": lambda: _generated(2.5),
        "wine": lambda: _bundled("wine"),
        "medium": lambda: _generated(1.3),
        "breast_cancer": lambda: _bundled("breast_cancer"),
        "hard": lambda: _generated(0.8),
    },
    "confirming": {
        "shells": _shells,
        "clusters": _clusters,
        "teacher": lambda: _teacher(2500, 8, 5, seed=16),
        "topics": _topics,
        "unequal": _unequal,
        "iris": lambda: _bundled("iris"),
        "glyphs": _glyphs,
    },
}
RARE: dict[str, dict[str, Any]] = {
    "choosing": {"nine kinds": lambda: _few(9, 2.0), "five kinds": lambda: _few(5, 1.5), "three kinds": lambda: _few(3, 1.2)},
    "confirming": {
        "seven outputs": lambda: _teacher(8000, 6, 7, seed=39, first=0.7, least=0.4),
        "four outputs": lambda: _teacher(8000, 6, 4, seed=18, first=0.7, least=0.4),
        "two outputs": lambda: _teacher(8000, 6, 2, seed=19, first=0.7, least=0.3),
    },
}  # fmt: skip


@functools.cache
def data_set(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Features and true labels."""
    [load] = [names[name] for part in (DATA, RARE) for names in part.values() if name in names]
    features, true = load()
    return features.astype(np.float32), true.astype(np.int64)


# Models


def _estimator(name: str) -> Any:
    makers: dict[str, Any] = {
        "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
        "forest": lambda: RandomForestClassifier(60, min_samples_leaf=2, random_state=0),
        "boosting": lambda: HistGradientBoostingClassifier(max_iter=50, max_leaf_nodes=12, random_state=0),
        "discriminant": lambda: make_pipeline(
            StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.05)
        ),
        "network": lambda: make_pipeline(
            StandardScaler(), MLPClassifier((50,), alpha=0.1, max_iter=40, random_state=0)
        ),
        "overtrained network": lambda: make_pipeline(
            StandardScaler(), MLPClassifier((80,), alpha=0, max_iter=150, tol=0, random_state=0)
        ),
        "15 neighbours": lambda: make_pipeline(StandardScaler(), KNeighborsClassifier(15)),
        "naive Bayes": lambda: make_pipeline(StandardScaler(), GaussianNB()),
        "tree": lambda: DecisionTreeClassifier(min_samples_leaf=10, random_state=0),
    }
    return makers[name]()


CASTS = {
    "first": ("forest", "boosting", "logistic", "15 neighbours", "tree"),
    "second": ("network", "forest", "logistic", "15 neighbours", "naive Bayes"),
    "sure": ("overtrained network", "forest", "logistic", "15 neighbours", "naive Bayes"),
}


def _names(cast: str, k: int) -> list[str]:
    """A cast's models; boosting takes too long where there are many classes."""
    return ["discriminant" if name == "boosting" and k > 5 else name for name in CASTS[cast]]


def _spread(estimator: Any, features: np.ndarray, k: int) -> np.ndarray:
    """What an estimator predicts, with a column for each of the k classes, also those it has not seen."""
    pred_probs = np.zeros((len(features), k))
    pred_probs[:, estimator.classes_] = estimator.predict_proba(features)
    return pred_probs / pred_probs.sum(axis=1, keepdims=True)  # of a naive Bayes beyond all bounds it is not always 1


def cross_validated(estimator: Any, features: np.ndarray, labels: np.ndarray, k: int, seed: int = 0) -> np.ndarray:
    """Out-of-sample probabilities (N, k), float32."""
    pred_probs = np.empty((len(labels), k), np.float32)
    for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(features, labels):
        pred_probs[test] = _spread(estimator.fit(features[train], labels[train]), features[test], k)
    return pred_probs


def _all(cast: str, features: np.ndarray, labels: np.ndarray, k: int) -> dict[str, np.ndarray]:
    return {name: cross_validated(_estimator(name), features, labels, k) for name in _names(cast, k)}


@functools.cache
def _never_wrong(data: str, cast: str) -> dict[str, np.ndarray]:
    """Models cross-validated on the true labels."""
    features, true = data_set(data)
    return _all(cast, features, true, int(true.max()) + 1)


# Noise


@functools.cache
def _observer(data: str, kind: str) -> np.ndarray:
    """What a model that audits nothing believes of each row, having learnt from true labels."""
    features, true = data_set(data)
    seed = zlib.crc32(f"{data} {kind}".encode())
    if kind == "instance-dependent":
        estimator, view = ExtraTreesClassifier(100, min_samples_leaf=2, random_state=1), features
    else:
        view = _view(features, np.random.default_rng(seed), keep=0.7, noise=0.3)
        if kind == "unsure":
            estimator = ExtraTreesClassifier(100, max_features=3, min_samples_leaf=3, random_state=2)
        else:
            kernel = Nystroem(gamma=0.5 / view.shape[1], n_components=min(150, len(view) // 2), random_state=3)
            estimator = make_pipeline(StandardScaler(), kernel, LogisticRegression(C=10, max_iter=300))
    return cross_validated(estimator, view, true, int(true.max()) + 1, seed=seed % 1000).astype(np.float64)


def _view(features: np.ndarray, rng: np.random.Generator, keep: float, noise: float) -> np.ndarray:
    """Some of the features, seen through noise."""
    width = features.shape[1]
    columns = np.sort(rng.choice(width, width if width < 12 else round(keep * width), replace=False))
    view = features[:, columns]
    return view + noise * view.std(axis=0) * rng.standard_normal(view.shape, np.float32)


def _draw(chances: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A class for each row (N, K) of chances, which need not sum to 1."""
    sums = chances.cumsum(axis=1)
    return (sums < rng.random((len(chances), 1)) * sums[:, -1:]).sum(axis=1)


def _rivals(belief: np.ndarray, true: np.ndarray, power: float) -> np.ndarray:
    """Beliefs in the classes that are not the true one, to a power."""
    rivals = np.maximum(belief, 1e-3) ** power
    rivals[np.arange(len(true)), true] = 0
    return rivals


def _doubt(belief: np.ndarray, true: np.ndarray) -> np.ndarray:
    """How near the strongest rival comes to the true class, 0.02 at least."""
    rows = np.arange(len(true))
    return np.clip(1 - (belief[rows, true] - _rivals(belief, true, 1).max(axis=1)), 0.02, None)


def _up_to(weights: np.ndarray, rate: float, most: float) -> np.ndarray:
    """Chances in proportion to weights, at most ``most``, of which the mean is the rate."""
    low, high = 0.0, 1e4
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.minimum(middle * weights, most).mean() < rate else (low, middle)
    return np.minimum(high * weights, most)


def _symmetric(true: np.ndarray, k: int, rate: float, rng: np.random.Generator) -> np.ndarray:
    labels, wanted = true.copy(), round(rate * len(true))
    rows = rng.choice(len(true), wanted, replace=False)
    labels[rows] = (true[rows] + rng.integers(1, k, wanted)) % k
    return labels


def _confusion(k: int, rng: np.random.Generator) -> np.ndarray:
    """Each class's favourite wrong labels, (k, k)."""
    return np.array([np.insert(rng.dirichlet(np.full(k - 1, 0.5)), c, 0) for c in range(k)])


def _class_dependent(true: np.ndarray, k: int, rate: float, rng: np.random.Generator) -> np.ndarray:
    """Classes differ fourfold in how often they are mislabelled, and each has its favourite wrong label."""
    labels, chance = true.copy(), rng.uniform(0.4, 1.6, k)[true]
    rows = rng.choice(len(true), round(rate * len(true)), replace=False, p=chance / chance.sum())
    labels[rows] = _draw(_confusion(k, rng)[true[rows]], rng)
    return labels


def _instance_dependent(true: np.ndarray, belief: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """The strongest rival where a good model is unsure, but no label is more often wrong than right."""
    wrong = rng.random(len(true)) < _up_to(_doubt(belief, true), rate, 0.45)
    return np.where(wrong, _rivals(belief, true, 1).argmax(axis=1), true)


def _confused(true: np.ndarray, belief: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """What another model says: flattened until enough are wrong, or turned to the truth until no more are."""
    rows, logs = np.arange(len(true)), np.log(np.maximum(belief, 1e-3))

    def chances(turn: float) -> np.ndarray:
        tilted = logs * min(turn, 1)
        tilted[rows, true] += max(turn - 1, 0)
        said = np.exp(tilted - tilted.max(axis=1, keepdims=True))
        said /= said.sum(axis=1, keepdims=True)
        said[rows, true] = np.maximum(said[rows, true], 0.4)  # three in five persons wrong, at most
        return said / said.sum(axis=1, keepdims=True)

    low, high = 0.0, 30.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if 1 - chances(middle)[rows, true].mean() > rate else (low, middle)
    return _draw(chances(high), rng)


def _unsure(true: np.ndarray, belief: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """Wrong where another model has a high entropy; any other label, likelier ones rather."""
    entropy = -(belief * np.log(np.maximum(belief, 1e-12))).sum(axis=1) / np.log(belief.shape[1])
    wrong = rng.random(len(true)) < _up_to(0.01 + entropy**1.5, rate, 0.55)
    return np.where(wrong, _draw(_rivals(belief, true, 0.5), rng), true)


def _annotators(true: np.ndarray, belief: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """One of five annotators, who differ fourfold, for each row: each with own confusions, more errors on hard rows."""
    k = belief.shape[1]
    who = rng.choice(5, len(true), p=rng.dirichlet(np.full(5, 4.0)))
    doubt = _doubt(belief, true)
    chance = _up_to(np.geomspace(0.5, 2, 5)[who] * (0.5 + doubt / doubt.mean()), rate, 0.65)
    habits = np.array([_confusion(k, rng) for _ in range(5)])[who, true]
    rivals = _rivals(belief, true, 0.7)
    other = _draw(habits + rivals / rivals.sum(axis=1, keepdims=True), rng)
    return np.where(rng.random(len(true)) < chance, other, true)


def with_errors(data: str, kind: str, rate: float, rng: np.random.Generator) -> np.ndarray:
    """Labels of a data set, about a share ``rate`` of which is wrong."""
    _, true = data_set(data)
    if kind in ("symmetric", "class-dependent"):
        make = _symmetric if kind == "symmetric" else _class_dependent
        return make(true, int(true.max()) + 1, rate, rng)
    makers = {
        "instance-dependent": _instance_dependent,
        "confused": _confused,
        "unsure": _unsure,
        "annotators": _annotators,
    }
    return makers[kind](true, _observer(data, kind), rate, rng)


# Plans: which settings there are


def _planted(half: str) -> Iterator[Plan]:
    """Each kind of noise at each share, on every other data set in turn."""
    for j, data in enumerate(DATA[half]):
        for f, kind in enumerate(KINDS):
            for r, rate in enumerate(RATES):
                if (f + r + j) % 2 == 0 and rate * len(data_set(data)[1]) >= FEWEST:
                    yield Plan(half, kind, kind, data, rate, ("first", "second")[(f + r + j) // 2 % 2])


def _unseen(half: str) -> Iterator[Plan]:
    """Each kind of noise at three shares, each time on another data set, whose models learnt from true labels."""
    names = list(DATA[half])
    for i in range(3 * len(KINDS)):
        kind, rate = KINDS[i // 3], RATES[2 * (i % 3) + i // 3 % 2]
        j = (i % len(RATES) + i // len(RATES)) % len(names)  # not twice the same share
        if rate * len(data_set(names[j])[1]) < FEWEST:
            j = (j + 1) % len(names)
        yield Plan(half, "unseen", kind, names[j], rate, ("first", "second")[j % 2])


def plans(half: str) -> list[Plan]:
    """All settings of a half, by data set."""
    found = [*_planted(half), *_unseen(half)]
    found += [Plan(half, "none", "none", data, 0.0, "sure") for data in DATA[half]]
    found.sort(key=lambda plan: list(DATA[half]).index(plan.data))
    found += [Plan(half, "rare", "rare", data, rate, "second") for data in RARE[half] for rate in (0.005, 0.01)]
    if half == "choosing" and (SHARED / "label_errors").is_dir():
        found += [Plan(half, *what, "second") for what in PEOPLE]
    elif half == "choosing":
        print(f"no people: {SHARED} is absent", file=sys.stderr)
    return found


# Making them


def _made(plan: Plan, labels: np.ndarray, true: np.ndarray, features: Any, models: dict[str, np.ndarray]) -> Setting:
    return Setting(plan.half, plan.family, plan.data, plan.rate, labels, labels != true, features, models, plan.noise)


def _usual(plan: Plan) -> Setting:
    """Noise planted in a data set (or none)."""
    features, true = data_set(plan.data)
    k = int(true.max()) + 1
    labels = true if plan.family == "none" else with_errors(plan.data, plan.noise, plan.rate, plan.rng())
    if plan.family in ("none", "unseen"):
        models = _never_wrong(plan.data, plan.cast)
    else:
        models = _all(plan.cast, features, labels, k)
    return _made(plan, labels, true, features, models)


def _rare(plan: Plan) -> Setting:
    """Few wrong labels and one class of four in five rows; models that learnt elsewhere, seen through a little noise."""
    features, true = data_set(plan.data)
    k, rng = int(true.max()) + 1, plan.rng()
    part = rng.permutation(len(true))
    elsewhere, here = part[:2500], np.sort(part[2500:])
    belief = _observer(plan.data, "rare")[here]
    features, true, taught = features[here], true[here], (features[elsewhere], true[elsewhere])
    chance = _up_to(np.where(true > 0, 4.0, 1.0) * (0.1 + _doubt(belief, true)), plan.rate, 0.5)
    rivals = _rivals(belief, true, 0.7)
    rivals[:, 0] += rivals.sum(axis=1) * (true > 0)  # overlooked: half of them are given the great class
    labels = np.where(rng.random(len(true)) < chance, _draw(rivals, rng), true)
    learnt = {name: _estimator(name).fit(*taught) for name in _names(plan.cast, k)}
    models = {name: _spread(model, features, k).astype(np.float32) for name, model in learnt.items()}
    return _made(plan, labels, true, features, models)


PEOPLE = [
    # family, who labels, of which data, share that is wrong
    ("people, unseen", "one person", "cifar10", 0.048),
    ("people, unseen", "three persons", "cifar10", 0.021),
    ("people, unseen", "one person", "cifar10, 4000 rows", 0.048),
    ("people, unseen", "three persons", "cifar10, 4000 rows", 0.021),
    *(
        ("people, seen", who, f"cifar10, 4000 rows, {view}", rate)
        for view in ("clear", "dim", "dark")
        for who, rate in (("one person", 0.048), ("three persons", 0.021))
    ),
]
DIM = {"clear": (0.5, 1.0), "dim": (1.5, 0.8), "dark": (2.5, 0.8)}  # noise on log probabilities, share of them kept


def _persons(counts: np.ndarray, persons: int, rng: np.random.Generator) -> np.ndarray:
    """What most of a few persons say of each row; a tie is drawn."""
    votes = np.array([rng.multivariate_hypergeometric(row, persons) for row in counts])
    return (votes + rng.random(votes.shape)).argmax(axis=1)


def _people(plan: Plan) -> Setting:
    """CIFAR-10H: people's labels, and models of what a network of CIFAR-10 made of the pictures."""
    folder, rng = SHARED / "label_errors", plan.rng()
    counts, published, true = (
        np.load(folder / f"{name}.npy", allow_pickle=False)
        for name in ("cifar10h_counts", "cifar10_pred_probs", "cifar10_labels")
    )
    if "4000 rows" in plan.data:
        rows = np.sort(rng.choice(len(true), 4000, replace=False))
        counts, published, true = counts[rows], published[rows], true[rows]
    true = true.astype(np.int64)
    labels = _persons(counts, 1 if plan.noise == "one person" else 3, rng)
    logs = np.log(np.maximum(published, 1e-5)).astype(np.float32)
    logs -= logs.mean(axis=1, keepdims=True)
    seen = plan.family == "people, seen"
    noise, keep = DIM[plan.data.split(", ")[-1] if seen else "dim"]
    models = {}
    for name in _names(plan.cast, 10):
        view = logs[:, np.sort(rng.choice(10, round(10 * keep), replace=False))]
        view = view + noise * rng.standard_normal(view.shape, np.float32)
        models[name] = cross_validated(_estimator(name), view, labels if seen else true, 10)
    if not seen:
        models = {"published": published.astype(np.float32)} | {n: m for n, m in models.items() if n != "logistic"}
    view = logs + noise * rng.standard_normal(logs.shape, np.float32)
    return _made(plan, labels, true, view, models)


# On disk


def _make(plan: Plan) -> None:
    """Make a setting and write it, if nobody has."""
    if plan.path.exists():
        return
    warnings.simplefilter("ignore")
    make = {"rare": _rare, "people, seen": _people, "people, unseen": _people}.get(plan.family, _usual)
    setting = make(plan)
    arrays = {f"model {name}": pred_probs for name, pred_probs in setting.models.items()}
    arrays |= {"labels": setting.labels, "wrong": setting.wrong}
    if setting.features is not None:
        arrays["features"] = setting.features
    plan.path.parent.mkdir(parents=True, exist_ok=True)
    half_written = plan.path.with_suffix(".part")
    with half_written.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    half_written.replace(plan.path)


def _load(plan: Plan) -> Setting:
    with np.load(plan.path, allow_pickle=False) as arrays:
        read = {name: arrays[name] for name in arrays.files}
    labels, wrong, features = read.pop("labels"), read.pop("wrong"), read.pop("features", None)
    models = {name.removeprefix("model "): pred_probs for name, pred_probs in read.items()}
    return Setting(plan.half, plan.family, plan.data, plan.rate, labels, wrong, features, models, plan.noise)


def settings(half: str) -> Iterator[Setting]:
    """All settings of a half, the same each time; what is not in the cache is made, minutes on two cores."""
    if half not in HALVES:
        raise ValueError(f"half must be one of {HALVES}, not {half!r}")
    todo = plans(half)
    missing = [plan for plan in todo if not plan.path.exists()]
    if missing:
        print(f"  making {len(missing)} of {len(todo)} settings of the {half} half", file=sys.stderr)
        with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
            joblib.Parallel()(joblib.delayed(_make)(plan) for plan in missing)
    yield from map(_load, todo)


def main() -> None:
    """Print what there is: wrong labels, and how many of the right ones the five models predict."""
    for half in sys.argv[1:] or HALVES:
        for s in settings(half):
            agreed = [(m.argmax(axis=1) == s.labels)[~s.wrong].mean() for m in s.models.values()]
            noise = "" if s.noise == s.family else f" ({s.noise})"
            amount = f"{s.wrong.sum()} of {len(s.labels)} wrong ({s.wrong.mean():.1%} for {s.rate:.1%})"
            print(
                f"{half}: {s.family}{noise}, {s.data}: {amount}, models agree with {min(agreed):.2f}–{max(agreed):.2f}"
            )


if __name__ == "__main__":
    main()
