"""Hostile, broken and unusual photos, made on the spot.

    for case in hostile_cases():
        case.name, case.data, case.error or case.pixels

Each case has either the exact error class that it must raise, or the upright RGB pixels that it
must decode to within `tolerance` levels on average.
"""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image, ImageCms

from vision.errors import (
    DamagedPhoto,
    EmptyPhoto,
    HomelensError,
    PhotoTooLarge,
    PhotoTooSmall,
    UnsupportedPhoto,
)

Pixels = npt.NDArray[np.uint8]

WIDTH, HEIGHT = 192, 128


@dataclass(frozen=True)
class Case:
    name: str
    data: bytes
    error: type[HomelensError] | None = None
    pixels: Pixels | None = None
    tolerance: float = 0.0


@cache
def picture() -> Pixels:
    """A colourful picture that differs under every turn and mirroring."""
    x, y = np.meshgrid(np.linspace(0, 1, WIDTH), np.linspace(0, 1, HEIGHT))
    base = np.dstack([40 + 200 * x, 40 + 180 * y, 60 + 120 * x * y]).astype(np.uint8)
    cv2.circle(base, (50, 40), 25, (250, 240, 30), -1)
    cv2.rectangle(base, (120, 70), (180, 115), (20, 60, 200), -1)
    return base


def saved(pixels: Pixels | Image.Image, kind: str, **options: Any) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@cache
def valid(kind: str) -> bytes:
    """The picture in one format: jpeg, progressive, restarts, png, webp, lossless, heic, avif."""
    if kind == "progressive":
        return saved(picture(), "JPEG", quality=92, progressive=True)
    if kind == "restarts":
        return saved(picture(), "JPEG", quality=92, restart_marker_rows=1)
    if kind == "lossless":
        return saved(picture(), "WEBP", lossless=True)
    if kind == "heic":
        out = io.BytesIO()
        pillow_heif.from_pillow(Image.fromarray(picture())).save(out, quality=90)
        return out.getvalue()
    options = {"jpeg": {"quality": 92}, "webp": {"quality": 92}, "avif": {"quality": 90}}
    return saved(picture(), kind.upper(), **options.get(kind, {}))


def exif(orientation: int) -> bytes:
    """A minimal big-endian EXIF block, without its "Exif" prefix."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"MM\0*\0\0\0\x08\0\x01" + entry + b"\0\0\0\0"


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def with_segments(data: bytes, *segments: bytes) -> bytes:
    return data[:2] + b"".join(segments) + data[2:]


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def with_chunk(data: bytes, name: bytes, body: bytes) -> bytes:
    """The PNG with one more chunk after its IHDR."""
    return data[:33] + chunk(name, body) + data[33:]


def png_of(width: int, height: int, packed: bytes, depth: int = 8, colour: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def jpeg_parts(data: bytes) -> list[int]:
    """Offsets of all markers up to the end marker."""
    offsets, at = [], 0
    while True:
        offsets.append(at)
        marker = data[at + 1]
        if marker == 0xD9:
            return offsets
        at += 2 if marker == 0xD8 else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xDA:
            while data[at] != 0xFF or data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
                at += 1


def png_parts(data: bytes) -> list[int]:
    offsets, at = [], 8
    while at < len(data):
        offsets.append(at)
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return offsets


def webp_parts(data: bytes) -> list[int]:
    offsets, at = [], 12
    while at < len(data):
        offsets.append(at)
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return offsets


def box_parts(data: bytes) -> list[int]:
    offsets, at = [], 0
    while at < len(data):
        offsets.append(at)
        at += int.from_bytes(data[at : at + 4], "big")
    return offsets


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def with_ispe(data: bytes, width: int, height: int) -> bytes:
    return patched(data, data.index(b"ispe") + 8, struct.pack(">II", width, height))


def with_sof(data: bytes, width: int, height: int, marker: bytes = b"\xff\xc0") -> bytes:
    return patched(data, data.index(marker + b"\0\x11") + 5, struct.pack(">HH", height, width))


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.html", "<script>alert(1)</script>")
    return out.getvalue()


def turned(orientation: int) -> Pixels:
    """The stored pixels whose upright form under `orientation` is the picture."""
    back = {6: 8, 8: 6}.get(orientation, orientation)
    image = Image.fromarray(picture())
    operations = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    return np.asarray(image if back == 1 else image.transpose(operations[back]))


def hostile_cases() -> Iterator[Case]:
    """Every case; names are unique."""
    yield from not_photos()
    yield from bombs()
    yield from truncated()
    yield from broken()
    yield from unusual()


def not_photos() -> Iterator[Case]:
    noise = random.Random(7).randbytes(4096)
    contents = {
        "zeros": bytes(4096),
        "noise": b"\x01" + noise,
        "one-byte": b"\xff",
        "text": b"kitchen.jpg\n" * 50,
        "html": b"<!DOCTYPE html><html><img src=x onerror=alert(1)></html>",
        "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        "pdf": b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF",
        "zip": zipped(),
        "gif": saved(picture(), "GIF"),
        "bmp": saved(picture(), "BMP"),
        "tiff": saved(picture(), "TIFF"),
        "mp4": b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(100),
        "jpeg-xl": b"\xff\x0a" + noise,
        "jpeg-2000": saved(picture(), "JPEG2000"),
        "riff-wave": b"RIFF\x24\0\0\0WAVEfmt " + bytes(32),
        "gif-then-jpeg": b"GIF89a" + valid("jpeg"),
        "jpeg-after-a-newline": b"\n" + valid("jpeg"),
    }
    yield Case("empty", b"", EmptyPhoto)
    for name, data in contents.items():
        yield Case(name, data, UnsupportedPhoto)


def bombs() -> Iterator[Case]:
    big = zlib.compress(bytes(12_000 * 1_500), 9)
    tiny = zlib.compress(bytes(60))
    yield Case("png-header-huge", png_of(100_000, 100_000, tiny), PhotoTooLarge)
    yield Case("png-header-largest", png_of(2**31 - 1, 2**31 - 1, tiny), PhotoTooLarge)
    yield Case("png-1-bit-bomb", png_of(12_000, 12_000, big, 1, 0), PhotoTooLarge)
    flat = png_of(7_000, 7_000, zlib.compress(bytes(7_001 * 7_000), 9), 8, 0)
    yield Case("png-just-allowed", flat, pixels=np.zeros((1_000, 1_000, 3), np.uint8))
    text = zlib.compress(bytes(100_000_000), 9)
    ztxt = with_chunk(valid("png"), b"zTXt", b"Comment\0\0" + text)
    yield Case("png-text-bomb", ztxt, pixels=picture())
    itxt = with_chunk(valid("png"), b"iTXt", b"XML:com.adobe.xmp\0\x01\0\0\0" + text)
    yield Case("png-xmp-bomb", itxt, pixels=picture())
    profile = with_chunk(valid("png"), b"iCCP", b"x\0\0" + text)
    yield Case("png-profile-bomb", profile, pixels=picture())
    chunks = valid("png")[:33] + chunk(b"teXt", b"") * 200_000 + valid("png")[33:]
    yield Case("png-of-chunks", chunks, DamagedPhoto)
    yield Case("jpeg-header-huge", with_sof(valid("jpeg"), 65_500, 65_500), PhotoTooLarge)
    wide = with_sof(valid("progressive"), 9_900, 9_900, b"\xff\xc2")
    yield Case("jpeg-progressive-huge", wide, DamagedPhoto)
    yield Case("jpeg-claims-more", with_sof(valid("jpeg"), 9_600, 9_600), DamagedPhoto)
    segments = with_segments(valid("jpeg"), segment(0xEF, b"") * 1_000_000)
    yield Case("jpeg-of-segments", segments, DamagedPhoto)
    first = jpeg_parts(valid("progressive"))
    scan_at = next(at for at in first if valid("progressive")[at + 1] == 0xDA)
    scan = valid("progressive")[scan_at : first[first.index(scan_at) + 1]]
    many = valid("progressive")[:scan_at] + scan * 400 + b"\xff\xd9"
    yield Case("jpeg-of-scans", many, DamagedPhoto)
    yield Case("too-many-bytes", valid("jpeg") + bytes(41_000_000), PhotoTooLarge)
    webp = valid("webp")
    frame = webp.index(b"\x9d\x01\x2a") + 3
    yield Case("webp-huge", patched(webp, frame, b"\xff\x3f\xff\x3f"), PhotoTooLarge)
    lossless = valid("lossless")
    at = lossless.index(b"VP8L") + 9
    yield Case("webp-lossless-huge", patched(lossless, at, b"\xff\xff\xff\x0f"), PhotoTooLarge)
    for kind in ("heic", "avif"):
        huge = with_ispe(valid(kind), 2**31, 2**31)
        yield Case(f"{kind}-huge", huge, PhotoTooLarge)
        yield Case(f"{kind}-large", with_ispe(valid(kind), 12_000, 9_000), PhotoTooLarge)

    yield Case("heic-hides-its-size", with_ispe(valid("heic"), 64, 64), DamagedPhoto)


def truncated() -> Iterator[Case]:
    jpegs = ("jpeg", "progressive", "restarts")
    cuts = {name: jpeg_parts(valid(name)) for name in jpegs}
    cuts |= {"png": png_parts(valid("png"))}
    cuts |= {name: webp_parts(valid(name)) for name in ("webp", "lossless")}
    cuts |= {name: box_parts(valid(name)) for name in ("heic", "avif")}
    for name, offsets in cuts.items():
        data = valid(name)
        for number, at in enumerate(offsets):
            if at > 8:
                yield Case(f"{name}-cut-before-part-{number}", data[:at], DamagedPhoto)
            if at + 5 < len(data) and at > 8:
                yield Case(f"{name}-cut-inside-part-{number}", data[: at + 5], DamagedPhoto)
        yield Case(f"{name}-half", data[: len(data) // 2], DamagedPhoto)
        yield Case(f"{name}-less-one-byte", data[:-1], DamagedPhoto)
    for name in jpegs:
        data = valid(name)
        part = jpeg_parts(data)
        start = (
            part[-2] if name != "progressive" else part[[data[at + 1] for at in part].index(0xDA)]
        )
        end = part[part.index(start) + 1]
        half = (start + end) // 2
        yield Case(f"{name}-cut-and-ended", data[:half] + b"\xff\xd9", DamagedPhoto)
        yield Case(f"{name}-hole", data[:half] + data[half + 40 :], DamagedPhoto)
    yield Case("jpeg-magic-alone", b"\xff\xd8\xff", DamagedPhoto)
    yield Case("png-magic-alone", b"\x89PNG\r\n\x1a\n", DamagedPhoto)
    yield Case("webp-magic-alone", b"RIFF\x04\0\0\0WEBP", DamagedPhoto)
    yield Case("heic-magic-alone", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", DamagedPhoto)


def broken() -> Iterator[Case]:
    jpeg, png, rgb = valid("jpeg"), valid("png"), picture()
    yield Case("png-1x1", saved(picture()[:1, :1], "PNG"), error=PhotoTooSmall)
    yield Case("jpeg-1x1", saved(picture()[:1, :1], "JPEG"), error=PhotoTooSmall)
    thin = np.zeros((30_000, 1, 3), np.uint8)
    yield Case("png-1x30000", saved(thin, "PNG"), PhotoTooSmall)
    strip = np.zeros((40, 4_000, 3), np.uint8)
    yield Case("jpeg-4000x40", saved(strip, "JPEG"), PhotoTooSmall)
    yield Case("jpeg-no-end", jpeg[:-2], DamagedPhoto)
    sof, sos = jpeg.index(b"\xff\xc0\0\x11"), jpeg.index(b"\xff\xda")
    yield Case("jpeg-no-frame", jpeg[:sof] + jpeg[sof + 19 :], DamagedPhoto)
    yield Case("jpeg-no-scan", jpeg[:sos] + b"\xff\xd9", DamagedPhoto)
    yield Case("jpeg-no-height", with_sof(jpeg, WIDTH, 0), DamagedPhoto)
    yield Case("jpeg-12-bit", patched(jpeg, sof + 4, b"\x0c"), UnsupportedPhoto)
    yield Case("jpeg-lossless", patched(jpeg, sof + 1, b"\xc3"), UnsupportedPhoto)
    yield Case("jpeg-two-channels", patched(jpeg, sof + 9, b"\x02"), DamagedPhoto)
    yield Case("jpeg-sampling-0", patched(jpeg, sof + 11, b"\0"), DamagedPhoto)
    yield Case("jpeg-segment-of-0", patched(jpeg, 4, b"\0\0"), DamagedPhoto)
    tables = jpeg.index(b"\xff\xc4")
    size = 2 + int.from_bytes(jpeg[tables + 2 : tables + 4], "big")
    yield Case("jpeg-bad-huffman", patched(jpeg, tables + 5, b"\xff" * 16), DamagedPhoto)
    yield Case("jpeg-no-huffman", jpeg[:tables] + jpeg[tables + size :], pixels=rgb, tolerance=3)
    yield Case("png-bad-checksum", patched(png, len(png) - 30, b"\x55\xaa\x55"), DamagedPhoto)
    yield Case("png-zero-size", png_of(0, 0, b""), DamagedPhoto)
    yield Case("png-short-picture", png_of(64, 64, zlib.compress(bytes(500))), DamagedPhoto)
    yield Case("png-not-packed", png_of(64, 64, b"not zlib at all"), DamagedPhoto)
    yield Case(
        "png-colour-type-7", png_of(64, 64, zlib.compress(bytes(20_000)), 8, 7), DamagedPhoto
    )
    yield Case("png-no-picture", png[:33] + chunk(b"IEND", b""), DamagedPhoto)
    yield Case("png-chunk-of-4-gb", patched(png, 33, b"\xff\xff\xff\xff"), DamagedPhoto)
    webp = valid("webp")
    yield Case("webp-riff-lies", patched(webp, 4, b"\xff\xff\xff\x7f"), DamagedPhoto)
    yield Case("webp-no-signature", webp.replace(b"\x9d\x01\x2a", b"\0\0\0"), DamagedPhoto)
    alpha = saved(np.dstack([picture(), picture()[:, :, 0]]), "WEBP", quality=80)
    canvas = alpha.index(b"VP8X") + 12
    yield Case("webp-small-canvas", patched(alpha, canvas, b"\x20\0\0\x20\0\0"), DamagedPhoto)
    yield Case("webp-large-canvas", patched(alpha, canvas, b"\xff\x3f\0\xff\x3f\0"), DamagedPhoto)
    for kind in ("heic", "avif"):
        data = valid(kind)
        yield Case(f"{kind}-no-meta", data.replace(b"meta", b"free", 1), DamagedPhoto)
        yield Case(f"{kind}-no-size", with_ispe(data, 0, 0), DamagedPhoto)
        box = data.index(b"ipco") - 4
        yield Case(f"{kind}-box-too-long", patched(data, box, b"\x7f\xff\xff\xff"), DamagedPhoto)
        yield Case(f"{kind}-box-of-1", patched(data, box, b"\0\0\0\x01"), DamagedPhoto)
        coded = data.index(b"mdat") + 4
        empty = data[:coded] + bytes(len(data) - coded)
        yield Case(f"{kind}-empty-picture", empty, DamagedPhoto)


def unusual() -> Iterator[Case]:
    rgb = picture()
    gray = np.asarray(Image.fromarray(rgb).convert("L"))
    as_gray = np.repeat(gray[:, :, None], 3, axis=2)
    lossy = {
        "jpeg": 3.0,
        "progressive": 3.0,
        "restarts": 3.0,
        "webp": 4.0,
        "heic": 4.0,
        "avif": 4.0,
    }
    for kind in ("jpeg", "progressive", "restarts", "png", "webp", "lossless", "heic", "avif"):
        yield Case(f"{kind}-plain", valid(kind), pixels=rgb, tolerance=lossy.get(kind, 0.0))

    jpeg = valid("jpeg")
    apps = with_segments(jpeg, *(segment(0xE3 + n % 10, bytes(500)) for n in range(100)))
    yield Case("jpeg-100-segments", apps, pixels=rgb, tolerance=3)
    yield Case("jpeg-then-zip", jpeg + zipped(), pixels=rgb, tolerance=3)
    yield Case("jpeg-then-jpeg", jpeg + jpeg, pixels=rgb, tolerance=3)
    yield Case("jpeg-fill-bytes", with_segments(jpeg, b"\xff\xff\xff"), pixels=rgb, tolerance=3)
    html = with_segments(jpeg, segment(0xFE, b"<script>alert(1)</script>"))
    yield Case("jpeg-with-html", html, pixels=rgb, tolerance=3)
    yield Case("jpeg-gray", saved(gray, "JPEG", quality=92), pixels=as_gray, tolerance=3)
    middle = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    yield Case("jpeg-truly-mid-gray", saved(middle, "JPEG", quality=92), pixels=middle)
    half = rgb.copy()
    half[64:] = 128
    for options in ({}, {"progressive": True}, {"restart_marker_rows": 1}):
        name = "-".join(["jpeg-half-mid-gray", *options])
        yield Case(name, saved(half, "JPEG", quality=92, **options), pixels=half, tolerance=3)
    cmyk = Image.fromarray(rgb).convert("CMYK")
    yield Case("jpeg-cmyk", saved(cmyk, "JPEG", quality=95), pixels=rgb, tolerance=4)
    broken_profile = saved(rgb, "JPEG", quality=92, icc_profile=b"\0" * 16 + b"RGB " + b"x" * 300)
    yield Case("jpeg-broken-profile", broken_profile, pixels=rgb, tolerance=3)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    yield Case(
        "jpeg-srgb", saved(rgb, "JPEG", quality=92, icc_profile=srgb), pixels=rgb, tolerance=3
    )

    loops = b"MM\0*\0\0\0\x08" + b"\xff\xff" + b"\x01\x12\0\x03\xff\xff\xff\xff\0\x09\0\0" * 50
    exifs = {
        "noise": random.Random(3).randbytes(300),
        "cut": exif(6)[:14],
        "offset-outside": b"MM\0*\xff\xff\xff\xf0",
        "orientation-9": exif(9),
        "orientation-0": exif(0),
        "endless": loops,
        "wrong-type": exif(6).replace(b"\x01\x12\0\x03", b"\x01\x12\0\x07"),
    }
    for name, block in exifs.items():
        data = with_segments(jpeg, segment(0xE1, b"Exif\0\0" + block))
        yield Case(f"jpeg-exif-{name}", data, pixels=rgb, tolerance=3)
        png = with_chunk(valid("png"), b"eXIf", block)
        yield Case(f"png-exif-{name}", png, pixels=rgb)
    for orientation in range(1, 9):
        stored = turned(orientation)
        data = saved(stored, "JPEG", quality=92, exif=b"Exif\0\0" + exif(orientation))
        yield Case(f"jpeg-orientation-{orientation}", data, pixels=rgb, tolerance=3)
        data = with_chunk(saved(stored, "PNG"), b"eXIf", exif(orientation))
        yield Case(f"png-orientation-{orientation}", data, pixels=rgb)
        data = saved(stored, "WEBP", lossless=True, exif=exif(orientation))
        yield Case(f"webp-orientation-{orientation}", data, pixels=rgb)
        data = saved(stored, "AVIF", quality=90, exif=b"Exif\0\0" + exif(orientation))
        yield Case(f"avif-orientation-{orientation}", data, pixels=rgb, tolerance=4)

    alpha = np.full((HEIGHT, WIDTH), 255, np.uint8)
    alpha[:, :60] = 0
    alpha[:, 60:80] = 128
    share = alpha[:, :, None] / 255
    white = np.round(rgb * share + 255 * (1 - share)).astype(np.uint8)
    rgba = np.dstack([rgb, alpha])
    yield Case("png-alpha", saved(rgba, "PNG"), pixels=white, tolerance=1)
    yield Case("webp-alpha", saved(rgba, "WEBP", lossless=True), pixels=white, tolerance=1)
    yield Case("webp-lossy-alpha", saved(rgba, "WEBP", quality=92), pixels=white, tolerance=4)
    yield Case("avif-alpha", saved(rgba, "AVIF", quality=92), pixels=white, tolerance=4)
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(rgba)).save(out, quality=90)
    yield Case("heic-alpha", out.getvalue(), pixels=white, tolerance=4)
    la = np.dstack([gray, alpha])
    white_gray = np.round(as_gray * share + 255 * (1 - share)).astype(np.uint8)
    yield Case("png-gray-alpha", saved(la, "PNG"), pixels=white_gray, tolerance=1)
    yield Case("png-gray", saved(gray, "PNG"), pixels=as_gray)
    bits = Image.fromarray(gray).point(lambda level: 255 * (level > 110)).convert("1")
    as_bits = np.asarray(bits.convert("RGB"))
    yield Case("png-1-bit", saved(bits, "PNG"), pixels=as_bits)
    palette = Image.fromarray(rgb).quantize(64)
    yield Case("png-palette", saved(palette, "PNG"), pixels=np.asarray(palette.convert("RGB")))
    index = int(np.asarray(palette)[40, 50])
    clear = np.asarray(palette.convert("RGB")).copy()
    clear[np.asarray(palette) == index] = 255
    yield Case("png-palette-clear", saved(palette, "PNG", transparency=index), pixels=clear)
    deep = saved(Image.fromarray(gray.astype(np.uint16) * 257), "PNG")
    yield Case("png-16-bit-gray", deep, pixels=as_gray)
    raw = cv2.imencode(".png", rgb[:, :, ::-1].astype(np.uint16) * 257)[1].tobytes()
    yield Case("png-16-bit", raw, pixels=rgb)
    other = Image.fromarray(np.ascontiguousarray(rgb[::-1]))
    moving = {"save_all": True, "append_images": [other], "duration": 100}
    yield Case("png-animated", saved(rgb, "PNG", **moving), pixels=rgb)
    yield Case("webp-animated", saved(rgb, "WEBP", lossless=True, **moving), pixels=rgb)
    yield Case("avif-animated", saved(rgb, "AVIF", quality=92, **moving), pixels=rgb, tolerance=4)
