"""Zones: the parts of a market that errors are shown by, and which zone a new home is in.

    zones = fit_zones(adapter.zone, frame)      # at training, from locations alone, never prices
    zones.of(home)                              # "Warszawa 12", when a home is valued

Where the file names the zone, a new home's is looked up by its own zone, its postcode, the nearest
zone's middle or its city, in this order. Otherwise zones are cells of a grid or groups of
neighbours (k-means, always the same for the same data). Serving needs nothing but numpy.
"""

import math
import re
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from avm.adapter import ZoneRule
from avm.schema import HomeRecord
from vision.findings import Frozen

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]

METRES_PER_DEGREE = 111_320.0
"""Of latitude; of longitude at the equator."""

ROUNDS = 25
"""Of k-means: centres then move by metres."""

GRID_CELL = re.compile(r"(-?\d+\.\d{4}),(-?\d+\.\d{4})$")

WHOLE = ""
"""The group of a market whose zones are not made city by city."""


class Zones(Frozen):
    """Where zones lie. `middles` is group (a city, or "") to zone name to (latitude, longitude)."""

    kind: Literal["named", "grid", "kmeans"]
    grid_m: float = 0.0
    latitude: float = 0.0
    by_city: bool = False
    middles: dict[str, dict[str, tuple[float, float]]] = Field({})
    postcodes: dict[str, str] = Field({}, description="to the zone that most of its homes are in")
    cities: dict[str, str] = Field({}, description="the same of cities")

    def of(self, home: HomeRecord) -> str | None:
        """The zone of one home; None where nothing that it says tells."""
        if self.kind == "named":
            if home.zone is not None:
                return home.zone
            if home.postcode is not None and home.postcode in self.postcodes:
                return self.postcodes[home.postcode]
        if home.latitude is not None and home.longitude is not None:
            at = np.array([home.latitude]), np.array([home.longitude])
            found = self.assign(*at, [home.city])[0]
            if found is not None:
                return found
        return self.cities.get(home.city or WHOLE)

    def middle(self, zone: str) -> tuple[float, float] | None:
        """(latitude, longitude) of a zone, which names a grid's cell; None where not known."""
        if self.kind == "grid":
            found = GRID_CELL.search(zone)
            return (float(found[1]), float(found[2])) if found else None
        return next((group[zone] for group in self.middles.values() if zone in group), None)

    def assign(
        self, latitude: Floats, longitude: Floats, cities: list[str | None]
    ) -> list[str | None]:
        """The zone of each location; None for those of a city without zones, or without one."""
        found: list[str | None] = [None] * len(latitude)
        known = np.isfinite(latitude) & np.isfinite(longitude)
        groups = np.array([(city or WHOLE) if self.by_city else WHOLE for city in cities], object)
        for group in set(groups[known]):
            rows = np.nonzero(known & (groups == group))[0]
            names = self.names(str(group), latitude[rows], longitude[rows])
            for row, name in zip(rows, names, strict=True):
                found[int(row)] = name
        return found

    def names(self, group: str, latitude: Floats, longitude: Floats) -> list[str | None]:
        """Zone names of locations in one group."""
        if self.kind == "grid":
            step = (
                self.grid_m / METRES_PER_DEGREE,
                self.grid_m / metres_per_longitude(self.latitude),
            )
            south, west = np.floor(latitude / step[0]), np.floor(longitude / step[1])
            head = f"{group} " if group else ""
            return [
                f"{head}{(a + 0.5) * step[0]:.4f},{(b + 0.5) * step[1]:.4f}"
                for a, b in zip(south, west, strict=True)
            ]
        middles = self.middles.get(group, {})
        if not middles:
            return [None] * len(latitude)
        names = list(middles)
        centres = to_metres(np.array(list(middles.values())), self.latitude)
        points = to_metres(np.column_stack([latitude, longitude]), self.latitude)
        return [names[index] for index in nearest(points, centres)]


def metres_per_longitude(latitude: float) -> float:
    """Metres of one degree of longitude at this latitude."""
    return METRES_PER_DEGREE * max(0.01, math.cos(math.radians(latitude)))


def to_metres(points: Floats, latitude: float) -> Floats:
    """(n, 2) degrees to metres north and east, flat: good to 1% within a country."""
    scale = np.array([METRES_PER_DEGREE, metres_per_longitude(latitude)])
    return np.asarray(points * scale, dtype=np.float64)


def nearest(points: Floats, centres: Floats) -> NDArray[np.int64]:
    """For each point the index of the nearest centre, in blocks that fit the cache."""
    # |p - c|² less |p|², which is the same for all centres; near 0, so that squares stay exact
    shift = centres.mean(axis=0)
    points, centres = points - shift, centres - shift
    squares = (centres**2).sum(axis=1)
    blocks = [points[start : start + 4096] for start in range(0, len(points), 4096)]
    return np.concatenate([(squares - 2 * block @ centres.T).argmin(axis=1) for block in blocks])


def fit_zones(rule: ZoneRule, frame: "pl.DataFrame") -> Zones:
    """The zones of a canonical frame; for named zones, what new homes are looked up by."""
    import polars as pl

    located = frame.filter(pl.col("latitude").is_not_null() & pl.col("longitude").is_not_null())
    middle = located["latitude"].median() if located.height else None
    latitude = round(float(middle), 3) if isinstance(middle, float) else 0.0
    common: dict[str, Any] = {"latitude": latitude, "by_city": rule.within == "city"}
    if rule.grid_m is not None:
        return Zones(kind="grid", grid_m=rule.grid_m, **common)
    if rule.kmeans_homes is not None:
        return Zones(kind="kmeans", middles=_clusters(located, rule, latitude), **common)
    centres = located.group_by("zone").agg(pl.col("latitude", "longitude").median()).sort("zone")
    return Zones(
        kind="named",
        middles={WHOLE: {str(zone): (a, b) for zone, a, b in centres.drop_nulls().iter_rows()}},
        postcodes=_usual(frame, "postcode", 0.5),
        cities=_usual(frame, "city", 0.9),
        **common,
    )


def _usual(frame: "pl.DataFrame", by: str, least: float) -> dict[str, str]:
    """Value of a column to the zone that a share of more than `least` of its rows is in."""
    import polars as pl

    counts = frame.drop_nulls([by, "zone"]).group_by(by, "zone").len()
    shares = counts.with_columns((pl.col("len") / pl.col("len").sum().over(by)).alias("share"))
    usual = shares.filter(pl.col("share") > least).sort(by)
    return dict(usual.select(by, "zone").iter_rows())


def _clusters(
    frame: "pl.DataFrame", rule: ZoneRule, latitude: float
) -> dict[str, dict[str, tuple[float, float]]]:
    import polars as pl

    assert rule.kmeans_homes is not None
    # a home that was seen in ten months is one home
    places = frame.select("city", "latitude", "longitude", "area_m2").unique(maintain_order=True)
    groups = places.partition_by("city", as_dict=True) if rule.within else {(WHOLE,): places}
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for (group,), part in sorted(groups.items(), key=lambda item: str(item[0][0])):
        points = part.select(pl.col("latitude", "longitude")).to_numpy().astype(np.float64)
        count = max(1, round(len(points) / rule.kmeans_homes))
        centres = kmeans(to_metres(points, latitude), count) / to_metres(np.ones((1, 2)), latitude)
        # from north to south, so that neighbours' numbers are near each other
        ordered = centres[np.lexsort((centres[:, 1], -centres[:, 0]))]
        name = str(group) if group else "zone"
        width = len(str(len(ordered)))
        found[str(group or WHOLE)] = {
            f"{name} {index:0{width}}": (round(float(a), 6), round(float(b), 6))
            for index, (a, b) in enumerate(ordered, 1)
        }
    return found


def kmeans(points: Floats, count: int, seed: int = 7) -> Floats:
    """Centres of `count` clusters (k-means++, Lloyd); fewer where there are fewer points."""
    random = np.random.default_rng(seed)
    points = points[random.permutation(len(points))[:20_000]]
    centres = [points[0]]
    away = ((points - centres[0]) ** 2).sum(axis=1)
    while len(centres) < count and away.sum() > 0:
        centres.append(points[random.choice(len(points), p=away / away.sum())])
        away = np.minimum(away, ((points - centres[-1]) ** 2).sum(axis=1))
    found = np.array(centres)
    for _ in range(ROUNDS):
        owner = nearest(points, found)
        size = np.bincount(owner, minlength=len(found))
        sums = np.column_stack(
            [np.bincount(owner, points[:, axis], minlength=len(found)) for axis in (0, 1)]
        )
        found = np.where(size[:, None] > 0, sums / np.maximum(size, 1)[:, None], found)
    return found
