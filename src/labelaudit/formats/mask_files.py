"""Files with a class index in each pixel: what PNG files hold, and other indices in the form of a given file."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple, overload

import numpy as np

from labelaudit.errors import InputError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_IHDR = struct.Struct(">IIBBBBB")
_GREY, _RGB, _PALETTE = 0, 2, 3
# of the seven that an interlaced file is sent in: the first column and row, and how many to the next
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_COLOURS = {_RGB: "RGB colours", 4: "grey values with alpha", 6: "RGB colours with alpha"}

# By how much zlib can make a file smaller at most.
_MOST_SMALLER = 1032


class Head(NamedTuple):
    """How a PNG file keeps its pixels; ``colour`` and the rest are the numbers of the PNG specification."""

    width: int
    height: int
    depth: int  # bits a channel
    colour: int
    compression: int = 0
    filters: int = 0
    interlace: int = 0


class ImageByImage(Sequence[np.ndarray]):
    """Arrays that are read when asked for and not kept."""

    def __init__(self, rows: Sequence[int], read: Callable[[int], np.ndarray]) -> None:
        self._rows, self._read = rows, read

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, index: slice) -> ImageByImage: ...
    def __getitem__(self, index: int | slice) -> np.ndarray | ImageByImage:
        if isinstance(index, slice):
            return ImageByImage(self._rows[index], self._read)
        return self._read(self._rows[index])


def files_in(folder: Path, ending: str) -> list[Path]:
    """Return the files of this ending, sorted by name."""
    # ._a.png beside a.png is what macOS leaves on foreign disks, and no picture
    return sorted(file for file in folder.iterdir() if file.suffix.lower() == ending and not file.name.startswith("."))


def read_head(path: Path) -> Head:
    """Return the head of a PNG file, reading nothing else of it."""
    try:
        with path.open("rb") as file:
            start = file.read(16 + _IHDR.size)
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem.strerror})") from problem
    if len(start) < 16 + _IHDR.size or not start.startswith(_SIGNATURE) or start[12:16] != b"IHDR":
        raise InputError(f"{path}: is no PNG file; expected one with a class index in each pixel")
    return Head(*_IHDR.unpack_from(start, 16))


def check_mask(path: Path) -> Head:
    """Return the head of a PNG file with one index a pixel; refuse colours and transparency that vary by pixel."""
    head = read_head(path)
    if head.colour in _COLOURS:
        raise InputError(
            f"{path}: holds {_COLOURS[head.colour]}, expected a class index in each pixel, as a palette or grey PNG; "
            "convert colours to class indices, or name the panoptic .json if these are its segment maps"
        )
    return head


def check_segments(path: Path) -> Head:
    """Return the head of a PNG file in RGB of 8 bits, refuse any other; such hold the ids of panoptic segments."""
    head = read_head(path)
    if (head.colour, head.depth) != (_RGB, 8):
        held = _COLOURS.get(head.colour, "one value a pixel")
        raise InputError(
            f"{path}: holds {held} at {head.depth} bits, expected the segment ids of a panoptic map in RGB at 8 bits; "
            "name the folder if these are class indices"
        )
    return head


def read_mask(path: Path) -> np.ndarray:
    """Return the indices in the pixels, (H, W): uint8, or uint16 where the file has 16 bits."""
    head = check_mask(path)
    values = _decode(path, head)
    if head.depth == 16:
        return values.astype(np.uint16)  # int32 from older versions of Pillow
    if head.colour == _GREY and head.depth in (2, 4):
        return values // np.uint8(255 // (2**head.depth - 1))  # Pillow spreads them over 0 to 255
    return values.astype(np.uint8)


def read_segments(path: Path) -> np.ndarray:
    """Return the ids of the panoptic segments in the pixels, (H, W) uint32: R + 256 G + 65536 B."""
    values = _decode(path, check_segments(path)).astype(np.uint32)
    ids: np.ndarray = values[..., 0] | values[..., 1] << 8 | values[..., 2] << 16
    return ids


def refuse_where(where: str, wrong: np.ndarray, labels: np.ndarray, reason: str) -> None:
    """Refuse the first pixel that is marked, if any is, naming the reason."""
    if wrong.any():
        row, column = np.unravel_index(np.argmax(wrong), wrong.shape)
        raise InputError(f"{where}: row {row}, column {column} holds {labels[row, column]}, and {reason}")


def check_corrected(where: str, labels: Any, shape: tuple[int, ...], low: int, high: int, holder: str) -> np.ndarray:
    """Return a corrected mask as an array; refuse another shape and a value that its holder cannot hold."""
    array: np.ndarray = np.asarray(labels)
    if array.shape != shape or array.dtype.kind not in "biu":
        raise InputError(f"{where}: expected integers of shape {shape}, got {array.dtype} of shape {array.shape}")
    refuse_where(where, (array < low) | (array > high), array, f"{holder} holds {low} to {high}; widen the masks first")
    return array


def encode_like(path: Path, labels: Any, where: str) -> bytes:
    """Return the PNG file with other indices and all else as it was: depth, palette, transparency, resolution, texts.

    The file is put together from its own chunks, as Pillow picks the depth anew and drops what it does not know.
    """
    given, head = read_mask(path), check_mask(path)
    holder = f"{path} with {head.depth} bits a pixel"
    labels = check_corrected(where, labels, given.shape, 0, 2**head.depth - 1, holder)
    chunks = list(_chunks(path.read_bytes()))
    if head.colour == _PALETTE:
        colours = len(dict(chunks).get(b"PLTE", b"")) // 3
        strange = np.setdiff1d(labels[labels >= colours], given)  # a void index without a colour may stay
        reason = f"the palette of {path} has {colours} colours; give it one for each class first"
        refuse_where(where, np.isin(labels, strange), labels, reason)
    parts = [_SIGNATURE]
    written = False
    for kind, data in chunks:
        if kind == b"IHDR":
            parts.append(_chunk(kind, _IHDR.pack(*head._replace(interlace=0))))
        elif kind == b"IDAT":
            if not written:
                parts.append(_chunk(kind, _pack(labels, head.depth)))
            written = True
        elif kind != b"hIST":  # how often each colour occurs, which is no longer true
            parts.append(_chunk(kind, data))
    return b"".join(parts)


def encode_plain(labels: np.ndarray) -> bytes:
    """Return a grey PNG file of uint8 or uint16 indices."""
    depth = 8 * labels.dtype.itemsize
    head = Head(labels.shape[1], labels.shape[0], depth, _GREY)
    chunks = ((b"IHDR", _IHDR.pack(*head)), (b"IDAT", _pack(labels, depth)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _decode(path: Path, head: Head) -> np.ndarray:
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as problem:
        raise InputError(f"{path}: Pillow is needed to read masks; pip install 'labelaudit[app]'") from problem
    try:
        content = path.read_bytes()
        _check_pixels(content, head)
        with Image.open(BytesIO(content), formats=["PNG"]) as image:
            frames = getattr(image, "n_frames", 1)
            if frames == 1:
                return np.asarray(image)
    except Image.DecompressionBombError as problem:
        raise InputError(f"{path}: is too large for Pillow, cut it into tiles ({problem})") from problem
    except UnidentifiedImageError as problem:
        raise InputError(f"{path}: cannot be read as a PNG file (its head or palette is damaged)") from problem
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error) as problem:
        raise InputError(f"{path}: cannot be read as a PNG file ({problem})") from problem
    raise InputError(f"{path}: is an animation of {frames} pictures, expected one mask; save the one that is meant")


def _check_pixels(content: bytes, head: Head) -> None:
    """Refuse damage of the pixels that Pillow reads over: it would give class 0 where they are missing."""
    data = b"".join(part for kind, part in _chunks(content) if kind == b"IDAT")
    size = _bytes_of_pixels(head)
    if size > _MOST_SMALLER * len(data):  # no compression makes pixels so small, and nothing is taken for them
        raise ValueError("pixels are missing")
    if len(zlib.decompressobj().decompress(data, size + 1)) < size:  # one more, to reach the checksum
        raise ValueError("pixels are missing")


def _bytes_of_pixels(head: Head) -> int:
    """Return how long the pixels are before they are compressed: rows that begin with their filter."""
    bits = head.depth * (3 if head.colour == _RGB else 1)
    size = 0
    for left, top, across, down in _PASSES if head.interlace else [(0, 0, 1, 1)]:
        width, height = -(-(head.width - left) // across), -(-(head.height - top) // down)
        if width > 0:
            size += max(height, 0) * (1 + (width * bits + 7) // 8)
    return size


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_SIGNATURE)
    while place + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, place)
        end = place + 8 + length
        kind, data = content[place + 4 : place + 8], content[place + 8 : end]
        if content[end : end + 4] != struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))):
            raise ValueError(f"the chunk {kind.decode('latin-1')!r} at byte {place} is cut or damaged")
        yield kind, data
        if kind == b"IEND":
            return
        place = end + 4
    yield b"IEND", b""  # the pixels of a file that lost it are all there


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _pack(labels: np.ndarray, depth: int) -> bytes:
    if depth == 16:
        rows = labels.astype(">u2").view(np.uint8)
    else:
        bits = np.unpackbits(labels.astype(np.uint8)[..., None], axis=2)[..., 8 - depth :] if depth < 8 else None
        rows = labels.astype(np.uint8) if bits is None else np.packbits(bits.reshape(len(labels), -1), axis=1)
    return zlib.compress(np.pad(rows, ((0, 0), (1, 0))).tobytes())  # each row begins with its filter, 0 for none
