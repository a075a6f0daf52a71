"""The options that scores and masks of segmentation share."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelaudit._data.images import LabelledImages
from labelaudit.errors import InputError


def check_batch_size(batch_size: Any) -> None:
    """Refuse a size of batches that none can have; apart from that it does nothing."""
    if batch_size is not None and not batch_size > 0:
        raise InputError(f"batch_size: expected a number above 0 or None, got {batch_size!r}")


def check_out(out: Any, images: LabelledImages) -> Any:
    """Return an array that pixel scores are written to."""
    if out is None:
        return None
    if images.size is None:
        raise InputError("out: takes the scores of images in one array; those of a list come back as a list")
    shape = (images.n, *images.size)
    if tuple(out.shape) != shape or np.dtype(out.dtype).kind != "f":
        raise InputError(f"out: expected floats of shape {shape}, got {out.dtype} of shape {tuple(out.shape)}")
    return out
