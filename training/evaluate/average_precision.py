"""Average precision as COCO defines it, and its interval by resampling the photos.

    matches = match(truth, predicted, classes)           # once, by pycocotools
    ap = average_precision(matches[0], weights)          # (resamples, 10 IoU thresholds)

A resample that draws a photo w times gives each of its boxes the weight w; that is the same as
listing the photo w times, because equal scores add up before precision is interpolated.
"""

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.evaluate.labelled import LabelledPhoto
from vision.findings import Detection

Floats = NDArray[np.float64]

MOST = 100
"""Boxes per photo and class that count (COCO's maxDets)."""


@dataclass(frozen=True)
class Predicted:
    """What the model found in one photo; `size` is the upright photo's (width, height)."""

    boxes: tuple[Detection, ...]
    size: tuple[int, int]


@dataclass(frozen=True)
class ClassMatches:
    """All boxes of one class (D of them), surest first, on photos 0…P-1, at T IoU thresholds.

    `photo` (D,) is the photo's index; `right` and `wrong` (T, D) are both false for a box that
    does not count (it lies on a crowd); `objects` (P,) counts the labelled objects of each photo.
    """

    label: str
    photo: NDArray[np.int64]
    right: NDArray[np.bool_]
    wrong: NDArray[np.bool_]
    objects: NDArray[np.int64]


def coco_evaluation(
    photos: Sequence[LabelledPhoto], predicted: Mapping[Path, Predicted], classes: Sequence[str]
) -> Any:
    """pycocotools' COCOeval for these classes, all sizes, after its evaluate()."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    numbers = {name: index for index, name in enumerate(classes, 1)}
    images: list[dict[str, Any]] = []
    truths: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for image_id, photo in enumerate(photos, 1):
        shown = predicted.get(photo.path)
        width, height = (shown.size if shown else photo.size) or (1, 1)
        images.append({"id": image_id, "width": width, "height": height})
        for box in photo.boxes:
            if box.label in numbers:
                truths.append(
                    {
                        # from 1: COCOeval takes a match with annotation 0 for none
                        "id": len(truths) + 1,
                        "image_id": image_id,
                        "category_id": numbers[box.label],
                        "iscrowd": int(box.crowd),
                        **_pixels(box.x1, box.y1, box.x2, box.y2, width, height),
                    }
                )
        for seen in shown.boxes if shown else ():
            if seen.label in numbers:
                found.append(
                    {
                        "id": len(found) + 1,
                        "image_id": image_id,
                        "category_id": numbers[seen.label],
                        "score": seen.score,
                        **_pixels(seen.x1, seen.y1, seen.x2, seen.y2, width, height),
                    }
                )
    categories = [{"id": number, "name": name} for name, number in numbers.items()]
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints its progress
        truth, answer = COCO(), COCO()
        truth.dataset = {"images": images, "annotations": truths, "categories": categories}
        answer.dataset = {"images": images, "annotations": found, "categories": categories}
        truth.createIndex()
        answer.createIndex()
        evaluation = COCOeval(truth, answer, "bbox")
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.params.maxDets = [MOST]
        evaluation.evaluate()
    return evaluation


def _pixels(
    x1: float, y1: float, x2: float, y2: float, width: int, height: int
) -> dict[str, object]:
    wide, tall = (x2 - x1) * width, (y2 - y1) * height
    return {"bbox": [x1 * width, y1 * height, wide, tall], "area": wide * tall}


def match(
    photos: Sequence[LabelledPhoto], predicted: Mapping[Path, Predicted], classes: Sequence[str]
) -> list[ClassMatches]:
    """Which found box is right, for every class, matched once by pycocotools.

    A photo that is missing in `predicted` could not be read: nothing was found in it.
    """
    if not classes:
        return []
    evaluation = coco_evaluation(photos, predicted, classes)
    found = []
    for number, label in enumerate(classes):
        parts = evaluation.evalImgs[number * len(photos) : (number + 1) * len(photos)]
        found.append(_joined(label, parts, len(evaluation.params.iouThrs)))
    return found


def _joined(label: str, parts: Sequence[dict[str, Any] | None], thresholds: int) -> ClassMatches:
    objects = np.array([np.count_nonzero(p["gtIgnore"] == 0) if p else 0 for p in parts], np.int64)
    held = [(index, part) for index, part in enumerate(parts) if part and part["dtScores"]]
    if not held:
        none = np.zeros((thresholds, 0), np.bool_)
        return ClassMatches(label, np.zeros(0, np.int64), none, none, objects)
    scores = np.concatenate([part["dtScores"] for _, part in held])
    order = np.argsort(-scores, kind="mergesort")  # ties as COCOeval breaks them
    photo = np.repeat([index for index, _ in held], [len(part["dtScores"]) for _, part in held])
    taken = np.concatenate([part["dtMatches"] for _, part in held], axis=1)[:, order] > 0
    ignored = np.concatenate([part["dtIgnore"] for _, part in held], axis=1)[:, order] > 0
    return ClassMatches(label, photo[order], taken & ~ignored, ~taken & ~ignored, objects)


RECALLS = np.linspace(0.0, 1.0, 101)
"""Recalls at which COCO reads the precision."""


def average_precision(matches: ClassMatches, weights: NDArray[np.int64]) -> Floats:
    """(B, T) average precision of one class for B weightings (B, P) of the photos.

    nan where a weighting draws no photo with an object of the class.
    """
    thresholds = len(matches.right)
    result = np.full((len(weights), thresholds), np.nan)
    right, wrong = matches.right.astype(np.float64), matches.wrong.astype(np.float64)
    for row, weight in enumerate(weights):
        total = int(weight @ matches.objects)
        if not total:
            continue
        of_box = weight[matches.photo]
        hits = np.cumsum(right * of_box, axis=1)
        misses = np.cumsum(wrong * of_box, axis=1)
        precision = hits / (hits + misses + np.spacing(1))
        best_after = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        padded = np.concatenate([best_after, np.zeros((thresholds, 1))], axis=1)
        for t in range(thresholds):
            reached = np.searchsorted(hits[t] / total, RECALLS, side="left")
            result[row, t] = padded[t, reached].mean()
    return result
