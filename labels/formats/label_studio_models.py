"""Label Studio's JSON export as models; fields that are not read are passed over.

task = parse(Task, value, where, accepted)
task.annotations[0].author, task.annotations[0].result[0].type
"""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field, FiniteFloat

from labels.formats.places import LARGEST_SIDE


class Region(BaseModel):
    """A result of any kind."""

    type: str = ""
    id: str | None = None
    value: dict[str, Any] = {}
    score: float | None = Field(None, ge=0, le=1)
    original_width: int | None = Field(None, gt=0, le=LARGEST_SIDE)
    original_height: int | None = Field(None, gt=0, le=LARGEST_SIDE)
    image_rotation: FiniteFloat | None = None
    meta: dict[str, Any] | None = None


class Rectangle(BaseModel):
    """The value of a result of RectangleLabels."""

    x: FiniteFloat
    y: FiniteFloat
    width: FiniteFloat = Field(gt=0)
    height: FiniteFloat = Field(gt=0)
    rotation: FiniteFloat | None = None
    rectanglelabels: list[str] = Field(min_length=1, max_length=1)


class Annotation(BaseModel):
    """What one person did in one go."""

    result: list[Region] = []
    was_cancelled: bool = False
    completed_by: int | str | dict[str, Any] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def time(self) -> datetime:
        """When it was last changed; the beginning of time where that is not said."""
        said = self.updated_at or self.created_at or datetime.min
        return said if said.tzinfo else said.replace(tzinfo=UTC)

    @property
    def author(self) -> str | None:
        """Who drew it: an e-mail address, a name or a number."""
        said = self.completed_by
        if isinstance(said, dict):
            said = next((said[k] for k in ("email", "username", "id") if said.get(k)), None)
        return str(said) if isinstance(said, (str, int)) and said != "" else None


class Prediction(BaseModel):
    """What one model saw."""

    result: list[Region] = []
    model_version: str | None = None


class Own(BaseModel):
    """What only homelens writes."""

    classes: list[str] = []
    notes: dict[str, str] = {}


class Meta(BaseModel):
    """A task's own data."""

    homelens: Own | None = None


class Task(BaseModel):
    """A photo with all that was said of it."""

    data: dict[str, Any]
    annotations: list[Annotation] = []
    predictions: list[Any] = []
    """Each a Prediction, or its number where they were not exported."""
    meta: Meta | None = None


class Sized(BaseModel):
    """A task's data that says the photo's size."""

    width: int = Field(gt=0, le=LARGEST_SIDE)
    height: int = Field(gt=0, le=LARGEST_SIDE)
