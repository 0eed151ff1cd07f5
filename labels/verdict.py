"""What an answer says of the object in question, and whether that is right. Pure.

    after = applied(boxes, edits)                    # raises Unprocessable for edits that cannot be
    found = verdict(boxes, "box_1", "edit", edits)
    score(found, truth).right, score(found, truth).iou

The same answer can be given in many ways: moved by hand or by accepting, deleted and drawn anew.
What counts is what becomes of the object.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from labels.boxes import Box
from labels.flags import Corners, Edit, Json, Suggestion
from labels.merge import overlap
from serving.errors import Unprocessable

RIGHT_IOU = 0.7
"""A box that overlaps the object this much is in its place: labelers who work with care differ by
less, and flagged boxes are off by more."""

STILL = 1e-6
"""Share of the photo within which a box was not moved."""

Outcome = Literal["accept", "reject", "edit", "skip"]
What = Literal["kept", "moved", "relabelled", "changed", "deleted", "added", "nothing", "skipped"]


@dataclass(frozen=True)
class Verdict:
    """`box` is the object as the labeler says it is; None where there is none."""

    what: What
    box: Box | None = None

    @property
    def category(self) -> str:
        """What two labelers must say alike to agree: with the class where it is theirs."""
        named = self.what in ("relabelled", "changed", "added")
        return f"{self.what} {self.box.label}" if named and self.box else self.what

    def as_json(self) -> Json:
        """For the database."""
        box = self.box
        return {"what": self.what, "box": box and {"label": box.label, "corners": [*box.corners]}}

    @classmethod
    def of_json(cls, found: Json) -> "Verdict":
        """From the database."""
        box = found["box"]
        return cls(found["what"], box and Box(box["label"], *box["corners"]))


@dataclass(frozen=True)
class Score:
    """`iou` is None where truth or answer has no box."""

    right: bool
    iou: float | None


def edits_of(
    outcome: Outcome, edits: Sequence[Edit], flagged: str | None, suggestion: Suggestion | None
) -> tuple[Edit, ...]:
    """What an answer does to the labels. Raises Unprocessable where there is nothing to accept."""
    if outcome == "edit":
        return tuple(edits)
    if outcome != "accept":
        return ()
    if suggestion is None:
        raise Unprocessable("there is no suggestion to accept", accepted="reject, edit or skip")
    box_id = None if suggestion.action == "add" else flagged
    image = "-" if suggestion.action == "add" else None
    op = "change" if suggestion.action in ("move", "relabel") else suggestion.action
    return (Edit(op, image, box_id, suggestion.label, suggestion.corners),)


def applied(boxes: Mapping[str, Box], edits: Sequence[Edit]) -> tuple[dict[str, Box], list[Box]]:
    """The boxes after the edits, and the added ones.

    Raises Unprocessable for a box that was not shown, or that an edit before has deleted.
    """
    now, added = dict(boxes), []
    for edit in edits:
        if edit.op == "add":
            assert edit.label is not None
            assert edit.corners is not None
            added.append(Box(edit.label, *edit.corners))
            continue
        old = now.get(str(edit.box_id))
        if old is None:
            raise Unprocessable(
                f"the photo shows no box {str(edit.box_id)[:64]}", accepted="a box of the task"
            )
        if edit.op == "delete":
            del now[str(edit.box_id)]
            continue
        new = old if edit.label is None else replace(old, label=edit.label)
        now[str(edit.box_id)] = new if edit.corners is None else new.at(*edit.corners)
    return now, added


def verdict(
    boxes: Mapping[str, Box],
    flagged: str | None,
    outcome: Outcome,
    edits: Sequence[Edit],
    near: Corners | None = None,
) -> Verdict:
    """What becomes of the object in question; `near` is where an overlooked one should be."""
    if outcome == "skip":
        return Verdict("skipped")
    now, added = applied(boxes, edits)
    old = boxes.get(flagged) if flagged is not None else None
    place = near if old is None else old.corners
    drawn = max(added, key=lambda box: overlap(box.corners, place), default=None) if place else None
    if drawn is None and added:
        drawn = added[0]
    if old is None:
        return Verdict("added", drawn) if drawn else Verdict("nothing")
    new = now.get(str(flagged))
    if new is None and drawn is not None and place and overlap(drawn.corners, place) > 0:
        new = drawn
    if new is None:
        return Verdict("deleted")
    moved = any(abs(a - b) > STILL for a, b in zip(old.corners, new.corners, strict=True))
    if moved:
        return Verdict("changed" if new.label != old.label else "moved", new)
    return Verdict("relabelled" if new.label != old.label else "kept", new)


def score(found: Verdict, truth: Box | None) -> Score:
    """Whether the labeler sees the object as it is."""
    if truth is None or found.box is None:
        return Score(truth is None and found.box is None, None)
    iou = overlap(found.box.corners, truth.corners)
    return Score(found.box.label == truth.label and iou >= RIGHT_IOU, iou)
