"""From photos to a report: the main job, in one place.

    checker = PhotoChecker.load()
    report = checker.check({"a.jpg": data}, parse_home("bedrooms=1,bathrooms=1,type=house"),
                           load_rules("default"))
    copy = checker.copy(data, Policy.BLUR)

Every photo is decoded once, reduced; the detector looks for objects and people, the room bundle
says which room it is, and the quality measures say what is wrong. Then near-duplicates are marked
among all photos and the checklist is drawn up. A photo that cannot be read is listed as refused
and stops nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from vision.bundle import Manifest, models_folder
from vision.completeness import Answers, assess
from vision.duplicates import mark_duplicates, phash
from vision.errors import PhotoError
from vision.evidence import natural
from vision.finders import (
    PERSON,
    Detector,
    PersonFinder,
    PrivacySettings,
    default_finder,
    read_settings,
)
from vision.findings import PhotoFindings, RefusedPhoto
from vision.home import Home
from vision.objects import Objects, Remembered
from vision.people import People
from vision.photo import DEFAULT_LIMITS, Limits, Photo, Pixels, decode
from vision.policy import Policy
from vision.privacy import SafeCopy, copy_of, safe_copy, small
from vision.quality import findings
from vision.report import Report
from vision.rooms import Rooms
from vision.rules import Rules
from vision.watch import Watch, unwatched

Source = bytes | Callable[[], bytes]
"""A file's bytes, or a function that reads them and may raise PhotoError."""

Photos = Mapping[str, Source] | Iterable[tuple[str, Source]]
"""Photos by id; functions are called one at a time, so that one photo is in memory."""


@dataclass(frozen=True)
class PhotoChecker:
    """The bundles, ready to be shared by threads; nothing is kept of any photo."""

    models: Path
    objects: Objects
    rooms: Rooms
    threads: int | None = None
    limits: Limits = DEFAULT_LIMITS

    @classmethod
    def load(
        cls,
        models: Path | None = None,
        threads: int | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> "PhotoChecker":
        """Open the bundles in `models` (default: the shipped ones). Raises BundleError."""
        folder = models or models_folder()
        return cls(
            models=folder,
            objects=Objects.load(folder / "objects", threads),
            rooms=Rooms.load(folder / "rooms", threads),
            threads=threads,
            limits=limits,
        )

    def check(
        self,
        photos: Photos,
        home: Home,
        rules: Rules,
        *,
        answers: Answers | None = None,
        progress: Callable[[str], None] = lambda photo_id: None,
    ) -> Report:
        """The report on one listing; `progress` hears of each photo when it is done."""
        found: list[PhotoFindings] = []
        refused: list[RefusedPhoto] = []
        for photo_id, source in photos.items() if isinstance(photos, Mapping) else photos:
            try:
                data = source if isinstance(source, bytes) else source()
                found.append(self.look(photo_id, data, rules))
            except PhotoError as error:
                refused.append(RefusedPhoto(id=photo_id, code=error.code, message=str(error)))
            progress(photo_id)
        found.sort(key=lambda photo: natural(photo.id))  # which twin counts depends on the order
        return assess(mark_duplicates(found, rules.quality), refused, home, rules, answers)

    def look(
        self, photo_id: str, data: bytes, rules: Rules, watch: Watch = unwatched
    ) -> PhotoFindings:
        """All that one photo shows by itself. Raises PhotoError."""
        with watch("decode"):
            photo = decode(data, self.limits)
        return self._findings(photo_id, photo, photo.pixels, self.objects, rules, watch)

    def look_and_copy(
        self,
        photo_id: str,
        data: bytes,
        rules: Rules,
        policy: Policy,
        on_found: Callable[[PhotoFindings], None] = lambda findings: None,
        watch: Watch = unwatched,
    ) -> tuple[PhotoFindings, SafeCopy]:
        """Findings and copy for one decoding and one run of the detector on the photo.

        `on_found` hears of the findings before the copy is made. Raises PhotoError. Findings are
        those of `look`, up to how a photo of more than twice VIEW_SIDE is reduced.
        """
        with watch("decode"):
            photo = decode(data, self.limits, analysis_side=None)
        view = small(photo.pixels)
        seen = Remembered(self.objects, view)
        findings = self._findings(photo_id, photo, view, seen, rules, watch)
        on_found(findings)
        finder = default_finder(seen, self.people, self._privacy)
        return findings, copy_of(photo.pixels, view, photo.sha256, policy, finder, self.limits)

    def _findings(
        self,
        photo_id: str,
        photo: Photo,
        pixels: Pixels,
        objects: Detector,
        rules: Rules,
        watch: Watch,
    ) -> PhotoFindings:
        """What a decoded photo shows; `pixels` is the photo reduced for analysis."""
        # Faint objects are evidence for the room, but are not reported.
        with watch("objects"):
            faint = objects.detect(pixels, floor=self.rooms.object_floor)
        with watch("rooms"):
            view = self.rooms.look(pixels, faint)
        seen = [d for d in faint if d.score >= self.objects.thresholds[d.label]]
        return PhotoFindings(
            id=photo_id,
            sha256=photo.sha256,
            format=photo.format,
            width=photo.width,
            height=photo.height,
            rooms=view.rooms,
            objects=tuple(d for d in seen if d.label != PERSON),
            people=tuple(d for d in seen if d.label == PERSON),
            quality=findings(
                pixels,
                photo.width,
                photo.height,
                view.rooms,
                view.orientation,
                rules.quality,
            ),
            phash=phash(pixels),
            embedding=view.embedding,
        )

    def copy(self, data: bytes, policy: Policy) -> SafeCopy:
        """The shareable copy, or none, with its receipt. Raises BundleError, but no PhotoError."""
        return safe_copy(data, policy, self.finder, self.limits)

    @cached_property
    def people(self) -> People:
        """The people bundle, opened when the first copy is wanted."""
        return People.load(self.models / "people", self.threads)

    @cached_property
    def finder(self) -> PersonFinder:
        """Who looks for people."""
        return default_finder(self.objects, self.people, self._privacy)

    @cached_property
    def _privacy(self) -> PrivacySettings:
        return read_settings(self.models / "people")

    @property
    def versions(self) -> dict[str, str]:
        """Bundle name to the sha256 of its model."""
        return {
            "objects": self.objects.sha256,
            "people": self.people.sha256,
            "rooms": self.rooms.sha256,
        }

    @property
    def running(self) -> tuple[tuple[Manifest, str], ...]:
        """Each bundle's manifest as it was loaded, whatever lies there by now, and its sha256."""
        return tuple(
            (one.manifest, one.manifest_sha256) for one in (self.objects, self.people, self.rooms)
        )

    def open(self) -> None:
        """Open what `load` leaves for the first copy: the people bundle and its settings.

        Raises BundleError.
        """
        _ = self.finder  # kept once it was asked for

    def prove(self) -> None:
        """Run every model once. Raises whatever a model raises that was opened and cannot run.

        The first run costs what any costs (ONNX Runtime without arenas has nothing to warm), so a
        service does this after its start, which it would prolong by a quarter.
        """
        grey = np.full((96, 128, 3), 127, np.uint8)
        self.rooms.look(grey, self.objects.detect(grey))
        self.people.find(grey, 1.0)
