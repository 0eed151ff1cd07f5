"""What is known of one photo: frozen, JSON-able values that flow from photo to report.

    findings = PhotoFindings.model_validate_json(text)
    findings.rooms[0].type, findings.rooms[0].probability

Coordinates are shares of the upright photo's width and height (0–1), so that they hold at every
resolution of the same photo.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ROOM_TYPES = (
    "bathroom",
    "bedroom",
    "dining_room",
    "entrance_hall",
    "exterior",
    "kitchen",
    "living_room",
    "other",
)
"""Room types of the shipped rule files; a bundle's manifest may name more."""

Share = float


class Frozen(BaseModel):
    """Base of all values: immutable, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RoomGuess(Frozen):
    """One room type with its calibrated probability."""

    type: str
    probability: float = Field(ge=0, le=1)


class Detection(Frozen):
    """One object: class name, score in 0–1, box corners as shares of width and height."""

    label: str
    score: float = Field(ge=0, le=1)
    x1: Share
    y1: Share
    x2: Share
    y2: Share

    @property
    def area(self) -> float:
        """Share of the photo's area that the box covers."""
        return max(0.0, self.x2 - self.x1) * max(0.0, self.y2 - self.y1)


QualityCode = Literal[
    "quality.too_dark",
    "quality.too_bright",
    "quality.blurred",
    "quality.too_small",
    "quality.sideways",
    "quality.upside_down",
    "quality.duplicate",
    "quality.collage",
    "quality.screenshot",
    "quality.document",
    "quality.not_a_room",
]


class QualityFinding(Frozen):
    """One thing wrong with a photo: the measured value beside the threshold that it crossed."""

    code: QualityCode
    value: float
    threshold: float
    unit: str = Field(description="what value and threshold are measured in")
    message: str = Field(description="a sentence for the seller, in English")
    other: str | None = Field(default=None, description="id of the other photo (duplicate)")


class PhotoFindings(Frozen):
    """All that was found in one photo.

    `rooms` holds every room type, most probable first; probabilities sum to 1.
    `objects` holds what the objects bundle reported above each class's own threshold, people not
    included; `people` what may be a person (boxes).
    `embedding` is the room classifier's unit-length feature vector (float, rounded to 4 digits).
    """

    id: str
    sha256: str
    format: str
    width: int = Field(description="pixels of the upright photo at full resolution")
    height: int
    rooms: tuple[RoomGuess, ...]
    objects: tuple[Detection, ...] = ()
    people: tuple[Detection, ...] = ()
    quality: tuple[QualityFinding, ...] = ()
    phash: str = Field(description="64-bit perceptual hash, 16 hexadecimal digits")
    embedding: tuple[float, ...] = Field(default=(), repr=False)

    @property
    def room(self) -> RoomGuess:
        """The most probable room."""
        return self.rooms[0]


class RefusedPhoto(Frozen):
    """A photo that could not be read, with the error's code and texts."""

    id: str
    code: str
    message: str
