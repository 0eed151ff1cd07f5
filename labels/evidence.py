"""What the sightings of an image say about each labelled box, as numbers for a classifier.

    rows = box_evidence(corners, classes, sightings)          # (boxes, features)
    rows = sighting_evidence(corners, classes, sightings)     # (sightings, features)

Pure numpy. Rows depend on nothing but the image, so that they can be computed for boxes that were
spoiled on purpose (labels/quality.py).
"""

import numpy as np
from numpy.typing import NDArray

from labels.views import Floats, Sightings, iou, sizes

Ints = NDArray[np.int64]

NEAR = (0.1, 0.3, 0.5, 0.7)
"""Overlaps within which a sighting is asked for its scores."""


def box_evidence(corners: Floats, classes: Ints, seen: Sightings) -> Floats:
    """(n, features) for boxes `corners` (n, 4) of `classes` (n,)."""
    count = len(classes)
    overlap = iou(corners, seen.corners)
    size = np.maximum(sizes(corners), 1e-6)
    columns: list[Floats] = [
        np.log(size[:, 0]),
        np.log(size[:, 1]),
        np.log(size[:, 0] / size[:, 1]),
    ]
    columns += [corners[:, :2].min(1), 1 - corners[:, 2:].max(1)]
    number = seen.scores.shape[1]
    columns += [(classes == k).astype(np.float64) for k in range(number)]
    own = seen.scores[:, classes].T  # (n, m)
    other = others(seen.scores, classes)
    for least in NEAR:
        near = overlap >= least
        columns += [largest(own * near), largest(other * near)]
    # how well one sighting confirms class and place at once
    columns += [largest(own * overlap), largest(other * overlap), largest(overlap * seen.support)]
    best = partner(overlap, seen.scores.max(1))
    columns += compared(corners, size, overlap, own, other, seen, best)
    among = iou(corners, corners) - np.eye(count)
    same = classes[:, None] == classes[None]
    columns += [largest(among * same), largest(among * ~same), np.full(count, float(count))]
    return np.stack(columns, axis=1) if count else np.zeros((0, len(columns)))


def compared(
    corners: Floats,
    size: Floats,
    overlap: Floats,
    own: Floats,
    other: Floats,
    seen: Sightings,
    best: Ints,
) -> list[Floats]:
    """Columns of each box beside its best sighting; missing values where there is none."""
    count = len(corners)
    found = best >= 0
    place = best.clip(0)
    rows = np.arange(count)
    if not len(seen.scores):
        return [np.full(count, np.nan)] * 12
    apart = (corners - seen.corners[place]) / size
    theirs = sizes(seen.corners[place])
    growth = np.log(size[:, :2] / np.maximum(theirs[:, :2], 1e-6))
    spread = seen.spread[place]
    values = [
        overlap[rows, place],
        own[rows, place],
        other[rows, place],
        seen.support[place],
        seen.models[place].astype(np.float64),
        np.abs(apart).max(1),
        np.abs(apart).mean(1),
        np.abs(growth).max(1),
        growth.sum(1),
        spread.mean(1),
        (np.abs(apart) / (spread + 0.03)).max(1),
        np.abs(apart[:, :2] + apart[:, 2:]).max(1) / 2,
    ]
    return [np.where(found, value, np.nan) for value in values]


def partner(overlap: Floats, best: Floats) -> Ints:
    """(n,) the sighting that a box most likely means; -1 where none touches it."""
    if not overlap.size:
        return np.full(len(overlap), -1)
    worth = overlap * np.sqrt(best)[None]
    chosen = worth.argmax(1)
    return np.where(worth.max(1) > 0, chosen, -1)


def others(scores: Floats, classes: Ints) -> Floats:
    """(n, m) the highest score of any class but the box's own."""
    masked = np.repeat(scores[None], len(classes), axis=0)
    masked[np.arange(len(classes)), :, classes] = 0
    found: Floats = masked.max(2) if masked.size else masked[:, :, 0]
    return found


def largest(values: Floats) -> Floats:
    """(n,) the maximum of each row, 0 for a row without columns."""
    found: Floats = values.max(1, initial=0)
    return found


def sighting_evidence(corners: Floats, classes: Ints, seen: Sightings) -> Floats:
    """(m, features) for the sightings of an image whose labels are `corners` and `classes`."""
    overlap = iou(seen.corners, corners)
    same = seen.labels[:, None] == classes[None]
    size = np.maximum(sizes(seen.corners), 1e-6)
    ranked = np.sort(seen.scores, axis=1)[:, ::-1]
    among = iou(seen.corners, seen.corners) * (1 - np.eye(len(seen.labels)))
    surer = among * (seen.best[None] > seen.best[:, None])
    covered = inside(seen.corners, corners)
    columns = [
        ranked[:, 0],
        ranked[:, 1] if ranked.shape[1] > 1 else np.zeros(len(ranked)),
        seen.support,
        seen.models.astype(np.float64),
        seen.spread.mean(1),
        np.log(size[:, 0]),
        np.log(size[:, 1]),
        largest(overlap * same),
        largest(overlap * ~same),
        largest(covered),
        largest(surer),
        seen.corners[:, :2].min(1),
        1 - seen.corners[:, 2:].max(1),
        np.full(len(ranked), float(len(classes))),
        np.arange(len(ranked), dtype=np.float64),
    ]
    columns += [(seen.labels == k).astype(np.float64) for k in range(seen.scores.shape[1])]
    return np.stack(columns, axis=1)


def inside(a: Floats, b: Floats) -> Floats:
    """(len(a), len(b)) the share of each box of `a` that lies in each box of `b`."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = np.prod((high - low).clip(0), axis=2)
    found: Floats = both / np.maximum(np.prod(a[:, 2:] - a[:, :2], axis=1), 1e-12)[:, None]
    return found
