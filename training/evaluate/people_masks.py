"""True people of a COCO file as masks, for judging what a privacy copy hides.

    for photo in read_people(coco_json, images):
        photo.path, [(person.mask(photo), person.crowd) for person in photo.people]

Polygons and run lengths are drawn by pycocotools. An annotation without an outline is its box,
which asks for more than the outline would: the corners must be hidden too.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vision.errors import DataError

Mask = npt.NDArray[np.bool_]

PERSON = "person"


@dataclass(frozen=True)
class TruePerson:
    """One annotation: an outline in COCO's form (polygons, run lengths, or none) and its box."""

    outline: Any
    box: tuple[float, float, float, float]
    crowd: bool

    def mask(self, width: int, height: int) -> Mask:
        """(height, width), drawn into the photo."""
        if self.outline:
            return drawn(self.outline, width, height)
        box = np.zeros((height, width), np.bool_)
        x, y, w, h = self.box
        box[round(y) : round(y + h), round(x) : round(x + w)] = True
        return box


def drawn(outline: Any, width: int, height: int) -> Mask:
    """COCO's polygons, run lengths, or compressed run lengths as (height, width)."""
    import warnings

    from pycocotools import mask as draw

    with warnings.catch_warnings():
        # pycocotools hands over its arrays in a way that NumPy 2 calls deprecated.
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        if isinstance(outline, list):
            runs = draw.merge(draw.frPyObjects(outline, height, width))
        elif isinstance(outline["counts"], list):
            runs = draw.frPyObjects(outline, height, width)
        else:
            runs = outline
        return np.asarray(draw.decode(runs), np.bool_)


@dataclass(frozen=True)
class PeoplePhoto:
    """A photo of the file; width and height in pixels as the file states them."""

    path: Path
    width: int
    height: int
    people: tuple[TruePerson, ...]


def read_people(coco_json: Path, images: Path) -> Sequence[PeoplePhoto]:
    """Every photo of a COCO file with its people, in the file's order. Raises DataError."""
    try:
        content = json.loads(coco_json.read_text(encoding="utf-8"))
        ids = {c["id"] for c in content["categories"] if c["name"] == PERSON}
        people: dict[int, list[TruePerson]] = {image["id"]: [] for image in content["images"]}
        for note in content["annotations"]:
            if note["category_id"] in ids:
                x, y, w, h = map(float, note["bbox"])
                people[note["image_id"]].append(
                    TruePerson(note.get("segmentation"), (x, y, w, h), bool(note.get("iscrowd")))
                )
        photos = [
            PeoplePhoto(
                images / image["file_name"],
                int(image["width"]),
                int(image["height"]),
                tuple(people[image["id"]]),
            )
            for image in content["images"]
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{coco_json} is not a COCO file: {type(error).__name__} {error}",
            accepted="images, annotations and categories as in COCO's instances files",
        ) from error
    if not ids:
        raise DataError(f"{coco_json} has no category {PERSON!r}")
    missing = [photo.path.name for photo in photos if not photo.path.is_file()]
    if missing:
        raise DataError(f"{len(missing)} photos are not in {images}, such as {missing[0]}")
    return photos
