"""What may happen to a file: bytes that flip, get lost, are doubled, or become something that no program expects."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st

_PNG = b"\x89PNG\r\n\x1a\n"

# Words that readers have stumbled over; the long ones come last, as hypothesis tries the first ones most.
WORDS = (
    b"", b"0", b"-1", b"1e400", b"1e308", b"-0.0", b"NaN", b"Infinity", b"-Infinity", b"null", b"true", b"false", b"2.5",
    b"18446744073709551616", b"9223372036854775807", b"-9223372036854775809", b"99999999", b"1e15", b'""', b"\"'\"",
    b"[]", b"{}", b"[[]]", b'{"a": 1}', b'"cat"', b",", b":", b";", b"\t", b" ", b"\n", b"\r", b"\r\n\r\n", b"\0", b"\xff",
    b"\xef\xbb\xbf", b"\xff\xfe", "é".encode(), "𝟘".encode(), "²".encode(), "\u202e".encode(), b"\xed\xa0\x80", b"\\ud800",
    b'"\\ud800"', b"\x1b[31m", b"../../x", b"/etc/passwd", b"a/b", b"%s", b"=1+1", b"<", b"</", b"<!--", b"<![CDATA[",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&amp;", b"&#0;", b"&b;", b"O'", b"<f4", b">f8", b"|O8", b"|V9", b"|S3", b"<U4", b"<M8[ns]",
    b"<c8", b"|b1", b"<f2", b"(99999999999,)", b"(-1,)", b"()", b"(0, 0)", b"(" * 200, b"[" * 5_000, b'{"a":' * 5_000, b"[" * 200_000,
    b"9" * 5_000, b"1" + b"0" * 400, b"0." + b"0" * 500 + b"1", b"x" * 70_000,
)  # fmt: skip


class Mutation(NamedTuple):
    """One thing that happens, at a place from 0 to 1 of the file."""

    kind: str
    at: float
    length: int
    other: float  # a second place, or which bit
    word: bytes


def _flip(content: bytes, at: int, one: Mutation) -> bytes:
    if at >= len(content):
        return content
    return content[:at] + bytes([content[at] ^ 1 << int(one.other * 7.99)]) + content[at + 1 :]


def _token(content: bytes, at: int) -> tuple[int, int]:
    """Where the number or the word around a place begins and ends."""
    plain = b"0123456789.+-eEabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
    start = stop = min(at, max(len(content) - 1, 0))
    while start > 0 and content[start - 1] in plain:
        start -= 1
    while stop < len(content) and content[stop] in plain:
        stop += 1
    return start, stop


def _replace_token(content: bytes, at: int, one: Mutation) -> bytes:
    start, stop = _token(content, at)
    return content[:start] + one.word + content[stop:]


def _other_token(content: bytes, at: int, one: Mutation) -> bytes:
    start, stop = _token(content, at)
    first, last = _token(content, int(one.other * len(content)))
    return content[:start] + content[first:last] + content[stop:]


_KINDS: dict[str, Callable[[bytes, int, Mutation], bytes]] = {
    "flip": _flip,
    "token": _replace_token,
    "other token": _other_token,
    "insert": lambda content, at, one: content[:at] + one.word + content[at:],
    "overwrite": lambda content, at, one: content[:at] + one.word + content[at + len(one.word) :],
    "truncate": lambda content, at, one: content[:at],
    "drop": lambda content, at, one: content[:at] + content[at + one.length :],
    "double": lambda content, at, one: content[:at] + 2 * content[at : at + one.length] + content[at + one.length :],
    "splice": lambda content, at, one: (
        content[:at] + content[int(one.other * len(content)) :][: one.length] + content[at + one.length :]
    ),
    "zero": lambda content, at, one: content[:at] + bytes(min(one.length, len(content) - at)) + content[at + one.length :],
}  # fmt: skip

MUTATION = st.builds(
    Mutation,
    st.sampled_from(list(_KINDS)),
    st.floats(0, 1),
    st.integers(1, 64),
    st.floats(0, 1),
    st.sampled_from(WORDS),
)
MUTATIONS = st.lists(MUTATION, min_size=1, max_size=4)


def mutated(content: bytes, mutations: list[Mutation], whole: bool) -> bytes:
    """Return the content as it is after what happened.

    Where a container has sums of its own, these are made right again, but for ``whole`` ones: or a reader would never
    see more of its content than that a sum is wrong.
    """
    if not whole and content.startswith(b"PK"):
        return _in_zip(content, mutations)
    if not whole and content.startswith(_PNG):
        return _in_png(content, mutations)
    for one in mutations:
        content = _KINDS[one.kind](content, int(one.at * len(content)), one)
    return content


def _in_zip(content: bytes, mutations: list[Mutation]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as given:
        members = {name: given.read(name) for name in given.namelist()}
    name = list(members)[int(mutations[0].other * (len(members) - 1e-9))]
    members[name] = mutated(members[name], mutations, whole=True)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        for member, data in members.items():
            made.writestr(member, data)
    return written.getvalue()


def _in_png(content: bytes, mutations: list[Mutation]) -> bytes:
    chunks, at = [], len(_PNG)
    while at < len(content):
        (size,) = struct.unpack_from(">I", content, at)
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + size]))
        at += size + 12
    place = int(mutations[0].other * (len(chunks) - 1e-9))
    kind, data = chunks[place]
    if kind == b"IDAT" and mutations[0].length % 2:
        data = zlib.compress(mutated(zlib.decompress(data), mutations, whole=True))
    else:
        data = mutated(data, mutations, whole=True)
    chunks[place] = kind, data
    parts = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return _PNG + b"".join(parts)
