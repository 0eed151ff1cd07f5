"""The report on one listing: frozen, JSON-able, every line with a code, evidence and a sentence.

    report = Report.model_validate_json(Path("report.json").read_text())
    for line in report.lines:
        print(line.status, line.title, line.have, "of", line.need, line.evidence)

Codes are stable and meant for programs; sentences are English, for people, and may change. Photo
ids stand in natural order (IMG_2 before IMG_10), whatever order the photos came in.
"""

from typing import Literal

from pydantic import Field

from vision.findings import Frozen, QualityCode, QualityFinding, RefusedPhoto
from vision.home import Home

LineStatus = Literal["ok", "unsure", "partial", "missing", "optional"]
"""ok: certainly enough. unsure: enough only if uncertain photos show what they seem to.
partial: some, not enough. missing: none. optional: not enough, and not required."""

LineCode = Literal[
    "room.ok",
    "room.unsure",
    "room.partial",
    "room.missing",
    "room.optional",
    "photos.ok",
    "photos.partial",
    "photos.missing",
]


class Line(Frozen):
    """One line of the checklist: a need of the rule file, or the number of photos in all."""

    code: LineCode
    status: LineStatus
    title: str
    room: str | None = Field(description="room type; None for the number of photos in all")
    also: tuple[str, ...] = Field(default=(), description="room types that fulfil it as well")
    required: bool
    need: int = Field(ge=1)
    have: int = Field(ge=0, description="distinct photos that count for it")
    sure: int = Field(ge=0, description="those of them that are certain")
    evidence: tuple[str, ...] = Field(description="ids of the photos that count for it")
    sentence: str
    next_step: str | None = Field(description="the one next thing to do; None if there is none")
    note: str = Field("", description="what the check cannot tell, from the rule file")


class Retake(Frozen):
    """A photo that should be taken again, and why; `counts` says whether it counts meanwhile."""

    photo: str
    codes: tuple[QualityCode, ...]
    counts: bool
    sentence: str = Field(description="what is wrong and what to do, of each finding")


class Question(Frozen):
    """Something only the seller knows.

    ask.room: which of `choices` the photo shows; ask.both: which one or both of an open plan;
    ask.extra: whether a photo shows what cannot be recognised (`photo` is None).
    """

    code: Literal["ask.room", "ask.both", "ask.extra"]
    photo: str | None
    choices: tuple[str, ...] = Field(description="room types, or the extra's name")
    sentence: str


class PhotoCard(Frozen):
    """One readable photo: what it is taken for, what it counts for, what is wrong with it."""

    id: str
    sha256: str
    width: int
    height: int
    room: str = Field(description="the most probable room type, or what the seller said")
    probability: float = Field(ge=0, le=1)
    sure: bool
    answered: bool = Field(description="the seller said what it shows")
    counts_for: tuple[str, ...] = Field(description="room types; empty if it counts for none")
    duplicate_of: str | None = Field(description="id of the photo that counts in its place")
    quality: tuple[QualityFinding, ...]
    people: int = Field(ge=0, description="people that may be in it")
    sentence: str


class Report(Frozen):
    """The whole report. `complete` is true when every required line is certainly fulfilled."""

    home: Home
    rules: str
    rules_title: str
    complete: bool
    photos_distinct: int = Field(ge=0, description="near-duplicates and refused ones left out")
    lines: tuple[Line, ...]
    retakes: tuple[Retake, ...]
    questions: tuple[Question, ...]
    refused: tuple[RefusedPhoto, ...] = Field(description="files that could not be read")
    photos: tuple[PhotoCard, ...]
