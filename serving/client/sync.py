"""The synchronous client; see serving/client/__init__.py.

with Client("http://127.0.0.1:8000", key) as homelens:
    homelens.upload(listing.id, [Path("kitchen.jpg")])
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Literal, Self, TypeVar

import httpx
import stamina
from httpx_sse import connect_sse

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


class Client:
    """Talks to one service with one key. Close it, or use it as a context."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout: float = 60.0,
        attempts: int = 6,
    ) -> None:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout)
        self._attempts = attempts

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _send(self, call: Call[T]) -> T:
        """Send a call, again where that helps. Raises ApiError or httpx.TransportError."""
        tries = stamina.retry_context(on=wait_for, attempts=self._attempts, timeout=None)
        for attempt in tries:
            with attempt, call.request() as request:
                response = self._http.request(call.method, call.path, **request)
                raise_for(response)
                return call.read(response)
        raise AssertionError("stamina raises the last error")

    def events(self, listing_id: str) -> Iterator[tuple[str, str]]:
        """Events of a listing as (name, JSON), until the service ends the stream."""
        path = f"/v1/listings/{listing_id}/events"
        with connect_sse(self._http, "GET", path, timeout=None) as source:
            if not source.response.is_success:
                source.response.read()
                raise_for(source.response)
            for event in source.iter_sse():
                if event.data:  # without data it only says how long to wait before coming back
                    yield event.event, event.data

    def info(self) -> Info:
        """What the service takes."""
        return self._send(calls.info())

    def models(self) -> RunningModels:
        """What the service runs."""
        return self._send(calls.models())

    def check(
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
        return self._send(call)

    def create_listing(
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
        return self._send(calls.create_listing(new, idempotency_key or calls.new_key()))

    def listings(self, after: str | None = None, limit: int = 50) -> ListingPage:
        """A page of listings, newest first; `after` is the `next` of the page before."""
        return self._send(calls.listings(after, limit))

    def listing(self, listing_id: str) -> Listing:
        """A listing with its photos."""
        return self._send(calls.listing(listing_id))

    def change_listing(self, listing_id: str, change: ListingChange) -> Listing:
        """Change what `change` sets."""
        return self._send(calls.change_listing(listing_id, change))

    def delete_listing(self, listing_id: str) -> None:
        """Delete a listing with all that belongs to it."""
        self._send(calls.delete_listing(listing_id))

    def token(self, listing_id: str, minutes: int | None = None) -> Token:
        """A seller's token for one listing."""
        return self._send(calls.token(listing_id, minutes))

    def report(self, listing_id: str) -> ListingReport:
        """What is there and what is missing."""
        return self._send(calls.report(listing_id))

    def upload(
        self,
        listing_id: str,
        photos: Sequence[File],
        *,
        replaces: str | None = None,
        idempotency_key: str | None = None,
    ) -> UploadResult:
        """Upload photos; ApiError where every one was refused, else look at `results`."""
        key = idempotency_key or calls.new_key()
        return self._send(calls.upload(listing_id, photos, key, replaces))

    def photo(self, listing_id: str, photo_id: str) -> Photo:
        """One photo."""
        return self._send(calls.photo(listing_id, photo_id))

    def delete_photo(self, listing_id: str, photo_id: str) -> None:
        """Delete a photo with its copy."""
        self._send(calls.delete_photo(listing_id, photo_id))

    def correct(self, listing_id: str, photo_id: str, rooms: Sequence[str]) -> Photo:
        """Say what a photo shows."""
        return self._send(calls.correct(listing_id, photo_id, rooms))

    def take_back(self, listing_id: str, photo_id: str) -> Photo:
        """Take back what was said of a photo."""
        return self._send(calls.take_back(listing_id, photo_id))

    def original(self, listing_id: str, photo_id: str) -> bytes:
        """The file as it was uploaded, for its uploader."""
        return self._send(calls.original(listing_id, photo_id))

    def download(self, url: str) -> bytes:
        """A safe copy, by the `url` or `thumbnail_url` of a photo's copy."""
        return self._send(calls.download(url))

    def corrections(self, after: str | None = None, limit: int = 50) -> CorrectionPage:
        """Sellers' answers as labels, oldest first."""
        return self._send(calls.corrections(after, limit))

    def markets(self) -> MarketList:
        """Where homes can be valued."""
        return self._send(calls.markets())

    def market(self, name: str) -> MarketDetails:
        """What a market's model needs and reads."""
        return self._send(calls.market(name))

    def valuation(
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
        return self._send(calls.valuation(request))
