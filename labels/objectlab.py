"""cleanlab's object-detection scores (ObjectLab), the reference that labels/quality.py is held to.

    scores = objectlab(labels, sightings)        # image name and place -> 0 (wrong) to 1 (right)

On the same sightings as ours: Tkachenko et al., "ObjectLab: Automated Diagnosis of Mislabeled
Images in Object Detection Data", 2023. A box's score is the lower of its "badly located" and
"swapped" scores; a bogus box is one that no prediction is near to, which "badly located" tells.
ObjectLab reads scores against fixed thresholds; a detector trained on few photos is never so sure,
and every score would be 1. So it gets each score's rank among all scores, and one threshold of a
half: the best for it of nine ways that were tried on 20% mixed noise.
Needs cleanlab (the extra `train`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labels.boxes import Box, LabelSet
from labels.quality import as_box
from labels.views import Sightings

SURE = 0.5
"""Rank from which a prediction counts."""


def objectlab(labels: LabelSet, seen: Mapping[str, Sightings]) -> dict[tuple[str, int], float]:
    """ObjectLab's score of every box; low means suspicious."""
    from cleanlab.object_detection.rank import compute_badloc_box_scores, compute_swap_box_scores

    given, predictions = inputs(labels, seen)
    located = compute_badloc_box_scores(
        labels=given, predictions=predictions, low_probability_threshold=SURE
    )
    swapped = compute_swap_box_scores(
        labels=given, predictions=predictions, high_probability_threshold=SURE
    )
    found = {}
    for image, near, same in zip(labels.images, located, swapped, strict=True):
        for place in range(len(image.boxes)):
            found[image.name, place] = float(min(near[place], same[place]))
    return found


def overlooked_scores(
    labels: LabelSet, seen: Mapping[str, Sightings]
) -> list[tuple[str, Box, float]]:
    """(image, box, score) of every sighting that ObjectLab scores as maybe overlooked."""
    from cleanlab.object_detection.rank import compute_overlooked_box_scores

    given, predictions = inputs(labels, seen)
    scores = compute_overlooked_box_scores(
        labels=given, predictions=predictions, high_probability_threshold=SURE
    )
    found = []
    for image, row in zip(labels.images, scores, strict=True):
        sightings = seen[image.name]
        # cleanlab's order is that of its predictions: class by class
        places = np.argsort(sightings.labels, kind="stable")
        for place, score in zip(places.tolist(), row, strict=True):
            if np.isfinite(score):
                found.append((image.name, as_box(sightings, place, labels.classes), float(score)))
    return found


def inputs(
    labels: LabelSet, seen: Mapping[str, Sightings]
) -> tuple[list[dict[str, Any]], list[NDArray[Any]]]:
    """cleanlab's labels and predictions: corners in pixels, predictions by class."""
    number = {name: place for place, name in enumerate(labels.classes)}
    given, predictions = [], []
    every = np.sort(np.concatenate([np.zeros(1), *[one.best for one in seen.values()]]))
    for image in labels.images:
        scale = np.array([image.width, image.height] * 2, np.float64)
        corners = np.array([box.corners for box in image.boxes], np.float64).reshape(-1, 4)
        classes = np.array([number[box.label] for box in image.boxes], np.int64)
        given.append({"bboxes": corners * scale, "labels": classes})
        sightings = seen[image.name]
        of_class = np.empty(len(labels.classes), dtype=object)
        for place in range(len(labels.classes)):
            chosen = sightings.labels == place
            rows = sightings.corners[chosen] * scale
            rank = np.searchsorted(every, sightings.best[chosen]) / len(every)
            of_class[place] = np.column_stack([rows, rank])
        predictions.append(of_class)
    return given, predictions
