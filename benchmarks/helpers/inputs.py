"""Labels and predictions of any size, some of the labels wrong, for questions of speed."""

import numpy as np

from benchmarks.helpers.boxes import starts_of
from labelaudit.object_detection import Boxes, Detections

TAGS = ["O", *(f"{prefix}-{kind}" for kind in ("PER", "LOC", "ORG", "MISC") for prefix in "BI")]


def classification(n: int, k: int = 100, wrong: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Labels (n,), and float32 probabilities (n, k) of a model that is more or less sure of the true class."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, k, n)
    labels = np.where(rng.random(n) < wrong, rng.integers(0, k, n), true)
    pred_probs = rng.standard_exponential((n, k), np.float32)
    pred_probs[np.arange(n), true] += k * rng.random(n, np.float32)
    pred_probs /= pred_probs.sum(axis=1, keepdims=True)
    return labels, pred_probs


def multilabel(n: int, k: int = 50, wrong: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels (n, k), one in five of them 1, and float64 probabilities (n, k)."""
    rng = np.random.default_rng(0)
    true = rng.random((n, k)) < 0.2
    pred_probs = np.clip(0.6 * true + 0.4 * rng.random((n, k)), 0, 1)
    labels = true ^ (rng.random((n, k)) < wrong)
    return labels.astype(int), pred_probs


def tokens(sentences: int, length: int = 20) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Flat labels, four in five O, float64 probabilities of a model that agrees nine times in ten, and lengths."""
    rng = np.random.default_rng(0)
    n, k = sentences * length, len(TAGS)
    labels = np.where(rng.random(n) < 0.8, 0, rng.integers(0, k, n))
    pred_probs = rng.standard_exponential((n, k))
    believed = np.where(rng.random(n) < 0.9, labels, rng.integers(0, k, n))
    pred_probs[np.arange(n), believed] += 2 * k
    return labels, pred_probs / pred_probs.sum(axis=1, keepdims=True), np.full(sentences, length)


def token_lists(
    labels: np.ndarray, pred_probs: np.ndarray, length: int = 20
) -> tuple[list[list[int]], list[np.ndarray]]:
    """The same, a list of sentences."""
    return labels.reshape(-1, length).tolist(), list(pred_probs.reshape(-1, length, pred_probs.shape[1]))


def regression(n: int, sigma: float | None = None, wrong: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Normal labels, or lognormal ones of this sigma, and predictions near them."""
    rng = np.random.default_rng(0)
    if sigma is None:
        labels = rng.normal(size=n)
        predictions = labels + 0.3 * rng.normal(size=n)
    else:
        labels = rng.lognormal(0, sigma, n)
        predictions = labels * np.exp(0.3 * rng.normal(size=n))
    if wrong:
        labels[rng.random(n) < wrong] *= -3
    return labels, predictions


def detection(images: int, given: int, found: int, k: int = 80) -> tuple[Boxes, Detections]:
    """Images with so many annotated and predicted boxes each."""
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 500, (images * given, 2))
    boxes = np.hstack([corner, corner + rng.uniform(10, 150, (images * given, 2))])
    classes = rng.integers(0, k, images * given)
    pick = (np.arange(images)[:, None] * given + rng.integers(0, given, (images, found))).ravel()
    seen = boxes[pick] + rng.uniform(-4, 4, (images * found, 4))
    kinds = np.where(rng.random(images * found) < 0.8, classes[pick], rng.integers(0, k, images * found))
    far = rng.random(images * found) < 0.3
    seen[far] = np.hstack([rng.uniform(0, 500, (far.sum(), 2))] * 2) + np.array([0, 0, 60, 60])
    confidences = rng.random(images * found) ** 0.3
    return (
        Boxes(boxes, classes, starts_of([given] * images)),
        Detections(seen, kinds, confidences, starts_of([found] * images)),
    )


def segmentation(images: int, k: int = 20, side: int = 256, wrong: float = 1 / 50) -> tuple[np.ndarray, np.ndarray]:
    """Patches of a class each, that a model sees more or less well; labels uint8, probabilities float32."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, k, (images, side // 32, side // 32))
    probs = rng.random((images, k, side, side), dtype=np.float32)
    for i, classes in enumerate(truth):  # image by image, for all at once would take memory
        probs[i] += 20 * patches(np.equal.outer(np.arange(k), classes)) * rng.random((side, side), np.float32)
        probs[i] /= probs[i].sum(axis=0)
    given = np.where(rng.random(truth.shape) < wrong, rng.integers(0, k, truth.shape), truth)
    return patches(given.astype(np.uint8)), probs


def patches(classes: np.ndarray) -> np.ndarray:
    """Blow every class up to a square of 32 × 32 pixels."""
    return classes.repeat(32, axis=-1).repeat(32, axis=-2)


def masks(images: int, given: int = 7, found: int = 15, k: int = 20, side: int = 96) -> tuple[list[dict], list[dict]]:
    """Rectangles as arrays of booleans, an image a dictionary; predictions are a pixel or two off, or anywhere."""
    rng = np.random.default_rng(0)
    labels, predictions = [], []
    for _ in range(images):
        corner = rng.integers(0, side - 30, (given, 2))
        boxes = np.hstack([corner, corner + rng.integers(8, 30, (given, 2))])
        classes = rng.integers(0, k, given)
        pick = rng.integers(0, given, found)
        seen = boxes[pick] + rng.integers(-2, 3, (found, 4))
        kinds = np.where(rng.random(found) < 0.9, classes[pick], rng.integers(0, k, found))
        far = rng.random(found) < 0.3
        seen[far] = np.hstack([rng.integers(0, side - 20, (far.sum(), 2))] * 2) + np.array([0, 0, 15, 15])
        labels.append({"masks": _filled(boxes, side), "labels": classes})
        predictions.append({"masks": _filled(seen, side), "labels": kinds, "scores": rng.random(found) ** 0.3})
    return labels, predictions


def _filled(boxes: np.ndarray, side: int) -> np.ndarray:
    x1, y1, x2, y2 = boxes.T[:, :, None, None]
    y, x = np.mgrid[:side, :side]
    return (x1 <= x) & (x < x2) & (y1 <= y) & (y < y2)
