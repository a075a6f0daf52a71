"""Boxes of many images: ragged arrays, the lists that cleanlab takes, and how they overlap."""

from collections.abc import Sequence

import numpy as np

from labelaudit.object_detection import Boxes, Detections


def starts_of(counts: Sequence[int] | np.ndarray) -> np.ndarray:
    """Where the boxes of each image start, and the last ones end."""
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])


def lists(labels: Boxes, found: Detections, k: int) -> tuple[list, list]:
    """The same as cleanlab takes it."""
    spans = zip(found.starts[:-1], found.starts[1:], strict=True)
    given = zip(labels.starts[:-1], labels.starts[1:], strict=True)
    predictions = []
    for a, b in spans:
        rows = np.column_stack([found.boxes[a:b], found.confidences[a:b]])
        predictions.append([rows[found.classes[a:b] == c] for c in range(k)])
    return [{"bboxes": labels.boxes[a:b], "labels": labels.classes[a:b]} for a, b in given], predictions


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The intersection over union of each box (n, 4) with each of the others (m, 4)."""
    sides = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    both = sides.clip(0).prod(axis=-1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=-1) for boxes in (a, b)]
    union = areas[0][:, None] + areas[1] - both
    return np.divide(both, union, out=np.zeros_like(both), where=union > 0)
