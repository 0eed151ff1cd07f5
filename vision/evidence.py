"""What each photo of a listing counts for, near-duplicates and refused photos left out.

    originals = duplicates(photos, rules)
    judged = judge(photo, originals.get(photo.id), rules, answer=None)
    judged.evidence                   # one room, or two of an open plan

The rules decide from which probability a photo counts; see docs/rules.md.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vision.findings import PhotoFindings, QualityCode
from vision.rules import Rules

OTHER = "other"
"""The room type of what is no room; it never counts for a need of another type."""


AFTER_DIGITS = 1 << 30
"""Sorts letters after numbers, as plain text does."""


@dataclass(frozen=True)
class Evidence:
    """A photo counts for a room, certainly or not."""

    room: str
    sure: bool


@dataclass(frozen=True)
class Judged:
    """A photo with what it counts for; `stands_for` is the near-duplicate that counts instead."""

    photo: PhotoFindings
    evidence: tuple[Evidence, ...]
    refused_for: tuple[QualityCode, ...]
    stands_for: str | None
    answered: bool

    @property
    def usable(self) -> bool:
        """Whether it is one of the distinct photos."""
        return not self.refused_for and self.stands_for is None

    def counts(self, rooms: Sequence[str]) -> bool:
        """Whether it counts for one of these room types."""
        return self.usable and any(e.room in rooms for e in self.evidence)

    def surely(self, rooms: Sequence[str], ask_below: float) -> bool:
        """Whether it certainly counts for one of them, if not for which."""
        mass = sum(guess.probability for guess in self.photo.rooms if guess.type in rooms)
        return self.counts(rooms) and (
            any(e.room in rooms and e.sure for e in self.evidence)
            or (not self.answered and mass >= ask_below)
        )


def natural(text: str) -> tuple[list[tuple[int, str]], str]:
    """Sort key that puts IMG_2 before IMG_10."""
    parts = (
        # Numbers compare by length, then digits: int() refuses very long ones.
        (len(digits.lstrip("0")), digits.lstrip("0")) if digits else (AFTER_DIGITS, other)
        for digits, other in re.findall(r"([0-9]+)|([^0-9]+)", text)
    )
    return list(parts), text


def duplicates(photos: Sequence[PhotoFindings], rules: Rules) -> dict[str, str]:
    """Id of each photo that is not counted, to the id of the near-duplicate that is.

    A photo is left out if its quality.duplicate finding names another photo of the listing; in a
    ring of photos that name each other, the first in natural order counts. Where the one that
    would count is refused, the first of its near-duplicates that is not counts instead.
    """
    ids = {photo.id for photo in photos}
    names = {
        photo.id: finding.other
        for photo in photos
        for finding in photo.quality
        if finding.code == "quality.duplicate" and finding.other in ids - {photo.id}
    }
    groups: dict[str, list[str]] = {}
    for photo in photos:
        path = [photo.id]
        while (after := names.get(path[-1])) and after not in path:
            path.append(after)
        ring = path[path.index(after) :] if after in path else path[-1:]
        groups.setdefault(min(ring, key=natural), []).append(photo.id)
    spoiled = {photo.id for photo in photos if refused_for(photo, rules)}
    found: dict[str, str] = {}
    for original, group in groups.items():
        best = min(group, key=lambda id: (id in spoiled, id != original, natural(id)))
        found |= {id: best for id in group if id != best}
    return found


def refused_for(
    photo: PhotoFindings, rules: Rules, *, answered: bool = False
) -> tuple[QualityCode, ...]:
    """Findings for which the photo counts for nothing, in the rule file's order."""
    codes = {finding.code for finding in photo.quality}
    # Near-duplicates are counted once by the group, and the seller's word beats the classifier's.
    lifted = {"quality.duplicate"} | ({"quality.not_a_room"} if answered else set())
    return tuple(code for code in rules.refuse if code in codes - lifted)


def judge(
    photo: PhotoFindings, original: str | None, rules: Rules, answer: tuple[str, ...] | None
) -> Judged:
    """What a photo counts for, by itself."""
    return Judged(
        photo=photo,
        evidence=shown(photo, rules)
        if answer is None
        else tuple(Evidence(room, True) for room in dict.fromkeys(answer) if room != OTHER),
        refused_for=refused_for(photo, rules, answered=answer is not None),
        stands_for=original,
        answered=answer is not None,
    )


def shown(photo: PhotoFindings, rules: Rules) -> tuple[Evidence, ...]:
    """The one or two rooms that a photo is evidence for."""
    top, seen = photo.room, {found.label for found in photo.objects}
    if top.type == OTHER or top.probability < rules.count_from:
        return ()

    def backed(room: str) -> bool:
        return not seen.isdisjoint(rules.evidence.get(room, ()))

    second = next(
        (
            guess
            for guess in photo.rooms[1:]
            if guess.type in rules.open_plan
            and top.type in rules.open_plan
            and (
                guess.probability >= rules.second_from
                or (guess.probability >= rules.second_with_objects_from and backed(guess.type))
            )
        ),
        None,
    )
    sure = top.probability >= rules.ask_below
    if second is None:
        return (Evidence(top.type, sure),)
    # One of the two for certain, and an object that belongs to the one in question.
    either = top.probability + second.probability >= rules.ask_below
    return (
        Evidence(top.type, sure or (either and backed(top.type))),
        Evidence(second.type, either and backed(second.type)),
    )
