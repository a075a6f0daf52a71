"""Do low scores find real label errors? On the reviewed rows of CIFAR-10 and MNIST (Northcutt et al. 2021)."""

import json

import cleanlab.filter
import cleanlab.rank as oracle
import numpy as np
from sklearn.metrics import average_precision_score

from benchmarks.helpers.shared_data import SHARED
from benchmarks.helpers.table import show
from labelaudit import filter, rank

FOLDER = SHARED / "label_errors"
METHODS = ["self_confidence", "normalized_margin", "confidence_weighted_entropy"]


def reviewed(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Labels, probabilities, the rows that people looked at, and whether they found the label wrong."""
    labels = np.load(FOLDER / f"{name}_labels.npy", allow_pickle=False).astype(int)
    pred_probs = np.load(FOLDER / f"{name}_pred_probs.npy", allow_pickle=False)
    votes = json.loads((FOLDER / f"{name}_mturk.json").read_text("utf-8"))
    rows = np.array([vote["id"] for vote in votes])
    return labels, pred_probs, rows, np.array([vote["mturk"]["given"] < 3 for vote in votes])


def _figures(scores: np.ndarray, wrong: np.ndarray) -> list[object]:
    order = np.argsort(scores, kind="stable")
    precision = [float(wrong[order[:most]].mean()) for most in (10, 50, 100)]
    return [float(average_precision_score(wrong, -scores)), *precision]


def main() -> bool:
    if not FOLDER.exists():
        print("Detection quality: skipped, the predictions with reviewed labels are not here")
        return True
    rows, flagged = [], []
    for name in ("cifar10", "mnist"):
        labels, pred_probs, checked, wrong = reviewed(name)
        for method in METHODS:
            for house, module in (("cleanlab", oracle), ("ours", rank)):
                scores = module.get_label_quality_scores(labels, pred_probs, method=method)[checked]
                rows.append([f"{name} ({wrong.sum()} of {len(wrong)} wrong)", method, house, *_figures(scores, wrong)])
        scores = rank.get_label_quality_scores(labels, pred_probs, method="noise_posterior")[checked]
        rows.append(
            [f"{name} ({wrong.sum()} of {len(wrong)} wrong)", "noise_posterior", "ours", *_figures(scores, wrong)]
        )
        for house, find in (("cleanlab", cleanlab.filter.find_label_issues), ("ours", filter.find_label_issues)):
            for filter_by in ("prune_by_noise_rate", "noise_posterior"):
                if (house, filter_by) == ("cleanlab", "noise_posterior"):
                    continue
                mask = find(labels, pred_probs, filter_by=filter_by)
                hits = wrong[mask[checked]]
                flagged.append([name, filter_by, house, int(mask.sum()), len(hits), float(hits.mean())])
    columns = ["reviewed rows", "method", "", "average precision", "at 10", "at 50", "at 100"]
    show("Finding the labels that people found wrong", columns, rows)
    columns = ["", "filter", "", "flagged", "of them reviewed", "share found wrong"]
    return show("Labels flagged", columns, flagged)
