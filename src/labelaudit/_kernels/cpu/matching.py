"""Which prediction belongs to which annotated box, and what predictions and other annotations say of each box.

Everything here but :func:`overlapping` takes the pairs that overlap, of boxes or of masks, and never coordinates: an
annotated one (or any), a predicted one (or another), and their IoU. They are far fewer than all pairs.
Every call works on whole images and is serial; blocks of images may run in threads.
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.boxes import EXACT
from labelaudit._kernels.limits import SAME_OBJECT

# less than this is a touch, not an attempt at the same object
_ATTEMPT = 0.1


@njit(**EXACT)
def overlapping(ious, a_starts, b_starts):
    """The pairs whose IoU is not 0, in the order of all pairs of each image (see ``boxes``): places and IoU."""
    n = 0
    for p in range(ious.size):
        n += ious[p] > 0.0
    first, second, overlaps = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n)
    p = n = 0
    for i in range(a_starts.size - 1):
        for a in range(a_starts[i], a_starts[i + 1]):
            for b in range(b_starts[i], b_starts[i + 1]):
                if ious[p] > 0.0:
                    first[n], second[n], overlaps[n] = a, b, ious[p]
                    n += 1
                p += 1
    return first, second, overlaps


@njit(**EXACT)
def assign(labels, predictions, ious, similarities, label_classes, label_starts, pred_classes):
    """For each annotated box the prediction of its class that saw it, or -1, and their IoU; no prediction twice.

    The most similar pairs come first, among those with an IoU of at least 0.5. Pairs of an image lie together.
    """
    partners, overlaps = np.full(label_classes.size, -1), np.full(label_classes.size, np.nan)
    taken = np.zeros(pred_classes.size, np.bool_)
    candidates, nearness = np.empty(labels.size, np.int64), np.empty(labels.size)
    p = 0
    for i in range(label_starts.size - 1):
        n = 0
        while p < labels.size and labels[p] < label_starts[i + 1]:
            if ious[p] >= SAME_OBJECT and label_classes[labels[p]] == pred_classes[predictions[p]]:
                candidates[n], nearness[n] = p, -similarities[p]
                n += 1
            p += 1
        for at in np.argsort(nearness[:n], kind="mergesort"):
            pair = candidates[at]
            a, j = labels[pair], predictions[pair]
            if partners[a] < 0 and not taken[j]:
                partners[a], overlaps[a] = j, ious[pair]
                taken[j] = True
    return partners, overlaps, taken


@njit(**EXACT)
def greatest_overlap(predictions, ious, count):
    """For each predicted box its greatest IoU with an annotated box, of any class."""
    greatest = np.zeros(count)
    for p in range(predictions.size):
        greatest[predictions[p]] = max(greatest[predictions[p]], ious[p])
    return greatest


@njit(**EXACT)
def contradicts(labels, predictions, ious, label_classes, pred_classes, matched):
    """Whether a free prediction contradicts an annotated box, for each pair.

    It sees another class there (IoU of at least 0.5), or its class nearly there (less than that). ``matched``: whether
    a prediction is the partner of an annotated box, so that it is not free.
    """
    found = np.zeros(labels.size, np.bool_)
    for p in range(labels.size):
        if ious[p] >= _ATTEMPT and not matched[predictions[p]]:
            found[p] = (ious[p] < SAME_OBJECT) == (label_classes[labels[p]] == pred_classes[predictions[p]])
    return found


@njit(**EXACT)
def conflicting(labels, predictions, label_classes, pred_classes, probabilities):
    """For each annotated box the most probable of those that contradict it, the first of equals; -1 if there is none.

    The first array has those of another class, the second those of its class nearby. The pairs are such alone.
    """
    others, nearby = np.full(label_classes.size, -1), np.full(label_classes.size, -1)
    for p in range(labels.size):
        a, j = labels[p], predictions[p]
        best = nearby if pred_classes[j] == label_classes[a] else others
        if best[a] < 0 or probabilities[j] > probabilities[best[a]]:
            best[a] = j
    return others, nearby


@njit(**EXACT)
def duplicate_iou(first, second, ious, support):
    """For each box its greatest IoU with one that is better supported, or as well and comes earlier.

    The pairs are those of boxes of one kind, each once, the earlier box first.
    """
    greatest = np.zeros(support.size)
    for p in range(first.size):
        a, b = first[p], second[p]
        worse = a if support[b] > support[a] else b
        greatest[worse] = max(greatest[worse], ious[p])
    return greatest


@njit(**EXACT)
def isotonic(confirmed, seen):
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
def blended(confirmed, seen, shared, starts, recall, borrowed, by_rank):
    """The probability of each entry: isotonic in its class, leaning on all classes, divided by the recall of its class.

    Class k has the entries starts[k]..starts[k + 1]. ``shared`` is what all classes together say of an entry, and
    weighs as much as ``borrowed`` predictions; ``by_rank`` is the share of the entry's rank in the probability, without
    which those of a plateau would be equal.
    """
    probabilities = np.empty(seen.size)
    for k in range(starts.size - 1):
        first, stop = starts[k], starts[k + 1]
        of_class = isotonic(confirmed[first:stop], seen[first:stop])
        total = seen[first:stop].sum()
        before = 0
        for i in range(first, stop):
            share = (total * of_class[i - first] + borrowed * shared[i]) / (total + borrowed)
            rank = (before + seen[i] - seen[i] / 2) / total
            probabilities[i] = (1 - by_rank) * min(share / recall[k], 1.0) + by_rank * rank
            before += seen[i]
    return probabilities


@njit(**EXACT)
def looked_up(classes, before, after, starts, probabilities):
    """The probability of predictions that stand there: between known ones the mean of the two, beyond them the last.

    Of a class that was never predicted it is 0.
    """
    found = np.zeros(classes.size)
    for i in range(classes.size):
        first, last = starts[classes[i]], starts[classes[i] + 1] - 1
        if first <= last:
            found[i] = (probabilities[max(after[i] - 1, first)] + probabilities[min(before[i], last)]) / 2
    return found


@njit(**EXACT)
def places(classes, confidences, starts, known):
    """Where each confidence would stand among the known ones of its class, before and after an equal one."""
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


@njit(**EXACT)
def any_by_image(probabilities, starts):
    """The probability that any of the independent events of each image happens, NaN left out."""
    found = np.zeros(starts.size - 1)
    for i in range(starts.size - 1):
        none = 1.0
        for j in range(starts[i], starts[i + 1]):
            if not np.isnan(probabilities[j]):
                none *= 1.0 - probabilities[j]
        found[i] = 1.0 - none
    return found
