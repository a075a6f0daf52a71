"""method="objectlab": what confident predictions say against each box, as cleanlab has it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from labelaudit._data.boxes import Boxes, Detections, Scenes
from labelaudit._kernels import box_kernels, pool_for
from labelaudit._run.passes import in_order
from labelaudit.errors import InputError

ALPHA, CONFIDENT, FAIRLY_CONFIDENT, TEMPERATURE = 0.9, 0.95, 0.5, 0.1
WEIGHTS = {"overlooked": 1 / 3, "badloc": 1 / 3, "swap": 1 / 3}


def least_similarity(scenes: Scenes, alpha: float = ALPHA) -> float:
    """Return the least similarity of an annotated and a predicted box that is not 0; 1 if there is none."""
    kernels = box_kernels()

    def least(labels: Boxes, found: Detections) -> float:
        pairs = kernels.iou_and_similarity(labels.boxes, labels.starts, found.boxes, found.starts, alpha)
        return float(kernels.least_positive(pairs[1]))

    return min(in_order(scenes.blocks(), lambda block: least(*block)), default=1.0)


def overlooked_scores(scenes: Scenes, alpha: float = ALPHA, confident: float = CONFIDENT) -> np.ndarray:
    """Return a score a predicted box, NaN where it says nothing."""
    return box_scores(scenes, alpha=alpha, confident=confident)[0]


def box_scores(
    scenes: Scenes,
    *,
    alpha: float = ALPHA,
    confident: float = CONFIDENT,
    fairly_confident: float = FAIRLY_CONFIDENT,
    overlapping: bool = True,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the overlooked score of each predicted box, and the location and class scores of each annotated one."""
    kernels = box_kernels()
    least = least_similarity(scenes, alpha)

    def work(labels: Boxes, found: Detections) -> tuple[np.ndarray, ...]:
        pairs = kernels.iou_and_similarity(labels.boxes, labels.starts, found.boxes, found.starts, alpha)
        of = (labels.classes, labels.starts, found.classes, found.confidences, found.starts)
        conflicts = np.zeros(labels.classes.size, bool)
        if overlapping:
            conflicts = kernels.conflicting(labels.boxes, labels.classes, labels.starts)
        return (
            kernels.overlooked(*pairs, *of, least, confident),
            kernels.badly_located(*pairs, *of, fairly_confident),
            kernels.swapped(pairs[1], conflicts, *of, least, confident),
        )

    parts = in_order(scenes.blocks(), lambda block: work(*block))
    overlooked, badly_located, swapped = (np.concatenate(column) for column in zip(*parts, strict=True))
    return overlooked, badly_located, swapped


def pooled(scores: np.ndarray, starts: np.ndarray, temperature: float = TEMPERATURE) -> np.ndarray:
    """Return the softmin of the scores of each image; 1 where it has none."""
    images: np.ndarray = pool_for(scores).softmin(scores, starts, temperature)
    return images


def image_scores(
    scenes: Scenes, scores_of_boxes: tuple[np.ndarray, np.ndarray, np.ndarray], weights: Mapping[str, float]
) -> np.ndarray:
    """Return the weighted geometric mean of the three pooled scores of each image, of what :func:`box_scores` gives."""
    overlooked, badly_located, swapped = scores_of_boxes
    columns = (
        pooled(overlooked, scenes.predictions.starts),
        pooled(badly_located, scenes.labels.starts),
        pooled(swapped, scenes.labels.starts),
    )
    scores: np.ndarray = box_kernels().image_scores(*columns, np.array([weights[kind] for kind in WEIGHTS], np.float64))
    return scores


def check_weights(weights: Mapping[str, float] | None, default: Mapping[str, float]) -> Mapping[str, float]:
    """Return a weight for each kind of error, all together 1."""
    if weights is None:
        return default
    if not isinstance(weights, Mapping) or set(weights) != set(default):
        raise InputError(
            f"aggregation_weights: expected a weight for each of {', '.join(default)}, got {weights!r:.80}"
        )
    values = np.array([weights[kind] for kind in default], np.float64)
    if not (values >= 0).all() or not np.isclose(values.sum(), 1):
        raise InputError(f"aggregation_weights: expected weights >= 0 that sum to 1, got {dict(weights)}")
    return weights
