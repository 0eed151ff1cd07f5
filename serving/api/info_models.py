"""What the HTTP API tells of itself and of sellers' answers; the rest is in serving/api/models.py.

Info.model_validate_json(response.content).keys_required
"""

from typing import Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from serving.api import examples
from vision.findings import Frozen


class Correction(Frozen):
    """A seller's answer as a label for training, with where it comes from."""

    id: str
    listing: str
    photo: str
    photo_sha256: str
    rooms: tuple[str, ...] | None = Field(description="null: the answer was taken back")
    guess: str = Field(description="what the model took it for")
    probability: float
    models: dict[str, str] = Field(description="bundle name to sha256 of the model that guessed")
    by: str = Field(description="who said so: a key's or a listing's id")
    training_consent: bool
    created_at: AwareDatetime


class CorrectionPage(Frozen):
    """Corrections, oldest first; `next` is the cursor of the next page, null on the last."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"corrections": [examples.CORRECTION], "next": None}]}
    )

    corrections: tuple[Correction, ...]
    next: str | None


class RunningFigure(Frozen):
    """What was measured of a bundle: a value with its 95% interval, n and the set's name."""

    name: str
    value: float
    low: float
    high: float
    n: int
    unit: str
    data: str


class RunningModel(Frozen):
    """A bundle as it is loaded."""

    name: str
    version: str
    sha256: str = Field(description="of the model file")
    manifest_sha256: str = Field(description="the version that `homelens models history` lists")
    task: str
    classes: tuple[str, ...] = Field(description="what it tells apart; none of values")
    code: str = Field(description="git commit of the code that trained it")
    data: dict[str, str] = Field(description="data set name to sha256 of its content")
    parameters: dict[str, Any] = Field(description="what it was trained with")
    metrics: tuple[RunningFigure, ...] = Field(
        description="over all classes; `homelens models` has each class's"
    )
    licences: dict[str, str]


class RunningModels(Frozen):
    """What this process runs."""

    homelens: str
    models: tuple[RunningModel, ...]


class RuleChoice(Frozen):
    """A rule file that a listing can be created with."""

    name: str
    title: str
    source: str


class Info(Frozen):
    """What a client needs to know before it uploads; needs no key."""

    homelens: str
    keys_required: bool = Field(description="false: no key is configured, this machine only")
    home_types: tuple[str, ...]
    room_types: tuple[str, ...]
    rules: tuple[RuleChoice, ...]
    default_rules: str
    formats: tuple[str, ...]
    max_bytes: int = Field(description="of one photo")
    max_photos: int = Field(description="of one listing")


class Alive(Frozen):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(Frozen):
    """The models are loaded and warm, database and file store answer."""

    status: Literal["ready"] = "ready"
    since: AwareDatetime
