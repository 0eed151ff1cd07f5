"""The fast conversion of matrix profiles agrees with a colour management module."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from vision.colour import to_srgb
from vision.icc import matrix_shaper

P3 = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(v * 65536) for v in values))


def para(kind: int, *values: float) -> bytes:
    return b"para" + bytes(4) + struct.pack(">HH", kind, 0) + fixed(*values)


def curv(values: list[int]) -> bytes:
    return b"curv" + bytes(4) + struct.pack(f">I{len(values)}H", len(values), *values)


def profile(columns: tuple[tuple[float, ...], ...], curve: bytes) -> bytes:
    """A small display profile of version 4."""
    white = b"XYZ " + bytes(4) + fixed(0.9642, 1.0, 0.8249)
    text = "test".encode("utf-16-be")
    described = b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(text), 28)
    tags = {b"desc": described + text, b"cprt": described + text, b"wtpt": white}
    for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True):
        tags[name] = b"XYZ " + bytes(4) + fixed(*column)
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        tags[name] = curve
    table, body = struct.pack(">I", len(tags)), b""
    start = 132 + 12 * len(tags)
    for name, tag in tags.items():
        body += bytes(-len(body) % 4)
        table += struct.pack(">4sII", name, start + len(body), len(tag))
        body += tag
    header = bytearray(128)
    struct.pack_into(">I4sI4s4s4s", header, 0, start + len(body), b"lcms", 0x04300000,
                     b"mntr", b"RGB ", b"XYZ ")  # fmt: skip
    header[36:40] = b"acsp"
    header[68:80] = fixed(0.9642, 1.0, 0.8249)
    return bytes(header) + table + body


PROFILES = {
    "display-p3": profile(P3, para(3, *SRGB_CURVE)),
    "adobe": profile(ADOBE, curv([round(2.19921875 * 256)])),
    "p3-table": profile(P3, curv([round(65535 * (i / 1023) ** 2.2) for i in range(1024)])),
    "linear": profile(P3, curv([])),
    "gamma": profile(ADOBE, para(0, 1.8)),
    "type-4": profile(P3, para(4, *SRGB_CURVE, 0.0, 0.0)),
}


def by_module(pixels: np.ndarray, icc: bytes) -> np.ndarray:
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB"), "RGB", "RGB"
    )
    image = ImageCms.applyTransform(Image.fromarray(pixels), transform)
    assert image is not None
    return np.asarray(image)


def every_colour() -> np.ndarray:
    steps = np.arange(0, 256, 5, dtype=np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
    return np.ascontiguousarray(grid.reshape(-1, len(steps), 3))


@pytest.mark.parametrize("name", PROFILES)
def test_agrees_with_the_module(name: str) -> None:
    shaper = matrix_shaper(PROFILES[name])
    assert shaper is not None
    pixels = every_colour()
    before = pixels.copy()
    gap = np.abs(shaper(pixels).astype(int) - by_module(pixels, PROFILES[name]))
    assert (pixels == before).all()
    # Little CMS rounds twice on its 8-bit way, most in the steep dark end of the curve.
    assert gap.mean() < 0.3
    assert np.percentile(gap, 99.5) <= 2


def test_table_profiles_go_the_general_way(homelens_data: Path) -> None:
    with Image.open(homelens_data / "camera" / "IMG_6447.jpeg") as image:
        icc = image.info["icc_profile"]
        pixels = np.asarray(image.reduce(8))
    # a phone's profile for sharing: tables instead of a matrix
    assert matrix_shaper(icc) is None
    assert (to_srgb(pixels, icc) == by_module(pixels, icc)).all()


def test_tube_curves_go_the_general_way() -> None:
    icc = profile(P3, para(1, 2.0, 0.9, 0.1))
    assert matrix_shaper(icc) is None
    pixels = every_colour()
    assert (to_srgb(pixels, icc) == by_module(pixels, icc)).all()


@given(st.binary(max_size=400))
def test_garbage_is_no_shaper(icc: bytes) -> None:
    assert matrix_shaper(icc) is None


@given(st.integers(0, 10**6), st.integers(0, 255), st.sampled_from(sorted(PROFILES)))
@settings(max_examples=200)
def test_one_changed_byte_never_throws(position: int, value: int, name: str) -> None:
    icc = bytearray(PROFILES[name])
    icc[position % len(icc)] = value
    shaper = matrix_shaper(bytes(icc))
    if shaper is not None:
        assert shaper(np.zeros((2, 2, 3), np.uint8)).shape == (2, 2, 3)


@given(st.integers(0, 500))
def test_cut_short(length: int) -> None:
    whole = PROFILES["display-p3"]
    assert matrix_shaper(whole[: min(length, len(whole) - 1)]) is None
