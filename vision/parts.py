"""The findings of a photo in parts, so that only what a change affects is looked at again.

    keys = part_keys(checker)
    parts = complete(checker, data, Parts())                # or the parts that are known already
    found = findings_of("a.jpg", sha256, parts, checker, rules)

Three parts need the picture: what is measured on its pixels, what the detector sees, what the room
network says. Each has a key: the hash of all that it depends on. The rest (fusion of rooms and
objects, thresholds, rules) is a little arithmetic and is always done anew. The findings are exactly
those of `PhotoChecker.look`, without the embedding.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vision.bundle import Manifest, read_manifest
from vision.checker import PhotoChecker
from vision.duplicates import phash
from vision.finders import PERSON
from vision.findings import Detection, PhotoFindings
from vision.photo import decode
from vision.quality import Measures, judge, measure
from vision.rules import Rules

PICTURE_VERSION = 1
"""To be raised by one whenever decoding, measures or hashing change what they give."""


@dataclass(frozen=True)
class PixelPart:
    """What decoding and the quality measures give; `width` and `height` at full resolution."""

    format: str
    width: int
    height: int
    phash: str
    measures: Measures


@dataclass(frozen=True)
class RoomPart:
    """The room network's own outputs, before fusion: room logits and orientation logits."""

    logits: tuple[float, ...]
    turns: tuple[float, ...]


@dataclass(frozen=True)
class Parts:
    """What is known of a photo; None is to be looked at. `objects` holds faint ones, too."""

    pixels: PixelPart | None = None
    objects: tuple[Detection, ...] | None = None
    rooms: RoomPart | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the parts that are not known."""
        return tuple(name for name in ("pixels", "objects", "rooms") if getattr(self, name) is None)


@dataclass(frozen=True)
class PartKeys:
    """Hash of all that each part depends on: equal keys and equal bytes give equal parts."""

    pixels: str
    objects: str
    rooms: str


def part_keys(checker: PhotoChecker) -> PartKeys:
    """The keys of the parts that `checker` makes."""
    pixels = digest(PICTURE_VERSION, checker.limits.model_dump(mode="json"))
    objects = read_manifest(Path(checker.models) / "objects")
    rooms = read_manifest(Path(checker.models) / "rooms")
    return PartKeys(
        pixels=pixels,
        objects=digest(
            pixels,
            network(objects),
            {name: threshold.value for name, threshold in objects.thresholds.items()},
            objects.extra["branches"],
            dict(checker.rooms.object_floor),
        ),
        rooms=digest(pixels, network(rooms), rooms.extra["mirrored"]),
    )


def network(manifest: Manifest) -> list[Any]:
    """What a network's raw outputs depend on, besides the picture."""
    return [
        manifest.sha256,
        manifest.input.model_dump(mode="json"),
        list(manifest.outputs),
        list(manifest.classes),
    ]


def digest(*parts: object) -> str:
    """Hash of JSON-able values."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def complete(checker: PhotoChecker, data: bytes, known: Parts) -> Parts:
    """All parts, looking only at those that are not known. Raises PhotoError."""
    if not known.missing:
        return known
    photo = decode(data, checker.limits)
    parts = known
    if parts.pixels is None:
        parts = replace(
            parts,
            pixels=PixelPart(
                format=photo.format,
                width=photo.width,
                height=photo.height,
                phash=phash(photo.pixels),
                measures=measure(photo.pixels),
            ),
        )
    if parts.objects is None:
        faint = checker.objects.detect(photo.pixels, floor=checker.rooms.object_floor)
        parts = replace(parts, objects=faint)
    if parts.rooms is None:
        logits, turns, _ = checker.rooms.raw(photo.pixels)
        room = RoomPart(tuple(map(float, logits)), tuple(map(float, turns)))
        parts = replace(parts, rooms=room)
    return parts


def findings_of(
    photo_id: str, sha256: str, parts: Parts, checker: PhotoChecker, rules: Rules
) -> PhotoFindings:
    """The findings that complete parts amount to. Raises ValueError where a part is missing."""
    if parts.pixels is None or parts.objects is None or parts.rooms is None:
        raise ValueError(f"{', '.join(parts.missing)} of {photo_id} not looked at")
    view = checker.rooms.read(
        np.array(parts.rooms.logits, np.float32),
        np.array(parts.rooms.turns, np.float32),
        np.zeros(1, np.float32),
        parts.objects,
    )
    seen = [d for d in parts.objects if d.score >= checker.objects.thresholds[d.label]]
    pixels = parts.pixels
    return PhotoFindings(
        id=photo_id,
        sha256=sha256,
        format=pixels.format,
        width=pixels.width,
        height=pixels.height,
        rooms=view.rooms,
        objects=tuple(d for d in seen if d.label != PERSON),
        people=tuple(d for d in seen if d.label == PERSON),
        quality=judge(
            pixels.measures,
            pixels.width,
            pixels.height,
            view.rooms,
            view.orientation,
            rules.quality,
        ),
        phash=pixels.phash,
    )
