"""Routes of listings: create, read, change, delete, tokens, report."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from labels.consent import withdraw_listing
from serving.api.auth import Caller, CallerOf
from serving.api.idempotency import IdempotencyKey, replay
from serving.api.models import (
    Listing,
    ListingChange,
    ListingPage,
    ListingReport,
    NewListing,
    NewToken,
    Token,
)
from serving.api.paging import Cursor, Limit, cursor, position
from serving.api.services import Services, services_of
from serving.api.views import head_view, listing_view, report_view, utc
from serving.errors import StorageError, Unprocessable
from serving.store.answers import Answer, find_answer, fingerprint, keep_answer
from serving.store.keys import Scope, create_token, new_id
from serving.store.listings import (
    count_photos,
    delete_listing,
    page_of_listings,
    photos_of,
)
from serving.store.tables import ListingRow
from vision.rules import Rules

router = APIRouter(prefix="/v1/listings", tags=["listings"])

ListingId = Annotated[
    str, Path(pattern=r"^lst_[A-Za-z0-9_-]{1,60}$", examples=["lst_Zk3v9QmX1sB7uT0p"])
]


def rules_of(services: Services, name: str) -> Rules:
    """A listing's rule file. Raises StorageError when this service has it no more."""
    found = services.rules.get(name)
    if found is None:
        raise StorageError(
            f"the listing was made with the rules {name!r}, which this service does not have",
            accepted=", ".join(services.rules),
            do="start the service with that rule file (HOMELENS_RULES)",
        )
    return found


def chosen_rules(services: Services, name: str | None) -> Rules:
    """The rule file that a request names. Raises Unprocessable."""
    found = services.rules.get(name or services.default_rules)
    if found is None:
        raise Unprocessable(
            f"there are no rules {str(name)[:40]!r}", accepted=", ".join(services.rules)
        )
    return found


LINKS: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "The new listing",
        "links": {
            operation: {
                "operationId": operation,
                "parameters": {"path.listing": "$response.body#/id"},
            }
            for operation in (
                *("listings_read", "listings_change", "listings_delete", "listings_token"),
                *("listings_report", "photos_upload"),
            )
        },
    }
}
"""What can be done with the answer, for those who read the description by program."""


@router.post("", status_code=201, response_model=Listing, responses=LINKS)
def create(
    request: Request, new: NewListing, caller: CallerOf, key: IdempotencyKey = None
) -> Response:
    """Create a listing with the declared home."""
    caller.needs(Scope.SERVICE)
    services = services_of(request)
    rules = chosen_rules(services, new.rules)
    asked = fingerprint("POST /v1/listings", new.model_dump_json())
    if again := replay(services, caller, key, asked):
        return again
    row = ListingRow(
        id=new_id("lst"),
        key_id=caller.key_id,
        home=new.home.model_dump(mode="json"),
        rules=rules.name,
        policy=(new.policy or services.settings.policy).value,
        reference=new.reference,
        training_consent=new.training_consent,
        version=1,
    )
    try:
        with services.database.write() as session:
            # On SQLite writers wait here, so a second request with the key sees the first's answer.
            if key and (first := find_answer(session, caller.identity, key, asked)):
                body = first.body
            else:
                session.add(row)
                session.flush()
                body = listing_view(row, [], rules).model_dump_json(by_alias=True)
                if key:
                    keep_answer(session, caller.identity, key, Answer(asked, row.id, 201, body))
    except IntegrityError:
        # On PostgreSQL it waits when it keeps its own, and finds that there is one.
        if again := replay(services, caller, key, asked):
            return again
        raise
    return Response(body, status_code=201, media_type="application/json")


@router.get("")
def list_all(
    request: Request, caller: CallerOf, after: Cursor = None, limit: Limit = 50
) -> ListingPage:
    """The key's own listings, or all of them for an admin; newest first."""
    caller.needs(Scope.SERVICE, Scope.ADMIN)
    place = position(after)
    with services_of(request).database.read() as session:
        every = caller.scope is Scope.ADMIN
        rows = page_of_listings(session, caller.key_id, every, place, limit + 1)
        counts = count_photos(session, [row.id for row in rows])
    page, more = rows[:limit], len(rows) > limit
    return ListingPage(
        listings=tuple(head_view(row, counts.get(row.id, 0)) for row in page),
        next=cursor(page[-1].created_at, page[-1].id) if more else None,
    )


@router.get("/{listing}")
def read(request: Request, listing: ListingId, caller: CallerOf) -> Listing:
    """A listing with its photos."""
    return whole(services_of(request), listing, caller)


def whole(services: Services, listing: str, caller: Caller) -> Listing:
    """The listing as it stands."""
    with services.database.read() as session:
        row = caller.listing_to_see(session, listing)
        photos = photos_of(session, listing)
    return listing_view(row, photos, rules_of(services, row.rules))


@router.patch("/{listing}")
def change(
    request: Request, listing: ListingId, changes: ListingChange, caller: CallerOf
) -> Listing:
    """Change the declared home, the reference or the consent."""
    services = services_of(request)
    with services.database.write() as session:
        row = caller.listing_to_change(session, listing, lock=True)
        if changes.home is not None:
            row.home = changes.home.model_dump(mode="json")
        if changes.reference is not None:
            row.reference = changes.reference
        if changes.training_consent is not None:
            if row.training_consent and not changes.training_consent:
                withdraw_listing(session, listing)
            row.training_consent = changes.training_consent
        row.version += 1
    services.hub.tell_soon(listing)
    return whole(services, listing, caller)


@router.delete("/{listing}", status_code=204)
def delete(request: Request, listing: ListingId, caller: CallerOf) -> None:
    """Delete the listing with all photos, copies, answers and tokens; nothing of it is kept."""
    services = services_of(request)
    with services.database.write() as session:
        caller.listing_to_see(session, listing, lock=True)
        files = delete_listing(session, listing)
    services.files.delete(files)
    services.hub.tell_soon(listing)


@router.post("/{listing}/tokens", status_code=201)
def token(request: Request, listing: ListingId, new: NewToken, caller: CallerOf) -> Token:
    """A short-lived token with which a seller's app or page works on this listing alone."""
    caller.needs(Scope.SERVICE)
    services = services_of(request)
    longest = services.settings.token_minutes
    if new.minutes is not None and new.minutes > longest:
        raise Unprocessable(
            f"a token of {new.minutes} minutes is too long", accepted=f"up to {longest} minutes"
        )
    with services.database.write() as session:
        caller.listing_to_change(session, listing, lock=True)
        secret, expires = create_token(session, listing, new.minutes or longest)
    return Token(
        token=secret,
        listing=listing,
        expires_at=utc(expires),
        page=f"/listings/{listing}#{secret}",
    )


@router.get("/{listing}/report")
def report(request: Request, listing: ListingId, caller: CallerOf) -> ListingReport:
    """What is there, what is missing, what to take again, what only the seller knows."""
    services = services_of(request)
    with services.database.read() as session:
        row = caller.listing_to_see(session, listing)
        photos = photos_of(session, listing)
    return report_view(row, photos, rules_of(services, row.rules))
