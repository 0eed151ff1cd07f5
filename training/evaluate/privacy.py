"""How well people are hidden: `homelens evaluate privacy COCO_JSON IMAGES`.

    figures = evaluate_privacy(coco_json, images)

Each photo goes through the code that makes the shareable copy (blur, both passes), and the pixels
it redacted are compared with the true outlines. A person counts as hidden from 90% of the outline
on. Where no copy is made nobody is shown, yet people count by what was redacted, and the share of
such photos is a figure of its own: withholding everything would otherwise look perfect.

`privacy.hidden` is over people of at least 0.1% of the photo, and by size: small to 1%, medium to
10%, large. Crowd annotations cover people and the gaps between them: they are no persons here,
but the mean share of their area that is hidden is given as `privacy.crowd_area`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.console import track
from training.evaluate.people_masks import Mask, PeoplePhoto, read_people
from training.figures import Figure, share
from training.intervals import clustered_share, statistic_interval
from vision.bundle import models_folder
from vision.errors import DataError
from vision.finders import PersonFinder, shipped_finder
from vision.photo import decode
from vision.policy import Policy
from vision.privacy import hide
from vision.redact import full_mask

HIDDEN_FROM = 0.9
"""Share of a person's outline that must be redacted."""

SMALLEST = 0.001
"""Share of the photo below which a person is not counted: 18 pixels square in a VGA photo."""

BANDS = {"small": (SMALLEST, 0.01), "medium": (0.01, 0.1), "large": (0.1, 1.01)}
"""Size as a share of the photo, from (included) and to (excluded)."""


@dataclass(frozen=True)
class Judged:
    """One photo: (size, share redacted) of each counted person, as shares of photo and person;
    shares redacted of crowds; of the photo outside people; whether anybody is in it at all."""

    people: tuple[tuple[float, float], ...]
    crowds: tuple[float, ...]
    outside: float
    anybody: bool
    copied: bool


def evaluate_privacy(
    coco_json: Path, images: Path, finder: PersonFinder | None = None
) -> list[Figure]:
    """All figures of a COCO file; `finder` defaults to the shipped one. Raises DataError."""
    finder = finder or shipped_finder(models_folder())
    photos = read_people(coco_json, images)
    return figures_of([judge(photo, finder) for photo in track(photos, "hiding people")])


def judge(photo: PeoplePhoto, finder: PersonFinder) -> Judged:
    """Redact one photo as the safe copy does, and compare."""
    pixels = decode(photo.path.read_bytes(), analysis_side=None).pixels
    if pixels.shape[:2] != (photo.height, photo.width):
        raise DataError(
            f"{photo.path.name} is {pixels.shape[1]} × {pixels.shape[0]}, "
            f"its annotations are for {photo.width} × {photo.height}"
        )
    done = hide(pixels, Policy.BLUR, finder)
    return compare(photo, full_mask(done.mask, pixels.shape[:2]), done.jpeg is not None)


def compare(photo: PeoplePhoto, redacted: Mask, copied: bool) -> Judged:
    """The photo's people against the (height, width) of what was redacted."""
    people, crowds = [], []
    anybody = np.zeros_like(redacted)
    for person in photo.people:
        true = person.mask(photo.width, photo.height)
        area = int(true.sum())
        anybody |= true
        if not area:
            continue
        hidden = int((true & redacted).sum()) / area
        if person.crowd:
            crowds.append(hidden)
        elif area >= SMALLEST * true.size:
            people.append((area / true.size, hidden))
    return Judged(
        people=tuple(people),
        crowds=tuple(crowds),
        outside=float((redacted & ~anybody).mean()),
        anybody=bool(photo.people),
        copied=copied,
    )


def figures_of(judged: Sequence[Judged]) -> list[Figure]:
    """The figures in their one form; what the photos hold none of is left out.

    People of one photo are seen or missed together: their intervals resample photos.
    """
    cases = [
        (size, hidden >= HIDDEN_FROM, str(number))
        for number, photo in enumerate(judged)
        for size, hidden in photo.people
    ]
    figures = hidden_share("privacy.hidden", [(hit, photo) for _, hit, photo in cases])
    for band, (low, high) in BANDS.items():
        within = [(hit, photo) for size, hit, photo in cases if low <= size < high]
        figures += hidden_share(f"privacy.hidden.{band}", within)
    peopled = [photo for photo in judged if photo.people]
    if peopled:
        leaky = sum(any(h < HIDDEN_FROM for _, h in photo.people) for photo in peopled)
        figures.append(share("privacy.leaky_images", leaky, len(peopled)))
        withheld = sum(not photo.copied for photo in peopled)
        figures.append(share("privacy.no_copy", withheld, len(peopled)))
    figures += mean_share("privacy.crowd_area", [c for photo in judged for c in photo.crowds])
    figures += mean_share("privacy.false_area", [p.outside for p in judged if not p.anybody])
    figures += mean_share("privacy.excess_area", [p.outside for p in judged if p.anybody])
    return figures


def hidden_share(name: str, cases: Iterable[tuple[bool, str]]) -> list[Figure]:
    """The share of (hidden, photo) that are hidden, or nothing where there is none."""
    listed = list(cases)
    if not listed:
        return []
    hits = [hit for hit, _ in listed]
    low, high = clustered_share(hits, [photo for _, photo in listed])
    value = sum(hits) / len(hits)
    return [Figure(name=name, value=value, low=low, high=high, n=len(hits), unit="share")]


def mean_share(name: str, values: Sequence[float]) -> list[Figure]:
    """The mean over photos (or crowds), or nothing where there is none."""
    if not values:
        return []
    low, high = statistic_interval(values, lambda drawn: np.asarray(drawn.mean(axis=-1)))
    value = float(np.mean(values))
    return [Figure(name=name, value=value, low=low, high=high, n=len(values), unit="share")]
