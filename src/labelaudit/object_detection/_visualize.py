"""A picture of one scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelaudit.errors import InputError
from labelaudit.object_detection import _drawing
from labelaudit.object_detection._marks import checked_names, marks_of, pixels_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def visualize(
    image: Any,
    *,
    label: Any = None,
    prediction: Any = None,
    prediction_threshold: float | None = None,
    overlay: bool = True,
    class_names: Mapping[Any, Any] | Sequence[Any] | None = None,
    figsize: tuple[float, float] | None = None,
    save_path: str | Path | None = None,
    ax: Axes | None = None,
    issues: Any = None,
    **kwargs: Any,
) -> Figure:
    """Return a figure of an image with its annotated boxes (red, solid) and predicted ones (blue, dashed).

    Parameters
    ----------
    image : path, PIL image, (H, W) or (H, W, 3) array, or None
        None: the boxes alone.
    label, prediction
        Those of this image, in any form that ``object_counts_per_image`` takes for one.
    prediction_threshold
        Predicted boxes less confident than this are left out, unless an issue is about them.
    overlay
        Both in one picture; False: side by side, annotated ones left.
    class_names : K names, or a mapping of classes (0 or "0") to names
    figsize
        Inches; by the shape of the image by default.
    save_path
        Where to write the figure too; the ending says how (png, jpg, pdf, svg, ...).
    ax
        Axes of matplotlib to draw on, whose figure is returned.
    issues : mapping of box indices to kinds of error, or a polars frame
        Of this image, to be drawn in a colour a kind, the other boxes in grey: such rows of ``audit.issues``, or a
        frame of ``kind``, ``box`` and ``suggested_box`` (or ``suggested_bbox``), indices or corners x1, y1, x2, y2 or
        null. ``box`` is the index of an annotated box, but of a predicted one where the kind is ``overlooked``;
        ``suggested_box`` is that of a predicted one.
    **kwargs
        ``block``, taken for compatibility: the figure is returned, not shown.

    Raises
    ------
    InputError
        For an image that is none, boxes in no known form, issues about boxes that are not there; without matplotlib.

    Examples
    --------
    >>> label = {"bboxes": [[10, 10, 40, 40]], "labels": [0]}
    >>> found = {"boxes": [[11, 9, 41, 40]], "labels": [1], "scores": [0.98]}
    >>> names = ["cat", "dog"]
    >>> figure = visualize(None, label=label, prediction=found, class_names=names, issues={0: "swapped"})
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['dog 0.98', 'swapped: cat']
    """
    _drawing.check_options(kwargs)
    if ax is not None and not overlay:
        raise InputError("ax: is for one picture, overlay=False makes two; leave out either")
    pixels = pixels_of(image)
    marks = marks_of(label, prediction, prediction_threshold, checked_names(class_names), issues)
    if overlay:
        pictures = [("", marks)]
    else:
        pictures = [(title, [mark for mark in marks if mark.predicted is side]) for title, side in _drawing.SIDES]
    figure = _drawing.scene(pixels, pictures, figsize, ax)
    if save_path is not None:
        _drawing.save(figure, Path(save_path))
    return figure
