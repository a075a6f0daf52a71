"""Boxes on the CPU: how alike annotated and predicted boxes are, and what that says of each box.

Ragged containers: the boxes of all images one after another, and ``starts`` (N + 1,): image i has the boxes
starts[i]..starts[i + 1]. Pairs are ragged too: for image i the L x M matrix of annotated against predicted boxes, row
by row, one image after another. Scores take such pairs and never coordinates, so that pairs of masks serve as well.

Every call works on whole images and is serial; blocks of images may run in threads.
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP
from labelaudit._kernels.limits import SAME_OBJECT

# Nothing is reordered here: see ``iou_and_similarity``.
EXACT = {"cache": LOOP["cache"], "nogil": True, "error_model": "numpy"}

# a union of no area must not divide by zero
_LEAST_UNION = 1e-6

# per pixel between the centres
_DECAY = 0.1

# annotated boxes this alike are one object
_SAME_BOX = 0.95

# keeps the logarithm of a pooled score finite
_TINY = 1e-100


@njit(inline="always")
def _iou(a, b):
    left, top = max(a[0], b[0]), max(a[1], b[1])
    right, bottom = min(a[2], b[2]), min(a[3], b[3])
    if right < left or bottom < top:
        return 0.0
    both = (right - left) * (bottom - top)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both
    return both / max(union, _LEAST_UNION)


@njit(inline="always")
def _distance(a, b):
    x = (a[0] + a[2]) / 2 - (b[0] + b[2]) / 2
    y = (a[1] + a[3]) / 2 - (b[1] + b[3]) / 2
    return np.sqrt(x * x + y * y)


@njit(**EXACT)
def iou(a_boxes, a_starts, b_boxes, b_starts):
    """IoU of every box of ``a`` with every box of ``b`` in its image, as ragged pairs."""
    pairs = np.empty(pair_count(a_starts, b_starts))
    p = 0
    for i in range(a_starts.size - 1):
        for a in range(a_starts[i], a_starts[i + 1]):
            for b in range(b_starts[i], b_starts[i + 1]):
                pairs[p] = _iou(a_boxes[a], b_boxes[b])
                p += 1
    return pairs


@njit(**EXACT)
def pair_count(a_starts, b_starts):
    total = 0
    for i in range(a_starts.size - 1):
        total += (a_starts[i + 1] - a_starts[i]) * (b_starts[i + 1] - b_starts[i])
    return total


@njit(**EXACT)
def iou_and_similarity(a_boxes, a_starts, b_boxes, b_starts, alpha):
    """IoU, and alpha * IoU + (1 - alpha) * exp(-0.1 * distance of centres), as ragged pairs."""
    n = pair_count(a_starts, b_starts)
    ious, similarities = np.empty(n), np.empty(n)
    p = 0
    for i in range(a_starts.size - 1):
        for a in range(a_starts[i], a_starts[i + 1]):
            for b in range(b_starts[i], b_starts[i + 1]):
                overlap = _iou(a_boxes[a], b_boxes[b])
                near = np.exp(-_distance(a_boxes[a], b_boxes[b]) * _DECAY)
                ious[p] = overlap
                # 1 - (1 - near) rounds to multiples of 1.1e-16, and so to 0 beyond 374 pixels, as in cleanlab: the
                # least similarity that is not 0, which images' scores hang on, would else be another
                similarities[p] = overlap * alpha + (1.0 - alpha) * (1.0 - (1.0 - near))
                p += 1
    return ious, similarities


@njit(**EXACT)
def scaled_similarity(a_boxes, b_boxes, first, second, ious):
    """0.9 * IoU + 0.1 * exp(-distance of centres / mean diagonal) of pairs with an IoU; free of the unit.

    0 for pairs that are not of the same object.
    """
    similarities = np.zeros(ious.size)
    for p in range(ious.size):
        if ious[p] >= SAME_OBJECT:
            a, b = a_boxes[first[p]], b_boxes[second[p]]
            diagonals = _diagonal(a) + _diagonal(b)
            away = 2.0 * _distance(a, b) / diagonals if diagonals > 0.0 else 0.0
            similarities[p] = 0.9 * ious[p] + 0.1 * np.exp(-away)
    return similarities


@njit(inline="always")
def _diagonal(a):
    return np.sqrt((a[2] - a[0]) ** 2 + (a[3] - a[1]) ** 2)


@njit(**EXACT)
def least_positive(values):
    """The least value that is not 0, or 1 if there is none below 1."""
    least = 1.0
    for p in range(values.size):
        if values[p] != 0.0 and values[p] < least:
            least = values[p]
    return least


@njit(**EXACT)
def overlooked(
    ious, similarities, label_classes, label_starts, pred_classes, confidences, pred_starts, least, confident
):
    """A score per predicted box; NaN where it is not confident or overlaps an annotated box."""
    scores = np.full(confidences.size, np.nan)
    p = 0
    for i in range(label_starts.size - 1):
        first, stop = label_starts[i], label_starts[i + 1]
        width = pred_starts[i + 1] - pred_starts[i]
        for j in range(width):
            prediction = pred_starts[i] + j
            # not "<": a NaN is compared as cleanlab compares it
            if confidences[prediction] < confident:
                continue
            free, nearest = True, -1.0
            for a in range(stop - first):
                pair = p + a * width + j
                if ious[pair] > 0.0:
                    free = False
                    break
                if label_classes[first + a] == pred_classes[prediction] and similarities[pair] > nearest:
                    nearest = similarities[pair]
            if free:
                scores[prediction] = nearest if nearest >= 0.0 else least * (1.0 - confidences[prediction])
        p += (stop - first) * width
    return scores


@njit(**EXACT)
def badly_located(
    ious, similarities, label_classes, label_starts, pred_classes, confidences, pred_starts, fairly_confident
):
    """A score per annotated box: the greatest similarity to a box of its class that was predicted over it, or 1."""
    scores = np.ones(label_classes.size)
    p = 0
    for i in range(label_starts.size - 1):
        for a in range(label_starts[i], label_starts[i + 1]):
            nearest = -1.0
            for j in range(pred_starts[i], pred_starts[i + 1]):
                if (
                    pred_classes[j] == label_classes[a]
                    and confidences[j] > fairly_confident
                    and ious[p] > 0.0
                    and similarities[p] > nearest
                ):
                    nearest = similarities[p]
                p += 1
            if nearest >= 0.0:
                scores[a] = nearest
    return scores


@njit(**EXACT)
def swapped(
    similarities, conflicts, label_classes, label_starts, pred_classes, confidences, pred_starts, least, confident
):
    """A score per annotated box: how far the nearest confident box of another class is, or 1; least for conflicts."""
    scores = np.ones(label_classes.size)
    p = 0
    for i in range(label_starts.size - 1):
        for a in range(label_starts[i], label_starts[i + 1]):
            nearest = -1.0
            for j in range(pred_starts[i], pred_starts[i + 1]):
                if pred_classes[j] != label_classes[a] and confidences[j] > confident and similarities[p] > nearest:
                    nearest = similarities[p]
                p += 1
            if conflicts[a]:
                scores[a] = least
            elif nearest >= 0.0:
                scores[a] = max(least, 1.0 - nearest)
    return scores


@njit(**EXACT)
def conflicting(boxes, classes, starts):
    """Whether an annotated box is the same as one of another class in its image."""
    found = np.zeros(classes.size, np.bool_)
    for i in range(starts.size - 1):
        for a in range(starts[i], starts[i + 1]):
            for b in range(a + 1, starts[i + 1]):
                if classes[a] != classes[b] and _iou(boxes[a], boxes[b]) >= _SAME_BOX:
                    found[a] = found[b] = True
    return found


@njit(**EXACT)
def image_scores(overlooked, badly_located, swapped, weights):
    """The weighted geometric mean of the three pooled scores of each image."""
    return np.exp(
        weights[0] * np.log(_TINY + overlooked)
        + weights[1] * np.log(_TINY + badly_located)
        + weights[2] * np.log(_TINY + swapped)
    )
