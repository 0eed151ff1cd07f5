"""Counting visits of the valuation page: each once, and as totals alone.

    count_seen(session, token, "words", "krakow", "it", today, until)     # True the first time
    count_taken(session, token)                                           # True the first time
    totals(session, since=date(2026, 10, 1))                              # [Total("none", 812, 40)]

Both work under any number of replicas: a row that is there already is left as it is.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from serving.store.visit_tables import SpentVisitRow, VisitCountRow


@dataclass(frozen=True)
class Total:
    """Visits that saw a value with this explanation, and those of them that took the next step."""

    variant: str
    seen: int
    taken: int


def count_seen(
    session: Session,
    token: str,
    variant: str,
    market: str,
    language: str,
    day: date,
    expires_at: datetime,
) -> bool:
    """Count that a visit saw a value; False where it was counted before. `token` is a hash."""
    insert = _insert(session)
    group = {"day": day, "variant": variant, "market": market, "language": language}
    spent = insert(SpentVisitRow).values(token=token, taken=False, expires_at=expires_at, **group)
    # RETURNING, for not every driver counts the rows of an INSERT that may do nothing
    spent = spent.on_conflict_do_nothing().returning(SpentVisitRow.token)
    if session.execute(spent).first() is None:
        return False
    count = insert(VisitCountRow).values(seen=1, taken=0, **group)
    session.execute(
        count.on_conflict_do_update(
            index_elements=list(group), set_={"seen": VisitCountRow.seen + 1}
        )
    )
    return True


def count_taken(session: Session, token: str) -> bool:
    """Count that a visit took the next step; False where it did before, or saw no value."""
    first = update(SpentVisitRow).where(SpentVisitRow.token == token, ~SpentVisitRow.taken)
    done = session.execute(first.values(taken=True).returning(SpentVisitRow.token))
    if done.first() is None:
        return False
    visit = session.get_one(SpentVisitRow, token)
    session.execute(
        update(VisitCountRow)
        .where(
            VisitCountRow.day == visit.day,
            VisitCountRow.variant == visit.variant,
            VisitCountRow.market == visit.market,
            VisitCountRow.language == visit.language,
        )
        .values(taken=VisitCountRow.taken + 1)
    )
    return True


def totals(
    session: Session,
    *,
    since: date | None = None,
    until: date | None = None,
    market: str | None = None,
    language: str | None = None,
) -> list[Total]:
    """The totals of each variant, from and to these days inclusive, by the variant's name."""
    row = VisitCountRow
    query = select(row.variant, func.sum(row.seen), func.sum(row.taken))
    if since is not None:
        query = query.where(row.day >= since)
    if until is not None:
        query = query.where(row.day <= until)
    if market is not None:
        query = query.where(row.market == market)
    if language is not None:
        query = query.where(row.language == language)
    rows = session.execute(query.group_by(row.variant).order_by(row.variant))
    return [Total(variant, int(seen), int(taken)) for variant, seen, taken in rows]


def forget_visits(session: Session, now: datetime) -> int:
    """Delete the rows of visits whose tokens have ended; the totals stay. Gives their number."""
    over = delete(SpentVisitRow).where(SpentVisitRow.expires_at <= now)
    return cast(CursorResult[Any], session.execute(over)).rowcount


def _insert(session: Session) -> Any:
    """The database's own INSERT, which knows ON CONFLICT; both kinds say it alike."""
    # imported here: the other database's would be loaded at every start
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        return postgresql_insert
    from sqlalchemy.dialects.sqlite import insert

    return insert
