"""Where people are in a picture: one protocol, several ways of looking, and their union.

    finder = shipped_finder(models_folder())
    found = finder.find(pixels)             # pixels (H, W, 3) uint8 RGB upright
    found.mask, found.people

A finder is a `PersonFinder`; `Outlines` takes masks from the people bundle, `Boxes` the boxes of
the objects bundle, `Tiled` looks at overlapping parts of the picture with another finder, `Union`
takes what any of several found, and `WhenFound` asks the dear ones only where a cheap one saw
somebody. A second detector or a check for faces is one more class with the same `find`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from pydantic import Field, ValidationError

from vision.bundle import read_manifest
from vision.errors import BundleUnsuitable
from vision.findings import Detection, Frozen
from vision.objects import Objects
from vision.people import Mask, People, PersonMask, Pixels

PERSON = "person"


@dataclass(frozen=True)
class PeopleMask:
    """`mask` (H, W) is what to hide; `people` what was found, without the margin around it."""

    mask: Mask
    people: tuple[PersonMask, ...]

    @property
    def boxes(self) -> tuple[Detection, ...]:
        """One box for each find; two ways of looking give two boxes for one person."""
        return tuple(person.box for person in self.people)


class PersonFinder(Protocol):
    """Something that finds people. `models` names each model it runs with its file's sha256."""

    @property
    def name(self) -> str:
        """What it is, with its thresholds: goes into the receipt."""

    @property
    def models(self) -> Mapping[str, str]:
        """Bundle name to sha256 of its model."""

    def find(self, pixels: Pixels) -> PeopleMask:
        """People in an (H, W, 3) uint8 RGB upright picture."""


class PrivacySettings(Frozen):
    """Scores from which a find counts, and margins as shares of the square root of its box's area.

    Chosen by the rule of training/choose_privacy.py and kept in the people bundle's manifest.
    """

    box_score: float = Field(ge=0, le=1)
    box_margin: float = Field(ge=0, le=1)
    mask_score: float = Field(ge=0, le=1)
    mask_margin: float = Field(ge=0, le=1)


@dataclass(frozen=True)
class Outlines:
    """People's outlines, widened by `margin`, from the people bundle."""

    finder: People
    score_from: float
    margin: float

    @property
    def name(self) -> str:
        """Outlines with score and margin."""
        return f"outlines(score {self.score_from:g}, margin {self.margin:g})"

    @property
    def models(self) -> Mapping[str, str]:
        """The people bundle."""
        return {"people": self.finder.sha256}

    def find(self, pixels: Pixels) -> PeopleMask:
        """An outline that came out empty is replaced by its whole box."""
        people = tuple(
            person
            if person.mask.any()
            else PersonMask(person.box, np.ones_like(person.mask), person.left, person.top)
            for person in self.finder.find(pixels, self.score_from)
        )
        return PeopleMask(hidden(people, self.margin, pixels.shape[:2]), people)


class Detector(Protocol):
    """What `Boxes` asks: an `Objects`, or what one remembers of a picture."""

    @property
    def sha256(self) -> str:
        """The model's."""

    def detect(
        self, pixels: Pixels, *, floor: Mapping[str, float] | None = None
    ) -> tuple[Detection, ...]:
        """See `Objects.detect`."""


@dataclass(frozen=True)
class Boxes:
    """The person boxes of the objects bundle, widened by `margin`."""

    finder: Detector
    score_from: float
    margin: float

    @property
    def name(self) -> str:
        """Boxes with score and margin."""
        return f"boxes(score {self.score_from:g}, margin {self.margin:g})"

    @property
    def models(self) -> Mapping[str, str]:
        """The objects bundle."""
        return {"objects": self.finder.sha256}

    def find(self, pixels: Pixels) -> PeopleMask:
        """Every find is its whole box."""
        height, width = pixels.shape[:2]
        found = self.finder.detect(pixels, floor={PERSON: self.score_from})
        people = tuple(boxed(box, width, height) for box in found if box.label == PERSON)
        return PeopleMask(hidden(people, self.margin, (height, width)), people)


@dataclass(frozen=True)
class Tiled:
    """Another finder on `columns` × `rows` overlapping parts, for people who are small.

    `overlap` is the share of a part that it has in common with its neighbour. People who are
    larger than a part are seen in pieces: use it beside the same finder on the whole picture.
    """

    finder: PersonFinder
    columns: int = 2
    rows: int = 2
    overlap: float = 0.25

    @property
    def name(self) -> str:
        """The finder's name with the tiles."""
        return f"tiles({self.columns}x{self.rows}, overlap {self.overlap:g}: {self.finder.name})"

    @property
    def models(self) -> Mapping[str, str]:
        """Those of the finder."""
        return self.finder.models

    def find(self, pixels: Pixels) -> PeopleMask:
        """What the finder finds on any part, in the whole picture's coordinates."""
        height, width = pixels.shape[:2]
        mask = np.zeros((height, width), np.bool_)
        people: list[PersonMask] = []
        for top, bottom in spans(height, self.rows, self.overlap):
            for left, right in spans(width, self.columns, self.overlap):
                part = self.finder.find(np.ascontiguousarray(pixels[top:bottom, left:right]))
                mask[top:bottom, left:right] |= part.mask
                people += [
                    moved(p, left, top, (right - left, bottom - top), (width, height))
                    for p in part.people
                ]
        return PeopleMask(mask, tuple(people))


@dataclass(frozen=True)
class Union:
    """What any of the finders found."""

    finders: tuple[PersonFinder, ...]

    @property
    def name(self) -> str:
        """All names."""
        return " + ".join(finder.name for finder in self.finders)

    @property
    def models(self) -> Mapping[str, str]:
        """All models."""
        return {name: sha for finder in self.finders for name, sha in finder.models.items()}

    def find(self, pixels: Pixels) -> PeopleMask:
        """The finders' masks laid over each other; every find is kept."""
        return together([finder.find(pixels) for finder in self.finders], pixels)


@dataclass(frozen=True)
class WhenFound:
    """`then` looks only where `first` saw somebody: a picture without people costs one look."""

    first: PersonFinder
    then: PersonFinder

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.first.name}, then {self.then.name}"

    @property
    def models(self) -> Mapping[str, str]:
        """Those of both."""
        return {**self.first.models, **self.then.models}

    def find(self, pixels: Pixels) -> PeopleMask:
        """What both found."""
        seen = self.first.find(pixels)
        return together([seen, self.then.find(pixels)], pixels) if seen.people else seen


def default_finder(objects: Detector, people: People, settings: PrivacySettings) -> PersonFinder:
    """Boxes, and where there are any outlines too."""
    return WhenFound(
        Boxes(objects, settings.box_score, settings.box_margin),
        Outlines(people, settings.mask_score, settings.mask_margin),
    )


def shipped_finder(models: Path, threads: int | None = None) -> PersonFinder:
    """The default finder from a folder with the bundles objects and people. Raises BundleError."""
    objects = Objects.load(models / "objects", threads)
    people = People.load(models / "people", threads)
    return default_finder(objects, people, read_settings(models / "people"))


def read_settings(folder: Path) -> PrivacySettings:
    """The settings that the people bundle's manifest carries. Raises BundleError."""
    try:
        return PrivacySettings.model_validate(read_manifest(folder).extra.get("privacy"))
    except ValidationError as error:
        raise BundleUnsuitable(
            f"the manifest in {folder} has no valid extra.privacy",
            accepted="box_score, box_margin, mask_score and mask_margin, each 0–1",
            do="run training/choose_privacy.py",
        ) from error


def together(parts: list[PeopleMask], pixels: Pixels) -> PeopleMask:
    """Several looks at one picture as one."""
    mask = np.zeros(pixels.shape[:2], np.bool_)
    for part in parts:
        mask |= part.mask
    return PeopleMask(mask, tuple(person for part in parts for person in part.people))


def hidden(people: tuple[PersonMask, ...], margin: float, size: tuple[int, int]) -> Mask:
    """(H, W) of all people, each widened by `margin` × √(its box's area) and at least a pixel.

    A margin of 0 widens nothing.
    """
    height, width = size
    mask = np.zeros((height, width), np.uint8)
    for person in people:
        tall, wide = person.mask.shape
        pad = max(1, round(margin * np.sqrt(tall * wide))) if margin else 0
        inner = person.mask.astype(np.uint8)
        if pad:
            # By distance: a dilation's cost would grow with the square of the margin.
            away = cv2.copyMakeBorder(1 - inner, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=1)
            near = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_5) <= pad
            inner = near.astype(np.uint8)
        left, top = person.left - pad, person.top - pad
        x1, y1 = max(0, left), max(0, top)
        x2, y2 = min(width, left + inner.shape[1]), min(height, top + inner.shape[0])
        mask[y1:y2, x1:x2] |= inner[y1 - top : y2 - top, x1 - left : x2 - left]
    return mask.astype(np.bool_)


def boxed(box: Detection, width: int, height: int) -> PersonMask:
    """A box as a person's mask, rounded outward to whole pixels."""
    left, top = max(0, int(np.floor(box.x1 * width))), max(0, int(np.floor(box.y1 * height)))
    right = min(width, max(left + 1, int(np.ceil(box.x2 * width))))
    bottom = min(height, max(top + 1, int(np.ceil(box.y2 * height))))
    return PersonMask(box, np.ones((bottom - top, right - left), np.bool_), left, top)


def moved(
    person: PersonMask, left: int, top: int, part: tuple[int, int], whole: tuple[int, int]
) -> PersonMask:
    """A person found in a part (width, height) at (left, top), as in the whole (width, height)."""
    box = person.box
    shares = {
        "x1": (left + box.x1 * part[0]) / whole[0],
        "x2": (left + box.x2 * part[0]) / whole[0],
        "y1": (top + box.y1 * part[1]) / whole[1],
        "y2": (top + box.y2 * part[1]) / whole[1],
    }
    return PersonMask(
        box.model_copy(update=shares), person.mask, person.left + left, person.top + top
    )


def spans(length: int, parts: int, overlap: float) -> list[tuple[int, int]]:
    """`parts` equally long (start, stop) that cover 0…length, neighbours sharing `overlap`."""
    size = min(length, int(np.ceil(length / (parts - (parts - 1) * overlap))))
    starts = np.round(np.linspace(0, length - size, parts)).astype(int).tolist()
    return [(start, start + size) for start in starts]
