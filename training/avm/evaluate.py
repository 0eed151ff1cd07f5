"""A market measured: models trained on what was known, values of homes that came after.

    valued = value_homes(market, origins_of(market, test_from=date(2015, 4, 1)), settings)
    figures(valued)                     # avm.mdape, avm.cod, … with 95% intervals

Every test home is valued by the run-time code from a model that was trained on older rows alone,
and no row of its dwelling group is older than the test. Ranges, tiers and the blend with
comparables were settled inside the training.
"""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from avm.market import Market
from avm.metrics import Measure, Paired, all_figures, paired
from avm.model import MarketModel
from avm.splits import Split, split
from training.avm.data import as_data
from training.avm.fit import LEAST_HOMES, fit_market
from training.avm.look_back import origins
from training.avm.settings import Settings
from training.console import note
from training.figures import Figure, share
from vision.errors import DataError

Floats = NDArray[np.float64]

LARGE_ZONE = 50
"""Test homes of a zone whose coverage is looked at by itself."""

OF_GROUPS = ("mdape", "ppe10", "cod", "prd", "coverage90")
"""Figures that groups of homes get in the printed set."""

BANDS = 5
"""Price bands: fifths of the test homes."""

ROLLING = 3
"""Origins where no test_from is given."""


@dataclass(frozen=True)
class Valued:
    """n test homes with their values; every array has a row a home."""

    price: Floats
    value: Floats
    low: Floats
    high: Floats
    alone: Floats
    """the value without comparables"""
    groups: NDArray[np.int64]
    zone: NDArray[np.object_]
    month: NDArray[np.object_]
    tier: NDArray[np.object_]
    latitude: Floats
    longitude: Floats
    width: Floats
    models: tuple[str, ...]
    """what was trained, in words"""


def origins_of(
    market: Market,
    test_from: datetime.date | None = None,
    train_until: datetime.date | None = None,
    test_until: datetime.date | None = None,
    groups: str = "twin_group",
) -> list[Split]:
    """One split where a date is given; else a rolling origin over the newest homes."""
    if test_from is not None:
        return [
            split(
                market.frame,
                test_from,
                train_until=train_until,
                test_until=test_until,
                groups=groups,
            )
        ]
    rolling = origins(market.frame, market.adapter, ROLLING)
    return [one for one in rolling if one.train.height >= LEAST_HOMES]


def value_homes(market: Market, splits: Iterable[Split], settings: Settings) -> Valued:
    """Train at every origin and value the homes after it."""
    parts, said = [], []
    for one in splits:
        note(f"training on {one.train.height:,} rows before {one.train_until}")
        fitted = fit_market(one.train, market.adapter, settings)
        parts.append(valued_by(fitted.model, one.test))
        said.append(
            f"trained on {len(fitted.data):,} homes before {one.train_until}, tested on "
            f"{one.test.height:,} new dwellings from {one.test_from} to before {one.test_until}; "
            f"share of comparables {fitted.model.blend:.0%}"
        )
    if not parts:
        raise DataError(
            "no date has homes before and after it",
            accepted=f"homes of two months or more, {LEAST_HOMES} of them before the newest month",
            do="give a longer file, or --test-from",
        )
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Valued.__dataclass_fields__
        if name != "models"
    }
    return Valued(models=tuple(said), **joined)


def valued_by(model: MarketModel, test: pl.DataFrame) -> Valued:
    """The values of some rows by one model."""
    homes = as_data(test)
    found = model.estimate(homes.table)
    width = found.high - found.low
    return Valued(
        price=np.exp(homes.log_price),
        value=np.exp(found.value + found.level),
        low=np.exp(found.low + found.level),
        high=np.exp(found.high + found.level),
        alone=np.exp(found.model + found.level),
        groups=homes.groups,
        zone=homes.table["zone"],
        month=np.array([f"{day:%Y-%m}" for day in test["date"].to_list()], dtype=object),
        tier=np.array([model.tiers.of(float(one)) for one in width], dtype=object),
        latitude=homes.table["latitude"],
        longitude=homes.table["longitude"],
        width=width,
        models=(),
    )


def chosen(valued: Valued, rows: NDArray[np.bool_]) -> dict[str, Measure]:
    """Every figure of some of the homes."""
    return all_figures(
        valued.value[rows],
        valued.price[rows],
        valued.groups[rows],
        valued.low[rows],
        valued.high[rows],
    )


def groupings(valued: Valued) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Kind of group, its name, its rows: zones, price bands, tiers, months."""
    for kind, names in (("zone", valued.zone), ("tier", valued.tier), ("month", valued.month)):
        for name in sorted({str(name) for name in names if name is not None}):
            yield kind, name, names == name
    ends = np.quantile(valued.price, np.linspace(0, 1, BANDS + 1)[1:-1])
    band = np.searchsorted(ends, valued.price, side="right")
    edges = [*(f"{end:,.0f}" for end in ends)]
    for k in range(BANDS):
        low = f"from {edges[k - 1]}" if k else ""
        high = f"to {edges[k]}" if k < BANDS - 1 else ""
        yield "band", f"{k + 1} {low} {high}".strip().replace("  ", " "), band == k


def comparables_gain(valued: Valued) -> Paired:
    """Whether comparables brought values nearer to prices; below 0 they did."""
    return paired(valued.value, valued.alone, valued.price, valued.groups)


def worst_zone(valued: Valued) -> tuple[str, int, int] | None:
    """Of zones with enough homes the one that its ranges hold worst in: name, inside, homes."""
    inside = (valued.price >= valued.low) & (valued.price <= valued.high)
    found = [
        (str(name), int(inside[valued.zone == name].sum()), int((valued.zone == name).sum()))
        for name in {name for name in valued.zone if name is not None}
    ]
    large = [one for one in found if one[2] >= LARGE_ZONE]
    return min(large, key=lambda one: (one[1] / one[2], one[0])) if large else None


def figures(valued: Valued) -> list[Figure]:
    """All figures in the one form."""
    everyone = np.ones(len(valued.price), dtype=bool)
    found = [_figure(f"avm.{name}", one) for name, one in chosen(valued, everyone).items()]
    worst = worst_zone(valued)
    if worst is not None:
        found.append(share("avm.coverage90_worst_zone", worst[1], worst[2]))
    quarter = valued.width <= np.quantile(valued.width, 0.25)
    within = np.abs(valued.value / valued.price - 1) <= 0.1
    found.append(share("avm.ppe10.surest_quarter", int(within[quarter].sum()), int(quarter.sum())))
    gain = comparables_gain(valued)
    found.append(
        Figure(
            name="avm.comparables_gain",
            value=gain.difference,
            low=gain.low,
            high=gain.high,
            n=gain.n,
            unit="share",
        )
    )
    for kind, name, rows in groupings(valued):
        measures = chosen(valued, rows)
        found += [
            _figure(f"avm.{figure}.{kind}.{name}", measures[figure])
            for figure in OF_GROUPS
            if figure in measures
        ]
    return found


def _figure(name: str, one: Measure) -> Figure:
    return Figure(name=name, **asdict(one))
