"""The tables that count visits of the valuation page: totals, and which visits are counted already.

    session.get(VisitCountRow, (day, "words", "krakow", "it")).taken

A count belongs to nobody. A visit's row holds the hash of its random token until the token ends, so
that reloading or sending again counts once; nothing in it comes from the person or the browser.
"""

from datetime import date, datetime

from sqlalchemy import Boolean, Date, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from serving.store.tables import Base


class VisitCountRow(Base):
    """How many visits of a day saw a value with this explanation, and took the next step."""

    __tablename__ = "visit_counts"

    day: Mapped[date] = mapped_column(Date(), primary_key=True)
    variant: Mapped[str] = mapped_column(String(20), primary_key=True)
    market: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    seen: Mapped[int] = mapped_column(Integer, default=0)
    taken: Mapped[int] = mapped_column(Integer, default=0)


class SpentVisitRow(Base):
    """A visit that was counted, with the total that its next step belongs to."""

    __tablename__ = "visits_spent"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(Date())
    variant: Mapped[str] = mapped_column(String(20))
    market: Mapped[str]
    language: Mapped[str] = mapped_column(String(8))
    taken: Mapped[bool] = mapped_column(Boolean, default=False)
    expires_at: Mapped[datetime] = mapped_column(index=True)
