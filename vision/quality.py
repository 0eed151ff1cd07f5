"""What is wrong with one photo, each finding with its measure and the threshold that it crossed.

    found = findings(photo.pixels, photo.width, photo.height, rooms, orientation, rules.quality)
    measures = measure(photo.pixels)        # or in two steps: what needs the pixels,
    found = judge(measures, …)              # and what a rule file makes of it

Pure functions of the analysis picture. Everything is measured on a copy of at most 384 pixels, a
listing's thumbnail, so that a 12-megapixel photo and its web copy get the same answer; what cannot
be seen at that size does not make a photo worse for a buyer.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision import layout
from vision.findings import QualityCode, QualityFinding, RoomGuess
from vision.rules import QualityRules

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SIDE = layout.SEAM_SIDE
"""Longer side in pixels of the copy that is measured."""
CLIPPED = 250
"""Levels from here on are white without detail."""
TILES = (8, 6)
"""Columns and rows in which sharpness is measured on its own."""
REACH = 9
"""Width in pixels of the blur that sharp edges lose to and blurred ones do not."""
TEXTURE = 2.0
"""Mean step in levels between neighbours from which a tile has edges to judge."""
NOTHING = 0.3
"""Below this step there is nothing to judge: an even surface is not blurred."""
FEW_TILES = 3
"""With fewer tiles than this to judge, the most textured ones are taken."""
SHARP_TILES = 75
"""Percentile of the tiles that speaks for the photo: a quarter of them sharp is enough, because a
plain wall or a background out of focus is no fault; the very best may be a watermark."""

MESSAGES: dict[QualityCode, str] = {
    "quality.too_dark": "This photo is quite dark. Take it by day with the curtains open and the "
    "lights on.",
    "quality.too_bright": "Large parts of this photo are plain white. Take it with your back to "
    "the window.",
    "quality.blurred": "This photo looks blurred. Hold the camera still, or rest it on something, "
    "and take it again.",
    "quality.too_small": "This photo has few pixels and will look coarse. Upload the original "
    "instead of a reduced copy.",
    "quality.sideways": "This photo seems to lie on its side. Turn it by a quarter and upload it "
    "again.",
    "quality.upside_down": "This photo seems to be upside down. Turn it around and upload it "
    "again.",
    "quality.collage": "This looks like several photos in one. Upload each of them on its own.",
    "quality.screenshot": "This looks like a picture of a screen. Upload the photo itself.",
    "quality.document": "This looks like a page of text. Upload photos of the home only.",
    "quality.not_a_room": "We see no room or house here. Leave this photo out, or tell us which "
    "room it shows.",
}
"""What the seller reads; quality.duplicate has its own sentence in vision/duplicates.py."""


@dataclass(frozen=True)
class Measures:
    """What is measured on the picture, whatever the thresholds: see QualityRules for the units."""

    dark: float
    bright: float
    sharp: float
    collage: float
    screenshot: float
    document: float


def measure(pixels: Pixels) -> Measures:
    """The measures of an (H, W, 3) uint8 RGB analysis picture."""
    small = layout.shrink(pixels, SIDE)
    gray = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    screenshot, document = layout.page_scores(small)
    return Measures(
        dark=mean_luma(gray),
        bright=clipped_share(gray),
        sharp=sharpness(gray),
        collage=layout.collage_score(pixels, small),
        screenshot=screenshot,
        document=document,
    )


def findings(
    pixels: Pixels,
    width: int,
    height: int,
    rooms: tuple[RoomGuess, ...],
    orientation: tuple[float, ...],
    rules: QualityRules,
) -> tuple[QualityFinding, ...]:
    """All findings of one photo but quality.duplicate, in the order of QualityCode.

    `pixels` is the (H, W, 3) uint8 RGB analysis picture; `width` and `height` the photo's at full
    resolution; `orientation` the probabilities that it is turned by 0, 90, 180 and 270 degrees
    clockwise, or empty where no model says so.
    """
    return judge(measure(pixels), width, height, rooms, orientation, rules)


def judge(
    measures: Measures,
    width: int,
    height: int,
    rooms: tuple[RoomGuess, ...],
    orientation: tuple[float, ...],
    rules: QualityRules,
) -> tuple[QualityFinding, ...]:
    """As `findings`, from measures that were taken before."""
    return tuple(_judge(measures, width, height, rooms, orientation, rules))


def _judge(
    measures: Measures,
    width: int,
    height: int,
    rooms: tuple[RoomGuess, ...],
    orientation: tuple[float, ...],
    rules: QualityRules,
) -> Iterator[QualityFinding]:
    if measures.dark < rules.dark_below:
        yield _finding("quality.too_dark", measures.dark, rules.dark_below, "mean luma, 0 to 1")
    if measures.bright > rules.bright_above:
        yield _finding(
            "quality.too_bright", measures.bright, rules.bright_above, "share of white pixels"
        )
    if measures.sharp < rules.blur_below:
        yield _finding("quality.blurred", measures.sharp, rules.blur_below, "sharpness, 0 to 1")

    short, long = sorted((width, height))
    if long < rules.min_width:
        yield _finding("quality.too_small", long, rules.min_width, "pixels of the longer side")
    elif short < rules.min_height:
        yield _finding("quality.too_small", short, rules.min_height, "pixels of the shorter side")

    if orientation:
        _, right, half, left = orientation
        if right + left >= rules.sideways_from:
            yield _finding("quality.sideways", right + left, rules.sideways_from, "probability")
        if half >= rules.upside_down_from:
            yield _finding("quality.upside_down", half, rules.upside_down_from, "probability")

    if measures.collage >= rules.collage_from:
        yield _finding("quality.collage", measures.collage, rules.collage_from, "score, 0 to 1")
    if measures.screenshot >= rules.screenshot_from:
        yield _finding(
            "quality.screenshot", measures.screenshot, rules.screenshot_from, "score, 0 to 1"
        )
    if measures.document >= rules.document_from:
        yield _finding("quality.document", measures.document, rules.document_from, "score, 0 to 1")

    other = next((guess.probability for guess in rooms if guess.type == "other"), 0.0)
    if other >= rules.not_a_room_from:
        yield _finding("quality.not_a_room", other, rules.not_a_room_from, "probability")


def _finding(code: QualityCode, value: float, threshold: float, unit: str) -> QualityFinding:
    return QualityFinding(
        code=code, value=round(value, 4), threshold=threshold, unit=unit, message=MESSAGES[code]
    )


def mean_luma(gray: Pixels) -> float:
    """Mean of the levels, 0 black to 1 white."""
    return float(gray.mean()) / 255


def clipped_share(gray: Pixels) -> float:
    """Share of pixels that are white without detail."""
    return float((gray >= CLIPPED).mean())


def sharpness(gray: Pixels) -> float:
    """How much of the steps between neighbours a blur removes, 0 blurred to 1 sharp.

    The no-reference measure of Crete et al. 2007 (Human Vision and Electronic Imaging XII): a
    ratio, so that contrast and content cancel out. Taken in tiles with edges, along rows and along
    columns; the lesser of the two counts, because camera shake blurs one direction.
    """
    level = gray.astype(np.float32)
    return min(_sharpness_along(level, 1, (REACH, 1)), _sharpness_along(level, 0, (1, REACH)))


def _sharpness_along(level: Floats, axis: int, size: tuple[int, int]) -> float:
    step = np.abs(np.diff(level, axis=axis))
    lost = np.maximum(step - np.abs(np.diff(cv2.blur(level, size), axis=axis)), 0)
    steps, ratio = _tiles(step), _tiles(lost) / np.maximum(_tiles(step), 1e-3)
    least = float(np.sort(steps, axis=None)[-FEW_TILES])
    if least < NOTHING:
        return 1.0
    textured = steps >= min(TEXTURE, least)
    return float(np.percentile(ratio[textured], SHARP_TILES))


def _tiles(values: Floats) -> Floats:
    """Mean over each tile."""
    return np.asarray(cv2.resize(values, TILES, interpolation=cv2.INTER_AREA), np.float32)
