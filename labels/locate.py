"""Where a box really is, from where it was drawn and what unseen models see around it.

    level = drawing_error(labels, views)            # how far labelers miss, in box sizes
    corners = settled(corners, classes, views, level)

A labeler's corners and the models' votes are two measurements of one object. Each is trusted in
proportion to its precision, the inverse of its variance (the Kalman gain of a single step):

    settled = share * drawn + (1 - share) * voted,   share = m^2 / (m^2 + d^2)

with m the models' own error on right boxes (`MODEL_ERROR`, measured once on clean labels) and d the
labelers' error, estimated from how much more the two differ than m explains. On clean labels d is
near 0 and nothing moves; at 40% jitter the models have nine tenths of the say.

The vote is a mean over *all* boxes that the models find around the drawn one, weighted by their
score for its class and by overlap. The surest box alone is worse: under noise a model spreads its
scores over many boxes, and the middle of them is the object (DISCO, Zhou et al. 2024, sees the same
in training). Pure numpy.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labels.boxes import LabelSet
from labels.views import Floats, Found, iou, sizes

MODEL_ERROR = 0.08
"""Median absolute difference (as a standard deviation, in box sizes) between a clean corner and the
vote of models trained on clean labels: the training part of data/doordetect as it was drawn."""

TOUCHING = 0.15
"""Overlap from which a model's box has a vote."""
SCORE_POWER, OVERLAP_POWER = 1.5, 2.0
"""A vote's weight is score^1.5 * overlap^2: the best of 36 pairs on development photos at 40%
jitter, and flat around it."""
FAITH = 0.003
"""Weight of the drawn box in its own vote: where nothing is seen, nothing moves."""
NORMAL = 1.4826
"""Median absolute deviation to standard deviation."""


@dataclass(frozen=True)
class Voted:
    """`corners` (n, 4) of the vote; `weight` (n,) how much was seen there at all."""

    corners: Floats
    weight: Floats


def vote(corners: Floats, classes: NDArray[np.int64], views: Sequence[Found]) -> Voted:
    """Where the models see the objects that `corners` (n, 4) of `classes` (n,) mean."""
    seen = np.concatenate([view.corners for view in views])
    scores = np.concatenate([view.scores for view in views])
    overlap = iou(corners, seen)
    near = np.where(overlap > TOUCHING, overlap, 0)
    weight = scores[:, classes].T ** SCORE_POWER * near**OVERLAP_POWER
    total = weight.sum(1)
    mean = (weight @ seen + FAITH * corners) / (total + FAITH)[:, None]
    return Voted(mean, total)


def drawing_error(labels: LabelSet, views: Mapping[str, Sequence[Found]]) -> float:
    """The labelers' error d: a standard deviation in box sizes; 0 where models explain it all."""
    number = {name: place for place, name in enumerate(labels.classes)}
    apart = [np.zeros(0)]
    for image in labels.images:
        if image.boxes:
            corners = np.array([box.corners for box in image.boxes])
            classes = np.array([number[box.label] for box in image.boxes])
            voted = vote(corners, classes, views[image.name])
            known = voted.weight > FAITH
            off = (corners - voted.corners) / np.maximum(sizes(voted.corners), 1e-6)
            apart.append(np.abs(off[known]).ravel())
    every = np.concatenate(apart)
    if not len(every):
        return 0.0
    total = NORMAL * float(np.median(every))
    return float(np.sqrt(max(0.0, total**2 - MODEL_ERROR**2)))


def share_of_drawn(error: float) -> float:
    """The drawn corner's say, 0-1, where labelers err by `error`."""
    return MODEL_ERROR**2 / (MODEL_ERROR**2 + error**2)


Refine = Callable[[str, Floats], Floats]
"""Image name and corners (n, 4) to corners whose edges lie on the object's."""


@dataclass(frozen=True)
class Settled:
    """`corners` (n, 4) as most likely; `trust` (n,) 0-1 in them."""

    corners: Floats
    trust: Floats


def settled(
    image: str,
    corners: Floats,
    classes: NDArray[np.int64],
    views: Sequence[Found],
    error: float,
    misplaced: Floats,
    refine: Refine | None = None,
) -> Settled:
    """The most likely corners of an image's boxes.

    `misplaced` (n,) is each box's probability of being badly located on top of the usual error;
    it takes that much of the labeler's say away. With `refine` the models' measurement is the mean
    of the vote, the vote with its edges refined, and the drawn box refined twice: their errors have
    different causes, and where the three lie apart the result is trusted less.
    """
    if not len(corners):
        return Settled(corners, np.zeros(0))
    voted = vote(corners, classes, views)
    seen, agreed = voted.corners, np.ones(len(corners))
    known = voted.weight > FAITH / 3
    if refine is not None:
        three = (seen, refine(image, seen), refine(image, refine(image, corners)))
        seen = sum(three, np.zeros_like(seen)) / 3
        pairs = ((0, 1), (0, 2), (1, 2))
        agreed = np.mean([iou(three[a], three[b]).diagonal() for a, b in pairs], axis=0)
        known = np.ones(len(corners), bool)
    share = share_of_drawn(error) * (1 - misplaced)
    moved: Floats = share[:, None] * corners + (1 - share[:, None]) * seen
    trust = np.where(known, share + (1 - share) * agreed, 1 - misplaced)
    return Settled(np.where(known[:, None], moved, corners).clip(0, 1), trust)
