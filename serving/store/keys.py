"""Keys and sellers' tokens: made once, kept as hashes, looked up at every request.

    made = create_key(session, "app", Scope.SERVICE)
    made.secret                                  # shown this once
    key = find_key(session, made.secret)         # None when unknown or revoked

Secrets are 256 random bits, so a plain SHA-256 is enough: there is nothing to guess.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from serving.errors import NotFound, Unprocessable
from serving.store.tables import KeyRow, TokenRow, now


class Scope(StrEnum):
    """What a key is for; see docs/api.md."""

    SERVICE = "service"
    LABELER = "labeler"
    ADMIN = "admin"
    ANALYST = "analyst"
    PARTNER = "partner"


KEY_PREFIX, TOKEN_PREFIX = "hlk_", "hlt_"
"""Begin a secret, so that it is recognised where it was pasted by mistake."""

SECRET = re.compile(rf"{KEY_PREFIX}[A-Za-z0-9_-]{{43,200}}")
"""A key's secret that was made elsewhere."""


@dataclass(frozen=True)
class MadeKey:
    """A new key with its secret."""

    id: str
    secret: str


def new_id(prefix: str) -> str:
    """A random id of 96 bits, such as lst_4nWx0Yq8T2uJb1Zc."""
    return f"{prefix}_{secrets.token_urlsafe(12)}"


def hashed(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_key(
    session: Session,
    name: str,
    scope: Scope,
    *,
    rate_per_minute: int | None = None,
    max_bytes: int | None = None,
) -> MadeKey:
    """A new key."""
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    key_id, _ = take_key(
        session, name, scope, secret, rate_per_minute=rate_per_minute, max_bytes=max_bytes
    )
    return MadeKey(key_id, secret)


def take_key(
    session: Session,
    name: str,
    scope: Scope,
    secret: str,
    *,
    rate_per_minute: int | None = None,
    max_bytes: int | None = None,
) -> tuple[str, bool]:
    """The id of the key with this secret, and whether it is new; one that is there stays as it is,
    revoked or not. Raises Unprocessable for a secret that could be guessed."""
    if not SECRET.fullmatch(secret):  # what it is is not told: it may be another secret
        raise Unprocessable(
            "the secret is not of the form of a key's",
            accepted="hlk_ and at least 43 characters A-Z a-z 0-9 - _: 256 random bits",
            do="make one with: echo hlk_$(openssl rand -hex 32)",
        )
    there = session.scalar(select(KeyRow.id).where(KeyRow.hash == hashed(secret)))
    if there is not None:
        return there, False
    row = KeyRow(
        id=new_id("key"),
        name=name,
        hash=hashed(secret),
        scope=scope.value,
        rate_per_minute=rate_per_minute,
        max_bytes=max_bytes,
    )
    session.add(row)
    return row.id, True


def list_keys(session: Session) -> list[KeyRow]:
    """All keys, revoked ones too, oldest first."""
    return list(session.scalars(select(KeyRow).order_by(KeyRow.created_at, KeyRow.id)))


def revoke_key(session: Session, key_id: str) -> None:
    """The key opens nothing any more; its listings stay. Raises NotFound."""
    row = session.get(KeyRow, key_id)
    if row is None:
        raise NotFound(f"there is no key {key_id}", do="see `homelens keys list`")
    row.revoked_at = row.revoked_at or now()


def any_key(session: Session) -> bool:
    """Whether a key was ever made: from then on one is required, even if all are revoked."""
    return session.scalar(select(KeyRow.id).limit(1)) is not None


def find_key(session: Session, secret: str) -> KeyRow | None:
    """The key with this secret, if it is valid."""
    query = select(KeyRow).where(KeyRow.hash == hashed(secret), KeyRow.revoked_at.is_(None))
    return session.scalar(query)


def create_token(session: Session, listing_id: str, minutes: int) -> tuple[str, datetime]:
    """A token for one listing, and when it expires."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    expires = now() + timedelta(minutes=minutes)
    session.add(TokenRow(hash=hashed(secret), listing_id=listing_id, expires_at=expires))
    return secret, expires


def find_token(session: Session, secret: str) -> TokenRow | None:
    """The token with this text, if it has not expired."""
    query = select(TokenRow).where(TokenRow.hash == hashed(secret), TokenRow.expires_at > now())
    return session.scalar(query)
