"""How well the objects bundle finds labelled objects: COCO's mean average precision.

    homelens evaluate objects val.json val
    homelens evaluate objects --yolo doors

    predicted = predict(objects, truth)                  # the product's own path
    figures = score(truth, predicted, objects.classes)   # pure

Whole photos are resampled for the intervals; n is the number of photos, for a single class of
those that show it. Classes that the data does not hold are left out of every average; categories
that the model does not have are ignored.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.console import note, some, track
from training.evaluate.average_precision import Predicted, average_precision, match
from training.evaluate.labelled import Truth
from training.figures import Figure
from training.intervals import centred, resamples
from vision.errors import DataError, PhotoError
from vision.objects import Objects
from vision.photo import decode

INDOOR = (
    "person",
    "bed",
    "couch",
    "chair",
    "dining table",
    "toilet",
    "sink",
    "oven",
    "microwave",
    "refrigerator",
    "tv",
    "potted plant",
)
"""The COCO classes of `objects.map50_95.indoor`."""

FLOOR = 0.001
"""Lowest score that counts, as in COCO's own evaluation: the curve needs the unsure boxes too."""

DRAWS = 200
"""Resamples; each draws all photos anew and sums every class's curve up again."""


def predict(objects: Objects, truth: Truth) -> dict[Path, Predicted]:
    """What the bundle finds in each photo; one that cannot be read is named and left out.

    Raises DataError where the labels were made on a photo of another size.
    """
    floor = dict.fromkeys(objects.classes, FLOOR)
    found = {}
    for labelled in track(truth.photos, "looking for objects"):
        try:
            photo = decode(labelled.path.read_bytes())
        except PhotoError as error:
            note(f"{labelled.path} counts as a photo in which nothing was found: {error}")
            continue
        size = (photo.width, photo.height)
        if labelled.size not in (None, size):
            raise DataError(
                f"{labelled.path} has {size[0]}×{size[1]} pixels upright, its labels are for "
                f"{labelled.size}",
                do="use the photos that were labelled",
            )
        found[labelled.path] = Predicted(objects.detect(photo.pixels, floor=floor), size)
    return found


def score(
    truth: Truth, predicted: dict[Path, Predicted], model_classes: Sequence[str]
) -> list[Figure]:
    """objects.map50_95, objects.map50, .indoor, .person and both of every labelled class.

    Raises DataError where no label is of a class that the model has.
    """
    shared = [name for name in truth.classes if name in set(model_classes)]
    ignored = [name for name in truth.classes if name not in set(model_classes)]
    if ignored:
        note(f"ignored, for the model does not have them: {some(ignored, 80)}")
    present = {box.label for photo in truth.photos for box in photo.boxes if not box.crowd}
    classes = [name for name in shared if name in present]
    if not classes:
        raise DataError(
            "the labels hold no object of a class that the model has",
            accepted=", ".join(model_classes),
        )
    absent = [name for name in model_classes if name not in classes]
    if absent:
        note(f"left out of the averages, for the data does not hold them: {some(absent, 80)}")

    n = len(truth.photos)
    # row 0 is every photo once: the value itself, from the same code as its interval
    weights = np.concatenate([np.ones((1, n), np.int64), resamples(n, DRAWS)])
    matches = match(truth.photos, predicted, classes)
    counted = ", ".join(f"{m.label} {int(m.objects.sum())}" for m in matches)
    note(f"labelled objects in {n} photos: {counted}")
    ap = np.stack([average_precision(m, weights) for m in track(matches, "resampling")], axis=1)

    indoor = [classes.index(name) for name in INDOOR if name in classes]
    everything = list(range(len(classes)))
    figures = [
        _figure("objects.map50_95", ap, everything, n),
        _figure("objects.map50", ap[:, :, :1], everything, n),
    ]
    if indoor:
        figures.append(_figure("objects.map50_95.indoor", ap, indoor, n))
    shown = [int(np.count_nonzero(m.objects)) for m in matches]
    for kind, curve in (("map50_95", ap), ("map50", ap[:, :, :1])):
        for index, name in enumerate(classes):
            figures.append(_figure(f"objects.{kind}.{name}", curve, [index], shown[index]))
    return figures


def _figure(name: str, ap: NDArray[np.float64], classes: Sequence[int], n: int) -> Figure:
    """Mean over classes and IoU thresholds; `ap` is (1 + resamples, classes, thresholds)."""
    chosen = ap[:, list(classes)].mean(axis=2)
    held = ~np.isnan(chosen)
    drawn = held.any(axis=1)  # a resample may hold no object of a rare class
    means = np.where(held, chosen, 0).sum(axis=1)[drawn] / held.sum(axis=1)[drawn]
    low, high = centred(float(means[0]), means[1:])
    return Figure(name=name, value=float(means[0]), low=low, high=high, n=n, unit="AP")


def evaluate_objects(objects: Objects, truth: Truth) -> list[Figure]:
    """Predict and score. Raises DataError."""
    return score(truth, predict(objects, truth), objects.classes)
