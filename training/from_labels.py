"""The door branch from the label store: judge, correct, train with weights.

    homelens train objects --labels doors@12 --weights yolo26n.pt
    homelens train objects --labels doors --test-set doors-clean@3 --weights yolo26n.pt

Photos are divided as training/doors.py does. Only the training part is judged and corrected, by
models that never saw the photo that they judge; validation and test part keep the labels that
people gave them. What remains doubtful is taught with less weight. Settings are those of
training/doors.train. Every step is kept in the work folder, so that an interrupted run goes on;
another revision or other parameters need --fresh. What was found out is written to quality.json
beside the checkpoint, from where `homelens export objects` takes it into the bundle's manifest.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labels.boxes import LabelSet
from labels.correct import correct
from labels.store import resolve
from serving.output import write
from training.check_labels import check_labels
from training.console import note
from training.doors import NAMES
from training.figures import code_version
from training.label_report import LabelReport, found_out, revision_fields, write_report
from training.label_sets import Taken, divide, take, write_part
from training.label_sources import stores
from training.manifests import fingerprint
from training.noisy.checkpointed import fit_kept
from training.noisy.folds import examples
from training.noisy.trainer import Recipe
from vision.errors import DataError

ORIGIN = "labels.json"
"""In the work folder: what the run was begun with."""


@dataclass(frozen=True)
class Asked:
    """What the command line asks for: names of sets, as SET or SET@N."""

    labels: str
    test_set: str | None = None
    as_is: bool = False


def train_from_labels(
    asked: Asked, judging: Recipe, work: Path, doors: Mapping[str, Any], seed: int
) -> Path:
    """Train in `work` and return the last checkpoint, quality.json beside it.

    `judging` is how the models that judge are trained, `doors` the section of params.yaml. Raises
    HomelensError.
    """
    run = work / "doors"
    database, files = stores()
    try:
        with database.read() as session:
            revision = resolve(session, asked.labels)
            tested = resolve(session, asked.test_set) if asked.test_set else None
            begin(work, revision_fields(revision, tested), asked, judging, doors, seed)
            if (run / "finished").is_file():
                return run / "weights" / "last.pt"
            taken = take(session, files, revision.name, work / "photos", NAMES)
            test = None
            if tested:
                test = take(session, files, tested.name, work / "test-photos", NAMES)
    finally:
        database.close()

    parts = divide(taken, test, {"test": doors["test"], "val": doors["val"]})
    labels, weights, found = taught(parts["train"], taken, judging, seed, work, asked.as_is)
    for part, drawn in {**parts, "train": labels}.items():
        photos = test.photos if test and part == "test" else taken.photos
        write_part(drawn, photos, work / "data" / part)
    report = LabelReport(
        **revision_fields(revision, tested),
        **found,
        withdrawn=taken.withdrawn,
        photos={part: len(drawn.images) for part, drawn in sorted(parts.items())},
        corrected=not asked.as_is,
        code=code_version(),
        seed=seed,
    )
    write_report(run / "weights", report)
    learned = examples(labels, taken.paths, weights)
    return fit_kept(
        learned, NAMES, recipe_of(doors, judging.weights), seed, run, **settings_of(doors)
    )


def taught(
    train: LabelSet, taken: Taken, judging: Recipe, seed: int, work: Path, as_is: bool
) -> tuple[LabelSet, Mapping[str, tuple[float, ...]], dict[str, Any]]:
    """Labels and weights to train on, and the report's fields about them. Raises DataError."""
    if not any(image.boxes for image in train.images):
        raise DataError(
            f"{taken.revision.name} leaves no boxes to learn from",
            accepted="photos with boxes beside the test and the validation part",
        )
    if as_is:
        weights = {image.name: (1.0,) * len(image.boxes) for image in train.images}
        return train, weights, {"boxes": sum(map(len, weights.values()))}
    checked = check_labels(train, taken.paths, judging, seed, work / "folds")
    plan = correct(train, checked.quality, checked.views)
    found = found_out(train, checked.quality, plan)
    rates = ", ".join(f"{kind} {share:.1%}" for kind, share in found["rates"].items())
    note(f"{found['boxes']} boxes to learn from, estimated: {rates}")
    note(f"corrected: {found['corrections']}")
    return plan.labels, plan.weights, found


def begin(
    work: Path,
    revisions: Mapping[str, Any],
    asked: Asked,
    judging: Recipe,
    doors: Mapping[str, Any],
    seed: int,
) -> None:
    """Note what the run is made from. Raises DataError where the folder holds another one."""
    said = {
        **revisions,
        "as_is": asked.as_is,
        "weights": fingerprint(judging.weights),
        "seed": seed,
        "doors": dict(doors),
        "labels": {"image_size": judging.image_size, "epochs": judging.epochs},
    }
    path = work / ORIGIN
    if path.is_file():
        before = json.loads(path.read_text(encoding="utf-8"))
        other = [name for name in said if said[name] != before.get(name)]
        if other:
            raise DataError(
                f"{work} holds a run that was begun with another {other[0]}: "
                f"{before.get(other[0])}, not {said[other[0]]}",
                do="--fresh forgets it; or name another --work",
            )
        return
    if (work / "doors").exists():
        raise DataError(
            f"{work} holds a run that was begun without --labels",
            do="--fresh forgets it; or name another --work",
        )
    write(path, (json.dumps(said, indent=1) + "\n").encode())


def recipe_of(doors: Mapping[str, Any], weights: Path) -> Recipe:
    """training/doors.train's settings, as far as a recipe says them."""
    return Recipe(
        weights,
        image_size=doors["image_size"],
        epochs=doors["epochs"],
        batch=doors["batch"],
        learning_rate=doors["learning_rate"],
        frozen_layers=doors["shared_layers"],
        close_mosaic=doors["close_mosaic"],
        threads=len(os.sched_getaffinity(0)),
        workers=1,
    )


def settings_of(doors: Mapping[str, Any]) -> dict[str, Any]:
    """The rest of training/doors.train's settings, by ultralytics' names."""
    return {
        "lrf": doors["final_share"],
        "warmup_epochs": doors["warmup_epochs"],
        "scale": doors["scale"],
        "fliplr": doors["fliplr"],
        "degrees": doors["degrees"],
        "nbs": 64,  # ultralytics' own, which training/doors.train leaves as it is
    }
