"""Which unlabelled photos to label next: those that should teach the most, and not the same thing.

    chosen = choose(views, known, count=10)          # image names, the most useful first

A photo's worth is what the models are unsure or at odds about in it: for every sighting the entropy
of its mean score, plus the share of views that do not see it, times how rare its class is among the
labels so far (a class with few boxes gains most from one more). Photos that look alike
teach the same: the greedy choice lowers a photo's worth by its likeness to those already chosen
(maximal marginal relevance, Carbonell and Goldstein 1998). Pure; needs predictions of at least two
models.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from labels.views import Floats, Found, Sightings, join

LEAST_SCORE = 0.1
"""Sightings below this are noise, not questions."""
MOST_SIGHTINGS = 30
"""A photo full of small things is not worth more than one look at it can teach."""
ALIKE = 0.5
"""How much of a photo's worth a twin of a chosen one loses."""


def choose(views: Mapping[str, Sequence[Found]], known: Mapping[int, int], count: int) -> list[str]:
    """Names of `count` photos; `known` says how many labelled boxes each class number has."""
    names = sorted(views)
    seen = [join(views[name]) for name in names]
    value = np.array([worth(one, known) for one in seen])
    look = np.array([portrait(one) for one in seen])
    likeness = look @ look.T if len(names) else np.zeros((0, 0))
    chosen: list[int] = []
    twin = np.zeros(len(names))
    for _ in range(min(count, len(names))):
        left = value * (1 - ALIKE * twin)
        left[chosen] = -1
        best = int(left.argmax())
        chosen.append(best)
        twin = np.maximum(twin, likeness[best])
    return [names[place] for place in chosen]


def worth(seen: Sightings, known: Mapping[int, int]) -> float:
    """What labelling a photo should teach; no unit, for ranking alone."""
    kept = np.nonzero(seen.best >= LEAST_SCORE)[0][:MOST_SIGHTINGS]
    if not len(kept):
        return 0.0
    total = sum(known.values()) + 1
    rare = np.array([np.sqrt(total / (known.get(int(k), 0) + 1)) for k in seen.labels[kept]])
    p = seen.best[kept].clip(1e-6, 1 - 1e-6)
    unsure = -(p * np.log(p) + (1 - p) * np.log(1 - p))
    return float((rare * (unsure + (1 - seen.support[kept]))).sum())


def portrait(seen: Sightings) -> Floats:
    """A unit vector of what a photo shows: the scores of each class in each ninth of it."""
    classes = seen.scores.shape[1]
    cells = np.zeros((9, classes))
    centre = (seen.corners[:, :2] + seen.corners[:, 2:]) / 2
    place = (centre * 3).astype(int).clip(0, 2)
    np.add.at(cells, place[:, 1] * 3 + place[:, 0], seen.scores)
    flat = cells.ravel()
    length = np.linalg.norm(flat)
    return flat / length if length else flat
