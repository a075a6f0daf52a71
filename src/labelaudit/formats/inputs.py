"""What the command line is given: a file, or a part of one, told by its ending."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.arrays import read_array
from labelaudit.formats.location import locate
from labelaudit.formats.table import read_column, read_matrix

_NUMPY = {".npy", ".npz"}


@dataclass(frozen=True)
class Inputs:
    """What files hold, as ``audit`` takes it."""

    labels: Any
    predictions: Any
    class_names: list[str] | None = None


def read_classification(labels: str, predictions: str, class_names: str | None) -> Inputs:
    """Return a class a row, and a matrix of probabilities; columns name the classes where labels are words."""
    given = read_values(labels)
    pred_probs, columns = read_probabilities(predictions)
    return Inputs(given, pred_probs, names_of_classes(given, class_names, columns))


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
