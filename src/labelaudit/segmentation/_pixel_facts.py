"""What a look at all classes finds out about the pixels of an image, kept for later walks where it is little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from labelaudit._checks.segmentation import refuse_pixels
from labelaudit._data.arrays import to_numpy
from labelaudit._data.images import LabelledImage, LabelledImages
from labelaudit._kernels import pixel_fact_kernels, segmentation_for
from labelaudit.segmentation._downsample import Pixels, pixels_of
from labelaudit.segmentation._walk import Reads, fold_blocks, map_and_fold

T = TypeVar("T")
S = TypeVar("S")

# So much of what is found out is kept. Of more, the probabilities are read again.
_KEPT_BYTES = 64 << 20


@dataclass(frozen=True)
class PixelFacts:
    """What is known of the pixels of an image."""

    given_prob: np.ndarray  # (P,) the probability of the label; NaN of ignored pixels
    predicted: np.ndarray  # (P,) unsigned integers, the most likely class, the first on ties
    rival_prob: np.ndarray  # (P,) its probability where it is not the label; NaN elsewhere

    def confident(self, thresholds: np.ndarray) -> int:
        """Return how many pixels' most likely class is not their label, and reaches the threshold of that class."""
        found: int = pixel_fact_kernels().confident(self.predicted, self.rival_prob, thresholds)
        return found


@dataclass(frozen=True)
class KnownPixels:
    """The facts of the pixels of all images: kept from the first walk, or read again."""

    images: LabelledImages
    downsample: int  # thresholds and ranks are taken of squares of so many rows and columns
    kept: list[PixelFacts | None]

    def __len__(self) -> int:
        return len(self.kept)

    def given_prob(self, image: LabelledImage) -> np.ndarray:
        """Return how likely the labels of an image are, (P,); if need be read from the labels' classes alone."""
        kept = self.kept[image.number]
        return given_prob(pixels_of(image, self.images, self.downsample)) if kept is None else kept.given_prob

    def fold_given_probs(self, work: Callable[[np.ndarray], tuple[T, S]], start: S) -> tuple[list[T], S]:
        """Return what work gives first of those of each image, and ``start`` plus all that it gives second."""
        kept = self._all_kept()
        if kept is not None:
            return fold_blocks(kept, lambda facts: work(facts.given_prob), start)
        return map_and_fold(self.images, lambda image: work(self.given_prob(image)), start, len(self))

    def fold_facts(self, work: Callable[[PixelFacts, PixelFacts], tuple[T, S]], start: S) -> tuple[list[T], S]:
        """Return the same of work that takes the facts of an image, and of what thresholds are taken of."""
        kept = self._all_kept()
        if kept is not None:
            return fold_blocks(kept, lambda facts: work(facts, facts), start)

        def read(image: LabelledImage) -> tuple[T, S]:
            facts = self.kept[image.number] or self._facts(image, 1)
            return work(facts, facts if self.downsample == 1 else self._facts(image, self.downsample))

        return map_and_fold(self.images, read, start, len(self), "all")

    @property
    def reads(self) -> Reads:
        """What later walks look at in images."""
        return "few" if self._all_kept() is None else "labels"

    def _facts(self, image: LabelledImage, downsample: int) -> PixelFacts:
        return facts_of(pixels_of(image, self.images, downsample), image, self.images)

    def _all_kept(self) -> list[PixelFacts] | None:
        kept = [facts for facts in self.kept if facts is not None]
        return kept if len(kept) == len(self) else None  # then no image need be read


def given_prob(pixels: Pixels) -> np.ndarray:
    """Return how likely the labels of some pixels are, (P,), NaN of ignored ones; other classes are not read."""
    labels, probs, ignore_index = pixels
    return to_numpy(segmentation_for(probs).given_probability(labels, probs, ignore_index), "pred_probs")


def facts_of(pixels: Pixels, image: LabelledImage, images: LabelledImages) -> PixelFacts:
    """Return the facts of the pixels of an image; refuse what cannot be scored."""
    labels, probs, ignore_index = pixels
    *found, sound = segmentation_for(probs).most_likely(labels, probs, ignore_index)
    if not sound:
        refuse_pixels(images, image)
    given, predicted, rival = (to_numpy(array, "pred_probs") for array in found)
    return PixelFacts(given, predicted.astype(np.min_scalar_type(images.k - 1), copy=False), rival)


def is_kept(image: LabelledImage, images: LabelledImages) -> bool:
    """Whether the facts of an image are kept, which it decides for itself, as if all were of its size."""
    return is_little(images, images.n if images.n is not None else image.number + 1, image.size)


def is_little(images: LabelledImages, n: int, size: tuple[int, int]) -> bool:
    """Whether the facts of n images of a size can be kept."""
    return n * size[0] * size[1] * (2 * images.float_type.itemsize + 2) <= _KEPT_BYTES
