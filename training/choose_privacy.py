"""Chooses the privacy finder's scores and margins, and writes them into the people bundle.

    python -m training.choose_privacy DATA/coco/train.json DATA/coco/train --figures FILE

Rule: of all combinations in GRID, those that redact at most FALSE_AREA of the photos without
people and at most EXCESS_AREA of what is not a person in the photos with people; of these the one
that hides the most people of at least 0.1% of the photo; of equals the one with the least excess.
The photos must be others than those that the figures are reported on.
"""

import argparse
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.console import note, track
from training.evaluate.people_masks import Mask, PeoplePhoto, read_people
from training.evaluate.privacy import HIDDEN_FROM, SMALLEST
from training.manifests import fingerprint, write_manifest
from vision.bundle import models_folder, read_manifest
from vision.finders import PERSON, PrivacySettings, boxed, hidden
from vision.objects import Objects
from vision.people import People, PersonMask
from vision.photo import decode
from vision.privacy import small
from vision.redact import full_mask

FALSE_AREA = 0.0075
"""Mean share of the area of photos without people. Less than the most that is wanted (0.01), and
more than the least that is possible on coco/train (0.004: people whom its annotators left out)."""

EXCESS_AREA = 0.16
"""Mean share of the area of photos with people that is redacted and is no person. The least that is
possible on coco/train is 0.12: boxes have corners, and crowds have members without annotation."""

GRID: dict[str, tuple[float, ...]] = {
    "box_score": (0.02, 0.03, 0.05, 0.08, 0.12, 0.2),
    "box_margin": (0.0, 0.03, 0.06, 0.1),
    "mask_score": (0.02, 0.03, 0.05, 0.1, 0.2),
    "mask_margin": (0.03, 0.06, 0.1, 0.15),
}


Shares = npt.NDArray[np.float64]

BOXES = tuple(itertools.product(GRID["box_score"], GRID["box_margin"]))
OUTLINES = tuple(itertools.product(GRID["mask_score"], GRID["mask_margin"]))


@dataclass(frozen=True)
class Looks:
    """What one photo's redaction covers with each of BOXES (axis 0) and OUTLINES (axis 1) together.

    `people` has one array of shares for each counted person; `outside` is the share of the photo
    that is redacted and no person; `surest` the score of the surest box.
    """

    people: tuple[Shares, ...]
    outside: Shares
    surest: float
    anybody: bool


def look(photo: PeoplePhoto, objects: Objects, people: People) -> Looks:
    """Run both models once and lay out every setting of GRID."""
    pixels = decode(photo.path.read_bytes(), analysis_side=None).pixels
    view = small(pixels)
    height, width = view.shape[:2]
    floor = {PERSON: min(GRID["box_score"])}
    boxes = [
        boxed(box, width, height)
        for box in objects.detect(view, floor=floor)
        if box.label == PERSON
    ]
    outlines = people.find(view, min(GRID["mask_score"]))
    true = [(p.mask(photo.width, photo.height), p.crowd) for p in photo.people]
    counted = [m for m, crowd in true if not crowd and m.sum() >= SMALLEST * m.size]
    nobody = ~np.logical_or.reduce([m for m, _ in true] or [np.zeros(pixels.shape[:2], bool)])
    size = pixels.shape[:2]

    def areas(found: Sequence[PersonMask], settings: Sequence[tuple[float, float]]) -> list[Mask]:
        """The redacted pixels with each (score, margin)."""
        return [
            full_mask(
                hidden(
                    tuple(with_area(p) for p in found if p.box.score >= score),
                    margin,
                    (height, width),
                ),
                size,
            )
            for score, margin in settings
        ]

    boxed_areas, outlined = areas(boxes, BOXES), areas(outlines, OUTLINES)

    def shares(where: Mask, whole: int) -> Shares:
        """Redacted pixels within `where`, as a share of `whole`."""
        first, second = [a[where] for a in boxed_areas], [a[where] for a in outlined]
        return np.array([[np.count_nonzero(a | b) / whole for b in second] for a in first])

    return Looks(
        people=tuple(shares(mask, int(mask.sum())) for mask in counted),
        outside=shares(nobody, nobody.size),
        surest=max((p.box.score for p in boxes), default=0.0),
        anybody=bool(photo.people),
    )


def with_area(person: PersonMask) -> PersonMask:
    """An empty outline is its box, as in vision.finders.Outlines."""
    if person.mask.any():
        return person
    return PersonMask(person.box, np.ones_like(person.mask), person.left, person.top)


def measure(looks: Sequence[Looks], settings: PrivacySettings) -> dict[str, float]:
    """Hidden share, mean false and excess area of one combination."""
    at = (
        BOXES.index((settings.box_score, settings.box_margin)),
        OUTLINES.index((settings.mask_score, settings.mask_margin)),
    )
    hits: list[bool] = []
    false: list[float] = []
    excess: list[float] = []
    for photo in looks:
        # Nothing is redacted, and no outline looked for, where no box was found.
        seen = photo.surest >= settings.box_score
        hits += [bool(seen and person[at] >= HIDDEN_FROM) for person in photo.people]
        (excess if photo.anybody else false).append(float(photo.outside[at]) if seen else 0.0)
    return {
        "hidden": float(np.mean(hits)),
        "false_area": float(np.mean(false)),
        "excess_area": float(np.mean(excess)),
        "people": len(hits),
    }


def choose(looks: Sequence[Looks]) -> tuple[PrivacySettings, list[dict[str, Any]]]:
    """The settings by the rule above, and every combination with its figures."""
    tried = []
    for values in itertools.product(*GRID.values()):
        settings = PrivacySettings(**dict(zip(GRID, values, strict=True)))
        tried.append({**settings.model_dump(), **measure(looks, settings)})
    fit = [
        row
        for row in tried
        if row["false_area"] <= FALSE_AREA and row["excess_area"] <= EXCESS_AREA
    ]
    if not fit:
        least = min(tried, key=lambda row: row["false_area"])
        raise ValueError(f"no combination keeps the limits on area; least false area: {least}")
    best = max(fit, key=lambda row: (row["hidden"], -row["excess_area"]))
    return PrivacySettings(**{name: best[name] for name in GRID}), tried


def main(arguments: Sequence[str] | None = None) -> None:
    """Choose and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("coco_json", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--models", type=Path, default=models_folder())
    parser.add_argument("--figures", type=Path, help="every combination, as JSON")
    given = parser.parse_args(arguments)
    folder = given.models / "people"
    objects, people = Objects.load(given.models / "objects"), People.load(folder)
    photos = read_people(given.coco_json, given.images)
    looks = [look(photo, objects, people) for photo in track(photos, "looking for people")]
    settings, tried = choose(looks)
    manifest = read_manifest(folder)
    chosen = {**settings.model_dump(), "chosen_on": fingerprint(given.coco_json, given.images)}
    write_manifest(
        folder,
        manifest.model_copy(
            update={
                "extra": {**manifest.extra, "privacy": settings.model_dump()},
                "parameters": {
                    **manifest.parameters,
                    "privacy_rule": {"false_area": FALSE_AREA, "excess_area": EXCESS_AREA},
                    "privacy_chosen_on": chosen["chosen_on"],
                    "privacy_objects": objects.sha256,
                },
            }
        ),
    )
    if given.figures:
        given.figures.write_text(json.dumps({"chosen": chosen, "tried": tried}, indent=1) + "\n")
    note(f"chosen: {settings} with {measure(looks, settings)}")


if __name__ == "__main__":
    main()
