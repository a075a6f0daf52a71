"""Images that the tests of segmentation share."""

import numpy as np

NAMES = ["ground", "sea", "land"]


def tenths(probs):
    """Probabilities of one decimal, with many ties, that sum to 1."""
    rounded = np.round(probs.astype(np.float64), 1)
    greatest = rounded.argmax(axis=1)[:, None]
    others = rounded.sum(axis=1, keepdims=True) - np.take_along_axis(rounded, greatest, axis=1)
    np.put_along_axis(rounded, greatest, 1 - others, axis=1)
    return np.round(rounded, 1).astype(probs.dtype)


def images(n=3, k=5, height=24, width=20, dtype=np.float64, seed=0):
    """Patches of four pixels' side, a tenth of the pixels labelled at random."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, (n, height // 4 + 1, width // 4 + 1))
    truth = truth.repeat(4, 1).repeat(4, 2)[:, :height, :width]
    probs = rng.dirichlet(np.full(k, 0.3), truth.shape).transpose(0, 3, 1, 2) + 1e-4
    probs += truth[:, None] == np.arange(k)[:, None, None]
    labels = np.where(rng.random(truth.shape) < 0.1, rng.integers(0, k, truth.shape), truth)
    return labels, np.ascontiguousarray((probs / probs.sum(axis=1, keepdims=True)).astype(dtype))


def annotated_wrong(dtype=np.uint8):
    """Three images; in the first land is annotated as sea, in the last one a corner of it as ground."""
    seen = np.zeros((3, 12, 14), dtype)
    seen[0, 2:8, 3:9] = 2
    seen[2, 6:, 8:] = 2
    labels = seen.copy()
    labels[0, 2:8, 3:9] = 1
    labels[2, 9:, 11:] = 0
    probs = np.full((3, 3, 12, 14), 0.05)
    for i in range(3):
        np.put_along_axis(probs[i], seen[i][None].astype(int), 0.9, axis=0)
    return labels, probs, seen
