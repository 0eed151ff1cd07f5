"""Answers that are kept for their Idempotency-Key, after the IETF's draft of that header.

    replay = find_answer(session, owner, key, request)
    keep_answer(session, owner, key, Answer(request, listing_id, 201, body))

`request` is a hash of what was asked; the same key with another request is an error. An answer
speaks of photos: it is deleted with its listing, and with any photo of it.
"""

import hashlib
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import delete
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


@dataclass(frozen=True)
class Answer:
    """What is kept: the request's hash, the listing that it is about, status and JSON."""

    request: str
    listing_id: str
    status: int
    body: str


def keep_answer(session: Session, owner: str, key: str, answer: Answer) -> None:
    """Keep an answer in place of an expired one. Raises IntegrityError where another request was
    first with this key: nothing is ever kept over an answer that may have been given."""
    own = (AnswerRow.owner == owner, AnswerRow.key == key)
    session.execute(delete(AnswerRow).where(*own, AnswerRow.created_at < now() - KEPT))
    session.add(AnswerRow(owner=owner, key=key, created_at=now(), **asdict(answer)))
    session.flush()


def forget_answers(session: Session, listing_id: str) -> None:
    """Delete the kept answers of a listing."""
    session.execute(delete(AnswerRow).where(AnswerRow.listing_id == listing_id))
