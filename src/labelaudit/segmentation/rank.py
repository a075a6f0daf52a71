"""How likely the labels of each image are right, and each pixel's on its own."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np

from labelaudit._checks.arrays import as_array, check_choice, check_scores
from labelaudit._checks.options import check_count, check_keywords, check_number, check_temperature
from labelaudit._checks.segmentation import check_segmentation
from labelaudit._data.arrays import to_numpy
from labelaudit._kernels import Array
from labelaudit.errors import InputError
from labelaudit.segmentation._flags import find_flags
from labelaudit.segmentation._options import check_batch_size, check_out
from labelaudit.segmentation._scores import softmin_scores, unflagged_shares

Method = Literal["softmin", "num_pixel_issues"]

METHODS: tuple[str, ...] = get_args(Method)


def get_label_quality_scores(
    labels: Any,
    pred_probs: Any,
    *,
    method: Method = "softmin",
    batch_size: int | None = None,
    n_jobs: int | None = None,
    verbose: bool = True,
    ignore_index: int | None = None,
    boundary_width: int = 0,
    **kwargs: Any,
) -> tuple[Array, Any]:
    """Return how likely each image's labels are right, and each pixel's, from 0 (surely wrong) to 1 (surely right).

    Parameters
    ----------
    labels : (N, H, W) integers
        The given class 0..K-1 of each pixel. Images of different sizes come as a list of (H, W) arrays.
    pred_probs : (N, K, H, W) floats in [0, 1]
        Out-of-sample probability of each class, which sum to 1 within 0.1 in each pixel; or a list of (K, H, W) arrays.
        Memory-mapped, HDF5 and zarr arrays are read image by image, never whole. With ``labels=None`` also a function
        that returns a new iterator of (labels, pred_probs) pairs, one an image.
    method
        How pixel scores s become the score of an image. ``softmin``: the sum of s * softmax((1 - s) / temperature), in
        float64. ``num_pixel_issues``: the share of pixels that :func:`labelaudit.segmentation.filter.find_label_issues`
        does not flag.
    batch_size, n_jobs, verbose
        Taken for compatibility: images are the batches, LABELAUDIT_NUM_THREADS sets the number of threads, and nothing
        is printed.
    ignore_index
        The label, such as 255, of pixels that have none: they score NaN and count nowhere.
    boundary_width
        Pixels within this many rows and columns of a change of the given label do not count for the image, for
        annotators disagree there; their own scores stay.
    **kwargs
        ``temperature`` of the softmin, 0.1 by default: 0 gives the least pixel score, infinity the mean.
        ``downsample``, 1 by default: ``num_pixel_issues`` looks at means over squares of as many rows and columns.
        ``out``: an (N, H, W) array of floats, such as a memory-mapped one, that pixel scores are written to.

    Returns
    -------
    image_scores
        (N,) float64.
    pixel_scores
        The probability of each pixel's label, (N, H, W) in the float type of ``pred_probs``; a list of (H, W) arrays
        where images come in a list or from a function.

    Raises
    ------
    InputError
        For shapes that do not fit, labels that are no class, what is no probability, with image and pixel; for options
        that are unknown or out of range.

    References
    ----------
    Lad, Mueller: Estimating label quality and errors in semantic segmentation data via any model (ICML 2023 workshop on
    data-centric machine learning research).

    Examples
    --------
    >>> labels = np.array([[[0, 0, 1]], [[0, 1, 1]]])
    >>> of_class_1 = np.array([[[0.1, 0.1, 0.9]], [[0.1, 0.1, 0.9]]])
    >>> pred_probs = np.stack([1 - of_class_1, of_class_1], axis=1)
    >>> image_scores, pixel_scores = get_label_quality_scores(labels, pred_probs)
    >>> image_scores.round(4), pixel_scores[1].round(1)
    (array([0.9   , 0.1005]), array([[0.9, 0.1, 0.9]]))
    """
    check_choice(method, "method", METHODS)
    check_keywords(kwargs, "temperature", "downsample", "out")
    check_batch_size(batch_size)
    width = check_count(boundary_width, "boundary_width", 0)
    temperature = check_temperature(kwargs.get("temperature", 0.1))
    downsample = check_count(kwargs.get("downsample", 1), "downsample", 1)
    images = check_segmentation(labels, pred_probs, ignore_index)
    out = check_out(kwargs.get("out"), images)
    if method == "softmin":
        scores, pixels = softmin_scores(images, temperature, width, out)
    else:
        scores, pixels = unflagged_shares(images, find_flags(images, downsample), width, out)
    return images.in_kind(scores), pixels if out is not None else images.in_kind(pixels)


def issues_from_scores(image_scores: Any, pixel_scores: Any = None, threshold: float = 0.1) -> Any:
    """Return which pixels score below the threshold; without pixel scores the images that do, worst first.

    Parameters
    ----------
    image_scores, pixel_scores
        What :func:`get_label_quality_scores` returns.
    threshold
        From 0 to 1.

    Returns
    -------
    A mask in the form of ``pixel_scores``, or the indices of images. Pixels without a label are no issues.

    Examples
    --------
    >>> issues_from_scores([0.9, 0.05, 0.02, 0.1])
    array([2, 1])
    >>> issues_from_scores([0.5], np.array([[[0.05, 0.9]]]))
    array([[[ True, False]]])
    """
    if not 0 <= check_number(threshold, "threshold") <= 1:
        raise InputError(f"threshold: expected a number from 0 to 1, got {threshold!r}")
    if isinstance(pixel_scores, list | tuple):
        return [as_array(image, "pixel_scores") < threshold for image in pixel_scores]
    if pixel_scores is not None:
        return as_array(pixel_scores, "pixel_scores") < threshold
    scores = to_numpy(check_scores(image_scores, "image_scores"), "image_scores")
    order = np.argsort(scores, kind="stable")
    return order[: int(np.count_nonzero(scores < threshold))]
