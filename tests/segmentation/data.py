"""Images that the tests of segmentation share."""

import numpy as np


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
