"""A visit of the valuation page: which explanation it sees, in a signed token that counts once.

    token = make_token(secret, day, "words", now)
    visit = read_token(token)                         # raises Unprocessable
    visit.check(secret, now)                          # raises Unprocessable

The token is random and tells nothing of who has it. Its signature keeps a visitor from choosing
the variant, and its hash, kept until it ends, from being counted twice.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from serving.errors import Unprocessable
from serving.valuing.days import keyed

VARIANTS = ("none", "words", "full")
"""Value and range alone; with the reasons in words; with comparables and pictures as well."""

VALID = timedelta(hours=12)
"""Longer than anybody thinks about one value, shorter than the day's secret is kept."""

FORM = re.compile(
    r"(\d{4}-\d{2}-\d{2})\.([a-z]{1,20})\.(\d{9,11})\.([A-Za-z0-9_-]{22})\.([0-9a-f]{64})",
    re.ASCII,
)


@dataclass(frozen=True)
class Visit:
    """What a token says, not yet to be believed."""

    day: date
    variant: str
    expires_at: datetime
    signed: str
    signature: str

    @property
    def hash(self) -> str:
        """What is kept of it once it was counted."""
        return hashlib.sha256(self.signed.encode()).hexdigest()

    def check(self, secret: bytes | None, now: datetime) -> None:
        """Raise Unprocessable unless it is ours and has not ended."""
        right = secret is not None and hmac.compare_digest(
            keyed(secret, "visit", self.signed, 64), self.signature
        )
        if not right or now >= self.expires_at or self.variant not in VARIANTS:
            raise unknown()


def choose(variants: Sequence[str]) -> str:
    """A variant at random, all with the same chance."""
    return secrets.choice(variants)


def make_token(secret: bytes, day: date, variant: str, now: datetime) -> str:
    """A new visit's token."""
    until = int((now + VALID).timestamp())
    signed = f"{day.isoformat()}.{variant}.{until}.{secrets.token_urlsafe(16)}"
    return f"{signed}.{keyed(secret, 'visit', signed, 64)}"


def read_token(text: str) -> Visit:
    """The visit of a token. Raises Unprocessable."""
    found = FORM.fullmatch(text)
    if found is None:
        raise unknown()
    try:
        day = date.fromisoformat(found[1])
        until = datetime.fromtimestamp(int(found[3]), UTC)
    except (ValueError, OverflowError, OSError):
        raise unknown() from None
    return Visit(day, found[2], until, text.rpartition(".")[0], found[5])


def unknown() -> Unprocessable:
    """The error for a token that is not ours or has ended."""
    return Unprocessable(
        "the visit is unknown or over",
        accepted="the token of a visit of the last 12 hours",
        do="begin a new one with POST /v1/visits",
    )
