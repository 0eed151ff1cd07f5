"""The product's stages, each called as the product calls it, under a stopwatch.

    product = Product.load()
    time_findings(product, "kitchen.jpg", data, round_=0, watch=watch)
    time_copy(product, "kitchen.jpg", data, round_=0, watch=watch)
    time_floor("kitchen.jpg", data, round_=0, watch=watch)

The totals `findings` and `copy` are timed on a call of their own; the stages are the same public
functions called one after the other, so their sum differs a little from the total.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from training.bench.runs import Stopwatch
from vision.bundle import models_folder
from vision.duplicates import phash
from vision.errors import DamagedPhoto
from vision.finders import PersonFinder, shipped_finder
from vision.headers import sniff
from vision.objects import Objects
from vision.photo import DEFAULT_LIMITS, decode
from vision.privacy import QUALITY, encode, look_at, safe_copy, small
from vision.redact import Policy, redact
from vision.rooms import Rooms

FINDINGS = ("decode", "objects", "rooms", "quality", "phash")
COPY = ("copy_decode", "copy_find", "copy_redact", "copy_encode", "copy_redetect")
FLOOR = ("floor_decode", "floor_encode")
"""Stages in the order in which they run."""


@dataclass(frozen=True)
class Product:
    """The shipped bundles, opened once as the service opens them."""

    objects: Objects
    rooms: Rooms
    finder: PersonFinder

    @classmethod
    def load(cls, models: Path | None = None) -> "Product":
        """Open the bundles. Raises BundleError."""
        folder = models or models_folder()
        return cls(
            Objects.load(folder / "objects"), Rooms.load(folder / "rooms"), shipped_finder(folder)
        )


def time_floor(photo: str, data: bytes, round_: int, watch: Stopwatch) -> None:
    """What no copy can do without: OpenCV's full decode, and its JPEG encoder.

    Nothing is timed for HEIC and AVIF, which OpenCV does not always read: they have no floor.
    """
    if sniff(data) not in ("jpeg", "png", "webp"):
        return
    encoded = np.frombuffer(data, np.uint8)
    with watch(photo, round_, "floor_decode"):
        pixels = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    if pixels is None:
        raise DamagedPhoto(f"OpenCV cannot decode {photo}", do="leave it out of the bench")
    with watch(photo, round_, "floor_encode"):
        cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def time_copy(product: Product, photo: str, data: bytes, round_: int, watch: Stopwatch) -> None:
    """The safe copy with the default policy, whole and by stages.

    The stages from redact on are those of the first pass, and run only where people were found.
    """
    with watch(photo, round_, "copy"):
        safe_copy(data, Policy.BLUR, product.finder)
    with watch(photo, round_, "copy_decode"):
        pixels = decode(data, analysis_side=None).pixels
    with watch(photo, round_, "copy_find"):
        view = small(pixels)
        found = product.finder.find(view)
    if found.people:
        with watch(photo, round_, "copy_redact"):
            pixels = pixels.copy()
            redact(pixels, found.mask, view, Policy.BLUR)
    with watch(photo, round_, "copy_encode"):
        jpeg = encode(pixels)
    if found.people:
        with watch(photo, round_, "copy_redetect"):
            product.finder.find(look_at(jpeg, view.shape, DEFAULT_LIMITS))


def time_findings(product: Product, photo: str, data: bytes, round_: int, watch: Stopwatch) -> None:
    """All findings of one photo, whole and by stages."""
    with watch(photo, round_, "decode"):
        pixels = decode(data).pixels
    with watch(photo, round_, "objects"):
        found = product.objects.detect(pixels, floor=product.rooms.object_floor)
    with watch(photo, round_, "rooms"):
        product.rooms.look(pixels, found)
    with watch(photo, round_, "phash"):
        phash(pixels)
