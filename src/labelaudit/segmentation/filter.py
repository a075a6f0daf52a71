"""Which pixels of a data set look wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelaudit._checks.options import check_count, check_keywords
from labelaudit._checks.segmentation import check_segmentation
from labelaudit._data.images import PixelMaps
from labelaudit.segmentation._flags import find_flags
from labelaudit.segmentation._options import check_batch_size
from labelaudit.segmentation._walk import map_into


def find_label_issues(
    labels: Any,
    pred_probs: Any,
    *,
    batch_size: int | None = None,
    n_jobs: int | None = None,
    verbose: bool = True,
    ignore_index: int | None = None,
    **kwargs: Any,
) -> Any:
    """Return which pixels look wrong, a mask of all images.

    With t[k] the mean probability of class k over the pixels labelled k, let n be the number of pixels whose most
    likely class is not their label and reaches the t of that class. Of the n pixels whose label is least likely, those
    are flagged whose most likely class is another. Where n cuts through pixels of equal probability, the first count.

    Parameters
    ----------
    labels, pred_probs, ignore_index
        As :func:`labelaudit.segmentation.rank.get_label_quality_scores` takes them. All classes are read once, and the
        probabilities of the given labels once more, or three to five times more where they take over 64 MB.
    batch_size, n_jobs, verbose
        Taken for compatibility: images are the batches, LABELAUDIT_NUM_THREADS sets the number of threads, and nothing
        is printed.
    **kwargs
        ``downsample``, 1 by default: t and n are those of the means over squares of as many rows and columns, and a
        square is flagged in its pixels whose most likely class is not their label.

    Returns
    -------
    (N, H, W) booleans; a list of (H, W) arrays where images come in a list or from a function.

    Raises
    ------
    InputError
        As :func:`labelaudit.segmentation.rank.get_label_quality_scores` does.

    Examples
    --------
    >>> labels = np.array([[[0, 0, 1]], [[0, 1, 1]]])
    >>> of_class_1 = np.array([[[0.1, 0.1, 0.9]], [[0.1, 0.1, 0.9]]])
    >>> find_label_issues(labels, np.stack([1 - of_class_1, of_class_1], axis=1))
    array([[[False, False, False]],
    <BLANKLINE>
           [[False,  True, False]]])
    """
    check_keywords(kwargs, "downsample")
    check_batch_size(batch_size)
    downsample = check_count(kwargs.get("downsample", 1), "downsample", 1)
    images = check_segmentation(labels, pred_probs, ignore_index)
    flags = find_flags(images, downsample)
    masks = PixelMaps(images, np.dtype(bool))
    map_into(masks, images, lambda image: (None, flags.mask(image)), len(flags), flags.reads)
    return images.in_kind(masks.whole)
