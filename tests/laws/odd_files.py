"""Odd files of every format: cut short, emptied, in another encoding, of another kind."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import labelaudit
from fuzz.targets import TARGETS, audit_of, damaged_files
from labelaudit.decisions import as_decisions
from laws.odd_inputs import Case, Skip

_FOLDER = tempfile.TemporaryDirectory()
Damage = Callable[[bytes], bytes]
_PNG = b"\x89PNG\r\n\x1a\n"


def _text(change: Callable[[str], bytes]) -> Damage:
    def damage(content: bytes) -> bytes:
        try:
            return change(content.decode("utf-8-sig"))
        except UnicodeDecodeError as problem:
            raise Skip from problem

    return damage


def _crlf(text: str) -> bytes:
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


HARMLESS: dict[str, Damage] = {
    "as it is": bytes,
    "with a byte order mark": _text(lambda text: b"\xef\xbb\xbf" + text.encode()),
    "with CRLF": _text(_crlf),
    "with LF": _text(lambda text: text.replace("\r\n", "\n").encode()),
    "with CR": _text(lambda text: text.replace("\r\n", "\n").replace("\n", "\r").encode()),
    "as UTF-16": _text(lambda text: text.encode("utf-16")),
    "as UTF-16 without a mark": _text(lambda text: text.encode("utf-16-le")),
    "as UTF-32": _text(lambda text: text.encode("utf-32")),
    "with empty lines at the end": _text(lambda text: text.encode() + b"\n\n\n"),
    "with more behind it": lambda content: content + b"\0" * 100,
}
DAMAGE: dict[str, Damage] = {
    "emptied": lambda content: b"",
    "cut in half": lambda content: content[: len(content) // 2],
    "cut to ten bytes": lambda content: content[:10],
    "zeros": lambda content: bytes(len(content)),
    "random bytes": lambda content: bytes((i * 197 + 31) % 256 for i in range(2000)),
    "a picture": lambda content: _PNG + content,
    "gzipped": lambda content: b"\x1f\x8b\x08" + content,
    "one line": lambda content: b"hello\n",
    "brackets": lambda content: b"[" * 100_000,
    "twice": lambda content: content + content,
    "null": lambda content: b"null",
    "a null in it": lambda content: content[:60] + b"\0" + content[60:],
    "Latin-1": lambda content: content[:40] + "é".encode("latin-1") + content[40:],
    "reversed": lambda content: content[::-1],
}  # fmt: skip
# Files without a count or a sum of their own: what is left of them says something else, and nobody can tell.
_UNTOLD = {
    "yolo": ("emptied", "cut in half", "twice", "gzipped"),
    "yolo detections": ("emptied", "cut in half", "twice"),
}
# Names that a library could take for patterns or for other places.
_NAMES = ("t[1]", "t*", "t?", "~t", "t t", "é", "t#1", "t%20", "-t", "t{a,b}")
_PLACES = ("a folder", "missing", "of another ending", "without an ending", "a broken link")


def cases() -> Iterator[Case]:
    for name, target in TARGETS.items():
        if name.startswith(("run of", "decisions")):
            yield from _of_programs(name)
            continue
        for kind, damage in (HARMLESS | DAMAGE).items():
            if kind not in _UNTOLD.get(name, ()):
                yield Case(
                    target.task, f"files: {kind}", name, partial(_audit, name, damage), partial(_clean, name)
                )  # fmt: skip
        for place in _PLACES:
            if target.damaged.startswith("t."):
                yield Case(target.task, f"files: {place}", name, partial(_elsewhere, name, place))
        for stem in _NAMES if target.damaged.startswith("t.") else ():
            yield Case(target.task, f"files: called {stem}", name, partial(_called, name, stem), partial(_clean, name))


def _of_programs(name: str) -> Iterator[Case]:
    for kind, damage in DAMAGE.items():
        yield Case(
            name.partition(" ")[0], f"files: {kind}", name, partial(_load, name, damage), partial(_load, name, bytes)
        )


@cache
def _scene(name: str) -> tuple[Path, Any, dict[Path, bytes]]:
    folder = Path(_FOLDER.name) / name.replace(" ", "-")
    folder.mkdir()
    where = TARGETS[name].write(folder)
    return folder, where, {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@cache
def _clean(name: str) -> labelaudit.Audit:
    return _audit(name, bytes)


def _audit(name: str, damage: Damage) -> labelaudit.Audit:
    folder, where, original = _scene(name)
    _restore(folder, original)
    path = damaged_files(TARGETS[name], folder)[0]
    made = damage(original[path])
    if made == original[path] and damage is not bytes:
        raise Skip
    path.write_bytes(made)
    return audit_of(TARGETS[name].task, where)[0]


def _elsewhere(name: str, place: str) -> labelaudit.Audit:
    folder, (labels, predictions), original = _scene(name)
    _restore(folder, original)
    path = damaged_files(TARGETS[name], folder)[0]
    other = {"of another ending": path.with_suffix(".xyz"), "without an ending": path.with_suffix("")}.get(place, path)
    if other.is_dir():
        raise Skip
    path.rename(folder / "moved")
    if place == "a folder":
        path.mkdir()
    elif place == "a broken link":
        path.symlink_to("nowhere")
    elif other != path:
        (folder / "moved").rename(other)
    try:
        return audit_of(TARGETS[name].task, (labels.replace(str(path), str(other)), predictions))[0]
    finally:
        path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        other.unlink(missing_ok=True)


def _called(name: str, stem: str) -> labelaudit.Audit:
    folder, (labels, predictions), original = _scene(name)
    _restore(folder, original)
    path = damaged_files(TARGETS[name], folder)[0]
    for beside in ("t1", "ta", "tb"):  # what a pattern would find
        path.with_stem(beside).write_bytes(path.read_bytes()[:50])
    if path.with_suffix("").is_dir():
        raise Skip  # its masks lie in a folder of its name
    other = path.with_stem(stem)
    path.rename(other)
    return audit_of(TARGETS[name].task, (labels.replace(str(path), str(other)), predictions))[0]


def _load(name: str, damage: Damage) -> labelaudit.Audit:
    folder, _, original = _scene(name)
    _restore(folder, original)
    path = damaged_files(TARGETS[name], folder)[0]
    path.write_bytes(damage(original[path]))
    if path.suffix == ".parquet":
        return labelaudit.load(path)
    kept = as_decisions(path)
    return labelaudit.audit([0, 1], [[0.9, 0.1], [0.9, 0.1]], decisions=kept)


def _restore(folder: Path, original: dict[Path, bytes]) -> None:
    for path in folder.iterdir():
        if path not in original and path.is_file():
            path.unlink()
        elif path.is_dir() and path in original:
            shutil.rmtree(path)
    for path, content in original.items():
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)
