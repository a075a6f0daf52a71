"""Text with some parts replaced, all else byte for byte as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import AnyStr

Span = tuple[int, int]  # where a part begins, and where it stops


def splice(content: AnyStr, edits: Iterable[tuple[int, int, AnyStr]]) -> AnyStr:
    """Return the content with each part from start to stop replaced; parts do not overlap.

    Examples
    --------
    >>> splice("a cat and a dog", [(12, 15, "fox"), (2, 5, "hen")])
    'a hen and a fox'
    """
    pieces: list[AnyStr] = []
    place = 0
    for start, stop, new in sorted(edits, key=lambda edit: edit[:2]):
        pieces += [content[place:start], new]
        place = stop
    pieces.append(content[place:])
    return content[:0].join(pieces)


def removals(spans: Sequence[Span], gone: Collection[int]) -> list[Span]:
    """Return what to take out of a list in which something stands between the parts, so that a list is left.

    Examples
    --------
    >>> text, spans = "a, b, c", [(0, 1), (3, 4), (6, 7)]
    >>> for gone in ({0}, {1, 2}, {0, 2}, {0, 1, 2}):
    ...     splice(text, [(*span, "") for span in removals(spans, gone)])
    'b, c'
    'a'
    'b'
    ''
    """
    found = []
    kept = False  # whether anything before is
    for row, (start, stop) in enumerate(spans):
        if row not in gone:
            kept = True
        elif kept:
            found.append((spans[row - 1][1], stop))
        else:
            found.append((start, spans[row + 1][0] if row + 1 < len(spans) else stop))
    return found
