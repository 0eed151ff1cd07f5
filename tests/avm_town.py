"""A made-up town whose prices are known by formula, and the adapter that describes its file."""

import datetime
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from avm.adapter import Adapter, parse_adapter
from avm.market import Market, load_market, make_market

TOWN = """
market: town
title: A made-up town
country: IT
currency: EUR
price_kind: closing
records: sales
location: {kind: lonlat, west: 9.0, south: 45.0, east: 9.4, north: 45.4}
zone: {grid_m: 2000}
columns:
  listing_id: id
  date: sold
  price: {column: eur, unit: thousand}
  asking_price: {column: asked, unit: thousand, optional: true}
  city: {constant: Town}
  latitude: lat
  longitude: lon
  area_m2: {column: sqft, unit: sqft}
  rooms: {column: rooms, missing: [0]}
  bathrooms: baths
  floor: floor
  floors_in_building: floors
  year_built: {column: built, missing: [0, 9999]}
  property_type: {column: kind, values: {flat: apartment, villa: house}}
  lift: {column: lift, values: {"y": true, "n": false}}
details:
  sea_view: {column: sea, optional: true}
drop:
  - {code: auction, when: 'how == "auction"', says: sold by auction}
remark:
  - {code: much_per_room, when: sqft / rooms > 900, says: very large rooms}
bounds: {price: [20000, 5000000]}
twins:
  - {metres: 40, area_m2: 0.5, same: [rooms, floor]}
"""


def town_adapter(text: str = TOWN) -> Adapter:
    return parse_adapter(text, "town.yaml")


def town_rows(n: int = 400, seed: int = 1) -> pl.DataFrame:
    """Sales of 24 months, of homes that are all at different places."""
    random = np.random.default_rng(seed)
    area = np.round(random.uniform(40, 140, n), 1)
    month = np.sort(random.integers(0, 24, n))
    lat, lon = 45.1 + random.uniform(0, 0.08, n), 9.1 + random.uniform(0, 0.1, n)
    price = 3000 * area * np.exp(0.004 * month + 2 * (lat - 45.14) + random.normal(0, 0.06, n))
    return pl.DataFrame(
        {
            "id": [f"s{i}" for i in range(n)],
            "sold": [datetime.date(2020 + m // 12, m % 12 + 1, 15) for m in month.tolist()],
            "eur": np.round(price / 1000, 1),
            "asked": np.round(price / 1000 * 1.04, 1),
            "lat": lat,
            "lon": lon,
            "sqft": area / 0.09290304,
            "rooms": np.clip(np.round(area / 28), 1, 6).astype(int),
            "baths": np.where(area > 90, 2, 1),
            "floor": random.integers(0, 5, n),
            "floors": np.full(n, 5),
            "built": np.where(lat > 45.14, 1930, 1985) + random.integers(-5, 6, n),
            "kind": ["flat"] * n,
            "lift": np.where(lat > 45.14, "n", "y"),
            "how": ["open"] * n,
        }
    )


def town(rows: pl.DataFrame | None = None, text: str = TOWN) -> Market:
    return make_market(town_rows() if rows is None else rows, town_adapter(text))


def changed(rows: pl.DataFrame, row: int, **values: object) -> pl.DataFrame:
    """The rows with some values of one row replaced."""
    return rows.with_columns(
        pl.Series(name, [*rows[name][:row], value, *rows[name][row + 1 :]], dtype=rows[name].dtype)
        for name, value in values.items()
    )


@cache
def development_set(data: Path, name: str) -> Market:
    """A market of the development data, read once."""
    return load_market(data / "avm" / f"{name}.parquet", name)
