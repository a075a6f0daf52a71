"""Which pixels look wrong: as many of the least likely labels as the model is sure to see another class in."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from labelaudit._data.arrays import to_numpy
from labelaudit._data.images import LabelledImage, LabelledImages, PackedMask
from labelaudit._kernels import pixel_fact_kernels, segmentation_for
from labelaudit._stats.k_smallest import Counts, Least
from labelaudit._stats.self_confidence import SelfConfidence
from labelaudit.segmentation._downsample import enlarged, float_type, pixels_of
from labelaudit.segmentation._pixel_facts import KnownPixels, PixelFacts, facts_of, given_prob, is_kept, is_little
from labelaudit.segmentation._walk import Reads, map_and_fold

# A probability reaches a threshold that it misses by less than this, as in cleanlab.
_TOLERANCE = 1e-6

# The threshold of a class that no pixel is labelled: a pixel is surely of it as soon as it is the most likely one. For
# rows labelaudit lets nothing reach such a class; here masks are to be cleanlab's.
_UNSEEN = 2e-6


@dataclass(frozen=True)
class Flags:
    """Which pixels look wrong, of each image as its turn comes in a later walk."""

    known: KnownPixels
    confidence: SelfConfidence  # sums and counts of the probabilities of the labels, by class
    differs: list[PackedMask]  # (P,) of each image, where the label is not the most likely class
    least: Least  # the least likely labels
    tied: list[int]  # of the pixels of an image that tie at the end of those, how many count: the first

    def __len__(self) -> int:
        return len(self.differs)

    @property
    def reads(self) -> Reads:
        """What a walk looks at in images if it asks for masks, for probabilities of labels and for likely classes."""
        return self.known.reads

    def mask(self, image: LabelledImage) -> np.ndarray:
        """Return which pixels of an image look wrong, (H, W) bool."""
        given, tied, step = self.known.given_prob(image), self.tied[image.number], self.known.downsample
        among = self.least.below(given)
        if tied:
            among[np.flatnonzero(self.least.edge(given))[:tied]] = True
        height, width = image.size
        mask = self.differs[image.number].unpacked().reshape(image.size)
        mask &= enlarged(among.reshape(height // step, width // step), step)
        return mask

    def given_prob(self, image: LabelledImage) -> np.ndarray:
        """Return the probability of the label of each pixel, (H, W), NaN of ignored ones."""
        known = self.known
        whole = known.given_prob(image) if known.downsample == 1 else given_prob(pixels_of(image, known.images, 1))
        return whole.reshape(image.size)

    def predicted_at(self, image: LabelledImage, places: np.ndarray) -> np.ndarray:
        """Return the most likely class of some pixels, the first on ties."""
        kept = self.known.kept[image.number]
        return most_likely_at(image, places) if kept is None else kept.predicted[places]


def find_flags(images: LabelledImages, downsample: int = 1) -> Flags:
    """Return which pixels look wrong, in one walk over the images; in more where not all is kept that it finds out.

    Of those one reads the probabilities of all classes, the others those of the labels.
    """
    known, basis = _known(images, downsample)
    seen = basis.confidence
    thresholds = np.where(seen.counts > 0, seen.thresholds(), _UNSEEN) - _TOLERANCE
    differs, sure = known.fold_facts(
        lambda facts, ranked: (PackedMask.of(~np.isnan(facts.rival_prob)), ranked.confident(thresholds)), 0
    )
    least, tied = _least(known, basis.counts, sure)
    return Flags(known, seen, differs, least, tied)


@dataclass(frozen=True)
class _Basis:
    """What thresholds and ranks are made of."""

    confidence: SelfConfidence
    counts: Counts  # of the first bits of the probabilities of labels

    def __add__(self, other: _Basis) -> _Basis:
        return _Basis(self.confidence + other.confidence, self.counts + other.counts)


def _known(images: LabelledImages, downsample: int) -> tuple[KnownPixels, _Basis]:
    def learn(image: LabelledImage) -> tuple[PixelFacts | None, _Basis]:
        pixels = pixels_of(image, images, downsample)
        facts = facts_of(pixels, image, images) if downsample == 1 and is_kept(image, images) else None
        given = facts.given_prob if facts else given_prob(pixels)
        labels = to_numpy(pixels.labels, "labels")
        sums = SelfConfidence(*pixel_fact_kernels().self_confidence_sums(labels, given, images.k))
        return facts, _Basis(sums, Counts.of(given, Least.of(1)))

    start = _Basis(SelfConfidence.of_none(images.k), Counts.of_none())
    all_are_kept = images.n is not None and images.size is not None and is_little(images, images.n, images.size)
    reads: Reads = "all" if all_are_kept or downsample > 1 else "few"
    kept, basis = map_and_fold(images, learn, start, images.n, reads)
    return KnownPixels(images, downsample, kept), basis


def _least(known: KnownPixels, counts: Counts, n: int) -> tuple[Least, list[int]]:
    """Return which probabilities of labels are the n least, and by image how many of those that tie at their end count.

    ``counts``: of the first bits of all.
    """
    least = Least.of(n)
    if not n:
        return least, [0] * len(known)
    while not least.exact:
        if least.known:
            counts = _counts(known, least)
        least = least.narrowed(counts, float_type(known.images, known.downsample))
    if least.rest == counts.counts[least.first_bits & 0xFFFF]:  # none is cut off
        return least, [sys.maxsize] * len(known)
    tied, _ = known.fold_given_probs(lambda given: (int(np.count_nonzero(least.edge(given))), 0), 0)
    before = np.cumsum([0, *tied])[:-1]
    return least, np.clip(least.rest - before, 0, tied).tolist()


def _counts(known: KnownPixels, among: Least) -> Counts:
    return known.fold_given_probs(lambda given: (None, Counts.of(given, among)), Counts.of_none())[1]


def most_likely_at(image: LabelledImage, places: np.ndarray) -> np.ndarray:
    """Return the most likely class of some pixels of an image, the first on ties; others are not read."""
    _, probs = image.flat
    classes: np.ndarray = to_numpy(segmentation_for(probs).most_likely_at(probs, places), "pred_probs")
    return classes
