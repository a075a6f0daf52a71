"""Tables and figures of the pixels that look wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from labelaudit._checks.arrays import as_array
from labelaudit._checks.options import check_count
from labelaudit._checks.segmentation import check_segmentation, refuse_pixels
from labelaudit._data.arrays import nth, to_numpy
from labelaudit._data.images import LabelledImage, LabelledImages, PixelMaps, images_in
from labelaudit.errors import InputError
from labelaudit.segmentation import _drawing
from labelaudit.segmentation._flags import most_likely_at
from labelaudit.segmentation._walk import map_and_fold, map_into

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def common_label_issues(
    issues: Any,
    labels: Any,
    pred_probs: Any,
    *,
    class_names: Sequence[str] | None = None,
    exclude: Sequence[int] | None = None,
    top: int | None = None,
    verbose: bool = True,
) -> pl.DataFrame:
    """Return which classes are taken for which: a row a pair of given and predicted class, the most frequent first.

    Parameters
    ----------
    issues : (N, H, W) booleans, or a list of (H, W)
        As :func:`labelaudit.segmentation.filter.find_label_issues` returns them.
    labels, pred_probs
        As :func:`labelaudit.segmentation.rank.get_label_quality_scores` takes them.
    class_names : K strings
        The numbers of the classes by default.
    exclude
        Predicted classes to leave out.
    top
        How many rows at the most, 20 by default.
    verbose
        Taken for compatibility; nothing is printed.

    Returns
    -------
    Columns ``given_label``, ``predicted_label``, ``num_pixel_issues``.

    Examples
    --------
    >>> labels = np.array([[[0, 0, 1]]])
    >>> pred_probs = np.array([[[[0.9, 0.2, 0.7]], [[0.1, 0.8, 0.3]]]])
    >>> issues = np.array([[[False, True, True]]])
    >>> common_label_issues(issues, labels, pred_probs, class_names=["sky", "sea"]).rows()
    [('sky', 'sea', 1), ('sea', 'sky', 1)]
    """
    images = check_segmentation(labels, pred_probs)
    most, names = _top(top), _names(class_names, images.k)

    def count(image: LabelledImage) -> tuple[None, np.ndarray]:
        places = np.flatnonzero(_mask(issues, image.number, image.size))
        given = to_numpy(image.labels, "labels").reshape(-1)[places].astype(np.int64)
        if ((given < 0) | (given >= images.k)).any():
            refuse_pixels(images, image)
        pairs = given * images.k + most_likely_at(image, places)
        return None, np.bincount(pairs, minlength=images.k**2).reshape(images.k, images.k)

    _, totals = map_and_fold(images, count, np.zeros((images.k, images.k), np.int64), _number(issues, images))
    totals[:, list(exclude or [])] = 0
    given, predicted = np.nonzero(totals)
    counts = totals[given, predicted]
    order = np.argsort(-counts, kind="stable")[:most]
    called = pl.Series(names, dtype=pl.String)
    return pl.DataFrame(
        {
            "given_label": called.gather(given[order]),
            "predicted_label": called.gather(predicted[order]),
            "num_pixel_issues": pl.Series(counts[order], dtype=pl.Int64),
        }
    )


def filter_by_class(class_index: int, issues: Any, labels: Any, pred_probs: Any) -> Any:
    """Return the issues of a class: pixels whose label or whose most likely class it is.

    Parameters
    ----------
    class_index
        The class 0..K-1.
    issues, labels, pred_probs
        As :func:`common_label_issues` takes them.

    Returns
    -------
    A mask in the form of ``issues``.

    Examples
    --------
    >>> labels = np.array([[[0, 0, 1]]])
    >>> pred_probs = np.array([[[[0.9, 0.2, 0.1]], [[0.1, 0.7, 0.1]], [[0, 0.1, 0.8]]]])
    >>> filter_by_class(0, np.array([[[False, True, True]]]), labels, pred_probs)
    array([[[False,  True, False]]])
    """
    images = check_segmentation(labels, pred_probs)
    if not 0 <= check_count(class_index, "class_index", 0) < images.k:
        raise InputError(f"class_index: expected a class 0..{images.k - 1}, got {class_index}")
    maps = PixelMaps(images, np.dtype(bool))

    def choose(image: LabelledImage) -> tuple[None, np.ndarray]:
        chosen = _mask(issues, image.number, image.size).copy()
        places = np.flatnonzero(chosen)
        given = to_numpy(image.labels, "labels").reshape(-1)[places]
        chosen.reshape(-1)[places] = (given == class_index) | (most_likely_at(image, places) == class_index)
        return None, chosen

    map_into(maps, images, choose, _number(issues, images))
    return images.in_kind(maps.whole)


def display_issues(
    issues: Any,
    *,
    labels: Any = None,
    pred_probs: Any = None,
    class_names: Sequence[str] | None = None,
    exclude: Sequence[int] | None = None,
    top: int | None = None,
    images: Any = None,
    **kwargs: Any,
) -> Figure:
    """Return a figure of the images with the most issues: image, given and predicted classes, and issues in red.

    Images without an issue are not shown.

    Parameters
    ----------
    issues, labels, pred_probs
        As :func:`common_label_issues` takes them; labels and probabilities may be left out, and so are their panels.
    class_names : K strings
        For a legend.
    exclude
        Given classes whose issues are not shown; needs ``labels``.
    top
        How many images at the most, 20 by default.
    images : N arrays (H, W) or (H, W, 3)
        The images themselves, with issues drawn over them.
    **kwargs
        Taken for compatibility with ``plt.show``: the figure is returned, not shown.

    Raises
    ------
    InputError
        For shapes that do not fit, an image number that is not there; without matplotlib.

    Examples
    --------
    >>> figure = display_issues(np.array([[[False, True]]]), labels=np.array([[[0, 1]]]))
    >>> [axes.get_title() for axes in figure.axes]
    ['image 0: given', '1 issue']
    """
    if labels is None and exclude:
        raise InputError("exclude: leaves out given classes; pass labels too")
    most = _top(top)

    def shown(i: int) -> np.ndarray:
        mask = _mask(issues, i)
        return mask & ~np.isin(_pixels(labels, i, "labels", mask.shape), list(exclude)) if exclude else mask

    counts = np.array([np.count_nonzero(shown(i)) for i in range(images_in(issues))], np.int64)
    rows = []
    for i in np.argsort(-counts, kind="stable")[: min(most, np.count_nonzero(counts))]:
        mask = shown(i)
        given = _pixels(labels, i, "labels", mask.shape)
        probs = _pixels(pred_probs, i, "pred_probs", mask.shape)
        predicted = None if probs is None else probs.argmax(axis=0)
        rows.append(_drawing.Row(int(i), _pixels(images, i, "images", mask.shape), given, predicted, mask))
    return _drawing.sheet(rows, None if class_names is None else list(class_names))


def _mask(issues: Any, i: int, size: tuple[int, ...] | None = None) -> np.ndarray:
    """Return the issues of an image, (H, W) bool, of this size where one is given."""
    mask: np.ndarray = _pixels(issues, i, "issues")
    if mask.shape != (mask.shape if size is None else size) or mask.dtype != bool:
        of_shape = "" if size is None else f" of shape {size}"
        raise InputError(f"issues: expected booleans{of_shape}, image {i} has {mask.dtype} of shape {mask.shape}")
    return mask


def _pixels(column: Any, i: int, name: str, size: tuple[int, ...] | None = None) -> Any:
    """Return what a column has of an image, of this size where one is given; None of no column."""
    if column is None:
        return None
    pixels = to_numpy(as_array(nth(column, i), name), name)
    found = pixels.shape[:2] if name == "images" else pixels.shape[-2:]  # colours come last, classes first
    if size not in (None, found):
        raise InputError(f"{name}: expected {size} pixels, as in issues, image {i} has {found}")
    return pixels


def _number(issues: Any, images: LabelledImages) -> int:
    n = images_in(issues)
    if images.n is not None and n != images.n:
        raise InputError(f"issues: expected {images.n} images, as in pred_probs, got {n}")
    return n


def _top(top: int | None) -> int:
    return check_count(20 if top is None else top, "top", 0)


def _names(class_names: Sequence[str] | None, k: int) -> list[str]:
    names = [str(i) for i in range(k)] if class_names is None else [str(name) for name in class_names]
    if len(names) != k:
        raise InputError(f"class_names: expected {k} names, one a class, got {len(names)}")
    return names
