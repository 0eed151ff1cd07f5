"""Objects and people in a photo, by the shipped detector.

    objects = Objects.load(models_folder() / "objects")
    for found in objects.detect(photo.pixels):
        print(found.label, found.score)

The graph has two branches on shared first layers (see training/objects.py); each gives boxes and
class scores for every anchor, and overlapping boxes of one class are thinned here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.bundle import Bundle
from vision.findings import Detection
from vision.letterbox import letterbox

Floats = NDArray[np.float32]

SAME_OBJECT_IOU = 0.7
"""Two boxes of one class that overlap more are one object (the detector's own default)."""
MOST = 300
"""Detections kept per photo and branch, as in COCO's evaluation with room to spare."""


@dataclass(frozen=True)
class Branch:
    """One output of the graph: its classes and how its scores become probabilities."""

    classes: tuple[str, ...]
    slope: float
    offset: float


@dataclass(frozen=True)
class RawObjects:
    """The graph's outputs for one picture, and how it was fitted into the input."""

    outputs: tuple[Floats, ...]
    scale: float
    corner: tuple[int, int]
    width: int
    height: int


class Objects:
    """The objects bundle; safe to share between threads."""

    def __init__(self, bundle: Bundle) -> None:
        manifest = bundle.manifest
        self._session = bundle.session
        self._input = manifest.input
        self._outputs = manifest.outputs
        self._branches = tuple(
            Branch(tuple(b["classes"]), float(b["slope"]), float(b["offset"]))
            for b in manifest.extra["branches"]
        )
        self.classes = manifest.classes
        self.sha256 = manifest.sha256
        self.manifest, self.manifest_sha256 = manifest, bundle.manifest_sha256
        self.thresholds = {name: t.value for name, t in manifest.thresholds.items()}

    @classmethod
    def load(cls, folder: Path, threads: int | None = None) -> "Objects":
        """Open the bundle in `folder`. Raises BundleError."""
        return cls(Bundle.load(folder, "detect", threads))

    def detect(
        self, pixels: NDArray[np.uint8], *, floor: Mapping[str, float] | None = None
    ) -> tuple[Detection, ...]:
        """Objects in an (H, W, 3) RGB picture, surest first; boxes as shares of width and height.

        Scores are calibrated: of boxes with score 0.7, about 70% are right. `floor` gives other
        score thresholds per class; a class that it leaves out keeps the manifest's.
        """
        return self.read(self.run(pixels), floor=floor)

    def run(self, pixels: NDArray[np.uint8]) -> RawObjects:
        """The graph's answer to a picture: the dear half of `detect`."""
        fed, scale, corner = letterbox(pixels, self._input.width, self._input.height)
        outputs = self._session.run(list(self._outputs), {self._input.name: fed})
        height, width = pixels.shape[:2]
        return RawObjects(tuple(outputs), scale, corner, width, height)

    def read(
        self, raw: RawObjects, *, floor: Mapping[str, float] | None = None
    ) -> tuple[Detection, ...]:
        """Detections from the graph's answer: the cheap half, once for each set of thresholds."""
        limits = {**self.thresholds, **(floor or {})}
        (left, top), scale, width, height = raw.corner, raw.scale, raw.width, raw.height
        found: list[Detection] = []
        for branch, output in zip(self._branches, raw.outputs, strict=True):
            lowest = np.array([limits[name] for name in branch.classes], dtype=np.float32)
            boxes, scores, labels = thin(output[0], unlikely(lowest, branch))
            shift = np.array((left, top, left, top), np.float32)
            size = np.array((width, height, width, height), np.float32) * np.float32(scale)
            boxes = ((boxes - shift) / size).clip(0, 1)
            scores = calibrated(scores, branch)
            found += [
                Detection(
                    label=branch.classes[label],
                    score=round(float(score), 4),
                    x1=float(box[0]),
                    y1=float(box[1]),
                    x2=float(box[2]),
                    y2=float(box[3]),
                )
                for box, score, label in zip(boxes, scores, labels, strict=True)
                if box[2] > box[0] and box[3] > box[1]
            ]
        return tuple(sorted(found, key=lambda d: -d.score))


def calibrated(scores: Floats, branch: Branch) -> Floats:
    """Probability that a box is right, from the model's score (Platt 1999, on the logit)."""
    clipped = scores.clip(1e-6, 1 - 1e-6)
    logit = np.log(clipped / (1 - clipped))
    return np.asarray(1 / (1 + np.exp(-(branch.slope * logit + branch.offset))), np.float32)


def unlikely(probabilities: Floats, branch: Branch) -> Floats:
    """The model's scores at which `calibrated` gives these probabilities."""
    clipped = probabilities.clip(1e-6, 1 - 1e-6)
    logit = (np.log(clipped / (1 - clipped)) - branch.offset) / branch.slope
    return np.asarray(1 / (1 + np.exp(-logit)), np.float32)


def thin(raw: Floats, lowest: Floats) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Boxes (n, 4) x1 y1 x2 y2, scores (n,) and class indices (n,) after class-wise NMS.

    `raw` is (4 + classes, anchors): box corners in input pixels, then scores; `lowest` (classes,).
    """
    scores = raw[4:]
    labels, anchors = np.nonzero(scores >= lowest[:, None])
    kept = scores[labels, anchors]
    if len(kept) > 10 * MOST:
        best = np.argpartition(-kept, 10 * MOST)[: 10 * MOST]
        labels, anchors, kept = labels[best], anchors[best], kept[best]
    boxes = raw[:4, anchors].T
    if not len(kept):
        return boxes, kept, labels
    sized = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    order = np.asarray(
        cv2.dnn.NMSBoxesBatched(
            sized.tolist(), kept.tolist(), labels.tolist(), 0.0, SAME_OBJECT_IOU
        ),
        dtype=np.int64,
    ).reshape(-1)[:MOST]
    return boxes[order], kept[order], labels[order]


class Remembered:
    """One picture's detections at any thresholds for the price of one run.

    Stands where an `Objects` does: another picture is passed on to it. For one thread.
    """

    def __init__(self, objects: Objects, pixels: NDArray[np.uint8]) -> None:
        self._objects, self._pixels, self._raw = objects, pixels, objects.run(pixels)
        self.sha256 = objects.sha256

    def detect(
        self, pixels: NDArray[np.uint8], *, floor: Mapping[str, float] | None = None
    ) -> tuple[Detection, ...]:
        """As `Objects.detect`."""
        if pixels is self._pixels:
            return self._objects.read(self._raw, floor=floor)
        return self._objects.detect(pixels, floor=floor)
