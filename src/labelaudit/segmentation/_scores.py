"""The scores of pixels, and what becomes of them in an image."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelaudit._checks.segmentation import refuse_pixels
from labelaudit._data.arrays import to_numpy
from labelaudit._data.images import LabelledImage, LabelledImages, PixelMaps
from labelaudit._data.regions import near_boundary
from labelaudit._kernels import pool_for, segmentation_for
from labelaudit.segmentation._flags import Flags
from labelaudit.segmentation._walk import map_into


def softmin_scores(images: LabelledImages, temperature: float, width: int, out: Any) -> tuple[np.ndarray, Any]:
    """Return the softmin of each image (N,) and its pixels' scores, in one walk."""
    maps = PixelMaps(images, images.float_type, out)

    def score(image: LabelledImage) -> tuple[float, np.ndarray]:
        labels, probs = image.flat
        found, sound = segmentation_for(probs).self_confidence(labels, probs, images.ignore_index)
        if not sound:
            refuse_pixels(images, image)
        scores = to_numpy(found, "pred_probs").reshape(image.size)
        return pooled(scores, band_of(image, images, width), temperature), scores

    scores = map_into(maps, images, score, images.n, "all")
    return np.array(scores, np.float64), maps.whole


def unflagged_shares(images: LabelledImages, flags: Flags, width: int, out: Any) -> tuple[np.ndarray, Any]:
    """Return the share of each image's pixels that are not flagged (N,), and its pixels' scores."""
    maps = PixelMaps(images, images.float_type, out)

    def score(image: LabelledImage) -> tuple[float, np.ndarray]:
        share = unflagged_share(image, images, flags.mask(image), band_of(image, images, width))
        return share, flags.given_prob(image)

    return np.array(map_into(maps, images, score, len(flags), flags.reads), np.float64), maps.whole


def pooled(scores: np.ndarray, band: np.ndarray | None, temperature: float) -> float:
    """Return the softmin, in float64, of the scores of an image that are not in the band; 1 where none is left."""
    values = scores.astype(np.float64)
    if band is not None:
        values[band] = np.nan
    image = pool_for(values).softmin(values.reshape(-1), np.array([0, values.size]), temperature)
    return float(image[0])


def unflagged_share(image: LabelledImage, images: LabelledImages, mask: np.ndarray, band: np.ndarray | None) -> float:
    """Return the share of an image's pixels, without those in the band, that are not flagged; 1 where none count."""
    counted = to_numpy(image.labels, "labels") != images.ignore_index
    if band is not None:
        counted &= ~band
    pixels = int(np.count_nonzero(counted))
    return 1 - int(np.count_nonzero(mask & counted)) / pixels if pixels else 1.0


def band_of(image: LabelledImage, images: LabelledImages, width: int) -> np.ndarray | None:
    """Return the pixels near a change of label, which do not count; None for no width."""
    return near_boundary(to_numpy(image.labels, "labels"), images.ignore_index, width) if width else None
