"""From an audit of files and the decisions about it to corrected files, and a patch that says what was corrected."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from labelaudit.decisions import AnyDecisions, as_decisions, file_of
from labelaudit.errors import InputError
from labelaudit.formats.base import Change, Format, Source
from labelaudit.formats.location import check_apart, check_writable, locate, replacing
from labelaudit.formats.table_of_formats import FORMATS
from labelaudit.results import Record
from labelaudit.tasks import TASKS

_PATCH = ".patch.jsonl"


def export(
    record: Record,
    decisions: AnyDecisions,
    out: str | Path,
    *,
    labels: str | Path | None = None,
) -> list[Change]:
    """Write the labels of an audit with the decisions carried out, in the format that they were read from.

    Whatever no decision names stays as it was: in text files to the byte, in binary ones all values and metadata. The
    same decisions give the same file, however often.

    Parameters
    ----------
    record
        An audit of labels that were read from files, which ``labelaudit score`` makes.
    decisions
        A list of :class:`labelaudit.Decision`, or what they are kept in, or the path of such a file.
    out
        The file to write; where the labels are a folder, one that does not exist yet, or is empty. The patch lies
        beside it: ``labels.patch.jsonl`` beside ``labels.csv``, with an object a line of ``row``, ``id``, ``place``,
        ``old``, ``new``, ``annotation`` and ``issue``.
    labels
        Where the labels lie now, if they were moved since.

    Returns
    -------
    list of Change
        What was corrected.

    Raises
    ------
    InputError
        For an audit that is of no file, a file that is not what was audited, decisions whose value cannot be a label,
        and values that the file cannot hold. Nothing is written then.
    """
    out = Path(out)
    source = _source(record, labels)
    format_ = FORMATS[source.format]
    _check_unchanged(source, format_)
    kept = as_decisions(decisions)
    _check_out(out, Path(source.path), file_of(kept))
    changes = TASKS[record.task].changes(record, kept)
    if format_.write is None:
        raise InputError(f"{source.path}: {format_.name} is not written")
    format_.write(source, changes, out)
    _write_patch(patch_of(out), changes)
    return changes


def patch_of(out: Path) -> Path:
    """Return where the patch of a file or folder lies.

    Examples
    --------
    >>> patch_of(Path("labels.csv")).name, patch_of(Path("masks")).name
    ('labels.patch.jsonl', 'masks.patch.jsonl')
    """
    return out.with_name(f"{out.name if out.is_dir() else out.stem}{_PATCH}")


def _source(record: Record, labels: str | Path | None) -> Source:
    source = record.source
    if source is None:
        raise InputError(
            "source: this audit is not of a file; pass the labels to audit.correct(labels, decisions), and write what "
            "comes back"
        )
    if labels is None:
        return source
    moved = locate(labels)
    if moved.part is not None and moved.part != source.part:
        raise InputError(f"{moved}: expected the part that was audited, {source.part or 'the whole file'}")
    return replace(source, path=str(moved.path.absolute()))


def _check_unchanged(source: Source, format_: Format) -> None:
    path = Path(source.path)
    if not path.exists():
        raise InputError(f"{path}: lies no longer where it was audited; name where it is now, with --labels or labels=")
    if not format_.matches(source.location):
        raise InputError(f"{path}: is not what was audited, which was {format_.expected}")
    digest = format_.digest(path)
    if digest != source.digest:
        raise InputError(
            f"{path}: is not what was audited (its digest is {digest:.16}, it was {source.digest:.16}); name the file "
            "that was, with --labels or labels=, or score this one again"
        )


def _check_out(out: Path, path: Path, decisions: Path | None) -> None:
    if out.resolve() == path.resolve() or path.resolve() in out.resolve().parents:
        raise InputError(f"{out}: is where the labels were read; name another place, so that they stay as they were")
    patches = [out.with_name(f"{name}{_PATCH}") for name in (out.name, out.stem)]  # of a folder, of a file
    for patch in patches:
        check_writable(patch)
    for written in (out, *patches):
        check_apart(written, path, *([] if decisions is None else [decisions]))


def _write_patch(path: Path, changes: Sequence[Change]) -> None:
    lines = (json.dumps(change.to_json(), ensure_ascii=False, default=str) for change in changes)
    with replacing(path) as beside:
        beside.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8"))
