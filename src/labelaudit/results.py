"""What an audit found: the record that every surface reads, and the file that it is kept in.

The law of its counts, in every task: 0 <= wrong <= labels, of the whole and of each class. What is missing is counted
beside the labels and never as a share of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import polars as pl

import labelaudit
from labelaudit.errors import InputError
from labelaudit.formats.base import Source
from labelaudit.formats.flat import flat
from labelaudit.formats.location import check_apart
from labelaudit.formats.run_file import read_run, write_run

if TYPE_CHECKING:
    import pandas as pd

_FORMAT = 2

R = TypeVar("R", bound="Record")


@dataclass(frozen=True)
class Estimate:
    """How many labels are wrong, whether or not it can be told which.

    Attributes
    ----------
    wrong : float
    low, high : float
        What the number lies between, as far as the method can tell.
    unit : str
        What is counted, such as ``labels`` or ``tokens``.
    missing : bool
        Whether labels that are missing are in it.
    """

    wrong: float
    low: float
    high: float
    unit: str
    missing: bool = False


@dataclass(frozen=True)
class Doubt:
    """Why a result may not be what it seems.

    Attributes
    ----------
    code : str
        By which a gate can allow it.
    grave : bool
        Whether the result is probably nonsense; otherwise something was assumed, or cannot be told.
    sentence, way_out : str
        What was seen, and what to do about it.
    """

    code: str
    grave: bool
    sentence: str
    way_out: str


@dataclass(frozen=True, eq=False)
class Counts:
    """How many labels were judged, how many of them look wrong, and how many seem to be missing.

    Attributes
    ----------
    unit : str
        What is counted, such as ``boxes``.
    labels : int
        Labels judged.
    wrong : int
        Distinct labels among them that look wrong.
    missing : int
        Labels that seem to be missing, which are none of those judged.
    by_class : polars DataFrame
        The same by class: ``class``, ``labels``, ``wrong``, ``missing``; no rows where labels are numbers.
    """

    unit: str
    labels: int
    wrong: int
    missing: int
    by_class: pl.DataFrame

    @property
    def share(self) -> float:
        """Wrong labels as a share of those judged; 0 for none."""
        return self.wrong / self.labels if self.labels else 0.0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Counts):
            return NotImplemented
        mine, others = ((one.unit, one.labels, one.wrong, one.missing) for one in (self, other))
        return mine == others and self.by_class.equals(other.by_class)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, eq=False)
class Record:
    """What an audit found, as plain data with pure methods; its fields are those of :class:`labelaudit.Audit`."""

    task: str
    method: str
    parameters: Mapping[str, Any]
    items: pl.DataFrame
    issues: pl.DataFrame
    counts: Counts
    estimate: Estimate | None = None
    doubts: tuple[Doubt, ...] = ()
    class_names: tuple[str, ...] | None = None
    source: Source | None = None
    ids_given: bool = False
    version: str = field(default_factory=lambda: labelaudit.__version__)

    @property
    def ids(self) -> pl.Series:
        """The name of each item, (N,); its row number where none was given."""
        return self.items["id"]

    @property
    def scores(self) -> np.ndarray:
        """How likely the labels of each item are right, (N,) floats in [0, 1]."""
        return self.items["score"].to_numpy()

    @property
    def shown_issues(self) -> pl.DataFrame:
        """The columns of :attr:`issues` that a person can read: keys and shapes of regions are for programs."""
        return self.issues.drop("issue", "rle", "annotation", strict=False)

    def summary(self) -> dict[str, Any]:
        """Return the audit in plain numbers: items, issues, labels that are wrong and missing; by class too.

        Examples
        --------
        >>> import labelaudit
        >>> audit = labelaudit.audit("classification", [0, 1, 1, 1], [[0.9, 0.1], [0.95, 0.05], [0.2, 0.8], [0.1, 0.9]])
        >>> audit.summary()["issues"], audit.summary()["share"]
        (1, 0.25)
        """
        return {
            "task": self.task,
            "method": self.method,
            "parameters": dict(self.parameters),
            "version": self.version,
            "items": len(self.items),
            "issues": len(self.issues),
            "unit": self.counts.unit,
            "labels": self.counts.labels,
            "wrong": self.counts.wrong,
            "missing": self.counts.missing,
            "share": self.counts.share,
            "estimate": asdict(self.estimate) if self.estimate else None,
            "doubts": [asdict(doubt) for doubt in self.doubts],
            "mean_score": float(self.scores.mean()) if len(self.items) else None,
            "by_class": self.counts.by_class.to_dicts(),
        }

    def to_polars(self) -> pl.DataFrame:
        """Return :attr:`issues`, flat: a spreadsheet can open it. Boxes become x1, y1, x2, y2, lists become text.

        Examples
        --------
        >>> import labelaudit
        >>> audit = labelaudit.audit("classification", [0, 1], [[0.9, 0.1], [0.95, 0.05]])
        >>> audit.to_polars().columns == audit.issues.columns
        True
        """
        return flat(self.issues)

    def to_pandas(self) -> pd.DataFrame:
        """Return :attr:`issues` as a pandas DataFrame (pandas must be installed)."""
        import pandas as pd

        return pd.DataFrame({column.name: column.to_list() for column in self.issues}, columns=self.issues.columns)

    def save(self, path: str | Path) -> None:
        """Write the whole audit into one Parquet file, which :func:`labelaudit.load` reads back.

        An existing file is replaced only once the new one is complete.

        Raises
        ------
        InputError
            For a path that does not end in .parquet or cannot be written, and for that of the labels themselves.
        """
        if self.source is not None:
            check_apart(Path(path), Path(self.source.path))
        about = {
            "format": _FORMAT,
            "version": self.version,
            "task": self.task,
            "method": self.method,
            "parameters": dict(self.parameters),
            "class_names": self.class_names,
            "ids_given": self.ids_given,
            "counts": vars(self.counts) | {"by_class": self.counts.by_class.to_dict(as_series=False)},
            "estimate": asdict(self.estimate) if self.estimate else None,
            "doubts": [asdict(doubt) for doubt in self.doubts],
            "source": self.source.to_json() if self.source else None,
        }
        write_run(path, self.items, self.issues, json.dumps(about))


def read_record(cls: type[R], path: str | Path) -> R:
    """Return the record that :meth:`Record.save` wrote; ``cls`` is the class of what comes back."""
    items, issues, text = read_run(path)
    try:
        about = json.loads(text)
        written = about.pop("format")
    except (ValueError, RecursionError, KeyError, AttributeError, TypeError) as problem:
        raise _damaged(path, problem) from problem
    if written != _FORMAT:
        by = f"written by labelaudit {about.get('version')}"
        if isinstance(written, int) and written > _FORMAT:
            raise InputError(f"{path}: {by}, which is newer; upgrade labelaudit")
        raise InputError(
            f"{path}: is a run in format {written}, {by}, which lacks what this version shows; make it anew with "
            "labelaudit score, or with labelaudit.audit(…).save(…)"
        )
    try:
        return _record(cls, about, items, issues)
    except (ValueError, KeyError, AttributeError, TypeError, pl.exceptions.PolarsError) as problem:
        raise _damaged(path, problem) from problem


def _record(cls: type[R], about: dict[str, Any], items: pl.DataFrame, issues: pl.DataFrame) -> R:
    counts, estimate, names, source = (about.pop(name) for name in ("counts", "estimate", "class_names", "source"))
    if not 0 <= int(counts["wrong"]) <= int(counts["labels"]) or int(counts["missing"]) < 0:
        raise ValueError("more labels are wrong than there are")
    return cls(
        items=items,
        issues=issues,
        counts=Counts(**counts | {"by_class": pl.DataFrame(counts["by_class"], schema=by_class_schema(names))}),
        estimate=None if estimate is None else Estimate(**estimate),
        doubts=tuple(Doubt(**doubt) for doubt in about.pop("doubts")),
        class_names=None if names is None else tuple(names),
        source=None if source is None else Source.from_json(source),
        **about,
    )


def _damaged(path: str | Path, problem: Exception) -> InputError:
    reason = str(problem).partition("\n")[0]
    return InputError(
        f"{path}: is a damaged run, for what it says of itself cannot be read ({type(problem).__name__}: {reason}); "
        "make it anew"
    )


def by_class_schema(names: Sequence[str] | None) -> dict[str, Any]:
    """Return the types of the columns of :attr:`Counts.by_class`."""
    return {"class": pl.Int64 if names is None else pl.String} | dict.fromkeys(("labels", "wrong", "missing"), pl.Int64)
