"""WebP: walks the RIFF chunks and keeps the picture, or an animation's first frame.

    header = read(data)

The dimensions are those of the coded picture itself: a canvas that claims others is refused, so
that a small canvas cannot hide a large picture.
"""

import struct

from vision.headers import MAX_PARTS, Header, damaged, exif_orientation

HELD = 6
"""Bytes a pixel: libwebp's own buffers and the unpacked picture."""

PICTURE = frozenset({b"VP8 ", b"VP8L"})


def read(data: bytes) -> Header:
    """Header of a whole WebP (RFC 9649). Raises DamagedPhoto."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise damaged("webp", "it ends too early")
    canvas, icc, exif = None, b"", b""
    at, animated = (0, 0), False
    still: list[tuple[bytes, bytes]] = []
    for name, body in _chunks(data, 12, end):
        if name == b"VP8X":
            canvas = _u24(body, 4) + 1, _u24(body, 7) + 1
        elif name == b"ICCP":
            icc = body
        elif name == b"EXIF":
            exif = body.removeprefix(b"Exif\0\0")
        elif name == b"ANMF" and not still:
            animated, at = True, (2 * _u24(body, 0), 2 * _u24(body, 3))
            still = [part for part in _chunks(body, 16, len(body)) if _is_still(part[0])]
        elif _is_still(name) and not any(part[0] in PICTURE for part in still):
            still.append((name, body))
    coded = next((part for part in still if part[0] in PICTURE), None)
    if coded is None:
        raise damaged("webp", "it has no picture")
    width, height = _dimensions(*coded)
    size = canvas or (width, height)
    inside = at[0] + width <= size[0] and at[1] + height <= size[1]
    if not inside or (size != (width, height) and not animated):
        raise damaged("webp", "its dimensions do not agree")
    return Header(
        format="webp",
        data=_rebuilt(still, width, height),
        width=size[0],
        height=size[1],
        held=HELD * size[0] * size[1],
        orientation=exif_orientation(exif),
        icc=icc,
        at=at,
    )


def _is_still(name: bytes) -> bool:
    return name in PICTURE or name == b"ALPH"


def _u24(data: bytes, at: int) -> int:
    if at + 3 > len(data):
        raise damaged("webp", "a chunk is too short")
    return int.from_bytes(data[at : at + 3], "little")


def _chunks(data: bytes, at: int, end: int) -> list[tuple[bytes, bytes]]:
    found: list[tuple[bytes, bytes]] = []
    while at + 8 <= end:
        name, size = struct.unpack_from("<4sI", data, at)
        if at + 8 + size > end:
            raise damaged("webp", "it ends too early")
        found.append((name, data[at + 8 : at + 8 + size]))
        at += 8 + size + (size & 1)
        if len(found) > MAX_PARTS:
            raise damaged("webp", f"it has more than {MAX_PARTS} chunks")
    return found


def _dimensions(name: bytes, body: bytes) -> tuple[int, int]:
    """Width and height of the coded picture (RFC 6386 9.1, RFC 9649 3.4)."""
    if name == b"VP8L":
        if body[0] != 0x2F:
            raise damaged("webp", "its picture has no signature")
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if body[3:6] != b"\x9d\x01\x2a":
        raise damaged("webp", "its picture has no signature")
    width, height = struct.unpack_from("<HH", body, 6)
    return width & 0x3FFF, height & 0x3FFF


def _rebuilt(still: list[tuple[bytes, bytes]], width: int, height: int) -> bytes:
    """A plain WebP of the still picture alone."""
    parts = still
    if any(name == b"ALPH" for name, _ in still):
        size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        parts = [(b"VP8X", b"\x10\0\0\0" + size), *sorted(still)]  # ALPH before VP8
    body = b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1) for name, data in parts
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body
