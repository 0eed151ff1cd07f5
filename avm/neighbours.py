"""The nearest of many places, exactly and without a loop over all of them.

    found, squares = Neighbourhood.of(at).nearest(points, 50)      # (n, 50), the nearest first

Places are split at medians into boxes of a few hundred. The box that a point is nearest to says how
far its neighbours can be at most; only boxes that reach so near are looked into.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BOX = 400
"""Places of a box, at most; at least half of it."""

BLOCK = 512


@dataclass(frozen=True)
class Neighbourhood:
    """Places in the order of their boxes."""

    at: Floats
    order: Ints
    """row of each place in what was given"""
    starts: Ints
    low: Floats
    high: Floats
    """corners of each box"""

    @classmethod
    def of(cls, at: NDArray[np.floating]) -> "Neighbourhood":
        """Of (n, 2) metres, all known; n is 1 at least."""
        points = np.asarray(at, dtype=np.float64)
        boxes, split = [], [np.arange(len(points))]
        while split:
            rows = split.pop()
            if len(rows) <= BOX:
                boxes.append(rows)
                continue
            own = points[rows]
            axis = int(np.ptp(own, axis=0).argmax())
            half = len(rows) // 2
            parts = np.argpartition(own[:, axis], half)
            split += [rows[parts[half:]], rows[parts[:half]]]
        order = np.concatenate(boxes)
        ordered = points[order]
        starts = np.r_[0, np.cumsum([len(rows) for rows in boxes])].astype(np.int64)
        low = np.minimum.reduceat(ordered, starts[:-1], axis=0)
        high = np.maximum.reduceat(ordered, starts[:-1], axis=0)
        return cls(ordered, order, starts, low, high)

    def nearest(self, points: Floats, count: int) -> tuple[Ints, Floats]:
        """Rows of the `count` nearest places of each point, and their squared distances."""
        count = min(count, len(self.at))
        found = np.empty((len(points), count), dtype=np.int64)
        squares = np.empty((len(points), count))
        away = self._to_boxes(points)
        own = away.argmin(axis=1)
        for box in np.unique(own):
            rows = np.nonzero(own == box)[0]
            for start in range(0, len(rows), BLOCK):
                part = rows[start : start + BLOCK]
                found[part], squares[part] = self._of_box(points[part], away[part], box, count)
        return found, squares

    def _to_boxes(self, points: Floats) -> Floats:
        """(n, boxes) squared distances, 0 within."""
        beyond = np.zeros((len(points), len(self.low)))
        for axis in (0, 1):
            value = points[:, axis, None]
            gap = np.maximum(self.low[:, axis] - value, value - self.high[:, axis])
            beyond += np.maximum(gap, 0.0) ** 2
        return beyond

    def _of_box(
        self, points: Floats, away: Floats, box: np.int64, count: int
    ) -> tuple[Ints, Floats]:
        inside = np.arange(self.starts[box], self.starts[box + 1])
        if len(inside) < count:
            inside = np.arange(len(self.at))
        else:
            reach = np.partition(self._squares(points, inside), count - 1, axis=1)[:, count - 1]
            near = np.nonzero((away <= reach[:, None]).any(axis=0))[0]
            inside = np.concatenate([np.arange(self.starts[k], self.starts[k + 1]) for k in near])
        squares = self._squares(points, inside)
        if count < len(inside):
            chosen = np.argpartition(squares, count - 1, axis=1)[:, :count]
        else:
            chosen = np.broadcast_to(np.arange(len(inside)), squares.shape)
        squares = np.take_along_axis(squares, chosen, axis=1)
        sort = np.argsort(squares, axis=1, kind="stable")
        rows = self.order[inside[np.take_along_axis(chosen, sort, axis=1)]]
        return rows, np.take_along_axis(squares, sort, axis=1)

    def _squares(self, points: Floats, rows: Ints) -> Floats:
        other = self.at[rows]
        north = points[:, 0, None] - other[:, 0]
        east = points[:, 1, None] - other[:, 1]
        return np.asarray(north * north + east * east)
