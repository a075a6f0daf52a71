"""Do low scores find wrong numbers? Planted slips in scikit-learn's diabetes data, and a sensor against its reference."""

import sys
from pathlib import Path

import numpy as np
from cleanlab.regression import rank as oracle
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import RidgeCV
from sklearn.metrics import average_precision_score
from sklearn.model_selection import KFold, cross_val_predict

import labelaudit
from benchmarks.helpers.shared_data import SHARED
from benchmarks.helpers.table import show
from labelaudit.regression import rank

AIR = SHARED / "airquality_co.npz"
RATE = 0.08
SEEDS = 5


def units(values: np.ndarray) -> np.ndarray:
    return values * 2.54


def digits(values: np.ndarray) -> np.ndarray:
    """The first digit where the last belongs, and the other way round."""
    swapped = [str(abs(int(value))) for value in values]
    swapped = [text[-1] + text[1:-1] + text[0] if len(text) > 1 else text for text in swapped]
    return np.sign(values) * np.array(swapped, float)


def sign(values: np.ndarray) -> np.ndarray:
    return -values


def planted(slip, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, labels with slips that change them, and where those are; the label is the progress beyond 150."""
    features, progress = load_diabetes(return_X_y=True)
    values = progress - 150
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(values), round(RATE * len(values)), replace=False)
    labels = values.copy()
    labels[rows] = slip(values[rows])
    return features, labels, labels != values


def main() -> bool:
    rows = []
    models = {"ridge": RidgeCV(np.logspace(-3, 3, 13)), "forest": RandomForestRegressor(200, random_state=0)}
    for slip in (units, digits, sign):
        for name, model in models.items():
            figures = []
            for seed in range(SEEDS):
                features, labels, wrong = planted(slip, seed)
                folds = KFold(10, shuffle=True, random_state=0)
                predictions = cross_val_predict(model, features, labels, cv=folds, n_jobs=2)
                figures.append(_figures(labels, predictions, wrong))
            rows.append([f"diabetes, {slip.__name__}", name, *np.mean(figures, axis=0)])
    if AIR.exists():
        with np.load(AIR, allow_pickle=False) as air:
            given, true, predictions = air["given"], air["true"], air["pred"]
        off = np.abs(given - true)
        rows.append(["air quality, worst 5 %", "given", *_figures(given, predictions, off > np.quantile(off, 0.95))])
    else:
        print("Air quality: skipped, its file is not here")
    columns = ["", "model", "wrong", "outre, cleanlab", "outre", "residual", "scaled", "issues", "precision", "recall"]
    return show(f"Average precision, {RATE:.0%} slips, mean of {SEEDS} draws; and what audit flags", columns, rows)


def _figures(labels: np.ndarray, predictions: np.ndarray, wrong: np.ndarray) -> list[float]:
    scores = [
        oracle.get_label_quality_scores(labels, predictions),
        rank.get_label_quality_scores(labels, predictions),
        -np.abs(labels - predictions),  # in this unit exp(-residual) underflows
        rank.get_label_quality_scores(labels, predictions, method="scaled_residual"),
    ]
    precision = [float(average_precision_score(wrong, -score)) for score in scores]
    flagged = wrong[labelaudit.audit("regression", labels, predictions).issues["row"].to_numpy()]
    return [
        float(wrong.sum()),
        *precision,
        float(flagged.size),
        float(flagged.mean()) if flagged.size else 0.0,
        flagged.sum() / wrong.sum(),
    ]


def draw(folder: Path) -> None:
    """Given against predicted values of the diabetes data with swapped units, coloured by score."""
    from matplotlib import pyplot as plt

    from benchmarks.helpers.pictures import save

    features, labels, wrong = planted(units, 0)
    model, folds = RidgeCV(np.logspace(-3, 3, 13)), KFold(10, shuffle=True, random_state=0)
    predictions = cross_val_predict(model, features, labels, cv=folds)
    scores = rank.get_label_quality_scores(labels, predictions, method="scaled_residual")
    order = np.argsort(-scores)
    figure, panel = plt.subplots(figsize=(7, 4.6), layout="constrained")
    ends = [predictions.min(), predictions.max()]
    panel.plot(ends, ends, color="#9aa0a6", linewidth=1)
    shown = panel.scatter(predictions[order], labels[order], c=scores[order], s=14, cmap="plasma", vmin=0, vmax=1)
    planted_ones = {"s": 60, "facecolors": "none", "edgecolors": "#1f6feb", "linewidths": 1}
    panel.scatter(predictions[wrong], labels[wrong], **planted_ones, label="planted error")
    panel.set(xlabel="predicted", ylabel="given")
    panel.legend(frameon=False, loc="upper left")
    figure.colorbar(shown, label="score")
    save(figure, folder / "regression.svg")


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
