"""Numbers made of what is known of the pixels of an image, which comes as NumPy arrays from any library."""

import numpy as np
from numba import njit

from labelaudit._kernels.cpu.bits import LOOP, to_float
from labelaudit._kernels.cpu.pixel_bits import bit_constants, bits_of


def self_confidence_sums(labels, given_prob, classes):
    """Sum and count of the probabilities of labels, by class; NaN is left out."""
    return _self_confidence_sums(labels, bits_of(given_prob), bit_constants(given_prob)[2], classes)


def confident(predicted, rival_prob, thresholds):
    """How many of the probabilities of most likely classes reach the threshold of their class; NaN reaches none."""
    # the least float of this type that reaches each threshold, so that bits can be compared
    floors = thresholds.astype(rival_prob.dtype)
    floors = np.where(floors < thresholds, np.nextafter(floors, floors.dtype.type(np.inf)), floors)
    return _confident(predicted, bits_of(rival_prob), bit_constants(rival_prob)[2], bits_of(floors))


@njit(**LOOP)
def _self_confidence_sums(labels, bits, nan, classes):
    # neighbours are mostly of one class, and would wait for each other's sum
    sums = np.zeros((4, classes))
    counts = np.zeros((4, classes), np.int64)
    for i in range(labels.size):
        if bits[i] != nan:
            sums[i & 3, labels[i]] += to_float(bits[i])
            counts[i & 3, labels[i]] += 1
    return sums.sum(axis=0), counts.sum(axis=0)


@njit(**LOOP)
def _confident(predicted, bits, nan, floors):
    reached = 0
    for i in range(predicted.size):
        reached += (bits[i] != nan) & (bits[i] >= floors[predicted[i]])
    return reached
