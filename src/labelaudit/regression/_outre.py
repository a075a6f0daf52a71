"""OUTRE: how far the point (label, residual) of each item is from the half of all points that is nearest to it.

The mean distance to the nearest half needs every pair of points where it is taken by brute force. Over a tree it is the
maximum of a concave function, in which a far group of points stands for its points; see ``_kernels.cpu.nearest``.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from labelaudit._kernels import nearest_kernels
from labelaudit._run.passes import in_order

# The weight of a residual against a label, both in standard deviations, as cleanlab has it.
_RESIDUAL_WEIGHT = 5.0

# Means and medians are held above their rounding, as cleanlab does.
_LEAST_MEDIAN = 100 * np.finfo(np.float64).eps
_LEAST_MEAN = np.sqrt(_LEAST_MEDIAN)

# Brute force is exact, and up to about a thousand points faster than the tree; at this limit it takes 0.05 s.
_EXACT_LIMIT = 2000
_POINTS_PER_BLOCK = 128

_GROUPS_PER_BLOCK = 32

# Points whose median mean distance, among themselves, says how large an error matters.
_SAMPLE = 1024


def outre(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Return exp(-mean distance / median of these) of each item, from labels and predictions in float64."""
    xs = standardized(labels)
    ys = _RESIDUAL_WEIGHT * standardized(predictions - labels)
    k = -(-xs.size // 2)
    means = exact_means(xs, ys, k) if xs.size <= _EXACT_LIMIT else tree_means(xs, ys, k)
    scores: np.ndarray = np.exp(-means / max(float(np.median(means)), _LEAST_MEDIAN))
    scores[means < _LEAST_MEAN] = 1.0
    return scores


def standardized(values: np.ndarray) -> np.ndarray:
    """Return (values - mean) / standard deviation, all zero where that is zero."""
    if values.min() == values.max():
        return np.zeros(values.size)
    # by a power of two, which rounds nothing, so that no sum or square over- or underflows
    values = np.ldexp(values, -int(np.frexp(np.abs(values).max())[1]))
    centred = values - values.mean()
    scaled: np.ndarray = centred / centred.std()
    return scaled


def exact_means(xs: np.ndarray, ys: np.ndarray, k: int) -> np.ndarray:
    """Return the mean distance of each point to its k nearest, itself included, by brute force."""
    kernel = nearest_kernels().exact_mean_distances
    blocks = [(start, min(start + _POINTS_PER_BLOCK, xs.size)) for start in range(0, xs.size, _POINTS_PER_BLOCK)]
    return np.concatenate(in_order(blocks, lambda block: kernel(xs, ys, *block, k)))


def tree_means(xs: np.ndarray, ys: np.ndarray, k: int) -> np.ndarray:
    """Return about the same over a tree, near enough to move no score by more than 1e-5."""
    kernels = nearest_kernels()
    tree = kernels.build_tree(xs, ys)
    groups, order = kernels.groups_of(tree), tree[2]
    blocks = [groups[start : start + _GROUPS_PER_BLOCK] for start in range(0, groups.size, _GROUPS_PER_BLOCK)]
    # a tenth less than the guess, for where it is too great everything is done again
    scale = max(0.9 * _guessed_median(xs, ys, k), _LEAST_MEDIAN)
    while True:
        means = np.empty(xs.size)
        work = partial(kernels.mean_distances, tree, k=k, scale=scale)
        means[order] = np.concatenate(in_order(blocks, work))
        median = max(float(np.median(means)), _LEAST_MEDIAN)
        if not median < 0.9 * scale:
            return means
        scale = median


def _guessed_median(xs: np.ndarray, ys: np.ndarray, k: int) -> float:
    chosen = np.linspace(0, xs.size - 1, min(xs.size, _SAMPLE)).astype(np.int64)
    share = max(1, -(-k * chosen.size // xs.size))
    return float(np.median(exact_means(xs[chosen], ys[chosen], share)))
