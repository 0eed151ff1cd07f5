"""What the client asks, as values: the synchronous and the asynchronous client send the same.

call = upload("lst_1", [Path("kitchen.jpg")], key="5b0c…")
call.method, call.path, call.read(response)
"""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from serving.api.info_models import CorrectionPage, Info, RunningModels
from serving.api.models import (
    CheckResult,
    Listing,
    ListingChange,
    ListingPage,
    ListingReport,
    NewListing,
    NewToken,
    Photo,
    Problem,
    RoomAnswer,
    Token,
    UploadResult,
)
from serving.api.valuation_models import (
    MarketDetails,
    MarketList,
    ValuationAnswer,
    ValuationRequest,
)
from vision.home import Home

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

File = Path | tuple[str, bytes]
"""A photo to upload: a file on the disk, or a name and bytes."""

AGAIN = frozenset({429, 502, 503, 504})
"""Answers that mean: later."""

NOT_TODAY = frozenset({"limit.day", "valuation.sweep", "valuation.none"})
"""Codes of such answers that no patience helps against."""


class ApiError(Exception):
    """The service's refusal; `problem` says what was wrong and what to do."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.detail}")
        self.problem, self.retry_after = problem, retry_after

    @property
    def code(self) -> str:
        """The stable code."""
        return self.problem.code


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request, and how its answer is read. `files` are opened anew for every try."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    body: BaseModel | None = None
    query: Mapping[str, str | int] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[File] = ()
    key: str | None = None

    @contextmanager
    def request(self) -> Iterator[dict[str, Any]]:
        """Arguments for httpx, valid within the block."""
        headers = {} if self.key is None else {"Idempotency-Key": self.key}
        given: dict[str, Any] = {"params": dict(self.query), "headers": headers}
        with ExitStack() as stack:
            if self.body is not None:
                given["content"] = self.body.model_dump_json(exclude_unset=True, by_alias=True)
                headers["Content-Type"] = "application/json"
            if self.files:
                given["data"] = dict(self.fields)
                given["files"] = [("photos", opened(file, stack)) for file in self.files]
            yield given


def opened(file: File, stack: ExitStack) -> tuple[str, IO[bytes] | bytes]:
    """A file's name and its stream or bytes."""
    if isinstance(file, Path):
        return file.name, stack.enter_context(file.open("rb"))
    return file


def as_model(model: type[M]) -> Callable[[httpx.Response], M]:
    """Reads an answer into a model."""
    return lambda response: model.model_validate_json(response.content)


def nothing(response: httpx.Response) -> None:
    """Reads an answer without content."""


def raise_for(response: httpx.Response) -> None:
    """Raises ApiError for an answer that is an error; something in between may have answered."""
    if response.is_success:
        return
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        problem = Problem(
            type="about:blank",
            title=response.reason_phrase,
            status=response.status_code,
            detail=f"{response.url} answered {response.status_code} without a problem+json",
            code=f"http.{response.status_code}",
            instance="",
        )
    after = response.headers.get("retry-after", "")
    raise ApiError(problem, float(after) if after.isdigit() else None)


def wait_for(error: Exception) -> bool | float:
    """Whether to send a request again: after these seconds, or with the usual backoff."""
    if isinstance(error, ApiError):
        again = error.problem.status in AGAIN and error.code not in NOT_TODAY
        return (error.retry_after or True) if again else False
    return isinstance(error, httpx.TransportError)


def new_key() -> str:
    """An Idempotency-Key."""
    return str(uuid.uuid4())


def info() -> Call[Info]:
    """GET /v1/info."""
    return Call("GET", "/v1/info", as_model(Info))


def models() -> Call[RunningModels]:
    """GET /v1/models."""
    return Call("GET", "/v1/models", as_model(RunningModels))


def check(
    home: Home,
    photos: Sequence[File],
    *,
    rules: str | None,
    policy: str | None,
    copies: str,
    answers: Mapping[str, Sequence[str]] | None,
) -> Call[CheckResult]:
    """POST /v1/check."""
    fields = {"home": home.model_dump_json(), "copies": copies}
    fields |= {"rules": rules} if rules else {}
    fields |= {"policy": policy} if policy else {}
    if answers:
        fields["answers"] = json.dumps({name: list(rooms) for name, rooms in answers.items()})
    return Call("POST", "/v1/check", as_model(CheckResult), fields=fields, files=photos)


def create_listing(new: NewListing, key: str) -> Call[Listing]:
    """POST /v1/listings."""
    return Call("POST", "/v1/listings", as_model(Listing), body=new, key=key)


def listings(after: str | None, limit: int) -> Call[ListingPage]:
    """GET /v1/listings."""
    query = {"limit": limit} | ({"after": after} if after else {})
    return Call("GET", "/v1/listings", as_model(ListingPage), query=query)


def listing(listing_id: str) -> Call[Listing]:
    """GET a listing."""
    return Call("GET", f"/v1/listings/{listing_id}", as_model(Listing))


def change_listing(listing_id: str, change: ListingChange) -> Call[Listing]:
    """PATCH a listing."""
    return Call("PATCH", f"/v1/listings/{listing_id}", as_model(Listing), body=change)


def delete_listing(listing_id: str) -> Call[None]:
    """DELETE a listing."""
    return Call("DELETE", f"/v1/listings/{listing_id}", nothing)


def token(listing_id: str, minutes: int | None) -> Call[Token]:
    """POST a seller's token."""
    new = NewToken(minutes=minutes)
    return Call("POST", f"/v1/listings/{listing_id}/tokens", as_model(Token), body=new)


def report(listing_id: str) -> Call[ListingReport]:
    """GET the report."""
    return Call("GET", f"/v1/listings/{listing_id}/report", as_model(ListingReport))


def upload(
    listing_id: str, photos: Sequence[File], key: str, replaces: str | None
) -> Call[UploadResult]:
    """POST photos."""
    return Call(
        "POST",
        f"/v1/listings/{listing_id}/photos",
        as_model(UploadResult),
        query={"replaces": replaces} if replaces else {},
        files=photos,
        key=key,
    )


def photo(listing_id: str, photo_id: str) -> Call[Photo]:
    """GET a photo."""
    return Call("GET", photo_path(listing_id, photo_id), as_model(Photo))


def delete_photo(listing_id: str, photo_id: str) -> Call[None]:
    """DELETE a photo."""
    return Call("DELETE", photo_path(listing_id, photo_id), nothing)


def correct(listing_id: str, photo_id: str, rooms: Sequence[str]) -> Call[Photo]:
    """PUT what a photo shows."""
    path = f"{photo_path(listing_id, photo_id)}/rooms"
    return Call("PUT", path, as_model(Photo), body=RoomAnswer(rooms=tuple(rooms)))


def take_back(listing_id: str, photo_id: str) -> Call[Photo]:
    """DELETE what was said of a photo."""
    return Call("DELETE", f"{photo_path(listing_id, photo_id)}/rooms", as_model(Photo))


def original(listing_id: str, photo_id: str) -> Call[bytes]:
    """GET the uploaded file."""
    path = f"{photo_path(listing_id, photo_id)}/original"
    return Call("GET", path, lambda response: response.content)


def download(url: str) -> Call[bytes]:
    """GET a safe copy by the path that a photo names."""
    return Call("GET", url, lambda response: response.content)


def corrections(after: str | None, limit: int) -> Call[CorrectionPage]:
    """GET sellers' answers as labels."""
    query = {"limit": limit} | ({"after": after} if after else {})
    return Call("GET", "/v1/corrections", as_model(CorrectionPage), query=query)


def markets() -> Call[MarketList]:
    """GET the markets."""
    return Call("GET", "/v1/markets", as_model(MarketList))


def market(name: str) -> Call[MarketDetails]:
    """GET one market."""
    return Call("GET", f"/v1/markets/{name}", as_model(MarketDetails))


def valuation(request: ValuationRequest) -> Call[ValuationAnswer]:
    """POST a home to value."""
    return Call("POST", "/v1/valuations", as_model(ValuationAnswer), body=request)


def photo_path(listing_id: str, photo_id: str) -> str:
    """A photo's path."""
    return f"/v1/listings/{listing_id}/photos/{photo_id}"
