"""A simulated review: what labels look like after so many looks in an order.

    order = orders["gain"]                   # items, the first is looked at first
    labels = after_review(noisy, order, 500)

The reviewer knows the truth: a wrong box is set right, a bogus one deleted, an overlooked object
that the item points at is added. Each item is one look, whether it was worth it or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from labels.boxes import Box, LabelSet
from labels.gain import ranked
from labels.objectlab import objectlab, overlooked_scores
from labels.quality import Quality
from labels.views import iou
from training.noise import Corrupted

FOUND_IOU = 0.5
"""A suggestion that overlaps a missing object this much lets the reviewer see it."""
ORDERS = ("gain", "objectlab", "random")


@dataclass(frozen=True)
class Item:
    """One look: at a box (`place`) or at a place without one (`suggestion`)."""

    image: str
    place: int | None
    suggestion: Box | None = None


def order_of(name: str, labels: LabelSet, quality: Quality, seed: int) -> list[Item]:
    """All items in one of the orders; boxes that an order does not rank come last."""
    if name == "gain":
        flags = ranked(labels, quality)
        items = [Item(flag.image, flag.place, flag.suggestion) for flag in flags]
    elif name == "objectlab":
        scored = [
            (score, Item(*key)) for key, score in objectlab(labels, quality.sightings).items()
        ]
        scored += [
            (score, Item(name_, None, box))
            for name_, box, score in overlooked_scores(labels, quality.sightings)
        ]
        items = [item for _, item in sorted(scored, key=lambda pair: pair[0])]
    else:
        every = [
            Item(image.name, place) for image in labels.images for place in range(len(image.boxes))
        ]
        items = [every[i] for i in np.random.default_rng(seed).permutation(len(every))]
    there = {(item.image, item.place) for item in items}
    rest = [
        Item(image.name, place)
        for image in labels.images
        for place in range(len(image.boxes))
        if (image.name, place) not in there
    ]
    return [*items, *rest]


def after_review(noisy: Corrupted, order: Sequence[Item], looks: int) -> LabelSet:
    """The labels after the first `looks` items."""
    seen = {(item.image, item.place) for item in order[:looks] if item.place is not None}
    pointed: dict[str, list[Box]] = {}
    for item in order[:looks]:
        if item.place is None and item.suggestion is not None:
            pointed.setdefault(item.image, []).append(item.suggestion)
    missing: dict[str, list[Box]] = {}
    for name, box in noisy.missing:
        missing.setdefault(name, []).append(box)
    images = []
    for image in noisy.labels.images:
        boxes = []
        for place, box in enumerate(image.boxes):
            error = noisy.errors.get((image.name, place))
            if error is None or (image.name, place) not in seen:
                boxes.append(box)
            elif not error.bogus and error.was is not None:
                boxes.append(error.was)
        boxes += noticed(missing.get(image.name, []), pointed.get(image.name, []))
        images.append(replace(image, boxes=tuple(boxes)))
    return replace(noisy.labels, images=tuple(images))


def noticed(missing: Sequence[Box], pointed: Sequence[Box]) -> list[Box]:
    """The missing boxes that a suggestion points at."""
    if not missing or not pointed:
        return []
    there = np.array([box.corners for box in missing])
    overlap = iou(there, np.array([box.corners for box in pointed])).max(1)
    return [box for box, near in zip(missing, overlap, strict=True) if near >= FOUND_IOU]


def errors_left(noisy: Corrupted, order: Sequence[Item]) -> list[int]:
    """Errors that remain after 0, 1, 2 … looks."""
    left = len(noisy.errors) + len(noisy.missing)
    missing: dict[str, list[Box]] = {}
    for image, box in noisy.missing:
        missing.setdefault(image, []).append(box)
    course = [left]
    for item in order:
        if item.place is not None:
            left -= (item.image, item.place) in noisy.errors
        elif item.suggestion is not None:
            found = noticed(missing.get(item.image, []), [item.suggestion])
            left -= len(found)
            missing[item.image] = [b for b in missing.get(item.image, []) if b not in found]
        course.append(left)
    return course
