"""What the command line is given: a file, or a part of one, told by its ending."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelaudit.errors import InputError
from labelaudit.formats.arrays import read_array
from labelaudit.formats.box_files import read_annotations, read_detections
from labelaudit.formats.location import locate
from labelaudit.formats.masks import read_mask_probabilities, read_masks
from labelaudit.formats.table import read_column, read_matrix
from labelaudit.formats.text import CONLL, read_json_lines, read_sentences, read_token_predictions, read_words

_NUMPY = {".npy", ".npz"}


@dataclass(frozen=True)
class Inputs:
    """What files hold, as ``audit`` takes it."""

    labels: Any
    predictions: Any
    class_names: list[str] | None = None
    ids: list[str] | None = None
    options: dict[str, Any] = field(default_factory=dict)  # what else the files say: more arguments of the task


def read_classification(labels: str, predictions: str, class_names: str | None) -> Inputs:
    """Return a class a row, and a matrix of probabilities; columns name the classes where labels are words."""
    given = read_values(labels)
    pred_probs, columns = read_probabilities(predictions)
    return Inputs(given, pred_probs, names_of_classes(given, class_names, columns))


def read_multilabel_classification(labels: str, predictions: str, class_names: str | None) -> Inputs:
    """Return the classes of each row, as lists or as a 0/1 matrix, and a matrix of probabilities."""
    given, named = read_sets(labels)
    pred_probs, columns = read_probabilities(predictions)
    words = not isinstance(given, np.ndarray) and any(isinstance(label, str) for item in given for label in item)
    names = read_names(class_names) if class_names is not None else list(columns or ()) if words else named
    return Inputs(given, pred_probs, names or None)


def read_object_detection(labels: str, predictions: str, class_names: str | None) -> Inputs:
    """Return the boxes of each image and what a detector found there, of COCO, YOLO or Pascal VOC, and file names."""
    annotations = read_annotations(labels, class_names=None if class_names is None else read_names(class_names))
    detections = read_detections(predictions, annotations)
    return Inputs(annotations.labels, detections, annotations.class_names, ids=annotations.images)


def read_segmentation(labels: str, predictions: str, class_names: str | None) -> Inputs:
    """Return the class of each pixel and the probabilities there, an image at a time, and the names of the masks."""
    masks = read_masks(labels)
    names = masks.class_names if class_names is None else read_names(class_names)
    options = {} if masks.ignore_index is None else {"ignore_index": masks.ignore_index}
    return Inputs(masks.labels, read_mask_probabilities(predictions, masks), names, ids=masks.images, options=options)


def read_token_classification(labels: str, predictions: str, class_names: str | None) -> Inputs:
    """Return a list of labels a sentence, and the probabilities of its tokens; the words too, where CoNLL has them."""
    given = read_sentences(labels)
    location = locate(labels)
    words = read_words(location) if location.path.suffix in CONLL else None
    names = None if class_names is None else read_names(class_names)
    return Inputs(given, read_token_predictions(predictions, given), names, options={"tokens": words} if words else {})


def read_sets(text: str) -> tuple[Any, list[str] | None]:
    """Return the classes of each row, or a 0/1 matrix and the names of its columns where the file has them."""
    location = locate(text)
    if location.path.suffix in _NUMPY:
        return read_array(location), None
    if location.path.suffix == ".jsonl":
        return read_json_lines(location), None
    if location.part is not None and "*" in location.part:
        matrix, names = read_matrix(location)
        return matrix, None if names is None else list(names)
    column = read_column(location)
    if not isinstance(column.dtype, pl.List | pl.Array):
        raise InputError(
            f"{location}: expected a column with a list of classes in each row, got {column.dtype}; "
            f"columns of 0 and 1 are named by how they begin, as in {location.path}:label_*"
        )
    return column.to_list(), None


def read_regression(labels: str, predictions: str, class_names: str | None) -> Inputs:
    """Return two numbers a row."""
    names = None if class_names is None else read_names(class_names)
    return Inputs(read_values(labels), read_values(predictions), names)


def read_values(text: str) -> np.ndarray:
    """Return one value a row: an .npy or .npz array, or a column of a table."""
    location = locate(text)
    if location.path.suffix in _NUMPY:
        return read_array(location)
    column = read_column(location)
    if column.null_count():
        raise InputError(f"{location}: row {column.is_null().arg_max()} is empty; drop rows without a value")
    return column.to_numpy()


def read_probabilities(text: str) -> tuple[np.ndarray, tuple[str, ...] | None]:
    """Return a matrix of probabilities, and the names of its columns where the file has them."""
    location = locate(text)
    if location.path.suffix in _NUMPY:
        return read_array(location), None
    return read_matrix(location)


def read_names(text: str) -> list[str]:
    """Return names written in a row with commas between them, or one a line in a text file."""
    path = Path(text)
    if path.suffix == ".txt" or path.is_file():
        return [line.strip() for line in locate(text).path.read_text("utf-8").splitlines() if line.strip()]
    return [name.strip() for name in text.split(",")]


def names_of_classes(labels: Any, named: str | None, columns: tuple[str, ...] | None) -> list[str] | None:
    """Return the names of the classes: the given ones, else the columns' where the labels are words."""
    if named is not None:
        return read_names(named)
    words = labels.size and isinstance(labels.flat[0], str)
    return list(columns) if words and columns is not None else None
