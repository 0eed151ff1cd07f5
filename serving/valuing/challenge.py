"""Proof of work for people without a key: an ALTCHA challenge, made and checked here.

    challenge = make_challenge(secret, today, level=0, tries=200, now=now)
    solved = read_solution(text)                     # raises ChallengeNeeded
    solved.check(secret, level=0, now=now)           # raises ChallengeNeeded

A browser derives keys by PBKDF2 until one begins as the challenge says: work that nobody notices
once, and that adds up for whoever asks thousands of times. That a solution counts once is seen to
where the value is counted (serving/valuing/gate.py). The library is imported when it is needed.
"""

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from serving.errors import ChallengeNeeded
from serving.valuing.days import keyed

if TYPE_CHECKING:
    from altcha import Payload

ALGORITHM = "PBKDF2/SHA-256"
"""What every browser's own crypto can do, in a worker, without other code."""

COST = 2_000
"""Rounds of one try: about a millisecond, so that the price of a message to a worker is small."""

VALID = timedelta(minutes=10)
"""Time to fill in a form."""

HARDER = 8
"""Times the tries of a challenge for callers who look like a sweep, and for all on a busy day."""

LONGEST = 4_000
"""Characters of a solution; one takes about 700."""


@dataclass(frozen=True)
class Solved:
    """A solution as it came, with what its challenge says of itself; not yet to be believed."""

    payload: "Payload"
    day: date
    level: int
    challenge: str
    """names the challenge"""
    expires_at: datetime

    def check(self, secret: bytes | None, level: int, now: datetime) -> None:
        """Raise ChallengeNeeded unless it solves a challenge of ours, in time and hard enough."""
        from altcha import verify_solution

        if now >= self.expires_at:
            raise needed("the challenge has expired")
        if secret is None:  # of a day that is over, or was never ours
            raise needed("the challenge has expired")
        key, other = keys_of(secret)
        try:
            found = verify_solution(self.payload, key, hmac_key_secret=other)
        except (ValueError, TypeError, KeyError, OverflowError):
            raise needed("the solution cannot be read") from None
        if not found.verified:
            raise needed("the challenge was not solved, or is not from here")
        if level > self.level:
            raise needed("a harder challenge is asked of you now")


def make_challenge(
    secret: bytes, day: date, *, level: int, tries: int, now: datetime
) -> dict[str, Any]:
    """A challenge that takes up to so many tries, more for a level above 0."""
    from altcha import create_challenge

    most = tries * (HARDER if level else 1)
    key, other = keys_of(secret)
    found = create_challenge(
        ALGORITHM,
        COST,
        # never fewer than half: luck would make some challenges free
        counter=most // 2 + secrets.randbelow(most - most // 2),
        expires_at=int((now + VALID).timestamp()),
        data={"day": day.isoformat(), "level": min(level, 1)},
        hmac_secret=key,
        hmac_key_secret=other,
    )
    return dict(found.to_dict())


def read_solution(text: str | None) -> Solved:
    """The solution that a client sent. Raises ChallengeNeeded."""
    from altcha import Payload

    if not text:
        raise needed("there is neither a key nor a solved challenge")
    try:
        raw = json.loads(base64.b64decode(text[: LONGEST + 1], validate=True))
        payload = Payload.from_dict(raw)
        signature = payload.challenge.signature
        data = payload.challenge.parameters.data or {}
        expires = payload.challenge.parameters.expires_at
        if not isinstance(signature, str) or not isinstance(expires, int):
            raise TypeError
        return Solved(
            payload,
            date.fromisoformat(data["day"]),
            int(data["level"]),
            signature[:64],
            datetime.fromtimestamp(expires, UTC),
        )
    except (
        binascii.Error, ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError,
        RecursionError,
    ):  # fmt: skip
        raise needed("the solution cannot be read") from None


def keys_of(secret: bytes) -> tuple[str, str]:
    """The keys that sign a day's challenges and their solutions."""
    return keyed(secret, "challenge", "", 64), keyed(secret, "solution", "", 64)


def needed(wrong: str) -> ChallengeNeeded:
    """The error that says how to go on."""
    return ChallengeNeeded(
        wrong,
        accepted="a key, or the solution of a new challenge in the field altcha",
        do="get one from /v1/valuations/challenge, solve it and send the request again",
    )
