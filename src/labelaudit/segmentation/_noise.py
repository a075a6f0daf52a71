"""How many of all pixels' labels are wrong, and which classes are given whose, from pixels spread over the images.

Chosen on shapes and on thin lines (benchmarks/questions/segmentation_quality.py), by mean F1 of pixels on each: flags
of ``find_label_issues`` .808 and .405, the most likely class against the label .728 and .454, odds that know which
class is given whose label .869 and .470, without that about .77 and .39. Classes weigh p to the power 2; 1.5, 3 and 4
are within .02. The number of wrong labels is the geometric mean of two counts: by rounds alone 1.6, and by sure
pixels alone .7 to 1.0 of the truth. More pixels in the sample, or more than four classes of a pixel told apart, move
F1 by less than .005.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._data.arrays import to_numpy
from labelaudit._data.images import LabelledImage, LabelledImages, places_spread
from labelaudit._kernels import Array, likeliest_for
from labelaudit._run.passes import in_order
from labelaudit._stats.error_rate import ErrorRate, WrongCounts, logistic
from labelaudit._stats.row_sample import LikelyRows, Rounds

# So many pixels of either kind at the least and at the most, and between these one of so many of all; and how much more
# than its share an image has of either.
_LEAST, _MOST, _ONE_OF = 1_500, 25_000, 1024
_AT_MOST = 2, 4

# How many of the most likely classes of a pixel are told apart; the rest are one.
_TOLD_APART = 4

# By so many pixels the chances of a class are those of all classes.
_COMMON, _TINY = 20.0, 1e-9


@dataclass(frozen=True)
class SampledPixels:
    """What is kept of the pixels of an image that are in the sample, in an order that can be cut anywhere."""

    of: int  # how many such pixels the image has
    pixels: int  # and how many in all
    labels: np.ndarray  # (n,) int64
    given: np.ndarray  # (n,) the probability of the label
    classes: np.ndarray  # (n, m) int32, the most likely ones, in order
    probs: np.ndarray  # (n, m) theirs


# of the pixels of an image where the label is the most likely class, and of the others
Strata = tuple[SampledPixels, ...]


@dataclass(frozen=True)
class PixelNoise:
    """How many labels are wrong, and what makes odds that sum to that."""

    rate: ErrorRate
    chance: np.ndarray  # (K, K), of a pixel of a class to be given a label
    shift: float  # what is added to all log odds
    seen: np.ndarray  # (K, K), about how many pixels of each label each class is the most likely one of


def sampled_pixels(image: LabelledImage, images: LabelledImages, differs: np.ndarray) -> Strata:
    """Return the part that an image has in the sample, as if all were of its size.

    ``differs`` (P,) says where the label is not the most likely class. These pixels are few and tell most, so that they
    are half of the sample.
    """
    labels, probs = image.flat
    every_label = to_numpy(labels, "labels")
    n = images.n if images.n is not None else image.number + 1
    agreeing = (every_label != images.ignore_index) & ~differs
    return tuple(
        _sampled(image.number, every_label, probs, np.flatnonzero(of), _share(every_label.size, n, most))
        for of, most in zip((agreeing, differs), _AT_MOST, strict=True)
    )


def _sampled(number: int, every_label: np.ndarray, probs: Array, of: np.ndarray, count: int) -> SampledPixels:
    places = of[places_spread(number, of.size, count)]
    own, some = every_label[places].astype(np.int64), columns_at(probs, places).T
    some = np.ascontiguousarray(some, np.result_type(some.dtype, np.float32))
    told_apart = min(_TOLD_APART, some.shape[1])
    kept = likeliest_for(some).label_and_likeliest(np.arange(places.size), own, some, told_apart)
    return SampledPixels(of.size, every_label.size, own, *kept)


def noise_of(parts: Sequence[Strata], counts: np.ndarray) -> PixelNoise:
    """Return it for the samples of all images.

    ``counts`` (2, K) is how many pixels have each label: those where it is the most likely class, and the others.
    """
    k, total = counts.shape[1], int(counts.sum())
    if not total:
        return PixelNoise(ErrorRate(0.0, 0.0, 0.0, 0), np.ones((k, k)), 0.0, np.zeros((k, k)))
    chosen: list[list[np.ndarray]] = [[], [], [], [], []]
    for stratum, in_stratum, most in zip(zip(*parts, strict=True), counts, _AT_MOST, strict=True):
        share = _enough(total) / max(int(in_stratum.sum()), 1)
        cut = [min(math.ceil(share * part.of), _share(part.pixels, len(parts), most)) for part in stratum]
        columns = [
            np.concatenate([getattr(part, name)[:n] for part, n in zip(stratum, cut, strict=True)])
            for name in ("labels", "given", "classes", "probs")
        ]
        weights = (in_stratum / np.maximum(np.bincount(columns[0], minlength=k), 1))[columns[0]]
        for column, values in zip(chosen, [*columns, weights], strict=True):
            column.append(values)
    seen_of_differing = chosen[0][1].size / max(int(counts[1].sum()), 1)
    labels, given, classes, probs, weights = (np.concatenate(column) for column in chosen)
    rows = LikelyRows(labels, given, classes, probs, weights, k)
    hard, soft = in_order((4.0, 2.0), rows.by_rounds)
    chance = _shrunk(rows, soft.chance.reshape(-1, k))
    sampled = max(rows.labels.size, total * seen_of_differing)
    rate = _between(WrongCounts(hard.wrong, soft.wrong, rows.wrong_where_sure(), 1.0, total, sampled))
    seen = np.bincount(labels * k + classes[:, 0], weights, k * k).reshape(k, k)
    return PixelNoise(rate, chance[:k], _shift(_log_odds(soft, chance), rows.weights, rate.wrong), seen)


def _between(counts: WrongCounts) -> ErrorRate:
    """Return the geometric mean of the counts by rounds and where the model is sure; bounds are those of rows."""
    rate = counts.rate()
    rounds, sure = (
        min(max(float(count), counts.prior), rate.labels) for count in (counts.by_rounds, counts.where_sure)
    )
    wrong = math.sqrt(rounds * sure)
    return ErrorRate(wrong, min(rate.low, wrong), max(rate.high, wrong), rate.labels)


def _shrunk(rows: LikelyRows, chance: np.ndarray) -> np.ndarray:
    """Return chances (K + 1, K) nearer to those of all classes together, the more so the fewer pixels tell them."""
    k = rows.k
    seen = np.append(np.bincount(rows.labels, minlength=k), 0.0)[:, None]
    often = np.bincount(rows.labels, rows.weights, k) / rows.weights.sum()
    right = float(often @ np.diagonal(chance))
    common = np.outer((1 - right) / np.maximum(1 - np.append(often, 0.0), _TINY), often)
    common[np.arange(k), np.arange(k)] = right
    return np.asarray((seen * chance + _COMMON * common) / (seen + _COMMON))


def _log_odds(rounds: Rounds, chance: np.ndarray) -> np.ndarray:
    """Return the log odds of all other classes to the label, of each row, by chances (K + 1, K)."""
    shares = rounds.belief * chance.ravel()[rounds.cells]
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(shares[:, 1:].sum(axis=1) / shares[:, 0]))


def _shift(log_odds: np.ndarray, weights: np.ndarray, expected: float) -> float:
    """Return what must be added to log odds for their probabilities to sum to what is expected."""
    low, high = -60.0, 60.0
    shift = 0.0
    for _ in range(60):
        p = logistic(log_odds + shift)
        excess, slope = float(weights @ p) - expected, float(weights @ (p * (1 - p)))
        if abs(excess) <= 1e-7 * expected or high - low < 1e-9:
            break
        low, high = (low, shift) if excess > 0 else (shift, high)
        step = shift - excess / slope if slope > 0 else low
        shift = step if low < step < high else (low + high) / 2
    return shift


def _share(pixels: int, images: int, most: int) -> int:
    """Return how many pixels of an image are kept at the most, if there are so many images of its size."""
    return -(-most * _enough(pixels * images) // images)


def _enough(pixels: int) -> int:
    return min(pixels, max(_LEAST, min(pixels // _ONE_OF, _MOST)))


def columns_at(probs: Array, places: np.ndarray) -> np.ndarray:
    """Return the probabilities of some pixels, (K, n); no more than these leave their device."""
    if isinstance(probs, np.ndarray):
        return probs[:, places]
    xp = array_namespace(probs)
    return to_numpy(xp.take(probs, xp.asarray(places, device=device(probs)), axis=1), "pred_probs")
