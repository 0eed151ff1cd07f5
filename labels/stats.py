"""What a set holds, as numbers: classes, sizes of boxes, who drew them. Pure.

stats = count(labels_at(session, "doors@12"))
stats.classes[0].boxes, stats.classes[0].side.median
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median, quantiles

from labels.boxes import Box, LabelledImage, LabelSet

SMALL, MEDIUM = 32, 96
"""COCO's bounds: a box is small below 32 × 32 pixels, medium below 96 × 96, else large."""

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Spread:
    """Quartiles of some numbers."""

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class ClassStats:
    """One class. `side` is of the root of a box's area, as a share of the photo's; `small`,
    `medium` and `large` count boxes by pixels."""

    name: str
    boxes: int
    images: int
    side: Spread | None
    small: int
    medium: int
    large: int


@dataclass(frozen=True)
class SetStats:
    """The whole set; `labelers` counts boxes by whoever said so last."""

    images: int
    empty: int
    boxes: int
    per_image: Spread | None
    classes: tuple[ClassStats, ...]
    labelers: dict[str, int]


def count(labels: LabelSet) -> SetStats:
    """The numbers of a set, classes in their order, those without boxes too."""
    boxes: dict[str, list[tuple[LabelledImage, Box]]] = defaultdict(list)
    for image in labels.images:
        for box in image.boxes:
            boxes[box.label].append((image, box))
    numbers = [len(image.boxes) for image in labels.images]
    by = Counter(box.by or UNKNOWN for image in labels.images for box in image.boxes)
    return SetStats(
        images=len(labels.images),
        empty=numbers.count(0),
        boxes=sum(numbers),
        per_image=spread(numbers),
        classes=tuple(_class(name, boxes[name]) for name in labels.classes),
        labelers=dict(by.most_common()),
    )


def _class(name: str, found: Sequence[tuple[LabelledImage, Box]]) -> ClassStats:
    pixels = [side(box) * sqrt(image.width * image.height) for image, box in found]
    small = sum(one < SMALL for one in pixels)
    large = sum(one >= MEDIUM for one in pixels)
    return ClassStats(
        name=name,
        boxes=len(found),
        images=len({image.name for image, _ in found}),
        side=spread([side(box) for _, box in found]),
        small=small,
        medium=len(found) - small - large,
        large=large,
    )


def side(box: Box) -> float:
    """The side of a square photo's square box of this share of the area."""
    return sqrt((box.x2 - box.x1) * (box.y2 - box.y1))


def spread(values: Sequence[float]) -> Spread | None:
    """Quartiles; None of nothing."""
    if not values:
        return None
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    low, _, high = quantiles(values, method="inclusive")
    return Spread(low, median(values), high)
