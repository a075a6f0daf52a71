"""Tables and pictures of the pixels that look wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from labelaudit._checks.arrays import as_array, to_numpy
from labelaudit._checks.segmentation import Picture, Pictures, check_segmentation
from labelaudit.errors import InputError
from labelaudit.segmentation import _drawing
from labelaudit.segmentation._options import check_count
from labelaudit.segmentation._regions import most_likely_at
from labelaudit.segmentation._walk import Sheets, walk

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
    pictures = check_segmentation(labels, pred_probs)
    most = check_count(20 if top is None else top, "top", 0)
    names = _names(class_names, pictures.k)
    left_out = list(exclude or [])
    totals = np.zeros((pictures.k, pictures.k), np.int64)

    def count(picture: Picture) -> np.ndarray:
        places = np.flatnonzero(_mask(issues, picture))
        given = to_numpy(picture.labels, "labels").reshape(-1)[places].astype(np.int64)
        if ((given < 0) | (given >= pictures.k)).any():
            pictures.refuse(picture)
        pairs = given * pictures.k + most_likely_at(picture.pred_probs, places)
        return np.bincount(pairs, minlength=pictures.k**2).reshape(pictures.k, pictures.k)

    def add(part: np.ndarray) -> None:
        nonlocal totals
        totals = totals + part

    walk(pictures, count, add, _images(issues, pictures))
    totals[:, left_out] = 0
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
    pictures = check_segmentation(labels, pred_probs)
    if not 0 <= check_count(class_index, "class_index", 0) < pictures.k:
        raise InputError(f"class_index: expected a class 0..{pictures.k - 1}, got {class_index}")
    sheets = Sheets(pictures, np.dtype(bool))

    def choose(picture: Picture) -> tuple[int, np.ndarray | None]:
        chosen = _mask(issues, picture).copy()
        places = np.flatnonzero(chosen)
        given = to_numpy(picture.labels, "labels").reshape(-1)[places]
        chosen.reshape(-1)[places] = (given == class_index) | (
            most_likely_at(picture.pred_probs, places) == class_index
        )
        return picture.number, sheets.write(picture.number, chosen)

    walk(pictures, choose, lambda result: sheets.append(*result), _images(issues, pictures))
    return pictures.in_kind(sheets.whole)


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

    Parameters
    ----------
    issues, labels, pred_probs
        As :func:`common_label_issues` takes them; labels and probabilities may be left out, and so are their pictures.
    class_names : K strings
        For a legend.
    exclude
        Given classes whose issues are not shown; needs ``labels``.
    top
        How many images at the most, 20 by default.
    images : N arrays (H, W) or (H, W, 3)
        The pictures themselves, with issues drawn over them.
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
    most = check_count(20 if top is None else top, "top", 0)
    counts = [int(np.count_nonzero(to_numpy(as_array(issues[i], "issues"), "issues"))) for i in range(len(issues))]
    rows = []
    for i in np.argsort(-np.array(counts, np.int64), kind="stable")[:most]:
        mask = to_numpy(as_array(issues[i], "issues"), "issues")
        given, probs, image = (
            None if column is None else to_numpy(as_array(column[i], name), name)
            for column, name in ((labels, "labels"), (pred_probs, "pred_probs"), (images, "images"))
        )
        for name, shape in (("labels", given), ("pred_probs", probs)):
            if shape is not None and shape.shape[-2:] != mask.shape:
                raise InputError(
                    f"{name}: expected {mask.shape} pixels, as in issues, image {i} has {shape.shape[-2:]}"
                )
        if given is not None and exclude:
            mask = mask & ~np.isin(given, list(exclude))
        predicted = None if probs is None else probs.argmax(axis=0)
        rows.append(_drawing.Row(int(i), image, given, predicted, mask))
    return _drawing.sheet(rows, None if class_names is None else list(class_names))


def _mask(issues: Any, picture: Picture) -> np.ndarray:
    mask = to_numpy(as_array(issues[picture.number], "issues"), "issues")
    if mask.shape != picture.size or mask.dtype != bool:
        raise InputError(
            f"issues: expected booleans of shape {picture.size}, image {picture.number} has {mask.dtype} of shape "
            f"{mask.shape}"
        )
    return mask


def _images(issues: Any, pictures: Pictures) -> int:
    if pictures.n is not None and len(issues) != pictures.n:
        raise InputError(f"issues: expected {pictures.n} images, as in pred_probs, got {len(issues)}")
    return len(issues)


def _names(class_names: Sequence[str] | None, k: int) -> list[str]:
    names = [str(i) for i in range(k)] if class_names is None else [str(name) for name in class_names]
    if len(names) != k:
        raise InputError(f"class_names: expected {k} names, one a class, got {len(names)}")
    return names
