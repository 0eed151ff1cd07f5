"""Server-sent events of one listing: the photos as they are, then whatever changes.

    curl -N -H "Authorization: Bearer KEY" …/v1/listings/lst_…/events

What changed is found by comparing versions in the database, on every nudge of this process and
every few seconds for what other replicas did: nothing is lost when a stream is cut and opened
again, for it begins with all photos. Progress of uploads is passed on by the process that has them.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from serving.api.auth import CallerOf
from serving.api.listings import ListingId, rules_of
from serving.api.models import PhotoDeleted
from serving.api.services import Services, services_of
from serving.api.views import photo_view, report_view
from serving.errors import NotFound, TooManyRequests
from serving.store.listings import get_listing, photos_of, versions
from vision.findings import Frozen

router = APIRouter(prefix="/v1/listings", tags=["listings"])

LOOK_SECONDS = 3.0
"""Between two looks for what other processes changed."""

STREAM_SECONDS = 3600.0
"""A stream ends after an hour; its client opens it again, with a key that is still valid."""

MOST_STREAMS = 20
"""Of one listing: more windows than anybody has open, and a bound on what a client can hold."""

RETRY_MS = 2000
"""What clients wait before they open a stream again."""


@dataclass
class Known:
    """What a stream has told already: versions of the listing and of its photos."""

    listing: int = -1
    photos: dict[str, int] = field(default_factory=dict)


def may_see(request: Request, listing: ListingId, caller: CallerOf) -> None:
    """Raises NotFound or TooManyRequests, before the stream begins, unless it may begin."""
    services = services_of(request)
    with services.database.read() as session:
        caller.listing_to_see(session, listing)
    if services.hub.listeners(listing) >= MOST_STREAMS:
        raise TooManyRequests(
            "the listing has as many event streams open as it can",
            accepted=f"{MOST_STREAMS} at the same time",
            do="close one, or ask for the listing from time to time",
            retry_after=LOOK_SECONDS,
        )


@router.get(
    "/{listing}/events", response_class=EventSourceResponse, dependencies=[Depends(may_see)]
)
async def events(request: Request, listing: ListingId) -> AsyncIterator[ServerSentEvent]:
    """A stream of `photo`, `photo.deleted`, `report` and `progress` events."""
    services = services_of(request)
    known, ends = Known(), asyncio.get_running_loop().time() + STREAM_SECONDS
    with services.hub.listen(listing) as queue:
        yield ServerSentEvent(comment="open", retry=RETRY_MS)
        try:
            while not services.hub.closing and asyncio.get_running_loop().time() < ends:
                for name, value in await run_in_threadpool(news, services, listing, known):
                    yield event(name, value)
                try:
                    told = await asyncio.wait_for(queue.get(), LOOK_SECONDS)
                except TimeoutError:
                    continue
                while told is not None:  # pass progress on at once; None asks for a look
                    yield event("progress", told)
                    told = await queue.get() if not queue.empty() else None
        except NotFound:  # the listing was deleted: that is the end
            return


def event(name: str, value: Frozen) -> ServerSentEvent:
    """A named event with its JSON."""
    return ServerSentEvent(event=name, raw_data=value.model_dump_json(by_alias=True))


def news(services: Services, listing: str, known: Known) -> list[tuple[str, Frozen]]:
    """What changed since `known`, which is brought up to date. Raises NotFound."""
    with services.database.read() as session:
        version, photos = versions(session, listing)
        if (version, photos) == (known.listing, known.photos):
            return []
        row, rows = get_listing(session, listing), photos_of(session, listing)
    told: list[tuple[str, Frozen]] = [
        ("photo", photo_view(photo))
        for photo in rows
        if known.photos.get(photo.id) != photo.version
    ]
    there = {photo.id: photo.version for photo in rows}
    told += [("photo.deleted", PhotoDeleted(id=gone)) for gone in known.photos.keys() - there]
    told.append(("report", report_view(row, rows, rules_of(services, row.rules))))
    known.listing, known.photos = row.version, there
    return told
