"""The few most probable classes of each row, in order, nearly without branches, which no processor could foresee.

A bound that as many entries reach as are wanted leaves six of a hundred entries for five wanted: where sixteen lanes
share the row, the fifth greatest of what is greatest in each. How many of those few are greater tells where each comes.
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP
from labelaudit._kernels.cpu.lanes import ONE, WIDTH, above, count_of, first_of, raise_lanes, reaching

# bits of the word that says which columns reach the bound
_WORD = 64


# one function: an array that is handed to another is counted in and out, which would take as long as the work
@njit(**LOOP)
def likeliest(pred_probs, count):  # noqa: PLR0912
    """The most probable classes of each row, (n, count), the first of equals before, and their probabilities."""
    n, k = pred_probs.shape
    flat = pred_probs.reshape(-1)
    classes = np.empty((n, count), np.int32)
    values = np.empty((n, count), pred_probs.dtype)
    lanes, order = np.empty(WIDTH, pred_probs.dtype), np.empty(WIDTH, np.int64)
    columns = np.arange(max(k, WIDTH))
    zero = pred_probs.dtype.type(0)
    for i in range(n):
        row, filled = i * k, k
        if k >= WIDTH:
            lanes[:] = zero
            for start in range(0, k - WIDTH + 1, WIDTH):
                raise_lanes(lanes, flat, row + start)
            bound = zero
            for j in range(WIDTH):
                value = lanes[j] if count_of(reaching(lanes, 0, lanes[j])) >= count else zero
                bound = value if value > bound else bound
            filled = 0
            for word in range(0, k, _WORD):
                bits = np.uint64(0)
                for start in range(word, min(word + _WORD, k), WIDTH):
                    first = min(start, k - WIDTH)  # the last lanes lie over those before
                    bits |= reaching(flat, row + first, bound) >> np.uint64(start - first) << np.uint64(start - word)
                while bits:
                    columns[filled] = word + first_of(bits)
                    filled += 1
                    bits &= bits - ONE
        if count <= filled <= WIDTH:
            lanes[:] = -1
            for c in range(filled):
                lanes[c] = flat[row + columns[c]]
            for c in range(filled):
                greater = above(lanes, 0, lanes[c])
                equal = reaching(lanes, 0, lanes[c]) ^ greater
                order[count_of(greater) + count_of(equal & ((ONE << np.uint64(c)) - ONE))] = c
            for place in range(count):
                classes[i, place], values[i, place] = columns[order[place]], lanes[order[place]]
            continue
        for place in range(count):
            classes[i, place], values[i, place] = 0, -1
        for c in range(filled):
            value = flat[row + columns[c]]
            if value <= values[i, count - 1]:
                continue
            place = count - 1
            while place > 0 and value > values[i, place - 1]:
                classes[i, place], values[i, place] = classes[i, place - 1], values[i, place - 1]
                place -= 1
            classes[i, place], values[i, place] = columns[c], value
    return classes, values


def label_and_likeliest(rows, labels, pred_probs, count):
    """Of some rows: the probability of the label, the most probable classes, (n, count), and their probabilities."""
    probs = pred_probs[rows]
    return (probs[np.arange(rows.size), labels[rows]], *likeliest(probs, count))
