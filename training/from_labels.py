"""The door branch trained from the label store: what is safe is mended, the rest is said.

    described = prepare_revision("doors@3", work, recipe, doors["test"], doors["val"], seed=7)
    last = train(weights, described, work, doors, seed)      # training/doors.py, as without a store

Photos are divided as training/doors.py does. Only the training part is judged, corrected and
trained on; validation and test photos keep the labels that people gave them. What was found out
is written to quality.json, which `homelens export objects` puts into the bundle's manifest.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from labels.boxes import LabelledImage, LabelSet
from labels.correct import Plan, correct
from training.check_labels import check_labels
from training.doors import NAMES
from training.label_sources import set_of
from training.noisy.trainer import Recipe
from training.splits import fresh_link, groups, split
from vision.errors import DataError

TRUSTED = 0.5
"""A box that is trusted less after correction is left out of training: more likely wrong than
right. (Weights below one are measured in training/noisy/; this path writes plain YOLO files.)"""

QUALITY = "quality.json"


def prepare_revision(
    name: str, work: Path, recipe: Recipe, test: int, val: int, seed: int, *, as_is: bool = False
) -> Path:
    """Lay out train, val and test under work/data and write quality.json; gives the data file.

    Raises DataError for a set of other classes, NotFound for an unknown one.
    """
    labels, paths, revision = set_of(name, work)
    if labels.classes != NAMES:
        raise DataError(
            f"{revision} has the classes {', '.join(labels.classes)}", accepted=", ".join(NAMES)
        )
    drawn = {image.name: image for image in labels.images}
    by_path = {path: image for image, path in paths.items()}
    parts = split(groups(sorted(by_path)), {"test": test, "val": val})
    names = {part: [by_path[path] for path in found] for part, found in parts.items()}
    learned = replace(labels, images=tuple(drawn[one] for one in names["train"]))
    told: dict[str, Any] = {
        "revision": revision,
        "digest": digest_of(labels),
        "corrected": not as_is,
    }
    if not as_is:
        checked = check_labels(learned, paths, recipe, seed, work)
        plan = correct(learned, checked.quality, checked.views)
        told |= report(plan, checked.quality.rates)
        drawn |= {image.name: image for image in trusted(plan).images}
    out = work / "data"
    for part, images in names.items():
        for place, image in enumerate(images):
            write(out / part, f"{place:05d}", drawn[image], paths)
        (out / part / "names.txt").write_text("\n".join(NAMES) + "\n")
    told["photos"] = {part: len(images) for part, images in names.items()}
    (work / QUALITY).write_text(json.dumps(told, indent=1))
    described = {"path": str(out.resolve()), **{part: f"{part}/images" for part in names}}
    file = out / "doors.yaml"
    file.write_text(yaml.safe_dump({**described, "names": dict(enumerate(NAMES))}))
    return file


def digest_of(labels: LabelSet) -> str:
    """The revision's own digest."""
    from labels.digest import digest

    return digest(labels)


def report(plan: Plan, rates: Mapping[str, float]) -> dict[str, Any]:
    """What the manifest says of the labels' quality."""
    weights = [weight for one in plan.weights.values() for weight in one]
    return {
        "rates": dict(rates),
        "drawing_error": plan.drawing_error,
        "corrections": Counter(one.action for one in plan.corrections),
        "boxes": len(weights),
        "left_out": sum(weight < TRUSTED for weight in weights),
    }


def trusted(plan: Plan) -> LabelSet:
    """The corrected labels without the boxes that are more likely wrong than right."""
    images = []
    for image in plan.labels.images:
        pairs = zip(image.boxes, plan.weights[image.name], strict=True)
        images.append(replace(image, boxes=tuple(b for b, w in pairs if w >= TRUSTED)))
    return replace(plan.labels, images=tuple(images))


def write(folder: Path, stem: str, image: LabelledImage, paths: Mapping[str, Path]) -> None:
    """One photo and its label file, as ultralytics reads them."""
    path = paths[image.name]
    fresh_link(folder / "images" / f"{stem}{path.suffix}", path)
    lines = [
        f"{NAMES.index(b.label)} {(b.x1 + b.x2) / 2:.8f} {(b.y1 + b.y2) / 2:.8f} "
        f"{b.x2 - b.x1:.8f} {b.y2 - b.y1:.8f}\n"
        for b in image.boxes
    ]
    (folder / "labels").mkdir(parents=True, exist_ok=True)
    (folder / "labels" / f"{stem}.txt").write_text("".join(lines))
