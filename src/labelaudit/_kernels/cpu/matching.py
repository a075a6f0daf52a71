"""Which prediction belongs to which annotated box, and what predictions and other annotations say of each box.

Everything here takes ragged pairs (see ``boxes``), from ``iou`` of boxes or from ``mask_iou``, and never coordinates.
Every call works on whole images and is serial; blocks of images may run in threads.
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.boxes import EXACT
from labelaudit._kernels.limits import SAME_OBJECT

# less than this is a touch, not an attempt at the same object
_ATTEMPT = 0.1


@njit(**EXACT)
def assign(ious, similarities, label_classes, label_starts, pred_classes, pred_starts):
    """For each annotated box the prediction of its class that saw it, or -1; no prediction twice.

    The most similar pairs come first, among those with an IoU of at least 0.5.
    """
    partners = np.full(label_classes.size, -1)
    taken = np.zeros(pred_classes.size, np.bool_)
    most = 0
    for i in range(label_starts.size - 1):
        most = max(most, (label_starts[i + 1] - label_starts[i]) * (pred_starts[i + 1] - pred_starts[i]))
    labels, predictions, nearness = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most)
    p = 0
    for i in range(label_starts.size - 1):
        n = 0
        for a in range(label_starts[i], label_starts[i + 1]):
            for j in range(pred_starts[i], pred_starts[i + 1]):
                if ious[p] >= SAME_OBJECT and label_classes[a] == pred_classes[j]:
                    labels[n], predictions[n], nearness[n] = a, j, -similarities[p]
                    n += 1
                p += 1
        for at in np.argsort(nearness[:n], kind="mergesort"):
            a, j = labels[at], predictions[at]
            if partners[a] < 0 and not taken[j]:
                partners[a] = j
                taken[j] = True
    return partners


@njit(**EXACT)
def greatest_overlap(ious, label_starts, pred_starts):
    """For each predicted box its greatest IoU with an annotated box, of any class."""
    greatest = np.zeros(pred_starts[-1])
    p = 0
    for i in range(label_starts.size - 1):
        for _ in range(label_starts[i], label_starts[i + 1]):
            for j in range(pred_starts[i], pred_starts[i + 1]):
                if ious[p] > greatest[j]:
                    greatest[j] = ious[p]
                p += 1
    return greatest


@njit(**EXACT)
def overlap_with_partner(ious, partners, label_starts, pred_starts):
    """For each annotated box its IoU with the prediction assigned to it, NaN without one."""
    overlaps = np.full(partners.size, np.nan)
    p = 0
    for i in range(label_starts.size - 1):
        for a in range(label_starts[i], label_starts[i + 1]):
            if partners[a] >= 0:
                overlaps[a] = ious[p + partners[a] - pred_starts[i]]
            p += pred_starts[i + 1] - pred_starts[i]
    return overlaps


@njit(**EXACT)
def rivals(ious, label_classes, label_starts, pred_classes, probabilities, spoken_for, pred_starts):
    """For each annotated box the most probable free predictions that contradict it, each -1 if there is none.

    The first sees another class there (IoU of at least 0.5); the second sees its class nearly there (less than that).
    """
    others, nearby = np.full(label_classes.size, -1), np.full(label_classes.size, -1)
    p = 0
    for i in range(label_starts.size - 1):
        for a in range(label_starts[i], label_starts[i + 1]):
            for j in range(pred_starts[i], pred_starts[i + 1]):
                overlap = ious[p]
                p += 1
                if spoken_for[j] or overlap < _ATTEMPT:
                    continue
                same_class, same_place = pred_classes[j] == label_classes[a], overlap >= SAME_OBJECT
                if same_place and not same_class and (others[a] < 0 or probabilities[j] > probabilities[others[a]]):
                    others[a] = j
                elif same_class and not same_place and (nearby[a] < 0 or probabilities[j] > probabilities[nearby[a]]):
                    nearby[a] = j
    return others, nearby


@njit(**EXACT)
def twins(ious, support, starts):
    """For each annotated box its greatest IoU with one that is better supported, or as well and comes earlier.

    ``ious``: pairs of annotated boxes with annotated boxes.
    """
    greatest = np.zeros(support.size)
    p = 0
    for i in range(starts.size - 1):
        for a in range(starts[i], starts[i + 1]):
            for b in range(starts[i], starts[i + 1]):
                first = support[b] > support[a] or (support[b] == support[a] and b < a)
                if first and ious[p] > greatest[a]:
                    greatest[a] = ious[p]
                p += 1
    return greatest


@njit(**EXACT)
def rising(confirmed, seen):
    """The non-decreasing sequence nearest to confirmed / seen by least squares weighted with seen (pool adjacent)."""
    n = seen.size
    hits, counts, lengths = np.empty(n), np.empty(n), np.empty(n, np.int64)
    top = -1
    for i in range(n):
        top += 1
        hits[top], counts[top], lengths[top] = confirmed[i], seen[i], 1
        while top > 0 and hits[top - 1] * counts[top] >= hits[top] * counts[top - 1]:
            hits[top - 1] += hits[top]
            counts[top - 1] += counts[top]
            lengths[top - 1] += lengths[top]
            top -= 1
    values = np.empty(n)
    at = 0
    for block in range(top + 1):
        values[at : at + lengths[block]] = hits[block] / counts[block]
        at += lengths[block]
    return values


@njit(**EXACT)
def places(classes, confidences, starts, known):
    """Where each confidence would stand among the known ones of its class, before and after equal ones; NaN first."""
    before, after = np.empty(classes.size, np.int64), np.empty(classes.size, np.int64)
    for i in range(classes.size):
        low, high = starts[classes[i]], starts[classes[i] + 1]
        stop = high
        while low < high:
            middle = (low + high) // 2
            if known[middle] < confidences[i]:
                low = middle + 1
            else:
                high = middle
        before[i] = low
        # known ones are distinct
        after[i] = low + 1 if low < stop and known[low] == confidences[i] else low
    return before, after


@njit(**EXACT)
def sums_by_image(values, starts):
    """The sum of the values of each image, NaN left out."""
    sums = np.zeros(starts.size - 1)
    for i in range(starts.size - 1):
        for j in range(starts[i], starts[i + 1]):
            if not np.isnan(values[j]):
                sums[i] += values[j]
    return sums
