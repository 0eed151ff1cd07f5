"""From a fitted model to what a bundle holds, and its manifest.

package = make_package(fitted, market)
manifest = make_manifest(name, fitted, market, settings, metrics, licences)
save_package(folder, package, manifest)
"""

from dataclasses import asdict
from pathlib import Path

import numpy as np

from avm.bundle import AvmManifest, Cards, Metric, Package
from avm.experience import fit_experience
from avm.features import PLACE_COLUMNS
from avm.market import Market
from training.avm.compact import compact
from training.avm.fit import Fitted
from training.avm.settings import Settings
from training.avm.widening import fit_widening
from training.figures import Figure, code_version

CITY_FROM = 50
"""Homes of a city for the manifest to name it."""


def make_package(fitted: Fitted, market: Market) -> Package:
    """All that a bundle holds."""
    model, data = compact(fitted.model), fitted.data
    place = model.levels.columns(data.table, model.spec, data.groups)
    reach = place[:, PLACE_COLUMNS.index("near_reach")]
    return Package(
        model=model,
        zones=market.zones,
        experience=fit_experience(data.table, reach),
        cards=make_cards(fitted),
        widening=fit_widening(model, fitted.past, market.zones),
    )


def make_cards(fitted: Fitted) -> Cards:
    """What people are shown of the shop's homes."""
    data = fitted.data
    newest = np.sort(
        np.argsort(-data.table["month"], kind="stable")[: len(fitted.model.shop.month)]
    )
    table = {name: values[newest] for name, values in data.table.items()}
    cities = sorted({city or "" for city in table["city"]})
    small = {
        name: table[name].astype(np.float32)
        for name in ("latitude", "longitude", "area_m2", "rooms", "bedrooms", "floor", "year_built")
    }
    return Cards(
        price=np.exp(data.log_price[newest]).round(),
        day=table["day"].astype(np.uint8),
        city=np.array([cities.index(city or "") for city in table["city"]], dtype=np.int16),
        cities=tuple(city or None for city in cities),
        **small,
    )


def make_manifest(
    name: str,
    fitted: Fitted,
    market: Market,
    settings: Settings,
    figures: tuple[Figure, ...] = (),
    measured_on: str = "",
    *,
    city: str | None = None,
    pooled: bool = False,
) -> AvmManifest:
    """The manifest; hash and version are filled in when the bundle is saved."""
    adapter, months = market.adapter, fitted.data.table["month"]
    names, counts = np.unique(
        [city or "" for city in fitted.data.table["city"]], return_counts=True
    )
    cities = tuple(
        str(n) for n, count in zip(names, counts, strict=True) if count >= CITY_FROM and n
    )
    return AvmManifest(
        name=name,
        version="",
        sha256="",
        title=adapter.title,
        country=adapter.country,
        city=city,
        cities=cities if city is None else (city,),
        currency=adapter.currency,
        price_kind=adapter.price_kind,
        trained_from=month_text(int(months.min())),
        trained_through=month_text(int(months.max())),
        index_through=month_text(fitted.model.index.last),
        homes=len(fitted.data),
        pooled=pooled,
        blend=fitted.model.blend,
        metrics=tuple(Metric(**figure.model_dump(), data=measured_on) for figure in figures),
        code=code_version(),
        data={Path(market.report.file).name: market.report.sha256},
        licences={"data": adapter.source or "not stated", "model": "AGPL-3.0-only"},
        parameters=asdict(settings),
    )


def month_text(month: int) -> str:
    """A month's number as 2024-05."""
    return f"{month // 12:04}-{month % 12 + 1:02}"
