"""Embedded colour profiles to sRGB.

    pixels = to_srgb(pixels, icc)

Phones write Display P3, editors AdobeRGB; models and the shareable copy expect sRGB. A profile
that cannot be read is ignored, as in every viewer: the picture beside it is sound.
"""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from vision.icc import matrix_shaper
from vision.session import cpu_quota

Pixels = npt.NDArray[np.uint8]

STRIP = 256
"""Rows that one thread converts at a time."""

SRGB_NAMES = (b"sRGB", "sRGB".encode("utf-16-be"))
"""Every profile for sRGB says so in its description, in ASCII (version 2) or UTF-16 (version 4)."""


def to_srgb(pixels: Pixels, icc: bytes) -> Pixels:
    """(H, W, 3) uint8 RGB pixels in the colours of `icc`, or unchanged where that is sRGB."""
    if not icc or icc[16:20] != b"RGB " or any(name in icc for name in SRGB_NAMES):
        return pixels
    shaper = matrix_shaper(icc)
    if shaper is not None:
        return shaper(pixels)
    transform = _transform(icc, "RGB")
    if transform is None:
        return pixels
    result = np.empty_like(pixels)

    def convert(top: int) -> None:
        part = ImageCms.applyTransform(Image.fromarray(pixels[top : top + STRIP]), transform)
        result[top : top + STRIP] = np.asarray(part)

    # Little CMS leaves the interpreter's lock alone, so that strips are converted side by side.
    with ThreadPoolExecutor(cpu_quota()) as pool:
        list(pool.map(convert, range(0, len(pixels), STRIP)))
    return result


def cmyk_to_srgb(image: Image.Image, icc: bytes) -> Pixels:
    """A CMYK picture through its profile, or by Pillow's plain formula where it has none."""
    transform = _transform(icc, "CMYK") if icc[16:20] == b"CMYK" else None
    if transform is None:
        return np.asarray(image.convert("RGB"))
    converted = ImageCms.applyTransform(image, transform)
    if converted is None:
        raise ValueError("the colour conversion returned no picture")
    return np.asarray(converted)


def _transform(icc: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        return ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError):
        return None
