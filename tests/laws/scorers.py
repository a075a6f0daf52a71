"""Every scoring function with a generator of valid input: the table that the laws run over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelaudit.classification import rank


@dataclass(frozen=True)
class Scorer:
    name: str
    score: Callable[[Any, Any], Any]  # (labels, pred_probs) → scores

    def __str__(self) -> str:
        return self.name


def _classification() -> list[Scorer]:
    scorers = []
    for method in ("self_confidence", "normalized_margin", "confidence_weighted_entropy", "noise_posterior"):
        for adjust in (False, True):
            if adjust and method in ("confidence_weighted_entropy", "noise_posterior"):
                continue

            def score(labels: Any, pred_probs: Any, method: Any = method, adjust: bool = adjust) -> Any:
                return rank.get_label_quality_scores(labels, pred_probs, method=method, adjust_pred_probs=adjust)

            scorers.append(Scorer(f"{'adjusted ' * adjust}{method}", score))
    for weighting in ("uniform", "accuracy", "log_loss_search"):

        def ensemble(labels: Any, pred_probs: Any, weighting: Any = weighting) -> Any:
            flatter = (pred_probs + 1 / pred_probs.shape[1]) / 2
            return rank.get_label_quality_ensemble_scores(
                labels, [pred_probs, flatter.astype(pred_probs.dtype)], weight_ensemble_members_by=weighting
            )

        scorers.append(Scorer(f"ensemble by {weighting}", ensemble))
    return scorers


CLASSIFICATION = _classification()
SINGLE_MODEL = [scorer for scorer in CLASSIFICATION if not scorer.name.startswith("ensemble")]


def classification_data(n: int, k: int, seed: int = 0, dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities of a model that is right four times in five."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    pred_probs = rng.dirichlet(np.full(k, 0.5), n) + 1e-3
    believed = np.where(rng.random(n) < 0.8, labels, rng.integers(0, k, n))
    pred_probs[np.arange(n), believed] += 1
    return labels, (pred_probs / pred_probs.sum(axis=1, keepdims=True)).astype(dtype)
