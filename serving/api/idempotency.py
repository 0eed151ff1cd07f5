"""Idempotency-Key: the first answer again, for a request that is sent again.

    if again := replay(services, caller, key, request):
        return again
    return kept(services, caller, key, Answer(request, listing, 201, body))

Only answers of 2xx are kept, for a day. Where two such requests arrive together, both are worked
on, and the database sees to it that nothing comes to be twice.
"""

from contextlib import suppress
from typing import Annotated

from fastapi import Header
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from serving.api.auth import Caller
from serving.api.services import Services
from serving.store.answers import Answer, find_answer, keep_answer

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="any printable text without spaces; a request that is sent again with the "
        "same one gets the first answer again, for a day",
        examples=["5b0c1c9e-5a2f-4f5f-9c5f-2f0a0d3c7a11"],
    ),
]

JSON = "application/json"


def replay(services: Services, caller: Caller, key: str | None, request: str) -> Response | None:
    """The first answer, if the key was used. Raises Unprocessable for another request's key."""
    if key is None:
        return None
    with services.database.read() as session:
        row = find_answer(session, caller.identity, key, request)
    if row is None:
        return None
    headers = {"Idempotency-Replayed": "true"}
    return Response(row.body, status_code=row.status, media_type=JSON, headers=headers)


def kept(services: Services, caller: Caller, key: str | None, answer: Answer) -> Response:
    """The answer, kept if the request carries a key and the listing is still there."""
    if key is not None:
        # suppressed: the same request was answered meanwhile, or the listing was deleted, with
        # which its answers end
        with suppress(IntegrityError), services.database.write() as session:
            keep_answer(session, caller.identity, key, answer)
    return Response(answer.body, status_code=answer.status, media_type=JSON)
