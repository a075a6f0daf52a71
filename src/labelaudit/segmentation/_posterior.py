"""The noise posterior of pixels: how likely each label is wrong whose class is not the most likely one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labelaudit._data.arrays import to_numpy
from labelaudit._data.images import LabelledImage, LabelledImages, PackedMask
from labelaudit._kernels import error_rate_kernels, segmentation_for
from labelaudit._kernels.odds_nodes import FLOOR
from labelaudit._stats.error_rate import logistic
from labelaudit.segmentation._downsample import Pixels
from labelaudit.segmentation._noise import PixelNoise, Strata, columns_at, noise_of, sampled_pixels
from labelaudit.segmentation._pixel_facts import facts_of
from labelaudit.segmentation._walk import Reads, map_and_fold

# So much is kept of the pixels whose label is not the most likely class. Of more, the probabilities are read again.
_KEPT_BYTES = 64 << 20


@dataclass(frozen=True)
class WrongPixels:
    """The pixels of an image whose labels look wrong, in the order of their places."""

    places: np.ndarray  # (m,) int64
    predicted: np.ndarray  # (m,) int64, the most likely class, the first on ties
    given_prob: np.ndarray  # (m,) float64, the probability of the label
    p_wrong: np.ndarray  # (m,) float64


@dataclass(frozen=True)
class Seen:
    """What one walk learns of an image."""

    differs: PackedMask  # (H, W), where the label is not the most likely class
    kept: np.ndarray | None  # (K, m), the probabilities there, where they are little
    score: float


@dataclass(frozen=True)
class PixelPosterior:
    """Which labels are wrong, of each image as its turn comes in a second walk, and how many of all."""

    noise: PixelNoise
    counts: np.ndarray  # (K,) int64, how many pixels have each label
    seen: list[Seen]

    @property
    def reads(self) -> Reads:
        """What the second walk looks at in images."""
        return "labels" if all(one.kept is not None for one in self.seen) else "few"

    def wrong_pixels(self, image: LabelledImage, threshold: float, band: np.ndarray | None) -> WrongPixels:
        """Return the pixels that are not in the band and wrong with more than this probability."""
        seen, labels = self.seen[image.number], to_numpy(image.labels, "labels").reshape(-1)
        places = np.flatnonzero(seen.differs.unpacked())
        if seen.kept is None:
            of_image, probs = image.flat
            found = segmentation_for(probs).odds_at(of_image, probs, places, self.noise.chance, FLOOR)
        else:
            every = np.arange(places.size)
            found = segmentation_for(seen.kept).odds_at(labels[places], seen.kept, every, self.noise.chance, FLOOR)
        predicted, given_prob, odds = (to_numpy(part, "pred_probs") for part in found)
        log_odds = odds + self.noise.shift
        with np.errstate(divide="ignore"):
            wrong = log_odds > np.log(threshold) - np.log1p(-threshold)
        if band is not None:
            wrong &= ~band.reshape(-1)[places]
        return WrongPixels(places[wrong], predicted[wrong], given_prob[wrong], logistic(log_odds[wrong]))


def pixel_posterior(images: LabelledImages, score: Callable[[LabelledImage, np.ndarray], float]) -> PixelPosterior:
    """Return it from one walk, which scores each image by what is found of its labels' probabilities, (H, W).

    The odds that a label is wrong are those of all other classes, each weighing (p + 0.001)^2 times the chance that its
    pixels are given this label. The chances are told by a sample of the pixels, and so is how many labels are wrong;
    one factor on all odds makes the probabilities of the sample sum to it.
    """

    def learn(image: LabelledImage) -> tuple[tuple[Seen, Strata], np.ndarray]:
        facts = facts_of(Pixels(*image.flat, images.ignore_index), image, images)
        labels = to_numpy(image.labels, "labels").reshape(-1)
        counts = error_rate_kernels().class_counts(labels, images.k)
        if 0 <= images.ignore_index < images.k:
            counts[images.ignore_index] = 0
        differs = ~np.isnan(facts.rival_prob).reshape(image.size)
        of_differing = np.bincount(labels[differs.reshape(-1)], minlength=images.k)
        seen = Seen(
            PackedMask.of(differs), _kept(image, images, differs), score(image, facts.given_prob.reshape(image.size))
        )
        return (seen, sampled_pixels(image, images, differs.reshape(-1))), np.stack(
            [counts - of_differing, of_differing]
        )

    found, counts = map_and_fold(images, learn, np.zeros((2, images.k), np.int64), images.n, "all")
    return PixelPosterior(
        noise_of([sample for _, sample in found], counts), counts.sum(axis=0), [seen for seen, _ in found]
    )


def _kept(image: LabelledImage, images: LabelledImages, differs: np.ndarray) -> np.ndarray | None:
    """Return what is kept of an image, which it decides for itself, as if all had as many such pixels."""
    places = np.flatnonzero(differs)
    n = images.n if images.n is not None else image.number + 1
    if n * places.size * images.k * images.float_type.itemsize > _KEPT_BYTES:
        return None
    return columns_at(image.flat[1], places)
