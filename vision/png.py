"""PNG: walks the chunks, checks them, and keeps those that make the picture.

    header = read(data)

Text chunks are dropped unread (compressed ones can be bombs), and so is an animation: what is
left is the default image, its first frame.
"""

import struct
import zlib

from vision.headers import MAX_PARTS, Header, damaged, exif_orientation

KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
HELD = 5
"""Bytes a pixel: Pillow's RGBA and one band."""

MAX_PROFILE = 4 << 20
"""Bytes of an unpacked colour profile; the largest in common use are about 1 MB."""


def read(data: bytes) -> Header:
    """Header of a PNG whose chunks are all there. Raises DamagedPhoto."""
    at, kept, icc, orientation = 8, [data[:8]], b"", 1
    width = height = 0
    picture = False
    for _ in range(MAX_PARTS):
        if at + 12 > len(data):
            raise damaged("png", "it ends too early")
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise damaged("png", "it ends too early")
        body = data[at + 8 : end - 4]
        if name in KEPT:
            if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
                raise damaged("png", "a checksum is wrong")
            kept.append(data[at:end])
        if name == b"IHDR":
            width, height = struct.unpack_from(">II", body)
        elif not width:
            raise damaged("png", "it does not start with its dimensions")
        elif name == b"iCCP":
            icc = _profile(body)
        elif name == b"eXIf":
            orientation = exif_orientation(body)
        elif name == b"IDAT":
            picture = True
        elif name == b"IEND":
            break
        at = end
    else:
        raise damaged("png", f"it has more than {MAX_PARTS} chunks")
    if not picture or not height:
        raise damaged("png", "it has no picture")
    return Header("png", b"".join(kept), width, height, width * height * HELD, orientation, icc)


def _profile(body: bytes) -> bytes:
    """The unpacked profile; empty when it is broken or larger than any real one."""
    packed = body.partition(b"\0")[2][1:]
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed, MAX_PROFILE)
    except zlib.error:
        return b""
    return profile if unpacker.eof else b""
