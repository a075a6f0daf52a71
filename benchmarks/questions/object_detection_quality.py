"""Do low scores find wrong boxes? On re-annotated blood cells, and on scenes with planted errors of each kind."""

import json

import numpy as np
from cleanlab.object_detection import rank as oracle
from scipy.stats import spearmanr

from benchmarks.helpers.boxes import iou, lists, starts_of
from benchmarks.helpers.scenes import Detector, Planted, make
from benchmarks.helpers.shared_data import SHARED
from benchmarks.helpers.table import Bar, show
from labelaudit.object_detection import Boxes, Detections, rank

FOLDER = SHARED / "bccd"
DETECTORS = {
    "sharp": Detector(skill=3.5, jitter=0.04, false_alarms=3),
    "plain": Detector(),
    "capped at 0.9": Detector(ceiling=0.9),
    "weak": Detector(skill=0.8, jitter=0.09, false_alarms=12),
}
METHODS = ("cleanlab", "objectlab", "calibrated")


def main() -> bool:
    held = blood_cells() if FOLDER.exists() else True
    if not FOLDER.exists():
        print("Blood cells: skipped, the annotations and the detector's predictions are not here")
    rows = []
    for name, detector in DETECTORS.items():
        for rate, scale in [(0.01, 1), (0.05, 0.25), (0.05, 1), (0.05, 4), (0.2, 1)]:
            scenes = make(
                np.random.default_rng([2026, int(100 * rate)]), images=300, rate=rate, detector=detector, scale=scale
            )
            methods = METHODS if rate == 0.05 else METHODS[1:]
            rows += [[f"{name}, {rate:.0%}, scale {scale:g}", method, *planted(scenes, method)] for method in methods]
    columns = [
        "detector, rate of each error",
        "",
        "overlooked",
        "badly located",
        "swapped",
        "duplicated",
        "any box",
        "image",
    ]
    show(
        "Planted errors: average precision; rank correlation of image quality with the number of errors", columns, rows
    )
    return held


def box_errors(method: str, labels: Boxes, found: Detections) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """How wrong each box looks by kind, and how good each image."""
    if method == "calibrated":
        scores = rank.compute_calibrated_box_scores(labels, found)
        images = rank.get_label_quality_scores(labels, found, method="calibrated")
        return {kind: 1 - np.concatenate(parts) for kind, parts in scores.items()}, images
    module, data = rank, {"labels": labels, "predictions": found}
    if method == "cleanlab":
        k = int(max(labels.classes.max(), found.classes.max())) + 1
        module, data = oracle, dict(zip(data, lists(labels, found, k), strict=True))
    kinds = {"overlooked": "overlooked", "badloc": "badloc", "swap": "swap"}
    errors = {
        kind: 1 - np.concatenate(getattr(module, f"compute_{name}_box_scores")(**data)) for kind, name in kinds.items()
    }
    if method == "cleanlab":  # which has the predictions of an image class by class
        order = np.lexsort((np.arange(len(found.classes)), found.classes, found.images))
        errors["overlooked"] = errors["overlooked"][np.argsort(order)]
    errors["duplicate"] = np.maximum(errors["badloc"], errors["swap"])  # neither has a score of its own for it
    return errors, module.get_label_quality_scores(*data.values(), verbose=False)


def average_precision(score: np.ndarray, hits: np.ndarray) -> float:
    ordered = np.asarray(hits)[np.argsort(-np.nan_to_num(score, nan=-1), kind="stable")]
    return float((np.cumsum(ordered) / np.arange(1, len(ordered) + 1))[ordered].mean()) if ordered.any() else 0.0


def planted(scenes: Planted, method: str) -> list[float]:
    errors, images = box_errors(method, scenes.labels, scenes.predictions)
    over = np.nan_to_num(errors["overlooked"], nan=-1)
    # a dropped object counts once, by the first prediction that shows it
    order = np.argsort(-over, kind="stable")
    dropped = scenes.dropped[order]
    first = dropped < 0
    first[np.unique(dropped, return_index=True)[1]] = True
    # either box of a duplicated pair is a right answer
    pair, rows = errors["duplicate"].copy(), np.flatnonzero(scenes.original >= 0)
    pair[rows] = np.maximum(pair[rows], pair[scenes.original[rows]])
    kept = np.ones(len(pair), bool)
    kept[scenes.original[rows]] = False
    worst = np.maximum.reduce([errors[kind] for kind in ("badloc", "swap", "duplicate")])
    return [
        average_precision(over[order][first], (dropped >= 0)[first]),
        average_precision(errors["badloc"], scenes.kind == "shift"),
        average_precision(errors["swap"], scenes.kind == "swap"),
        average_precision(pair[kept], (scenes.kind == "duplicate")[kept]),
        average_precision(worst, scenes.kind != ""),
        float(spearmanr(-images, scenes.wrong)[0]),
    ]


def load() -> tuple[Boxes, Detections, Boxes]:
    """What annotators gave, what a cross-validated detector found, and what a careful second annotation says."""
    given, found, better = (
        json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
        for name in ("instances_given", "detections", "instances_reannotated")
    )
    row = {image["id"]: i for i, image in enumerate(given["images"])}

    def flat(records: list) -> tuple[np.ndarray, ...]:
        image = np.array([row[record["image_id"]] for record in records])
        order = np.argsort(image, kind="stable")
        boxes = np.array([record["bbox"] for record in records], float)
        boxes[:, 2:] += boxes[:, :2]
        classes = np.array([record["category_id"] - 1 for record in records])
        scores = np.array([record.get("score", 1.0) for record in records])
        return boxes[order], classes[order], scores[order], starts_of(np.bincount(image, minlength=len(row)))

    (a, b, _, c), (d, e, _, f) = flat(given["annotations"]), flat(better["annotations"])
    return Boxes(a, b, c), Detections(*flat(found)), Boxes(d, e, f)


def overlaps(a: Boxes, b: Boxes) -> list[np.ndarray]:
    """The IoU of each box of a with each of b, a matrix an image."""
    ours, others = (np.split(boxes.boxes, boxes.starts[1:-1]) for boxes in (a, b))
    return [iou(*pair) for pair in zip(ours, others, strict=True)]


def greatest(a: Boxes, b: Boxes, allowed: np.ndarray | None = None) -> np.ndarray:
    """For each box of b its greatest IoU with a box of a."""
    allowed = np.ones(len(a.boxes), bool) if allowed is None else allowed
    matrices = overlaps(a, b)
    parts = [
        m[allowed[start:stop]].max(axis=0, initial=0)
        for m, start, stop in zip(matrices, a.starts[:-1], a.starts[1:], strict=True)
    ]
    return np.concatenate(parts)


def partners(a: Boxes, b: Boxes) -> tuple[np.ndarray, np.ndarray]:
    """For each box of a its own of b, one to one by IoU from 0.5 on, or -1; and their IoU."""
    partner, overlap = np.full(len(a.boxes), -1), np.zeros(len(a.boxes))
    for i, matrix in enumerate(overlaps(a, b)):
        left = matrix.copy()
        while left.size and left.max() >= 0.5:
            x, y = np.unravel_index(left.argmax(), left.shape)
            partner[a.starts[i] + x], overlap[a.starts[i] + x] = b.starts[i] + y, left[x, y]
            left[x], left[:, y] = -1, -1
    return partner, overlap


def blood_cells() -> bool:
    given, found, better = load()
    missed = greatest(given, better) < 0.5
    free = greatest(given, found) < 0.5
    shows = (greatest(better, found, missed) >= 0.5) & free
    partner, overlap = partners(given, better)
    badly = (partner >= 0) & (overlap < 0.7)
    wrong = badly | (partner < 0) | ((partner >= 0) & (better.classes[partner] != given.classes))
    count = np.bincount(given.images[wrong], minlength=len(given)) + np.bincount(
        better.images[missed], minlength=len(given)
    )
    rows = []
    for method in METHODS:
        errors, images = box_errors(method, given, found)
        over = np.nan_to_num(errors["overlooked"], nan=-1)[free]
        best = np.argsort(-over, kind="stable")[:200]
        figures = [
            average_precision(over, shows[free]),
            float(shows[free][best].mean()),
            average_precision(errors["badloc"], badly),
            float(spearmanr(-images, count)[0]),
        ]
        limits = (0.75, 0.95, None, 0.7) if method == "calibrated" else (None,) * 4
        rows.append(
            [
                method,
                *(f if limit is None else Bar(f, limit, least=True) for f, limit in zip(figures, limits, strict=True)),
            ]
        )
    columns = ["", "overlooked, AP", "… precision at 200", "badly located, AP", "image quality, rank correlation"]
    return show(
        f"Blood cells: {len(given)} images, {missed.sum():,} objects overlooked by the annotators", columns, rows
    )
