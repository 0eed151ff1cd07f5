"""The coded size of an AVIF is read from the coded data, and must be what the boxes say."""

import contextlib
import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vision.av1 import Bits, coded_sizes
from vision.bmff import items
from vision.errors import DamagedPhoto, PhotoError
from vision.photo import decode


def avif(width: int, height: int, **options: object) -> bytes:
    rng = np.random.default_rng(0)
    small = rng.integers(0, 255, (8, 8, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(small).resize((width, height)).save(file, "AVIF", speed=10, **options)
    return file.getvalue()


def box(data: bytes, name: bytes) -> bytes:
    at = data.index(name)
    return data[at + 4 : at - 4 + struct.unpack_from(">I", data, at - 4)[0]]


@pytest.mark.parametrize("size", [(64, 64), (700, 37), (333, 2047)])
def test_coded_size_of_real_files(size: tuple[int, int]) -> None:
    data = avif(*size)
    sizes = [s for item in items(data, box(data, b"iloc"), b"") for s in coded_sizes(item)]
    assert size in sizes
    assert decode(data).width == size[0]


def test_alpha_is_an_item_of_its_own() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (120, 90), (10, 200, 30, 128)).save(file, "AVIF", speed=10)
    photo = decode(file.getvalue())
    assert (photo.width, photo.height) == (120, 90)


def test_a_picture_that_is_coded_larger_than_it_says() -> None:
    data = bytearray(avif(600, 400))
    at = data.index(b"ispe") + 8
    struct.pack_into(">II", data, at, 64, 64)
    with pytest.raises(DamagedPhoto, match="coded larger"):
        decode(bytes(data))


@given(st.binary(max_size=200))
def test_garbage_ends(item: bytes) -> None:
    try:
        for width, height in coded_sizes(item):
            assert 1 <= width <= 65536
            assert 1 <= height <= 65536
    except ValueError:
        pass


@given(st.lists(st.integers(0, 2**16 - 1), min_size=1, max_size=8))
def test_bits_in_order(values: list[int]) -> None:
    bits = Bits(b"".join(value.to_bytes(2, "big") for value in values))
    assert [bits.take(16) for _ in values] == values
    with pytest.raises(ValueError, match="too early"):
        bits.take(1)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_one_changed_byte_of_the_header(data: st.DataObject) -> None:
    whole = bytearray(avif(80, 60))
    at = data.draw(st.integers(0, whole.index(b"mdat") + 16))
    whole[at] = data.draw(st.integers(0, 255))
    with contextlib.suppress(PhotoError):
        decode(bytes(whole))
