"""Scenes of annotated and predicted boxes: random ones, and those that are hard."""

from __future__ import annotations

import numpy as np


def per_class(boxes, classes, confidences, k):
    boxes = np.hstack([np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])])
    rows = np.column_stack([boxes, confidences]) if len(boxes) else np.zeros((0, 5))
    return [rows[np.asarray(classes) == c].reshape(-1, 5) for c in range(k)]


def random_scene(seed, images=40, k=4, size=300.0, labels=6, predictions=10, near=0.7, grid=None):
    rng = np.random.default_rng(seed)
    out_labels, out_predictions = [], []
    for _ in range(images):
        n, m = rng.integers(0, labels + 1), rng.integers(0, predictions + 1)

        def draw(count):
            corner = rng.uniform(0, size, (count, 2))
            boxes = np.hstack([corner, corner + rng.uniform(1, size / 3, (count, 2))])
            return np.round(boxes / grid) * grid if grid else boxes

        boxes, classes = draw(n), rng.integers(0, k, n)
        found = draw(m)
        if n:
            copied = rng.random(m) < near
            pick = rng.integers(0, n, m)
            jitter = rng.normal(0, 3, (m, 4)) * (rng.random((m, 1)) < 0.8)
            found[copied] = (boxes[pick] + jitter)[copied]
            found_classes = np.where(copied & (rng.random(m) < 0.8), classes[pick], rng.integers(0, k, m))
        else:
            found_classes = rng.integers(0, k, m)
        confidences = np.where(rng.random(m) < 0.4, rng.uniform(0.9, 1, m), rng.random(m))
        out_labels.append({"bboxes": boxes, "labels": classes})
        out_predictions.append(per_class(found, found_classes, confidences, k))
    return out_labels, out_predictions


def image(label_boxes, label_classes, pred_boxes=(), pred_classes=(), confidences=(), k=3):
    label = {"bboxes": np.array(label_boxes, float).reshape(-1, 4), "labels": np.array(label_classes, int)}
    return label, per_class(np.array(pred_boxes, float).reshape(-1, 4), pred_classes, confidences, k)


B = [10, 10, 50, 50]
HARD = {
    "identical boxes": [
        image([B, B, B], [0, 0, 1], [B, B], [0, 1], [0.99, 0.98]),
        image([B, B], [2, 2], [B], [1], [0.97]),
    ],
    "touching": [
        image([B], [0], [[50, 10, 90, 50], [10, 50, 50, 90], [50, 50, 60, 60]], [0, 0, 1], [0.99, 0.96, 0.99])
    ],
    "zero area": [
        image([[5, 5, 5, 5], [5, 5, 5, 40], B], [0, 1, 2], [[5, 5, 5, 5], [9, 9, 9, 9]], [0, 1], [0.99, 0.99])
    ],
    "no labels": [image([], [], [B], [0], [0.99]), image([], [], [B], [1], [1.0]), image([B], [0], [B], [0], [0.9])],
    "no predictions": [image([B], [0]), image([], []), image([B, [60, 60, 90, 90]], [1, 2], [B], [1], [0.97])],
    "nothing anywhere": [image([], []), image([], [])],
    "one class": [image([B], [0], [B, [60, 60, 90, 90]], [0, 0], [0.99, 0.99], k=1)] * 3,
    "far away": [image([B], [0], [[x, 900, x + 40, 940]], [c], [0.99]) for x in (200, 390, 420, 2000) for c in (0, 1)],
    "thresholds": [image([B], [0], [[60, 60, 90, 90], B, B], [0, 0, 1], [0.95, 0.5, 0.95])],
    "conflict": [image([B, [10, 10, 50, 51]], [0, 1], [B], [0], [0.99]), image([B, B], [0, 1])],
    "sure and missing": [image([B], [0], [[60, 60, 90, 90]], [1], [1.0])] + [image([B], [0], [B], [0], [0.9])] * 4,
}
SCENES = {f"random {s}": (lambda s=s: random_scene(s)) for s in range(6)}
SCENES |= {
    "80 classes": lambda: random_scene(10, k=80),
    "1 class": lambda: random_scene(11, k=1, predictions=30),
    "large": lambda: random_scene(12, size=4000.0),
    "tiny": lambda: random_scene(13, size=6.0),
    "one image": lambda: random_scene(14, images=1),
    "on a grid": lambda: random_scene(15, grid=20.0),
    "confident": lambda: random_scene(16, labels=3, near=0.3),
} | {name: (lambda p=pairs: tuple(map(list, zip(*p, strict=True)))) for name, pairs in HARD.items()}


def noisy_scene(images=120, k=4, seed=3):
    """Return scenes of a good detector and careful annotators, with each kind of error in one object of twenty."""
    rng = np.random.default_rng(seed)
    labels, predictions = [], []
    for _ in range(images):
        n = rng.poisson(6)
        corner = rng.uniform(0, 900, (n, 2))
        boxes, classes = np.hstack([corner, corner + rng.uniform(30, 150, (n, 2))]), rng.integers(0, k, n)
        seen = rng.random(n) < 0.92
        false = rng.poisson(2)
        at = rng.uniform(0, 900, (false, 2))
        found = np.vstack(
            [(boxes + rng.normal(0, 3, (n, 4)))[seen], np.hstack([at, at + rng.uniform(30, 150, (false, 2))])]
        )
        kinds = np.concatenate([classes[seen], rng.integers(0, k, false)])
        confidences = np.concatenate([rng.beta(8, 2, seen.sum()), rng.beta(2, 6, false)])
        fate = rng.random(n)
        given = boxes + rng.normal(0, 1, (n, 4))
        given[fate < 0.05] += 40
        named = np.where((fate > 0.05) & (fate < 0.1), (classes + 1) % k, classes)
        kept = fate < 0.95
        labels.append({"bboxes": given[kept], "labels": named[kept]})
        predictions.append(per_class(found, kinds, confidences, k))
    return labels, predictions
