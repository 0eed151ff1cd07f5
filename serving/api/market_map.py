"""The route that draws a market: where its homes are, and names of its parts.

GET /v1/markets/krakow/map
GET /v1/markets/poland/map?city=Pozna%C5%84
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from serving.api.services import services_of
from serving.api.valuations import Named
from serving.valuing.places import MarketMap, market_map

router = APIRouter(prefix="/v1", tags=["valuations"])

A_DAY = "public, max-age=86400"
"""It changes with the model alone."""

City = Annotated[str | None, Query(max_length=200, description="one of the market's cities")]


@router.get("/markets/{market}/map")
async def draw(request: Request, response: Response, market: Named, city: City = None) -> MarketMap:
    """Where the known homes of a market are, in squares, and places to choose from. No key."""
    desk = services_of(request).desk
    desk.check_any()
    valuer = await desk.run(desk.markets.get, market)
    response.headers["Cache-Control"] = A_DAY
    return market_map(valuer, city)
