"""Figures. matplotlib is loaded by the first one, and its global state (pyplot) is left alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelaudit.errors import InputError
from labelaudit.object_detection._marks import Mark

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDES = (("annotated", False), ("predicted", True))

# told apart with any colour vision (Okabe and Ito), and from the red, blue and grey of boxes without an error
_KINDS = {
    "overlooked": "#E69F00",
    "badly_located": "#CC79A7",
    "swapped": "#D55E00",
    "duplicated": "#009E73",
}
_OTHER_KINDS = ("#56B4E9", "#F0E442", "#0072B2")
_GIVEN, _PREDICTED, _FADED = "#C8322B", "#1F6FB4", "#6B7280"

# more bars than this are not read
_MOST_BARS = 60

# as wide as a picture that stands upright
_LEGEND_COLUMNS = 4

# names on more boxes than this cover the image
_MOST_NAMES = 120


def scene(
    pixels: np.ndarray | None,
    pictures: Sequence[tuple[str, Sequence[Mark]]],
    figsize: tuple[float, float] | None,
    ax: Axes | None,
) -> Figure:
    """Return a figure of one image with boxes, once for each of the pictures (title, boxes)."""
    left, top, right, bottom = _extent(pixels, [mark for _, marks in pictures for mark in marks])
    colours = _colours([kind for _, marks in pictures for mark in marks for kind in mark.kinds])
    figure: Any
    if ax is not None:
        figure, axes = ax.figure.figure, [ax]  # of a subfigure, the figure that it is part of
    else:
        figure = _figure(figsize or _inches(right - left, bottom - top, len(pictures)))
        axes = list(figure.subplots(1, len(pictures), squeeze=False)[0])
    for axis, (title, marks) in zip(axes, pictures, strict=True):
        if pixels is not None:
            axis.imshow(pixels, cmap="gray", vmin=0, vmax=255 if pixels.dtype == np.uint8 else 1, zorder=0)
        axis.set(xlim=(left, right), ylim=(bottom, top), aspect="equal", xticks=[], yticks=[], title=title)
        for mark in marks:
            _draw(axis, mark, colours, named=mark.about or len(marks) <= _MOST_NAMES)
        _explain(axis, marks, colours)
    return figure  # type: ignore[no-any-return]


def sizes(of_classes: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> Figure:
    """Return a figure with the areas of annotated and predicted boxes of each class."""
    columns = min(2, max(len(of_classes), 1))
    rows = max(math.ceil(len(of_classes) / columns), 1)
    figure = _figure((5.0 * columns, 0.5 + 2.3 * rows))
    from matplotlib.ticker import MaxNLocator

    for place, (name, (given, found)) in enumerate(of_classes.items()):
        axes = figure.add_subplot(rows, columns, place + 1)
        edges = _edges(np.array([*given, *found]))
        axes.hist(given, edges, color=_GIVEN, alpha=0.35, label=f"annotated ({len(given)})")
        axes.hist(found, edges, color=_PREDICTED, histtype="step", linewidth=1.6, label=f"predicted ({len(found)})")
        axes.set(title=name, xscale="log", xlabel="area in square pixels", ylabel="boxes")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
        _quiet(axes)
        axes.legend(frameon=False, fontsize="small")
    return figure


def shares(of_classes: Mapping[str, tuple[float, float]]) -> Figure:
    """Return a figure with the share of each class in annotated and predicted boxes, in the order given."""
    names = list(of_classes)[:_MOST_BARS]
    figure = _figure((7.0, 1.3 + 0.34 * len(names)))
    axes = figure.add_subplot()
    places = np.arange(len(names))
    for i, (title, colour) in enumerate((("annotated", _GIVEN), ("predicted", _PREDICTED))):
        values = [100 * of_classes[name][i] for name in names]
        bars = axes.barh(places + (i - 0.5) * 0.38, values, 0.36, color=colour, alpha=0.85, label=title)
        axes.bar_label(bars, [f"{value:.1f}" for value in values], padding=2, fontsize=7)
    hidden = len(of_classes) - len(names)
    axes.set(yticks=places, yticklabels=names, xlabel="share of boxes in %")
    axes.set_title(f"{len(names)} classes with most boxes; {hidden} more" if hidden else "", loc="left")
    axes.invert_yaxis()
    axes.margins(x=0.1, y=0.02)
    _quiet(axes)
    axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0)
    return figure


def check_options(options: Mapping[str, Any]) -> None:
    """Refuse what neither this library nor the ``plt.show`` of cleanlab's callers knows."""
    for name in options:
        if name != "block":
            raise InputError(f"{name}: is no parameter of this function; set it on the figure that is returned")


def save(figure: Figure, path: Path) -> None:
    """Write a figure in the format that the ending of the path names."""
    endings = figure.canvas.get_supported_filetypes()
    if path.suffix[1:].lower() not in endings:
        raise InputError(f"save_path: expected an ending of {', '.join(sorted(endings))}, got {path.name!r}")
    figure.savefig(path, dpi=150)


def _figure(inches: tuple[float, float]) -> Figure:
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise InputError("figures: are drawn by matplotlib, which is not installed: pip install matplotlib") from None
    return Figure(figsize=inches, layout="constrained")


def _inches(width: float, height: float, pictures: int) -> tuple[float, float]:
    scale = 7 / max(width, height)
    return pictures * max(width * scale, 3.5), max(height * scale, 2.0) + (0.4 if pictures == 1 else 0.8)


def _extent(pixels: np.ndarray | None, marks: Sequence[Mark]) -> tuple[float, float, float, float]:
    # of the image, or of all boxes and a margin
    if pixels is not None:
        return -0.5, -0.5, pixels.shape[1] - 0.5, pixels.shape[0] - 0.5
    corners = np.array([mark.corners for mark in marks]) if marks else np.array([[0.0, 0.0, 1.0, 1.0]])
    low, high = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
    margin = max(0.08 * float((high - low).max()), 1e-3)
    return low[0] - margin, low[1] - margin, high[0] + margin, high[1] + margin


def _colours(kinds: Sequence[str]) -> dict[str, str]:
    named = {kind: _KINDS[kind] for kind in kinds if kind in _KINDS}
    others = dict.fromkeys(kind for kind in kinds if kind not in named)
    return named | {kind: _OTHER_KINDS[i % len(_OTHER_KINDS)] for i, kind in enumerate(others)}


def _draw(axes: Axes, mark: Mark, colours: Mapping[str, str], *, named: bool) -> None:
    from matplotlib.patches import Rectangle
    from matplotlib.patheffects import Normal, Stroke

    x1, y1, x2, y2 = mark.corners.tolist()
    colour = (
        colours[mark.kinds[0]] if mark.kinds else _FADED if mark.faded else _PREDICTED if mark.predicted else _GIVEN
    )
    width = 1.3 if mark.faded else 2.4 if mark.kinds else 1.8
    # seen on dark and on light ground
    halo = [Stroke(linewidth=width + 1.6, foreground="white", alpha=0.55), Normal()]
    style = (0, (4, 2)) if mark.predicted else "solid"
    axes.add_patch(
        Rectangle(
            (x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor=colour, linewidth=width, linestyle=style,
            path_effects=halo, zorder=2 if mark.faded else 3,
        )
    )  # fmt: skip
    if not named or not mark.text:
        return
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    # annotated names above their box, predicted ones below it, inside where the image ends; none leaves it sideways
    y, room = (y2, bottom - y2) if mark.predicted else (y1, y1 - top)
    inside = bool(room < 0.05 * (bottom - top))
    to_the_left = x1 > left + 0.75 * (right - left)
    axes.annotate(
        mark.text, (x2 if to_the_left else x1, y), xytext=(0, 2 if mark.predicted is inside else -2),
        textcoords="offset points", ha="right" if to_the_left else "left",
        va="bottom" if mark.predicted is inside else "top", fontsize=8, color=_ink(colour), clip_on=True, zorder=4,
        bbox={"boxstyle": "square,pad=0.15", "facecolor": colour, "edgecolor": "none", "alpha": 0.85},
    )  # fmt: skip


def _ink(ground: str) -> str:
    # what is read on a coloured ground, by its luminance
    red, green, blue = (int(ground[i : i + 2], 16) for i in (1, 3, 5))
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "white"


def _explain(axes: Axes, marks: Sequence[Mark], colours: Mapping[str, str]) -> None:
    from matplotlib.lines import Line2D

    present = {mark.predicted for mark in marks}
    faded = any(mark.faded or mark.kinds for mark in marks)
    lines = []
    for title, predicted in SIDES:
        if predicted in present:
            colour = _FADED if faded else _PREDICTED if predicted else _GIVEN
            lines.append(Line2D([], [], color=colour, linestyle=(0, (4, 2)) if predicted else "solid", label=title))
    kinds = dict.fromkeys(kind for mark in marks for kind in mark.kinds)
    lines += [Line2D([], [], color=colours[kind], linewidth=4, label=kind.replace("_", " ")) for kind in kinds]
    if lines:
        axes.legend(
            handles=lines, loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=min(len(lines), _LEGEND_COLUMNS),
            frameon=False, fontsize="small", borderaxespad=0.2, handlelength=1.8, columnspacing=1.2,
        )  # fmt: skip


def _edges(areas: np.ndarray) -> list[float]:
    # as wide in logarithms; boxes without area, which have none, are not counted
    positive = areas[areas > 0]
    if not positive.size:
        return [1.0, 10.0]
    low, high = float(positive.min()), float(positive.max())
    edges: list[float] = np.geomspace(low * 0.9, high * 1.1, 25).tolist()
    return edges


def _quiet(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
