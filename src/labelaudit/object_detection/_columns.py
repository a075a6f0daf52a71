"""The columns of an image's dictionary: a value an object each, in a list or an array, some of them edited."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._data.arrays import is_foreign, to_numpy

# What such dictionaries hold of the whole image, which may happen to be as long as there are objects.
_OF_IMAGES = frozenset({"image", "image_id", "file_name", "size", "orig_size"})


def edited(column: Any, replaced: Mapping[int, Any], gone: Collection[int], added: Sequence[Any]) -> Any:
    """Return a column with these values replaced, left out, and added at its end; as a list or array of its kind.

    Floats keep their type and round; integers become floats where a new value is none. In an array, None is 0.

    Examples
    --------
    >>> edited([3, 5, 7], {0: 4}, [1], [9])
    [4, 7, 9]
    >>> edited(np.array([3, 5], np.uint8), {}, [], [9])
    array([3, 5, 9], dtype=uint8)
    """
    if isinstance(column, np.ndarray):
        return _edited_array(column, replaced, gone, added)
    if is_foreign(column):
        host = to_numpy(column, "labels")
        new = _edited_array(host, replaced, gone, added)
        kept = {"dtype": column.dtype} if new.dtype == host.dtype else {}
        return array_namespace(column).asarray(new, device=device(column), **kept)
    values = [replaced.get(at, value) for at, value in enumerate(column) if at not in gone]
    return type(column)([*values, *added]) if isinstance(column, tuple) else [*values, *added]


def _edited_array(
    column: np.ndarray, replaced: Mapping[int, Any], gone: Collection[int], added: Sequence[Any]
) -> np.ndarray:
    new = _array([*replaced.values(), *added], column)
    dtype = column.dtype if column.dtype.kind in "fO" or _holds(column.dtype, new) else np.result_type(column, new)
    whole = column.astype(dtype)
    if new.size and not whole.size:  # np.array([]) says nothing of the shape of what it has none of
        whole = whole.reshape(0, *new.shape[1:])
    whole[list(replaced)] = new[: len(replaced)]
    return np.concatenate([np.delete(whole, list(gone), axis=0), new[len(replaced) :].astype(dtype)])


def _array(values: Sequence[Any], like: np.ndarray) -> np.ndarray:
    if not values or like.dtype == object:
        array = np.empty((len(values), *like.shape[1:]), like.dtype)
        for at, value in enumerate(values):  # all at once, lists of one length would become further axes
            array[at] = value
        return array
    return np.asarray([np.zeros(like.shape[1:], like.dtype) if value is None else value for value in values])


def _holds(dtype: np.dtype[Any], values: np.ndarray) -> bool:
    with np.errstate(invalid="ignore"):
        return bool((values.astype(dtype) == values).all())


def more_columns(images: Sequence[Mapping[str, Any]], known: Collection[str]) -> dict[str, Any]:
    """Return the other columns: keys whose value is as long as its image has labels, wherever it occurs.

    With each comes the first value that a list of it holds, or None.
    """
    names = dict.fromkeys(key for image in images for key in image if key not in known and key not in _OF_IMAGES)
    for image in images:
        objects = _length(image["labels"])
        for name in [name for name in names if name in image and _length(image[name]) != objects]:
            del names[name]
    return {name: _sample([image[name] for image in images if name in image]) for name in names}


def neutral(sample: Any) -> Any:
    """Return what an object that was added has in a list of such values: 0 among numbers, else None.

    Examples
    --------
    >>> neutral(12.5), neutral(7), neutral(True), neutral("a"), neutral([[3, 4]])
    (0.0, 0, False, None, None)
    """
    return type(sample)(0) if isinstance(sample, int | float | np.number) else None


def _length(value: Any) -> int | None:
    if hasattr(value, "shape"):
        return int(value.shape[0]) if len(value.shape) else None
    return None if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__len__") else len(value)


def _sample(columns: Sequence[Any]) -> Any:
    return next((column[0] for column in columns if isinstance(column, list | tuple) and column), None)
