"""Rows of K yes-or-no labels with their probabilities: the score of each label, and of each row, in one fused pass.

Pooling by order takes some rows at once through a sorting network, from which comparisons that only order what has no
weight are left out.
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.answers import BAD, UNKNOWN, answers_of, any_of
from labelaudit._kernels.cpu.bits import LOOP, as_bits, entropy_score, natural_log, plain_bits
from labelaudit._kernels.cpu.pool import softmin_of
from labelaudit._kernels.cpu.sorting_network import LANES, cells_for, sort_columns, sorting_network
from labelaudit._kernels.limits import LARGEST


@njit(**LOOP)
def _lines(shift):
    """Rows a, b - a and f such that the score of a label is a + label * (b - a) + (2 * label - 1) * p * f.

    That is (own + shift of the label) / (1 + both shifts) with own = p or 1 - p.
    """
    k = shift.shape[1]
    lines = np.empty((3, k), shift.dtype)
    for j in range(k):
        f = 1 / (1 + shift[0, j] + shift[1, j])
        lines[0, j] = (1 + shift[0, j]) * f
        lines[1, j] = shift[1, j] * f - lines[0, j]
        lines[2, j] = f
    return lines


# a view of a row would be counted, in and out, and so would an array that is handed on: that costs half of the work
@njit(inline="always")
def _score_row(i, answers, pred_probs, lines, adjusted, entropy, scores):
    """Fill in the score of each label of row i, NaN where it is not known; return whether all could be scored."""
    dtype = pred_probs.dtype.type
    one, two, zero = dtype(1), dtype(2), dtype(0)
    found, greatest = np.uint8(0), as_bits(zero)
    for j in range(scores.size):
        y, p = dtype(answers[i, j]), pred_probs[i, j]
        scores[j] = lines[0, j] + y * lines[1, j] + (two * y - one) * p * lines[2, j]
        found |= answers[i, j]
        greatest = max(greatest, plain_bits(p, zero))
    if adjusted or greatest > as_bits(one):  # only then can rounding lead out of [0, 1]
        for j in range(scores.size):
            score = scores[j] if scores[j] > zero else zero
            scores[j] = score if score < one else one
    if entropy:
        for j in range(scores.size):
            own = np.float64(scores[j])
            other = 1.0 - own
            spread = (own * natural_log(own) + other * natural_log(other)) * (-1.0 / np.log(2.0))
            scores[j] = entropy_score(max(spread, 0.0), own)
    if found >= UNKNOWN:
        for j in range(scores.size):
            if answers[i, j] == UNKNOWN:
                scores[j] = np.nan
    return found < BAD and greatest <= as_bits(dtype(LARGEST))


@njit(**LOOP)
def _class_scores(answers, pred_probs, shift, entropy):
    n, k = pred_probs.shape
    lines, adjusted = _lines(shift), shift.any()
    scores, row = np.empty((n, k), pred_probs.dtype), np.empty(k, pred_probs.dtype)
    first_bad = -1
    for i in range(n):
        if not _score_row(i, answers, pred_probs, lines, adjusted, entropy, row) and first_bad < 0:
            first_bad = i
        for j in range(k):
            scores[i, j] = row[j]
    return scores, first_bad


def class_scores(labels, pred_probs, shift, entropy):
    """The score of each label, NaN where it is not known; and the first row that cannot be scored, or -1."""
    return _class_scores(answers_of(labels), pred_probs, shift, entropy)


def _places(alpha, size):
    # from the least value on, until what is left weighs less than the rounding of the sum
    if not 0 < alpha < 1:
        return 1 if alpha == 1 else size
    return min(size, 2 + int(np.log(2.0**-54) / np.log1p(-alpha)))


@njit(**LOOP)
def _average(ordered, alpha, means):
    """Fill in the moving average of each column of scores, which begin with the least and end with the unknown."""
    last = ordered.shape[0] - 1
    if ordered[last].max() < np.inf:
        weight = means.dtype.type(alpha if alpha >= 0 else 2.0 / (last + 2))
        rest = means.dtype.type(1) - weight
        means[:] = ordered[last]
        for t in range(last - 1, -1, -1):
            scores = ordered[t]
            for lane in range(means.size):
                means[lane] = weight * scores[lane] + rest * means[lane]
        return
    for lane in range(means.size):
        known = last + 1
        while known > 0 and ordered[known - 1, lane] == np.inf:
            known -= 1
        weight = means.dtype.type(alpha if alpha >= 0 else 2.0 / (known + 1))
        mean = ordered[known - 1, lane] if known else means.dtype.type(1)
        for t in range(known - 2, -1, -1):
            mean = weight * ordered[t, lane] + (1 - weight) * mean
        means[lane] = mean


@njit(**LOOP)
def _averaged(answers, pred_probs, shift, entropy, alpha, pairs, wanted):
    n, k = pred_probs.shape
    lines, adjusted = _lines(shift), shift.any()
    pooled = np.empty(n, pred_probs.dtype)
    row = np.empty(k, pred_probs.dtype)
    cells = cells_for(k, pred_probs)
    means = np.empty(LANES, pred_probs.dtype)
    usable = np.ones(LANES, np.bool_)
    for first in range(0, n, LANES):
        rows = min(LANES, n - first)
        for lane in range(rows):
            i = first + lane
            usable[lane] = _score_row(i, answers, pred_probs, lines, adjusted, entropy, row)
            for j in range(k):
                cells[j, lane] = row[j] if row[j] == row[j] else np.inf
        sort_columns(cells, pairs)
        _average(cells[:wanted], alpha, means)
        for lane in range(rows):
            pooled[first + lane] = means[lane] if usable[lane] else np.nan
    return pooled


def exponential_moving_average(labels, pred_probs, shift, entropy, alpha):
    """e = the greatest score, then alpha * next + (1 - alpha) * e down to the least; None: 2 / (known labels + 1)."""
    k = pred_probs.shape[1]
    alpha = -1.0 if alpha is None else float(alpha)
    wanted = _places(alpha, k)
    return _averaged(answers_of(labels), pred_probs, shift, entropy, alpha, sorting_network(k, wanted), wanted)


@njit(**LOOP)
def _softened(answers, pred_probs, shift, entropy, temperature):
    n, k = pred_probs.shape
    lines, adjusted = _lines(shift), shift.any()
    pooled = np.empty(n, pred_probs.dtype)
    row = np.empty(k, pred_probs.dtype)
    for i in range(n):
        usable = _score_row(i, answers, pred_probs, lines, adjusted, entropy, row)
        pooled[i] = softmin_of(row, temperature) if usable else np.nan
    return pooled


def softmin(labels, pred_probs, shift, entropy, temperature):
    """The softmin of the scores of each row."""
    return _softened(answers_of(labels), pred_probs, shift, entropy, float(temperature))


@njit(**LOOP)
def _confidence_sums(answers, pred_probs):
    n, k = pred_probs.shape
    sums = np.zeros((2, k))
    counts = np.zeros((2, k), np.int64)
    for i in range(n):
        if any_of(answers[i]) >= UNKNOWN:
            for j in range(k):
                if answers[i, j] < UNKNOWN:
                    y, p = answers[i, j], pred_probs[i, j]
                    sums[y, j] += p if y == 1 else 1.0 - p
                    counts[y, j] += 1
        else:
            for j in range(k):
                y, p = np.float64(answers[i, j]), np.float64(pred_probs[i, j])
                sums[1, j] += y * p
                sums[0, j] += (1.0 - y) * (1.0 - p)
                counts[1, j] += answers[i, j]
                counts[0, j] += 1 - np.int64(answers[i, j])
    return sums, counts


def confidence_sums(labels, pred_probs):
    """Sum and count of the probability of the given label, (2, K): of the labels 0, and of the labels 1."""
    return _confidence_sums(answers_of(labels), pred_probs)
