"""A task as its labeler sees it: the photo, the boxes, the question. Checks look like all others.

for task in shown(session, next_tasks(session, by, rules, None, 2), by):
    task.sentence, task.boxes, task.draft
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from labels.boxes import Box
from labels.flags import Json, Suggestion
from labels.runs import newest_runs, suggestion_of
from labels.state import image_boxes
from labels.tables import DraftRow, FlagRow, ImageRow, RevisionRow, SetRow, TaskRow
from serving.store.tables import now

LONGEST_SENTENCE = 500


@dataclass(frozen=True)
class ShownTask:
    """Everything that is told of a task. `revision` is that of the set's newest quality run."""

    id: str
    set: str
    revision: int
    kind: str
    probability: float
    sentence: str
    code: str
    seconds: float
    image: ImageRow
    boxes: tuple[Box, ...]
    box_id: str | None
    suggestion: Suggestion | None
    classes: tuple[str, ...]
    draft: tuple[list[Json], datetime] | None
    leased_until: datetime


def shown(session: Session, rows: Sequence[TaskRow], by: str) -> list[ShownTask]:
    """The tasks, whose boxes are read now; the transaction must be one that writes."""
    runs = newest_runs(session, sorted({row.set_id for row in rows}))
    return [_shown(session, row, by, runs) for row in rows]


def _shown(session: Session, row: TaskRow, by: str, runs: dict[str, int]) -> ShownTask:
    flag = session.get_one(FlagRow, row.flag_id)
    one = session.get_one(SetRow, row.set_id)
    # what is shown is what an answer is about, whatever others change meanwhile
    row.served = one.revision
    boxes = tuple(shown_boxes(session, row, flag, one).values())
    revision = session.get_one(RevisionRow, (one.id, one.revision))
    suggestion = suggestion_of(flag.suggestion)
    draft = session.get(DraftRow, (row.id, by))
    label = next((box.label for box in boxes if box.id == flag.box_id), None)
    code = str(flag.reason.get("code") or flag.kind)[:60]
    text = flag.reason.get("text") or sentence(flag.kind, label, suggestion)
    return ShownTask(
        id=row.id,
        set=one.name,
        revision=runs.get(one.id, one.revision),
        kind=flag.kind,
        probability=flag.probability,
        sentence=str(text)[:LONGEST_SENTENCE],
        code=code,
        seconds=flag.seconds,
        image=session.get_one(ImageRow, row.image_id),
        boxes=boxes,
        box_id=flag.box_id,
        suggestion=suggestion,
        classes=tuple(revision.classes["classes"]),
        draft=None if draft is None else (draft.edits["edits"], draft.updated_at),
        leased_until=row.leased_until or now(),
    )


def shown_boxes(session: Session, task: TaskRow, flag: FlagRow, row: SetRow) -> dict[str, Box]:
    """The boxes that the labeler sees, by id."""
    if task.check and flag.shown is not None:
        return {
            box["id"]: replace(Box(box["label"], *box["corners"]), id=box["id"])
            for box in flag.shown["boxes"]
        }
    at = task.shown_at or task.served or row.revision
    return {str(box.id): box for box in image_boxes(session, task.image_id, at)}


def sentence(kind: str, label: str | None, suggestion: Suggestion | None) -> str:
    """Why the photo is here, where the flag does not say it itself."""
    named = f"“{label or (suggestion and suggestion.label) or '?'}”"
    other = suggestion.label if suggestion else None
    return {
        "badly_located": f"The box of this {named} may not fit.",
        "wrong_class": f"This {named} may be " + (f"a “{other}”." if other else "something else."),
        "bogus": f"There may be no {named} here.",
        "overlooked": f"A {named} may be missing here.",
    }.get(kind, "Something may be wrong here.")
