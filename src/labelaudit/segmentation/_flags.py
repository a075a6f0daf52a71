"""Which pixels look wrong: as many of the least likely labels as the model is sure to see another class in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labelaudit._checks.arrays import Array, to_numpy
from labelaudit._checks.segmentation import Picture, Pictures
from labelaudit._kernels import segmentation_for
from labelaudit._stats.order import Counts, Least
from labelaudit._stats.self_confidence import SelfConfidence
from labelaudit.errors import InputError
from labelaudit.segmentation._walk import Bits, walk

# A probability reaches a threshold that it misses by less than this, as in cleanlab.
_TOLERANCE = 1e-6

# The threshold of a class that no pixel is labelled: a pixel is surely of it as soon as it is the most likely one. For
# rows labelaudit lets nothing reach such a class; here masks are to be cleanlab's.
_UNSEEN = 2e-6

# No label of a shrunken image is this, while a rounded mean may well be that of ignored pixels.
_SHRUNKEN_VOID = -1


def flags(pictures: Pictures, downsample: int = 1) -> Bits:
    """Return which pixels look wrong, in three to five walks over the images of which one reads all classes."""
    basis = _Basis(SelfConfidence.of_none(pictures.k), Counts.of_none())
    dtype = _float_type(pictures, downsample)

    def count(picture: Picture) -> _Basis:
        labels, probs, void = _pixels(picture, pictures, downsample)
        kernels = segmentation_for(probs)
        given = kernels.given_probability(labels, probs, void)
        sums = SelfConfidence(*kernels.self_confidence_sums(labels, given, pictures.k))
        return _Basis(sums, Counts.of(to_numpy(given, "pred_probs"), Least.of(1)))

    def add(part: _Basis) -> None:
        nonlocal basis
        basis = basis + part

    images = walk(pictures, count, add, pictures.n)
    seen = basis.sums
    thresholds = np.where(seen.counts > 0, seen.thresholds(), _UNSEEN) - _TOLERANCE
    masks, sure = _disagreements(pictures, thresholds, downsample, images)
    least = Least.of(sure)
    if not least.exact:
        least = least.narrowed(basis.counts, dtype)
    while not least.exact:
        least = _narrowed(pictures, least, downsample, images)
    _keep_least(pictures, masks, least, downsample, images)
    return masks


@dataclass(frozen=True)
class _Basis:
    sums: SelfConfidence
    counts: Counts

    def __add__(self, other: _Basis) -> _Basis:
        return _Basis(self.sums + other.sums, self.counts + other.counts)


def _disagreements(pictures: Pictures, thresholds: np.ndarray, downsample: int, images: int) -> tuple[Bits, int]:
    """Return which pixels' label is not their most likely class, and how many surely are of that class."""
    masks = Bits()
    sure = 0

    def compare(picture: Picture) -> tuple[np.ndarray, int]:
        labels, probs = picture.flat
        kernel = segmentation_for(probs).disagreement
        differs, confident, sound = kernel(labels, probs, pictures.void, thresholds)
        if not sound:
            pictures.refuse(picture)
        if downsample > 1:
            small_labels, small_probs, void = _pixels(picture, pictures, downsample)
            _, confident, _ = kernel(small_labels, small_probs, void, thresholds)
        return to_numpy(differs, "labels").reshape(picture.size), confident

    def keep(result: tuple[np.ndarray, int]) -> None:
        nonlocal sure
        mask, confident = result
        masks.append(mask)
        sure += confident

    walk(pictures, compare, keep, images, whole=True)
    return masks, sure


def _narrowed(pictures: Pictures, least: Least, downsample: int, images: int) -> Least:
    counts = Counts.of_none()

    def add(part: Counts) -> None:
        nonlocal counts
        counts = counts + part

    walk(pictures, lambda picture: Counts.of(_given(picture, pictures, downsample), least), add, images)
    return least.narrowed(counts, _float_type(pictures, downsample))


def _keep_least(pictures: Pictures, masks: Bits, least: Least, downsample: int, images: int) -> None:
    """Take pixels that are not among the least likely off the masks; of equal ones at the end, the first are kept."""
    rest = least.rest

    def mark(picture: Picture) -> tuple[int, np.ndarray, np.ndarray]:
        given = _given(picture, pictures, downsample)
        size = [side // downsample for side in picture.size]
        return picture.number, least.below(given).reshape(size), np.flatnonzero(least.edge(given))

    def keep(result: tuple[int, np.ndarray, np.ndarray]) -> None:
        nonlocal rest
        number, kept, edge = result
        kept.reshape(-1)[edge[:rest]] = True
        rest -= min(rest, len(edge))
        masks.keep(number, kept.repeat(downsample, axis=0).repeat(downsample, axis=1) if downsample > 1 else kept)

    walk(pictures, mark, keep, images)


def _given(picture: Picture, pictures: Pictures, downsample: int) -> np.ndarray:
    labels, probs, void = _pixels(picture, pictures, downsample)
    return to_numpy(segmentation_for(probs).given_probability(labels, probs, void), "pred_probs")


def _float_type(pictures: Pictures, downsample: int) -> np.dtype[Any]:
    # means of float16 are carried as float32, for two of them would often come out the same
    return pictures.float_type if downsample == 1 else np.result_type(pictures.float_type, np.float32)


def _pixels(picture: Picture, pictures: Pictures, downsample: int) -> tuple[Array, Array, int]:
    """Return the labels (P,), probabilities (K, P) and void label that thresholds and ranks are taken of."""
    if downsample == 1:
        return (*picture.flat, pictures.void)
    height, width = picture.size
    if height % downsample or width % downsample:
        raise InputError(
            f"downsample: expected a divisor of all sides, image {picture.number} has {height} x {width} pixels, which "
            f"{downsample} does not divide; crop the images, or pass downsample=1"
        )
    labels, probs = to_numpy(picture.labels, "labels"), to_numpy(picture.pred_probs, "pred_probs")
    blocks = (height // downsample, downsample, width // downsample, downsample)
    small_labels = np.round(labels.reshape(blocks).mean(axis=(3, 1))).astype(np.int64)
    void = (labels == pictures.void).reshape(blocks).any(axis=(3, 1))
    small_labels[void] = _SHRUNKEN_VOID
    with np.errstate(invalid="ignore", divide="ignore"):  # what is no probability is refused elsewhere
        wide = probs.astype(_float_type(pictures, downsample), copy=False)
        small_probs = wide.reshape(-1, *blocks).mean(axis=(4, 2))
        small_probs /= small_probs.sum(axis=0)
    return small_labels.reshape(-1), small_probs.reshape(len(probs), -1), _SHRUNKEN_VOID
