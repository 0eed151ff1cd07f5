"""Label noise as published, so that what it costs can be measured: `homelens labels corrupt`.

    noisy = corrupt(labels, "mixed", 0.2, seed=1)
    noisy.labels                          # a LabelSet with errors
    noisy.errors[("a.jpg", 3)]            # Error: what was done to box 3 of a.jpg
    noisy.missing                         # the boxes that were left out

Two definitions:

- "jitter", every box (OA-MIL, Liu et al., ECCV 2022): centre + U(-n, n) * size, and size *
  (1 + U(-n, n)), width and height apart; a box that leaves the photo is cut, a vanished one stays.
- "mixed", four kinds together (UNA, Ryoo et al. 2023, arXiv 2312.13822), n boxes of the level each:
  some are left out; some of the rest get corners drawn uniformly from twice their extent; some get
  a class drawn uniformly from all classes (it may be their own); and level / (1 - level) times as
  many boxes as there were come on top, anywhere, of any size and class.

The same labels, kind, level and seed give the same noise on every machine.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from labels.boxes import Box, LabelledImage, LabelSet
from vision.errors import DataError

Kind = Literal["jitter", "mixed"]
KINDS: tuple[Kind, ...] = ("jitter", "mixed")
LEVELS = (0.1, 0.2, 0.3, 0.4)
"""The levels of both papers' tables."""

SMALLEST = 1e-5
"""Share of the photo below which a drawn box has vanished."""


@dataclass(frozen=True)
class Error:
    """What was done to one box; `was` is the true box, None for a bogus one."""

    moved: bool = False
    relabelled: bool = False
    bogus: bool = False
    was: Box | None = None


@dataclass(frozen=True)
class Corrupted:
    """Labels with errors, and the truth about them.

    `errors` is by image name and the box's place in that image; boxes that are right are not in it.
    """

    labels: LabelSet
    errors: Mapping[tuple[str, int], Error]
    missing: tuple[tuple[str, Box], ...]

    def count(self) -> Counter[str]:
        """How many boxes of each kind of error."""
        found = Counter(missing=len(self.missing))
        for error in self.errors.values():
            for kind in ("moved", "relabelled", "bogus"):
                found[kind] += getattr(error, kind)
        return found


def corrupt(labels: LabelSet, kind: str, level: float, seed: int) -> Corrupted:
    """Labels with noise of a kind ("jitter" or "mixed") and level (0-0.9). Raises DataError."""
    known: dict[str, Callable[[LabelSet, float, np.random.Generator], Corrupted]] = {
        "jitter": jitter,
        "mixed": mixed,
    }
    if kind not in known:
        raise DataError(f"there is no noise {kind!r}", accepted=", ".join(known))
    if not 0 <= level <= 0.9:
        raise DataError(f"a noise level of {level}", accepted="0 to 0.9")
    if not level:
        return Corrupted(labels, {}, ())
    return known[kind](labels, level, np.random.default_rng([seed, int(level * 1000)]))


def jitter(labels: LabelSet, level: float, random: np.random.Generator) -> Corrupted:
    """Every box moved and resized (OA-MIL)."""
    errors: dict[tuple[str, int], Error] = {}
    images = []
    for image in labels.images:
        boxes = []
        for place, box in enumerate(image.boxes):
            shift, scale = random.uniform(-level, level, (2, 2))
            width, height = box.x2 - box.x1, box.y2 - box.y1
            x = (box.x1 + box.x2) / 2 + width * shift[0]
            y = (box.y1 + box.y2) / 2 + height * shift[1]
            half_w, half_h = width * (1 + scale[0]) / 2, height * (1 + scale[1]) / 2
            moved = placed(box, x - half_w, y - half_h, x + half_w, y + half_h)
            boxes.append(moved or box)
            if moved:
                errors[image.name, place] = Error(moved=True, was=box)
        images.append(replace(image, boxes=tuple(boxes)))
    return Corrupted(replace(labels, images=tuple(images)), errors, ())


def mixed(labels: LabelSet, level: float, random: np.random.Generator) -> Corrupted:
    """Boxes left out, moved, relabelled and bogus together (UNA)."""
    every = [(image.name, box) for image in labels.images for box in image.boxes]
    total = len(every)
    count = int(total * level)
    gone = set(random.permutation(total)[:count].tolist())
    kept = [pair for place, pair in enumerate(every) if place not in gone]
    now: list[tuple[str, Box, Error]] = [(name, box, Error(was=box)) for name, box in kept]
    for place in random.permutation(len(now))[:count].tolist():
        name, box, error = now[place]
        now[place] = (name, displaced(box, random), replace(error, moved=True))
    for place in random.permutation(len(now))[:count].tolist():
        name, box, error = now[place]
        label = labels.classes[int(random.integers(len(labels.classes)))]
        # a drawn class may be the true one; then nothing is wrong
        error = replace(error, relabelled=label != box.label)
        now[place] = (name, replace(box, label=label), error)
    for index in range(round(total * level / (1 - level))):
        name = labels.images[index % len(labels.images)].name
        label = labels.classes[int(random.integers(len(labels.classes)))]
        now.append((name, anywhere(label, random), Error(bogus=True)))
    return _joined(labels, now, tuple(every[place] for place in sorted(gone)))


def _joined(
    labels: LabelSet,
    boxes: list[tuple[str, Box, Error]],
    missing: tuple[tuple[str, Box], ...],
) -> Corrupted:
    by_image: dict[str, list[Box]] = {image.name: [] for image in labels.images}
    errors: dict[tuple[str, int], Error] = {}
    for name, box, error in boxes:
        if error.moved or error.relabelled or error.bogus:
            errors[name, len(by_image[name])] = error
        by_image[name].append(box)
    images: tuple[LabelledImage, ...] = tuple(
        replace(image, boxes=tuple(by_image[image.name])) for image in labels.images
    )
    return Corrupted(replace(labels, images=images), errors, missing)


def displaced(box: Box, random: np.random.Generator) -> Box:
    """Corners drawn uniformly from twice the box's extent; half the box where they coincide."""
    width, height = box.x2 - box.x1, box.y2 - box.y1
    x1, x2 = np.sort(random.uniform(box.x1 - width / 2, box.x2 + width / 2, 2))
    y1, y2 = np.sort(random.uniform(box.y1 - height / 2, box.y2 + height / 2, 2))
    drawn = placed(box, x1, y1, x2, y2)
    return drawn or box.at(
        box.x1 + width / 4, box.y1 + height / 4, box.x2 - width / 4, box.y2 - height / 4
    )


def anywhere(label: str, random: np.random.Generator) -> Box:
    """A box of any place and size."""
    while True:
        (x1, x2), (y1, y2) = np.sort(random.uniform(0, 1, (2, 2)), axis=1)
        if x2 - x1 > SMALLEST and y2 - y1 > SMALLEST:
            return Box(label, float(x1), float(y1), float(x2), float(y2))


def placed(box: Box, x1: float, y1: float, x2: float, y2: float) -> Box | None:
    """The box at these corners, cut at the photo's edges; None where nothing is left."""
    x1, y1, x2, y2 = (float(min(max(value, 0), 1)) for value in (x1, y1, x2, y2))
    return box.at(x1, y1, x2, y2) if x2 - x1 > SMALLEST and y2 - y1 > SMALLEST else None
