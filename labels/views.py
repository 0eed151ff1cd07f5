"""What several models see in the same image, joined to one list of sightings.

    sightings = join(views)             # views: one Found a model, or a model and its mirror image

The models never trained on the image (out of fold), so that they cannot have learned its errors by
heart. Boxes of different views that overlap are one sighting (weighted boxes fusion, Solovyev et
al. 2021): its corners are the score-weighted mean, its scores the mean over all views, and what the
views disagree about is its spread. Pure; corners are shares of the photo.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SAME_IOU = 0.5
"""Boxes of two views that overlap this much are the same object."""

LEAST_SCORE = 0.02
"""Boxes below this are no sighting: most of what a detector says is below it."""


@dataclass(frozen=True)
class Found:
    """Boxes that one model sees in an image, best first.

    `corners` (n, 4), `scores` (n, classes) 0-1, `labels` (n,) class numbers; `model` tells apart
    which model it was, the same for its view of the mirrored image.
    """

    corners: Floats
    scores: Floats
    labels: NDArray[np.int64]
    model: int = 0

    @property
    def best(self) -> Floats:
        """(n,) the score of each box's own class."""
        return self.scores[np.arange(len(self.labels)), self.labels]


@dataclass(frozen=True)
class Sightings:
    """Objects that the views of an image agree on, best first; n of them.

    `corners` (n, 4), `scores` (n, classes) mean over views, `spread` (n, 4) standard deviation of
    the corners between views in units of the box's width and height, `support` (n,) share of views
    that see it, `models` (n,) how many models do.
    """

    corners: Floats
    scores: Floats
    spread: Floats
    support: Floats
    models: NDArray[np.int64]

    @property
    def labels(self) -> NDArray[np.int64]:
        """(n,) the class with the highest score."""
        found: NDArray[np.int64] = self.scores.argmax(1)
        return found

    @property
    def best(self) -> Floats:
        """(n,) the highest score."""
        found: Floats = self.scores.max(1) if len(self.scores) else np.zeros(0)
        return found


def iou(a: Floats, b: Floats) -> Floats:
    """(len(a), len(b)) intersection over union of corners (n, 4) and (m, 4)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = np.prod((high - low).clip(0), axis=2)
    of_a = np.prod(a[:, 2:] - a[:, :2], axis=1)
    of_b = np.prod(b[:, 2:] - b[:, :2], axis=1)
    result: Floats = both / np.maximum(of_a[:, None] + of_b[None] - both, 1e-12)
    return result


def sizes(corners: Floats) -> Floats:
    """(n, 4) width, height, width, height of corners (n, 4)."""
    wide = corners[:, 2:] - corners[:, :2]
    return np.concatenate([wide, wide], axis=1)


def join(views: Sequence[Found], same: float = SAME_IOU, least: float = LEAST_SCORE) -> Sightings:
    """The sightings of one image. Raises ValueError without a view."""
    if not views:
        raise ValueError("an image without a view cannot be judged")
    view = np.concatenate([np.full(len(v.labels), place) for place, v in enumerate(views)])
    corners = np.concatenate([v.corners for v in views])
    scores = np.concatenate([v.scores for v in views])
    best = np.concatenate([v.best for v in views])
    number = np.array([v.model for v in views])
    order = np.argsort(-best, kind="stable")
    order = order[best[order] >= least]
    members = clusters(corners, scores, view, order, same)
    if not members:
        none = np.zeros((0, 4))
        classes = views[0].scores.shape[1]
        return Sightings(none, np.zeros((0, classes)), none, np.zeros(0), np.zeros(0, np.int64))
    joined, spread, mean_scores, support, models = [], [], [], [], []
    for group in members:
        weight = best[group]
        mean = weight @ corners[group] / weight.sum()
        size = sizes(mean[None])[0]
        apart = (corners[group] - mean) / size
        joined.append(mean)
        spread.append(np.sqrt(weight @ apart**2 / weight.sum()))
        mean_scores.append(scores[group].sum(0) / len(views))
        support.append(len(group) / len(views))
        models.append(len(set(number[view[group]].tolist())))
    ranked = np.argsort([-score.max() for score in mean_scores], kind="stable")
    return Sightings(
        np.array(joined)[ranked],
        np.array(mean_scores)[ranked],
        np.array(spread)[ranked],
        np.array(support)[ranked],
        np.array(models, np.int64)[ranked],
    )


def clusters(
    corners: Floats,
    scores: Floats,
    view: NDArray[np.int64],
    order: NDArray[np.int64],
    same: float,
) -> list[list[int]]:
    """Boxes grouped around the surest one, at most one of each view in a group.

    A box of another class joins only where it overlaps nearly as a whole: two classes at one place
    are one doubtful object, two classes beside one another are two objects.
    """
    overlap = iou(corners, corners)
    label = scores.argmax(1)
    groups: list[list[int]] = []
    for box in order.tolist():
        chosen, nearest = None, 0.0
        for group in groups:
            needed = same if label[group[0]] == label[box] else (1 + same) / 2
            near = overlap[group[0], box]
            if near >= needed and near > nearest and view[box] not in view[group]:
                chosen, nearest = group, near
        if chosen is None:
            groups.append([box])
        else:
            chosen.append(box)
    return groups
