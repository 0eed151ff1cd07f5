"""How often the checklist is exactly right, over every home and every subset of its photos.

    homelens evaluate listings listings       # listings/<house>/kitchen.jpg …, homes.json

    cases = compare(listing, findings, refused, rules)      # pure, one case for each subset
    figures = score(cases)                                  # pure

A photo's file name is its label (`frontal` is the exterior). A case is one home with one non-empty
subset of its photos, as if the seller had sent no others; it is right when for every labelled room
type the checklist counts as many photos (at most as many as it needs) and misses as many as there
are by the labels. Photos are looked at once; homes are resampled for the interval.
"""

import itertools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from training.console import note, some, track
from training.figures import Figure
from training.intervals import clustered_share
from vision.checker import PhotoChecker
from vision.completeness import assess
from vision.duplicates import mark_duplicates
from vision.errors import DataError, HomeError, PhotoError
from vision.findings import PhotoFindings, RefusedPhoto
from vision.home import Home, make_home
from vision.report import Report
from vision.rules import Rules, load_rules

LABELS = {
    "bathroom": "bathroom",
    "bedroom": "bedroom",
    "frontal": "exterior",
    "kitchen": "kitchen",
}
"""File name without suffix to the room type that it stands for."""


@dataclass(frozen=True)
class Listing:
    """A home and its photos by room type."""

    name: str
    home: Home
    photos: Mapping[str, Path]


@dataclass(frozen=True)
class Case:
    """One subset of a home's photos; `wrong` says per failed room type what was counted."""

    home: str
    photos: int
    wrong: tuple[str, ...]


class _Row(BaseModel):
    house: int | str
    bedrooms: int = Field(ge=0)
    bathrooms: float = Field(ge=0)


def read_listings(folder: Path) -> list[Listing]:
    """The homes that have a folder, sorted by name. Raises DataError for another layout."""
    homes = _homes(folder / "homes.json")
    folders = sorted(
        (p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")),
        key=lambda path: (len(path.name), path.name),
    )
    if not folders:
        raise DataError(f"{folder} holds no home", accepted="a folder for each home")
    listings = []
    for place in folders:
        if place.name not in homes:
            raise DataError(f"{place} is not in homes.json", accepted="a row for each folder")
        photos: dict[str, Path] = {}
        for path in sorted(p for p in place.iterdir() if not p.name.startswith(".")):
            room = LABELS.get(path.stem)
            if room is None or not path.is_file() or room in photos:
                raise DataError(
                    f"{path} is not one photo of a known room",
                    accepted=", ".join(f"one {name}.jpg" for name in LABELS),
                )
            photos[room] = path
        if not photos:
            raise DataError(f"{place} holds no photo")
        listings.append(Listing(place.name, homes[place.name], photos))
    return listings


def _homes(file: Path) -> dict[str, Home]:
    accepted = '[{"house": 1, "bedrooms": 3, "bathrooms": 2.5}, …]'
    if not file.is_file():
        raise DataError(f"{file} is missing", accepted=accepted)
    try:
        rows = TypeAdapter(list[_Row]).validate_python(json.loads(file.read_bytes()))
    except (ValidationError, ValueError) as error:
        raise DataError(f"{file}: {error}", accepted=accepted) from error
    homes: dict[str, Home] = {}
    for row in rows:
        name = str(row.house)
        if name in homes:
            raise DataError(f"{file} has house {name} twice")
        try:
            homes[name] = make_home(
                {"type": "house", "bedrooms": row.bedrooms, "bathrooms": row.bathrooms}
            )
        except HomeError as error:
            raise DataError(f"{file}: house {name}: {error}") from error
    return homes


def subsets(rooms: Sequence[str]) -> list[tuple[str, ...]]:
    """Every non-empty subset, small ones first."""
    sizes = range(1, len(rooms) + 1)
    return [part for size in sizes for part in itertools.combinations(rooms, size)]


def differences(report: Report, shown: Sequence[str], labelled: Sequence[str]) -> list[str]:
    """What the checklist counts wrongly, given the room types that the photos show by label.

    `labelled` are the room types that labels exist for; lines on others are not judged.
    """
    wrong = []
    for line in report.lines:
        if line.room not in labelled:
            continue
        truth, counted = min(shown.count(line.room), line.need), min(line.have, line.need)
        if counted != truth:
            wrong.append(f"{line.room} {counted} of {line.need} instead of {truth}")
    return wrong


def compare(
    listing: Listing,
    findings: Mapping[str, PhotoFindings],
    refused: Mapping[str, RefusedPhoto],
    rules: Rules,
) -> list[Case]:
    """All cases of one home. `findings` and `refused` are by room type, together all photos.

    Near-duplicates are looked for within the subset alone, as if the others had not been sent.
    """
    cases = []
    for chosen in subsets(list(listing.photos)):
        sent = [findings[room] for room in chosen if room in findings]
        unread = [refused[room] for room in chosen if room in refused]
        photos = mark_duplicates(sent, rules.quality)
        report = assess(photos, unread, listing.home, rules)
        wrong = differences(report, chosen, list(LABELS.values()))
        cases.append(Case(listing.name, len(chosen), tuple(wrong)))
    return cases


def score(cases: Sequence[Case]) -> list[Figure]:
    """listings.exact, and listings.exact.<k> for the subsets of k photos."""
    figures = [_exact("listings.exact", cases)]
    for size in sorted({case.photos for case in cases}):
        of_size = [case for case in cases if case.photos == size]
        figures.append(_exact(f"listings.exact.{size}", of_size))
    return figures


def _exact(name: str, cases: Sequence[Case]) -> Figure:
    right = [not case.wrong for case in cases]
    low, high = clustered_share(right, [case.home for case in cases])
    value = sum(right) / len(right)
    return Figure(name=name, value=value, low=low, high=high, n=len(right), unit="share of cases")


def remarks(cases: Sequence[Case]) -> list[str]:
    """The most common failures in words, and the homes that they come from."""
    counted = Counter(wrong for case in cases for wrong in case.wrong)
    lines = [f"{count} cases: {wrong}" for wrong, count in counted.most_common(10)]
    homes = Counter(case.home for case in cases if case.wrong)
    if homes:
        worst = [f"{home} ({count})" for home, count in homes.most_common()]
        lines.append(f"homes with a wrong case: {some(worst, 20)}")
    return lines


def look(
    listing: Listing, checker: PhotoChecker, rules: Rules
) -> tuple[dict[str, PhotoFindings], dict[str, RefusedPhoto]]:
    """Findings by room type of the home's photos, and the photos that could not be read."""
    found: dict[str, PhotoFindings] = {}
    refused: dict[str, RefusedPhoto] = {}
    for room, path in listing.photos.items():
        try:
            found[room] = checker.look(path.name, path.read_bytes(), rules)
        except PhotoError as error:
            note(f"{path} counts for nothing: {error}")
            refused[room] = RefusedPhoto(id=path.name, code=error.code, message=str(error))
    return found, refused


def evaluate_listings(folder: Path, checker: PhotoChecker) -> list[Figure]:
    """Every home and subset by the default rules; names the most common failures. DataError."""
    rules = load_rules("default")
    cases: list[Case] = []
    for listing in track(read_listings(folder), "looking at homes"):
        cases += compare(listing, *look(listing, checker, rules), rules)
    for line in remarks(cases):
        note(line)
    return score(cases)
