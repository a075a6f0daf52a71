"""The one table of formats: what each is called, what it holds, and how it is told, read and written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from labelaudit.errors import InputError
from labelaudit.formats.arrays import ARRAYS, TOKEN_ARRAYS
from labelaudit.formats.base import Format, Holds, Labels
from labelaudit.formats.coco import COCO
from labelaudit.formats.conll import CONLL
from labelaudit.formats.delimited import CSV, TSV
from labelaudit.formats.detections import DETECTIONS
from labelaudit.formats.json_lines import JSON_LINES
from labelaudit.formats.location import Location
from labelaudit.formats.mask_array import MASK_ARRAY
from labelaudit.formats.mask_folder import MASK_FOLDER
from labelaudit.formats.panoptic import PANOPTIC
from labelaudit.formats.parquet import PARQUET
from labelaudit.formats.pixel_probabilities import PROBABILITY_ARRAY, PROBABILITY_FOLDER, PROBABILITY_NPZ
from labelaudit.formats.voc import VOC
from labelaudit.formats.yolo import YOLO
from labelaudit.formats.zarr_probabilities import PROBABILITY_ZARR

Purpose = Literal["labels", "predictions"]

FORMATS = {
    row.name: row
    for row in (
        ARRAYS,
        CSV,
        TSV,
        PARQUET,
        JSON_LINES,
        CONLL,
        TOKEN_ARRAYS,
        COCO,
        YOLO,
        VOC,
        DETECTIONS,
        MASK_FOLDER,
        PANOPTIC,
        MASK_ARRAY,
        PROBABILITY_ARRAY,
        PROBABILITY_NPZ,
        PROBABILITY_FOLDER,
        PROBABILITY_ZARR,
    )
}


def find(location: Location, holds: Holds, purpose: Purpose) -> Format:
    """Return the format that labels or predictions of this kind have there.

    Raises
    ------
    InputError
        Where it is none of those that hold such labels or predictions, or could be two of them.
    """
    rows = [row for row in FORMATS.values() if holds in row.holds]
    serving = [row for row in rows if (row.read if purpose == "labels" else row.read_predictions) is not None]
    matching = [row for row in rows if row.matches(location)]
    found = [row for row in matching if row in serving]
    if len(found) == 1:
        return found[0]
    path = location.path
    if found:
        raise InputError(f"{path}: may be {_any_of(found, 'and')}; expected one of them, each in its own folder")
    known = f"is {matching[0].expected}, which holds no {purpose}; " if matching else ""
    inside = sorted(inner.name for inner in path.iterdir() if inner.is_dir()) if path.is_dir() else []
    hint = f"; is it one of the folders in it, {', '.join(inside[:5])}?" if inside else ""
    raise InputError(f"{path}: {known}expected {purpose} in {_any_of(serving, 'or')}{hint}")


def read_labels(location: Location, holds: Holds, class_names: Sequence[str] | None = None) -> Labels:
    """Return the labels that lie there."""
    read = find(location, holds, "labels").read
    assert read is not None  # noqa: S101  it is what it was found for
    return read(location, holds, class_names)


def read_predictions(location: Location, holds: Holds, about: Any) -> tuple[Any, Sequence[str] | None]:
    """Return the predictions that lie there, and the names of the classes if it has them.

    ``about`` is what the labels say of themselves that they are predictions of.
    """
    read = find(location, holds, "predictions").read_predictions
    assert read is not None  # noqa: S101  it is what it was found for
    return read(location, holds, about)


def _any_of(rows: Sequence[Format], word: str) -> str:
    *most, last = (row.expected for row in rows)
    return f"{', '.join(most)} {word} {last}" if most else last
