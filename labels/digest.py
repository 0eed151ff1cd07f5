"""The hash of what a set holds: equal content has an equal digest, wherever it lies.

    digest(labels) == resolve(session, "doors@12").digest

Content is classes in their order, photos (name and size) and their boxes (class, corners, marks).
The order of photos and boxes, ids, labelers and notes are none. Corners lie on a grid of a
ten-millionth of the photo: coarser than what a file's decimals do to them, finer than any pixel.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from labels.boxes import Box, LabelledImage, LabelSet
from labels.flags import Corners
from vision.errors import DataError

DECIMALS = 7
MARKS = ("crowd", "difficult", "occluded", "truncated")


def on_grid(corners: Corners) -> Corners:
    """The corners as they are kept. Raises DataError where nothing of the box is left."""
    # one spelling of every number: no 0 beside 0.0, no -0.0
    x1, y1, x2, y2 = (round(float(value), DECIMALS) + 0.0 for value in corners)
    if x1 >= x2 or y1 >= y2:
        raise DataError(
            f"a box is too small to be kept: {corners}",
            accepted=f"sides of at least {10**-DECIMALS:.0e} of the photo",
        )
    return (x1, y1, x2, y2)


def marks_of(box: Box) -> dict[str, bool]:
    """The marks that the box has."""
    return {name: True for name in MARKS if getattr(box, name)}


def image_digest(image: LabelledImage) -> str:
    """Of one photo and its boxes."""
    boxes = sorted([box.label, *on_grid(box.corners), sorted(marks_of(box))] for box in image.boxes)
    return _sha256([image.name, image.width, image.height, boxes])


def set_digest(classes: Iterable[str], images: Iterable[str]) -> str:
    """Of the set, from the digests of its photos."""
    return _sha256([list(classes), sorted(images)])


def digest(labels: LabelSet) -> str:
    """Of the set as a value."""
    return set_digest(labels.classes, map(image_digest, labels.images))


def _sha256(content: Any) -> str:
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
