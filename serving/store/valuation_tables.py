"""The tables that protect valuations; serving/store/migrations brings a database to this state.

    session.get(AskerRow, "address:5f1c…")

Nothing here leads to a person or a home: addresses, places and what is known of homes are hashes
keyed by the day's secret, which is deleted with the day.
"""

from datetime import date, datetime

from sqlalchemy import Date, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from serving.store.tables import Base, Json, now


class DaySecretRow(Base):
    """Random bytes of one day (UTC), from which that day's keys are made."""

    __tablename__ = "valuation_secrets"

    day: Mapped[date] = mapped_column(Date(), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary(32))


class UsedChallengeRow(Base):
    """A challenge whose solution was accepted once; kept until it would have expired anyway."""

    __tablename__ = "valuation_used"

    challenge: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AskerRow(Base):
    """What one caller has asked for today: how often, and the state of the sweep detector."""

    __tablename__ = "valuation_askers"

    asker: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date(), index=True)
    asked: Mapped[int] = mapped_column(Integer, default=0)
    level: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[Json]
    updated_at: Mapped[datetime] = mapped_column(default=now)
