"""What age does to a model, and what the index layer gives back.

    newer = updated(package, market)                 # the same model, its index of today
    found = backtest(market, frozen, test_from)         # fresh, frozen, frozen with the index layer

The index layer values the homes that came since the training by the frozen model, takes the medians
of what is left by month and city, and smooths them with those of the training: nothing is trained.
"""

import datetime
from dataclasses import asdict, dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from avm.bundle import Package
from avm.features import Table
from avm.index import PriceIndex, observe, smooth
from avm.market import Market
from avm.metrics import DRAWS, all_figures, resampled
from avm.model import MarketModel
from avm.schema import DETAIL, EXTRAS, NUMBERS
from avm.splits import split
from training.avm.data import as_data, one_a_listing
from training.avm.evaluate import Valued, valued_by
from training.avm.fit import fit_market
from training.avm.promote import zones_of
from training.avm.settings import Settings
from training.console import note
from training.figures import Figure
from vision.errors import DataError

Floats = NDArray[np.float64]


def with_newer(model: MarketModel, rows: pl.DataFrame, records: str, daily: bool) -> MarketModel:
    """The model with an index that has seen the months of `rows`, which it was not trained on."""
    homes = as_data(one_a_listing(rows, records).filter(~pl.col("outlier")))
    index = newer_index(model, homes.table, homes.log_price, daily)
    return replace(model, index=index)


def newer_index(model: MarketModel, table: Table, log_price: Floats, daily: bool) -> PriceIndex:
    """The index after the homes of a table, by what the model without its index says of them."""
    found = model.estimate(table)
    seen = observe(table["month"], table["city"], log_price - found.value)
    old = model.index
    return smooth(old.observed.followed_by(seen), old.reference, daily)


def updated(package: Package, market: Market) -> Package:
    """A bundle's package with its index brought to the end of a market's file."""
    last = package.model.index.last
    since = datetime.date((last + 1) // 12, (last + 1) % 12 + 1, 1)
    rows = new_listings(market.frame, since)
    if not rows.height:
        note(f"no price after {last // 12}-{last % 12 + 1:02}: the index stays as it is")
        return package
    rows = rows.with_columns(pl.Series("zone", zones_of(package, rows), dtype=pl.String))
    daily = market.adapter.date_step == "day"
    model = with_newer(package.model, rows, market.adapter.records, daily)
    return replace(package, model=model)


def new_listings(frame: pl.DataFrame, since: datetime.date) -> pl.DataFrame:
    """Rows of dwelling groups that came on the market since a date."""
    return frame.filter(pl.col("date").min().over("twin_group") >= since)


@dataclass(frozen=True)
class Backtest:
    """The same test homes valued by three models."""

    fresh: Valued
    frozen: Valued
    indexed: Valued


def backtest(
    market: Market, frozen_until: datetime.date, test_from: datetime.date, settings: Settings
) -> Backtest:
    """A model trained to just before the test, one frozen earlier, and that one with its index
    updated to just before the test."""
    now = split(market.frame, test_from)
    note(f"training on what was known on {test_from}")
    fresh = fit_market(now.train, market.adapter, settings).model
    note(f"training on what was known on {frozen_until}")
    then = now.train.filter(pl.col("date") < frozen_until)
    old = fit_market(then, market.adapter, settings).model
    daily = market.adapter.date_step == "day"
    newer = new_listings(now.train, frozen_until)
    indexed = with_newer(old, newer, market.adapter.records, daily)
    # without an index layer a model knows no later month than its last
    still = replace(old, index=stopped(old.index))
    return Backtest(
        fresh=valued_by(fresh, now.test),
        frozen=valued_by(still, now.test),
        indexed=valued_by(indexed, now.test),
    )


def stopped(index: PriceIndex) -> PriceIndex:
    """The index without its forecasts."""
    curves = {
        name: curve.model_copy(
            update={"levels": curve.levels[: curve.known], "sds": curve.sds[: curve.known]}
        )
        for name, curve in index.curves.items()
    }
    return index.model_copy(update={"curves": curves})


def backtest_figures(
    market: Market, frozen_until: datetime.date, test_from: datetime.date, settings: Settings
) -> list[Figure]:
    """The figures of the three models."""
    found = backtest(market, frozen_until, test_from, settings)
    return named_figures(
        {"fresh": found.fresh, "frozen": found.frozen, "indexed": found.indexed}, "fresh"
    )


def less_figures(
    market: Market, less: tuple[str, ...], test_from: datetime.date, settings: Settings
) -> list[Figure]:
    """The figures of a model with some fields, where homes lack them, and of one without."""
    parts = split(market.frame, test_from)
    test = parts.test
    fields = [n for n in test.columns if n in NUMBERS or n in EXTRAS or n.startswith(DETAIL)]
    known = [name for name in fields if test[name].null_count() < test.height]
    unknown = [name for name in less if name not in known]
    if unknown:
        raise DataError(f"no home has {', '.join(unknown)}", accepted=", ".join(known))
    full = fit_market(parts.train, market.adapter, settings).model
    without = fit_market(parts.train, market.adapter, replace(settings, less=less)).model
    lacking = test.with_columns(pl.lit(None, test[name].dtype).alias(name) for name in less)
    return named_figures(
        {
            "with": valued_by(full, test),
            "missing": valued_by(full, lacking),
            "without": valued_by(without, test),
        },
        "with",
    )


def named_figures(valued: dict[str, Valued], first: str) -> list[Figure]:
    """MdAPE and PPE10 of several values of the same homes, and what the others lose of PPE10."""
    figures = []
    for name, one in valued.items():
        measures = all_figures(one.value, one.price, one.groups, one.low, one.high)
        for figure in ("mdape", "ppe10", "bias", "coverage90"):
            if figure in measures:
                figures.append(Figure(name=f"avm.{figure}.{name}", **asdict(measures[figure])))
    within = {name: np.abs(one.value / one.price - 1) <= 0.1 for name, one in valued.items()}
    for name in valued:
        if name != first:
            loss = within[first].astype(np.float64) - within[name]
            drawn = resampled(valued[first].groups, DRAWS, 7)
            low, high = np.percentile([loss[rows].mean() for rows in drawn], [2.5, 97.5])
            figures.append(
                Figure(
                    name=f"avm.ppe10_lost.{name}",
                    value=float(loss.mean()),
                    low=float(low),
                    high=float(high),
                    n=len(loss),
                    unit="share",
                )
            )
    return figures
