"""Rule files: what a home's photos must show, as data that a user can add to.

    rules = load_rules("default")            # a shipped name
    rules = load_rules("my-portal.yaml")     # or a file

A rule file is YAML; every field is described by the models below, and an unknown or impossible
value is refused with the field's path.
"""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from vision.errors import RuleError
from vision.findings import Frozen, QualityCode

SHIPPED = Path(__file__).parent / "rules"

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where PyYAML was built with it: ten times as fast; a start reads all rules."""

Probability = Annotated[float, Field(ge=0, le=1)]


class QualityRules(Frozen):
    """Thresholds of the quality findings; a finding is made when its value crosses one."""

    min_width: int = Field(640, ge=1, description="pixels of the longer side at full resolution")
    min_height: int = Field(480, ge=1, description="pixels of the shorter side at full resolution")
    dark_below: Probability = Field(0.24, description="mean luma, 0 black to 1 white")
    bright_above: Probability = Field(0.45, description="share of pixels that are clipped white")
    blur_below: float = Field(0.56, ge=0, description="sharpness, see vision.quality.sharpness")
    sideways_from: Probability = Field(0.8, description="probability of a quarter turn")
    upside_down_from: Probability = Field(0.8, description="probability of a half turn")
    duplicate_bits: int = Field(10, ge=0, le=64, description="hash bits that may differ")
    duplicate_similarity: float = Field(0.95, ge=-1, le=1, description="cosine of embeddings")
    collage_from: Probability = Field(0.6, description="score, see vision.layout.collage_score")
    screenshot_from: Probability = Field(0.5, description="score, see vision.layout")
    document_from: Probability = Field(0.5, description="score, see vision.layout")
    not_a_room_from: Probability = Field(0.6, description="probability of room type 'other'")


class RoomNeed(Frozen):
    """How many distinct photos of one kind of room a home needs: one line of the checklist.

    `count` is a number or the name of a field of the declared home (bedrooms, bathrooms);
    `when` limits the need to homes with that extra (balcony, garage) or of that type (house).
    """

    room: str = Field(min_length=1)
    count: Annotated[int, Field(ge=1, le=100)] | Literal["bedrooms", "bathrooms"] = 1
    required: bool = True
    when: str | None = None
    also: tuple[str, ...] = Field((), description="room types that fulfil the same need")
    title: str = Field("", description="what the line is called; the room's own name if empty")
    note: str = Field("", description="a sentence for the seller, on what cannot be checked")


class Rules(Frozen):
    """One rule file.

    A photo counts for its most probable room from `count_from` on; below `ask_below` it counts
    but the seller is asked. One photo may show two rooms that both are in `open_plan`: it counts
    for the second from `second_from` on, or from `second_with_objects_from` on if it shows one of
    the objects that `evidence` names for that room.
    """

    name: str = Field(min_length=1)
    title: str = Field(min_length=1)
    source: str = Field("", description="where the requirement is published")
    photos_min: int = Field(0, ge=0, description="distinct photos in all")
    rooms: tuple[RoomNeed, ...]
    count_from: Probability = 0.4
    ask_below: Probability = 0.7
    second_from: Probability = 0.35
    second_with_objects_from: Probability = 0.1
    open_plan: tuple[str, ...] = ("kitchen", "dining_room", "living_room")
    evidence: dict[str, tuple[str, ...]] = Field(
        default={
            "kitchen": ("oven", "refrigerator", "microwave"),
            "dining_room": ("dining table",),
            "living_room": ("couch",),
        },
        description="objects that only this room of an open plan has",
    )
    quality: QualityRules = QualityRules()
    refuse: tuple[QualityCode, ...] = Field(
        (), description="findings that make a photo count for nothing"
    )
    retake: tuple[QualityCode, ...] = Field(
        (), description="findings after which the seller is asked for a better photo"
    )

    @model_validator(mode="after")
    def _agree(self) -> "Rules":
        titles = [need.title or need.room for need in self.rooms]
        twice = sorted({title for title in titles if titles.count(title) > 1})
        if twice:
            raise ValueError(f"two needs are called {', '.join(twice)}; give one another title")
        if self.ask_below < self.count_from:
            raise ValueError("ask_below is less than count_from: nobody would ever be asked")
        return self


def rule_names() -> tuple[str, ...]:
    """Names of the shipped rule files."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


def load_rules(name: str) -> Rules:
    """Read a shipped rule file by name, or any by its path. Raises RuleError.

    A service that takes the name from a client must first look it up in `rule_names()`.
    """
    path = SHIPPED / f"{name}.yaml" if name in rule_names() else Path(name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a NUL in the name
        raise RuleError(
            f"no rules {name!r}: {error}",
            accepted=f"{', '.join(rule_names())}, or a path to a YAML file",
        ) from error
    return parse_rules(text, str(path))


def parse_rules(text: str, origin: str = "rules") -> Rules:
    """Rules from YAML text. Raises RuleError that names each wrong field."""
    try:
        return Rules.model_validate(yaml.load(text, Loader=LOADER))
    except yaml.YAMLError as error:
        raise RuleError(f"{origin} is not YAML: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors()
        )
        raise RuleError(f"{origin}: {wrong}", do="see docs/rules.md") from error
