"""Confident learning on the CPU: what a row is guessed to be, and the greatest margins of class pairs."""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP, as_bits, as_float, greatest_bits
from labelaudit._kernels.limits import LARGEST


@njit(**LOOP)
def confident_guesses(labels, pred_probs, bars, favour):
    """Of each row: the class it is confidently guessed to be, its likely class, and by how much that beats the label.

    The guess is the only class whose probability reaches its bar, the most likely of all classes where several do, and
    -1 where none does. The likely class is the most likely one once the label's probability is raised by ``favour``.
    """
    n, k = pred_probs.shape
    guesses = np.empty(n, np.int32)
    likely = np.empty(n, np.int32)
    margins = np.empty(n, pred_probs.dtype)
    for i in range(n):
        p = pred_probs[i]
        y = labels[i]
        reached = np.int32(0)
        for j in range(k):
            reached += np.int32(p[j] >= bars[j])
        greatest = as_float(greatest_bits(p))
        top = np.int32(0)
        while p[top] != greatest:
            top += 1
        guesses[i] = top if reached > 1 else -1
        if reached == 1:
            only = np.int32(0)
            while p[only] < bars[only]:
                only += 1
            guesses[i] = only
        own = p[y] + favour
        likely[i] = y if own > greatest or (own == greatest and y <= top) else top
        margins[i] = p[likely[i]] - p[y]
    return guesses, likely, margins


@njit(**LOOP)
def sharpened_odds(labels, pred_probs, floor):
    """Of each row: its most likely class, that probability, and ln of the odds of all other classes to the label.

    Each class weighs (p + floor)^4. A row that cannot be scored has NaN for the odds.
    """
    n, k = pred_probs.shape
    likely = np.zeros(n, np.int32)
    tops = np.zeros(n, pred_probs.dtype)
    odds = np.full(n, np.nan)
    for i in range(n):
        p = pred_probs[i]
        y = labels[i]
        greatest = greatest_bits(p)
        if not (0 <= y < k and greatest <= as_bits(p.dtype.type(LARGEST))):
            continue
        tops[i] = as_float(greatest)
        while p[likely[i]] != tops[i]:
            likely[i] += 1
        own = (np.float64(p[y]) + floor) ** 2
        others = 0.0
        for j in range(k):
            weight = (np.float64(p[j]) + floor) ** 2
            others += weight * weight if j != y else 0.0
        odds[i] = np.log(others / (own * own))
    return likely, tops, odds


@njit(**LOOP)
def margins_above(labels, pred_probs, floors):
    """The pair (label * K + j) and the margin p[j] - p[label] of every entry whose margin reaches its pair's floor."""
    n, k = pred_probs.shape
    pairs = np.empty(4 * n + k, np.int64)
    margins = np.empty(4 * n + k, pred_probs.dtype)
    filled = 0
    for i in range(n):
        p = pred_probs[i]
        y = labels[i]
        own = p[y]
        floor = floors[y]
        # a loop without a branch, in vector lanes, tells whether the row is worth the loop with one
        reached = np.int32(0)
        for j in range(k):
            reached += np.int32(p[j] - own >= floor[j])
        if reached == 0:
            continue
        if filled + reached > pairs.size:
            pairs = np.concatenate((pairs, np.empty_like(pairs)))
            margins = np.concatenate((margins, np.empty_like(margins)))
        for j in range(k):
            if p[j] - own >= floor[j]:
                pairs[filled] = y * k + j
                margins[filled] = p[j] - own
                filled += 1
    return pairs[:filled].copy(), margins[:filled].copy()


@njit(**LOOP)
def beyond_cuts(labels, pred_probs, candidates, cuts, quotas):
    """Whether a candidate row has a margin above its pair's cut, and the pairs and rows where one equals the cut.

    Of each pair only the first rows that tie are told, as many as its quota.
    """
    n, k = pred_probs.shape
    above = np.zeros(n, np.bool_)
    left = quotas.copy()
    tied_pairs = np.empty(64, np.int64)
    tied_rows = np.empty(64, np.int64)
    filled = 0
    for i in range(n):
        if not candidates[i]:
            continue
        p = pred_probs[i]
        y = labels[i]
        own = p[y]
        cut = cuts[y]
        reached = np.int32(0)
        beyond = np.int32(0)
        for j in range(k):
            reached += np.int32(p[j] - own >= cut[j])
            beyond += np.int32(p[j] - own > cut[j])
        above[i] = beyond > 0
        if reached == beyond:
            continue
        for j in range(k):
            if p[j] - own == cut[j] and left[y * k + j] > 0:
                left[y * k + j] -= 1
                if filled == tied_pairs.size:
                    tied_pairs = np.concatenate((tied_pairs, np.empty_like(tied_pairs)))
                    tied_rows = np.concatenate((tied_rows, np.empty_like(tied_rows)))
                tied_pairs[filled] = y * k + j
                tied_rows[filled] = i
                filled += 1
    return above, tied_pairs[:filled].copy(), tied_rows[:filled].copy()


@njit
def _largest_first(values, most):
    # in place, only so far as the first most are the largest; np.partition would cost more to call on so few
    if values.size > 64:
        values[:] = -np.partition(-values, most - 1)
        return
    for i in range(1, values.size):
        value = values[i]
        j = i
        while j > 0 and values[j - 1] < value:
            values[j] = values[j - 1]
            j -= 1
        values[j] = value


@njit(**LOOP)
def keep_largest(pairs, margins, wanted):
    """Of each pair the largest margins, as many as wanted, and the least of them: -inf where there are too few."""
    ends = np.zeros(wanted.size, np.int64)
    for e in range(pairs.size):
        ends[pairs[e]] += 1
    ends = np.cumsum(ends)
    # filled from the back, so that each end becomes a start
    together = np.empty_like(margins)
    for e in range(pairs.size):
        ends[pairs[e]] -= 1
        together[ends[pairs[e]]] = margins[e]
    least = np.full(wanted.size, -np.inf, margins.dtype)
    kept_pairs = np.empty_like(pairs)
    kept = 0
    for pair in range(wanted.size):
        stop = ends[pair + 1] if pair + 1 < wanted.size else pairs.size
        group = together[ends[pair] : stop]
        most = min(wanted[pair], group.size)
        if most == 0:
            continue
        if group.size > most:
            _largest_first(group, most)
        lowest = group[0]
        for e in range(most):
            lowest = min(lowest, group[e])
            together[kept] = group[e]  # what is kept never outgrows what was read
            kept_pairs[kept] = pair
            kept += 1
        if most == wanted[pair]:
            least[pair] = lowest
    return kept_pairs[:kept].copy(), together[:kept].copy(), least
