"""Where in a market a home may be: a picture of its homes, and names that people know.

    found = market_map(valuer, "Kraków")
    found.cells         # rows from north to south, "0" no home to "4" many
    found.places        # Place("Podgórze", field="zone", value="Kraków 07", 50.04, 19.965), …

The picture is the density of the known homes in squares of some 200 m: streets, rivers and parks
show without any map service, and no home is told from its neighbours. It says nothing of prices.
"""

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import Field, FiniteFloat

from avm.bundle import Cards
from avm.value import WORTH_SAYING, Valuer
from avm.zones import METRES_PER_DEGREE, WHOLE, Zones, metres_per_longitude
from vision.findings import Frozen

Floats = NDArray[np.float64]

LONGER = 96
"""Squares along the longer side."""

LEVELS = 4
"""Shades of a square."""

TAIL = 0.002
"""Share of the homes on each side that the picture leaves out: a few lie far outside."""

EDGE = 0.02
"""Margin, as a share of the side."""

LEAST_HOMES = 3
"""Homes of a square that is drawn in a market of many: fewer might be one person's."""


POSTCODES = {"København": range(1000, 2500), "Aarhus": range(8000, 8300)}
"""Of cities whose models know the zones of their whole country."""


class Place(Frozen):
    """A name for a part of the market, and the field of a home that says so."""

    name: str
    field: Literal["zone", "postcode"]
    value: str
    latitude: FiniteFloat | None = None
    longitude: FiniteFloat | None = None


class MarketMap(Frozen):
    """A market, or one of its cities, to choose a place in."""

    market: str
    city: str | None
    located: bool
    south: FiniteFloat | None = None
    west: FiniteFloat | None = None
    north: FiniteFloat | None = None
    east: FiniteFloat | None = None
    cells: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    saves: dict[str, FiniteFloat] = Field(
        default_factory=dict,
        description="field to the share of the range's width that it saves, about",
    )


def market_map(valuer: Valuer, city: str | None) -> MarketMap:
    """The map of a city, or of the whole market where it is None or unknown."""
    package, manifest = valuer.package, valuer.manifest
    city = city if city in package.cards.cities or city in manifest.cities else manifest.city
    places = places_of(package.zones, city)
    saves = {
        name: round(share, 2)
        for name, share in package.widening.saves.items()
        if share >= WORTH_SAYING
    }
    common = {"market": manifest.name, "city": city, "places": places, "saves": saves}
    located = package.model.spec.located
    points = homes_of(package.cards, city) if located else np.empty((0, 2))
    if len(points) < LEAST_HOMES:
        return MarketMap(located=located, **common)
    low, high = box(points)
    return MarketMap(
        located=True,
        south=round(float(low[0]), 5),
        west=round(float(low[1]), 5),
        north=round(float(high[0]), 5),
        east=round(float(high[1]), 5),
        cells=cells(points, low, high),
        **common,
    )


def homes_of(cards: Cards, city: str | None) -> Floats:
    """(n, 2) latitudes and longitudes of the known homes."""
    own = np.ones(len(cards.city), dtype=bool)
    if city is not None and city in cards.cities:
        own = cards.city == cards.cities.index(city)
    points = np.column_stack([cards.latitude, cards.longitude]).astype(np.float64)[own]
    return points[np.isfinite(points).all(axis=1)]


def box(points: Floats) -> tuple[Floats, Floats]:
    """South-west and north-east corner, with a margin."""
    low, high = np.quantile(points, (TAIL, 1 - TAIL), axis=0)
    margin = np.maximum((high - low) * EDGE, 0.002)
    return low - margin, high + margin


def cells(points: Floats, low: Floats, high: Floats) -> tuple[str, ...]:
    """How many homes there are in each square, in shades, rows from the north."""
    scale = np.array([METRES_PER_DEGREE, metres_per_longitude(float((low[0] + high[0]) / 2))])
    sides = (high - low) * scale
    step = float(sides.max()) / LONGER
    rows, columns = (max(1, math.ceil(float(side) / step)) for side in sides)
    counts, _, _ = np.histogram2d(
        points[:, 0],
        points[:, 1],
        bins=(rows, columns),
        range=((low[0], high[0]), (low[1], high[1])),
    )
    if len(points) > LEAST_HOMES * rows * columns:
        counts[counts < LEAST_HOMES] = 0
    shown = counts[counts > 0]
    ends = np.quantile(shown, (0.35, 0.65, 0.88)) if len(shown) else np.zeros(LEVELS - 1)
    shade = np.where(counts > 0, 1 + (counts[..., None] > ends).sum(axis=-1), 0)
    return tuple("".join(map(str, row)) for row in shade[::-1].tolist())


def places_of(zones: Zones, city: str | None) -> tuple[Place, ...]:
    """Names to choose from: districts, else zones that have names, else postcodes."""
    group = (city or WHOLE) if zones.by_city else WHOLE
    middles = zones.middles.get(group, {})
    known = districts().get(city or "", {})
    if known and middles:
        names, centres = list(middles), np.array(list(middles.values()))
        found = [_district(name, at, names, centres) for name, at in known.items()]
    elif zones.kind == "named":
        own = POSTCODES.get(city or "")
        codes = {
            code: zone
            for code, zone in zones.postcodes.items()
            if own is None or (code.isdecimal() and int(code) in own)
        }
        parts = set(codes.values()) if own else {*middles, *codes.values(), *zones.cities.values()}
        found = [_zone(name, middles.get(name)) for name in parts]
        found += [
            Place(name=code, field="postcode", value=code) for code in codes if code not in parts
        ]
    else:
        found = []
    return tuple(sorted(found, key=lambda place: place.name.casefold()))


def _zone(name: str, at: tuple[float, float] | None) -> Place:
    latitude, longitude = at if at is not None else (None, None)
    return Place(name=name, field="zone", value=name, latitude=latitude, longitude=longitude)


def _district(name: str, at: tuple[float, float], names: list[str], centres: Floats) -> Place:
    scale = np.array([METRES_PER_DEGREE, metres_per_longitude(at[0])])
    nearest = int((((centres - np.array(at)) * scale) ** 2).sum(axis=1).argmin())
    return Place(name=name, field="zone", value=names[nearest], latitude=at[0], longitude=at[1])


@cache
def districts() -> Mapping[str, dict[str, tuple[float, float]]]:
    """City to district to its middle; the file comes with homelens."""
    text = Path(__file__).with_name("districts.yaml").read_text(encoding="utf-8")
    return {
        city: {name: (float(at[0]), float(at[1])) for name, at in found.items()}
        for city, found in yaml.safe_load(text).items()
    }
