"""The annotated and the predicted masks of all images, one image after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from labelaudit._data.boxes import Objects, spans
from labelaudit._data.ragged import offsets_of
from labelaudit._kernels import mask_kernels

# few, for masks of an image take long to compare, and all threads should have some
IMAGES_PER_BLOCK = 32


class Runs(NamedTuple):
    """Masks as run lengths: the pixels of a mask, column by column, are in turn outside and inside."""

    ends: np.ndarray  # (runs,) int32, where each run ends, counted from the first pixel of its mask
    starts: np.ndarray  # (n + 1,) int64, where the runs of each mask are

    @property
    def pixels(self) -> np.ndarray:
        """How many pixels the image of each mask has, (n,)."""
        ends: np.ndarray = self.ends[self.starts[1:] - 1]
        return ends.astype(np.int64)

    def block(self, first: int, stop: int) -> Runs:
        """Return the masks first..stop."""
        a, b = self.starts[first], self.starts[stop]
        return Runs(self.ends[a:b], self.starts[first : stop + 1] - a)

    def take(self, rows: np.ndarray) -> Runs:
        """Return these masks alone."""
        lengths = np.diff(self.starts)[rows]
        starts = offsets_of(lengths)
        return Runs(self.ends[np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], lengths)], starts)


@dataclass(frozen=True)
class Masks(Objects):
    """What people annotated: image i has the masks ``starts[i]`` to ``starts[i + 1]``."""

    runs: Runs  # n masks
    heights: np.ndarray  # (n,) int64, of their images in pixels
    classes: np.ndarray  # (n,) int64
    starts: np.ndarray  # (N + 1,) int64

    def block(self, first: int, stop: int) -> Masks:
        """Return the images first..stop."""
        a, b = self.starts[first], self.starts[stop]
        starts = self.starts[first : stop + 1] - a
        return Masks(self.runs.block(a, b), self.heights[a:b], self.classes[a:b], starts)

    @property
    def sizes(self) -> np.ndarray:
        """Width and height of each image in pixels, (N, 2) int64; -1 without masks."""
        sizes, known = np.full((len(self), 2), -1, np.int64), self.counts > 0
        first = self.starts[:-1][known]  # all masks of an image have its size
        heights = self.heights[first]
        sizes[known] = np.column_stack([self.runs.pixels[first] // heights, heights])
        return sizes

    @property
    def boxes(self) -> np.ndarray:
        """The least boxes x1, y1, x2, y2 that hold the masks, (n, 4) float64; zeros for empty ones."""
        boxes: np.ndarray = mask_kernels().bounding_boxes(*self.runs, self.heights)
        return boxes


@dataclass(frozen=True)
class PredictedMasks(Masks):
    """What a model predicted."""

    confidences: np.ndarray  # (n,) float64 in [0, 1]

    def block(self, first: int, stop: int) -> PredictedMasks:
        """Return the images first..stop."""
        a, b = self.starts[first], self.starts[stop]
        masks = super().block(first, stop)
        return PredictedMasks(masks.runs, masks.heights, masks.classes, masks.starts, self.confidences[a:b])

    def take(self, rows: np.ndarray) -> PredictedMasks:
        """Return these masks alone, given in rising order."""
        starts = np.searchsorted(rows, self.starts)
        return PredictedMasks(
            self.runs.take(rows), self.heights[rows], self.classes[rows], starts, self.confidences[rows]
        )


@dataclass(frozen=True)
class MaskScenes:
    """Images with both kinds of masks, and how many classes there are."""

    labels: Masks
    predictions: PredictedMasks
    k: int

    def __len__(self) -> int:
        return len(self.labels)

    def blocks(self) -> list[tuple[Masks, PredictedMasks]]:
        """Return the images a few at a time; one block at the least."""
        blocks = spans(len(self), IMAGES_PER_BLOCK)
        return [(self.labels.block(*span), self.predictions.block(*span)) for span in blocks]


def unpack(texts: Sequence[str | bytes]) -> tuple[np.ndarray, np.ndarray]:
    """Return the run lengths in COCO's compressed strings, none in what is no such, and where those of each begin."""
    # surrogates pass, to be refused with the other letters that are none of COCO's
    letters = [text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text for text in texts]
    starts = offsets_of([len(text) for text in letters])
    counts, runs = mask_kernels().unpacked(np.frombuffer(b"".join(letters), np.uint8), starts)
    return counts, runs
