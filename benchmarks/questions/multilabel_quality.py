"""Do low multi-label scores find wrong items, and which filter finds the wrong labels? On planted errors."""

import numpy as np
from sklearn.datasets import load_digits, make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.multiclass import OneVsRestClassifier

import labelaudit
from benchmarks.helpers.table import show
from labelaudit.multilabel_classification import filter, rank

RATES = (0.02, 0.05, 0.1)
POOLS = [{"method": "exponential_moving_average", "alpha": 0.8}, {"method": "softmin", "temperature": 0.1}]
FILTERS = ("prune_by_noise_rate", "confident_learning", "noise_posterior")


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Handwritten digits with eight properties of the number that is written."""
    found = load_digits()
    number = found.target
    sets = [[0, 2, 4, 6, 8], [5, 6, 7, 8, 9], [0], [2, 3, 5, 7], [0, 3, 6, 9], [0, 6, 8, 9], [1], [8]]
    return found.data / 16, np.column_stack([np.isin(number, members) for members in sets]).astype(int)


def main() -> bool:
    sources = {
        "synthetic": make_multilabel_classification(3000, 20, n_classes=10, n_labels=3, random_state=0),
        "digits": digits(),
    }
    models = {"logistic": LogisticRegression(max_iter=500), "forest": RandomForestClassifier(100, random_state=0)}
    rows = []
    for source, (features, truth) in sources.items():
        for name, model in models.items():
            for rate in RATES:
                wrong = np.random.default_rng(1).random(truth.shape) < rate
                labels = truth ^ wrong
                pred_probs = cross_val_predict(
                    OneVsRestClassifier(model, n_jobs=2),
                    features,
                    labels,
                    cv=KFold(4, shuffle=True, random_state=0),
                    method="predict_proba",
                )
                ranked = [
                    float(
                        average_precision_score(
                            wrong.any(axis=1),
                            -rank.get_label_quality_scores(labels, pred_probs, aggregator_kwargs=pool),
                        )
                    )
                    for pool in POOLS
                ]
                masks = [filter.find_multilabel_issues_per_class(labels, pred_probs, filter_by=by) for by in FILTERS]
                f1 = [2 * (mask & wrong).sum() / (mask.sum() + wrong.sum()) for mask in masks]
                counted = labelaudit.audit("multilabel_classification", labels, pred_probs).estimate.wrong / wrong.sum()
                rows.append([f"{source}, {name}, {rate:.0%}", *ranked, *map(float, f1), float(counted)])
    rows.append(["mean", *np.mean([row[1:] for row in rows], axis=0).tolist()])
    columns = ["", "AP: moving average", "AP: softmin", *(f"F1: {name}" for name in FILTERS), "estimated ÷ true"]
    return show("Wrong items by score, wrong labels by filter", columns, rows)
