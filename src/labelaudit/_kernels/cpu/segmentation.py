"""Pixels of one image on the CPU: classes outside, a few thousand pixels inside, so that a block stays in the cache.

Labels are (P,) integers and probabilities (K, P). A pixel whose label is ``ignore_index`` has none: it scores NaN, and
what it holds does not matter. A pixel whose label is no class scores NaN too. The last result of a kernel that looks at
all probabilities says whether those of each pixel are a distribution over the classes, and its label a class.

Floats are carried as their bits (see ``pixel_bits``).
"""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import IN_ORDER, LOOP, to_float
from labelaudit._kernels.cpu.most_likely import most_likely_of_block
from labelaudit._kernels.cpu.pixel_bits import bit_constants, bits_of
from labelaudit._kernels.limits import PIXEL_SUM_TOLERANCE

# Pixels in a block: long enough for the memory to be read ahead, while 20 classes of float32 take 160 KB, which a
# second-level cache holds.
_BLOCK = 4096


def self_confidence(labels, pred_probs, ignore_index):
    """The probability of each pixel's label, at most 1; and whether all is sound."""
    scores = np.empty(labels.size, pred_probs.dtype)
    bits, sums = bits_of(pred_probs), _sums(pred_probs)
    sound = _self_confidence(labels, bits, ignore_index, *bit_constants(pred_probs), sums, bits_of(scores))
    return scores, sound


def given_probability(labels, pred_probs, ignore_index):
    """The probability of each pixel's label, at most 1; other probabilities are not read."""
    scores = np.empty(labels.size, pred_probs.dtype)
    _given_probability(labels, bits_of(pred_probs), ignore_index, *bit_constants(pred_probs), bits_of(scores))
    return scores


def most_likely(labels, pred_probs, ignore_index):
    """What :func:`given_probability` gives; the most likely class of each pixel, the first on ties; its probability
    where it is not the label, and NaN where it is or where there is none; whether all is sound.
    """  # noqa: D205
    given_prob, rival_prob = np.empty(labels.size, pred_probs.dtype), np.empty(labels.size, pred_probs.dtype)
    predicted = np.empty(labels.size, np.min_scalar_type(len(pred_probs) - 1))
    sound = _most_likely(
        labels,
        bits_of(pred_probs),
        ignore_index,
        *bit_constants(pred_probs),
        _sums(pred_probs),
        bits_of(given_prob),
        predicted,
        bits_of(rival_prob),
    )
    return given_prob, predicted, rival_prob, sound


def most_likely_at(pred_probs, places):
    """The most likely class of some pixels, the first on ties; other pixels are not read."""
    return _most_likely_at(bits_of(pred_probs), bit_constants(pred_probs)[3], places)


def odds_at(labels, pred_probs, places, chance, floor):
    """Of some pixels: the most likely class, the first on ties; the probability of the label, at most 1; and ln of the
    odds that the label is wrong, float64.

    ``labels`` are those of all pixels. Each class weighs (p + floor)^2 times the chance that a pixel of it is given the
    label, ``chance[class, label]``. The logarithm is -inf where there is no other class. Other pixels are not read.
    """  # noqa: D205
    predicted, given_prob, odds = np.empty(places.size, np.int64), np.empty(places.size), np.empty(places.size)
    _, one, _, minus_zero = bit_constants(pred_probs)
    _odds_at(labels, bits_of(pred_probs), minus_zero, one, places, chance, floor, predicted, given_prob, odds)
    return predicted, given_prob, odds


def _sums(pred_probs):
    # as wide as what to_float makes of the bits
    return np.empty(_BLOCK, np.result_type(pred_probs.dtype, np.float32))


@njit(**LOOP)
def _gather(labels, bits, ignore_index, largest, one, nan, minus_zero, scores):
    # a label that is no class, and a probability that is none, become NaN; that of the label alone is looked at
    classes = bits.shape[0]
    for i in range(labels.size):
        y = labels[i]
        if y == ignore_index or not 0 <= y < classes:
            scores[i] = nan
            continue
        given = bits[y, i]
        if given > one:
            given = one if given <= largest else bits.dtype.type(0) if given == minus_zero else nan
        scores[i] = given


@njit(**LOOP)
def _given_probability(labels, bits, ignore_index, largest, one, nan, minus_zero, scores):
    _gather(labels, bits, ignore_index, largest, one, nan, minus_zero, scores)


@njit(**IN_ORDER)
def _add(row, minus_zero, greatest, sums):
    zero = row.dtype.type(0)
    for i in range(row.size):
        p = zero if row[i] == minus_zero else row[i]
        greatest[i] = max(greatest[i], p)
        sums[i] += to_float(p)


@njit(**LOOP)
def _unsound(labels, classes, ignore_index, largest, greatest, sums):
    """How many pixels have a label that is neither a class nor ignored, or probabilities that are no distribution."""
    unsound = 0
    low, high = sums.dtype.type(1 - PIXEL_SUM_TOLERANCE), sums.dtype.type(1 + PIXEL_SUM_TOLERANCE)
    for i in range(labels.size):
        y = labels[i]
        fits = (greatest[i] <= largest) & (sums[i] >= low) & (sums[i] <= high) & (y >= 0) & (y < classes)
        unsound += (y != ignore_index) & (not fits)
    return unsound


@njit(**LOOP)
def _self_confidence(labels, bits, ignore_index, largest, one, nan, minus_zero, sums, scores):
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
        unsound += _unsound(here, classes, ignore_index, largest, greatest, sums)
        _gather(here, bits[:, start:stop], ignore_index, largest, one, nan, minus_zero, scores[start:stop])
    return unsound == 0


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


@njit(**LOOP)
def _odds_at(labels, bits, minus_zero, one, places, chance, floor, predicted, given_prob, odds):
    zero = bits.dtype.type(0)
    block = min(_BLOCK, places.size)
    best, total, given = np.empty(block, bits.dtype), np.empty(block), np.empty(block, np.int64)
    for start in range(0, places.size, _BLOCK):
        here, best_class = places[start : start + _BLOCK], predicted[start : start + _BLOCK]
        best[:], total[:], best_class[:] = zero, 0.0, 0
        for i in range(here.size):
            given[i] = labels[here[i]]
        for k in range(bits.shape[0]):
            row, of_label = bits[k], chance[k]
            for i in range(here.size):
                p = zero if row[here[i]] == minus_zero else row[here[i]]
                # without a branch, for no processor foresees which class is the best
                best_class[i] = k if p > best[i] else best_class[i]
                best[i] = max(p, best[i])
                root = np.float64(to_float(p)) + floor
                total[i] += root * root * of_label[given[i]]
        for i in range(here.size):
            own = zero if bits[given[i], here[i]] == minus_zero else bits[given[i], here[i]]
            root = np.float64(to_float(own)) + floor
            weight = root * root * chance[given[i], given[i]]
            given_prob[start + i] = to_float(min(own, one))
            odds[start + i] = np.log(max(total[i] - weight, 0.0) / weight)


@njit(**LOOP)
def _most_likely(labels, bits, ignore_index, largest, one, nan, minus_zero, sums, given_prob, predicted, rival_prob):
    classes = bits.shape[0]
    best = np.empty(min(_BLOCK, labels.size), bits.dtype)
    place = np.empty(best.size, bits.dtype)  # as wide as the bits, so that both take the same vector instructions
    unsound = 0
    for start in range(0, labels.size, _BLOCK):
        stop = min(start + _BLOCK, labels.size)
        sums[:] = 0
        most_likely_of_block(bits, start, stop, minus_zero, best, place, sums)
        here = labels[start:stop]
        unsound += _unsound(here, classes, ignore_index, largest, best, sums)
        _gather(here, bits[:, start:stop], ignore_index, largest, one, nan, minus_zero, given_prob[start:stop])
        for i in range(stop - start):
            y = here[i]
            other = np.int64(place[i])
            predicted[start + i] = other
            rival_prob[start + i] = best[i] if (y != ignore_index) & (y != other) else nan
    return unsound == 0
