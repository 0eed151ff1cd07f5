"""The shareable copy: nobody to be seen, nothing written along, closed when anything fails."""

import io
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.people_photos import MAGENTA, Magenta, as_jpeg, room, with_figures
from vision.finders import PeopleMask
from vision.people import Pixels
from vision.photo import Limits
from vision.policy import Policy
from vision.privacy import SafeCopy, safe_copy

FIGURE = (100, 100, 180, 340)


def decoded(copy: SafeCopy) -> Pixels:
    assert copy.jpeg is not None, copy.receipt.message
    pixels = cv2.imdecode(np.frombuffer(copy.jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
    return np.asarray(pixels, np.uint8)


def magenta_left(pixels: Pixels) -> int:
    return int((np.abs(pixels.astype(int) - MAGENTA).max(axis=2) < 30).sum())


def segments(jpeg: bytes) -> list[int]:
    """Marker codes before the scan, in order."""
    assert jpeg[:2] == b"\xff\xd8"
    found, at = [], 2
    while True:
        assert jpeg[at] == 0xFF
        found.append(jpeg[at + 1])
        if found[-1] == 0xDA:
            return found
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")


@dataclass
class Slow:
    """Sees only the first `known` magenta figures in its first look, all of them afterwards."""

    known: int
    inner: Magenta = field(default_factory=Magenta)
    looks: int = 0
    name: str = "slow"
    models: dict[str, str] = field(default_factory=dict)

    def find(self, pixels: Pixels) -> PeopleMask:
        self.looks += 1
        found = self.inner.find(pixels)
        if self.looks > 1:
            return found
        mask = np.zeros_like(found.mask)
        for person in found.people[: self.known]:
            height, width = person.mask.shape
            mask[person.top : person.top + height, person.left : person.left + width] = True
        return PeopleMask(mask, found.people[: self.known])


@dataclass
class Throws:
    """Fails at look number `at`."""

    error: Exception
    at: int = 1
    looks: int = 0
    name: str = "throws"
    models: dict[str, str] = field(default_factory=dict)

    def find(self, pixels: Pixels) -> PeopleMask:
        self.looks += 1
        if self.looks == self.at:
            raise self.error
        return Magenta().find(pixels)


@pytest.mark.parametrize("policy", [Policy.BLUR, Policy.PIXELATE, Policy.REMOVE])
def test_a_person_is_hidden_and_the_receipt_says_so(policy: Policy) -> None:
    photo = with_figures(FIGURE)
    copy = safe_copy(as_jpeg(photo), policy, Magenta())
    pixels = decoded(copy)
    receipt = copy.receipt
    assert (receipt.status, receipt.code) == ("copied", "privacy.hidden")
    assert receipt.redetection is not None
    assert (receipt.redetection.persons, receipt.redetection.passes) == (0, 1)
    assert len(receipt.people) == 1
    assert 0.05 < receipt.mask_share < 0.12
    assert pixels.shape == photo.shape == (receipt.height, receipt.width, 3)
    away = np.abs(pixels[:, 300:].astype(int) - photo[:, 300:]).mean()
    assert away < 3, "what is not a person stays"
    if policy is Policy.REMOVE:
        assert magenta_left(pixels) == 0


def test_nobody_gives_the_whole_photo_and_no_second_look() -> None:
    finder = Slow(known=9)
    photo = room()
    copy = safe_copy(as_jpeg(photo), Policy.WITHHOLD, finder)
    assert np.abs(decoded(copy).astype(int) - photo).mean() < 3
    assert finder.looks == 1
    assert copy.receipt.code == "privacy.nobody"
    assert copy.receipt.redetection is None
    assert copy.receipt.mask_share == 0


def test_withhold_makes_no_copy_of_a_person() -> None:
    copy = safe_copy(as_jpeg(with_figures(FIGURE)), Policy.WITHHOLD, Magenta())
    assert copy.jpeg is None
    assert copy.receipt.output_sha256 is None
    assert (copy.receipt.status, copy.receipt.code) == ("withheld", "privacy.withheld")
    assert len(copy.receipt.people) == 1


def test_too_large_a_person_is_not_removed_but_withheld() -> None:
    copy = safe_copy(as_jpeg(with_figures((20, 20, 620, 460))), Policy.REMOVE, Magenta())
    assert copy.jpeg is None
    assert (copy.receipt.status, copy.receipt.code) == ("withheld", "privacy.too_much")


def test_whom_the_first_look_missed_the_second_pass_hides() -> None:
    data = as_jpeg(with_figures(FIGURE, (400, 100, 480, 340)))
    copy = safe_copy(data, Policy.REMOVE, Slow(known=1))
    assert magenta_left(decoded(copy)) == 0
    assert copy.receipt.redetection is not None
    assert copy.receipt.redetection.passes == 2


@dataclass(frozen=True)
class Misplaced(Magenta):
    """Finds figures but hides a part of the picture where they are not."""

    def find(self, pixels: Pixels) -> PeopleMask:
        found = super().find(pixels)
        mask = np.zeros_like(found.mask)
        mask[:20, -20:] = True
        return PeopleMask(mask, found.people)


def test_a_person_still_seen_after_two_passes_means_no_copy() -> None:
    copy = safe_copy(as_jpeg(with_figures(FIGURE)), Policy.BLUR, Misplaced())
    assert copy.jpeg is None
    assert (copy.receipt.status, copy.receipt.code) == ("failed", "privacy.still_visible")
    assert copy.receipt.redetection is not None
    assert copy.receipt.redetection.passes == 2
    assert copy.receipt.redetection.persons == 1
    assert copy.receipt.redetection.uncovered_share == 1


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("error", [RuntimeError("/secret/path"), MemoryError(), ValueError("x")])
def test_whatever_throws_there_is_no_copy(error: Exception, at: int) -> None:
    copy = safe_copy(as_jpeg(with_figures(FIGURE)), Policy.BLUR, Throws(error, at))
    assert copy.jpeg is None
    assert (copy.receipt.status, copy.receipt.code) == ("failed", "privacy.failed")
    assert type(error).__name__ in copy.receipt.message
    assert "secret" not in copy.receipt.message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "photo.empty"),
        (b"no photo at all" * 10, "photo.unsupported"),
        (as_jpeg(room())[:2000], "photo.damaged"),
    ],
)
def test_a_photo_that_cannot_be_read_keeps_its_own_code(data: bytes, code: str) -> None:
    copy = safe_copy(data, Policy.BLUR, Magenta())
    assert copy.jpeg is None
    assert (copy.receipt.status, copy.receipt.code) == ("failed", code)


def test_limits_hold() -> None:
    copy = safe_copy(as_jpeg(room()), Policy.BLUR, Magenta(), Limits(max_pixels=1000))
    assert (copy.jpeg, copy.receipt.code) == (None, "photo.too_large")


def photo_with_everything(pixels: Pixels, orientation: int) -> bytes:
    """A JPEG with EXIF (GPS, orientation, a thumbnail's worth of maker note), XMP, ICC, comment."""
    from PIL import ImageCms

    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SecretMaker"
    exif.get_ifd(0x8825)[2] = (50.0, 3.0, 42.0)
    out = io.BytesIO()
    Image.fromarray(pixels).save(
        out,
        "JPEG",
        quality=95,
        exif=exif,
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SecretXmp</x:xmpmeta>",
        comment=b"SecretComment",
    )
    return out.getvalue()


@pytest.mark.parametrize("figures", [(), (FIGURE,)])
def test_no_metadata_is_left(figures: tuple[tuple[int, int, int, int], ...]) -> None:
    data = photo_with_everything(with_figures(*figures), orientation=6)
    assert {0xE1, 0xE2, 0xFE} <= set(segments(data)), "the photo has what the copy must not have"
    copy = safe_copy(data, Policy.BLUR, Magenta())
    assert copy.jpeg is not None
    assert b"Secret" not in copy.jpeg
    markers = segments(copy.jpeg)
    assert set(markers) <= {0xE0, 0xDB, 0xC0, 0xC4, 0xDD, 0xDA}, [hex(m) for m in markers]
    assert copy.jpeg[6:11] == b"JFIF\0"
    assert copy.jpeg[18:20] == b"\0\0", "JFIF carries no thumbnail"
    assert copy.jpeg.count(b"\xff\xd8") == 1
    assert copy.jpeg.endswith(b"\xff\xd9")


def test_orientation_is_baked_in() -> None:
    photo = with_figures(FIGURE, width=640, height=480)
    copy = safe_copy(photo_with_everything(photo, 6), Policy.WITHHOLD, Slow(known=0))
    assert (copy.receipt.width, copy.receipt.height) == (480, 640)
    turned = np.rot90(photo, -1)  # 6: the camera was held a quarter turn to the left
    assert np.abs(decoded(copy).astype(int) - turned).mean() < 4


def test_the_same_photo_gives_the_same_bytes() -> None:
    data = as_jpeg(with_figures(FIGURE))
    first, second = (safe_copy(data, Policy.BLUR, Magenta()) for _ in range(2))
    assert first.jpeg == second.jpeg
    assert first.receipt == second.receipt


def test_a_photo_larger_than_the_view_is_hidden_at_full_resolution() -> None:
    photo = with_figures((1000, 700, 1300, 1700), width=2640, height=1980)
    pixels = decoded(safe_copy(as_jpeg(photo), Policy.REMOVE, Magenta()))
    assert pixels.shape == photo.shape
    assert magenta_left(pixels) == 0
