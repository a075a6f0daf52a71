"""Pixels of one image on the CPU: classes outside, a few thousand pixels inside, so that a block stays in the cache.

Labels are (P,) integers and probabilities (K, P). A pixel whose label is ``void`` is no pixel: it scores NaN, and what
it holds does not matter. A pixel whose label is no class scores NaN too. The last result of a kernel that looks at all
probabilities says whether those of each pixel are a distribution over the classes, and its label a class.

Floats are carried as their bits, unsigned integers: numba cannot compute with float16, and of probabilities the greater
one has the greater bits, while every negative number, infinity and NaN has greater bits than any probability.
"""

import numpy as np
from numba import njit, types
from numba.extending import overload

from labelaudit._kernels.cpu.bits import IN_ORDER, LOOP, to_float
from labelaudit._kernels.limits import LARGEST, PIXEL_SUM_TOLERANCE

# Pixels in a block: long enough for the memory to be read ahead, while 20 classes of float32 take 160 KB, which a
# second-level cache holds.
_BLOCK = 4096

_BITS = {np.dtype(np.float16): np.uint16, np.dtype(np.float32): np.uint32, np.dtype(np.float64): np.uint64}


def self_confidence(labels, pred_probs, void):
    """The probability of each pixel's label, at most 1; and whether all is sound."""
    scores = np.empty(labels.size, pred_probs.dtype)
    bits, sums = _as_bits(pred_probs), _sums(pred_probs)
    sound = _self_confidence(labels, bits, void, *_marks(pred_probs), sums, _as_bits(scores))
    return scores, sound


def given_probability(labels, pred_probs, void):
    """The probability of each pixel's label, at most 1; other probabilities are not read."""
    scores = np.empty(labels.size, pred_probs.dtype)
    _given_probability(labels, _as_bits(pred_probs), void, *_marks(pred_probs), _as_bits(scores))
    return scores


def self_confidence_sums(labels, scores, classes):
    """Sum and count of the scores that :func:`given_probability` gives, by class of the label; NaN is left out."""
    return _self_confidence_sums(labels, _as_bits(scores), _marks(scores)[2], classes)


def disagreement(labels, pred_probs, void, thresholds):
    """Which pixels' most likely class is not their label, how many of them reach its threshold; whether all is sound.

    The most likely class is the first on ties.
    """
    # the least float of this type that reaches each threshold, so that bits can be compared
    floors = thresholds.astype(pred_probs.dtype)
    floors = np.where(floors < thresholds, np.nextafter(floors, floors.dtype.type(np.inf)), floors)
    differs = np.empty(labels.size, np.bool_)
    marks, bits, sums = _marks(pred_probs), _as_bits(pred_probs), _sums(pred_probs)
    confident, sound = _disagreement(labels, bits, void, marks[0], marks[3], _as_bits(floors), sums, differs)
    return differs, confident, sound


def most_likely_at(pred_probs, places):
    """The most likely class of some pixels, the first on ties; other pixels are not read."""
    return _most_likely_at(_as_bits(pred_probs), _marks(pred_probs)[3], places)


def _sums(pred_probs):
    # as wide as what to_float makes of the bits
    return np.empty(_BLOCK, np.result_type(pred_probs.dtype, np.float32))


def _as_bits(floats):
    return floats.view(_BITS[floats.dtype])


def _marks(pred_probs):
    # the bits of the largest probability, of 1, of NaN, and of -0.0, which is a probability too
    return _as_bits(np.array([LARGEST, 1.0, np.nan, -0.0], pred_probs.dtype))


@njit(**LOOP)
def _gather(labels, bits, void, largest, one, nan, minus_zero, scores):
    # a label that is no class, and a probability that is none, become NaN; that of the label alone is looked at
    classes = bits.shape[0]
    for i in range(labels.size):
        y = labels[i]
        if y == void or not 0 <= y < classes:
            scores[i] = nan
            continue
        own = bits[y, i]
        if own > one:
            own = one if own <= largest else bits.dtype.type(0) if own == minus_zero else nan
        scores[i] = own


@njit(**LOOP)
def _given_probability(labels, bits, void, largest, one, nan, minus_zero, scores):
    _gather(labels, bits, void, largest, one, nan, minus_zero, scores)


@njit(**IN_ORDER)
def _add(row, minus_zero, greatest, sums):
    zero = row.dtype.type(0)
    for i in range(row.size):
        p = zero if row[i] == minus_zero else row[i]
        greatest[i] = max(greatest[i], p)
        sums[i] += to_float(p)


@njit(**LOOP)
def _unsound(labels, classes, void, largest, greatest, sums):
    """How many pixels have a label that is neither a class nor void, or probabilities that are no distribution."""
    unsound = 0
    low, high = sums.dtype.type(1 - PIXEL_SUM_TOLERANCE), sums.dtype.type(1 + PIXEL_SUM_TOLERANCE)
    for i in range(labels.size):
        y = labels[i]
        fits = (greatest[i] <= largest) & (sums[i] >= low) & (sums[i] <= high) & (y >= 0) & (y < classes)
        unsound += (y != void) & (not fits)
    return unsound


@njit(**LOOP)
def _self_confidence(labels, bits, void, largest, one, nan, minus_zero, sums, scores):
    classes = bits.shape[0]
    greatest = np.empty(min(_BLOCK, labels.size), bits.dtype)
    unsound = 0
    for start in range(0, labels.size, _BLOCK):
        stop = min(start + _BLOCK, labels.size)
        greatest[:] = bits.dtype.type(0)
        sums[:] = 0
        for k in range(classes):
            _add(bits[k, start:stop], minus_zero, greatest, sums)
        here = labels[start:stop]
        unsound += _unsound(here, classes, void, largest, greatest, sums)
        _gather(here, bits[:, start:stop], void, largest, one, nan, minus_zero, scores[start:stop])
    return unsound == 0


@njit(**LOOP)
def _self_confidence_sums(labels, bits, nan, classes):
    sums = np.zeros(classes)
    counts = np.zeros(classes, np.int64)
    for i in range(labels.size):
        if bits[i] != nan:
            sums[labels[i]] += to_float(bits[i])
            counts[labels[i]] += 1
    return sums, counts


@njit(**IN_ORDER)
def _challenge(row, this, minus_zero, best, place, sums):
    zero = row.dtype.type(0)
    for i in range(row.size):
        p = zero if row[i] == minus_zero else row[i]
        sums[i] += to_float(p)
        greatest = max(best[i], p)
        place[i] = place[i] if greatest == best[i] else this
        best[i] = greatest


@njit(**IN_ORDER)
def _challenge_half(row, inverse, minus_zero, keys, sums):
    zero = row.dtype.type(0)
    for i in range(row.size):
        half = zero if row[i] == minus_zero else row[i]
        sums[i] += to_float(half)
        p = np.uint32(half)
        keys[i] = max(keys[i], np.uint32(np.uint32(p << np.uint32(16)) | inverse))


@njit(**LOOP)
def _most_likely_of_floats(bits, start, stop, minus_zero, best, place, sums):
    best[:] = bits.dtype.type(0)
    place[:] = bits.dtype.type(0)
    for k in range(bits.shape[0]):
        _challenge(bits[k, start:stop], bits.dtype.type(k), minus_zero, best, place, sums)


@njit(**LOOP)
def _most_likely_of_halves(bits, start, stop, minus_zero, best, place, sums):
    # one maximum of numbers that hold the probability and, below it, the class, the lower the greater; two of 16 bits
    # each do not become vector instructions, which takes seven times as long
    last = np.uint32(0xFFFF)
    keys = np.zeros(stop - start, np.uint32)
    for k in range(bits.shape[0]):
        _challenge_half(bits[k, start:stop], last - np.uint32(k), minus_zero, keys, sums)
    for i in range(keys.size):
        best[i] = keys[i] >> np.uint32(16)
        place[i] = last - (keys[i] & last)


@njit(**LOOP)
def _most_likely_at(bits, minus_zero, places):
    zero = bits.dtype.type(0)
    best = np.zeros(places.size, bits.dtype)
    classes = np.zeros(places.size, np.int64)
    for k in range(bits.shape[0]):
        row = bits[k]
        for i in range(places.size):
            p = zero if row[places[i]] == minus_zero else row[places[i]]
            if p > best[i]:
                best[i] = p
                classes[i] = k
    return classes


def _most_likely(bits, start, stop, minus_zero, best, place, sums):
    """The greatest probability of each pixel of a block, its class, the first on ties, and the sum of all."""
    raise NotImplementedError


@overload(_most_likely)
def _(bits, start, stop, minus_zero, best, place, sums):
    of_kind = _most_likely_of_halves if bits.dtype == types.uint16 else _most_likely_of_floats
    return lambda bits, start, stop, minus_zero, best, place, sums: of_kind(
        bits, start, stop, minus_zero, best, place, sums
    )


@njit(**LOOP)
def _disagreement(labels, bits, void, largest, minus_zero, floors, sums, differs):
    classes = bits.shape[0]
    best = np.empty(min(_BLOCK, labels.size), bits.dtype)
    place = np.empty(best.size, bits.dtype)  # as wide as the bits, so that both take the same vector instructions
    confident = 0
    unsound = 0
    for start in range(0, labels.size, _BLOCK):
        stop = min(start + _BLOCK, labels.size)
        sums[:] = 0
        _most_likely(bits, start, stop, minus_zero, best, place, sums)
        unsound += _unsound(labels[start:stop], classes, void, largest, best, sums)
        for i in range(stop - start):
            y = labels[start + i]
            other = np.int64(place[i])
            differs[start + i] = (y != void) & (y != other)
            if differs[start + i]:
                confident += best[i] >= floors[other]
    return confident, unsound == 0
