"""Takes answers, applies them to the labels, and undoes the last one.

    review = submit(session, task_id, "key:key_1", Answer("accept", (), 3.2), "labeler", rules)
    task = undo(session, "key:key_1", "labeler", rules)

An answer to a real task changes the labels in a revision of its own, with the flag as the reason.
One to a hidden check or to a question that is asked a second time changes nothing: it is kept, and
counted by labels/agreement.py. Undoing reverts the revision, so the history keeps both.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from labels.changes import Change
from labels.flags import Edit, Json, Source
from labels.queue import ReviewRules, lease, lock_labeler, may_answer, set_draft, task_of
from labels.revert import revert
from labels.runs import DONE, OPEN, SUPERSEDED, suggestion_of, task_values
from labels.store import apply_to
from labels.tables import DraftRow, FlagRow, ImageRow, ReviewRow, SetRow, TaskRow
from labels.tasks import shown_boxes
from labels.verdict import Outcome, edits_of, verdict
from serving.errors import Answered, LeaseLost, NotFound, Unprocessable
from serving.store.keys import new_id
from serving.store.tables import now


@dataclass(frozen=True)
class Answer:
    """`edits` only with the outcome edit; their images are the task's."""

    outcome: Outcome
    edits: tuple[Edit, ...] = ()
    seconds: float = 0.0

    @property
    def as_json(self) -> list[Json]:
        """The edits, for the database."""
        return [edit_json(edit) for edit in self.edits]


def edit_json(edit: Edit) -> Json:
    """An edit as it is kept."""
    found = asdict(edit)
    return {name: found[name] for name in ("op", "box_id", "label", "corners")}


def submit(
    session: Session, task_id: str, by: str, answer: Answer, source: Source, rules: ReviewRules
) -> ReviewRow:
    """Take an answer; the same one again gives the same review.

    Raises NotFound, Answered for another answer to the same task, LeaseLost where the task is
    another labeler's by now, Unprocessable for edits that cannot be, Conflict where the labels
    were changed meanwhile.
    """
    lock_labeler(session, by)
    found = task_of(session, task_id, by)
    if again := _answered(session, task_id, by, answer):
        return again
    row = _locked_set(session, found.set_id)
    task = task_of(session, task_id, by, lock=True)
    if not may_answer(task, by):
        raise LeaseLost("another labeler has this task now", do="ask for the next one")
    flag = session.get_one(FlagRow, task.flag_id)
    suggestion = suggestion_of(flag.suggestion)
    boxes = shown_boxes(session, task, flag, row)
    edits = edits_of(answer.outcome, answer.edits, flag.box_id, suggestion)
    near = suggestion.corners if suggestion else None
    said = verdict(boxes, flag.box_id, answer.outcome, edits, near)
    _known_classes(session, row, edits)
    review = ReviewRow(
        id=new_id("rev"),
        task_id=task.id,
        by=by,
        outcome=answer.outcome,
        edits={"edits": answer.as_json},
        verdict=said.as_json(),
        seconds=answer.seconds,
        seen=task.shown_at or task.served or row.revision,
        revision=None,
        undone_at=None,
        created_at=now(),
    )
    session.add(review)
    session.flush()
    if not task.check and not task.second and edits:
        review.revision = _change(session, row, flag, review, edits, source)
    _close(session, task, flag, review, rules)
    session.execute(delete(DraftRow).where(DraftRow.task_id == task.id, DraftRow.by == by))
    session.flush()
    return review


def _answered(session: Session, task_id: str, by: str, answer: Answer) -> ReviewRow | None:
    """The labeler's review of the task, if it was this answer. Raises Answered for another."""
    query = select(ReviewRow).where(
        ReviewRow.task_id == task_id, ReviewRow.by == by, ReviewRow.undone_at.is_(None)
    )
    review = session.scalar(query)
    if review is None:
        return None
    if (review.outcome, review.edits["edits"]) != (answer.outcome, _plain(answer.as_json)):
        raise Answered("you gave another answer to this task", do="undo it first")
    return review


def _plain(edits: Sequence[Json]) -> list[Json]:
    """As JSON gives it back."""
    return [{**edit, "corners": edit["corners"] and list(edit["corners"])} for edit in edits]


def _locked_set(session: Session, set_id: str) -> SetRow:
    query = select(SetRow).where(SetRow.id == set_id).with_for_update(key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _known_classes(session: Session, row: SetRow, edits: Sequence[Edit]) -> None:
    """Raises Unprocessable for a class that the set has not, for a check as for a real task."""
    classes = Change(session, row, by="-", source="labeler").classes
    wrong = [edit.label for edit in edits if edit.label is not None and edit.label not in classes]
    if wrong:
        raise Unprocessable(
            f"the set {row.name} has no class {wrong[0][:60]!r}", accepted=", ".join(classes)
        )


def _change(
    session: Session,
    row: SetRow,
    flag: FlagRow,
    review: ReviewRow,
    edits: Sequence[Edit],
    source: Source,
) -> int | None:
    """Apply the edits in a revision; its number, None where nothing changed by it."""
    name = session.get_one(ImageRow, flag.image_id).name
    reason = {
        "flag": flag.id,
        "run": flag.run_id,
        "kind": flag.kind,
        "probability": flag.probability,
        "review": review.id,
        "outcome": review.outcome,
    }
    named = [replace(edit, image=name, reason=reason) for edit in edits]
    before = row.revision
    change = Change(session, row, by=review.by, source=source, note=f"review {review.id}")
    number = apply_to(session, change, named).finish().number
    return None if number == before else number


def _close(
    session: Session, task: TaskRow, flag: FlagRow, review: ReviewRow, rules: ReviewRules
) -> None:
    """The task is done, or back in the queue; what it settled besides is superseded."""
    task.leased_by = task.leased_until = None
    if review.outcome == "skip" and not task.check:
        task.state = OPEN if task.state == OPEN else SUPERSEDED
        return
    task.state = DONE
    if task.check or task.second:
        return
    if review.revision is not None:
        _supersede_others(session, task, review)
    if _share_of(task.id) < rules.second_share:
        _ask_again(session, task, flag, review.seen)


def _supersede_others(session: Session, task: TaskRow, review: ReviewRow) -> None:
    """Other open flags of the boxes that a person has just changed."""
    flagged = session.scalar(select(FlagRow.box_id).where(FlagRow.id == task.flag_id))
    boxes = {edit["box_id"] for edit in review.edits["edits"]} | {flagged}
    about = select(FlagRow.id).where(FlagRow.box_id.in_([one for one in boxes if one]))
    query = update(TaskRow).where(
        TaskRow.flag_id.in_(about),
        TaskRow.id != task.id,
        TaskRow.set_id == task.set_id,
        TaskRow.state == OPEN,
        TaskRow.check.is_(False),
        TaskRow.second.is_(False),
        or_(TaskRow.leased_until.is_(None), TaskRow.leased_until <= now()),
    )
    values = {"state": SUPERSEDED, "superseded_by": review.id}
    session.execute(query.values(values).execution_options(synchronize_session=False))


def _share_of(task_id: str) -> float:
    """A number from 0 to 1 that only the id decides."""
    return int.from_bytes(hashlib.sha256(task_id.encode()).digest()[:8]) / 2**64


def _second(session: Session, flag_id: str) -> TaskRow | None:
    query = select(TaskRow).where(TaskRow.flag_id == flag_id, TaskRow.second.is_(True))
    return session.scalar(query)


def _ask_again(session: Session, task: TaskRow, flag: FlagRow, seen: int) -> None:
    """Another labeler is asked the same, and sees what the first one saw."""
    there = _second(session, flag.id)
    if there is None:
        values = task_values(flag.id, task.set_id, task.image_id, task.gain_per_second)
        session.add(TaskRow(**(values | {"second": True, "shown_at": seen})))
    elif there.state == SUPERSEDED:
        there.state, there.shown_at = OPEN, seen


def undo(session: Session, by: str, source: Source, rules: ReviewRules) -> TaskRow:
    """Undo the labeler's last answer, and lease its task again.

    Raises NotFound where there is none, LeaseLost where another labeler has the task that was
    skipped, Conflict where the labels were changed since.
    """
    lock_labeler(session, by)
    query = (
        select(ReviewRow)
        .where(ReviewRow.by == by, ReviewRow.undone_at.is_(None))
        .order_by(ReviewRow.created_at.desc(), ReviewRow.id.desc())
        .limit(1)
    )
    review = session.scalar(query)
    if review is None:
        raise NotFound("there is nothing to undo", do="answer a task first")
    row = _locked_set(session, task_of(session, review.task_id, by).set_id)
    task = task_of(session, review.task_id, by, lock=True)
    if review.outcome == "skip" and not task.check and not may_answer(task, by):
        raise LeaseLost("another labeler has the task that you skipped", do="ask for the next one")
    if review.revision is not None:
        name = f"{row.name}@{review.revision}"
        revert(session, name, by=by, source=source, note=f"undo of review {review.id}")
    review.undone_at = now()
    reopened = update(TaskRow).where(TaskRow.superseded_by == review.id)
    reopened = reopened.where(TaskRow.state == SUPERSEDED)
    session.execute(reopened.values(state=OPEN, superseded_by=None))
    if not task.check and not task.second and (second := _second(session, task.flag_id)):
        held = second.leased_until is not None and second.leased_until > now()
        if second.state == OPEN and not held:
            second.state = SUPERSEDED
    task.state = OPEN
    lease(task, by, rules)
    if review.outcome == "edit":
        set_draft(session, task.id, by, review.edits["edits"])
    session.flush()
    return task
