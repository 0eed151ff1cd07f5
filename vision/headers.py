"""What a photo's header says, read without decoding a pixel.

    header = read_header(data)          # format by content, never by name
    header.width, header.height, header.orientation

Each format has its own small parser (vision/jpeg.py, png.py, webp.py, bmff.py). They check that
the container is whole, so that a truncated upload is refused before memory is spent on it, and
return a `Header` whose `data` holds only what the decoder needs: no text, no second picture.
"""

import struct
from dataclasses import dataclass
from typing import Literal

from vision.errors import DamagedPhoto, EmptyPhoto, UnsupportedPhoto

Format = Literal["jpeg", "png", "webp", "heic", "avif"]

ACCEPTED = "JPEG, PNG, WebP, HEIC or AVIF"
UPLOAD_AGAIN = "upload the original photo again"

MAX_PARTS = 50_000
"""Segments, chunks or boxes of one file. A 40 MB PNG in 4 KB chunks has 10,000; a file of nothing
but empty segments would otherwise keep the parser busy for seconds."""

OTHER_FORMATS: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"II*\0", "a TIFF or camera raw file"),
    (b"MM\0*", "a TIFF or camera raw file"),
    (b"%PDF", "a PDF"),
    (b"PK\3\4", "a ZIP or office file"),
    (b"8BPS", "a Photoshop file"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
    (b"\x1aE\xdf\xa3", "a video"),
)

HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
AVIF_BRANDS = frozenset({b"avif", b"avis"})


@dataclass(frozen=True)
class Header:
    """`width` and `height` in pixels as stored, before `orientation` (EXIF, 1-8) is applied.

    `icc` is the embedded profile or empty. `scans` are the byte ranges of a JPEG's entropy-coded
    data within `data`, `unit` width and height of its coded units (MCU), `interval` their number
    between restart markers (0: none); `at` is where the first frame lies on an animation's canvas.
    `short` says that the data cannot hold a picture of these dimensions, whatever it is.
    `held` is the bytes that the decoder holds at its peak, 0 when it works row by row; the factors
    in the parsers were measured as growth of resident memory.
    """

    format: Format
    data: bytes
    width: int
    height: int
    held: int
    orientation: int = 1
    icc: bytes = b""
    components: int = 3
    progressive: bool = False
    short: bool = False
    scans: tuple[tuple[int, int], ...] = ()
    unit: tuple[int, int] = (8, 8)
    interval: int = 0
    at: tuple[int, int] = (0, 0)


def read_header(data: bytes) -> Header:
    """Dispatch on the content. Raises EmptyPhoto, UnsupportedPhoto or DamagedPhoto."""
    from vision import bmff, jpeg, png, webp

    found = sniff(data)
    try:
        if found == "jpeg":
            return jpeg.read(data)
        if found == "png":
            return png.read(data)
        if found == "webp":
            return webp.read(data)
        return bmff.read(data, found)
    except (struct.error, IndexError) as error:
        raise damaged(found, "its header ends too early") from error


def sniff(data: bytes) -> Format:
    """The format that the first bytes announce. Raises EmptyPhoto or UnsupportedPhoto."""
    if not data:
        raise EmptyPhoto("the file is empty", accepted=ACCEPTED, do=UPLOAD_AGAIN)
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        size = int.from_bytes(data[:4], "big")
        brands = {data[8:12], *(data[at : at + 4] for at in range(16, min(size, 256), 4))}
        if brands & AVIF_BRANDS:
            return "avif"
        if brands & HEIC_BRANDS:
            return "heic"
    what = next((name for magic, name in OTHER_FORMATS if data.startswith(magic)), None)
    if what is None and data[4:8] == b"ftyp":
        what = "a video or another ISO media file"
    if what is None and data[:512].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        what = "a web page or SVG drawing"
    raise UnsupportedPhoto(
        f"the file is {what}" if what else "the content is no photo that is known",
        accepted=ACCEPTED,
        do="save it as JPEG and upload that",
    )


def damaged(name: str, why: str) -> DamagedPhoto:
    """The error for a file that is recognised but broken."""
    return DamagedPhoto(f"the {name.upper()} is damaged: {why}", do=UPLOAD_AGAIN)


def exif_orientation(tiff: bytes) -> int:
    """Orientation (1-8) of an EXIF block that starts at its TIFF header.

    Anything that is not a sound entry counts as upright, as in every viewer: many cameras and
    editors write broken EXIF beside a sound picture.
    """
    order: Literal["little", "big"]
    if tiff[:4] == b"II*\0":
        order = "little"
    elif tiff[:4] == b"MM\0*":
        order = "big"
    else:
        return 1
    start = int.from_bytes(tiff[4:8], order)
    count = int.from_bytes(tiff[start : start + 2], order)
    for at in range(start + 2, min(start + 2 + 12 * count, len(tiff) - 11), 12):
        if int.from_bytes(tiff[at : at + 2], order) == 0x0112:
            kind = int.from_bytes(tiff[at + 2 : at + 4], order)
            value = int.from_bytes(tiff[at + 8 : at + 10], order)
            return value if kind == 3 and 1 <= value <= 8 else 1
    return 1
