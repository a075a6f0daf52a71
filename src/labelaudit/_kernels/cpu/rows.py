"""Classification rows on the CPU: one pass over the probabilities, no temporary of their size.

A row that holds something else than probabilities, or whose label is no class, scores NaN; no other row does. The
second result is the first row whose sum is off 1 by more than the tolerance, or -1 (always -1 where no sum is needed).
"""

import math

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import (
    IN_ORDER,
    LOOP,
    as_bits,
    as_float,
    entropy_score,
    first_equal,
    greatest_bits,
    natural_log,
    usable,
)
from labelaudit._kernels.limits import LARGEST, SUM_TOLERANCE


@njit(**IN_ORDER)
def _greatest_shifted(p, shift):
    greatest = as_bits(p.dtype.type(0))
    for j in range(p.size):
        bits = as_bits(p[j] + shift[j])
        if bits > greatest:
            greatest = bits
    return greatest


@njit(inline="always")
def _scan(p, shift, zeros):
    # the greatest bits of p and of p + shift, and the sum of p, in one loop; zeros: see greatest_bits
    greatest = as_bits(p.dtype.type(0))
    greatest_shifted = greatest
    total = p.dtype.type(0)
    for j in range(p.size):
        bits = as_bits(p[j] + zeros[j])
        shifted = as_bits(p[j] + shift[j])
        total += p[j]
        if bits > greatest:
            greatest = bits
        if shifted > greatest_shifted:
            greatest_shifted = shifted
    return greatest, greatest_shifted, total


@njit(inline="always")
def _off(total):
    return abs(total - 1.0) > SUM_TOLERANCE


@njit(**LOOP)
def self_confidence(labels, pred_probs):
    n = labels.size
    scores = np.empty(n, pred_probs.dtype)
    for i in range(n):
        p = pred_probs[i]
        scores[i] = min(p[labels[i]], 1.0) if usable(p, labels[i], greatest_bits(p)) else np.nan
    return scores, -1


@njit(**LOOP)
def normalized_margin(labels, pred_probs):
    n = labels.size
    scores = np.empty(n, pred_probs.dtype)
    for i in range(n):
        p = pred_probs[i]
        y = labels[i]
        greatest = greatest_bits(p)
        if not usable(p, y, greatest):
            scores[i] = np.nan
            continue
        rival = greatest
        if p[y] == as_float(greatest):
            rival = max(greatest_bits(p[:y]), greatest_bits(p[y + 1 :]))
        scores[i] = min(max((p[y] - as_float(rival) + 1) / 2, 0.0), 1.0)
    return scores, -1


@njit(**LOOP)
def adjusted_self_confidence(labels, pred_probs, shift):
    n, k = pred_probs.shape
    scores = np.empty(n, pred_probs.dtype)
    shift_total = shift.sum()
    first_off = -1
    for i in range(n):
        p = pred_probs[i]
        y = labels[i]
        if not usable(p, y, greatest_bits(p)):
            scores[i] = np.nan
            continue
        total = p.dtype.type(0)
        for j in range(k):
            total += p[j]
        if first_off < 0 and _off(total):
            first_off = i
        scores[i] = (p[y] + shift[y]) / (total + shift_total)
    return scores, first_off


@njit(**LOOP)
def adjusted_normalized_margin(labels, pred_probs, shift):
    n, k = pred_probs.shape
    scores = np.empty(n, pred_probs.dtype)
    zeros = np.zeros(k, pred_probs.dtype)
    shift_total = shift.sum()
    first_off = -1
    for i in range(n):
        p = pred_probs[i]
        y = labels[i]
        greatest, rival, total = _scan(p, shift, zeros)
        if not usable(p, y, greatest):
            scores[i] = np.nan
            continue
        if first_off < 0 and _off(total):
            first_off = i
        own = p[y] + shift[y]
        if own == as_float(rival):
            rival = max(_greatest_shifted(p[:y], shift[:y]), _greatest_shifted(p[y + 1 :], shift[y + 1 :]))
        scores[i] = ((own - as_float(rival)) / (total + shift_total) + 1) / 2
    return scores, first_off


@njit(**LOOP)
def confidence_weighted_entropy(labels, pred_probs):
    n, k = pred_probs.shape
    scores = np.empty(n, pred_probs.dtype)
    per_class = 1.0 / math.log(k) if k > 1 else 0.0
    first_off = -1
    for i in range(n):
        p = pred_probs[i]
        y = labels[i]
        if not usable(p, y, greatest_bits(p)):
            scores[i] = np.nan
            continue
        entropy = p.dtype.type(0)
        total = p.dtype.type(0)
        for j in range(k):
            total += p[j]
            entropy -= p[j] * natural_log(p[j])
        if first_off < 0 and _off(total):
            first_off = i
        scores[i] = entropy_score(max(entropy * per_class, 0.0), np.float64(p[y]))
    return scores, first_off


@njit(**LOOP)
def most_likely(labels, pred_probs):
    """The class of the greatest probability, the first of them on ties; the labels are not read."""
    n = labels.size
    classes = np.zeros(n, np.int64)
    for i in range(n):
        p = pred_probs[i]
        classes[i] = first_equal(p, as_float(greatest_bits(p)))
    return classes


@njit(**LOOP)
def clipped_self_confidence(labels, pred_probs, least):
    """p of the given label where each p is first raised to the least and the row divided by its sum, in float64."""
    n, k = pred_probs.shape
    own = np.empty(n)
    for i in range(n):
        total = 0.0
        for j in range(k):
            total += max(np.float64(pred_probs[i, j]), least)
        own[i] = max(np.float64(pred_probs[i, labels[i]]), least) / total
    return own


@njit(**LOOP)
def self_confidence_sums(labels, pred_probs):
    """Sum and count of the probability of the given label, by class; what is no class or no probability is left out."""
    k = pred_probs.shape[1]
    sums = np.zeros(k)
    counts = np.zeros(k, np.int64)
    for i in range(labels.size):
        y = labels[i]
        if 0 <= y < k and 0.0 <= pred_probs[i, y] <= LARGEST:
            sums[y] += pred_probs[i, y]
            counts[y] += 1
    return sums, counts
