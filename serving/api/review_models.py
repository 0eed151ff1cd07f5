"""What the review API takes and gives; the rest is in serving/api/models.py.

Task.model_validate_json(text).boxes[0].label

Corners are shares of the upright photo (0–1). A hidden check looks exactly like a real task.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from labels.flags import LONGEST_LABEL, Action, Kind
from serving.api import review_examples as examples
from vision.findings import Frozen

SetName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""A set's name without a revision."""

Label = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_LABEL, pattern=r"^[^\x00-\x1f\x7f]+$")
]
BoxId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_:.-]{1,64}$")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

SMALLEST = 1e-6
"""Share of the photo: sides of less are none."""

MOST_EDITS = 200
"""Changes of one answer: more than any photo's boxes need."""


class ReviewEdit(Frozen):
    """One change: `add` needs label and corners, `move` box and corners, `relabel` box and label,
    `delete` the box. New boxes get their ids from the service."""

    op: Literal["add", "move", "relabel", "delete"]
    box_id: BoxId | None = None
    label: Label | None = None
    x1: Share | None = None
    y1: Share | None = None
    x2: Share | None = None
    y2: Share | None = None

    @property
    def corners(self) -> tuple[float, float, float, float] | None:
        """The corners, where all four are given."""
        if self.x1 is None or self.y1 is None or self.x2 is None or self.y2 is None:
            return None
        return (self.x1, self.y1, self.x2, self.y2)

    @model_validator(mode="after")
    def _whole(self) -> "ReviewEdit":
        corners = self.corners
        if corners is None and (self.x1, self.y1, self.x2, self.y2) != (None,) * 4:
            raise ValueError("give all four corners or none")
        if corners is not None and (
            corners[2] - corners[0] < SMALLEST or corners[3] - corners[1] < SMALLEST
        ):
            raise ValueError(f"x1 must be less than x2, and y1 less than y2, by {SMALLEST} or more")
        if self.op in ("add", "move") and corners is None:
            raise ValueError(f"{self.op} needs corners")
        if self.op in ("add", "relabel") and self.label is None:
            raise ValueError(f"{self.op} needs a label")
        if (self.op == "add") != (self.box_id is None):
            raise ValueError("every edit but add needs box_id, and add takes none")
        return self


Edits = Annotated[tuple[ReviewEdit, ...], Field(max_length=MOST_EDITS)]


class NextTasks(Frozen):
    """How many tasks are wanted, and of which set."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"set": None, "count": 2}, {"set": "doors", "count": 1}]}
    )

    set: SetName | None = Field(default=None, description="null: of every set")
    count: int = Field(default=1, ge=1, le=3)


class TaskImage(Frozen):
    """The photo, upright; `url` needs the same key."""

    id: str
    name: str
    width: int
    height: int
    url: str


class TaskBox(Frozen):
    """A labelled box."""

    id: str
    label: str
    x1: float
    y1: float
    x2: float
    y2: float


class TaskSuggestion(Frozen):
    """What accepting does; what the action does not need is null."""

    action: Action
    label: str | None
    x1: float | None
    y1: float | None
    x2: float | None
    y2: float | None


class TaskDraft(Frozen):
    """Work that this labeler began."""

    edits: tuple[ReviewEdit, ...]
    at: AwareDatetime


class Task(Frozen):
    """A question about one photo's labels, leased to one labeler."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.TASK]})

    id: str
    set: str
    revision: int = Field(description="the set's revision whose labels were doubted")
    kind: Kind
    probability: float = Field(description="that the labels are wrong here")
    reason: str = Field(description="why it was flagged, as an English sentence")
    reason_code: str
    seconds: float = Field(description="that the review is expected to take")
    image: TaskImage
    boxes: tuple[TaskBox, ...]
    box_id: str | None = Field(description="the box in question; null where one may be missing")
    suggestion: TaskSuggestion | None
    classes: tuple[str, ...]
    draft: TaskDraft | None
    leased_until: AwareDatetime


class TaskList(Frozen):
    """Tasks, most useful first; empty when none is left for this labeler."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tasks": [examples.TASK]}]})

    tasks: tuple[Task, ...]


class NewDraft(Frozen):
    """Unfinished work, to be kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"edits": [examples.EDIT]}]})

    edits: Edits


Outcome = Literal["accept", "reject", "edit", "skip"]


class NewReview(Frozen):
    """An answer. accept: apply the suggestion. reject: the labels are right as they are.
    edit: apply `edits` instead. skip: leave it to others."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"outcome": "accept", "edits": [], "seconds": 3.2},
                {"outcome": "edit", "edits": [examples.EDIT], "seconds": 9.5},
                {"outcome": "reject", "edits": [], "seconds": 2.0},
            ]
        }
    )

    outcome: Outcome
    edits: Edits = ()
    seconds: float = Field(default=0, ge=0, le=86_400, allow_inf_nan=False)

    @model_validator(mode="after")
    def _edits_belong_to_edit(self) -> "NewReview":
        if (self.outcome == "edit") != bool(self.edits):
            raise ValueError("edits belong to the outcome edit, and to no other")
        return self


class SetProgress(Frozen):
    """What is open of one set for this labeler."""

    name: str
    open: int


class ReviewProgress(Frozen):
    """How far this labeler is; days are UTC days."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PROGRESS]})

    done_today: int
    open: int
    seconds_median: float | None = Field(description="of this labeler's answers; null before any")
    sets: tuple[SetProgress, ...]


class ReviewTaken(Frozen):
    """The answer was taken."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"review": "rev_8uW1xZg0aB9sT5yR", "progress": examples.PROGRESS}]
        }
    )

    review: str
    progress: ReviewProgress


class Undo(Frozen):
    """Nothing is to be said; the body may be left out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class Undone(Frozen):
    """The task whose answer was undone, leased again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"task": examples.TASK}]})

    task: Task


class ShareOf(Frozen):
    """Hits of n with the 95% interval of the share (Wilson); null where n is 0."""

    hits: int
    n: int
    share: float | None
    low: float | None
    high: float | None


class EdgeAgreement(Frozen):
    """How a labeler draws one edge beside the true one."""

    name: str
    bias: float = Field(description="mean, as a share of the object's side; outwards is positive")
    spread: float | None = Field(description="standard deviation; null for one box alone")


class LabelerAgreement(Frozen):
    """One labeler on hidden checks."""

    by: str
    answers: int = Field(description="all of them, checks among them")
    right: ShareOf = Field(description="of the checks")
    iou: float | None = Field(description="mean overlap of boxes drawn or moved with the true ones")
    boxes: int = Field(description="that were drawn or moved")
    edges: tuple[EdgeAgreement, ...] = Field(description="of boxes drawn or moved; empty without")


class PairAgreement(Frozen):
    """Two labelers who were asked the same."""

    a: str
    b: str
    agreed: ShareOf
    kappa: float | None = Field(description="Cohen's; null where chance alone would always agree")
    iou: float | None = Field(description="mean overlap of the boxes that both kept or drew")
    boxes: int


class Agreement(Frozen):
    """How right labelers are, and how far they agree."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.AGREEMENT]})

    labelers: tuple[LabelerAgreement, ...]
    pairs: tuple[PairAgreement, ...]
    agreed: ShareOf = Field(description="over all pairs")
    kappa: float | None
