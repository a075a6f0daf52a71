"""How often items of one class are given the label of another, by expectation maximisation.

A row is a few classes that it may belong to, each with a belief, and the cell of each: the pair of that class and the
label that the row was given. Cells are numbered, for few of all pairs occur where there are many classes. NumPy arrays
come in and go out: there is little left to do once rows are as short as that.
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP

# beliefs below this are passed over
_NOTHING = 1e-6


@njit(**LOOP)
def beliefs(labels, given, classes, probs, others, floor, power):
    """What each row is believed to be, (n, m + 2), and these classes, (n, m + 2): K for all others together.

    First the label, then the ``others``, as many classes as are not among the m most likely ones, then these in order
    but for the label; places that are left over have no belief. Each class weighs (p + floor)^power; the others share
    evenly what the list leaves.
    """
    n, m = classes.shape
    belief, of_class = np.zeros((n, m + 2)), np.empty((n, m + 2), np.int32)
    for i in range(n):
        y = labels[i]
        of_class[i, :] = y
        own = (np.float64(given[i]) + floor) ** power
        listed, unlisted, total, place = 0.0, np.float64(others), own, 2
        for j in range(m):
            listed += np.float64(probs[i, j])
            if classes[i, j] != y:
                of_class[i, place], belief[i, place] = classes[i, j], (np.float64(probs[i, j]) + floor) ** power
                total += belief[i, place]
                place += 1
        if place == m + 2:
            listed, unlisted = listed + np.float64(given[i]), unlisted - 1.0  # the label is none of the list
        rest = 0.0
        if unlisted > 0.0:
            rest = unlisted * (max(1.0 - listed, 0.0) / unlisted + floor) ** power
        total += rest
        belief[i, 0], belief[i, 1], of_class[i, 1] = own, rest, m + others
        for j in range(m + 2):
            belief[i, j] /= total
    return belief, of_class


@njit(**LOOP)
def confusion(belief, cells, of_cell, classes, weights, start, smoothing, rounds, tolerance):
    """The chance of each cell, (cells,): of its label, given to an item of its class.

    ``of_cell`` is the class of each cell. ``start`` is what is counted in each cell to begin with, beside the same
    for each cell that is not listed, so that all ``classes`` of labels are in the sum: the first of its rows is that
    of the cells, the second of the classes. A round shares out each row among its cells, and counts them anew, with so
    much added to each cell as ``smoothing`` says; ``rounds`` of them, fewer where no chance moves by more than the
    tolerance.
    """
    n, m = cells.shape
    counts, totals = start
    chance, shares = counts / totals[of_cell], np.empty(m)
    # rows that are surely of the class of their label are counted once for all rounds
    first_counts = np.full(of_cell.size, smoothing)
    first_totals = np.full(totals.size, smoothing * classes)
    open_rows, left = np.empty(n, np.int64), 0
    for i in range(n):
        if belief[i, 0] > 1.0 - _NOTHING:
            first_counts[cells[i, 0]] += weights[i]
            first_totals[of_cell[cells[i, 0]]] += weights[i]
        else:
            open_rows[left] = i
            left += 1
    for _ in range(rounds):
        counts[:] = first_counts
        totals[:] = first_totals
        for r in range(left):
            i = open_rows[r]
            total, used = 0.0, m
            for j in range(m):
                if j >= 2 and belief[i, j] < _NOTHING:  # the rest have less
                    used = j
                    break
                shares[j] = belief[i, j] * chance[cells[i, j]]
                total += shares[j]
            scale = weights[i] / total
            for j in range(used):
                counts[cells[i, j]] += shares[j] * scale
                totals[of_cell[cells[i, j]]] += shares[j] * scale
        moved = 0.0
        for c in range(counts.size):
            value = counts[c] / totals[of_cell[c]]
            moved = max(moved, abs(value - chance[c]))
            chance[c] = value
        if moved < tolerance:
            break
    return chance


@njit(**LOOP)
def wrong_rows(belief, cells, weights, chance):
    """How many rows are expected to have a wrong label, each counted as often as its weight says."""
    n, m = cells.shape
    wrong = 0.0
    for i in range(n):
        total = 0.0
        for j in range(m):
            total += belief[i, j] * chance[cells[i, j]]
        wrong += weights[i] * (1.0 - belief[i, 0] * chance[cells[i, 0]] / total)
    return wrong


@njit(**LOOP)
def temperature_slope(labels, given, classes, probs, others, power, weights):
    """The slope, at a power, of the log loss of labels under probabilities raised to it and made to sum to 1 again.

    Below 0 where a greater power would fit the labels better. ``others`` is how many classes are not in the list of
    each row; they share what it leaves evenly.
    """
    n, m = classes.shape
    slope = 0.0
    for i in range(n):
        listed, total, moment, top = 0.0, 0.0, 0.0, 0.0
        for j in range(m):
            p = max(np.float64(probs[i, j]), 1e-6)
            top = max(top, p)
            listed += probs[i, j]
        scale = np.log(top)
        for j in range(m):
            logarithm = np.log(max(np.float64(probs[i, j]), 1e-6))
            weight = np.exp(power * (logarithm - scale))
            total += weight
            moment += weight * logarithm
        if others > 0:
            logarithm = np.log(max((1.0 - listed) / others, 1e-6))
            weight = others * np.exp(power * (logarithm - scale))
            total += weight
            moment += weight * logarithm
        slope += weights[i] * (moment / total - np.log(max(np.float64(given[i]), 1e-6)))
    return slope
