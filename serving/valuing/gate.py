"""What a request for a value has to pass: the day's quota, a challenge, the sweep detector.

    gate = Gate(database, quotas)
    level = gate.pass_(asker, query, solved, now)      # 0 to 2; raises what turns it away

One transaction locks the caller's row, so that replicas count together; that of everybody without a
key is one more row, locked after the caller's own. A solved challenge is used up only where a value
is given.
"""

import logging
import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from serving.errors import ChallengeNeeded, DayQuota, ServiceError, SweepRefused
from serving.store.database import Database
from serving.store.valuation_tables import AskerRow, DaySecretRow, UsedChallengeRow
from serving.valuing.challenge import Solved, needed
from serving.valuing.days import find_secret
from serving.valuing.sweeps import (
    PARTNER,
    PUBLIC,
    Limits,
    Query,
    SweepState,
    habit_of,
    observe,
)

log = logging.getLogger("homelens")

REFUSED = 3
"""The level from which no value is given."""

SECRETS_KEPT = timedelta(days=2)

HARD_FROM = 0.5
"""Share of the values for everybody without a key from which challenges are the harder ones."""


class Trust(StrEnum):
    """How a caller is answered."""

    EXACT = "exact"
    PARTNER = "partner"
    PUBLIC = "public"


@dataclass(frozen=True)
class Asker:
    """Who asks for a value; `name` is a key's id or the hash of an address."""

    name: str
    trust: Trust

    @property
    def limits(self) -> Limits:
        """The counts of the detector for this kind of caller."""
        return PUBLIC if self.trust is Trust.PUBLIC else PARTNER


@dataclass(frozen=True)
class Quotas:
    """Values a day."""

    address: int
    key: int
    anonymous: int
    """of all addresses together"""

    def of(self, asker: Asker) -> int:
        """The quota of a caller."""
        return self.address if asker.trust is Trust.PUBLIC else self.key

    @property
    def hard_from(self) -> int:
        """Values of a day after which everybody without a key has to work harder for one."""
        return math.ceil(HARD_FROM * self.anonymous)


@dataclass(frozen=True)
class Gate:
    """Counts in the database."""

    database: Database
    quotas: Quotas

    def level(self, asker: Asker, now: datetime) -> int:
        """What the caller's day looks like so far."""
        with self.database.read() as session:
            row = session.get(AskerRow, row_name(asker, now.date()))
        return 0 if row is None else row.level

    def work(self, asker: Asker, now: datetime) -> int:
        """The level of the next challenge: the caller's own, or that of a day on which many came.

        A challenge that was made before that goes on to be enough, until it expires.
        """
        with self.database.read() as session:
            everybody = session.get(AskerRow, row_name(EVERYBODY, now.date()))
        many = everybody is not None and everybody.asked >= self.quotas.hard_from
        return max(self.level(asker, now), int(many))

    def check(self, solved: Solved, asker: Asker, now: datetime) -> None:
        """Raise ChallengeNeeded unless the solution is one of ours, unused and hard enough."""
        recent = now.date() - timedelta(days=1) <= solved.day <= now.date()
        secret = find_secret(self.database, solved.day) if recent else None
        solved.check(secret, min(1, self.level(asker, now)), now)
        with self.database.read() as session:
            if session.get(UsedChallengeRow, solved.challenge) is not None:
                raise used()

    def pass_(self, asker: Asker, query: Query, solved: Solved | None, now: datetime) -> int:
        """Count a request that will be answered. Raises DayQuota, SweepRefused, ChallengeNeeded."""
        try:
            with self.database.write() as session:
                # what a refusal teaches is kept as well: so it is raised after the transaction
                level, refusal = self._count(session, asker, query, now)
                if refusal is None and solved is not None:
                    session.add(
                        UsedChallengeRow(
                            challenge=solved.challenge,
                            expires_at=solved.expires_at.astimezone(UTC).replace(tzinfo=None),
                        )
                    )
        except IntegrityError:
            # the challenge was used meanwhile, or another replica made the caller's first row
            with self.database.read() as session:
                if solved is not None and (
                    session.get(UsedChallengeRow, solved.challenge) is not None
                ):
                    raise used() from None
            return self.pass_(asker, query, solved, now)
        if refusal is not None:
            raise refusal
        return level

    def _count(
        self, session: Session, asker: Asker, query: Query, now: datetime
    ) -> tuple[int, ServiceError | None]:
        most, limits, wait = self.quotas.of(asker), asker.limits, until_tomorrow(now)
        row = locked(session, asker, now.date())
        if row.asked >= most:
            return row.level, spent(f"{most} values were given today", f"{most} a day", wait)
        everybody = None
        if asker.trust is Trust.PUBLIC:
            everybody, most = locked(session, EVERYBODY, now.date()), self.quotas.anonymous
            if everybody.asked >= most:
                return row.level, spent(
                    f"{most} values were given today to people without a key",
                    f"{most} a day for all of them together",
                    wait,
                )
        state, level = observe(SweepState.read(row.state), query, limits)
        if level > row.level:
            habit = habit_of(state, limits)
            log.info("%s looks like a sweep: level %d by %s", row.asker, level, habit)
        row.state, row.level, row.updated_at = state.json(), level, now.replace(tzinfo=None)
        if level >= REFUSED and asker.trust is not Trust.EXACT:
            return level, SweepRefused(
                "these requests look like a copy of the model being made",
                do="come back tomorrow, or ask for a key",
                retry_after=wait,
            )
        row.asked += 1
        if everybody is not None:
            everybody.asked += 1
            self._tell(everybody.asked)
        return level, None

    def _tell(self, asked: int) -> None:
        """Say when a day gets unusual: once, whichever replica gives the value."""
        if asked == self.quotas.hard_from:
            log.warning("%d values were given today without a key: challenges get harder", asked)
        if asked == self.quotas.anonymous:
            log.warning("%d values were given today without a key: no more until tomorrow", asked)


EVERYBODY = Asker("everybody", Trust.PUBLIC)
"""All without a key together; no address's hash is such a word."""


def locked(session: Session, asker: Asker, day: date) -> AskerRow:
    """The caller's row of a day, locked until the transaction ends; made where there is none."""
    name = row_name(asker, day)
    row = session.get(AskerRow, name, with_for_update=True)
    if row is None:
        row = AskerRow(asker=name, day=day, asked=0, level=0, state={})
        session.add(row)
    return row


def spent(given: str, accepted: str, wait: float) -> DayQuota:
    """The error for a day whose values are all given."""
    return DayQuota(
        f"{given}, which is all of a day's",
        accepted=accepted,
        do="come back tomorrow, or ask for a key",
        retry_after=wait,
    )


def row_name(asker: Asker, day: date) -> str:
    """The caller's row of a day; a key's is of one day as well."""
    return f"{asker.trust.value[:3]}:{asker.name}:{day:%Y%m%d}"


def until_tomorrow(now: datetime) -> float:
    """Seconds until the day, and with it every count, is over."""
    tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
    return (tomorrow - now).total_seconds()


def used() -> ChallengeNeeded:
    """The error for a solution that was sent before."""
    return needed("this solution was used already")


def sweep_valuations(database: Database, now: datetime) -> int:
    """Delete what is of days that are over; the number of rows."""
    before = now.date() - SECRETS_KEPT
    queries = (
        delete(DaySecretRow).where(DaySecretRow.day <= before),
        delete(AskerRow).where(AskerRow.day < now.date()),
        delete(UsedChallengeRow).where(UsedChallengeRow.expires_at <= now.replace(tzinfo=None)),
    )
    with database.write() as session:
        return sum(int(getattr(session.execute(one), "rowcount", 0)) for one in queries)
