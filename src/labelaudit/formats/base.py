"""What every format is: one row of the table in ``formats/table_of_formats.py``; and what goes in and out of files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from labelaudit.errors import InputError
from labelaudit.formats.location import Location

# What a file holds for each item: a class, a number, any number of classes, a list of tags, boxes, or a class a pixel.
Holds = Literal["classes", "numbers", "sets", "sentences", "boxes", "pixels"]

_PIECE = 1 << 20  # bytes


@dataclass(frozen=True)
class Source:
    """The files that labels came from, and what their writer must know to give the same files back.

    Attributes
    ----------
    format : str
        The name of a row of the table of formats.
    path : str
        The file or folder.
    part : str or None
        The column or key in it.
    digest : str
        Of all that was read there, so that another file is not taken for it.
    options : dict
        What else the reader was told, such as the names of the classes.
    """

    format: str
    path: str
    part: str | None
    digest: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the source as JSON has it."""
        return asdict(self) | {"options": dict(self.options)}

    @classmethod
    def from_json(cls, known: Mapping[str, Any]) -> Source:
        """Return the source that :meth:`to_json` described."""
        return cls(**known)

    @property
    def location(self) -> Location:
        """Where it lies."""
        return Location(Path(self.path), self.part)


@dataclass(frozen=True)
class Labels:
    """What the labels of a data set are, as a file has them and ``audit`` takes them."""

    values: Any
    source: Source
    ids: Sequence[Any] | None = None
    class_names: Sequence[str] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)  # what else the file says: more arguments of the audit
    about: Any = None  # what readers of predictions need: sentences, or what the file says beside boxes and masks


@dataclass(frozen=True)
class Change:
    """One correction, in the words of the audit: names of classes where they have names, pixels, words.

    ``old`` and ``new`` are what a :class:`labelaudit.Decision` has as its value: a class, a number, a list of classes,
    ``{"bbox", "class"}``, ``{"size", "counts", "class"}``, ``{"start", "stop", "tag"}``. ``old`` is None for a label
    that is added, ``new`` is None for one that is taken out; where an item has just one label, or is dropped whole,
    ``place`` and ``new`` are None.
    """

    row: int  # of the item
    id: Any
    place: Any  # where in the item: index of a box, a class, the first and the last word and one more; None for all
    old: Any
    new: Any
    annotation: Any = None  # the id of the record in the file, if it has one
    issue: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the change as a line of a patch has it."""
        return asdict(self)


def digest_of(path: Path, files: Iterable[Path] | None = None) -> str:
    """Return the digest of a file, or of files in a folder with their names: of all of them, or of these."""
    whole = hashlib.blake2b(digest_size=16)
    if files is None:
        files = (file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    for file in sorted(files):
        if file != path:
            whole.update(file.relative_to(path).as_posix().encode("utf-8", "surrogateescape") + b"\0")
        try:
            with file.open("rb") as opened:
                while piece := opened.read(_PIECE):
                    whole.update(piece)
        except OSError as problem:
            raise InputError(f"{file}: cannot be read ({problem.strerror})") from problem
    return whole.hexdigest()


@dataclass(frozen=True)
class Format:
    """How labels and predictions are read from one kind of file, and corrected labels written back."""

    name: str
    holds: frozenset[Holds]
    matches: Callable[[Location], bool]  # by ending and content
    expected: str  # how messages call such a file
    # (where, what it holds, names of the classes) → labels; None: no labels in such files
    read: Callable[[Location, Holds, Sequence[str] | None], Labels] | None = None
    # (where, what it holds, ``Labels.about``) → predictions, and names of the classes if known
    read_predictions: Callable[[Location, Holds, Any], tuple[Any, Sequence[str] | None]] | None = None
    # (source, changes, path to write to): everything that no change names stays as it was
    write: Callable[[Source, Sequence[Change], Path], None] | None = None
    digest: Callable[[Path], str] = digest_of  # of what is read there
