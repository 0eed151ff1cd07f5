"""Untrusted bytes to an upright sRGB picture, or a named error.

    photo = decode(Path("kitchen.jpg").read_bytes())            # reduced, for analysis
    photo = decode(data, analysis_side=None)                    # full resolution, for a copy

Everything that can be refused is refused from the header (vision/headers.py), before memory is
spent on pixels. JPEG, nearly all uploads, is decoded by libjpeg's scaled decoder through OpenCV;
CMYK, PNG and AVIF by Pillow, whose plugin classes are used directly because `Image.open` warns
through global state; WebP by OpenCV; HEIC by pillow-heif, imported when the first one arrives.
Transparent parts become white. Safe to call from several threads.
"""

import hashlib
import io
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from pydantic import Field

from vision import jpeg
from vision.errors import HomelensError, PhotoTooLarge, PhotoTooSmall
from vision.findings import Frozen
from vision.headers import Format, Header, damaged, exif_orientation, read_header

Pixels = npt.NDArray[np.uint8]

BAND_PIXELS = 1 << 20
"""Pixels that are unpacked at once from a Pillow picture, to keep the peak of memory low."""

REDUCED = {
    1: cv2.IMREAD_COLOR_RGB,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2 | cv2.IMREAD_COLOR_RGB,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4 | cv2.IMREAD_COLOR_RGB,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8 | cv2.IMREAD_COLOR_RGB,
}
"""OpenCV's flags by reduction; REDUCED_GRAYSCALE is the bare reduction, without a colour order."""


class Limits(Frozen):
    """What is refused unread. The defaults fit every phone and camera sold today."""

    max_bytes: int = Field(default=40_000_000, ge=1)
    max_pixels: int = Field(default=100_000_000, ge=1, description="width times height")
    max_held: int = Field(
        default=295_000_000, ge=1, description="bytes held while decoding without a scaled decoder"
    )
    min_side: int = Field(default=32, ge=1, description="pixels of the shorter side")
    max_aspect: float = Field(default=20.0, ge=1, description="longer side over shorter side")


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Photo:
    """`pixels` is (H, W, 3) uint8 RGB, sRGB and upright, perhaps reduced for analysis.

    `width` and `height` are the upright photo's at full resolution; `sha256` is of the bytes.
    """

    pixels: Pixels
    width: int
    height: int
    format: Format
    sha256: str


def decode(
    data: bytes, limits: Limits = DEFAULT_LIMITS, *, analysis_side: int | None = 960
) -> Photo:
    """Decode one upload.

    With `analysis_side` the picture is reduced by a whole number, as far as its longer side stays
    at least that many pixels; None keeps full resolution. Raises PhotoError's subclasses alone:
    EmptyPhoto, UnsupportedPhoto, PhotoTooLarge, PhotoTooSmall, DamagedPhoto.
    """
    if len(data) > limits.max_bytes:
        raise PhotoTooLarge(
            f"the file has {len(data) / 1e6:.0f} MB",
            accepted=f"up to {limits.max_bytes / 1e6:.0f} MB",
            do="save it as JPEG and upload that",
        )
    header = read_header(data)
    check_size(header, limits)
    if header.short:
        raise damaged(header.format, "a part of the picture is missing")
    try:
        pixels, full = _pixels(header, analysis_side)
    except HomelensError:
        raise
    except Exception as error:  # decoders raise many unrelated types for bad bytes
        raise damaged(header.format, "its picture cannot be decoded") from error
    width, height = full[::-1] if header.orientation >= 5 else full
    return Photo(
        pixels=upright(pixels, header.orientation),
        width=width,
        height=height,
        format=header.format,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def check_size(header: Header, limits: Limits) -> None:
    """Raises PhotoTooLarge or PhotoTooSmall for what the header claims."""
    short, long = sorted((header.width, header.height))
    pixels = short * long
    found = f"the photo has {header.width} × {header.height} pixels"
    if short < limits.min_side or long > short * limits.max_aspect:
        raise PhotoTooSmall(
            found,
            accepted=f"at least {limits.min_side} on the shorter side and at most "
            f"{limits.max_aspect:g} times as long as wide",
            do="upload the original photo",
        )
    if pixels > limits.max_pixels or header.held > limits.max_held:
        allowed = limits.max_pixels
        if header.held:
            allowed = min(allowed, limits.max_held * pixels // header.held)
        raise PhotoTooLarge(
            found,
            accepted=f"up to {allowed / 1e6:.0f} megapixels in this kind of file",
            do="upload a smaller copy, best as an ordinary JPEG",
        )


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """The picture turned and mirrored as EXIF orientation 1-8 asks."""
    if orientation in (5, 6, 7, 8):
        pixels = np.asarray(cv2.transpose(pixels), np.uint8)
    flip = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)
    return pixels if flip is None else np.asarray(cv2.flip(pixels, flip), np.uint8)


def _pixels(header: Header, side: int | None) -> tuple[Pixels, tuple[int, int]]:
    """Pixels in sRGB, not yet upright, and the full width and height."""
    from vision import colour

    if header.format == "jpeg" and header.components == 4:
        return colour.cmyk_to_srgb(_cmyk(header, side), header.icc), (header.width, header.height)
    if header.format == "jpeg":
        pixels, full = _jpeg(header, side), (header.width, header.height)
    elif header.format == "webp":
        pixels, full = _webp(header, side)
    elif header.format == "heic":
        pixels, full = _heic(header, side)
    elif header.format == "avif":
        pixels, full = _avif(header, side)
    else:
        pixels, full = _png(header, side)
    return colour.to_srgb(pixels, header.icc), full


def _reduction(width: int, height: int, side: int | None) -> int:
    return 1 if side is None else max(1, max(width, height) // side)


def _jpeg_reduction(header: Header, side: int | None) -> int:
    most = _reduction(header.width, header.height, side)
    return max(scale for scale in REDUCED if scale <= most)


def _jpeg(header: Header, side: int | None) -> Pixels:
    scale = _jpeg_reduction(header, side)
    flags = REDUCED[scale] | cv2.IMREAD_IGNORE_ORIENTATION

    def decoded(data: bytes) -> Pixels | None:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        return None if found is None else np.asarray(found, np.uint8)

    pixels = decoded(header.data)
    if pixels is None:
        raise damaged("jpeg", "its picture cannot be decoded")
    if jpeg.is_short(header, pixels, scale, decoded):
        raise damaged("jpeg", "a part of the picture is missing")
    return pixels


def _cmyk(header: Header, side: int | None) -> Image.Image:
    from PIL.JpegImagePlugin import JpegImageFile

    image = JpegImageFile(io.BytesIO(header.data))
    scale = _jpeg_reduction(header, side)
    image.draft(None, (header.width // scale, header.height // scale))
    image.load()
    return image


def _png(header: Header, side: int | None) -> tuple[Pixels, tuple[int, int]]:
    from PIL.PngImagePlugin import PngImageFile

    image = PngImageFile(io.BytesIO(header.data))
    image.load()
    return _unpacked(image, side), image.size


def _avif(header: Header, side: int | None) -> tuple[Pixels, tuple[int, int]]:
    from PIL.AvifImagePlugin import AvifImageFile

    image = AvifImageFile(io.BytesIO(header.data))
    if image.width * image.height > header.width * header.height:
        raise damaged("avif", "its dimensions do not agree")
    image.load()
    # Pillow tells the file's own rotation (irot, imir) as EXIF that it writes itself.
    turned = exif_orientation(image.info.get("exif", b"").removeprefix(b"Exif\0\0"))
    full = image.size[::-1] if turned >= 5 else image.size
    return upright(_unpacked(image, side), turned), full


def _unpacked(image: Image.Image, side: int | None) -> Pixels:
    """A loaded Pillow picture as RGB on white, reduced, band by band."""
    width, height = image.size
    scale = _reduction(width, height, side)
    out = np.empty((height // scale, width // scale, 3), np.uint8)
    rows = max(1, BAND_PIXELS // width // scale)
    for top in range(0, len(out), rows):
        count = min(rows, len(out) - top)
        box = (0, top * scale, width // scale * scale, (top + count) * scale)
        band = _rgb(image.crop(box))
        out[top : top + count] = _shrunk(band, scale)
    return out


def _rgb(image: Image.Image) -> Pixels:
    if image.mode.startswith("I"):  # 16-bit grey, which Pillow would clip
        gray = (np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8)
        return np.repeat(gray[:, :, None], 3, axis=2)
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        return _on_white(np.asarray(image.convert("RGBA")))
    return np.asarray(image.convert("RGB"))


def _on_white(pixels: Pixels) -> Pixels:
    alpha = pixels[:, :, 3]
    if alpha.min() == 255:
        return pixels[:, :, :3]
    mask = cv2.merge([alpha, alpha, alpha])
    seen = cv2.multiply(np.ascontiguousarray(pixels[:, :, :3]), mask, scale=1 / 255)
    return np.asarray(cv2.add(seen, cv2.bitwise_not(mask)), np.uint8)


def _shrunk(pixels: Pixels, scale: int) -> Pixels:
    if scale == 1:
        return np.ascontiguousarray(pixels)
    height, width = pixels.shape[0] // scale, pixels.shape[1] // scale
    cut = np.ascontiguousarray(pixels[: height * scale, : width * scale])
    return np.asarray(cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _webp(header: Header, side: int | None) -> tuple[Pixels, tuple[int, int]]:
    full = (header.width, header.height)
    found = cv2.imdecode(np.frombuffer(header.data, np.uint8), cv2.IMREAD_UNCHANGED)
    if found is None or found.ndim != 3:
        raise damaged("webp", "its picture cannot be decoded")
    code = cv2.COLOR_BGRA2RGBA if found.shape[2] == 4 else cv2.COLOR_BGR2RGB
    frame = np.asarray(cv2.cvtColor(found, code, dst=found), np.uint8)
    if frame.shape[2] == 4:
        frame = _on_white(frame)
    if frame.shape[:2] != (header.height, header.width):  # an animation's small first frame
        canvas = np.full((header.height, header.width, 3), 255, np.uint8)
        left, top = header.at
        canvas[top : top + frame.shape[0], left : left + frame.shape[1]] = frame
        frame = canvas
    return _shrunk(frame, _reduction(*full, side)), full


def _heic(header: Header, side: int | None) -> tuple[Pixels, tuple[int, int]]:
    import pillow_heif

    found = np.asarray(pillow_heif.open_heif(header.data, convert_hdr_to_8bit=True))
    if found.ndim == 2:
        found = np.repeat(found[:, :, None], 3, axis=2)
    full = (found.shape[1], found.shape[0])
    pixels = _on_white(found) if found.shape[2] == 4 else found
    return _shrunk(pixels, _reduction(*full, side)), full
