"""Routes of valuations: values, the markets that there are, challenges for people without a key.

POST /v1/valuations {"home": {"area_m2": 54, "rooms": 2, …}, "market": "krakow"}

What protects the models from being copied: serving/valuing and docs/valuations.md.
"""

from datetime import UTC, datetime
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Path, Request

from avm.bundle import AvmManifest
from avm.explain import explain
from avm.schema import HomeRecord
from avm.svg import map_of, waterfall
from avm.value import Valuer
from serving.api.asking import AskerOf, visitor
from serving.api.services import services_of
from serving.api.valuation_models import (
    Bounds,
    Challenge,
    Market,
    MarketDetails,
    MarketList,
    Point,
    ShownComparable,
    ShownContribution,
    ValuationAnswer,
    ValuationRequest,
    Words,
)
from serving.errors import Unprocessable
from serving.store.keys import any_key
from serving.valuing.challenge import make_challenge, read_solution
from serving.valuing.days import day_secret
from serving.valuing.desk import Desk, Given, known_through
from serving.valuing.gate import Trust
from vision.errors import HomelensError

router = APIRouter(prefix="/v1", tags=["valuations"])

Named = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", examples=["krakow"])]


@router.get("/markets")
def markets(request: Request) -> MarketList:
    """The markets in which homes can be valued; needs no key."""
    services = services_of(request)
    with services.database.read() as session:
        keys = any_key(session)
    found = services.desk.markets.manifests.values()
    return MarketList(
        public=keys and services.settings.valuation_public,
        challenge=keys,
        markets=tuple(Market(**market_fields(one)) for one in found),
    )


@router.get("/markets/{market}")
async def market(request: Request, market: Named) -> MarketDetails:
    """One market with the fields that its model reads, and its zones; needs no key."""
    desk = services_of(request).desk
    desk.check_any()
    valuer = await desk.run(desk.markets.get, market)
    return details_view(valuer)


@router.get("/valuations/challenge")
def challenge(request: Request) -> Challenge:
    """A challenge to solve (ALTCHA), once for each value; needs no key."""
    services, now = services_of(request), datetime.now(UTC)
    asker = visitor(request, services)
    services.limiter.hit(
        f"challenge:{asker.name}", 4 * services.settings.valuation_address_per_minute
    )
    made = make_challenge(
        day_secret(services.database, now.date()),
        now.date(),
        level=services.desk.gate.work(asker, now),
        tries=services.settings.valuation_work,
        now=now,
    )
    return Challenge.model_validate(made)


@router.post("/valuations")
async def value(request: Request, body: ValuationRequest, asker: AskerOf) -> ValuationAnswer:
    """What a home is worth: a value, its range, its reasons. Without a key: rounded, and after a
    challenge."""
    services, now = services_of(request), datetime.now(UTC)
    desk = services.desk
    solved = read_solution(body.altcha) if asker.trust is Trust.PUBLIC else None
    desk.check_any()
    name = market_of(desk, body)
    date = body.date or known_through(desk.markets.manifests[name], now.date())
    home = HomeRecord(market=name, date=date, **body.home.model_dump())

    def work() -> ValuationAnswer:
        given = desk.value(home, name, body.comparables, asker, solved, now)
        return answer_view(given, body)

    counted = services.metrics.valuations
    try:
        found = await desk.run(work)
    except HomelensError as error:
        counted.labels(name, "none", error.code).inc()
        raise
    counted.labels(name, found.tier, "valued").inc()
    return found


def market_of(desk: Desk, body: ValuationRequest) -> str:
    """The market that a request is for. Raises MarketUnknown or Unprocessable."""
    if body.market is not None:
        return desk.markets.known(body.market)
    if body.country is not None:
        return desk.markets.route(body.country, body.home.city)
    names = desk.markets.names()
    if len(names) == 1:
        return names[0]
    raise Unprocessable(
        "neither market nor country says where the home is", accepted=", ".join(names)
    )


def answer_view(given: Given, body: ValuationRequest) -> ValuationAnswer:
    """The answer; sentences and pictures say what the amounts say."""
    found, exact = given.valuation, given.step is None
    drawn = map_of(found, body.language) if body.pictures else ""
    return ValuationAnswer(
        **{
            name: getattr(found, name)
            for name in ValuationAnswer.model_fields
            if name in type(found).model_fields and name not in ("contributions", "comparables")
        },
        exact=exact,
        rounded_to=given.step,
        contributions=tuple(
            ShownContribution(topic=one.topic, label=one.label, amount=one.amount)
            for one in found.contributions
        ),
        comparables=tuple(
            ShownComparable(
                **{
                    name: getattr(one, name)
                    for name in ShownComparable.model_fields
                    if name != "weight"
                },
                weight=one.weight if exact else None,
            )
            for one in found.comparables
        ),
        words=Words(**explain(found, body.language).model_dump()),
        waterfall=waterfall(found, body.language) if body.pictures else None,
        map=drawn or None,
    )


def market_fields(manifest: AvmManifest) -> dict[str, object]:
    """What a manifest says of its market."""
    names = ("name", "title", "country", "city", "cities", "currency", "price_kind", "version")
    found = {name: getattr(manifest, name) for name in names}
    return {**found, "through": manifest.index_through, "homes": manifest.homes}


def details_view(valuer: Valuer) -> MarketDetails:
    """A market with what its model tells of it."""
    cards, zones = valuer.package.cards, valuer.package.zones
    known = np.isfinite(cards.latitude) & np.isfinite(cards.longitude)
    ends = [
        np.percentile(values[known].astype(float), (0.5, 50, 99.5)).round(4).tolist()
        for values in (cards.latitude, cards.longitude)
        if known.any()
    ]
    # a city's bundle may know the zones of the whole country, where it values nothing
    own = valuer.manifest.city
    groups = {own: zones.middles[own]} if own in zones.middles else zones.middles
    named = {name for group in groups.values() for name in group}
    named |= set(zones.postcodes.values())
    return MarketDetails(
        **market_fields(valuer.manifest),
        located=valuer.package.model.spec.located,
        needs=valuer.needs(),
        reads=valuer.reads(),
        zones=tuple(sorted(named)),
        middle=Point(latitude=ends[0][1], longitude=ends[1][1]) if ends else None,
        bounds=Bounds(south=ends[0][0], west=ends[1][0], north=ends[0][2], east=ends[1][2])
        if ends
        else None,
    )
