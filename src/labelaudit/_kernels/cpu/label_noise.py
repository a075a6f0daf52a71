"""The noise posterior of K yes-or-no labels a row: each is a classification with the probabilities (1 - p, p).

The odds that a label is wrong are ((1 - own + FLOOR) / (own + FLOOR))^4 times a factor of its class, where own is the
probability of the label. Loops without a branch, along a row, become vector instructions.
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.answers import BAD, UNKNOWN, answers_of
from labelaudit._kernels.cpu.bits import LOOP, as_bits, natural_log, plain_bits
from labelaudit._kernels.cpu.shares import add_shares
from labelaudit._kernels.limits import LARGEST
from labelaudit._kernels.odds_nodes import AROUND, FLOOR, HALF_RANGE, NODES, PER_UNIT

_NODES, _FIRST = NODES.size, AROUND.start


@njit(**LOOP)
def _answers(answers, pred_probs):
    n, k = pred_probs.shape
    given = np.zeros((2, k), np.int64)
    weights = np.zeros(2 * k * _NODES)
    places = np.empty(k)
    zero, one = pred_probs.dtype.type(0), pred_probs.dtype.type(1)
    most = as_bits(pred_probs.dtype.type(LARGEST))
    first_bad = -1
    for i in range(n):
        found, greatest = np.uint8(0), as_bits(zero)
        for j in range(k):
            found |= answers[i, j]
            greatest = max(greatest, plain_bits(pred_probs[i, j], zero))
        if found >= BAD or greatest > most:
            first_bad = i if first_bad < 0 else first_bad
            continue
        for j in range(k):
            given[0, j] += np.int64(answers[i, j] == 0)
            given[1, j] += np.int64(answers[i, j] == 1)
        for j in range(k):
            yes = min(pred_probs[i, j], one)
            no = one - yes
            own, other = (yes, no) if answers[i, j] == 1 else (no, yes)
            log_odds = 4.0 * natural_log((np.float64(other) + FLOOR) / (np.float64(own) + FLOOR))
            places[j] = (log_odds + HALF_RANGE) * PER_UNIT
        for j in range(k):
            if answers[i, j] >= UNKNOWN:
                continue
            node = np.int64(places[j])
            add_shares(weights, (answers[i, j] * k + j) * _NODES + node + _FIRST, places[j] - node)
    return given, weights.reshape(2, k, _NODES), first_bad


def answers(labels, pred_probs):
    """How many labels of each class are 0 and 1, (2, K), how the log odds that they are wrong lie, and a bad row.

    The log odds are shared out among the nodes, (2, K, nodes). The row is the first that cannot be scored, or -1.
    """
    return _answers(answers_of(labels), pred_probs)


@njit(**LOOP)
def _wrong_labels(answers, pred_probs, factors, least_odds):
    n, k = pred_probs.shape
    p_wrong = np.empty(n)
    rows, classes, p = np.empty(n + k, np.int64), np.empty(n + k, np.int64), np.empty(n + k)
    odds, differs = np.empty(k), np.empty(k, np.bool_)
    one = pred_probs.dtype.type(1)
    filled = 0
    for i in range(n):
        inverse, wrong = 1.0, np.int64(0)
        for j in range(k):
            yes = min(pred_probs[i, j], one)
            no = one - yes
            own, other = (yes, no) if answers[i, j] == 1 else (no, yes)
            ratio = (np.float64(other) + FLOOR) / (np.float64(own) + FLOOR)
            odds[j] = factors[j] * (ratio * ratio) * (ratio * ratio) if answers[i, j] < UNKNOWN else 0.0
            inverse *= 1.0 + odds[j]
            differs[j] = (odds[j] > least_odds) & ((yes > no) != (answers[i, j] == 1))
            wrong += np.int64(differs[j])
        p_wrong[i] = 1.0 - 1.0 / inverse
        if wrong == 0:
            continue
        if filled + k > p.size:
            rows, classes = np.concatenate((rows, rows)), np.concatenate((classes, classes))
            p = np.concatenate((p, p))
        start = filled
        for j in range(k):
            classes[filled] = j  # the next one takes its place if this is not wrong
            filled += np.int64(differs[j])
        for c in range(start, filled):
            rows[c], p[c] = i, odds[classes[c]] / (1.0 + odds[classes[c]])
    return p_wrong, rows[:filled].copy(), classes[:filled].copy(), p[:filled].copy()


def wrong_labels(labels, pred_probs, factors, least_odds):
    """How likely any label of each row is wrong; and row, class and likelihood of each label that looks wrong.

    Those are the labels whose odds are above the least and that the model does not agree with. ``factors``: of the odds
    of each class, (K,).
    """
    return _wrong_labels(answers_of(labels), pred_probs, factors, least_odds)
