"""Spoils right boxes on purpose, in the ways that labelers err: examples for labels/quality.py.

    copy = spoiled(corners, classes, every, number_of_classes, random)
    copy.kinds                             # what was done to each box; -1: too little to tell

Not the noise of training/noise.py, which is published and measures what noise costs: these are
many sizes of every error at once, so that the classifier knows more than one definition.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labels.views import Floats, iou, sizes

Ints = NDArray[np.int64]

OK, BADLY_LOCATED, WRONG_CLASS, BOGUS = range(4)
KINDS = ("ok", "badly_located", "wrong_class", "bogus")

UNTOUCHED, MOVED, RELABELLED = 0.4, 0.35, 0.25
"""Shares of a copy's boxes."""
ADDED = 0.25
"""Bogus boxes on top, for each box that there is."""
STILL_RIGHT, CLEARLY_OFF = 0.85, 0.7
"""A moved box that overlaps its old place by more than the first is still right, by less than the
second badly located, and between them no example of either."""
HIDDEN = 0.2
"""Share of boxes that a copy leaves out, for overlooked objects."""


@dataclass(frozen=True)
class Copy:
    """One image's boxes; `kinds` says of each what was done to it."""

    corners: Floats
    classes: Ints
    kinds: Ints


def spoiled(
    corners: Floats, classes: Ints, every: Floats, number: int, random: np.random.Generator
) -> Copy:
    """A spoiled copy of one image's boxes; `every` (m, 4) lends bogus boxes their shapes."""
    count = len(classes)
    draw = random.uniform(size=count)
    moved = (draw >= UNTOUCHED) & (draw < UNTOUCHED + MOVED)
    swapped = draw >= UNTOUCHED + MOVED if number > 1 else np.zeros(count, bool)
    now = corners.copy()
    now[moved] = shifted(corners[moved], random)
    kinds = np.zeros(count, np.int64)
    overlap = iou(now, corners)[np.arange(count), np.arange(count)] if count else np.zeros(0)
    kinds[moved & (overlap < STILL_RIGHT)] = -1
    kinds[moved & (overlap < CLEARLY_OFF)] = BADLY_LOCATED
    labels = classes.copy()
    if number > 1:
        labels[swapped] = (classes + random.integers(1, number, count))[swapped] % number
    kinds[swapped] = WRONG_CLASS
    extra = int(random.binomial(max(count, 1), ADDED))
    added, chosen = bogus(extra, every, random), random.integers(0, number, extra)
    # a bogus box that happens to lie on a labelled one is no example
    on_object = iou(added, corners).max(1, initial=0) > 0.4
    return Copy(
        np.concatenate([now, added]),
        np.concatenate([labels, chosen]),
        np.concatenate([kinds, np.where(on_object, -1, BOGUS)]),
    )


def shifted(corners: Floats, random: np.random.Generator) -> Floats:
    """Boxes moved a little, or drawn anew within twice their extent, half of each."""
    count = len(corners)
    size = sizes(corners)[:, :2]
    centre = (corners[:, :2] + corners[:, 2:]) / 2
    reach = random.uniform(0.1, 0.6, (count, 1))
    middle = centre + size * reach * random.uniform(-1, 1, (count, 2))
    half = size * (1 + reach * random.uniform(-1, 1, (count, 2))) / 2
    near = np.concatenate([middle - half, middle + half], axis=1)
    drawn = np.sort(random.uniform(-1, 1, (count, 2, 2)), axis=1)
    far = np.concatenate([centre + size * drawn[:, 0], centre + size * drawn[:, 1]], axis=1)
    return sound(np.where(random.uniform(size=(count, 1)) < 0.5, near, far), corners)


def bogus(count: int, every: Floats, random: np.random.Generator) -> Floats:
    """Boxes where nothing is: half of any size, half shaped like labelled ones."""
    anywhere = np.sort(random.uniform(size=(count, 2, 2)), axis=1).reshape(count, 4)
    if not len(every):
        return sound(anywhere, np.tile([0.0, 0.0, 1.0, 1.0], (count, 1)))
    shape = sizes(every[random.integers(0, len(every), count)])[:, :2]
    low = random.uniform(size=(count, 2)) * (1 - shape)
    like = np.concatenate([low, low + shape], axis=1)
    return sound(np.where(random.uniform(size=(count, 1)) < 0.5, anywhere, like), like)


def sound(corners: Floats, instead: Floats) -> Floats:
    """Corners cut at the photo's edges; `instead` where nothing is left."""
    cut = corners.clip(0, 1)
    empty = (cut[:, 2:] - cut[:, :2]).min(1, initial=1) <= 1e-4
    return np.where(empty[:, None], instead, cut)


def without_some(corners: Floats, random: np.random.Generator) -> tuple[Ints, Ints]:
    """Places of the boxes that stay and of those left out."""
    gone = random.uniform(size=len(corners)) < HIDDEN
    return np.nonzero(~gone)[0], np.nonzero(gone)[0]
