"""JPEG: walks the markers and finds out whether the picture data is whole.

    header = read(data)

libjpeg paints what is missing in mid-grey and says so only on standard error, and neither OpenCV
nor Pillow reports it once an end marker is there. So `is_short` asks the decoder itself: bytes
inserted at the end of a complete scan change nothing, those inserted into a short one are decoded.
"""

import re
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from vision.errors import UnsupportedPhoto
from vision.headers import MAX_PARTS, Header, damaged, exif_orientation

Pixels = npt.NDArray[np.uint8]

MAX_SCANS = 32
"""Progressive encoders write 10 to 16 scans; each costs a pass over the whole picture."""

FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
PROGRESSIVE = frozenset({0xC2, 0xCA})
ARITHMETIC = frozenset({0xC9, 0xCA})
OTHER_FRAMES = frozenset({0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF})
NEXT_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
RESTART = re.compile(rb"\xff[\xd0-\xd7]")
PROBE = bytes(range(0x11, 0xF1, 3))
"""Bytes without 0xFF: any decoder that still needs data turns them into some picture."""


def read(data: bytes) -> Header:
    """Header of a JPEG that is whole from first to end marker; bytes after that are ignored.

    Raises DamagedPhoto, or UnsupportedPhoto for lossless, hierarchical and 12-bit JPEG.
    """
    at, frame, orientation = 2, None, 1
    profile: dict[int, bytes] = {}
    scans: list[tuple[int, int]] = []
    seen: set[int] = set()
    interval = 0
    for _ in range(MAX_PARTS):
        at = data.find(b"\xff", at)
        if at < 0:
            raise damaged("jpeg", "it ends before its end marker")
        while data[at] == 0xFF:
            at += 1
        marker, at = data[at], at + 1
        if marker == 0xD9:
            break
        if marker <= 0x01 or 0xD0 <= marker <= 0xD8:
            continue
        end = at + int.from_bytes(data[at : at + 2], "big")
        body = data[at + 2 : end]
        if end < at + 2 or end > len(data):
            raise damaged("jpeg", "it ends inside its header")
        at = end
        if marker in FRAMES and frame is None:
            frame = (marker, body)
        elif marker in OTHER_FRAMES:
            raise _unsupported("lossless or hierarchical")
        elif marker == 0xE1 and body.startswith(b"Exif\0\0") and orientation == 1:
            orientation = exif_orientation(body[6:])
        elif marker == 0xE2 and body.startswith(b"ICC_PROFILE\0"):
            profile[body[12]] = body[14:]
        elif marker == 0xDD:
            interval = int.from_bytes(body[:2], "big")
        elif marker == 0xDA:
            seen.update(body[1 : 1 + 2 * body[0] : 2])
            found = NEXT_MARKER.search(data, at)
            if found is None:
                raise damaged("jpeg", "it ends inside the picture")
            scans.append((at, found.start()))
            at = found.start()
            if len(scans) > MAX_SCANS:
                raise damaged("jpeg", f"it has more than {MAX_SCANS} scans")
    else:
        raise damaged("jpeg", f"it has more than {MAX_PARTS} segments")
    if frame is None or not scans:
        raise damaged("jpeg", "it has no picture")
    _check_restarts(data, scans)
    width, height, components, samples, unit = _frame(frame[1], seen)
    progressive = frame[0] in PROGRESSIVE
    # Each block costs at least one bit for its mean and, sequentially, one to end it.
    least = 0 if frame[0] in ARITHMETIC else samples // 64 * (1 if progressive else 2)
    return Header(
        format="jpeg",
        data=data[:at],
        icc=b"".join(profile[number] for number in sorted(profile)),
        orientation=orientation,
        scans=tuple(scans),
        unit=unit,
        interval=interval,
        width=width,
        height=height,
        components=components,
        held=2 * samples if progressive else 0,
        progressive=progressive,
        short=8 * sum(end - start for start, end in scans) < least,
    )


def _unsupported(what: str) -> UnsupportedPhoto:
    return UnsupportedPhoto(
        f"the file is a {what} JPEG",
        accepted="baseline or progressive JPEG of 8 bits",
        do="save it as an ordinary JPEG and upload that",
    )


def _frame(body: bytes, seen: set[int]) -> tuple[int, int, int, int, tuple[int, int]]:
    """Width, height, components, number of samples, and size in pixels of a coded unit (MCU)."""
    bits, components = body[0], body[5]
    height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    if bits != 8:
        raise _unsupported(f"{bits}-bit")
    if not width or not height or components not in (1, 3, 4):
        raise damaged("jpeg", "its dimensions make no sense")
    parts = [body[6 + 3 * part : 9 + 3 * part] for part in range(components)]
    if not {part[0] for part in parts} <= seen:
        raise damaged("jpeg", "a colour channel is missing")
    factors = [(part[1] >> 4) * (part[1] & 15) for part in parts]
    across, down = max(part[1] >> 4 for part in parts), max(part[1] & 15 for part in parts)
    if not all(factors):
        raise damaged("jpeg", "its sampling makes no sense")
    samples = width * height * sum(factors) // (across * down)
    # A lone component is coded block by block, whatever its factors say.
    unit = (8, 8) if components == 1 else (8 * across, 8 * down)
    return width, height, components, samples, unit


def _check_restarts(data: bytes, scans: list[tuple[int, int]]) -> None:
    """Restart markers count 0-7 in turn; a gap means that bytes are missing."""
    for start, end in scans:
        marks = np.frombuffer(b"".join(RESTART.findall(data, start, end)), np.uint8)[1::2]
        if not np.array_equal(marks, 0xD0 + np.arange(len(marks)) % 8):
            raise damaged("jpeg", "a part of the picture is missing")


def is_short(
    header: Header, pixels: Pixels, scale: int, decode: Callable[[bytes], Pixels | None]
) -> bool:
    """Whether mid-grey areas of `pixels` stand for missing data.

    `scale` is the reduction; `decode` is what made `pixels`. It decodes a second time only when a
    stretch of coded data ends in exact mid-grey, or when the JPEG is progressive: there later
    scans paint over the grey.
    """
    if not header.progressive and not _ends_grey(header, pixels, scale):
        return False
    pieces, at = [], 0
    for start, end in header.scans:
        pieces.append(header.data[at:start])
        pieces.append(RESTART.sub(lambda mark: PROBE + mark.group(), header.data[start:end]))
        pieces.append(PROBE)
        at = end
    probed = decode(b"".join([*pieces, header.data[at:]]))
    return probed is None or not np.array_equal(pixels, probed)


def _ends_grey(header: Header, pixels: Pixels, scale: int) -> bool:
    """Whether a restart interval, or the picture, ends with a unit of exact mid-grey.

    The decoder leaves all units grey from where the data of an interval ran out to its end.
    """
    gray = cv2.inRange(pixels, (128,) * 3, (128,) * 3)
    if len(header.scans) > 1:
        # Colour channels one after the other: grey may be anywhere.
        block = np.ones((8 // scale, 8 // scale), np.uint8)
        return cv2.countNonZero(cv2.erode(gray, block)) > 0
    wide, tall = header.unit[0] // scale, header.unit[1] // scale
    columns, rows = -(-gray.shape[1] // wide), -(-gray.shape[0] // tall)
    units = columns * rows
    # At full size the neighbours' colours are smeared one pixel into a grey unit.
    rim = 1 if scale == 1 else 0
    ends = [*range(header.interval, units, header.interval)] if header.interval else []
    for last in (end - 1 for end in (*ends, units)):
        row, column = divmod(last, columns)
        cell = gray[row * tall : (row + 1) * tall, column * wide : (column + 1) * wide]
        if cell[rim : tall - rim, rim : wide - rim].all():
            return True
    return False
