"""Figures. matplotlib is loaded by the first one, and its global state (pyplot) is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from labelaudit.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# issues are red; no class is drawn in a red
_ISSUE = (0.85, 0.1, 0.1)
_NO_CLASS = (0.92, 0.92, 0.92)

# inches of a panel
_SIDE = 3.2


class Row(NamedTuple):
    """What is shown of an image."""

    number: int
    image: np.ndarray | None  # (H, W) or (H, W, 3)
    given: np.ndarray | None  # (H, W) classes
    predicted: np.ndarray | None  # (H, W) classes
    issues: np.ndarray  # (H, W) bool


def sheet(rows: Sequence[Row], names: list[str] | None) -> Figure:
    """Return a figure with a row of panels an image."""
    try:
        from matplotlib.figure import Figure
    except ImportError as problem:
        raise InputError("matplotlib: is needed for figures; install it with pip install matplotlib") from problem
    columns = max((len(_panels(row, 1)) for row in rows), default=1)
    figure: Any = Figure(figsize=(_SIDE * columns, _SIDE * max(len(rows), 1)), layout="constrained")
    classes = max([len(names or []), *(int(part.max(initial=0)) + 1 for row in rows for part in _class_maps(row))])
    grid = figure.subplots(max(len(rows), 1), columns, squeeze=False) if rows else []
    for axes_of_row, row in zip(grid, rows, strict=True):
        for axes, (title, panel) in zip(axes_of_row, _panels(row, min(classes, 4096)), strict=True):
            axes.imshow(panel, interpolation="nearest", cmap="gray")
            axes.set(xticks=[], yticks=[], title=title)
    if names:
        from matplotlib.patches import Patch

        patches = [Patch(color=colour, label=name) for colour, name in zip(_colours(classes), names, strict=False)]
        figure.legend(handles=patches, loc="outside lower center", ncols=min(len(names), 2 * columns), fontsize="small")
    return figure  # type: ignore[no-any-return]


def _class_maps(row: Row) -> list[np.ndarray]:
    # the label of ignored pixels, 255 as a rule, needs no colour
    return [part[part < 255] if part is row.given else part for part in (row.given, row.predicted) if part is not None]


def _panels(row: Row, classes: int) -> list[tuple[str, np.ndarray]]:
    name = f"image {row.number}"
    found = int(np.count_nonzero(row.issues))
    panels: list[tuple[str, np.ndarray]] = []
    if row.image is not None:
        panels.append(("", row.image))
    if row.given is not None:
        panels.append(("given", _painted(row.given, classes)))
    if row.predicted is not None:
        panels.append(("predicted", _painted(row.predicted, classes)))
    over = np.ones((*row.issues.shape, 3)) if row.image is None else _faded(row.image)
    over[row.issues] = _ISSUE
    panels.append((f"{found:,} issue{'s' * (found != 1)}", over))
    title = panels[0][0]
    panels[0] = (f"{name}: {title}" if title else name, panels[0][1])
    return panels


def _painted(classes_of_pixels: np.ndarray, classes: int) -> np.ndarray:
    palette = np.array([*_colours(classes), _NO_CLASS])
    known = (classes_of_pixels >= 0) & (classes_of_pixels < classes)
    painted: np.ndarray = palette[np.where(known, classes_of_pixels, classes).astype(np.int64)]
    return painted


def _faded(image: np.ndarray) -> np.ndarray:
    grey = image.astype(np.float64)
    grey = grey[..., :3].mean(axis=-1) if grey.ndim == 3 else grey
    grey = grey / max(float(grey.max(initial=0.0)), 1e-9)
    faded: np.ndarray = np.repeat((0.4 + 0.6 * grey)[..., None], 3, axis=-1)
    return faded


def _colours(classes: int) -> list[tuple[float, float, float]]:
    """Return a colour a class: hues a golden angle apart, so that neighbours differ, between yellow and purple."""
    from colorsys import hls_to_rgb

    lightness = (0.45, 0.62, 0.32)
    return [hls_to_rgb(0.13 + 0.7 * (i * 0.618034 % 1), lightness[i % 3], 0.55) for i in range(classes)]
