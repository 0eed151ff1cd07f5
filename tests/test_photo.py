"""Decoding of sound photos: reduction, orientation, colour, limits, threads."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from tests.hostile import Case, exif, picture, saved, segment, unusual, valid, with_segments
from vision.errors import PhotoTooLarge, PhotoTooSmall
from vision.headers import exif_orientation, sniff
from vision.photo import Limits, decode

FULL = {"png": "PNG", "webp": "WEBP", "jpeg": "JPEG", "avif": "AVIF"}


def large() -> np.ndarray:
    return cv2.resize(picture(), (2400, 1600), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "heic", "avif"])
def test_format_hash_and_size(kind: str) -> None:
    photo = decode(valid(kind))
    assert photo.format == kind == sniff(valid(kind))
    assert photo.sha256 == hashlib.sha256(valid(kind)).hexdigest()
    assert (photo.width, photo.height) == (192, 128)


@pytest.mark.parametrize("kind", FULL)
@pytest.mark.parametrize(("side", "width"), [(960, 1200), (300, 300), (2400, 2400), (5000, 2400)])
def test_reduction_keeps_at_least_the_side(kind: str, side: int, width: int) -> None:
    data = saved(large(), FULL[kind], quality=90)
    photo = decode(data, analysis_side=side)
    assert (photo.width, photo.height) == (2400, 1600)
    assert photo.pixels.shape == (width * 2 // 3, width, 3)
    small = cv2.resize(large(), (width, width * 2 // 3), interpolation=cv2.INTER_AREA)
    assert np.abs(photo.pixels.astype(int) - small).mean() < 4


def test_full_resolution() -> None:
    photo = decode(saved(large(), "JPEG", quality=92), analysis_side=None)
    assert photo.pixels.shape == (1600, 2400, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_size_is_of_the_upright_photo(orientation: int) -> None:
    data = with_segments(valid("jpeg"), segment(0xE1, b"Exif\0\0" + exif(orientation)))
    photo = decode(data)
    assert (photo.width, photo.height) == ((128, 192) if orientation >= 5 else (192, 128))
    assert photo.pixels.shape == (photo.height, photo.width, 3)


@given(st.binary(max_size=200))
def test_any_exif_is_some_orientation(block: bytes) -> None:
    assert exif_orientation(b"II*\0" + block) in range(1, 9)
    assert exif_orientation(block) in range(1, 9)


@given(st.integers(1, 8))
def test_orientation_is_read_in_both_byte_orders(orientation: int) -> None:
    little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + bytes([orientation]) + b"\0" * 7
    assert exif_orientation(little) == orientation
    assert exif_orientation(exif(orientation)) == orientation


def swapped_profile() -> bytes:
    """sRGB under another name with red and green exchanged: nobody overlooks a missed one."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = data.index(b"rXYZ"), data.index(b"gXYZ")
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data).replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif"])
def test_profiles_are_applied(kind: str) -> None:
    data = saved(picture(), FULL[kind], quality=95, icc_profile=swapped_profile())
    found = decode(data).pixels.astype(int)
    assert np.abs(found - picture()[:, :, [1, 0, 2]]).mean() < 5


def test_cmyk_with_a_profile_of_other_colours_is_still_decoded() -> None:
    cmyk = Image.fromarray(picture()).convert("CMYK")
    data = saved(cmyk, "JPEG", quality=95, icc_profile=swapped_profile())
    assert np.abs(decode(data).pixels.astype(int) - picture()).mean() < 4


def test_limits() -> None:
    data = valid("jpeg")
    with pytest.raises(PhotoTooLarge, match="up to 0 MB"):
        decode(data, Limits(max_bytes=len(data) - 1))
    decode(data, Limits(max_bytes=len(data), max_pixels=192 * 128, min_side=128))
    with pytest.raises(PhotoTooLarge, match="192 × 128"):
        decode(data, Limits(max_pixels=192 * 128 - 1))
    with pytest.raises(PhotoTooSmall):
        decode(data, Limits(min_side=129))
    with pytest.raises(PhotoTooSmall, match=r"1\.4 times"):
        decode(data, Limits(max_aspect=1.4))
    with pytest.raises(PhotoTooLarge):
        decode(valid("png"), Limits(max_held=1000))


def test_threads_get_the_same_answers() -> None:
    cases: list[Case] = list(unusual())

    def shape_and_sum(case: Case) -> tuple[tuple[int, ...], int]:
        pixels = decode(case.data).pixels
        return pixels.shape, int(pixels.sum())

    alone = [shape_and_sum(case) for case in cases]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(shape_and_sum, cases * 2)) == alone * 2


def test_camera_photos(homelens_data: Path) -> None:
    photos = sorted((homelens_data / "camera").iterdir())
    assert photos
    for path in photos:
        data = path.read_bytes()
        with Image.open(io.BytesIO(data)) as image:
            size = image.size
        photo = decode(data)
        assert sorted((photo.width, photo.height)) == sorted(size)
        assert 960 <= max(photo.pixels.shape) < 1920
