"""What an audit found, and the one file that it is kept in."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

import labelaudit
from labelaudit.errors import InputError
from labelaudit.formats.table import read_run, write_run

if TYPE_CHECKING:
    import pandas as pd

_FORMAT = 1


@dataclass(frozen=True)
class Estimate:
    """How many labels of a data set are wrong, whether or not it can be told which."""

    wrong: float
    items: int  # labels: an item may have several

    @property
    def share(self) -> float:
        """The share of wrong labels, 0 for no items."""
        return self.wrong / self.items if self.items else 0.0


@dataclass(frozen=True, eq=False)
class Audit:
    """The quality of every label of a data set, and the labels that look wrong.

    Attributes
    ----------
    task, method, parameters
        What was asked for, and how.
    ids : (N,) polars Series
        The name of each item; its row number where none was given.
    scores : (N,) floats in [0, 1]
        How likely each label is right.
    parts : polars DataFrame of N rows
        What else is known of each item, such as the given and the suggested label.
    issues : polars DataFrame
        A row for each label that looks wrong, worst first: ``id``, ``row`` in the data, ``kind``, ``given``,
        ``suggested``, ``score``, and what else the task knows, such as ``p_wrong``.
    estimate : Estimate or None
        How many labels are wrong: ``wrong``, and as a ``share`` of the items; None where the task has no estimate.
    labels : int or None
        How many labels were judged, pixels in segmentation; None where there is one an item.
    class_names : tuple of str or None
    version : str
        Of labelaudit.

    Examples
    --------
    >>> import labelaudit
    >>> pred_probs = [[0.9, 0.1], [0.95, 0.05], [0.2, 0.8]]
    >>> audit = labelaudit.audit("classification", [0, 1, 1], pred_probs, class_names=["cat", "dog"])
    >>> audit.issues.select("id", "given", "suggested").rows()
    [(1, 'dog', 'cat')]
    """

    task: str
    method: str
    parameters: Mapping[str, Any]
    ids: pl.Series
    scores: np.ndarray
    parts: pl.DataFrame
    issues: pl.DataFrame
    estimate: Estimate | None = None
    labels: int | None = None
    class_names: tuple[str, ...] | None = None
    version: str = field(default_factory=lambda: labelaudit.__version__)

    @property
    def items(self) -> pl.DataFrame:
        """One row an item: its id, its score and its parts."""
        return pl.DataFrame([self.ids.alias("id"), pl.Series("score", self.scores), *self.parts])

    def summary(self) -> dict[str, Any]:
        """Return the audit in plain numbers: items, labels, issues, the share of labels in these; by given label too.

        Examples
        --------
        >>> import labelaudit
        >>> audit = labelaudit.audit("classification", [0, 1, 1, 1], [[0.9, 0.1], [0.95, 0.05], [0.2, 0.8], [0.1, 0.9]])
        >>> audit.summary()["issues"], audit.summary()["share"]
        (1, 0.25)
        """
        items, issues = len(self.ids), len(self.issues)
        labels = items if self.labels is None else self.labels
        wrong = self.issues["area"].sum() if _has_regions(self) else issues
        return {
            "task": self.task,
            "method": self.method,
            "parameters": dict(self.parameters),
            "version": self.version,
            "items": items,
            "labels": labels,
            "issues": issues,
            "share": wrong / labels if labels else 0.0,
            "estimated_wrong": self.estimate.wrong if self.estimate else None,
            "estimated_share": self.estimate.share if self.estimate else None,
            "mean_score": float(self.scores.mean()) if items else None,
            "by_given": self._by_given(),
        }

    def _by_given(self) -> list[dict[str, Any]]:
        if "given" not in self.parts.columns or self.parts["given"].dtype.is_float():  # numbers are no classes
            return []
        given, issues = self.parts.select("given"), self.issues
        if isinstance(given["given"].dtype, pl.List):  # any number of classes an item: those that it is said to have
            given = given.explode("given").drop_nulls()
            issues = issues.filter(pl.col("given")).select(pl.col("class").alias("given"))
        wrong = issues.group_by("given").agg(pl.len().alias("issues"))
        counts = given.group_by("given").agg(pl.len().alias("items")).join(wrong, on="given", how="left")
        counts = counts.with_columns(pl.col("issues").fill_null(0))
        counts = counts.with_columns((pl.col("issues") / pl.col("items")).alias("share"))
        return counts.sort(["share", "issues", "given"], descending=[True, True, False]).to_dicts()

    def to_pandas(self) -> pd.DataFrame:
        """Return :attr:`issues` as a pandas DataFrame (pandas must be installed)."""
        import pandas as pd

        return pd.DataFrame({column.name: column.to_list() for column in self.issues}, columns=self.issues.columns)

    def save(self, path: str | Path) -> None:
        """Write the whole audit into one Parquet file, which :func:`labelaudit.load` reads back.

        Each row is an item; its issues are a list of records beside it. An existing file is replaced only once the
        new one is complete.

        Raises
        ------
        InputError
            For a path that does not end in .parquet, or whose folder is missing.
        """
        about = {
            "format": _FORMAT,
            "task": self.task,
            "method": self.method,
            "parameters": dict(self.parameters),
            "class_names": self.class_names,
            "labels": self.labels,
            "estimate": [self.estimate.wrong, self.estimate.items] if self.estimate else None,
            "version": self.version,
        }
        write_run(path, self.items, self.issues, json.dumps(about))

    def __repr__(self) -> str:
        return f"Audit({self.task}, {self.method}): {headline(self)}\n{readable(self.issues)}"

    def _repr_html_(self) -> str:
        about = html.escape(f"Audit({self.task}, {self.method}): {headline(self)}")
        return f"<p>{about}</p>{readable(self.issues)._repr_html_()}"


def headline(found: Audit, strong: Callable[[str], str] = str) -> str:
    """Return how many labels look wrong and how many are; ``strong`` marks the two numbers."""
    says = found.summary()
    issues = strong(f"{says['issues']:,}")
    if _has_regions(found):
        regions = f"{issues} wrong-looking region{'s' * (says['issues'] != 1)}"
        return f"{regions} in {says['items']:,} images, {says['share']:.1%} of the pixels"
    seem = f"{issues} of {says['labels']:,} labels look wrong ({says['share']:.1%})"
    if found.estimate is None:
        return seem
    return f"{seem}; about {strong(f'{found.estimate.wrong:,.0f}')} are ({found.estimate.share:.1%})"


def readable(issues: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of issues that a person can read: the shape of a region is for programs."""
    return issues.drop("rle", strict=False)


def _has_regions(found: Audit) -> bool:
    return "area" in found.issues.columns


def load(path: str | Path) -> Audit:
    """Return the audit that :meth:`Audit.save` wrote.

    Raises
    ------
    InputError
        For a file that is missing, is no Parquet, or is no run of labelaudit.
    """
    items, issues, about = read_run(path)
    known = json.loads(about)
    if known.pop("format") != _FORMAT:
        raise InputError(f"{path}: written by labelaudit {known.get('version')}, which is newer; upgrade labelaudit")
    names = known.pop("class_names")
    estimate = known.pop("estimate")
    return Audit(
        ids=items["id"],
        scores=items["score"].to_numpy(),
        parts=items.drop("id", "score"),
        issues=issues,
        estimate=None if estimate is None else Estimate(*estimate),
        class_names=None if names is None else tuple(names),
        **known,
    )


def as_ids(ids: Any, n: int) -> pl.Series:
    """Return one id an item, the row numbers where none are given; refuse ids that do not tell the items apart."""
    if ids is None:
        return pl.Series("id", np.arange(n))
    values = pl.Series("id", ids if isinstance(ids, pl.Series | np.ndarray) else list(ids), strict=False)
    if len(values) != n:
        raise InputError(f"ids: expected {n}, one an item, got {len(values)}")
    if values.null_count():
        raise InputError(f"ids: row {values.is_null().arg_max()} has none; leave ids out to number the rows")
    if values.n_unique() < n:
        row = int(np.argmin(values.is_first_distinct().to_numpy()))
        raise InputError(f"ids: expected ids that differ, row {row} holds {values[row]!r} again")
    return values
