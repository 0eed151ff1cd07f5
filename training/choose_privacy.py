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

FALSE_AREA = 0.003
"""Mean share of the area of photos without people: a third of the most that is wanted, because
few of the photos that it is chosen on hold nobody."""

EXCESS_AREA = 0.12
"""Mean share of the area of photos with people that is redacted and is no person."""

GRID: dict[str, tuple[float, ...]] = {
    "box_score": (0.02, 0.03, 0.05, 0.08, 0.12, 0.2),
    "box_margin": (0.0, 0.03, 0.06, 0.1),
    "mask_score": (0.02, 0.03, 0.05, 0.1, 0.2),
    "mask_margin": (0.03, 0.06, 0.1, 0.15),
}


@dataclass(frozen=True)
class Looks:
    """One photo's redacted area by setting: (kind, score, margin) to what it covers.

    `people` holds for each counted person the covered pixels as a bool vector over the person's
    own pixels; `outside` the covered pixels that are no person.
    """

    people: tuple[dict[tuple[str, float, float], Mask], ...]
    outside: dict[tuple[str, float, float], Mask]
    seen_from: float
    pixels: int
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
    finds = {"box": boxes, "mask": list(people.find(view, min(GRID["mask_score"])))}
    true = [(p.mask(photo.width, photo.height), p.crowd) for p in photo.people]
    counted = [m for m, crowd in true if not crowd and m.sum() >= SMALLEST * m.size]
    nobody = ~np.logical_or.reduce([m for m, _ in true] or [np.zeros(pixels.shape[:2], bool)])
    covered, outside = [dict[tuple[str, float, float], Mask]() for _ in counted], {}
    for kind, found in finds.items():
        for score, margin in itertools.product(GRID[f"{kind}_score"], GRID[f"{kind}_margin"]):
            kept = tuple(with_area(p) for p in found if p.box.score >= score)
            full = full_mask(hidden(kept, margin, (height, width)), pixels.shape[:2])
            outside[kind, score, margin] = full[nobody]
            for vector, mask in zip(covered, counted, strict=True):
                vector[kind, score, margin] = full[mask]
    surest = max((p.box.score for p in boxes), default=0.0)
    return Looks(tuple(covered), outside, surest, nobody.size, bool(photo.people))


def with_area(person: PersonMask) -> PersonMask:
    """An empty outline is its box, as in vision.finders.Outlines."""
    if person.mask.any():
        return person
    return PersonMask(person.box, np.ones_like(person.mask), person.left, person.top)


def measure(looks: Sequence[Looks], settings: PrivacySettings) -> dict[str, float]:
    """Hidden share, mean false and excess area of one combination."""
    box = ("box", settings.box_score, settings.box_margin)
    mask = ("mask", settings.mask_score, settings.mask_margin)
    hits: list[bool] = []
    false: list[float] = []
    excess: list[float] = []
    for photo in looks:
        # Outlines are looked for only where a box was found.
        both = photo.seen_from >= settings.box_score
        for person in photo.people:
            share = (person[box] | person[mask]).mean() if both else 0.0
            hits.append(bool(share >= HIDDEN_FROM))
        area = (photo.outside[box] | photo.outside[mask]).sum() / photo.pixels if both else 0.0
        (excess if photo.anybody else false).append(area)
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
        raise ValueError("no combination keeps the limits on area")
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
