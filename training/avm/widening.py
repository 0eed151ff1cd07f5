"""How much wider a range must be for what is not known, measured by taking it away.

    widening = fit_widening(model, past, zones)        # avm.bundle.Widening

On homes after the latest origin, valued by what was known before it: without one field at a time,
and with the zone's middle for the place. The factor is what the ranges must be stretched by to hold
as often as with the field; beside what the quantile forests widen by themselves.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avm.bundle import Widening
from avm.comparables import zone_codes
from avm.conformal import COVERAGE, inputs_of
from avm.features import Table
from avm.model import MarketModel, leaves_of, see
from avm.value import LOCATION_GUESSED
from avm.zones import Zones
from training.avm.data import Data
from training.avm.learn import KEPT
from training.avm.look_back import Past

Floats = NDArray[np.float64]

SAMPLE = 800
LEAST = 100
"""Homes that know a field, for its absence to be measured."""

MOST = 3.0


def fit_widening(model: MarketModel, past: Past | None, zones: Zones) -> Widening:
    """The factors; none where there is no past to measure them on."""
    if past is None:
        return Widening({}, {})
    homes = past.homes
    if len(homes) > SAMPLE:
        chosen = np.random.default_rng(7).choice(len(homes), SAMPLE, replace=False)
        homes = homes.take(np.sort(chosen))
    factors: dict[str, float] = {}
    saves: dict[str, float] = {}
    for name, known, table in _without(homes, model, zones):
        if known.sum() < LEAST:
            continue
        with_it = _stretch(model, past, homes, homes.table, known)
        without = _stretch(model, past, homes, table, known)
        factor = min(MOST, without[0] / with_it[0])
        width = factor * without[1] / with_it[1]
        if factor > 1:
            factors[name] = round(factor, 3)
        if width > 1:
            saves[name] = round(1 - 1 / width, 3)
    return Widening(factors, saves)


def _without(
    homes: Data, model: MarketModel, zones: Zones
) -> list[tuple[str, NDArray[np.bool_], Table]]:
    """Field by field: which homes know it, and the table without it."""
    table, found = homes.table, []
    for name in model.spec.fields:
        values = table[name]
        if name in KEPT or name in ("latitude", "longitude", "postcode"):
            continue
        if values.dtype == object:
            known = np.array([value is not None for value in values])
            gone = np.full(len(values), None, dtype=object)
        else:
            known, gone = np.isfinite(values), np.full(len(values), np.nan)
        found.append((name, known, {**table, name: gone}))
    if model.spec.located:
        middles = {zone: zones.middle(zone) for zone in set(table["zone"]) if zone is not None}
        at = np.array([middles.get(zone) or (np.nan, np.nan) for zone in table["zone"]])
        moved = {**table, "latitude": at[:, 0], "longitude": at[:, 1]}
        found.append((LOCATION_GUESSED, np.isfinite(at[:, 0]), moved))
    return found


def _stretch(
    model: MarketModel, past: Past, homes: Data, table: Table, known: NDArray[np.bool_]
) -> tuple[float, float]:
    """The factor by which ranges hold for COVERAGE of the homes, and their median width."""
    learned = replace(past.learned, shop=replace(past.learned.shop, weighing=model.shop.weighing))
    seen = see(table, learned.spec, learned.typical, learned.levels, learned.surface)
    value = learned.forest.predict(seen.x)
    leaf = leaves_of(learned.forest, learned.shop.trees, seen.x)
    month = np.asarray(table["month"])
    found = learned.shop.nearest(seen.at, seen.z, leaf, month, zone_codes(table["zone"]))
    comparables = learned.shop.estimate(learned.surface.predict(seen.at, seen.z), found)
    low, high = model.ranges.around(
        inputs_of(seen.x, value, comparables), homes.table["zone"].tolist()
    )
    level = learned.index.levels(table["city"], month, table["day"])
    value = value + model.blend * (comparables - value)
    error = homes.log_price - value - level
    needed = np.where(error < 0, error / np.minimum(low, -1e-6), error / np.maximum(high, 1e-6))
    return float(np.quantile(needed[known], COVERAGE)), float(np.median((high - low)[known]))
