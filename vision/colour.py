"""Embedded colour profiles to sRGB.

    pixels = to_srgb(pixels, icc)

Phones write Display P3, editors AdobeRGB; models and the shareable copy expect sRGB. A profile
that cannot be read is ignored, as in every viewer: the picture beside it is sound.
"""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

Pixels = npt.NDArray[np.uint8]

SRGB_NAMES = (b"sRGB", "sRGB".encode("utf-16-be"))
"""Every profile for sRGB says so in its description, in ASCII (version 2) or UTF-16 (version 4)."""


def to_srgb(pixels: Pixels, icc: bytes) -> Pixels:
    """(H, W, 3) uint8 RGB pixels in the colours of `icc`, or unchanged where that is sRGB."""
    if not icc or icc[16:20] != b"RGB " or any(name in icc for name in SRGB_NAMES):
        return pixels
    transform = _transform(icc, "RGB")
    if transform is None:
        return pixels
    image = Image.fromarray(pixels)
    ImageCms.applyTransform(image, transform, inPlace=True)
    return np.asarray(image)


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
