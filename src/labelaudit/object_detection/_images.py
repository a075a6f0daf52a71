"""Labels of images, a dictionary each, with the changes made to the objects in them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from labelaudit._checks.arrays import as_array
from labelaudit._data.arrays import to_numpy
from labelaudit._data.containers import as_plain, with_values
from labelaudit.corrections import check_rows
from labelaudit.formats.base import Change
from labelaudit.object_detection._columns import edited, more_columns, neutral
from labelaudit.object_detection._decided import Value
from labelaudit.object_detection._edits import Edits, Key, edits_of
from labelaudit.results import Record

Image = Mapping[str, Any]


@dataclass(frozen=True)
class Shapes:
    """How the dictionaries of a task hold the shapes of objects; classes are in ``labels``."""

    column: Callable[[Image], str]  # the key that they are under
    # the keys of the shapes of an image, and what the key of a value's shape would be there
    keys: Callable[[Image], tuple[list[Key], Callable[[Value], Key]]]
    edited: Callable[[Image, Edits, Sequence[Image]], Any]  # the column with the edits made; of all images


def corrected_images(
    labels: Any, changes: Sequence[Change], record: Record, given: Callable[[int], list[Value]], shapes: Shapes
) -> Any:
    """Return labels with the changes made: a new dictionary for each image that changes, the same one for the others.

    Other columns of an image, with a value an object, are kept in step: what is left out loses its value, what is added
    has 0 or None. They are the keys whose values are as many as the objects in every image.
    """
    check_rows(len(labels), len(record.items), [])
    number = class_number(record.class_names)
    images: list[Image] = as_plain(labels)
    columns: dict[str, Any] | None = None
    corrected: dict[int, Image] = {}
    for row, some in by_row(changes).items():
        image = images[row]
        of_shapes, key_of_shape = shapes.keys(image)
        classes = to_numpy(as_array(image["labels"], "labels"), "labels").tolist()

        def key(value: Value, of: Callable[[Value], Key] = key_of_shape) -> Key:
            return of(value), number(value["class"])

        now = list(zip(of_shapes, classes, strict=True))
        edits = edits_of(some, now, [key(value) for value in given(row)], key)
        if not edits:
            continue
        new: Any = copy.copy(image)
        moved = {at: value for at, value in edits.replaced.items() if key_of_shape(value) != of_shapes[at]}
        new[shapes.column(image)] = shapes.edited(image, replace(edits, replaced=moved), images)
        replaced = {at: number(value["class"]) for at, value in edits.replaced.items()}
        new["labels"] = edited(image["labels"], replaced, edits.gone, [number(one["class"]) for one in edits.added])
        if edits.gone or edits.added:
            columns = more_columns(images, ["labels", shapes.column(image)]) if columns is None else columns
            for name in columns.keys() & image.keys():
                new[name] = edited(image[name], {}, edits.gone, [neutral(columns[name])] * len(edits.added))
        corrected[row] = new
    return with_values(labels, corrected)


def by_row(changes: Sequence[Change]) -> dict[int, list[Change]]:
    """Return the changes of each image."""
    found: dict[int, list[Change]] = {}
    for change in changes:
        found.setdefault(change.row, []).append(change)
    return found


def class_number(names: Sequence[str] | None) -> Callable[[Any], int]:
    """Return what gives the number of a class, by which labels have it."""
    if names is None:
        return int
    numbers = {name: number for number, name in enumerate(names)}
    return numbers.__getitem__
