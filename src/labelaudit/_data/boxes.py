"""The annotated and the predicted boxes of all images, one image after another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# pairs of 256 images with 7 annotated and 15 predicted boxes are 0.2 MB
IMAGES_PER_BLOCK = 256


class Objects:
    """Objects of all images: image i has those from ``starts[i]`` to ``starts[i + 1]``."""

    starts: np.ndarray  # (N + 1,) int64

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def images(self) -> np.ndarray:
        """The image of each object, (n,)."""
        return np.repeat(np.arange(len(self)), self.counts)

    @property
    def counts(self) -> np.ndarray:
        """How many objects each image has, (N,)."""
        return np.diff(self.starts)


@dataclass(frozen=True)
class Boxes(Objects):
    """What people annotated: image i has the boxes ``starts[i]`` to ``starts[i + 1]``."""

    boxes: np.ndarray  # (n, 4) float64, xyxy
    classes: np.ndarray  # (n,) int64
    starts: np.ndarray  # (N + 1,) int64

    def block(self, first: int, stop: int) -> Boxes:
        """Return the images first..stop."""
        a, b = self.starts[first], self.starts[stop]
        return Boxes(self.boxes[a:b], self.classes[a:b], self.starts[first : stop + 1] - a)


@dataclass(frozen=True)
class Detections(Objects):
    """What a detector predicted."""

    boxes: np.ndarray  # (n, 4) float64, xyxy
    classes: np.ndarray  # (n,) int64
    confidences: np.ndarray  # (n,) float64 in [0, 1]
    starts: np.ndarray  # (N + 1,) int64

    def block(self, first: int, stop: int) -> Detections:
        """Return the images first..stop."""
        a, b = self.starts[first], self.starts[stop]
        return Detections(self.boxes[a:b], self.classes[a:b], self.confidences[a:b], self.starts[first : stop + 1] - a)

    def take(self, rows: np.ndarray) -> Detections:
        """Return these boxes alone, given in rising order."""
        starts = np.searchsorted(rows, self.starts)
        return Detections(self.boxes[rows], self.classes[rows], self.confidences[rows], starts)


@dataclass(frozen=True)
class Scenes:
    """Images with both kinds of boxes, and how many classes there are."""

    labels: Boxes
    predictions: Detections
    k: int

    def __len__(self) -> int:
        return len(self.labels)

    def blocks(self) -> list[tuple[Boxes, Detections]]:
        """Return the images a few at a time; one block at the least."""
        blocks = spans(len(self), IMAGES_PER_BLOCK)
        return [(self.labels.block(*span), self.predictions.block(*span)) for span in blocks]


def spans(count: int, length: int) -> list[tuple[int, int]]:
    """Return where each span of at most this length begins and stops; one span at the least."""
    return [(first, min(first + length, count)) for first in range(0, max(count, 1), length)]
