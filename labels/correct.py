"""What can be corrected without a person, and how much the rest is to be trusted.

    plan = correct(labels, quality, views)
    plan.labels, plan.weights             # to train on: a LabelSet, a weight for every box
    plan.corrections                      # what was done to which box, and why

Only what several models that never saw the image agree on is changed: a box is moved, relabelled or
left out, or an overlooked object is put in. What they doubt but cannot settle keeps a weight below
one (training/noisy/trainer.py) and goes to the review queue. In the store every change is an event
of source "automatic" with its reason, and `homelens labels revert` takes a run back as a whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from labels.boxes import Box, LabelledImage, LabelSet
from labels.locate import Refine, drawing_error, settled
from labels.quality import BoxQuality, Quality
from labels.views import Found, Sightings

Action = Literal["move", "relabel", "delete", "add"]

SAFE_BOGUS = 0.7
SAFE_CLASS = 0.6
SAFE_MISSED = 0.6
"""Probabilities from which a box is left out, relabelled, or put in."""
AGREEING = 2
"""Models that must see the object which a box is changed into."""
NOTABLE = 0.01
"""Corners that move less than this share of the box's size are left as they are."""
LEAST_WEIGHT = 0.2
"""A box that is kept teaches at least this much."""


@dataclass(frozen=True)
class Correction:
    """One change; `before` is None for an added box, `after` for one left out."""

    image: str
    place: int | None
    action: Action
    before: Box | None
    after: Box | None
    probability: float


@dataclass(frozen=True)
class Plan:
    """Labels as they are to be trained on; `weights` by image name, one for every box."""

    labels: LabelSet
    weights: Mapping[str, tuple[float, ...]]
    corrections: tuple[Correction, ...]
    drawing_error: float


def correct(
    labels: LabelSet,
    quality: Quality,
    views: Mapping[str, Sequence[Found]],
    refine: Refine | None = None,
) -> Plan:
    """The plan for a set of labels; `refine` pulls edges to objects (training/noisy/refiner.py)."""
    error = drawing_error(labels, views)
    missed: dict[str, list[tuple[Box, float]]] = {}
    for one in quality.overlooked:
        agreed = quality.sightings[one.image].models[one.sighting] >= AGREEING
        if agreed and one.probability >= SAFE_MISSED:
            missed.setdefault(one.image, []).append((one.suggestion, one.probability))
    images, weights, done = [], {}, []
    for image in labels.images:
        moved_boxes, located = settled_boxes(image, labels, quality, views, error, refine)
        kept: list[Box] = []
        trust: list[float] = []
        for place, (moved, box) in enumerate(zip(moved_boxes, image.boxes, strict=True)):
            judged = quality.boxes[image.name, place]
            after = relabelled(moved, judged, quality.sightings[image.name])
            change = replace(after, score=None) if after else None
            if after is None:
                done.append(Correction(image.name, place, "delete", box, None, judged.bogus))
                continue
            action = changed(box, after)
            if action:
                chance = judged.wrong_class if action == "relabel" else judged.badly_located
                done.append(Correction(image.name, place, action, box, change, chance))
            kept.append(after)
            trust.append(max(LEAST_WEIGHT, (1 - doubt(box, after, judged)) * located[place]))
        for box, chance in missed.get(image.name, []):
            plain = replace(box, score=None)
            kept.append(plain)
            trust.append(chance)
            done.append(Correction(image.name, None, "add", None, plain, chance))
        images.append(replace(image, boxes=tuple(kept)))
        weights[image.name] = tuple(trust)
    return Plan(replace(labels, images=tuple(images)), weights, tuple(done), error)


def doubt(before: Box, after: Box, judged: BoxQuality) -> float:
    """The probability that a kept box is of nothing, or of another class; its place apart."""
    return judged.bogus + (judged.wrong_class if after.label == before.label else 0)


def settled_boxes(
    image: LabelledImage,
    labels: LabelSet,
    quality: Quality,
    views: Mapping[str, Sequence[Found]],
    error: float,
    refine: Refine | None,
) -> tuple[list[Box], list[float]]:
    """The image's boxes where they most likely are, in their order, and the trust in that."""
    number = {name: place for place, name in enumerate(labels.classes)}
    judged = [quality.boxes[image.name, place] for place in range(len(image.boxes))]
    corners = np.array([box.corners for box in image.boxes], np.float64).reshape(-1, 4)
    classes = np.array([number[box.label] for box in image.boxes], np.int64)
    misplaced = np.array([one.badly_located for one in judged])
    found = settled(image.name, corners, classes, views[image.name], error, misplaced, refine)
    boxes = []
    for box, (x1, y1, x2, y2) in zip(image.boxes, found.corners.tolist(), strict=True):
        boxes.append(box.at(x1, y1, x2, y2) if x1 < x2 and y1 < y2 else box)
    return boxes, found.trust.tolist()


def relabelled(box: Box, judged: BoxQuality, seen: Sightings) -> Box | None:
    """The box with the class that the models agree on; None for one to leave out."""
    if judged.bogus >= SAFE_BOGUS:
        return None
    if (
        judged.wrong_class >= SAFE_CLASS
        and judged.suggestion is not None
        and judged.sighting is not None
        and seen.models[judged.sighting] >= AGREEING
    ):
        return replace(box, label=judged.suggestion.label)
    return box


def changed(before: Box, after: Box) -> Action | None:
    """What the change is called; a box that was also moved is "relabel"."""
    if before.label != after.label:
        return "relabel"
    size = (before.x2 - before.x1, before.y2 - before.y1) * 2
    apart = (abs(a - b) / s for a, b, s in zip(before.corners, after.corners, size, strict=True))
    return "move" if max(apart) > NOTABLE else None
