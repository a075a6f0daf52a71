"""How alike masks are: their IoU alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelaudit._data.masks import Masks
from labelaudit._kernels import mask_kernels
from labelaudit.object_detection._match import PairSimilarity


def _iou(a: Masks, b: Masks) -> np.ndarray:
    pairs: np.ndarray = mask_kernels().mask_iou(*a.runs, a.starts, *b.runs, b.starts)
    return pairs


def _similarity(_: Any, __: Any, pairs: Any) -> np.ndarray:
    ious: np.ndarray = pairs.ious
    return ious


MASK_IOU = PairSimilarity(_iou, _similarity)
