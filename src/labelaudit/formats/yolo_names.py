"""The names of the classes of a YOLO data set, in a file of their own: classes.txt, obj.names or data.yaml."""

from __future__ import annotations

import json
import re
from pathlib import Path

from labelaudit.errors import InputError
from labelaudit.formats.annotations import check_names
from labelaudit.formats.text_files import read_text

LISTS_OF_NAMES = ("classes.txt", "obj.names")
_YAML = ("data.yaml", "data.yml", "dataset.yaml")

_QUOTED = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\n]|\'\')*\''
_COMMENT = re.compile(rf"(?<![^\s,\[{{:])({_QUOTED})|(?<!\S)#[^\n]*")  # or a quoted text, where # is a letter
_IN_BRACKETS = re.compile(rf"(?:(\d+)\s*:\s+)?({_QUOTED}|[^\s,\[\]{{}}\"'][^,\[\]{{}}]*?)\s*(?:,|\Z)")
_IN_A_LINE = re.compile(rf"(?:-|(\d+)\s*:)[ \t]+({_QUOTED}|[^\s\"'\[{{&*!|>][^\n]*?)[ \t]*(?:\n|\Z)")


def names_in(folder: Path) -> list[str]:
    """Return which such files lie in a folder."""
    return [name for name in (*LISTS_OF_NAMES, *_YAML) if (folder / name).is_file()]


def class_names_of(folder: Path) -> list[str]:
    """Return the names of the classes of the text files in a folder, from there or one of the two folders above."""
    whole = folder.absolute()
    for place in (whole, *list(whole.parents)[:2]):
        for name in names_in(place):
            path = place / name
            text = read_text(path).removeprefix("\ufeff")
            if name in _YAML:
                return check_names(_names_of_yaml(text, path), path)
            return check_names([line.strip() for line in text.splitlines() if line.strip()], path)
    raise InputError(
        f"{folder}: expected the names of the classes in classes.txt or data.yaml, here or one folder above"
    )


def _names_of_yaml(text: str, path: Path) -> list[str]:
    """Return the names under the key ``names``: a list or a mapping from 0, in one line or a line each."""
    lines = text.splitlines()
    first = next((row for row, line in enumerate(lines) if re.match(r"names\s*:(\s|$)", line)), None)
    if first is None:
        raise InputError(f"{path}: has no key names; expected the names of the classes there, or in a classes.txt")
    block = [lines[first].partition(":")[2]]
    for line in lines[first + 1 :]:
        if line.startswith("---") or (line.strip() and line[0] not in "#-]} \t"):
            break  # the next document, or the next key
        block.append(line)
    inside = _COMMENT.sub(lambda found: found[1] or "", "\n".join(block)).strip()
    flow = inside[:1] + inside[-1:] in {"[]", "{}"}
    pattern, rest = (_IN_BRACKETS, inside[1:-1].strip()) if flow else (_IN_A_LINE, inside)
    items = []
    while rest:
        found = pattern.match(rest)
        if found is None:
            shown = rest.partition("\n")[0]
            raise InputError(
                f"{path}: names cannot be read at {shown!r:.60}; expected [cat, dog], or lines of - cat or 0: cat"
            )
        items.append((found[1], _unquoted(found[2], path)))
        rest = rest[found.end() :].lstrip()
    if all(key is None for key, _ in items):
        return [name for _, name in items]
    mapping = {int(key): name for key, name in items if key is not None}
    if len(mapping) != len(items) or sorted(mapping) != list(range(len(items))):
        raise InputError(f"{path}: expected names for the classes 0 to {len(items) - 1}, each once")
    return [mapping[row] for row in range(len(mapping))]


def _unquoted(text: str, path: Path) -> str:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError as problem:
        raise InputError(f"{path}: names holds {text}, which is no quoted text") from problem
