"""Records in a JSON document, as COCO has them: lists of objects that name each other by their ids.

Everywhere ``kind`` is what messages call a record: image, category, annotation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.text_files import read_text

Records = list[dict[str, Any]]


def read_json(path: Path) -> Any:
    """Return what a JSON file holds; refuse one that is none."""
    return parse_json(read_text(path), path)


def parse_json(text: str, path: Path) -> Any:
    """Return what the text of a JSON file says; refuse one that is none, or whose objects have a key twice."""
    try:
        return json.loads(text.removeprefix("\ufeff"), object_pairs_hook=unique_keys)
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{path}: is no JSON ({problem})") from problem


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; refuse one that has a key twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for place, key in enumerate(keys) if key in keys[:place])
        values = " and ".join(f"{value!r:.30}" for key, value in pairs if key == twice)
        raise ValueError(f"an object has the key {twice!r} twice, with {values}")
    return found


def has_answers(values: Iterable[Any]) -> bool:
    """Whether there is true or false among values, which Python takes for 1 and 0."""
    return bool in set(map(type, values))


def json_kind(value: Any) -> str:
    """Return what messages call a JSON value that was not expected."""
    return "JSON object" if isinstance(value, dict) else "list" if isinstance(value, list) else "single value"


def records_of(path: Path, document: dict[str, Any], key: str) -> Records:
    """Return the list of records under a key of a document; refuse what is no list of objects."""
    if key not in document:
        found = ", ".join(list(document)[:10]) or "no key"
        raise InputError(f"{path}: has no {key}; expected images, annotations and categories, found {found}")
    records: Records = document[key]
    if not isinstance(records, list):
        raise InputError(f"{path}: expected a list of {key}, got a {json_kind(records)}")
    check_objects(path, {"categories": "category"}.get(key, key[:-1]), records)
    return records


def check_objects(path: Path, kind: str, records: Records) -> None:
    """Refuse a record that is no object."""
    if not all(isinstance(record, dict) for record in records):
        row = next(row for row, record in enumerate(records) if not isinstance(record, dict))
        raise InputError(f"{path}: {kind} {row} is a {json_kind(records[row])}, expected an object")


def where_of(path: Path, kind: str, row: int, records: Records) -> str:
    """Return how a message about one record begins: the file, the place in the list, and the id if it has one."""
    named = records[row].get("id")
    return f"{path}: {kind} {row}" + (f" (id {named})" if isinstance(named, int | str) else "")


def column_of(path: Path, kind: str, records: Records, key: str) -> list[Any]:
    """Return the value that each record has under a key; refuse a record without one."""
    try:
        return [record[key] for record in records]
    except KeyError:
        row = next(row for row, record in enumerate(records) if key not in record)
        raise InputError(f"{where_of(path, kind, row, records)}: has no {key}; every {kind} needs one") from None


def by_id(path: Path, kind: str, records: Records) -> dict[Any, int]:
    """Return the place in the list by id; refuse an id that is no integer or string, or occurs twice."""
    index: dict[Any, int] = {}
    for row, named in enumerate(column_of(path, kind, records, "id")):
        if isinstance(named, bool) or not isinstance(named, int | str):
            raise InputError(f"{path}: {kind} {row}: expected an id that is an integer or a string, got {named!r:.60}")
        if index.setdefault(named, row) != row:
            raise InputError(f"{path}: {kind} {index[named]} and {kind} {row} have the same id {named!r}")
    return index


def places_of(path: Path, kind: str, records: Records, key: str, index: dict[Any, int], known: Path) -> np.ndarray:
    """Return the places of the ids under a key, (n,); refuse one that is not in the index, of the file ``known``."""
    column = column_of(path, kind, records, key)
    try:
        if has_answers(column):
            raise KeyError
        return np.array([index[value] for value in column], dtype=np.int64)
    except (KeyError, TypeError):
        row = next(row for row, value in enumerate(column) if not _is_known(value, index))
        raise InputError(
            f"{where_of(path, kind, row, records)}: {key} {column[row]!r:.60} is the id of no "
            f"{key.removesuffix('_id')} in {known}"
        ) from None


def names_of(path: Path, kind: str, records: Records, key: str) -> list[str]:
    """Return the strings under a key, such as names; refuse what is no string, and one that two images share."""
    names: dict[str, int] = {}
    for row, name in enumerate(column_of(path, kind, records, key)):
        if not isinstance(name, str):
            raise InputError(
                f"{where_of(path, kind, row, records)}: expected a {key} that is a string, got {name!r:.60}"
            )
        if names.setdefault(name, row) != row and kind == "image":
            raise InputError(f"{path}: image {names[name]} and image {row} have the same {key} {name!r}")
    return [record[key] for record in records]


def _is_known(value: Any, index: dict[Any, int]) -> bool:
    try:
        return not isinstance(value, bool) and value in index
    except TypeError:  # a list or an object is no id
        return False
