"""From what a task found to its audit: ids, keys of issues, their order, and counts by class, in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.class_names import is_missing
from labelaudit.decisions import Decisions
from labelaudit.errors import InputError, shown
from labelaudit.results import Counts, Doubt, Estimate, Record, by_class_schema

# Columns that say where in the item a label is; they stand after the row, and these after them, in this order.
PLACES = ("class", "start", "stop", "box", "mask", "bbox", "suggested_bbox")
_LAST = ("kind", "given", "suggested", "score", "p_wrong", "annotation")


@dataclass(frozen=True)
class Found:
    """What a task found, from which :func:`build_audit` makes the record.

    ``candidates`` has a row an issue, in any order: ``row``; where in the item its label is, in columns of its own and
    as the text ``place`` for the key, which is empty where an item has just one; ``kind``, ``given``, ``suggested``,
    ``score``; ``p_wrong`` and ``annotation`` where there are such; ``labels``, how many of the judged labels the issue
    is about, 0 for a missing one; and what else the task shows. Rows of equal score stay in their order.
    """

    items: pl.DataFrame  # score, p_wrong where there is one, and what else is known of each item
    candidates: pl.DataFrame
    counts: Counts
    estimate: Estimate | None = None
    doubts: tuple[Doubt, ...] = ()


def build_audit(
    task: str,
    found: Found,
    *,
    method: str,
    parameters: Mapping[str, Any],
    ids: Any = None,
    class_names: tuple[str, ...] | None = None,
    decisions: Decisions | None = None,
) -> Record:
    """Return the record: ids, keys, order and what was decided before are settled here and nowhere else."""
    row_ids = as_ids(ids, len(found.items))
    table = found.candidates[_ascending(found.candidates["score"].to_numpy())]
    item = row_ids.gather(table["row"])
    known = (*_LAST, "row", "place", "labels")
    places = [name for name in table.columns if name in PLACES]
    rest = [name for name in table.columns if name not in (*known, *places)]
    issues = pl.DataFrame(
        [
            keys_of(item, table["place"]),
            item,
            table["row"].cast(pl.Int64),
            *table.select(*places, *(name for name in _LAST if name in table.columns), *rest),
        ]
    )
    counts = found.counts
    if decisions is not None and len(issues):
        settled = decisions.settles(issues)
        counts = _without(counts, table.filter(settled))
        issues = issues.filter(~settled)
    return Record(
        task=task,
        method=method,
        parameters=dict(parameters),
        items=pl.DataFrame([row_ids, *found.items]),
        issues=issues,
        counts=counts,
        estimate=found.estimate,
        doubts=found.doubts,
        class_names=class_names,
        ids_given=ids is not None,
    )


def _ascending(scores: np.ndarray) -> np.ndarray:
    """Return the order of the scores, where equals stay as they come.

    Sorts that may exchange equals are done with vector instructions: two of them take a third of the time of one that
    may not.
    """
    order = np.argsort(scores)
    ordered = scores[order]
    rank = np.append(0, np.cumsum(ordered[1:] != ordered[:-1]))  # equals have the same
    ascending: np.ndarray = np.sort((rank << 32) | order) & 0xFFFFFFFF
    return ascending


def keys_of(items: pl.Series, places: pl.Series) -> pl.Series:
    """Return the keys of issues: the id of the item, and after a # the place in it, if there is one.

    A # in the id, and the % that stands for it, are written as in an address, so that the place is what follows #.

    Examples
    --------
    >>> keys_of(pl.Series(["a.jpg", "b#1"]), pl.Series(["7", ""])).to_list()
    ['a.jpg#7', 'b%231']
    """
    names = items.cast(pl.String)
    if not items.dtype.is_integer():
        names = names.str.replace_all("%", "%25", literal=True).str.replace_all("#", "%23", literal=True)
    without = places == ""
    if without.all():
        return names.alias("issue")
    parts = pl.DataFrame([names.alias("id"), places.cast(pl.String).alias("place")])
    keys = parts.select(pl.format("{}#{}", "id", "place").alias("issue")).to_series()
    return keys.zip_with(~without, names) if without.any() else keys


def count_classes(
    unit: str,
    labels: np.ndarray,
    wrong: np.ndarray,
    missing: np.ndarray | None = None,
    names: Sequence[str] | None = None,
) -> Counts:
    """Return the counts from those of each class, (K,); classes that nothing was counted of are left out of the table.

    Examples
    --------
    >>> count_classes("boxes", np.array([3, 1, 0]), np.array([1, 1, 0]), names=["cat", "dog", "fox"]).by_class.rows()
    [('dog', 1, 1, 0), ('cat', 3, 1, 0)]
    """
    missing = np.zeros_like(labels) if missing is None else missing
    share = (wrong + missing) / np.maximum(labels, 1)
    called = np.arange(labels.size) if names is None else np.array(names)
    order = np.lexsort((called, -missing, -wrong, -share))
    seen = order[(labels[order] > 0) | (missing[order] > 0)]
    columns = {"labels": labels, "wrong": wrong, "missing": missing}
    numbers = (pl.Series(name, values[seen], dtype=pl.Int64) for name, values in columns.items())
    table = pl.DataFrame([class_column("class", seen, names), *numbers])
    return Counts(unit, int(labels.sum()), int(wrong.sum()), int(missing.sum()), table)


def count_numbers(unit: str, labels: int, wrong: int) -> Counts:
    """Return the counts of labels that are no classes."""
    return Counts(unit, labels, wrong, 0, pl.DataFrame(schema=by_class_schema(None)))


def class_column(name: str, classes: Any, names: Sequence[str] | None) -> pl.Series:
    """Return a column of classes, which are numbers from 0, by name where they have names; -1 is null."""
    numbers = pl.Series(name, np.array(classes, np.int64))  # a copy, for a column may share the memory of an array
    numbers = numbers.set(numbers < 0, None) if len(numbers) and numbers.min() < 0 else numbers  # type: ignore[operator]
    return numbers if names is None else pl.Series(name, list(names), dtype=pl.String).gather(numbers)


def class_lists(name: str, classes: Any, names: Sequence[str] | None) -> pl.Series:
    """Return a column of classes, of which there are many an item, by name where they have names; null stays null.

    Names are there once each, as an enumeration: as text they would be most of the memory of an audit.
    """
    if names is None:
        return pl.Series(name, classes, dtype=pl.Int32)
    return pl.Series(name, names, dtype=pl.Enum(names)).gather(pl.Series(classes, dtype=pl.UInt32))


def lists_of(columns: Sequence[pl.Series], *starts: np.ndarray) -> list[pl.Series]:
    """Return columns of a value a part as columns of a list an item, without a copy.

    ``starts``: where each item begins, and the last one ends, (N + 1,), in all columns or in each.

    Examples
    --------
    >>> (words,) = lists_of([pl.Series("words", ["so", "it", "is"])], np.array([0, 1, 1, 3]))
    >>> words.to_list()
    [['so'], [], ['it', 'is']]
    """
    bounds = ([pl.lit(pl.Series(part, dtype=pl.Int64)) for part in (each[:-1], each[1:])] for each in starts)
    places = pl.select(pl.int_ranges(*pair).alias(str(number)) for number, pair in enumerate(bounds))
    pairs = zip(cycle(places.get_columns()), columns, strict=False)
    return [_looked_up(part, column).alias(column.name) for part, column in pairs]


def _looked_up(places: pl.Series, values: pl.Series) -> pl.Series:
    def at(part: pl.Series) -> pl.Series:  # all places follow each other
        return values.slice(part[0] if len(part) else 0, len(part))

    lists: pl.Series = places.list.eval(pl.element().map_batches(at, values.dtype, is_elementwise=True))
    return lists


def repeated(name: str, value: str | None, rows: int) -> pl.Series:
    """Return a column of the same text in every row."""
    return pl.Series(name, [value], dtype=pl.String).new_from_index(0, rows).alias(name)


def _without(counts: Counts, gone: pl.DataFrame) -> Counts:
    """Return the counts less the issues that a person has settled."""
    by = gone["class"] if "class" in gone.columns else gone["given"]
    is_missing = gone["labels"] == 0
    if is_missing.any() and "class" not in gone.columns:
        by = by.zip_with(~is_missing, gone["suggested"])
    taken = (
        pl.DataFrame([by.alias("class"), gone["labels"].alias("_wrong"), is_missing.cast(pl.Int64).alias("_missing")])
        .group_by("class")
        .sum()
    )
    table = counts.by_class
    if len(table):
        table = table.join(taken, on="class", how="left", maintain_order="left").select(
            "class",
            "labels",
            *(
                pl.max_horizontal(pl.col(name) - pl.col(f"_{name}").fill_null(0), 0).alias(name)
                for name in ("wrong", "missing")
            ),
        )
    wrong = max(counts.wrong - int(gone["labels"].sum()), 0)
    return replace(counts, wrong=wrong, missing=counts.missing - int(is_missing.sum()), by_class=table)


def _as_series(ids: Any) -> pl.Series:
    """Return ids in a column: of what is neither text nor a number, such as paths, as text."""
    if isinstance(ids, str) or not isinstance(ids, Iterable) or len(getattr(ids, "shape", (0,))) != 1:
        raise InputError(f"ids: expected a name for each item, got {shown(ids)}")
    if isinstance(ids, pl.Series) or (isinstance(ids, np.ndarray) and ids.dtype.kind in "iufb"):
        return pl.Series("id", ids)
    values = ids.to_pylist() if hasattr(ids, "to_pylist") else ids  # Arrow
    plain = [None if is_missing(one) else one for one in values]
    if all(isinstance(one, int | np.integer) for one in plain) and not any(isinstance(one, bool) for one in plain):
        numbers = pl.Series("id", plain, strict=False)
        if numbers.dtype.is_integer() and not numbers.null_count():
            return numbers
    if any(isinstance(one, bytes) for one in plain):
        row = next(row for row, one in enumerate(plain) if isinstance(one, bytes))
        raise InputError(f"ids: expected text or numbers, row {row} holds {shown(plain[row])}; decode it")
    kinds = {type(one) for one in plain}
    if len(kinds) > 1 and all(issubclass(kind, int | float | np.number | str) for kind in kinds):
        _refuse_equal(plain)
    try:
        return pl.Series("id", [None if one is None else str(one) for one in plain], dtype=pl.String)
    except UnicodeEncodeError:
        return pl.Series("id", [None if one is None else _text(one) for one in plain], dtype=pl.String)


def _refuse_equal(ids: list[Any]) -> None:
    """Refuse ids that are equal though they do not read alike, such as 1 and True."""
    seen: set[Any] = set()
    for row, one in enumerate(ids):
        if one in seen:
            raise InputError(f"ids: expected ids that differ, row {row} holds {shown(one)} again")
        seen.add(one)


def _text(one: Any) -> str:
    # what no file can hold, half of a character of two, as an escape
    return str(one).encode("utf-8", "backslashreplace").decode("utf-8")


def as_ids(ids: Any, n: int) -> pl.Series:
    """Return one id an item, the row numbers where none are given; refuse ids that do not tell the items apart."""
    if ids is None:
        return pl.Series("id", np.arange(n))
    values = _as_series(ids)
    if len(values) != n:
        raise InputError(f"ids: expected {n}, one an item, got {len(values)}")
    if values.null_count():
        raise InputError(f"ids: row {values.is_null().arg_max()} has none; leave ids out to number the rows")
    if values.n_unique() < n:
        row = int(np.argmin(values.is_first_distinct().to_numpy()))
        raise InputError(f"ids: expected ids that differ, row {row} holds {values[row]!r} again")
    return values
