"""The asynchronous client; see serving/client/__init__.py.

async with AsyncClient("http://127.0.0.1:8000", key) as homelens:
    await homelens.upload(listing.id, [Path("kitchen.jpg")])
"""

import datetime
from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Literal, Self, TypeVar

import httpx
import stamina
from httpx_sse import aconnect_sse

from avm.messages import Language
from serving.api.info_models import CorrectionPage, Info, RunningModels
from serving.api.models import (
    CheckResult,
    Listing,
    ListingChange,
    ListingPage,
    ListingReport,
    NewListing,
    Photo,
    Token,
    UploadResult,
)
from serving.api.valuation_models import (
    MarketDetails,
    MarketList,
    ValuationAnswer,
    ValuationRequest,
    ValuedHome,
)
from serving.client import calls
from serving.client.calls import Call, File, raise_for, wait_for
from vision.home import Home
from vision.policy import Policy

T = TypeVar("T")


class AsyncClient:
    """Talks to one service with one key. Close it, or use it as an asynchronous context."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout: float = 60.0,
        attempts: int = 6,
    ) -> None:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout)
        self._attempts = attempts

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _send(self, call: Call[T]) -> T:
        """Send a call, again where that helps. Raises ApiError or httpx.TransportError."""
        tries = stamina.retry_context(on=wait_for, attempts=self._attempts, timeout=None)
        async for attempt in tries:
            with attempt, call.request() as request:
                response = await self._http.request(call.method, call.path, **request)
                raise_for(response)
                return call.read(response)
        raise AssertionError("stamina raises the last error")

    async def events(self, listing_id: str) -> AsyncIterator[tuple[str, str]]:
        """Events of a listing as (name, JSON), until the service ends the stream."""
        path = f"/v1/listings/{listing_id}/events"
        async with aconnect_sse(self._http, "GET", path, timeout=None) as source:
            if not source.response.is_success:
                await source.response.aread()
                raise_for(source.response)
            async for event in source.aiter_sse():
                if event.data:  # without data it only says how long to wait before coming back
                    yield event.event, event.data

    async def info(self) -> Info:
        """What the service takes."""
        return await self._send(calls.info())

    async def models(self) -> RunningModels:
        """What the service runs."""
        return await self._send(calls.models())

    async def check(
        self,
        home: Home,
        photos: Sequence[File],
        *,
        rules: str | None = None,
        policy: str | None = None,
        copies: Literal["none", "inline", "links"] = "none",
        answers: Mapping[str, Sequence[str]] | None = None,
    ) -> CheckResult:
        """Photos and home in, report out; nothing is kept."""
        call = calls.check(home, photos, rules=rules, policy=policy, copies=copies, answers=answers)
        return await self._send(call)

    async def create_listing(
        self,
        home: Home,
        *,
        rules: str | None = None,
        policy: Policy | None = None,
        reference: str = "",
        training_consent: bool = False,
        idempotency_key: str | None = None,
    ) -> Listing:
        """A new listing."""
        new = NewListing(
            home=home,
            rules=rules,
            policy=policy,
            reference=reference,
            training_consent=training_consent,
        )
        return await self._send(calls.create_listing(new, idempotency_key or calls.new_key()))

    async def listings(self, after: str | None = None, limit: int = 50) -> ListingPage:
        """A page of listings, newest first; `after` is the `next` of the page before."""
        return await self._send(calls.listings(after, limit))

    async def listing(self, listing_id: str) -> Listing:
        """A listing with its photos."""
        return await self._send(calls.listing(listing_id))

    async def change_listing(self, listing_id: str, change: ListingChange) -> Listing:
        """Change what `change` sets."""
        return await self._send(calls.change_listing(listing_id, change))

    async def delete_listing(self, listing_id: str) -> None:
        """Delete a listing with all that belongs to it."""
        await self._send(calls.delete_listing(listing_id))

    async def token(self, listing_id: str, minutes: int | None = None) -> Token:
        """A seller's token for one listing."""
        return await self._send(calls.token(listing_id, minutes))

    async def report(self, listing_id: str) -> ListingReport:
        """What is there and what is missing."""
        return await self._send(calls.report(listing_id))

    async def upload(
        self,
        listing_id: str,
        photos: Sequence[File],
        *,
        replaces: str | None = None,
        idempotency_key: str | None = None,
    ) -> UploadResult:
        """Upload photos; ApiError where every one was refused, else look at `results`."""
        key = idempotency_key or calls.new_key()
        return await self._send(calls.upload(listing_id, photos, key, replaces))

    async def photo(self, listing_id: str, photo_id: str) -> Photo:
        """One photo."""
        return await self._send(calls.photo(listing_id, photo_id))

    async def delete_photo(self, listing_id: str, photo_id: str) -> None:
        """Delete a photo with its copy."""
        await self._send(calls.delete_photo(listing_id, photo_id))

    async def correct(self, listing_id: str, photo_id: str, rooms: Sequence[str]) -> Photo:
        """Say what a photo shows."""
        return await self._send(calls.correct(listing_id, photo_id, rooms))

    async def take_back(self, listing_id: str, photo_id: str) -> Photo:
        """Take back what was said of a photo."""
        return await self._send(calls.take_back(listing_id, photo_id))

    async def original(self, listing_id: str, photo_id: str) -> bytes:
        """The file as it was uploaded, for its uploader."""
        return await self._send(calls.original(listing_id, photo_id))

    async def download(self, url: str) -> bytes:
        """A safe copy, by the `url` or `thumbnail_url` of a photo's copy."""
        return await self._send(calls.download(url))

    async def corrections(self, after: str | None = None, limit: int = 50) -> CorrectionPage:
        """Sellers' answers as labels, oldest first."""
        return await self._send(calls.corrections(after, limit))

    async def markets(self) -> MarketList:
        """Where homes can be valued."""
        return await self._send(calls.markets())

    async def market(self, name: str) -> MarketDetails:
        """What a market's model needs and reads."""
        return await self._send(calls.market(name))

    async def valuation(
        self,
        home: ValuedHome,
        *,
        market: str | None = None,
        country: str | None = None,
        date: datetime.date | None = None,
        language: Language = "en",
        comparables: int = 6,
        pictures: bool = False,
    ) -> ValuationAnswer:
        """What a home is worth. The quota of a day is not waited for: ApiError limit.day."""
        request = ValuationRequest(
            home=home,
            market=market,
            country=country,
            date=date,
            language=language,
            comparables=comparables,
            pictures=pictures,
        )
        return await self._send(calls.valuation(request))
