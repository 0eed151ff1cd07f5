"""The tables, as SQLAlchemy sees them; serving/store/migrations brings a database to this state.

    session.get(ListingRow, "lst_…").photos

Times are UTC and kept without a zone, as SQLite has none. JSON columns hold the pydantic models
of vision/ as they serialise themselves.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Json = dict[str, Any]


class Base(DeclarativeBase):
    """All tables; constraints have names, so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        Json: JSON(none_as_null=True),
        datetime: DateTime(),
        str: String(200),
        bool: Boolean,
    }


def now() -> datetime:
    """The time in UTC, without a zone, as the tables keep it."""
    return datetime.now(UTC).replace(tzinfo=None)


class KeyRow(Base):
    """A key; of the secret only its SHA-256."""

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[str] = mapped_column(String(20))
    rate_per_minute: Mapped[int | None] = mapped_column(Integer)
    max_bytes: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]


class ListingRow(Base):
    """A listing; `key_id` is its owner, None where it was made without any key."""

    __tablename__ = "listings"
    __table_args__ = (Index("ix_listings_page", "key_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[str | None] = mapped_column(ForeignKey("keys.id"))
    home: Mapped[Json]
    rules: Mapped[str]
    policy: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str]
    training_consent: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(Integer, default=1)


class TokenRow(Base):
    """A seller's token, by the SHA-256 of its text."""

    __tablename__ = "tokens"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    listing_id: Mapped[str] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class PhotoRow(Base):
    """A photo. `original_until` is None once the uploaded file was purged."""

    __tablename__ = "photos"
    __table_args__ = (
        UniqueConstraint("listing_id", "sha256", name="uq_photos_bytes"),
        UniqueConstraint("listing_id", "name_key", name="uq_photos_name"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    listing_id: Mapped[str] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(String(400))
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    findings: Mapped[Json]
    receipt: Mapped[Json]
    models: Mapped[Json]
    copy_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    uploaded_by: Mapped[str]
    uploaded_at: Mapped[datetime] = mapped_column(default=now)
    original_until: Mapped[datetime | None] = mapped_column(index=True)
    answer: Mapped[Json | None]
    version: Mapped[int] = mapped_column(Integer, default=1)


class CorrectionRow(Base):
    """What a seller said a photo shows, beside what the model took it for; never changed."""

    __tablename__ = "corrections"
    __table_args__ = (Index("ix_corrections_page", "created_at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    photo_id: Mapped[str] = mapped_column(ForeignKey("photos.id", ondelete="CASCADE"), index=True)
    rooms: Mapped[Json]
    guess: Mapped[str]
    probability: Mapped[float]
    models: Mapped[Json]
    by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class AnswerRow(Base):
    """The answer to a request that carried an Idempotency-Key; it ends with its listing."""

    __tablename__ = "idempotency"

    owner: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    listing_id: Mapped[str] = mapped_column(
        ForeignKey("listings.id", ondelete="CASCADE"), index=True
    )
    status: Mapped[int] = mapped_column(Integer)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
