"""A small trained town: made once for the tests of what comes after training."""

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from avm.bundle import Package, save_package
from avm.market import Market
from avm.schema import HomeRecord, make_record
from avm.value import Valuer
from tests.avm_town import town, town_rows
from training.avm.fit import Fitted, fit_market
from training.avm.package import make_manifest, make_package
from training.avm.past_figures import past_figures
from training.avm.settings import Settings

QUICK = Settings(rounds=60, leaves=16, rate=0.1, folds=2, origins=2)
"""A training of seconds."""


def busy_rows(n: int = 700, seed: int = 3) -> pl.DataFrame:
    """The town with prices that follow lift, bathrooms, year and the sea as well."""
    rows = town_rows(n, seed)
    random = np.random.default_rng(seed)
    sea = (random.random(n) < 0.15).astype(float)
    worth = 0.06 * (rows["lift"].to_numpy() == "y") + 0.08 * (rows["baths"].to_numpy() == 2)
    worth = worth + 0.12 * sea + 0.001 * (rows["built"].to_numpy() - 1950)
    return rows.with_columns(
        (pl.col("eur") * pl.Series(np.exp(worth))).round(1), pl.Series("sea", sea)
    )


@cache
def trained() -> tuple[Market, Fitted, Package]:
    """A market, what was learned from it, and what its bundle holds."""
    market = town(busy_rows())
    fitted = fit_market(market.frame, market.adapter, QUICK)
    return market, fitted, make_package(fitted, market)


def bundle(folder: Path, name: str = "town", **changes: object) -> Path:
    """The town's bundle, written."""
    market, fitted, package = trained()
    figures = past_figures(fitted)
    manifest = make_manifest(name, fitted, market, QUICK, figures, "a made-up town")
    save_package(folder, package, manifest.model_copy(update=changes))
    return folder


def valuer(folder: Path) -> Valuer:
    return Valuer.load(bundle(folder))


def a_home(**changes: object) -> HomeRecord:
    """A home in the middle of the town."""
    values: dict[str, object] = {
        "market": "town",
        "date": "2021-12-20",
        "area_m2": 95.0,
        "rooms": 3,
        "bathrooms": 2,
        "floor": 2,
        "floors_in_building": 5,
        "year_built": 1985,
        "property_type": "apartment",
        "lift": True,
        "latitude": 45.13,
        "longitude": 9.15,
        "details": {"sea_view": 1.0},
    }
    return make_record({**values, **changes})
