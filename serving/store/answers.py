"""Answers that are kept for their Idempotency-Key, after the IETF's draft of that header.

    replay = find_answer(session, owner, key, request)
    keep_answer(session, owner, key, request, 201, body)

`request` is a hash of what was asked; the same key with another request is an error.
"""

import hashlib
from datetime import timedelta

from sqlalchemy.orm import Session

from serving.errors import Unprocessable
from serving.store.tables import AnswerRow, now

KEPT = timedelta(hours=24)
"""How long an answer can be asked for again."""


def fingerprint(*parts: str) -> str:
    """A hash of a request's parts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def find_answer(session: Session, owner: str, key: str, request: str) -> AnswerRow | None:
    """The kept answer. Raises Unprocessable when the key belongs to another request."""
    row = session.get(AnswerRow, (owner, key))
    if row is None or row.created_at < now() - KEPT:
        return None
    if row.request != request:
        raise Unprocessable(
            "this Idempotency-Key was used for another request", do="use a new key for each request"
        )
    return row


def keep_answer(
    session: Session, owner: str, key: str, request: str, status: int, body: str
) -> None:
    """Keep an answer; an expired one of the same key is replaced."""
    session.merge(
        AnswerRow(owner=owner, key=key, request=request, status=status, body=body, created_at=now())
    )
