"""Confident learning on the CPU: what a row is guessed to be, and the greatest margins of class pairs."""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP, as_bits, as_float, first_equal, plain_bits, usable
from labelaudit._kernels.limits import LARGEST


@njit(**LOOP)
def confident_guesses(labels, pred_probs, thresholds, tolerance):
    """Of each row: its confidently guessed class, its likely class, by how much that beats the label, and p[label].

    The guess is the only class whose probability reaches its threshold, the most likely of all classes where several
    do, and -1 where none does. The likely class is the most likely one once the label's probability is raised by
    ``tolerance``. A row that cannot be scored has NaN for p[label].
    """
    n, k = pred_probs.shape
    guesses = np.full(n, -1, np.int32)
    predicted = np.zeros(n, np.int32)
    margins = np.zeros(n, pred_probs.dtype)
    given_probs = np.full(n, np.nan, pred_probs.dtype)
    zeros = np.zeros(k, pred_probs.dtype)
    for i in range(n):
        p = pred_probs[i]
        y = labels[i]
        reached = np.int32(0)
        greatest = as_bits(zeros[0])
        for j in range(k):
            reached += np.int32(p[j] >= thresholds[j])
            # a sum that cannot be folded away, for -0.0 to count as +0.0
            bits = as_bits(p[j] + zeros[j])
            if bits > greatest:
                greatest = bits
        if not usable(p, y, greatest):
            continue
        given_prob = p[y]
        given_probs[i] = given_prob
        top = np.int32(y)
        if given_prob != as_float(greatest) or reached > 1:
            top = first_equal(p, as_float(greatest))
        # the label keeps its place on top where what it is favoured by makes up for the difference
        favoured = given_prob + tolerance
        kept = favoured > as_float(greatest) or (favoured == as_float(greatest) and y <= top)
        predicted[i] = y if kept else top
        margins[i] = p[predicted[i]] - given_prob
        if reached > 1:
            guesses[i] = top
        elif reached == 1:
            only = top
            if p[only] < thresholds[only]:
                only = np.int32(0)
                while p[only] < thresholds[only]:
                    only += 1
            guesses[i] = only
    return guesses, predicted, margins, given_probs


@njit(**LOOP)
def sharpened_odds(labels, pred_probs, floor, scales):
    """Of each row: its most likely class, that probability, and ln of the odds of all other classes to the label.

    Each class weighs ((p + floor) * scale)^4, of its own scale, (K,). A row that cannot be scored has NaN for the odds.
    """
    n, k = pred_probs.shape
    predicted = np.zeros(n, np.int32)
    max_prob = np.zeros(n, pred_probs.dtype)
    odds = np.full(n, np.nan)
    zero = pred_probs.dtype.type(0)
    most = as_bits(pred_probs.dtype.type(LARGEST))
    none = np.int32(k)
    # a view of the row would be counted, in and out, which takes as long as a dozen classes
    for i in range(n):
        y = labels[i]
        others, greatest = 0.0, as_bits(zero)
        for j in range(k):
            greatest = max(greatest, plain_bits(pred_probs[i, j], zero))
            weight = ((np.float64(pred_probs[i, j]) + floor) * scales[j]) ** 2
            others += weight * weight if j != y else 0.0
        if not 0 <= y < k or greatest > most:
            continue
        top, place = as_float(greatest), none
        for j in range(np.int32(0), none):
            place = min(place, j if pred_probs[i, j] == top else none)
        predicted[i], max_prob[i] = place, top
        given_prob = ((np.float64(pred_probs[i, y]) + floor) * scales[y]) ** 2
        odds[i] = np.log(others / (given_prob * given_prob))
    return predicted, max_prob, odds


@njit(**LOOP)
def margins_above(labels, pred_probs, chosen, floors):
    """The pair (label * K + j), the margin p[j] - p[label] and the row of entries that reach their pair's floor.

    Only chosen rows are looked at.
    """
    n, k = pred_probs.shape
    pairs = np.empty(4 * n + k, np.int64)
    margins = np.empty(4 * n + k, pred_probs.dtype)
    rows = np.empty(4 * n + k, np.int64)
    filled = 0
    # views of the rows would be counted, in and out, which takes as long as a dozen classes
    for i in range(n):
        if not chosen[i]:
            continue
        y = labels[i]
        given_prob = pred_probs[i, y]
        # a loop without a branch, in vector lanes, tells whether the row is worth the loop with one
        reached = np.int32(0)
        for j in range(k):
            reached += np.int32(pred_probs[i, j] - given_prob >= floors[y, j])
        if reached == 0:
            continue
        if filled + reached > pairs.size:
            pairs = np.concatenate((pairs, np.empty_like(pairs)))
            margins = np.concatenate((margins, np.empty_like(margins)))
            rows = np.concatenate((rows, np.empty_like(rows)))
        j = 0
        for entry in range(filled, filled + reached):
            while not pred_probs[i, j] - given_prob >= floors[y, j]:
                j += 1
            pairs[entry], margins[entry], rows[entry] = y * k + j, pred_probs[i, j] - given_prob, i
            j += 1
        filled += reached
    return pairs[:filled].copy(), margins[:filled].copy(), rows[:filled].copy()


@njit
def _largest_first(margins, rows, most):
    # in place, only so far as the first most are the largest; of margins that tie the first rows come first
    if margins.size > 64:
        cut = -np.partition(-margins, most - 1)[most - 1]
        tied = np.sort(rows[margins == cut])
        last_row = tied[most - 1 - np.count_nonzero(margins > cut)]
        kept = (margins > cut) | ((margins == cut) & (rows <= last_row))
        margins[:most], rows[:most] = margins[kept], rows[kept]
        return
    for i in range(1, margins.size):
        margin, row = margins[i], rows[i]
        j = i
        while j > 0 and (margins[j - 1] < margin or (margins[j - 1] == margin and rows[j - 1] > row)):
            margins[j], rows[j] = margins[j - 1], rows[j - 1]
            j -= 1
        margins[j], rows[j] = margin, row


@njit(**LOOP)
def keep_largest(pairs, margins, rows, wanted):
    """Of each pair the largest margins, as many as wanted, and the least of them: -inf where there are too few.

    Of margins that tie the first rows' are kept.
    """
    ends = np.zeros(wanted.size, np.int64)
    for e in range(pairs.size):
        ends[pairs[e]] += 1
    ends = np.cumsum(ends)
    # filled from the back, so that each end becomes a start
    together = np.empty_like(margins)
    rows_together = np.empty_like(rows)
    for e in range(pairs.size):
        ends[pairs[e]] -= 1
        together[ends[pairs[e]]] = margins[e]
        rows_together[ends[pairs[e]]] = rows[e]
    least = np.full(wanted.size, -np.inf, margins.dtype)
    kept_pairs = np.empty_like(pairs)
    kept = 0
    for pair in range(wanted.size):
        start = ends[pair]
        stop = ends[pair + 1] if pair + 1 < wanted.size else pairs.size
        most = min(wanted[pair], stop - start)
        if most == 0:
            continue
        if stop - start > most:
            _largest_first(together[start:stop], rows_together[start:stop], most)
        lowest = together[start]
        for e in range(start, start + most):
            lowest = min(lowest, together[e])
            together[kept] = together[e]  # what is kept never outgrows what was read
            rows_together[kept] = rows_together[e]
            kept_pairs[kept] = pair
            kept += 1
        if most == wanted[pair]:
            least[pair] = lowest
    return kept_pairs[:kept].copy(), together[:kept].copy(), rows_together[:kept].copy(), least
