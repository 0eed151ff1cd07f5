"""Who asks, and what they may do: a FastAPI dependency that every route names.

    @router.get("/v1/listings/{listing}")
    def read(listing: str, caller: Annotated[Caller, Depends(caller_of)]) -> …:
        row = caller.listing_to_see(session, listing)

As long as no key was ever made, whoever is on this machine may do everything and nobody else
anything. A web page that the same person has open elsewhere is not "on this machine": requests
whose Host or Origin is another's are refused.
"""

import ipaddress
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session
from starlette.requests import Request

from serving.api.services import Services, services_of
from serving.errors import Forbidden, NotFound, Unauthorised
from serving.store.keys import Scope, any_key, find_key, find_token
from serving.store.listings import get_listing
from serving.store.tables import ListingRow

bearer = HTTPBearer(
    auto_error=False, description="A key of `homelens keys create`, or a seller's token."
)

Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


@dataclass(frozen=True)
class Caller:
    """A valid credential.

    `scope` None is a seller, bound to `listing`. `key_id` None is this machine, without keys.
    """

    identity: str
    scope: Scope | None
    key_id: str | None
    listing: str | None
    max_bytes: int | None = None

    @property
    def local(self) -> bool:
        """On this machine, where no key was ever made: may do everything."""
        return self.scope is Scope.SERVICE and self.key_id is None

    def needs(self, *scopes: Scope) -> None:
        """Raises Forbidden unless the key has one of the scopes."""
        if self.scope not in scopes and not self.local:
            raise Forbidden(
                f"this needs a key with the scope {' or '.join(scopes)}",
                do="ask for one to be made with `homelens keys create`",
            )

    def listing_to_change(
        self, session: Session, listing_id: str, *, lock: bool = False
    ) -> ListingRow:
        """The listing, for its owner or its seller. Raises NotFound, as if it did not exist.

        `lock` for whoever writes in this session: another writer waits, or has deleted it.
        """
        row = get_listing(session, listing_id, lock=lock)
        own = self.scope is Scope.SERVICE and row.key_id == self.key_id
        if not own and self.listing != listing_id:
            raise NotFound(f"there is no listing {listing_id[:40]}", do="see GET /v1/listings")
        return row

    def listing_to_see(
        self, session: Session, listing_id: str, *, lock: bool = False
    ) -> ListingRow:
        """The listing, for an admin too. Raises NotFound."""
        if self.scope is Scope.ADMIN:
            return get_listing(session, listing_id, lock=lock)
        return self.listing_to_change(session, listing_id, lock=lock)


def caller_of(request: Request, credentials: Credentials) -> Caller:
    """The request's caller, whose request is counted. Raises Unauthorised or TooManyRequests."""
    services = services_of(request)
    with services.database.read() as session:
        if credentials is not None or "authorization" in request.headers:
            secret = "" if credentials is None else credentials.credentials
            caller, rate = with_key(session, secret)
        else:
            caller, rate = without_key(request, session), None
    services.limiter.hit(caller.identity, rate or services.settings.rate_per_minute)
    return caller


CallerOf = Annotated[Caller, Depends(caller_of)]


def with_key(session: Session, secret: str) -> tuple[Caller, int | None]:
    """The caller of a key or token, and the rate of its own. Raises Unauthorised."""
    if key := find_key(session, secret):
        caller = Caller(f"key:{key.id}", Scope(key.scope), key.id, None, key.max_bytes)
        return caller, key.rate_per_minute
    if token := find_token(session, secret):
        listing = token.listing_id
        return Caller(f"seller:{listing}", None, None, listing), None
    raise Unauthorised(
        "the key is unknown, revoked or expired",
        accepted="Authorization: Bearer KEY",
        do="make one with `homelens keys create`, or ask for a new link",
    )


def without_key(request: Request, session: Session) -> Caller:
    """This machine, where no key was ever made. Raises Unauthorised."""
    if any_key(session):
        raise Unauthorised(
            "there is no key",
            accepted="Authorization: Bearer KEY",
            do="send the key that `homelens keys create` showed",
        )
    if not from_here(request):
        raise Unauthorised(
            "no key is configured, so only this machine is served",
            do="make a key with `homelens keys create`, and send it",
        )
    return Caller("local", Scope.SERVICE, None, None)


def from_here(request: Request) -> bool:
    """Whether the request comes from this machine and from no other machine's page."""
    client = request.client.host if request.client else ""
    origin = request.headers.get("origin")
    own = request.headers.get("host", "")
    return (
        is_loopback(client)
        and is_loopback(host_in(f"//{own}"))
        and (origin is None or origin.partition("://")[2] == own)
        and request.headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    )


def host_in(address: str) -> str:
    """The address's host; empty where there is none or it is not one."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """127.0.0.0/8, ::1 or localhost."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_binding(host: str, services: Services) -> str | None:
    """What to say at start about an unprotected service. Raises Forbidden for an open one."""
    with services.database.read() as session:
        if any_key(session):
            return None
    if not is_loopback(host):
        raise Forbidden(
            f"no key is configured, and {host} can be reached by others",
            accepted="127.0.0.1 without a key, any address with one",
            do="make a key with `homelens keys create NAME --scope service`",
        )
    return (
        "No key is configured: serving this machine only, without asking for one. "
        "Make one with: homelens keys create NAME --scope service"
    )
