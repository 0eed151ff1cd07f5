"""How each labeler draws: where their edges lie beside what the models see, and how much they vary.

    for profile in profiles(labels, views): profile.by, profile.bias, profile.spread

A labeler who always draws too loose has a bias, one who is careless has a spread. The consensus is
the models' vote (labels/locate.py), which averages over all labelers; its own error is the same for
everybody and taken off the spread. Boxes without a known labeler are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labels.boxes import LabelSet
from labels.locate import FAITH, MODEL_ERROR, NORMAL, vote
from labels.views import Floats, Found, sizes

EDGES = ("left", "top", "right", "bottom")
LEAST_BOXES = 20
"""Boxes below which a labeler's habits cannot be told."""


@dataclass(frozen=True)
class Profile:
    """One labeler; `bias` and `spread` by edge in box sizes, outwards is positive.

    `low`, `high` bound each bias with 95% (median, normal approximation).
    """

    by: str
    boxes: int
    bias: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    spread: tuple[float, ...]

    @property
    def says(self) -> str:
        """The habit in words."""
        mean = float(np.mean(self.bias))
        sure = all(low > 0 for low in self.low) or all(high < 0 for high in self.high)
        kind = "too loose" if mean > 0 else "too tight"
        if sure and abs(mean) > 0.02:
            return f"{self.by} draws {kind} by {abs(mean):.0%} of the box on each side"
        worst = int(np.argmax(np.abs(self.bias)))
        if self.low[worst] > 0 or self.high[worst] < 0:
            way = "outside" if self.bias[worst] > 0 else "inside"
            return f"{self.by} draws the {EDGES[worst]} edge {abs(self.bias[worst]):.0%} {way}"
        return f"{self.by} draws without a bias, ± {float(np.mean(self.spread)):.0%} of the box"


def profiles(labels: LabelSet, views: Mapping[str, Sequence[Found]]) -> list[Profile]:
    """A profile of every labeler with enough boxes, the most boxes first."""
    number = {name: place for place, name in enumerate(labels.classes)}
    off: dict[str, list[Floats]] = {}
    for image in labels.images:
        known = [box for box in image.boxes if box.by is not None]
        if not known:
            continue
        corners = np.array([box.corners for box in known])
        classes = np.array([number[box.label] for box in known])
        voted = vote(corners, classes, views[image.name])
        apart = (corners - voted.corners) / np.maximum(sizes(voted.corners), 1e-6)
        outward = apart * np.array([-1, -1, 1, 1])
        for box, row, weight in zip(known, outward, voted.weight, strict=True):
            if weight > FAITH:
                off.setdefault(str(box.by), []).append(row)
    found = [_profile(by, np.array(rows)) for by, rows in off.items() if len(rows) >= LEAST_BOXES]
    return sorted(found, key=lambda one: -one.boxes)


def _profile(by: str, rows: Floats) -> Profile:
    middle = np.median(rows, axis=0)
    seen = NORMAL * np.median(np.abs(rows - middle), axis=0)
    # standard error of a median of normal values
    error = 1.96 * 1.2533 * seen / np.sqrt(len(rows))
    own = np.sqrt(np.maximum(seen**2 - MODEL_ERROR**2, 0))
    return Profile(
        by,
        len(rows),
        tuple(middle.tolist()),
        tuple((middle - error).tolist()),
        tuple((middle + error).tolist()),
        tuple(own.tolist()),
    )
