"""The room classifier's photos: where they come from, how they are split, what is left out.

    samples = collect(data)
    parts = assign(samples, params)         # name of a part for each sample
    write_test_folders(samples, parts, out)

Sources are kept apart by name, so that a figure can be given for each; whole houses and groups of
near-duplicates stay on one side.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from training.evaluate.labelled import read_coco
from training.splits import fresh_link, groups
from vision.errors import DataError

TYPES = (
    "bathroom", "bedroom", "dining_room", "entrance_hall",
    "exterior", "kitchen", "living_room", "other",
)  # fmt: skip
LISTING_TYPES = {
    "bathroom": "bathroom",
    "bedroom": "bedroom",
    "frontal": "exterior",
    "kitchen": "kitchen",
}
INDOOR_COCO = (
    "bed", "couch", "chair", "dining table", "toilet", "sink", "oven", "microwave",
    "refrigerator", "tv", "potted plant", "book", "vase", "clock", "bowl", "cup", "bottle",
)  # fmt: skip
"""A COCO photo with one of these may show a room; one with none is taken for "other"."""


@dataclass(frozen=True)
class Sample:
    """One labelled photo; `group` stays on one side of every split."""

    path: Path
    room: str
    source: str
    group: str


def collect(data: Path) -> list[Sample]:
    """All labelled photos under `data` (layout of the data sheet). Raises DataError."""
    samples = []
    for source, pattern in (
        ("places", "places/*/*"),
        ("rooms", "exterior/*"),
        ("rooms", "other/*"),
    ):
        paths = sorted((data / "rooms").glob(pattern))
        for group in groups(paths):
            name = f"{source}/{group[0].name}"
            samples += [Sample(path, path.parent.name, source, name) for path in group]
    samples += _listings(data / "listings")
    coco = read_coco(data / "coco" / "train.json", data / "coco" / "train")
    samples += [
        Sample(photo.path, "other", "coco", photo.path.name)
        for photo in coco.photos
        if not any(box.label in INDOOR_COCO and not box.crowd for box in photo.boxes)
    ]
    for name in ("ccp", "humanseg"):
        photos = sorted((data / "people" / name).glob("*.jpg"))[:120]
        samples += [Sample(path, "other", "people", path.name) for path in photos]
    if unknown := {sample.room for sample in samples} - set(TYPES):
        raise DataError(f"unknown room folders {sorted(unknown)}", accepted=", ".join(TYPES))
    return samples


def _listings(folder: Path) -> list[Sample]:
    paths = [path for name in LISTING_TYPES for path in sorted(folder.glob(f"*/{name}.jpg"))]
    house_of = {path.parent.name: path.parent.name for path in paths}
    for group in groups(paths, same_bits=2):
        # Two houses that show the same photo count as one.
        names = sorted({house_of[path.parent.name] for path in group})
        house_of = {h: names[0] if house in names else house for h, house in house_of.items()}
    return [
        Sample(path, LISTING_TYPES[path.stem], "listings", house_of[path.parent.name])
        for path in paths
    ]


def assign(samples: Sequence[Sample], shares: Mapping[str, Mapping[str, float]]) -> list[str]:
    """A part (train, val, test) for each sample: `shares[source]` gives those of val and test.

    The part follows from the group's name alone; a source without shares is for training only.
    """
    parts = []
    for sample in samples:
        share = shares.get(sample.source, {})
        drawn = int(hashlib.sha256(sample.group.encode()).hexdigest()[:8], 16) / 2**32
        test, val = share.get("test", 0.0), share.get("val", 0.0)
        parts.append("test" if drawn < test else "val" if drawn < test + val else "train")
    return parts


def write_test_folders(samples: Sequence[Sample], parts: Sequence[str], out: Path) -> None:
    """Links to the photos of the test part, as the evaluate commands take them.

    `out`/places, listings, both (these two) and all (with exterior and other) hold a folder per
    room type; `out`/homes has the layout of listings.
    """
    shutil.rmtree(out, ignore_errors=True)
    for sample, part in zip(samples, parts, strict=True):
        if part != "test":
            continue
        name = f"{sample.source}-{sample.path.parent.name}-{sample.path.name}"
        folders = ["all"] if sample.source == "rooms" else ["all", "both", sample.source]
        for folder in folders:
            fresh_link(out / folder / sample.room / name, sample.path)
        if sample.source == "listings":
            house = sample.path.parent
            fresh_link(out / "homes" / house.name / sample.path.name, sample.path)
            homes = out / "homes" / "homes.json"
            if not homes.exists():
                homes.write_text(json.dumps(json.loads((house.parent / "homes.json").read_text())))


def pictures(samples: Sequence[Sample], side: int) -> NDArray[np.uint8]:
    """All photos stretched to (n, side, side, 3) RGB, as the model sees them."""
    stack = np.empty((len(samples), side, side, 3), np.uint8)
    for index, sample in enumerate(track(samples, description="read photos", transient=True)):
        pixels = cv2.imread(str(sample.path), cv2.IMREAD_COLOR)
        if pixels is None:
            raise DataError(f"{sample.path} cannot be read")
        how = cv2.INTER_AREA if pixels.shape[1] > side else cv2.INTER_LINEAR
        stack[index] = cv2.cvtColor(
            cv2.resize(pixels, (side, side), interpolation=how), cv2.COLOR_BGR2RGB
        )
    return stack
