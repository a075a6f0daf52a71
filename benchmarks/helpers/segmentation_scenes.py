"""Images of shapes over a textured ground, with annotators who are a pixel off everywhere and wrong now and then."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates


def scenes(
    n: int, k: int = 6, side: int = 160, seed: int = 0, jitter: float = 1.2
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return labels (n, side, side), probabilities (n, k, side, side) float32, and where the labels are truly wrong.

    One shape in twelve is annotated as another class, one in twenty-five forgotten, one in twenty-five shifted by 6
    pixels. Edges of all shapes waver by about ``jitter`` pixels, which is not counted as wrong.
    """
    rng = np.random.default_rng(seed)
    labels = np.zeros((n, side, side), np.uint8)
    probs = np.zeros((n, k, side, side), np.float32)
    wrong = np.zeros((n, side, side), bool)
    for i in range(n):
        truth = np.zeros((side, side), np.uint8)
        given = np.zeros((side, side), np.uint8)
        for _ in range(int(rng.integers(4, 9))):
            shape, shifted, label = _shape(side, rng), rng.random() < 1 / 25, int(rng.integers(1, k))
            said = label
            if rng.random() < 1 / 12:
                said = int((label + rng.integers(1, k)) % k)
            if rng.random() < 1 / 25:
                said = 0
            truth[shape] = label
            given[np.roll(shape, 6, axis=int(rng.integers(2))) if shifted else shape] = said
        wrong[i] = given != truth
        labels[i] = _wavering(given, jitter, rng)
        probs[i] = _predicted(truth, k, rng)
    return labels, probs, wrong


def _shape(side: int, rng: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[:side, :side]
    centre, radii, angle = rng.uniform(0, side, 2), rng.uniform(6, side / 5, 2), rng.uniform(0, np.pi)
    u = (y - centre[0]) * np.cos(angle) + (x - centre[1]) * np.sin(angle)
    v = (x - centre[1]) * np.cos(angle) - (y - centre[0]) * np.sin(angle)
    power = 2.0 if rng.random() < 0.5 else 8.0  # an ellipse, or nearly a rectangle
    return np.abs(u / radii[0]) ** power + np.abs(v / radii[1]) ** power < 1


def _wavering(labels: np.ndarray, pixels: float, rng: np.random.Generator) -> np.ndarray:
    places = np.mgrid[: labels.shape[0], : labels.shape[1]].astype(float)
    waves = np.stack([gaussian_filter(rng.normal(size=labels.shape), 3) for _ in places])
    waves /= waves.std(axis=(1, 2), keepdims=True)
    return map_coordinates(labels, places + pixels * waves, order=0, mode="nearest")


def _predicted(truth: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    # edges blurred, doubts that vary smoothly, and patches of texture that look like another class
    logits = np.stack([4.5 * gaussian_filter((truth == c).astype(float), 1.2) for c in range(k)])
    for c in range(k):
        doubt = gaussian_filter(rng.normal(size=truth.shape), 5)
        logits[c] += 0.9 * doubt / doubt.std() + 0.35 * rng.normal(size=truth.shape)
    odds = np.exp(logits - logits.max(axis=0))
    return (odds / odds.sum(axis=0)).astype(np.float32)
