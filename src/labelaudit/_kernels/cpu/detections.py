"""The average precision of a detector, as the filter of object detection needs it."""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.boxes import EXACT


@njit(**EXACT)
def first_to_cover(ious, label_classes, label_starts, pred_classes, confidences, pred_starts, thresholds):
    """For each predicted box one bit per IoU threshold: is it the most confident to cover its nearest annotated box.

    A box covers at most the one box of its class that it overlaps most (the first of them on ties), whether or not that
    one is taken.
    """
    hits = np.zeros(confidences.size, np.uint32)
    taken = np.zeros(label_classes.size, np.uint32)
    p = 0
    for i in range(label_starts.size - 1):
        width = pred_starts[i + 1] - pred_starts[i]
        # stable: of equally confident boxes the first is the first to cover
        order = np.argsort(-confidences[pred_starts[i] : pred_starts[i + 1]], kind="mergesort")
        for j in order:
            prediction = pred_starts[i] + j
            nearest, most = -1, -1.0
            for a in range(label_starts[i], label_starts[i + 1]):
                overlap = ious[p + (a - label_starts[i]) * width + j]
                if label_classes[a] == pred_classes[prediction] and overlap > most:
                    nearest, most = a, overlap
            if nearest < 0:
                continue
            for t in range(thresholds.size):
                bit = np.uint32(1 << t)
                if most >= thresholds[t] and not taken[nearest] & bit:
                    taken[nearest] |= bit
                    hits[prediction] |= bit
        p += (label_starts[i + 1] - label_starts[i]) * width
    return hits


@njit(**EXACT)
def average_precision(hits, order, class_starts, label_counts, thresholds):
    """(K, T) float32, from the bits of ``first_to_cover``; ``order``: by class, then from the most confident down."""
    classes = label_counts.size
    precision = np.zeros((classes, thresholds), np.float32)
    for k in range(classes):
        for t in range(thresholds):
            bit = np.uint32(1 << t)
            found = 0
            for at in range(class_starts[k], class_starts[k + 1]):
                found += (hits[order[at]] & bit) != 0
            area, best = 0.0, np.float32(0)
            # from the right, so that ``best`` is the greatest precision at this recall or a greater one
            for at in range(class_starts[k + 1] - 1, class_starts[k] - 1, -1):
                best = max(best, np.float32(found) / np.float32(at + 1 - class_starts[k]))
                if hits[order[at]] & bit:
                    area += (found / label_counts[k] - (found - 1) / label_counts[k]) * best
                    found -= 1
            precision[k, t] = area
    return precision
