"""Entities of tagged tokens: where they lie, and what the probabilities of all tags say of their types.

Types are numbered, the greatest number is outside of any entity; ``types``, ``begins`` and ``ends`` say of each class
which type it is of, and whether an entity begins or ends at such a token whatever its neighbour.
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP


@njit(**LOOP)
def entity_spans(labels, offsets, types, begins, ends, outside):
    """Sentence, first token, token after the last, number of labelled tokens and type of each entity.

    Tokens whose label is no class have none: entities go on across them.
    """
    n, k = labels.size, types.size
    sentences = np.empty(n, np.int64)
    starts = np.empty(n, np.int64)
    stops = np.empty(n, np.int64)
    sizes = np.empty(n, np.int64)
    kinds = np.empty(n, np.int64)
    m = 0
    for s in range(offsets.size - 1):
        before = -1
        for i in range(offsets[s], offsets[s + 1]):
            y = labels[i]
            if not 0 <= y < k:
                continue
            if types[y] != outside:
                if before < 0 or types[before] != types[y] or ends[before] or begins[y]:
                    sentences[m], starts[m], sizes[m], kinds[m] = s, i, 0, types[y]
                    m += 1
                sizes[m - 1] += 1
                stops[m - 1] = i + 1
            before = y
    return sentences[:m].copy(), starts[:m].copy(), stops[:m].copy(), sizes[:m].copy(), kinds[:m].copy()


@njit(**LOOP)
def type_probs(labels, pred_probs, types, outside):
    """The probability of each type, and of none, of the tokens that lie in entities, (tokens, types + 1)."""
    n, k = pred_probs.shape
    probs = np.zeros((n, outside + 1), pred_probs.dtype)
    one = pred_probs.dtype.type(1)
    m = 0
    for i in range(n):
        y = labels[i]
        if not 0 <= y < k or types[y] == outside:
            continue
        row = probs[m]
        for j in range(k):
            row[types[j]] += pred_probs[i, j]
        for j in range(outside + 1):
            row[j] = min(row[j], one)
        m += 1
    return probs[:m].copy()


@njit(**LOOP)
def likely_types(probs, sizes, kinds):
    """The type with the greatest mean probability over each entity, and the least probability of the given one.

    ``probs``: of the tokens of all entities, one entity after another.
    """
    m, count = sizes.size, probs.shape[1]
    suggested = np.empty(m, np.int64)
    least = np.empty(m, probs.dtype)
    sums = np.empty(count)
    i = 0
    for e in range(m):
        sums[:] = 0.0
        least[e] = probs[i, kinds[e]]
        for _ in range(sizes[e]):
            least[e] = min(least[e], probs[i, kinds[e]])
            for j in range(count):
                sums[j] += probs[i, j]
            i += 1
        suggested[e] = np.argmax(sums)
    return suggested, least
