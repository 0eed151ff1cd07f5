"""Gives tasks to labelers, one labeler a task, and keeps what they have not finished.

    rules = ReviewRules(lease=timedelta(minutes=5), check_every=10, second_share=0.05)
    with database.write() as session:
        tasks = next_tasks(session, "key:key_1", rules, "doors", count=2)
        held = keep_draft(session, tasks[0].row.id, "key:key_1", edits, rules)

Largest gain per second of work first, then by id. A lease ends by itself and the task goes to the
next who asks; what was begun is kept as a draft of its labeler and comes back with the task.
Hidden checks stand in the queue at places that are fixed for each labeler and set, one in every
`check_every` (labels/turns.py).

PostgreSQL: rows that another transaction is giving out are skipped (SKIP LOCKED). SQLite has one
writer at a time. Whoever locks more than one row does so in this order: labeler, set, tasks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from labels.flags import Json
from labels.runs import OPEN, SUPERSEDED, task_values
from labels.state import DELETED, find_set, states_of_boxes
from labels.tables import DraftRow, FlagRow, ImageRow, LabelerRow, ReviewRow, TaskRow
from labels.turns import is_check_turn
from serving.errors import NotFound
from serving.store.tables import now


@dataclass(frozen=True)
class ReviewRules:
    """How long a lease lasts; one task in how many is a check (0: none); which share of the real
    ones is asked of a second labeler."""

    lease: timedelta = timedelta(minutes=5)
    check_every: int = 10
    second_share: float = 0.05


def lock_labeler(session: Session, by: str) -> LabelerRow:
    """The labeler's row, a new one where there is none: their own requests wait for one another."""
    query = select(LabelerRow).where(LabelerRow.by == by).with_for_update(key_share=True)
    query = query.execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        try:
            with session.begin_nested():
                session.add(LabelerRow(by=by, dealt={}))
        except IntegrityError:
            pass  # another request of theirs made it meanwhile
        row = session.scalars(query).one()
    return row


def next_tasks(
    session: Session, by: str, rules: ReviewRules, set_name: str | None, count: int
) -> list[TaskRow]:
    """Up to `count` tasks, leased to this labeler: unfinished ones first. Raises NotFound."""
    labeler = lock_labeler(session, by)
    set_id = None if set_name is None else find_set(session, set_name).id
    at = now()
    own = or_(TaskRow.leased_by == by, _drafted(by))
    found = _take(session, [*available(by, at, set_id), own], count)
    while len(found) < count:
        chosen = _deal(session, labeler, rules, at, set_id, [row.id for row in found])
        if chosen is None:
            break
        found.append(chosen)
    for row in found:
        lease(row, by, rules)
    session.flush()
    return found


def lease(row: TaskRow, by: str, rules: ReviewRules) -> None:
    """The task is this labeler's for a while."""
    row.leased_by, row.leased_until = by, now() + rules.lease


def available(by: str, at: datetime, set_id: str | None) -> list[ColumnElement[bool]]:
    """Conditions for a task that may be given to this labeler now."""
    found = [
        TaskRow.state == OPEN,
        or_(TaskRow.only_for.is_(None), TaskRow.only_for == by),
        free_for(by, at),
        ~answered_by(by),
        exists().where(ImageRow.id == TaskRow.image_id, ImageRow.present.is_(True)),
    ]
    return found if set_id is None else [TaskRow.set_id == set_id, *found]


def free_for(by: str, at: datetime) -> ColumnElement[bool]:
    """Nobody else holds it."""
    return or_(TaskRow.leased_until.is_(None), TaskRow.leased_until <= at, TaskRow.leased_by == by)


def answered_by(by: str) -> ColumnElement[bool]:
    """The labeler has answered this question, by this task or another of the same flag."""
    other = aliased(TaskRow)
    return exists().where(
        ReviewRow.task_id == other.id,
        other.flag_id == TaskRow.flag_id,
        ReviewRow.by == by,
        ReviewRow.undone_at.is_(None),
    )


def _drafted(by: str) -> ColumnElement[bool]:
    return exists().where(DraftRow.task_id == TaskRow.id, DraftRow.by == by)


def _photo_held(by: str, at: datetime) -> ColumnElement[bool]:
    """Another labeler works on the same photo: the two would change each other's boxes."""
    other = aliased(TaskRow)
    return exists().where(
        other.image_id == TaskRow.image_id,
        other.leased_by != by,
        other.leased_until > at,
        other.state == OPEN,
    )


def _take(session: Session, conditions: Sequence[ColumnElement[bool]], count: int) -> list[TaskRow]:
    """The first of the tasks that fulfil these, locked."""
    query = (
        select(TaskRow)
        .where(*conditions)
        .order_by(TaskRow.gain_per_second.desc(), TaskRow.id)
        .limit(count)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def _deal(
    session: Session,
    labeler: LabelerRow,
    rules: ReviewRules,
    at: datetime,
    set_id: str | None,
    taken: Sequence[str],
) -> TaskRow | None:
    """One more task that nobody holds; None where there is none."""
    by = labeler.by
    conditions = [*available(by, at, set_id), TaskRow.id.not_in(taken), ~_photo_held(by, at)]
    while True:
        top = next(iter(_take(session, conditions, 1)), None)
        if top is None or top.check:
            return top
        flag = session.get_one(FlagRow, top.flag_id)
        if not top.second and flag.box_id is not None and _is_gone(session, flag.box_id):
            top.state = SUPERSEDED
            session.flush()
            continue
        serial = int(labeler.dealt.get(top.set_id, 0))
        labeler.dealt = {**labeler.dealt, top.set_id: serial + 1}
        if is_check_turn(serial, rules.check_every, f"{top.set_id} {by}"):
            check = _new_check(session, top, by)
            if check is not None:
                return check
        return top


def _is_gone(session: Session, box_id: str) -> bool:
    state = states_of_boxes(session, [box_id]).get(box_id)
    return state is None or state.op == DELETED


def unseen_checks(by: str, set_id: str) -> ColumnElement[bool]:
    """Conditions for checks of the set that were not given to this labeler yet."""
    given = exists().where(
        TaskRow.flag_id == FlagRow.id, TaskRow.check.is_(True), TaskRow.only_for == by
    )
    return and_(FlagRow.set_id == set_id, FlagRow.shown.is_not(None), ~given)


def _new_check(session: Session, instead: TaskRow, by: str) -> TaskRow | None:
    """A check in the place of the task that would be next; None where all were given."""
    query = (
        select(FlagRow)
        .join(ImageRow, FlagRow.image_id == ImageRow.id)
        .where(unseen_checks(by, instead.set_id), ImageRow.present.is_(True))
        .order_by(FlagRow.created_at.desc(), FlagRow.id)
        .limit(1)
    )
    flag = session.scalar(query)
    if flag is None:
        return None
    values = task_values(flag.id, flag.set_id, flag.image_id, instead.gain_per_second)
    row = TaskRow(**(values | {"check": True, "only_for": by}))
    session.add(row)
    session.flush()
    return row


def task_of(session: Session, task_id: str, by: str, *, lock: bool = False) -> TaskRow:
    """The task. Raises NotFound, also for one that is another labeler's alone."""
    query = select(TaskRow).where(TaskRow.id == task_id)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None or row.only_for not in (None, by):
        raise NotFound("there is no such task, or it is no more", do="ask for the next one")
    return row


def may_answer(row: TaskRow, by: str) -> bool:
    """Whether the task is still this labeler's to answer: held, or let go and with nobody else."""
    if row.state == OPEN:
        held = row.leased_until is not None and row.leased_until > now()
        return row.leased_by == by or not held
    return row.state == SUPERSEDED and row.leased_by == by


def keep_draft(
    session: Session, task_id: str, by: str, edits: Sequence[Json], rules: ReviewRules
) -> bool:
    """Keep unfinished work and renew the lease; whether the task is still this labeler's.

    What is kept comes back should the task come back. Raises NotFound.
    """
    lock_labeler(session, by)  # or a request for tasks would skip this one while it is locked
    row = task_of(session, task_id, by, lock=True)
    answered = session.scalar(select(TaskRow.id).where(TaskRow.id == task_id, answered_by(by)))
    mine = may_answer(row, by) and answered is None
    if answered is None:
        set_draft(session, task_id, by, edits)
    if mine:
        lease(row, by, rules)
    return mine


def set_draft(session: Session, task_id: str, by: str, edits: Sequence[Json]) -> None:
    """Keep these edits; whoever calls holds the task's row."""
    session.merge(DraftRow(task_id=task_id, by=by, edits={"edits": list(edits)}, updated_at=now()))
    session.flush()


def release(session: Session, task_id: str, by: str) -> None:
    """Give the task back; its draft is kept. Raises NotFound."""
    lock_labeler(session, by)
    row = task_of(session, task_id, by, lock=True)
    if row.leased_by == by:
        row.leased_by = row.leased_until = None
