"""What a file says of images beside their objects: the ids of the objects' records, and the sizes of the images."""

from __future__ import annotations

from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np

from labelaudit.errors import InputError

# on a side; more is no image, and beyond 64 bits no number of pixels either
_TOO_MANY_PIXELS = 1 << 31


@dataclass(frozen=True)
class ImageRecords:
    """What is known beside the objects, None where nothing is."""

    sizes: np.ndarray | None  # (N, 2) int64, width and height in pixels, -1 where they are not known
    annotation_ids: list[str] | None  # (L,) of all annotated objects, one image after another


def check_image_records(sizes: Any, annotation_ids: Any, starts: np.ndarray) -> ImageRecords:
    """Return both in canonical form; image i has the annotated objects ``starts[i]`` to ``starts[i + 1]``."""
    return ImageRecords(
        None if sizes is None else _sizes(sizes, starts.size - 1),
        None if annotation_ids is None else _annotation_ids(annotation_ids, starts),
    )


def _sizes(sizes: Any, images: int) -> np.ndarray:
    given = list(sizes)
    if len(given) != images:
        raise InputError(f"sizes: expected {images}, width and height of each image, got {len(given)}")
    found = np.full((images, 2), -1, np.int64)
    for i, size in enumerate(given):
        if size is None:
            continue
        try:
            width, height = (0 if isinstance(side, bool) else index(side) for side in size)
        except (TypeError, ValueError):
            width = height = 0
        if not (0 < width < _TOO_MANY_PIXELS and 0 < height < _TOO_MANY_PIXELS):
            raise InputError(f"sizes: expected (width, height) in pixels or None, image {i} has {size!r:.60}")
        found[i] = width, height
    return found


def _annotation_ids(annotation_ids: Any, starts: np.ndarray) -> list[str]:
    given = [list(ids) for ids in annotation_ids]
    counts = np.diff(starts).tolist()
    if len(given) != len(counts):
        raise InputError(f"annotation_ids: expected {len(counts)} lists, one an image, got {len(given)}")
    for i, (ids, count) in enumerate(zip(given, counts, strict=True)):
        if len(ids) != count:
            raise InputError(f"annotation_ids: expected an id for each of {count} objects, image {i} has {len(ids)}")
    return [str(one) for ids in given for one in ids]
