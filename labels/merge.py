"""Which box of a file is which box of the store, so that a box keeps its history.

    pairs = match(old, new)             # [(0, 2), (1, None), (None, 0), …]

By id first, where the file carries the store's; then what is exactly alike; then what overlaps
most. What is left of the old was deleted, what is left of the new was added. Pure.
"""

from collections.abc import Sequence

from labels.boxes import Box
from labels.digest import marks_of, on_grid
from labels.flags import Corners

SAME_OBJECT = 0.5
"""IoU from which an old and a new box are the same object, moved or relabelled."""

Pair = tuple[int | None, int | None]


def overlap(a: Corners, b: Corners) -> float:
    """Intersection over union."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def match(old: Sequence[Box], new: Sequence[Box]) -> list[Pair]:
    """Places of old and new boxes that are the same, old ones alone, new ones alone.

    Pairs come in the order of the new boxes, then deletions.
    """
    partner: dict[int, int] = {}
    free = dict.fromkeys(range(len(old)))
    by_id = {box.id: place for place, box in enumerate(old)}
    alike: dict[object, list[int]] = {}
    for place, box in enumerate(new):
        at = by_id.get(box.id) if box.id is not None else None
        if at in free:
            partner[place] = at
            del free[at]
    for at in free:
        alike.setdefault(_content(old[at]), []).append(at)
    for place, box in enumerate(new):
        if place not in partner and (found := alike.get(_content(box))):
            partner[place] = found.pop(0)
            del free[partner[place]]
    for _, _, at, place in _overlapping(old, new, list(free), partner):
        if at in free and place not in partner:
            partner[place] = at
            del free[at]
    pairs: list[Pair] = [(partner.get(place), place) for place in range(len(new))]
    return pairs + [(at, None) for at in free]


def _overlapping(
    old: Sequence[Box], new: Sequence[Box], free: Sequence[int], partner: dict[int, int]
) -> list[tuple[float, bool, int, int]]:
    """Candidates, the best first; the same class is preferred among equals."""
    found = [
        (-overlap(old[at].corners, box.corners), old[at].label != box.label, at, place)
        for place, box in enumerate(new)
        if place not in partner
        for at in free
    ]
    return sorted(one for one in found if -one[0] >= SAME_OBJECT)


def _content(box: Box) -> object:
    return (box.label, on_grid(box.corners), *marks_of(box))
