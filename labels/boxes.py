"""Labelled images as values: what formats read and write and what the store keeps.

    Box("door", 0.1, 0.2, 0.4, 0.9)                       # corners as shares of width and height
    LabelledImage("a.jpg", 448, 336, (Box(...), ...))
    LabelSet(classes=("door", "handle"), images=(...))

Corners are shares of the upright photo, so that they survive a resize; formats turn them to pixels.
Nothing here reads or writes files.
"""

import math
from dataclasses import dataclass, field, replace

from vision.errors import DataError


@dataclass(frozen=True)
class Box:
    """One object: class name and corners, 0 <= x1 < x2 <= 1 and 0 <= y1 < y2 <= 1.

    `crowd` marks a group outlined as one (COCO's iscrowd), `difficult`, `occluded` and `truncated`
    are Pascal VOC's and CVAT's marks. `score` (0-1) is set for predictions alone, `id` by the store
    or by a file that has one, `by` names the labeler where that is known. Raises DataError.
    """

    label: str
    x1: float
    y1: float
    x2: float
    y2: float
    score: float | None = None
    id: str | None = None
    by: str | None = None
    crowd: bool = False
    difficult: bool = False
    occluded: bool = False
    truncated: bool = False

    def __post_init__(self) -> None:
        corners = (self.x1, self.y1, self.x2, self.y2)
        if not all(math.isfinite(v) and 0 <= v <= 1 for v in corners):
            raise DataError(f"a box of {self.label!r} leaves the photo: {corners}", accepted="0–1")
        if self.x1 >= self.x2 or self.y1 >= self.y2:
            raise DataError(
                f"a box of {self.label!r} has no size: {corners}", accepted="x1 < x2 and y1 < y2"
            )
        if not self.label:
            raise DataError("a box has no class")

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """(x1, y1, x2, y2)."""
        return (self.x1, self.y1, self.x2, self.y2)

    def at(self, x1: float, y1: float, x2: float, y2: float) -> "Box":
        """The same object with other corners."""
        return replace(self, x1=x1, y1=y1, x2=x2, y2=y2)


@dataclass(frozen=True)
class LabelledImage:
    """A photo's boxes; `name` is its path below the image folder, with slashes.

    `predictions` are a model's boxes that a file carries beside what people drew.
    """

    name: str
    width: int
    height: int
    boxes: tuple[Box, ...] = ()
    predictions: tuple[Box, ...] = ()


@dataclass(frozen=True)
class LabelSet:
    """Images with every class that the labelers looked for, in the order of their numbers."""

    classes: tuple[str, ...]
    images: tuple[LabelledImage, ...]
    notes: dict[str, str] = field(default_factory=dict)
    """What the file said of itself, such as the revision that it was exported from."""
