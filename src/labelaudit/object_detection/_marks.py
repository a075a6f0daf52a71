"""What is to be drawn on an image: which boxes, how they are called, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from labelaudit._checks.arrays import as_array
from labelaudit._checks.object_detection import check_labels, check_predictions
from labelaudit._data.arrays import to_numpy
from labelaudit.errors import InputError


@dataclass
class Mark:
    """A box to be drawn."""

    corners: np.ndarray  # (4,) xyxy
    name: str
    predicted: bool
    shown: bool = True
    kinds: list[str] = field(default_factory=list)  # what is wrong with it, or was the other box of
    about: bool = False  # whether the error is this box's own
    suggested: str | None = None  # the class that it should have
    faded: bool = False  # whether other boxes of the image are the issue

    @property
    def text(self) -> str:
        """What is written at the box."""
        name = self.name if self.suggested in (None, self.name) else f"{self.name} → {self.suggested}"
        kinds = ", ".join(self.kinds).replace("_", " ")
        return f"{kinds}: {name}".removesuffix(": ") if self.about else self.name


def checked_names(class_names: Mapping[Any, Any] | Sequence[Any] | None) -> dict[int, Any]:
    """Return the names of classes by their indices; indices that are written as strings are read."""
    if class_names is None:
        return {}
    if isinstance(class_names, str) or not hasattr(class_names, "__len__"):
        raise InputError(f"class_names: expected K names, or a mapping of classes to names, got {class_names!r:.40}")
    if not isinstance(class_names, Mapping):
        return dict(enumerate(class_names))
    try:
        return {int(k): name for k, name in class_names.items()}
    except (TypeError, ValueError):
        keys = list(class_names)
        raise InputError(
            f"class_names: expected classes 0..K-1 as keys, got {keys[0]!r:.40}; turn a mapping of names around"
        ) from None


def marks_of(label: Any, prediction: Any, threshold: float | None, names: Mapping[int, Any], issues: Any) -> list[Mark]:
    """Return the boxes to be drawn, annotated ones first."""
    given: list[Mark] = []
    found: list[Mark] = []
    if label is not None:
        boxes = check_labels([label])
        called = [str(names.get(k, k)) for k in boxes.classes.tolist()]
        given = [Mark(*pair, predicted=False) for pair in zip(boxes.boxes, called, strict=True)]
    if prediction is not None:
        seen, _ = check_predictions([prediction])
        for corners, k, confidence in zip(seen.boxes, seen.classes.tolist(), seen.confidences.tolist(), strict=True):
            mark = Mark(corners, f"{names.get(k, k)} {confidence:.2f}", predicted=True)
            mark.shown = threshold is None or confidence >= threshold
            found.append(mark)
    extra: list[Mark] = []
    for issue in _rows(issues):
        place = found if issue.kind == "overlooked" else given
        own = None if issue.box is None else _marked(issue.box, place, extra, issue.kind, predicted=place is found)
        other = issue.suggested_box
        if own is not None:
            own.about = True
            if issue.suggested is not None and issue.kind != "overlooked":
                own.suggested = str(names.get(issue.suggested, issue.suggested))
            if other is not None and np.array_equal(other, own.corners):
                other = None  # it may stay where it is
        elif other is not None:
            own = _marked(other, found, extra, issue.kind, predicted=True)
            own.about, other = True, None
        rival = None if other is None else _marked(other, found, extra, issue.kind, predicted=True)
        for touched in (own, rival):
            if touched is not None:
                touched.kinds += [] if issue.kind in touched.kinds else [issue.kind]
                touched.shown = True
    marks = [*given, *found, *extra]
    for mark in marks:
        mark.faded = issues is not None and not mark.kinds
    # what is wrong lies on top
    return [mark for faded in (True, False) for mark in marks if mark.shown and mark.faded is faded]


def pixels_of(image: Any) -> np.ndarray | None:
    """Return an image as (H, W), (H, W, 3) or (H, W, 4), floats in [0, 1] or bytes; None where there is none."""
    if image is None:
        return None
    if isinstance(image, str | Path):
        image = _read(Path(image))
    if hasattr(image, "convert") and hasattr(image, "mode"):  # of PIL
        image = np.asarray(image if image.mode in ("L", "RGB", "RGBA", "I", "I;16", "F") else image.convert("RGB"))
    pixels = to_numpy(as_array(image, "image"), "image")
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)) or not pixels.size:
        turned = "; channels come last: image.transpose(1, 2, 0)" if pixels.shape[:1] in ((1,), (3,), (4,)) else ""
        raise InputError(f"image: expected shape (H, W) or (H, W, 3), got {pixels.shape}{turned}")
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype.kind not in "biuf":
        raise InputError(f"image: expected numbers, got an array of {pixels.dtype}")
    return _in_unit_range(pixels)


def _in_unit_range(pixels: np.ndarray) -> np.ndarray:
    # what is brightest is 1: bytes that were made integers or floats, 16 bits, or 0 to 1 already
    low, high = float(np.nanmin(pixels)), float(np.nanmax(pixels))
    if pixels.dtype.kind != "b" and 1 < high <= 255:
        high = 255.0
    low = min(low, 0.0)
    scaled: np.ndarray = (np.nan_to_num(pixels.astype(np.float64)) - low) / max(high - low, 1.0)
    return scaled


def _read(path: Path) -> Any:
    try:
        from PIL import Image
    except ModuleNotFoundError:
        raise InputError("image: pictures are read by Pillow: pip install matplotlib, which brings it") from None
    try:
        with Image.open(path) as opened:
            opened.load()
            return opened
    except FileNotFoundError:
        raise InputError(f"image: there is no file {path}") from None
    except OSError as problem:
        raise InputError(f"image: {path} cannot be read as a picture ({problem})") from problem


@dataclass(frozen=True)
class _Issue:
    kind: str
    box: Any  # an index, corners, or None
    suggested_box: Any = None
    suggested: Any = None  # a class or its name


def _rows(issues: Any) -> Iterator[_Issue]:
    if issues is None:
        return
    if isinstance(issues, Mapping):
        yield from (_Issue(str(kind), box) for box, kind in issues.items())
        return
    columns = getattr(issues, "columns", ())
    if not hasattr(issues, "iter_rows") or not {"kind", "box"} <= set(columns):
        raise InputError(
            "issues: expected a mapping of box indices to kinds, or a polars frame of kind, box and suggested_box, "
            f"got {f'columns {list(columns)}' if len(columns) else type(issues).__name__}"
        )
    for column in {"id", "row"} & set(columns):
        if issues[column].n_unique() > 1:
            images = issues[column].unique(maintain_order=True).to_list()
            raise InputError(
                f"issues: expected those of one image, got those of {images[0]!r} and {images[1]!r}; "
                f'pass issues.filter(pl.col("{column}") == {images[0]!r})'
            )
    for row in issues.iter_rows(named=True):
        yield _Issue(
            str(row["kind"]), row["box"], row.get("suggested_box", row.get("suggested_bbox")), row.get("suggested")
        )


def _marked(value: Any, boxes: list[Mark], extra: list[Mark], kind: str, *, predicted: bool) -> Mark:
    # the mark that an issue is about: one that is there, by its index, or a new one, by its corners
    what = "predicted" if predicted else "annotated"
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        if not 0 <= value < len(boxes):
            raise InputError(f"issues: box {value} ({kind}) is none of the {len(boxes)} {what} boxes of this image")
        return boxes[int(value)]
    corners = np.asarray(value, np.float64) if isinstance(value, Sequence | np.ndarray) and len(value) == 4 else None
    if corners is None or isinstance(value, str):
        raise InputError(f"issues: expected the index of a box or its corners x1, y1, x2, y2, got {value!r:.40}")
    for mark in boxes:
        if np.array_equal(mark.corners, corners):
            return mark
    extra.append(Mark(corners, "", predicted=predicted))
    return extra[-1]
