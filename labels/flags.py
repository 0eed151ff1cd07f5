"""What is asked of a labeler, as values: flags, hidden checks, edits.

    NewFlag("a.jpg", "box_4nWx0Yq8T2uJb1Zc", "badly_located", 0.83, gain_per_second=0.01,
            seconds=4.0, suggestion=Suggestion("move", "door", (0.1, 0.2, 0.4, 0.9)))
    Check("a.jpg", boxes=shown, flagged=2, truth=right, kind="badly_located", …)
    Edit("relabel", box_id="box_4nWx0Yq8T2uJb1Zc", label="cabinet door")

Kept by labels/runs.py, given out by labels/queue.py, applied by labels/store.py. Corners are shares
of the upright photo. Everything raises DataError.
"""

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from labels.boxes import Box
from vision.errors import DataError

Corners = tuple[float, float, float, float]
Json = dict[str, Any]

Kind = Literal["badly_located", "wrong_class", "bogus", "overlooked"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Action = Literal["move", "relabel", "delete", "add"]
ACTIONS: tuple[Action, ...] = get_args(Action)
Op = Literal["add", "move", "relabel", "change", "delete", "restore"]
Source = Literal["import", "labeler", "model", "reviewer", "seller", "automatic"]
SOURCES: tuple[Source, ...] = get_args(Source)

LONGEST_LABEL = 100
LONGEST_NAME = 400
LONGEST_NOTE = 2000
LONGEST_REASON = 20_000
"""Characters of what comes from outside; a reason as JSON."""

PLAIN = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


def plain(what: str, text: str, longest: int) -> str:
    """The text, if it can be kept: not empty, no control characters, not too long."""
    if not PLAIN.fullmatch(text) or len(text) > longest:
        raise DataError(
            f"the {what} {text[:60]!r} cannot be kept",
            accepted=f"1 to {longest} characters, no control characters",
        )
    return text


def below(name: str) -> str:
    """The photo's name, if it is a path that stays below its folder."""
    parts = name.split("/")
    if "\\" in name or {"", ".", ".."} & set(parts):
        raise DataError(
            f"{name[:60]!r} cannot be a photo's name", accepted="a path such as a/b.jpg"
        )
    return name


def kept_reason(reason: Json) -> Json:
    """The reason, if it can be kept as JSON on every database."""
    try:
        text = json.dumps(reason, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DataError(f"a reason is no JSON: {error}", accepted="an object of JSON") from error
    if len(text) > LONGEST_REASON:
        raise DataError(f"a reason has {len(text)} characters", accepted=f"up to {LONGEST_REASON}")
    return reason


def probability(what: str, value: float) -> float:
    """The value, if it is a probability."""
    if not (math.isfinite(value) and 0 <= value <= 1):
        raise DataError(f"{what} is {value}", accepted="0–1")
    return float(value)


@dataclass(frozen=True)
class Suggestion:
    """What is proposed: `move` needs corners, `relabel` a class, `add` both, `delete` neither."""

    action: Action
    label: str | None = None
    corners: Corners | None = None

    def __post_init__(self) -> None:
        if self.action not in get_args(Action):
            raise DataError(
                f"no suggestion is {self.action!r}", accepted=", ".join(get_args(Action))
            )
        if self.action in ("relabel", "add") and self.label is None:
            raise DataError(f"the suggestion to {self.action} names no class")
        if self.action in ("move", "add") and self.corners is None:
            raise DataError(f"the suggestion to {self.action} names no corners")
        if self.corners is not None:
            Box(self.label or "-", *self.corners)


@dataclass(frozen=True)
class NewFlag:
    """A doubt about a box of `image` (its name), or about one that was overlooked there.

    `seconds` are expected for the review; the queue is worked off by `gain_per_second`, largest
    first. `reason` may hold "code" and "text" (an English sentence) for the labeler, and whatever
    else explains it.
    """

    image: str
    box_id: str | None
    kind: Kind
    probability: float
    gain_per_second: float
    seconds: float
    suggestion: Suggestion | None = None
    reason: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_form(self.kind, self.probability, self.gain_per_second, self.seconds)
        if (self.box_id is None) != (self.kind == "overlooked"):
            raise DataError(
                f"a flag {self.kind} of {self.image} has the box {self.box_id}",
                accepted="no box for overlooked, one for every other kind",
            )


@dataclass(frozen=True)
class Check:
    """A question whose right answer is known, in the very form of a real one.

    `boxes` are shown as the labels of `image`, the spoiled one among them; `flagged` is its place,
    None where an object was left out (overlooked). `truth` is the object as it really is, None
    where there is none: then deleting the box, or adding nothing, is right. Boxes that carry the
    id of a real box are shown under it.
    """

    image: str
    kind: Kind
    boxes: tuple[Box, ...]
    flagged: int | None
    truth: Box | None
    probability: float
    seconds: float
    suggestion: Suggestion | None = None
    reason: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_form(self.kind, self.probability, 0, self.seconds)
        if (self.flagged is None) != (self.kind == "overlooked"):
            raise DataError(f"a check {self.kind} of {self.image} flags {self.flagged}")
        if self.flagged is not None and not 0 <= self.flagged < len(self.boxes):
            raise DataError(f"a check of {self.image} flags none of its boxes: {self.flagged}")


def check_form(kind: str, chance: float, gain: float, seconds: float) -> None:
    """What flags and checks have in common."""
    if kind not in KINDS:
        raise DataError(f"there is no kind {kind!r}", accepted=", ".join(KINDS))
    probability("a flag's probability", chance)
    if not math.isfinite(gain):
        raise DataError(f"a flag's gain is {gain}", accepted="a number")
    if not (math.isfinite(seconds) and 0 < seconds <= 86_400):
        raise DataError(f"a flag's seconds are {seconds}", accepted="more than 0, up to a day")


@dataclass(frozen=True)
class Edit:
    """One change to one box. `add` needs image, label and corners, `move` corners, `relabel` a
    label, `change` either or both, `delete` and `restore` the box alone.
    """

    op: Op
    image: str | None = None
    box_id: str | None = None
    label: str | None = None
    corners: Corners | None = None
    reason: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.op not in get_args(Op):
            raise DataError(f"there is no edit {self.op!r}", accepted=", ".join(get_args(Op)))
        missing = {
            "add": (self.image, self.label, self.corners),
            "move": (self.box_id, self.corners),
            "relabel": (self.box_id, self.label),
            "change": (self.box_id, self.label or self.corners),
        }.get(self.op, (self.box_id,))
        if None in missing:
            raise DataError(
                f"the edit {self.op} lacks something",
                accepted="add: image, label, corners; move: box, corners; relabel: box, label; "
                "change: box and either; delete, restore: box",
            )
        if self.corners is not None:
            Box(self.label or "-", *self.corners)
