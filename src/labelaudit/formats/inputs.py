"""What the command line is given: files, or parts of files, as the audit of each task takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from labelaudit.errors import InputError
from labelaudit.formats.base import Holds, Source
from labelaudit.formats.location import is_there, locate
from labelaudit.formats.table_of_formats import FORMATS, read_labels, read_predictions


@dataclass(frozen=True)
class Inputs:
    """What files hold, as ``audit`` takes it."""

    labels: Any
    predictions: Any
    class_names: list[str] | None = None
    ids: Sequence[Any] | None = None
    options: dict[str, Any] = field(default_factory=dict)  # what else the files say: more arguments of the task
    source: Source | None = None  # the file of the labels


def read_classification(labels: str, predictions: str, class_names: str | None) -> Inputs:
    """Return a class a row, and a matrix of probabilities; columns name the classes where labels are words."""
    return _read("classes", labels, predictions, class_names)


def read_multilabel_classification(labels: str, predictions: str, class_names: str | None) -> Inputs:
    """Return the classes of each row, as lists or as a 0/1 matrix, and a matrix of probabilities."""
    return _read("sets", labels, predictions, class_names)


def read_token_classification(labels: str, predictions: str, class_names: str | None) -> Inputs:
    """Return a list of labels a sentence, and the probabilities of its tokens; the words too, where CoNLL has them."""
    return _read("sentences", labels, predictions, class_names)


def read_regression(labels: str, predictions: str, class_names: str | None) -> Inputs:
    """Return two numbers a row."""
    return _read("numbers", labels, predictions, class_names)


def read_object_detection(labels: str, predictions: str, class_names: str | None) -> Inputs:
    """Return the boxes of each image and what a detector found there, of COCO, YOLO or Pascal VOC, and file names."""
    return _read("boxes", labels, predictions, class_names)


def read_segmentation(labels: str, predictions: str, class_names: str | None) -> Inputs:
    """Return the class of each pixel and the probabilities there, an image at a time, and the names of the masks."""
    return _read("pixels", labels, predictions, class_names)


def read_instance_segmentation(*_: str | None) -> NoReturn:
    """Refuse: masks of single objects are read by whoever has them."""
    raise InputError(
        "task: instance_segmentation is not read from files yet; call labelaudit.audit with what you have read"
    )


# What the labels of each task are in files.
_HELD: Mapping[str, Holds] = {
    "classification": "classes",
    "multilabel_classification": "sets",
    "token_classification": "sentences",
    "regression": "numbers",
    "object_detection": "boxes",
    "segmentation": "pixels",
}


def tasks_that_read(labels: str) -> list[str]:
    """Return the tasks whose labels may lie there, as the format of the file tells."""
    try:
        location = locate(labels)
    except InputError:
        return []
    held = {holds for row in FORMATS.values() if row.read is not None and row.matches(location) for holds in row.holds}
    return [task for task, holds in _HELD.items() if holds in held]


def read_values(text: str) -> Any:
    """Return one value a row: an .npy or .npz array, or a column of a table."""
    return read_labels(locate(text), "classes").values


def read_names(text: str) -> list[str]:
    """Return names written in a row with commas between them, or one a line in a text file."""
    path = Path(text)
    if path.suffix == ".txt" or (is_there(path) and path.is_file()):
        return [line.strip() for line in locate(text).path.read_text("utf-8").splitlines() if line.strip()]
    return [name.strip() for name in text.split(",")]


def _read(holds: Holds, labels: str, predictions: str, class_names: str | None) -> Inputs:
    given_names = None if class_names is None else read_names(class_names)
    given = read_labels(locate(labels), holds, given_names)
    predicted, _ = read_predictions(locate(predictions), holds, given.about)
    names = given_names or given.class_names
    named = {} if names is None else {"class_names": list(names)}
    source = replace(given.source, options={**given.source.options, **named})
    return Inputs(
        given.values, predicted, None if names is None else list(names), given.ids, dict(given.options), source
    )
