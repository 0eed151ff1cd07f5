"""How far a labeler is, and what is left for them.

    progress = progress_of(session, "key:key_1", rules, "doors")
    progress.done_today, progress.open, progress.seconds_median

Counts hold hidden checks as well, given ones and those to come: every answer brings the open tasks
down by one, so that the count does not tell what was a check. Days are UTC days.
"""

import statistics
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from labels.queue import ReviewRules, available, unseen_checks
from labels.state import find_set
from labels.tables import FlagRow, ImageRow, LabelerRow, ReviewRow, SetRow, TaskRow
from labels.turns import checks_ahead
from serving.store.tables import now

LATEST = 200
"""Answers that the median is of."""


@dataclass(frozen=True)
class Progress:
    """`open` is what this labeler could do, over the sets asked for."""

    done_today: int
    open: int
    seconds_median: float | None
    sets: tuple[tuple[str, int], ...]


def progress_of(
    session: Session, by: str, rules: ReviewRules, set_name: str | None = None
) -> Progress:
    """Of one set or of all. Raises NotFound."""
    given = None if set_name is None else find_set(session, set_name).id
    labeler = session.get(LabelerRow, by)
    dealt = {} if labeler is None else labeler.dealt
    sets = session.scalars(select(SetRow).order_by(SetRow.name)).all()
    counts = {
        row.name: _open(session, by, rules, row.id, int(dealt.get(row.id, 0)))
        for row in sets
        if given in (None, row.id)
    }
    done = [
        ReviewRow.by == by,
        ReviewRow.undone_at.is_(None),
        ReviewRow.outcome != "skip",
    ]
    today = now().replace(hour=0, minute=0, second=0, microsecond=0)
    count = select(func.count()).select_from(ReviewRow).where(*done, ReviewRow.created_at >= today)
    latest = (
        select(ReviewRow.seconds).where(*done).order_by(ReviewRow.created_at.desc()).limit(LATEST)
    )
    seconds = session.scalars(latest).all()
    return Progress(
        done_today=session.scalar(count) or 0,
        open=sum(counts.values()),
        seconds_median=round(statistics.median(seconds), 1) if seconds else None,
        sets=tuple(counts.items()),
    )


def _open(session: Session, by: str, rules: ReviewRules, set_id: str, dealt: int) -> int:
    """Tasks that are or will be given to the labeler, checks among them."""
    at = now()
    held = and_(TaskRow.leased_by == by, TaskRow.leased_until > at)
    query = select(TaskRow.check, held.label("held"), func.count().label("number"))
    query = query.where(*available(by, at, set_id)).group_by(TaskRow.check, held)
    found = {(bool(check), bool(mine)): number for check, mine, number in session.execute(query)}
    free = found.get((False, False), 0)
    checks = (
        select(func.count())
        .select_from(FlagRow)
        .join(ImageRow, FlagRow.image_id == ImageRow.id)
        .where(unseen_checks(by, set_id), ImageRow.present.is_(True))
    )
    unseen = session.scalar(checks) or 0
    ahead = checks_ahead(dealt, free, unseen, rules.check_every, f"{set_id} {by}")
    return sum(found.values()) + ahead
