"""quality.json: what was found in the labels that a model learned from, and what was done.

    write_report(last.parent, LabelReport(…, **found_out(labels, quality, plan)))
    found = read_report(last.parent)              # None where it was trained from a folder
    found.summary()                               # for the bundle's manifest

It names the revision by its digest, so that it can be said of every bundle what it was taught.
"""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from labels.boxes import LabelSet
from labels.correct import Plan
from labels.quality import Quality
from labels.state import Revision
from serving.output import write
from vision.errors import DataError
from vision.findings import Frozen

FILE = "quality.json"

DOUBTFUL = 0.5
"""Probability of being wrong from which a box that was kept is listed."""
ACTIONS = ("move", "relabel", "delete", "add")


class Doubtful(Frozen):
    """A box that is more likely wrong than right, and was kept."""

    image: str
    box: str | None
    label: str
    badly_located: float
    wrong_class: float
    bogus: float


class LabelReport(Frozen):
    """`corrections` counts what was done in the training part, whose `boxes` were labelled.

    `rates` are the shares of these that are estimated right, and wrong in each way, before it;
    `drawing_error` is the labelers' error in box sizes, `overlooked` how many objects are expected
    to lack a box; `mean_weight` says how much of the boxes the model was taught. Labels that were
    taken as they are (not `corrected`) were not judged: nothing of this is known of them.
    """

    revision: str
    digest: str
    withdrawn: bool
    test_set: str | None
    test_digest: str | None
    photos: dict[str, int]
    boxes: int
    corrected: bool
    rates: dict[str, float] = Field(default_factory=dict)
    drawing_error: float | None = None
    overlooked: float | None = None
    corrections: dict[str, int] = Field(default_factory=dict)
    mean_weight: float = 1.0
    doubtful: tuple[Doubtful, ...] = ()
    code: str
    seed: int

    def summary(self) -> dict[str, Any]:
        """All but the single boxes, with the sha256 of the whole."""
        said = self.model_dump(mode="json", exclude={"doubtful"})
        sha256 = hashlib.sha256(as_bytes(self)).hexdigest()
        return {**said, "doubtful": len(self.doubtful), "report_sha256": sha256}


def found_out(labels: LabelSet, quality: Quality, plan: Plan) -> dict[str, Any]:
    """The report's fields that follow from judging and correcting `labels`."""
    deleted = {(c.image, c.place) for c in plan.corrections if c.action == "delete"}
    doubtful = [
        Doubtful(
            image=image.name,
            box=box.id,
            label=box.label,
            badly_located=round(judged.badly_located, 4),
            wrong_class=round(judged.wrong_class, 4),
            bogus=round(judged.bogus, 4),
        )
        for image in labels.images
        for place, box in enumerate(image.boxes)
        if (judged := quality.boxes[image.name, place]).wrong >= DOUBTFUL
        and (image.name, place) not in deleted
    ]
    counted: Counter[str] = Counter(correction.action for correction in plan.corrections)
    every = [weight for one in plan.weights.values() for weight in one]
    return {
        "boxes": sum(len(image.boxes) for image in labels.images),
        "rates": {kind: round(share, 4) for kind, share in quality.rates.items()},
        "drawing_error": round(plan.drawing_error, 4),
        "overlooked": round(sum(one.probability for one in quality.overlooked), 1),
        "corrections": {action: counted[action] for action in ACTIONS},
        "mean_weight": round(sum(every) / max(1, len(every)), 4),
        "doubtful": tuple(sorted(doubtful, key=lambda one: -sum_of(one))),
    }


def sum_of(one: Doubtful) -> float:
    """The probability that the box is wrong in any way."""
    return one.badly_located + one.wrong_class + one.bogus


def revision_fields(revision: Revision, test: Revision | None) -> dict[str, Any]:
    """The report's fields that name what was trained on."""
    return {
        "revision": revision.name,
        "digest": revision.digest,
        "test_set": test and test.name,
        "test_digest": test and test.digest,
    }


def as_bytes(report: LabelReport) -> bytes:
    """The file's content."""
    return (report.model_dump_json(indent=1) + "\n").encode()


def write_report(folder: Path, report: LabelReport) -> None:
    """Into the checkpoint's folder, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / FILE, as_bytes(report))


def read_report(folder: Path) -> LabelReport | None:
    """The report beside a checkpoint; None where there is none. Raises DataError."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        return LabelReport.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise DataError(
            f"{path} is no quality report: {error}", do="train again with --fresh"
        ) from error
