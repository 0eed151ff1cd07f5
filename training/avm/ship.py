"""Bundles of a market and of its cities, each learned from what its homes are best valued by.

    manifests = list(ship(market, "poland", {"krakow": "Kraków"}, Path("models/avm"), Settings()))

A city's homes are valued by the whole market's model, with ranges, tiers, comparables and a blend
of the city's own, unless a paired test on new homes of the city finds a model of the city alone
better: what is common to homes everywhere needs many homes to be learned.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from avm.bundle import AvmManifest, save_package
from avm.market import Market
from avm.metrics import Paired, paired
from training.avm.fit import Fitted, Whole, fit_market, fit_part, fit_whole
from training.avm.look_back import Past
from training.avm.package import make_manifest, make_package
from training.avm.past_figures import past_figures
from training.avm.settings import Settings
from training.console import note
from vision.errors import DataError

LEAST_CITY = 300
"""Homes of a city, for a model of its own to be tried."""


def ship(
    market: Market, name: str, cities: dict[str, str], out: Path, settings: Settings
) -> Iterator[AvmManifest]:
    """Train, save, and give each manifest. Raises DataError for a city without homes."""
    known = set(market.frame["city"].drop_nulls().unique().to_list())
    for city in cities.values():
        if city not in known:
            listed = market.frame["city"].drop_nulls().value_counts(sort=True)["city"].head(20)
            raise DataError(f"no home in {city!r}", accepted=", ".join(listed.to_list()))
    note(f"{name}: training on {market.frame.height:,} rows")
    whole = fit_whole(market.frame, market.adapter, settings)
    yield save(out / name, fit_part(whole, settings), market, settings, name)
    for own_name, city in cities.items():
        yield ship_city(market, whole, own_name, city, out, settings)


def ship_city(
    market: Market, whole: Whole, name: str, city: str, out: Path, settings: Settings
) -> AvmManifest:
    """The bundle of one city."""
    part = fit_part(whole, settings, city)
    frame = market.frame.filter(pl.col("city") == city)
    if frame.height >= LEAST_CITY:
        note(f"{name}: a model of {city} alone, on {frame.height:,} rows")
        alone = fit_market(frame, market.adapter, settings, whole.step)
        verdict = own_or_pooled(alone, part)
        if verdict is not None and verdict.high < 0:
            note(f"{name}: the city's own model is better by {-verdict.difference:.2%}")
            return save(out / name, alone, replace(market, frame=frame), settings, name, city)
        if verdict is not None:
            note(f"{name}: the market's model stays: {verdict.difference:+.2%} for the city's own")
    return save(out / name, part, market, settings, name, city, pooled=True)


def own_or_pooled(alone: Fitted, part: Fitted) -> Paired | None:
    """A city's own model against the market's, on new homes of the city that both valued."""
    if alone.past is None or part.past is None:
        return None
    one, other = _values(alone, alone.past), _values(part, part.past)
    keys = sorted(set(one) & set(other))
    if len(keys) < 50:
        return None
    rows = pl.DataFrame(
        [(*one[key], other[key][0]) for key in keys],
        schema=["own", "price", "group", "pooled"],
        orient="row",
    )
    return paired(
        rows["own"].to_numpy(),
        rows["pooled"].to_numpy(),
        rows["price"].to_numpy(),
        rows["group"].to_numpy(),
    )


def _values(fitted: Fitted, past: Past) -> dict[tuple[int, float], tuple[float, float, int]]:
    """Group and log price of the homes after earlier origins to value, price and group."""
    comparables = past.comparables(fitted.model.shop.weighing)
    value = past.model + fitted.model.blend * (comparables - past.model)
    error = past.error(value)
    found = {}
    for y, e, group in zip(past.y.tolist(), error.tolist(), past.groups.tolist(), strict=True):
        found[(group, round(y, 6))] = (math.exp(y - e), math.exp(y), group)
    return found


def save(
    folder: Path,
    fitted: Fitted,
    market: Market,
    settings: Settings,
    name: str,
    city: str | None = None,
    pooled: bool = False,
) -> AvmManifest:
    """Write a bundle with the figures of its past."""
    manifest = make_manifest(
        name,
        fitted,
        market,
        settings,
        past_figures(fitted),
        f"{market.report.file}, new homes after earlier origins",
        city=city,
        pooled=pooled,
    )
    return save_package(folder, make_package(fitted, market), manifest)
