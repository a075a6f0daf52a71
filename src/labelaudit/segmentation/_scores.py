"""The scores of pixels, and what becomes of them in an image."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelaudit._checks.arrays import to_numpy
from labelaudit._checks.segmentation import Picture, Pictures
from labelaudit._kernels import pool_for, segmentation_for
from labelaudit.segmentation._boundary import near_boundary
from labelaudit.segmentation._walk import Bits, Sheets, walk


def pixel_scores(picture: Picture, pictures: Pictures) -> np.ndarray:
    """Return the probability of each pixel's label, (H, W), NaN for void ones; refuse what cannot be scored."""
    labels, probs = picture.flat
    scores, sound = segmentation_for(probs).self_confidence(labels, probs, pictures.void)
    if not sound:
        pictures.refuse(picture)
    host: np.ndarray = to_numpy(scores, "pred_probs").reshape(picture.size)
    return host


def checked_scores(picture: Picture, pictures: Pictures) -> np.ndarray:
    """Return the same of an image that an earlier walk has checked, so that only the labels' classes are read."""
    labels, probs = picture.flat
    scores = segmentation_for(probs).given_probability(labels, probs, pictures.void)
    host: np.ndarray = to_numpy(scores, "pred_probs").reshape(picture.size)
    return host


def pooled(scores: np.ndarray, band: np.ndarray | None, temperature: float) -> float:
    """Return the softmin, in float64, of the scores of an image that are not in the band; 1 where none is left."""
    values = scores.astype(np.float64)
    if band is not None:
        values[band] = np.nan
    image = pool_for(values).softmin(values.reshape(-1), np.array([0, values.size]), temperature)
    return float(image[0])


def band_of(picture: Picture, pictures: Pictures, width: int) -> np.ndarray | None:
    """Return the pixels near a change of label, None for no width."""
    return near_boundary(to_numpy(picture.labels, "labels"), pictures.void, width) if width else None


def softmin_scores(pictures: Pictures, temperature: float, width: int, out: Any) -> tuple[np.ndarray, Any]:
    """Return the softmin of each image (N,) and its pixels' scores, in one walk."""
    sheets = Sheets(pictures, pictures.float_type, out)
    images: list[float] = []

    def score(picture: Picture) -> tuple[int, np.ndarray | None, float]:
        scores = pixel_scores(picture, pictures)
        left = sheets.write(picture.number, scores)
        return picture.number, left, pooled(scores, band_of(picture, pictures, width), temperature)

    def keep(result: tuple[int, np.ndarray | None, float]) -> None:
        number, left, image = result
        sheets.append(number, left)
        images.append(image)

    walk(pictures, score, keep, pictures.n, whole=True)
    return np.array(images, np.float64), sheets.whole


def unflagged_shares(pictures: Pictures, flagged: Bits, width: int, out: Any) -> tuple[np.ndarray, Any]:
    """Return the share of each image's pixels that are not flagged (N,), 1 where none count, and its pixels' scores."""
    sheets = Sheets(pictures, pictures.float_type, out)
    shares: list[float] = []

    def score(picture: Picture) -> tuple[int, np.ndarray | None, float]:
        left = sheets.write(picture.number, checked_scores(picture, pictures))
        return (
            picture.number,
            left,
            unflagged_share(picture, pictures, flagged[picture.number], band_of(picture, pictures, width)),
        )

    def keep(result: tuple[int, np.ndarray | None, float]) -> None:
        number, left, share = result
        sheets.append(number, left)
        shares.append(share)

    walk(pictures, score, keep, len(flagged))
    return np.array(shares, np.float64), sheets.whole


def unflagged_share(picture: Picture, pictures: Pictures, mask: np.ndarray, band: np.ndarray | None) -> float:
    """Return the share of an image's pixels, without those in the band, that are not flagged."""
    counted = to_numpy(picture.labels, "labels") != pictures.void
    if band is not None:
        counted &= ~band
    pixels = int(np.count_nonzero(counted))
    return 1 - int(np.count_nonzero(mask & counted)) / pixels if pixels else 1.0
