"""The product's stages, each called as the product calls it, under a stopwatch.

    checker = PhotoChecker.load()
    time_findings(checker, "kitchen.jpg", data, round_=0, watch=watch)
    time_copy(checker, "kitchen.jpg", data, round_=0, watch=watch)
    time_floor("kitchen.jpg", data, round_=0, watch=watch)

The totals `findings` and `copy` are timed on a call of their own; the stages are the same public
functions called one after the other, so their sum differs a little from the total.
"""

import cv2
import numpy as np

from training.bench.runs import Stopwatch
from vision.checker import PhotoChecker
from vision.duplicates import phash
from vision.errors import DamagedPhoto
from vision.headers import sniff
from vision.photo import DEFAULT_LIMITS, decode
from vision.policy import Policy
from vision.privacy import QUALITY, encode, look_at, small
from vision.quality import findings
from vision.redact import redact
from vision.rules import load_rules

FINDINGS = ("decode", "objects", "rooms", "quality", "phash")
COPY = ("copy_decode", "copy_find", "copy_redact", "copy_encode", "copy_redetect")
FLOOR = ("floor_decode", "floor_encode")
"""Stages in the order in which they run."""


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


def time_copy(
    checker: PhotoChecker, photo: str, data: bytes, round_: int, watch: Stopwatch
) -> None:
    """The safe copy with the default policy, whole and by stages.

    The stages from redact on are those of the first pass, and run only where people were found.
    """
    with watch(photo, round_, "copy"):
        checker.copy(data, Policy.BLUR)
    with watch(photo, round_, "copy_decode"):
        pixels = decode(data, analysis_side=None).pixels
    with watch(photo, round_, "copy_find"):
        view = small(pixels)
        found = checker.finder.find(view)
    if found.people:
        with watch(photo, round_, "copy_redact"):
            pixels = pixels.copy()
            redact(pixels, found.mask, view, Policy.BLUR)
    with watch(photo, round_, "copy_encode"):
        jpeg = encode(pixels)
    if found.people:
        with watch(photo, round_, "copy_redetect"):
            checker.finder.find(look_at(jpeg, view.shape, DEFAULT_LIMITS))


def time_findings(
    checker: PhotoChecker, photo: str, data: bytes, round_: int, watch: Stopwatch
) -> None:
    """All findings of one photo by the default rules, whole and by stages."""
    rules = load_rules("default")
    with watch(photo, round_, "findings"):
        checker.look(photo, data, rules)
    with watch(photo, round_, "decode"):
        decoded = decode(data)
        pixels = decoded.pixels
    with watch(photo, round_, "objects"):
        found = checker.objects.detect(pixels, floor=checker.rooms.object_floor)
    with watch(photo, round_, "rooms"):
        view = checker.rooms.look(pixels, found)
    with watch(photo, round_, "quality"):
        findings(pixels, decoded.width, decoded.height, view.rooms, view.orientation, rules.quality)
    with watch(photo, round_, "phash"):
        phash(pixels)
