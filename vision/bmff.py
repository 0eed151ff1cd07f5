"""HEIC and AVIF: walks the boxes of ISO/IEC 23008-12 for dimensions and colour profile.

    header = read(data, "heic")

The dimensions are the largest that any image of the file claims (`ispe`): tiles, thumbnails and
hidden images count too, because the decoder may have to hold them.
"""

import re
import struct
from collections.abc import Iterator

from vision.av1 import coded_sizes
from vision.headers import MAX_PARTS, Format, Header, damaged

HELD = {"heic": 6, "avif": 9}
"""Bytes a pixel: planes, the unpacked picture and, for AVIF, Pillow's two copies of it."""

PADDING = 64
"""Pixels by which the coded size may exceed the stated one: encoders fill up their blocks."""

EXIF_ITEM = re.compile(rb"(infe\x02.{7})Exif", re.DOTALL)
"""The entry of EXIF in the item list. The formats say that rotation is in `irot` and `imir` alone,
so EXIF is hidden from the decoder, whose parser warns about broken ones."""


def read(data: bytes, name: Format) -> Header:
    """Header of a file whose boxes are all there. Raises DamagedPhoto."""
    meta = next((body for box, body in _boxes(data, name) if box == b"meta"), None)
    if meta is None:
        raise damaged(name, "it has no picture")
    sizes: list[tuple[int, int]] = []
    icc = b""
    for box, body in _properties(meta[4:], name):
        if box == b"ispe":
            sizes.append(struct.unpack_from(">II", body, 4))
        elif box == b"colr" and body[:4] in (b"prof", b"rICC") and not icc:
            icc = body[4:]
    if not sizes or not all(width and height for width, height in sizes):
        raise damaged(name, "it does not say its dimensions")
    if name == "avif":
        _check_coded_sizes(data, meta[4:], sizes)
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    whole = EXIF_ITEM.sub(rb"\1free", data)
    return Header(name, whole, width, height, width * height * HELD[name], icc=icc)


def _check_coded_sizes(data: bytes, meta: bytes, sizes: list[tuple[int, int]]) -> None:
    """Refuse a picture that is coded larger than its boxes say: the decoder would hold it."""
    widest, tallest = max(width for width, _ in sizes), max(height for _, height in sizes)
    inner = dict(_boxes(meta, "avif"))
    try:
        for item in items(data, inner.get(b"iloc", b""), inner.get(b"idat", b"")):
            for width, height in coded_sizes(item):
                if width > widest + PADDING or height > tallest + PADDING:
                    raise damaged("avif", f"it is coded larger ({width}x{height}) than it says")
    except (ValueError, IndexError) as error:
        raise damaged("avif", f"its coded picture makes no sense: {error}") from error


def items(data: bytes, iloc: bytes, idat: bytes) -> Iterator[bytes]:
    """The bytes of each item (ISO/IEC 14496-12, 8.11.3). Raises ValueError or IndexError."""
    at = 4

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > len(iloc):
            raise ValueError("the item locations end too early")
        return int.from_bytes(iloc[at - size : at], "big")

    version = iloc[0]
    widths = number(2)
    of_offset, of_length, of_base = widths >> 12, (widths >> 8) & 15, (widths >> 4) & 15
    of_index = widths & 15 if version in (1, 2) else 0
    for _ in range(min(number(4 if version == 2 else 2), MAX_PARTS)):
        number(4 if version == 2 else 2)
        source = {0: data, 1: idat}.get(number(2) & 15 if version in (1, 2) else 0)
        number(2)
        base = number(of_base)
        parts = []
        for _ in range(min(number(2), MAX_PARTS)):
            number(of_index)
            start, length = base + number(of_offset), number(of_length)
            if source is None:
                raise ValueError("an item is made of other items")
            parts.append(source[start : start + length] if length else source[start:])
        yield b"".join(parts)


def _properties(meta: bytes, name: str) -> Iterator[tuple[bytes, bytes]]:
    for box, body in _boxes(meta, name):
        if box == b"iprp":
            for inner, content in _boxes(body, name):
                if inner == b"ipco":
                    yield from _boxes(content, name)


def _boxes(data: bytes, name: str) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each box. Raises DamagedPhoto when one is cut off."""
    at = 0
    for _ in range(MAX_PARTS):
        if at == len(data):
            return
        size, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:
            size, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        elif size == 0:
            size = len(data) - at
        end = at + size
        if end < start or end > len(data):
            raise damaged(name, "it ends too early")
        yield kind, data[start:end]
        at = end
    raise damaged(name, f"it has more than {MAX_PARTS} boxes")
