"""Exports the joined detector: ONNX, calibration, thresholds, manifest.

    homelens export objects --data DATA --weights yolo26n.pt --work work --out models/objects

Scores are calibrated and thresholds chosen on validation photos: coco/val for the indoor classes,
the doors' own validation photos for the door classes. Rule for thresholds: the calibrated
probability with the largest F1 over all classes of the branch, one value a branch, because most
classes have too few validation boxes for one of their own.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from rich.progress import track

from training.calibrate import best_f1, fit_platt, match
from training.doors import NAMES as DOORS
from training.evaluate.labelled import LabelledPhoto, read_coco, read_yolo
from training.label_report import LabelReport, read_report
from training.learned import TRAINING_PHOTOS, marks
from training.manifests import commit, fingerprint, write_manifest
from training.objects import INDOOR, joined
from training.onnx_tools import check_against_torch, simplify, store_half, trace, write_model
from vision.bundle import Input, Manifest, Threshold
from vision.objects import Objects

SIZE = 640
"""Input side in pixels: what yolo26n was trained at."""
TOLERANCE = 0.02
"""Largest accepted difference to torch, see check_against_torch; half-precision weights cost it."""
DOORDETECT = "doordetect: Open Images photos CC BY and MCIndoor20000"
STORED = "photos and labels of the label store: as their owners grant"
RULE = "largest F1 of the branch on {data} ({f1:.3f})"


def export_objects(
    data: Path, weights: Path, work: Path, out: Path, params: dict[str, Any]
) -> None:
    """Write the bundle; every step is repeatable from `weights` and the trained doors branch."""
    checkpoint = work / "doors" / "weights" / "last.pt"
    model = joined(weights, checkpoint, params["shared_layers"])
    sample = torch.rand(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    graph = store_half(
        simplify(trace(model, sample, inputs=("images",), outputs=("indoor", "doors")))
    )
    sha256 = write_model(graph, out / "model.onnx")
    worst = check_against_torch(out / "model.onnx", model, sample, TOLERANCE)

    report = read_report(checkpoint.parent)
    learned = marks((work / "data" / "train" / "images").rglob("*.*"))

    def manifest(branches: list[dict[str, Any]], thresholds: dict[str, Threshold]) -> Manifest:
        return Manifest(
            name="objects",
            version="1",
            task="detect",
            sha256=sha256,
            input=Input(name="images", width=SIZE, height=SIZE, resize="letterbox"),
            outputs=("indoor", "doors"),
            classes=(*INDOOR, *DOORS),
            thresholds=thresholds,
            extra={
                "branches": branches,
                "torch_difference": worst,
                TRAINING_PHOTOS: learned,
                **({"labels": report.summary()} if report else {}),
            },
            code=commit(),
            data={
                **origin(report, data),
                "coco/val": fingerprint(data / "coco" / "val.json", data / "coco" / "val"),
                "initial weights": fingerprint(weights),
            },
            licences={
                "model": "AGPL-3.0",
                "initial weights": "yolo26n, AGPL-3.0",
                "data": f"{DOORDETECT if report is None else STORED}; COCO terms",
            },
            parameters={**params, "image_size_export": SIZE},
        )

    plain = [{"classes": names, "slope": 1.0, "offset": 0.0} for names in (INDOOR, DOORS)]
    any_score = {name: Threshold(value=0.001, rule="all") for name in (*INDOOR, *DOORS)}
    write_manifest(out, manifest(plain, any_score))
    detector = Objects.load(out)
    named = report.revision if report else "doordetect"
    sets = {
        "coco/val": (INDOOR, read_coco(data / "coco" / "val.json", data / "coco" / "val").photos),
        f"{named} validation part": (DOORS, read_yolo(work / "data" / "val").photos),
    }
    branches: list[dict[str, Any]] = []
    thresholds: dict[str, Threshold] = {}
    for name, (classes, photos) in sets.items():
        scores, right, truths = judged(detector, classes, photos)
        slope, offset = fit_platt(scores, right)
        probabilities = 1 / (1 + np.exp(-(slope * np.log(scores / (1 - scores)) + offset)))
        value, f1 = best_f1(probabilities, right, truths)
        branches.append({"classes": classes, "slope": slope, "offset": offset})
        rule = RULE.format(data=name, f1=f1)
        thresholds |= {c: Threshold(value=round(value, 3), rule=rule) for c in classes}
    write_manifest(out, manifest(branches, thresholds))


def origin(report: LabelReport | None, data: Path) -> dict[str, str]:
    """What the doors were learned from, by its hash."""
    if report is None:
        return {"doordetect": fingerprint(data / "doordetect")}
    return {f"labels {report.revision}": report.digest}


def judged(
    detector: Objects, classes: Sequence[str], photos: Sequence[LabelledPhoto]
) -> tuple[Any, Any, int]:
    """Scores (n,), right (n,) of all boxes of `classes` found in `photos`; number of true boxes."""
    pairs = []
    total = 0
    for photo in track(photos, description="calibrate", transient=True):
        pixels = cv2.cvtColor(np.asarray(cv2.imread(str(photo.path))), cv2.COLOR_BGR2RGB)
        found = [d for d in detector.detect(np.asarray(pixels, np.uint8)) if d.label in classes]
        truths = [b for b in photo.boxes if b.label in classes and not b.crowd]
        pairs += match(found, truths)
        total += len(truths)
    scores = np.array([score for score, _ in pairs]).clip(1e-6, 1 - 1e-6)
    right = np.array([flag for _, flag in pairs])
    return scores, right, total
