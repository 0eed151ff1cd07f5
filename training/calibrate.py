"""From scores to probabilities, and from probabilities to thresholds, on validation data.

    pairs = [pair for photo in photos for pair in match(found, truths)]
    slope, offset = fit_platt(scores, right)
    threshold, f1 = best_f1(probabilities, right, truths)

Nothing here sees a training or test photo.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vision.findings import Detection

RIGHT_IOU = 0.5
"""A box is right when it overlaps an unclaimed true box of its class this much (PASCAL VOC)."""


class Box(Protocol):
    """A box of a class, its corners as shares of width and height."""

    @property
    def label(self) -> str:
        """Class name."""

    @property
    def x1(self) -> float:
        """Left."""

    @property
    def y1(self) -> float:
        """Top."""

    @property
    def x2(self) -> float:
        """Right."""

    @property
    def y2(self) -> float:
        """Bottom."""


def area(box: Box) -> float:
    """Share of the photo."""
    return (box.x2 - box.x1) * (box.y2 - box.y1)


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes."""
    wide = min(a.x2, b.x2) - max(a.x1, b.x1)
    tall = min(a.y2, b.y2) - max(a.y1, b.y1)
    if wide <= 0 or tall <= 0:
        return 0.0
    both = wide * tall
    return both / (area(a) + area(b) - both)


def match(found: Sequence[Detection], truths: Sequence[Box]) -> list[tuple[float, bool]]:
    """(score, right) of every found box; the surest first claims its best true box."""
    free = list(truths)
    pairs = []
    for box in sorted(found, key=lambda d: -d.score):
        same = [t for t in free if t.label == box.label]
        best = max(same, key=lambda t: iou(box, t), default=None)
        right = best is not None and iou(box, best) >= RIGHT_IOU
        if right and best is not None:
            free.remove(best)
        pairs.append((box.score, right))
    return pairs


def fit_platt(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of sigmoid(slope * logit(score) + offset) (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    clipped = scores.clip(1e-6, 1 - 1e-6)
    logit = np.log(clipped / (1 - clipped))[:, None]
    model = LogisticRegression(C=1e6).fit(logit, right)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def best_f1(
    probabilities: NDArray[np.float64], right: NDArray[np.bool_], truths: int
) -> tuple[float, float]:
    """The threshold with the largest F1 over all true boxes, and that F1."""
    order = np.argsort(-probabilities)
    hits = np.cumsum(right[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + truths)
    best = int(np.argmax(f1))
    return float(probabilities[order][best]), float(f1[best])
