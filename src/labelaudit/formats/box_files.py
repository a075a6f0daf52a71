"""Box annotations and detections of any known format, told by ending and content, and corrected annotations back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from labelaudit.errors import InputError
from labelaudit.formats.annotations import Annotations, BoxChange, check_changes
from labelaudit.formats.location import locate
from labelaudit.formats.table_of_formats import find, read_labels, read_predictions
from labelaudit.formats.yolo import YOLO, read_yolo

if TYPE_CHECKING:
    import pandas as pd

_NEEDED = ("row", "box", "kind", "suggested", "suggested_bbox")


def read_annotations(
    path: str | Path, *, images: str | Path | None = None, class_names: Sequence[str] | None = None
) -> Annotations:
    """Return the box annotations of a COCO file, a YOLO folder or a Pascal VOC folder.

    Parameters
    ----------
    path
        A ``.json`` file is COCO, a folder of ``.txt`` files is YOLO, a folder of ``.xml`` files is Pascal VOC.
    images
        For YOLO, whose boxes are fractions of the images: their folder, where it is not beside the text files.
    class_names
        For YOLO and Pascal VOC: the classes in the order of their numbers. By default YOLO takes them from
        classes.txt or data.yaml, and Pascal VOC sorts the names that occur.

    Raises
    ------
    InputError
        Where a file is not what its format asks for: which file, which record or line, which key.
    """
    place = locate(path)
    if images is not None and find(place, "boxes", "labels") is YOLO:
        return read_yolo(place.path, Path(images), class_names)
    annotations: Annotations = read_labels(place, "boxes", class_names).about
    return annotations


def read_detections(path: str | Path, annotations: Annotations) -> list[dict[str, np.ndarray]]:
    """Return what a detector found in each annotated image: boxes (M, 4) xyxy in pixels, labels (M,), scores (M,).

    Parameters
    ----------
    path
        A ``.json`` list of COCO detections, whose ids are those of the annotations; or a folder of YOLO ``.txt`` files
        called as the images, with the score as sixth column; or an ``.npz`` file of boxes (N, 4) xyxy in pixels, labels
        (N,), scores (N,) and images (N,). Numbers among its labels and images are places in ``class_names`` and
        ``images`` of the annotations, counted from 0; strings are names.
    annotations
        What :func:`read_annotations` returned.

    Raises
    ------
    InputError
        Where a file is not what its format asks for, or speaks of an image or a class that the annotations do not have.
    """
    detections: list[dict[str, np.ndarray]] = read_predictions(locate(path), "boxes", annotations)[0]
    return detections


def changes_of(issues: pl.DataFrame | pd.DataFrame, annotations: Annotations) -> list[BoxChange]:
    """Return the corrections that the issues of an audit suggest, such as those that a person has kept of them.

    Parameters
    ----------
    issues : polars or pandas DataFrame
        Rows of ``Audit.issues`` of object detection; ``row`` counts the images of the annotations. What is suggested
        may be edited.
    annotations
        What the audit was made of.

    Raises
    ------
    InputError
        For a table without these columns, and for suggestions that are no class or no box.

    Examples
    --------
    >>> import numpy as np
    >>> issue = {"row": [0], "box": [2], "kind": ["swapped"], "suggested": ["dog"], "suggested_bbox": [[]]}
    >>> issues = pl.DataFrame(issue)
    >>> annotations = Annotations(["a.jpg"], [{}], ["cat", "dog"], None, [np.arange(3)], None)
    >>> changes_of(issues, annotations)
    [BoxChange(image=0, box=2, label=1, bbox=None, remove=False)]
    """
    number = {name: k for k, name in enumerate(annotations.class_names)}
    changes = []
    for row, issue in enumerate(_rows(issues)):
        kind, label, bbox = issue["kind"], issue["suggested"], issue["suggested_bbox"]
        try:
            change = BoxChange(
                image=int(issue["row"]),
                box=None if kind == "overlooked" else int(issue["box"]),
                label=int(number.get(label, label)) if kind in ("overlooked", "swapped") else None,
                bbox=_box(bbox) if kind in ("overlooked", "badly_located") else None,
                remove=kind == "duplicated",
            )
            check_changes(annotations, [change])
        except (TypeError, ValueError, OverflowError) as problem:
            raise InputError(
                f"issues: row {row}, {kind}, suggests {label!r:.40} at {bbox!s:.60}, expected one of the class names "
                f"and x1, y1, x2, y2 ({problem})"
            ) from problem
        changes.append(change)
    return changes


def _rows(issues: Any) -> list[dict[str, Any]]:
    missing = [name for name in _NEEDED if name not in getattr(issues, "columns", ())]
    if missing:
        raise InputError(f"issues: has no column {missing[0]}; expected rows of Audit.issues or of Audit.to_pandas()")
    if hasattr(issues, "iter_rows"):
        return list(issues.iter_rows(named=True))
    rows: list[dict[str, Any]] = issues.to_dict("records")
    return rows


def _box(values: Iterable[float]) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = map(float, values)
    return x1, y1, x2, y2


def write_annotations(path: str | Path, annotations: Annotations, changes: Iterable[BoxChange] = ()) -> None:
    """Write the annotations with the changes made, in the format that they were read from.

    Whatever no change names stays byte for byte as it was: unknown fields, crowd and difficult boxes, comments.

    Parameters
    ----------
    path
        A ``.json`` file for COCO; for YOLO and Pascal VOC a folder that does not exist yet, or is empty.
    annotations
        What :func:`read_annotations` returned.
    changes
        At most one for a box. Corners are rounded to 1e-6 pixels in COCO, 1e-6 of the image in YOLO (and cut at its
        edges), and whole pixels in Pascal VOC.
    """
    annotations.source.write(Path(path), annotations, check_changes(annotations, changes))
