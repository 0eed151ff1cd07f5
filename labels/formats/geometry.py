"""Corners as shares of the photo to what a format holds, and back, checked.

    x, y, w, h = to_spans(box.corners, width, height)      # COCO: pixels; Label Studio: percent
    box = make_box(where, remarks, (width, height), "door", from_spans(x, y, w, h, width, height))

What is written differs from the corners by at most 1e-9 of a pixel, so that 12 is not written as
11.999999999999998. Pure.
"""

import math
from typing import Any

from labels.boxes import Box
from labels.formats.places import Remarks
from vision.errors import DataError

Corners = tuple[float, float, float, float]
Size = tuple[int, int]

OVERHANG = 1.0
"""Pixels that a box may reach past the edge: tools round, and some count pixels from 1."""

NOTICED = 1e-3
"""Pixels past the edge from which cutting is said."""

DIGITS = 9
"""Decimals that are written: exact to a billionth, without the noise of binary fractions."""

CUT = "boxes that reached past the edge of their photo, cut there"


def tidy(value: float) -> float | int:
    """The number as it is written: whole where it is whole."""
    rounded = round(value, DIGITS)
    return int(rounded) if rounded == int(rounded) else rounded


def to_spans(corners: Corners, width: float, height: float) -> Corners:
    """(x, y, w, h) in units of which the photo is `width` by `height`."""
    x1, y1, x2, y2 = corners
    return (
        tidy(x1 * width),
        tidy(y1 * height),
        tidy((x2 - x1) * width),
        tidy((y2 - y1) * height),
    )


def from_spans(x: float, y: float, w: float, h: float, width: float, height: float) -> Corners:
    """Corners as shares; see to_spans."""
    return (x / width, y / height, (x + w) / width, (y + h) / height)


def cut(corners: Corners) -> Corners:
    """Corners that lie within the photo."""
    x1, y1, x2, y2 = (min(1.0, max(0.0, value)) for value in corners)
    return (x1, y1, x2, y2)


def overhang(corners: Corners, size: Size) -> float:
    """Pixels by which the box reaches past the photo's edge, or infinity where it is no box."""
    if not all(map(math.isfinite, corners)):
        return math.inf
    x1, y1, x2, y2 = corners
    return max(-x1 * size[0], -y1 * size[1], (x2 - 1) * size[0], (y2 - 1) * size[1])


def make_box(
    where: str, remarks: Remarks, size: Size, label: str, corners: Corners, **marks: Any
) -> Box:
    """The box, cut at the edge where it overhangs by a pixel at most. Raises DataError."""
    over = overhang(corners, size)
    if over > OVERHANG:
        raise DataError(
            f"{where}: the box of {label!r} leaves the photo by {over:.4g} pixels",
            accepted=f"corners within {size[0]} × {size[1]} pixels",
        )
    if over > NOTICED:
        remarks.count(CUT)
    return placed(where, label, cut(corners), **marks)


def placed(where: str, label: str, corners: Corners, **marks: Any) -> Box:
    """A Box whose error names the place."""
    try:
        return Box(label, *corners, **marks)
    except DataError as error:
        raise DataError(f"{where}: {error.wrong}", accepted=error.accepted) from error


def check_kept(name: str, box: Box, again: Corners) -> None:
    """Refuse to write a box whose size is lost in the format's digits. Raises DataError."""
    x1, y1, x2, y2 = cut(again)
    if x1 >= x2 or y1 >= y2:
        raise DataError(
            f"{name}: a box of {box.label!r} is too thin to be written: {box.corners}",
            accepted="boxes that can be seen",
            do="delete it",
        )
