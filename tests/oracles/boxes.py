"""Boxes in array-API code: the definition of each score, for any array library and device.

Nothing but tests call it: boxes come as NumPy arrays from any library, and are scored by the CPU kernels.

Ragged containers: the boxes of all images one after another, and ``starts`` (N + 1,) in NumPy: image i has the boxes
starts[i]..starts[i + 1]. Pairs are ragged too: for image i the L x M matrix of annotated against predicted boxes, row
by row, one image after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._kernels import Array
from labelaudit._kernels.limits import SAME_OBJECT

# a union of no area must not divide by zero
_LEAST_UNION = 1e-6

# per pixel between the centres
_DECAY = 0.1

# annotated boxes this alike are one object
_SAME_BOX = 0.95

# keeps the logarithm of a pooled score finite
_TINY = 1e-100

_Spans = Iterator[tuple[slice, slice]]


def iou(a_boxes: Array, a_starts: np.ndarray, b_boxes: Array, b_starts: np.ndarray) -> Array:
    """IoU of every box of ``a`` with every box of ``b`` in its image, as ragged pairs."""
    return _pairs(_iou, a_boxes, a_starts, b_boxes, b_starts)


def pair_count(a_starts: np.ndarray, b_starts: np.ndarray) -> int:
    return int(np.sum(np.diff(a_starts) * np.diff(b_starts)))


def iou_and_similarity(
    a_boxes: Array, a_starts: np.ndarray, b_boxes: Array, b_starts: np.ndarray, alpha: float
) -> tuple[Array, Array]:
    """IoU, and alpha * IoU + (1 - alpha) * exp(-0.1 * distance of centres), as ragged pairs."""
    xp = array_namespace(a_boxes)
    overlap = iou(a_boxes, a_starts, b_boxes, b_starts)
    near = xp.exp(-_pairs(_distance, a_boxes, a_starts, b_boxes, b_starts) * _DECAY)
    # 1 - (1 - near) is 0 beyond 374 pixels, as in cleanlab: images' scores hang on the least similarity that is not 0
    return overlap, overlap * alpha + (1.0 - alpha) * (1.0 - (1.0 - near))


def scaled_similarity(a_boxes: Array, b_boxes: Array, first: Array, second: Array, ious: Array) -> Array:
    """0.9 * IoU + 0.1 * exp(-distance of centres / mean diagonal) of pairs with an IoU; 0 of those below 0.5."""
    xp = array_namespace(a_boxes)
    pairs = [
        (a_boxes[int(a) : int(a) + 1, :], b_boxes[int(b) : int(b) + 1, :]) for a, b in zip(first, second, strict=True)
    ]
    away = _joined([xp.reshape(_scaled_distance(xp, a, b), (-1,)) for a, b in pairs], a_boxes)
    return xp.where(ious >= SAME_OBJECT, 0.9 * ious + 0.1 * xp.exp(-away), 0.0 * ious)


def least_positive(values: Array) -> float:
    """The least value that is not 0, or 1 if there is none below 1."""
    xp = array_namespace(values)
    one = xp.ones(1, dtype=values.dtype, device=device(values))
    return float(xp.min(xp.concat([one, xp.where(values != 0, values, 1.0)])))


def overlooked(
    ious: Array,
    similarities: Array,
    label_classes: Array,
    label_starts: np.ndarray,
    pred_classes: Array,
    confidences: Array,
    pred_starts: np.ndarray,
    least: float,
    confident: float,
) -> Array:
    """A score per predicted box; NaN where it is not confident or overlaps an annotated box."""
    xp = array_namespace(similarities)
    scores = []
    for (given, found), (overlap, similarity) in _images((ious, similarities), label_starts, pred_starts):
        same = label_classes[given][:, None] == pred_classes[found][None, :]
        nearest = _greatest(xp, similarity, same, axis=0)
        confidence = confidences[found]
        score = xp.where(nearest >= 0, nearest, least * (1.0 - confidence))
        scores.append(xp.where((confidence < confident) | xp.any(overlap > 0, axis=0), xp.nan, score))
    return _joined(scores, similarities)


def badly_located(
    ious: Array,
    similarities: Array,
    label_classes: Array,
    label_starts: np.ndarray,
    pred_classes: Array,
    confidences: Array,
    pred_starts: np.ndarray,
    fairly_confident: float,
) -> Array:
    """A score per annotated box: the greatest similarity to a box of its class that was predicted over it, or 1."""
    xp = array_namespace(similarities)
    scores = []
    for (given, found), (overlap, similarity) in _images((ious, similarities), label_starts, pred_starts):
        same = label_classes[given][:, None] == pred_classes[found][None, :]
        counts = same & (confidences[found] > fairly_confident)[None, :] & (overlap > 0)
        nearest = _greatest(xp, similarity, counts, axis=1)
        scores.append(xp.where(nearest >= 0, nearest, 1.0))
    return _joined(scores, similarities)


def swapped(
    similarities: Array,
    conflicts: Array,
    label_classes: Array,
    label_starts: np.ndarray,
    pred_classes: Array,
    confidences: Array,
    pred_starts: np.ndarray,
    least: float,
    confident: float,
) -> Array:
    """A score per annotated box: how far the nearest confident box of another class is, or 1; least for conflicts."""
    xp = array_namespace(similarities)
    scores = []
    for (given, found), (similarity,) in _images((similarities,), label_starts, pred_starts):
        other = label_classes[given][:, None] != pred_classes[found][None, :]
        nearest = _greatest(xp, similarity, other & (confidences[found] > confident)[None, :], axis=1)
        score = xp.where(nearest >= 0, xp.clip(1.0 - nearest, least, None), 1.0)
        scores.append(xp.where(conflicts[given], least, score))
    return _joined(scores, similarities)


def conflicting(boxes: Array, classes: Array, starts: np.ndarray) -> Array:
    """Whether an annotated box is the same as one of another class in its image."""
    xp = array_namespace(boxes)
    found = [xp.zeros(0, dtype=xp.bool, device=device(boxes))]
    for first, stop in pairwise(starts.tolist()):
        here, kinds = boxes[first:stop, :], classes[first:stop]
        same = _iou(xp, here, here) >= _SAME_BOX
        found.append(xp.any(same & (kinds[:, None] != kinds[None, :]), axis=1))
    return xp.concat(found)


def image_scores(
    overlooked: Array, badly_located: Array, swapped: Array, weights: Sequence[float] | np.ndarray
) -> Array:
    """The weighted geometric mean of the three pooled scores of each image."""
    xp = array_namespace(overlooked)
    parts = zip(weights, (overlooked, badly_located, swapped), strict=True)
    logarithms = [float(weight) * xp.log(_TINY + pooled) for weight, pooled in parts]
    return xp.exp(logarithms[0] + logarithms[1] + logarithms[2])


def _iou(xp: Any, a: Array, b: Array) -> Array:
    low = xp.maximum(a[:, None, :2], b[None, :, :2])
    high = xp.minimum(a[:, None, 2:], b[None, :, 2:])
    sides = high - low
    both = xp.where(xp.any(sides < 0, axis=2), 0.0, sides[:, :, 0] * sides[:, :, 1])
    union = _area(a)[:, None] + _area(b)[None, :] - both
    return both / xp.clip(union, _LEAST_UNION, None)


def _area(boxes: Array) -> Array:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _distance(xp: Any, a: Array, b: Array) -> Array:
    centres = [(boxes[:, :2] + boxes[:, 2:]) / 2 for boxes in (a, b)]
    apart = centres[0][:, None, :] - centres[1][None, :, :]
    return xp.sqrt(apart[:, :, 0] ** 2 + apart[:, :, 1] ** 2)


def _scaled_distance(xp: Any, a: Array, b: Array) -> Array:
    one, other = (xp.sqrt(xp.sum((boxes[:, 2:] - boxes[:, :2]) ** 2, axis=1)) for boxes in (a, b))
    diagonals = one[:, None] + other[None, :]
    return xp.where(diagonals > 0, 2.0 * _distance(xp, a, b) / xp.where(diagonals > 0, diagonals, 1.0), 0.0)


def _pairs(
    of_two: Callable[[Any, Array, Array], Array],
    a_boxes: Array,
    a_starts: np.ndarray,
    b_boxes: Array,
    b_starts: np.ndarray,
) -> Array:
    xp = array_namespace(a_boxes)
    matrices = [of_two(xp, a_boxes[a, :], b_boxes[b, :]) for a, b in _spans(a_starts, b_starts)]
    return _joined([xp.reshape(matrix, (-1,)) for matrix in matrices], a_boxes)


def _spans(a_starts: np.ndarray, b_starts: np.ndarray) -> _Spans:
    for a, b in zip(pairwise(a_starts.tolist()), pairwise(b_starts.tolist()), strict=True):
        yield slice(*a), slice(*b)


def _images(
    pairs: tuple[Array, ...], a_starts: np.ndarray, b_starts: np.ndarray
) -> Iterator[tuple[tuple[slice, slice], list[Array]]]:
    # where the boxes of each image are, and its matrices
    xp, at = array_namespace(pairs[0]), 0
    for a, b in _spans(a_starts, b_starts):
        shape = (a.stop - a.start, b.stop - b.start)
        stop = at + shape[0] * shape[1]
        yield (a, b), [xp.reshape(values[at:stop], shape) for values in pairs]
        at = stop


def _greatest(xp: Any, values: Array, where: Array, axis: int) -> Array:
    # -1 where there is none, as values are not negative
    shape = (1, values.shape[1]) if axis == 0 else (values.shape[0], 1)
    none = xp.full(shape, -1.0, dtype=values.dtype, device=device(values))
    return xp.max(xp.concat([none, xp.where(where, values, -1.0)], axis=axis), axis=axis)


def _joined(parts: list[Array], like: Array) -> Array:
    xp = array_namespace(like)
    return xp.concat([xp.zeros(0, dtype=like.dtype, device=device(like)), *parts])
