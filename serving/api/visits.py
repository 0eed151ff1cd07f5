"""Routes that count visits of the valuation page: which explanation was seen, who went on.

POST /v1/visits                      -> {"token": …, "variant": "words"}
POST /v1/visits/seen {"token": …, "market": "krakow", "language": "it"}
POST /v1/visits/next {"token": …}

Totals a day, variant, market and language are all that is kept (serving/store/visits.py);
`homelens avm report` reads them.
"""

from datetime import UTC, datetime

from fastapi import APIRouter, Request

from serving.api.asking import visitor
from serving.api.services import Services, services_of
from serving.api.visit_models import Counted, NewVisit, NextStep, VisitNext, VisitSeen
from serving.store.visits import count_seen, count_taken
from serving.valuing.days import day_secret, find_secret
from serving.valuing.visits import Visit, choose, make_token, read_token

router = APIRouter(prefix="/v1/visits", tags=["valuations"])

PER_VALUE = 4
"""Requests of a visit for each value that an address may ask for in a minute."""


@router.post("", status_code=201)
def begin(request: Request) -> NewVisit:
    """Begin a visit: an explanation at random, and the token that it is counted by. No key."""
    services, now = services_of(request), datetime.now(UTC)
    limit(request, services)
    variant = choose(services.settings.variants)
    secret = day_secret(services.database, now.date())
    token = make_token(secret, now.date(), variant, now)
    return NewVisit(
        token=token,
        variant=variant,
        expires_at=read_token(token).expires_at,
        next=NextStep(url=services.settings.visit_url),
    )


@router.post("/seen")
def seen(request: Request, body: VisitSeen) -> Counted:
    """The visit saw a value of this market. Counted once, however often it is sent."""
    services = services_of(request)
    limit(request, services)
    visit = checked(services, body.token)
    services.desk.markets.known(body.market)
    until = visit.expires_at.replace(tzinfo=None)
    with services.database.write() as session:
        counted = count_seen(
            session, visit.hash, visit.variant, body.market, body.language, visit.day, until
        )
    return Counted(counted=counted)


@router.post("/next")
def taken(request: Request, body: VisitNext) -> Counted:
    """The visit took the next step. Counted once, and after a value was seen."""
    services = services_of(request)
    limit(request, services)
    visit = checked(services, body.token)
    with services.database.write() as session:
        return Counted(counted=count_taken(session, visit.hash))


def limit(request: Request, services: Services) -> None:
    """Count a request of an address. Raises TooManyRequests."""
    most = PER_VALUE * services.settings.valuation_address_per_minute
    services.limiter.hit(f"visit:{visitor(request, services).name}", most)


def checked(services: Services, token: str) -> Visit:
    """The visit of a token that is ours and has not ended. Raises Unprocessable."""
    visit = read_token(token)
    visit.check(find_secret(services.database, visit.day), datetime.now(UTC))
    return visit
