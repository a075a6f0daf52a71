"""What classes are called, and which label and which column of predictions is whose: told by names before positions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat, takewhile
from typing import Any, Literal

import numpy as np

from labelaudit._data.arrays import is_foreign, is_read_by_slicing
from labelaudit.errors import InputError, shown

_WHOLE = re.compile(r"-?(?:0|[1-9]\d*)")
_BOOLEANS = {"false": 0, "true": 1}

_SHOWN = 20  # names in a message


def text_of(value: Any) -> str:
    """Return a class as text: 1, 1.0 and "1" are called the same."""
    plain = value.item() if isinstance(value, np.generic) else value
    return str(int(plain)) if isinstance(plain, float) and plain.is_integer() else str(plain)


def is_missing(value: Any) -> bool:
    """Whether this stands where there is no value: None, NaN, and what pandas has for them."""
    return (
        value is None
        or type(value).__name__ in {"NAType", "NaTType"}
        or (isinstance(value, float) and math.isnan(value))
    )


def names_of(class_names: Any) -> tuple[Any, ...]:
    """Return names of classes in the order of their numbers, of whatever type they are.

    A mapping is from the numbers, as integers or as text, to the names, such as ``id2label``. What has no order is
    refused, and so are two classes of one name.

    Examples
    --------
    >>> names_of({"1": "dog", "0": "cat"}), names_of(np.array([False, True]))
    (('cat', 'dog'), (False, True))
    """
    if isinstance(class_names, set | frozenset):
        raise InputError("class_names: expected names in the order of the columns, got a set, which has none; sort it")
    if isinstance(class_names, Mapping):
        names = _by_number(class_names)
    elif isinstance(class_names, str):
        names = [class_names]
    elif hasattr(class_names, "names") and not hasattr(class_names, "tolist"):  # the classes of a Hugging Face feature
        names = list(class_names.names)
    elif isinstance(class_names, Iterable):
        names = list(class_names.tolist() if hasattr(class_names, "tolist") else class_names)
    else:
        raise InputError(f"class_names: expected a name for each column of pred_probs, got {class_names!r:.60}")
    texts: list[str] = []
    for number, name in enumerate(names):
        if is_missing(name):
            raise InputError(f"class_names: expected a name for each class, number {number} is {name!r}")
        if isinstance(name, list | tuple | dict | set):
            raise InputError(f"class_names: expected a name for each class, number {number} is {shown(name)}")
        texts.append(text_of(name))
    if len(set(texts)) < len(texts):
        twice = next(text for i, text in enumerate(texts) if text in texts[:i])
        raise InputError(f"class_names: expected names that differ, got {twice!r} twice")
    return tuple(names)


def _by_number(names: Mapping[Any, Any]) -> list[Any]:
    numbers = as_numbers(list(names))
    if numbers is None:
        raise InputError(
            "class_names: expected a mapping from the numbers of the classes to their names, such as id2label, "
            f"got the key {next(iter(names))!r}; of a label2id pass sorted(label2id, key=label2id.get)"
        )
    missing = next((number for number in range(len(numbers)) if number not in set(numbers)), None)
    if missing is not None:
        raise InputError(f"class_names: expected a name for each class 0..{max(numbers)}, {missing} has none")
    called = dict(zip(numbers, names.values(), strict=True))
    return [called[number] for number in range(len(called))]


def as_numbers(names: Sequence[Any]) -> list[int] | None:
    """Return the numbers that classes are called by, true being 1; None where one of them is called otherwise.

    Text that begins with 0, such as 007, is no number.
    """
    texts = [text_of(name) for name in names]
    if {text.lower() for text in texts} == set(_BOOLEANS):
        return [_BOOLEANS[text.lower()] for text in texts]
    return [int(text) for text in texts] if all(map(_WHOLE.fullmatch, texts)) else None


def texts_of(names: tuple[Any, ...], k: int) -> tuple[str, ...]:
    """Return names of K classes as text."""
    if len(names) != k:
        raise InputError(f"class_names: expected {k} names, one a column of pred_probs, got {len(names)}")
    return tuple(map(text_of, names))


@dataclass(frozen=True)
class LabelValues:
    """The labels of a data set one after the other, wherever they stand."""

    read: Callable[[], Any]  # (n,) as they are; asked for only where names need it
    are_text: bool  # whether they are names
    place: Callable[[int], str]  # what messages call the place of one
    put_back: Callable[[np.ndarray], Any]  # from the number of the class of each to labels of the same form
    unlabelled: int | None = None  # the number that stands for no label
    categories: tuple[Any, ...] | None = None  # all classes in their order, where the labels say so by themselves
    are_codes: bool = False  # whether labels are places in the categories

    @cached_property
    def distinct(self) -> dict[Any, str]:
        """Each of them once, with its text."""
        try:
            values = set(self.listed) - {self.unlabelled}
        except TypeError as problem:
            raise InputError(
                f"labels: expected the name or the number of a class in each place ({problem})"
            ) from problem
        return {value: text_of(value) for value in values if not is_missing(value)}

    @cached_property
    def listed(self) -> list[Any]:
        """All of them in a list."""
        flat = self.read()
        values: list[Any] = (flat[:] if is_read_by_slicing(flat) else flat).tolist()
        return values

    def numbered(self, names: Sequence[str], called: str) -> Any:
        """Return labels in the same form, as numbers of the classes of these names, which messages call so."""
        index = {name: number for number, name in enumerate(names)}
        number = {value: index.get(text, -1) for value, text in self.distinct.items()}
        if self.unlabelled is not None:
            number[self.unlabelled] = self.unlabelled
        listed = self.listed
        numbers = np.fromiter(map(number.get, listed, repeat(-1)), np.int64, len(listed))
        bad = numbers < 0 if self.unlabelled is None else (numbers < 0) & (numbers != self.unlabelled)
        if bad.any():
            row = int(np.argmax(bad))
            value = listed[row]
            hint = "; drop rows without a label" if is_missing(value) else ""
            raise InputError(
                f"labels: expected one of {called} ({', '.join(names[:_SHOWN])}{', …' * (len(names) > _SHOWN)}), "
                f"{self.place(row)} holds {value!r:.60}{hint}"
            )
        return self.put_back(numbers)


@dataclass(frozen=True)
class Classes:
    """The classes of a data set, in the order of the columns of the predictions once these are put in order."""

    names: tuple[str, ...] | None = None
    are_named: bool = False  # whether labels are these names, and not their numbers
    values: tuple[Any, ...] | None = None  # what labels call them, where that is a number and not the place
    origin: Literal["given", "columns", "categories", "sorted"] = "given"

    def numbers_of(self, labels: LabelValues, name: str) -> Any:
        """Return labels as numbers of the classes; ``name``: what messages call the predictions."""
        assert self.names is not None  # noqa: S101  it is by them that labels are named
        called = {"given": "class_names", "columns": f"the columns of {name}", "categories": "the categories"}
        return labels.numbered(self.names, called.get(self.origin, "the names"))


def classes_of(
    labels: LabelValues,
    columns: Sequence[Any] | None,
    k: int | None,
    given: tuple[Any, ...] | None,
    name: str,
    *,
    guess: bool,
) -> Classes:
    """Return the classes, told by the names that are given, else by columns, categories and labels, in that order.

    ``columns``: what the columns of the predictions are called, if they have names. ``k``: how many there are, None
    where that is not known yet. ``name``: what messages call the predictions. ``guess``: whether columns may be taken
    for the names in the labels sorted.
    """
    if given is not None:
        return _of_names(labels, k, given)
    found = None if columns is None else _of_columns(labels, columns, name)
    if found is None and labels.categories is not None:
        found = _of_categories(labels, k)
    if found is None and labels.are_text and guess:
        found = _sorted(labels, k, name)
    return found or Classes()


def _of_names(labels: LabelValues, k: int | None, given: tuple[Any, ...]) -> Classes:
    names = texts_of(given, len(given) if k is None else k)
    numbers = as_numbers(given)
    if labels.are_text:
        return Classes(names, are_named=True)
    if numbers is None or numbers == list(range(len(numbers))) or not _hold_names(labels, given, names):
        return Classes(names)
    return Classes(names, are_named=True, values=_values(given, numbers))


def _hold_names(labels: LabelValues, given: tuple[Any, ...], names: tuple[str, ...]) -> bool:
    """Whether labels that are numbers are names, which are numbers too, or places among them."""
    if not isinstance(given[0], str):
        return True
    texts = set(labels.distinct.values())
    fit_names, fit_places = texts <= set(names), texts <= set(map(str, range(len(names))))
    if fit_names and fit_places and texts:
        raise InputError(
            f"class_names: are numbers as text ({', '.join(names[:_SHOWN])}), and labels may be these or places among "
            "them; pass class_names as integers if labels are these, else number the classes from 0 in both"
        )
    return fit_names and bool(texts)


def _values(names: Sequence[Any], numbers: Sequence[int]) -> tuple[Any, ...]:
    # of booleans as they are, else as integers
    return tuple(name if isinstance(name, bool) else number for name, number in zip(names, numbers, strict=True))


def order_of(classes: Classes, columns: Sequence[Any], name: str) -> list[int] | None:
    """Return the places of the columns of predictions in the order of the classes; None where they are in it."""
    names = classes.names or tuple(map(str, range(len(columns))))
    spellings = spellings_of(columns)
    for spelling in spellings:
        if set(spelling) == set(names):
            return _unless_as_is([spelling.index(one) for one in names])
    for spelling in spellings:
        numbers = as_numbers(spelling)
        if numbers is not None:
            return _unless_as_is(_ascending(numbers))
        stranger = next((one for one in names if one not in spelling), None)
        if stranger is not None and set(names) & set(spelling):
            raise InputError(
                f"class_names: {stranger!r} is no column of {name}, which are {', '.join(spelling[:_SHOWN])}; call "
                "columns and classes the same"
            )
    return None


def _unless_as_is(order: list[int]) -> list[int] | None:
    return None if order == list(range(len(order))) else order


def _ascending(numbers: list[int]) -> list[int]:
    return sorted(range(len(numbers)), key=numbers.__getitem__)


def _of_columns(labels: LabelValues, columns: Sequence[Any], name: str) -> Classes | None:
    if len(columns) == 0:
        return None  # which is refused for its shape
    spellings = spellings_of(columns)
    for spelling in spellings:
        numbers = as_numbers(spelling)
        names = tuple(spelling if numbers is None else (spelling[place] for place in _ascending(numbers)))
        if labels.are_text:
            if set(labels.distinct.values()) <= set(names):
                return Classes(names, are_named=True, origin="columns")
        elif numbers is not None:
            if sorted(numbers) == list(range(len(numbers))):
                return Classes(names if names[0].lower() in _BOOLEANS else None, origin="columns")
            return Classes(names, are_named=True, values=tuple(sorted(numbers)), origin="columns")
    if not labels.are_text:
        return Classes(tuple(spellings[0]), origin="columns")
    if any(sorted(as_numbers(spelling) or ()) == list(range(len(columns))) for spelling in spellings):
        return None  # columns that are only numbered
    Classes(tuple(spellings[-1]), origin="columns").numbers_of(labels, name)  # which says the label that is no column
    return None


def spellings_of(columns: Sequence[Any]) -> list[list[str]]:
    """Return what columns are called, and what is left without that by which all of them begin, as in prob_cat."""
    texts = [text_of(column) for column in columns]
    start = _common_start(min(texts), max(texts)) if len(texts) > 1 else ""
    with_sign = re.sub(r"[^\W_]*$", "", start)  # up to what is neither a letter nor a digit
    without_digits = start.rstrip("0123456789")
    for prefix in (with_sign, without_digits):
        rest = [text.removeprefix(prefix) for text in texts]
        if prefix and all(rest) and (prefix == with_sign or as_numbers(rest) is not None):
            return [texts, rest]
    return [texts]


def _common_start(one: str, other: str) -> str:
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(letter for letter, _ in same)


def _of_categories(labels: LabelValues, k: int | None) -> Classes | None:
    assert labels.categories is not None  # noqa: S101  asked for only where there are some
    categories = labels.categories
    if labels.are_codes:
        return Classes(texts_of(categories, len(categories) if k is None else k), origin="columns")
    numbers = as_numbers(categories)
    if len(categories) != k or (numbers == list(range(len(categories))) and not labels.are_text):
        return None
    names = texts_of(categories, k)
    values = None if labels.are_text or numbers is None else _values(categories, numbers)
    is_sorted = numbers == sorted(numbers) if numbers is not None else list(names) == sorted(names)
    return Classes(names, are_named=True, values=values, origin="columns" if is_sorted else "categories")


def _sorted(labels: LabelValues, k: int | None, name: str) -> Classes:
    names = sorted(labels.distinct.values())
    if len(names) != k:
        found = f"{len(names)} name{'s' * (len(names) != 1)} ({', '.join(names[:3])}{', …' * (len(names) > 3)})"
        columns = "an unknown number of" if k is None else k
        raise InputError(
            f"class_names: labels hold {found}, and {name} has {columns} columns; "
            "pass the names in the order of the columns, such as class_names=clf.classes_"
        )
    return Classes(tuple(names), are_named=True, origin="sorted")


def are_text(flat: Any) -> bool:
    """Whether these labels are names."""
    if not isinstance(flat, np.ndarray) or flat.dtype.kind not in "OUT":
        return False
    return isinstance(next((value for value in flat if not is_missing(value)), None), str)


def categories_of(labels: Any) -> tuple[tuple[Any, ...] | None, bool]:
    """Return the classes that a column of labels knows in their order, and whether labels are places among them.

    Categories whose order is that in which they were met, as those of a polars Categorical, tell no order.
    """
    feature, dtype = _feature_of(labels), getattr(labels, "dtype", None)
    if feature is not None:
        return tuple(feature.names), True
    categories = getattr(dtype, "categories", None)
    if categories is None or is_foreign(labels):
        return None, False
    if hasattr(dtype, "ordered"):  # pandas
        return tuple(categories.tolist()), False
    is_enum = type(dtype).__name__ == "Enum"  # of polars, whose Categorical has categories of another kind
    return (tuple(categories.to_list()) if is_enum else None), False


def _feature_of(labels: Any) -> Any | None:
    # the ClassLabel of a column of a Hugging Face data set, or of the lists in it
    features = getattr(getattr(labels, "source", None), "features", None)
    feature = features.get(getattr(labels, "column_name", None)) if isinstance(features, Mapping) else None
    while feature is not None and not hasattr(feature, "names"):
        feature = getattr(feature, "feature", None)
    return feature
