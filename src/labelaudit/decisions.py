"""What a person decided about labels: one decision, and the append-only lists that decisions are kept in.

A list in memory, a file of JSON lines and an SQLite file share one interface; every function takes any of them, the
path of such a file, or a plain list.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import KW_ONLY, asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import polars as pl

from labelaudit.errors import InputError, shown

Verdict = Literal["keep", "fix", "drop", "unsure", "undo"]
How = Literal["worst", "random", "search", "control"]

VERDICTS: tuple[str, ...] = get_args(Verdict)
_HOWS: tuple[str, ...] = get_args(How)

# How long, in seconds, another program's transaction is waited for; how often and after what pause its first opening.
_PATIENCE, _ATTEMPTS, _PAUSE = 30.0, 100, 0.05

JSON_LINES, SQLITE = {".jsonl", ".ndjson"}, {".sqlite", ".sqlite3", ".db"}


@dataclass(frozen=True)
class Decision:
    """What one person said of one label.

    Parameters
    ----------
    issue : str or None
        The key of the issue, from the column ``issue`` of ``Audit.issues``. None where a label was mended that no
        issue is about; ``item`` and ``place`` then say which.
    verdict
        ``keep``: the label is right. ``fix``: it should be ``value``. ``drop``: the label, or where an item has just
        one the item, is to be left out. ``unsure``: nobody can tell. ``undo``: the last decision about this label, or
        all of this ``batch``, no longer counts.
    value
        What the label should be: the name of a class, or its number where classes have no names; a list of classes; a
        number; ``{"bbox": [x1, y1, x2, y2], "class": …}`` in pixels; ``{"size": [height, width], "counts": …,
        "class": …}`` as COCO has masks; ``{"start": …, "stop": …, "tag": …}``.
    item, place
        The id of the item and where in it the label is, where ``issue`` is None.
    given
        The label that the person saw. The decision lapses once another label stands there.
    by : str
        Who decided.
    at : datetime
        When; now by default.
    how
        Why this label was shown: as one of the ``worst``, at ``random`` (with the ``probability`` of that draw), found
        by ``search``, or as a ``control`` that is believed right.
    probability : float
    batch : str
        What was decided together, such as a page, is undone together.
    key : str
        Two decisions of one key are one, so that a repeated request does no harm.

    Raises
    ------
    InputError
        For an unknown verdict, a ``fix`` without value, and a decision that is about nothing.

    Examples
    --------
    >>> Decision("a.png", "fix", "dog").verdict
    'fix'
    """

    issue: str | None
    verdict: Verdict
    value: Any = None
    _: KW_ONLY
    item: Any = None
    place: Any = None
    given: Any = None
    by: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    how: How = "worst"
    probability: float | None = None
    batch: str | None = None
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        for name, value, choices in (("verdict", self.verdict, VERDICTS), ("how", self.how, _HOWS)):
            if value not in choices:
                raise InputError(f"{name}: expected one of {', '.join(choices)}, got {value!r}")
        for name, text in (("issue", self.issue), ("key", self.key)):
            if not isinstance(text, str) and not (name == "issue" and text is None):
                raise InputError(f"{name}: expected text, got {shown(text)}")
        if self.verdict == "fix" and self.value is None:
            raise InputError("value: expected what the label should be with the verdict fix; drop leaves a label out")
        if self.issue is None and self.item is None and not (self.verdict == "undo" and self.batch):
            raise InputError("issue: expected the key of an issue, or the item and the place of another label")
        for name in ("value", "item", "place", "given"):
            object.__setattr__(self, name, _plain(getattr(self, name)))

    @property
    def about(self) -> str:
        """What tells the label from all others: decisions about the same follow each other."""
        if self.issue is not None:
            return self.issue
        return json.dumps([self.item, self.place], sort_keys=True, default=str)

    def to_json(self) -> str:
        """Return the decision as one line of JSON."""
        return json.dumps(asdict(self) | {"at": self.at.isoformat()}, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Decision:
        """Return the decision that a line of JSON holds."""
        try:
            return cls.from_dict(json.loads(text))
        except (ValueError, RecursionError) as problem:
            if isinstance(problem, InputError):
                raise
            raise InputError(f"is no JSON ({problem})") from problem

    @classmethod
    def from_dict(cls, known: Any) -> Decision:
        """Return the decision that a dictionary of its fields is."""
        if not isinstance(known, Mapping):
            raise InputError(f"expected an object with the fields of a decision, got {known!r:.60}")
        names = [one.name for one in fields(cls)]
        unknown = [name for name in known if name not in names]
        if unknown or not {"issue", "verdict"} <= set(known):
            what = f"has the unknown field {unknown[0]}" if unknown else "has no issue or no verdict"
            raise InputError(f"decision: {what}; expected {', '.join(names)}")
        known = dict(known)
        if isinstance(known.get("at"), str):
            try:
                known["at"] = datetime.fromisoformat(known["at"])
            except ValueError as problem:
                raise InputError(f"at: expected a time such as 2026-01-31T12:00:00+00:00 ({problem})") from problem
        return cls(**known)


class Decisions:
    """Decisions in the order in which they were made, in memory. Nothing is ever taken out; the last one counts.

    Examples
    --------
    >>> decisions = Decisions([Decision("a", "keep"), Decision("b", "keep"), Decision("a", "undo")])
    >>> len(decisions), [decision.issue for decision in decisions.current()]
    (3, ['b'])
    """

    def __init__(self, decisions: Iterable[Decision] = ()) -> None:
        self._all: list[Decision] = []
        self._keys: set[str] = set()
        self.extend(decisions)

    def __iter__(self) -> Iterator[Decision]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def append(self, decision: Decision) -> None:
        """Add a decision; one whose key is known changes nothing."""
        self.extend([decision])

    def extend(self, decisions: Iterable[Decision]) -> None:
        """Add several decisions, all or none."""
        new: dict[str, Decision] = {}
        for row, decision in enumerate(decisions):
            if not isinstance(decision, Decision):
                raise InputError(f"decisions: row {row} is {shown(decision)}, expected a labelaudit.Decision")
            if decision.key not in self._keys:
                new.setdefault(decision.key, decision)
        self._keep(list(new.values()))
        self._all += new.values()
        self._keys |= new.keys()

    def _keep(self, decisions: list[Decision]) -> None:
        """Write decisions where they are kept, before they count."""

    def current(self) -> list[Decision]:
        """Return the decision that counts for each label, in the order of the labels' first decisions."""
        undone: set[str] = set()
        standing: dict[str, list[Decision]] = {}
        for decision in self:
            history = standing.setdefault(decision.about, [])
            if decision.verdict != "undo":
                history.append(decision)
            elif decision.batch is not None and decision.issue is None and decision.item is None:
                undone |= {one.key for past in standing.values() for one in past if one.batch == decision.batch}
            else:
                while history and history[-1].key in undone:
                    history.pop()
                if history:
                    history.pop()
        left = ([one for one in history if one.key not in undone] for history in standing.values())
        return [history[-1] for history in left if history]

    def settles(self, issues: pl.DataFrame) -> pl.Series:
        """Return which issues were decided ``keep`` and still have the label that was seen then."""
        kept = {decision.issue: decision.given for decision in self.current() if decision.verdict == "keep"}
        if not kept or not len(issues):
            return pl.repeat(False, len(issues), dtype=pl.Boolean, eager=True)
        given = issues["given"].to_list()
        pairs = zip(issues["issue"].to_list(), given, strict=True)
        return pl.Series(
            [key in kept and (kept[key] is None or kept[key] == label) for key, label in pairs], dtype=pl.Boolean
        )


class JsonLines(Decisions):
    """Decisions in a file, a line of JSON each; what was added is on disk when ``append`` returns."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._kept = False
        super().__init__()
        if self.path.exists():
            super().extend(self._read())
        self._kept = True

    def _read(self) -> Iterator[Decision]:
        try:
            content = self.path.read_bytes()
        except OSError as problem:
            raise InputError(f"{self.path}: cannot be read ({problem.strerror})") from problem
        lines = content.split(b"\n")
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield Decision.from_json(line.decode("utf-8"))
            except (InputError, UnicodeDecodeError) as problem:
                if number == len(lines):  # cut short while it was written, so never acknowledged
                    return
                raise InputError(f"{self.path}: line {number}: {problem}") from problem

    def _keep(self, decisions: list[Decision]) -> None:
        if not self._kept or not decisions:
            return
        text = "".join(decision.to_json() + "\n" for decision in decisions).encode("utf-8")
        try:
            with self.path.open("ab+") as file:
                end = file.seek(0, os.SEEK_END)
                file.seek(0)
                whole = file.read().rfind(b"\n") + 1
                file.truncate(whole if whole < end else end)
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            raise InputError(f"{self.path}: cannot be written ({problem.strerror})") from problem


class Sqlite(Decisions):
    """Decisions in an SQLite file, which several programs may read and add to; durable when ``append`` returns."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        super().__init__()
        for attempt in range(_ATTEMPTS):
            try:
                self._prepare()
                return
            except sqlite3.OperationalError as problem:  # the mode of a file is changed by one program at a time
                if "locked" not in str(problem) or attempt == _ATTEMPTS - 1:
                    raise InputError(f"{self.path}: cannot be opened as an SQLite file ({problem})") from problem
                time.sleep(_PAUSE)

    def _prepare(self) -> None:
        with self._open() as file:
            if file.execute("pragma journal_mode").fetchone() != ("wal",):
                file.execute("pragma journal_mode = wal")
            file.execute(
                "create table if not exists decisions (number integer primary key, key text unique not null, "
                "decision text not null)"
            )

    def __iter__(self) -> Iterator[Decision]:
        try:
            with self._open() as file:
                rows = file.execute("select number, decision from decisions order by number").fetchall()
        except sqlite3.OperationalError as problem:  # text that is none, or no such table
            raise InputError(f"{self.path}: decisions cannot be read ({problem})") from problem
        return (self._decision(number, text) for number, text in rows)

    def _decision(self, number: int, text: Any) -> Decision:
        try:
            return Decision.from_json(text)
        except (InputError, TypeError) as problem:  # no text at all
            raise InputError(f"{self.path}: decision number {number}: {problem}") from problem

    def __len__(self) -> int:
        with self._open() as file:
            return int(file.execute("select count(*) from decisions").fetchone()[0])

    def extend(self, decisions: Iterable[Decision]) -> None:
        """Add several decisions in one transaction; those whose keys are known change nothing."""
        rows = [(one.key, one.to_json()) for one in Decisions(decisions)]
        if not rows:
            return
        try:
            with self._open() as file, file:
                file.executemany("insert or ignore into decisions (key, decision) values (?, ?)", rows)
        except sqlite3.OperationalError as problem:
            raise InputError(f"{self.path}: cannot be written ({problem}); nothing of this was kept") from problem

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for as long as it is used; refuse one that is none, or damaged."""
        try:
            with closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as file:
                file.execute("pragma synchronous = full")
                file.execute("select 1 from sqlite_master").fetchone()
                yield file
        except sqlite3.OperationalError:  # busy, full or read-only, which each use says in its own way
            raise
        except sqlite3.Error as problem:
            raise InputError(f"{self.path}: cannot be opened as an SQLite file ({problem})") from problem


# As arguments have them: kept decisions, the path of their file, or a plain list.
AnyDecisions = Decisions | str | Path | Iterable[Decision | Mapping[str, Any]]


def as_decisions(value: AnyDecisions | None) -> Decisions:
    """Return decisions in whatever form they came: kept ones, the path of their file, or a plain list.

    Raises
    ------
    InputError
        For a file of another kind, a line that is no decision, and values that are none.

    Examples
    --------
    >>> [decision.verdict for decision in as_decisions([{"issue": "a", "verdict": "keep"}])]
    ['keep']
    """
    if value is None:
        return Decisions()
    if isinstance(value, Decisions):
        return value
    if isinstance(value, str | Path):
        path = Path(value)
        if not path.exists():
            raise InputError(f"{path}: no such file; expected decisions in a .jsonl or .sqlite file")
        return open_decisions(path)
    if isinstance(value, Decision | Mapping) or not isinstance(value, Iterable):
        raise InputError(f"decisions: expected a list of labelaudit.Decision, or a file, got {value!r:.60}")
    return Decisions(Decision.from_dict(one) if isinstance(one, Mapping) else one for one in value)


def file_of(decisions: Decisions) -> Path | None:
    """Return the file that decisions are kept in, if they are kept in one."""
    return getattr(decisions, "path", None)


def open_decisions(path: str | Path) -> Decisions:
    """Return the decisions that are kept in a file, which is made if it does not exist: .jsonl or .sqlite."""
    kind = Path(path).suffix.lower()
    if kind in JSON_LINES:
        return JsonLines(path)
    if kind in SQLITE:
        return Sqlite(path)
    raise InputError(f"{path}: expected decisions in a .jsonl or .sqlite file")


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: NumPy numbers as numbers, arrays, tuples and sets as lists."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain(part) for part in value), key=str)
    if isinstance(value, pl.Series) or (isinstance(value, Sequence) and not isinstance(value, str | bytes)):
        return [_plain(part) for part in value]
    if isinstance(value, bytes):
        return value.decode("ascii")
    return value
