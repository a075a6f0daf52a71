"""Which filter finds planted label errors, and who knows how many there are? Real models, cross-validated on noisy labels.

``python -m benchmarks.questions.noise_study docs/pictures`` also draws the two pictures of docs/noise-posterior.md.
"""

import sys
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cleanlab.filter
import cleanlab.rank
import numpy as np
from sklearn import datasets
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import labelaudit
from benchmarks.helpers.table import Bar, show
from labelaudit.classification import filter, rank

RATES = (0.02, 0.05, 0.1, 0.2, 0.4)
KINDS = ("symmetric", "class-dependent", "instance-dependent")
SHARED = [name for name in filter.FILTERS if name != "noise_posterior"]


def data_sets() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    bundled = {name: getattr(datasets, f"load_{name}")(return_X_y=True) for name in ("digits", "breast_cancer", "wine")}
    generated = {
        name: datasets.make_classification(
            1500, 20, n_informative=8, n_redundant=4, n_classes=4, n_clusters_per_class=1,
            class_sep=separation, flip_y=0, random_state=7,
        )
        for name, separation in (("easy", 2.5), ("medium", 1.3), ("hard", 0.8))
    }  # fmt: skip
    return bundled | generated


def models() -> dict[str, Any]:
    """From weak to strong."""
    return {
        "naive Bayes": make_pipeline(StandardScaler(), GaussianNB()),
        "tree": DecisionTreeClassifier(min_samples_leaf=10, random_state=0),
        "15 neighbours": make_pipeline(StandardScaler(), KNeighborsClassifier(15)),
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
        "forest": RandomForestClassifier(60, min_samples_leaf=2, random_state=0),
        "network": make_pipeline(StandardScaler(), MLPClassifier((50,), alpha=0.1, max_iter=40, random_state=0)),
    }


def with_errors(true: np.ndarray, belief: np.ndarray, kind: str, rate: float, rng: np.random.Generator) -> np.ndarray:
    """Labels of which the given share is wrong; ``belief`` is a good model's (N, K), for errors where it is unsure."""
    n, k = belief.shape
    labels, wanted = true.copy(), round(rate * n)
    if kind == "symmetric":
        rows = rng.choice(n, wanted, replace=False)
        labels[rows] = (true[rows] + rng.integers(1, k, wanted)) % k
    elif kind == "class-dependent":
        # classes differ fourfold in how often they are mislabelled, and each has its favourite wrong label
        chance = rng.uniform(0.4, 1.6, k)[true]
        rows = rng.choice(n, wanted, replace=False, p=chance / chance.sum())
        confusion = np.array([rng.dirichlet(np.full(k - 1, 0.5)) for _ in range(k)])
        picks = np.array([rng.choice(k - 1, p=confusion[y]) for y in true[rows]])
        labels[rows] = picks + (picks >= true[rows])
    else:
        # wrong where the good model is unsure, but no label is more often wrong than right: else truth is not to be known
        rivals = belief.copy()
        own = rivals[np.arange(n), true].copy()
        rivals[np.arange(n), true] = -1
        unsure = np.clip(1 - (own - rivals.max(axis=1)), 0.02, None)
        low, high = 0.0, 1e4
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if np.minimum(middle * unsure, 0.45).mean() < rate else (low, middle)
        rows = np.flatnonzero(rng.random(n) < np.minimum(high * unsure, 0.45))
        labels[rows] = rivals.argmax(axis=1)[rows]
    return labels


@dataclass(frozen=True)
class Setting:
    data: str
    model: str
    kind: str
    rate: float
    labels: np.ndarray
    pred_probs: np.ndarray
    wrong: np.ndarray


def settings() -> Iterator[Setting]:
    for data, (features, true) in data_sets().items():
        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        reference = ExtraTreesClassifier(100, min_samples_leaf=2, random_state=1)
        belief = cross_val_predict(reference, features, true, cv=folds, method="predict_proba")
        for kind in KINDS:
            for rate in RATES:
                rng = np.random.default_rng([zlib.crc32(f"{data} {kind}".encode()), round(rate * 100)])
                labels = with_errors(true, belief, kind, rate, rng)
                for model, estimator in models().items():
                    pred_probs = cross_val_predict(estimator, features, labels, cv=folds, method="predict_proba")
                    yield Setting(data, model, kind, rate, labels, pred_probs, labels != true)
            print(f"  {data}, {kind}", file=sys.stderr)


@dataclass(frozen=True)
class Outcome:
    f1: float
    ratio: float  # estimated number of errors over the true one


def _outcome(mask: np.ndarray, estimated: float, wrong: np.ndarray) -> Outcome:
    return Outcome(f1_score(wrong, mask, zero_division=0), estimated / wrong.sum())


def judge(setting: Setting) -> tuple[dict[tuple[str, str], Outcome], dict[tuple[str, str], float]]:
    """What each filter of each house flags, and the average precision of each score."""
    labels, pred_probs, wrong = setting.labels, setting.pred_probs, setting.wrong
    houses: list[tuple[str, Callable[..., Any], Any]] = [
        ("cleanlab", lambda *a, **k: cleanlab.filter.find_label_issues(*a, n_jobs=1, **k), cleanlab.rank),
        ("ours", filter.find_label_issues, rank),
    ]
    found, precision = {}, {}
    for house, find, ranking in houses:
        for name in SHARED:
            mask = find(labels, pred_probs, filter_by=name)
            found[house, name] = _outcome(mask, mask.sum(), wrong)
        for method in ("self_confidence", "normalized_margin", "confidence_weighted_entropy"):
            scores = ranking.get_label_quality_scores(labels, pred_probs, method=method)
            precision[house, method] = average_precision_score(wrong, -scores)
    audit = labelaudit.audit(labels, pred_probs)
    mask = filter.find_label_issues(labels, pred_probs, filter_by="noise_posterior")
    found["ours", "noise_posterior"] = _outcome(mask, audit.estimate.wrong, wrong)
    precision["ours", "noise_posterior"] = average_precision_score(wrong, -audit.scores)
    return found, precision


def main(pictures: Path | None = None) -> bool:
    warnings.simplefilter("ignore")
    study = [(setting, *judge(setting)) for setting in settings()]
    counted = [found for setting, found, _ in study if setting.rate >= 0.05]

    def f1(key: tuple[str, str]) -> float:
        return float(np.mean([found[key].f1 for _, found, _ in study]))

    def close(key: tuple[str, str]) -> float:
        return float(np.mean([abs(found[key].ratio - 1) <= 0.2 for found in counted]))

    keys = [("cleanlab", name) for name in SHARED] + [("ours", name) for name in filter.FILTERS]
    default, own = ("cleanlab", "prune_by_noise_rate"), ("ours", "noise_posterior")
    rows = [[*key, f1(key), close(key), float(np.median([found[key].ratio for found in counted]))] for key in keys]
    rows[-1][2:4] = [Bar(f1(own), round(f1(default) + 0.05, 3), least=True), Bar(close(own), 0.8, least=True)]
    columns = ["", "filter", "mean F1", "count within 20 % (noise ≥ 5 %)", "median estimated / true"]
    held = show(f"Planted label errors: {len(study)} settings", columns, rows)
    scores = [[*key, float(np.mean([precision[key] for *_, precision in study]))] for key in study[0][2]]
    show("Ranking", ["", "score", "mean average precision"], scores)
    for what in ("data", "model", "kind", "rate"):
        groups = dict.fromkeys(getattr(setting, what) for setting, *_ in study)
        table = []
        for group in groups:
            part = [found for setting, found, _ in study if getattr(setting, what) == group]
            cells = [[found[key] for found in part] for key in (default, own)]
            table.append(
                [str(group), *(float(np.mean([o.f1 for o in cell])) for cell in cells)]
                + [float(np.mean([abs(o.ratio - 1) <= 0.2 for o in cell])) for cell in cells]
            )
        show(f"By {what}", [what, "F1 cleanlab default", "F1 ours", "count ok cleanlab", "count ok ours"], table)
    if pictures:
        draw(study, pictures)
    return held


def draw(study: list[Any], folder: Path) -> None:
    """Two pictures: F1 by filter and rate, and the estimated against the true share of errors."""
    from matplotlib import pyplot as plt

    from benchmarks.helpers.pictures import save

    shown = {("cleanlab", "prune_by_noise_rate"): ("cleanlab's default", "#9aa0a6"), ("cleanlab", "predicted_neq_given"): ("argmax ≠ label", "#d8a24a"), ("ours", "noise_posterior"): ("noise posterior", "#1f6feb")}  # fmt: skip
    figure, panels = plt.subplots(1, 3, figsize=(10, 3.4), sharey=True, layout="constrained")
    for panel, kind in zip(panels, KINDS, strict=True):
        for key, (name, colour) in shown.items():
            means = [np.mean([f[key].f1 for s, f, _ in study if s.kind == kind and s.rate == rate]) for rate in RATES]
            panel.plot([100 * rate for rate in RATES], means, "o-", color=colour, label=name)
        panel.set(
            title=kind,
            xlabel="wrong labels, %",
            xscale="log",
            xticks=[2, 5, 10, 20, 40],
            xticklabels=["2", "5", "10", "20", "40"],
        )
        panel.minorticks_off()
    panels[0].set(ylabel="mean F1", ylim=(0, 1))
    panels[0].legend(frameon=False, loc="lower right")
    save(figure, folder / "noise-f1.svg")
    figure, panels = plt.subplots(1, 3, figsize=(10, 3.4), sharey=True, layout="constrained")
    for panel, kind in zip(panels, KINDS, strict=True):
        panel.axhspan(0.8, 1.2, color="#e8f0fe", zorder=0)
        for shift, (key, (name, colour)) in zip((-0.22, 0, 0.22), shown.items(), strict=True):
            ratios = [[f[key].ratio for s, f, _ in study if s.kind == kind and s.rate == rate] for rate in RATES]
            low, middle, high = (np.array([np.percentile(r, q) for r in ratios]) for q in (25, 50, 75))
            panel.errorbar(
                np.arange(len(RATES)) + shift, middle, [middle - low, high - middle], fmt="o", color=colour, label=name
            )
        panel.set(
            title=kind,
            xlabel="wrong labels, %",
            xticks=range(len(RATES)),
            xticklabels=[f"{100 * rate:.0f}" for rate in RATES],
            yscale="log",
            ylim=(0.3, 12),
        )
    panels[0].set(
        ylabel="estimated / true number (middle half)",
        yticks=[0.5, 1, 2, 5, 10],
        yticklabels=["0.5", "1", "2", "5", "10"],
    )
    panels[0].legend(frameon=False, loc="upper right")
    save(figure, folder / "noise-count.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
