"""Where elements of a text that is known to be XML lie, so that one can be replaced and nothing else moves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

_TAG = re.compile(rb"<[^>\"']*+(?:\"[^\"]*+\"[^>\"']*+|'[^']*+'[^>\"']*+)*+>")


@dataclass
class Element:
    """An element, and where in the bytes of its text it is."""

    tag: str
    start: int
    inner: int  # where its content begins, and stops
    inner_stop: int = 0
    stop: int = 0
    children: list[Element] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        """Return the children that are called so."""
        return [child for child in self.children if child.tag == tag]

    def first(self, tag: str) -> Element:
        """Return the first child that is called so, which is known to be there."""
        return self.all(tag)[0]


def parse_spans(content: bytes) -> Element:
    """Return the root of a document in UTF-8.

    Examples
    --------
    >>> content = b"<a><b x='>'>text</b><c/></a>"
    >>> [content[child.start : child.stop] for child in parse_spans(content).children]
    [b"<b x='>'>text</b>", b'<c/>']
    """
    parser = expat.ParserCreate("utf-8")
    above = [Element("", 0, 0)]

    def start(tag: str, _: dict[str, str]) -> None:
        place = parser.CurrentByteIndex
        inner = _TAG.match(content, place).end()  # type: ignore[union-attr]
        element = Element(tag, place, inner)
        above[-1].children.append(element)
        above.append(element)

    def end(_: str) -> None:
        element = above.pop()
        if content[element.inner - 2 : element.inner] == b"/>":
            element.inner_stop = element.stop = element.inner
        else:
            element.inner_stop = parser.CurrentByteIndex
            element.stop = content.index(b">", element.inner_stop) + 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(content, True)
    return above[0].children[0]
