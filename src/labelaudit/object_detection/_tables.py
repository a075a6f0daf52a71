"""The tables of an audit of objects, which are boxes or masks: a row an image, and a row an object that looks wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.image_records import ImageRecords
from labelaudit.assembly import Found, class_column, count_classes, lists_of, repeated
from labelaudit.object_detection._calibrated import Errors, any_wrong
from labelaudit.object_detection._issues import KINDS, Suspects

_BOX = pl.Array(pl.Float64, 4)


@dataclass(frozen=True)
class Shown:
    """How the objects of a task are called, and what is shown of them beside class and confidence."""

    unit: str  # such as boxes
    place: str  # such as box: the column of the issues with the index in the image
    given_boxes: np.ndarray  # (L, 4) float64, x1, y1, x2, y2
    predicted_boxes: np.ndarray  # (M, 4)
    given_counts: pl.Series | None = None  # (L,) run lengths of masks, as COCO's strings
    predicted_counts: pl.Series | None = None  # (M,)


def found_of(
    scenes: Any,
    errors: Errors,
    suspects: Suspects,
    scores: np.ndarray,
    shown: Shown,
    known: ImageRecords,
    names: Sequence[str] | None,
) -> Found:
    """Return what was found, with what a person must see of each image."""
    wrong, missing = suspects.given[~suspects.overlooked], suspects.suggested[suspects.overlooked]
    labels, wrong, missing = (
        np.bincount(classes, minlength=scenes.k) for classes in (scenes.labels.classes, wrong, missing)
    )
    return Found(
        _items(scenes, errors, scores, shown, known, names),
        _candidates(scenes, suspects, shown, known, names),
        count_classes(shown.unit, labels, wrong, missing, names),
    )


def _items(
    scenes: Any, errors: Errors, scores: np.ndarray, shown: Shown, known: ImageRecords, names: Sequence[str] | None
) -> pl.DataFrame:
    labels, predictions = scenes.labels, scenes.predictions
    confidence = pl.Series("confidence", predictions.confidences)
    columns = [
        pl.Series("score", scores),
        pl.Series("p_wrong", any_wrong(errors, scenes)),
        pl.Series(shown.unit, labels.counts),
        pl.Series("predictions", predictions.counts),
    ]
    if known.sizes is not None:
        columns += _size_columns(known.sizes)
    columns += [
        *_objects("given", labels, names, shown.given_boxes, shown.given_counts),
        *_objects("predicted", predictions, names, shown.predicted_boxes, shown.predicted_counts, confidence),
    ]
    if known.annotation_ids is not None:
        columns += lists_of([pl.Series("annotations", known.annotation_ids, dtype=pl.String)], labels.starts)
    return pl.DataFrame(columns)


def _objects(
    name: str, objects: Any, names: Sequence[str] | None, boxes: np.ndarray, *more: pl.Series | None
) -> list[pl.Series]:
    columns = [
        pl.Series("bbox", boxes, dtype=_BOX),
        class_column("class", objects.classes, names),
        *(column for column in more if column is not None),
    ]
    return lists_of([pl.DataFrame(columns).to_struct(name)], objects.starts)


def _candidates(
    scenes: Any, suspects: Suspects, shown: Shown, known: ImageRecords, names: Sequence[str] | None
) -> pl.DataFrame:
    given, predicted = (pl.Series(boxes, dtype=_BOX) for boxes in (shown.given_boxes, shown.predicted_boxes))
    place = places_column(shown.place, _in_image(scenes.labels, suspects.annotated, suspects.rows))
    suggested = class_column("suggested", suspects.suggested, names)
    annotation = _annotations(known, suspects)
    columns = [
        pl.Series("row", suspects.rows, dtype=pl.Int64),
        place,
        _keys_in_image(suspects, place, annotation, suggested, shown.predicted_boxes),
        _taken(given, suspects.annotated).arr.to_list().alias("bbox"),
        _suggested(given, predicted, suspects).arr.to_list().alias("suggested_bbox"),
        pl.Series("kind", KINDS, dtype=pl.String).gather(suspects.kinds),
        class_column("given", suspects.given, names),
        suggested,
        pl.Series("score", 1.0 - suspects.p_wrong),
        pl.Series("p_wrong", suspects.p_wrong),
        annotation,
        pl.Series("labels", (~suspects.overlooked).astype(np.int64)),
        places_column("prediction", _in_image(scenes.predictions, suspects.predictions, suspects.rows)),
    ]
    if shown.given_counts is not None and shown.predicted_counts is not None and known.sizes is not None:
        columns.append(_suggested(shown.given_counts, shown.predicted_counts, suspects).alias("rle"))
        columns += _size_columns(known.sizes[suspects.rows])
    return pl.DataFrame(columns)


def _keys_in_image(
    suspects: Suspects, place: pl.Series, annotation: pl.Series, suggested: pl.Series, predicted_boxes: np.ndarray
) -> pl.Series:
    """Return what tells an object from the others of its image: its record's id, else its index, or class and corners.

    The key of an overlooked object is made of whole pixels, so that it is the same in a run with slightly other
    predictions; where two would be called the same, the later one gets a number.
    """
    listed = int(np.count_nonzero(~suspects.overlooked))  # these come first
    corners = np.rint(predicted_boxes[suspects.predictions[listed:]]).astype(np.int64)
    added = pl.DataFrame([suggested[listed:], *(pl.Series(f"corner {i}", corners[:, i]) for i in range(4))])
    there = annotation[:listed].zip_with(annotation[:listed].is_not_null(), place[:listed].cast(pl.String))
    names = pl.concat([there.alias("place"), added.select(pl.format("+{}@{},{},{},{}", *added.columns)).to_series()])
    keys = pl.DataFrame([pl.Series("row", suspects.rows), names])
    if keys.hash_rows().n_unique() < len(keys):  # in a fourth of the memory that it takes to compare the texts
        again = pl.int_range(pl.len()).over("row", "place")
        number = pl.when(again > 0).then(pl.format("~{}", again + 1)).otherwise(pl.lit(""))
        keys = keys.select(pl.col("place") + number)
    return keys["place"]


def _annotations(known: ImageRecords, suspects: Suspects) -> pl.Series:
    if known.annotation_ids is None:
        return repeated("annotation", None, suspects.rows.size)
    return _taken(pl.Series("annotation", known.annotation_ids, dtype=pl.String), suspects.annotated)


def _suggested(given: pl.Series, predicted: pl.Series, suspects: Suspects) -> pl.Series:
    # that of a prediction where the object should be elsewhere, else its own; none for one to remove
    moved = suspects.moved >= 0
    own = _taken(given, np.where(suspects.removed | moved, -1, suspects.annotated))
    return _taken(predicted, suspects.moved).zip_with(pl.Series(moved), own)


def _taken(values: pl.Series, places: np.ndarray) -> pl.Series:
    # null for -1
    return values.gather(places_column("", places))


def _in_image(objects: Any, places: np.ndarray, rows: np.ndarray) -> np.ndarray:
    within: np.ndarray = np.where(places >= 0, places - objects.starts[rows], -1)
    return within


def places_column(name: str, places: np.ndarray) -> pl.Series:
    """Return a column of numbers from 0, null for -1."""
    return class_column(name, places, None)


def _size_columns(sizes: np.ndarray) -> list[pl.Series]:
    return [places_column(name, sizes[:, i]) for i, name in enumerate(("width", "height"))]
