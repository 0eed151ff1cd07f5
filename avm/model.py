"""The model of one market: from a table of homes to values with ranges.

    found = model.estimate(homes_table([home], model.details))
    np.exp(found.value + found.level)          # the price; found.low and found.high around it

Three voices: a forest of boosted trees (`avm.trees`), a smooth surface (`avm.smooth`), and homes
that were priced (`avm.comparables`), which move the surface. The value is the forest's, drawn to
the comparables' by `blend`, a share that was learned and is 0 where they did not help. All of it is
in log prices of the index's reference month; `level` is what the index adds for the home's own
month, and the more months it has not seen the wider is the range. Fields that a home lacks stay
missing for the forest, which learned what that means; the surface takes what is typical of the
place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avm.comparables import Found, Shop, zone_codes
from avm.conformal import Ranges, inputs_of
from avm.features import PLACE_COLUMNS, Features, Table, rooms_of
from avm.impute import Typical
from avm.index import PriceIndex
from avm.location import Levels
from avm.schema import DETAIL
from avm.smooth import Surface
from avm.tiers import Tiers
from avm.trees import Forest

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Z90 = 1.6448536269514722
"""Half of a normal 90% interval, in standard deviations."""


@dataclass(frozen=True)
class Seen:
    """What the model sees of n homes."""

    x: Floats
    at: Floats
    z: Floats
    table: Table


@dataclass(frozen=True)
class Estimate:
    """Log prices of n homes in the reference month; `level` brings them to their own."""

    model: Floats
    surface: Floats
    comparables: Floats
    value: Floats
    low: Floats
    high: Floats
    level: Floats
    found: Found
    seen: Seen


@dataclass(frozen=True)
class MarketModel:
    """Everything that a value needs."""

    spec: Features
    typical: Typical
    levels: Levels
    forest: Forest
    surface: Surface
    shop: Shop
    blend: float
    ranges: Ranges
    tiers: Tiers
    index: PriceIndex

    @property
    def details(self) -> tuple[str, ...]:
        """The market's own numbers that the model reads, as columns: "x_grade"."""
        return tuple(name for name in self.spec.fields if name.startswith(DETAIL))

    def see(self, table: Table, groups: Ints | None = None) -> Seen:
        """Features of homes; at training `groups` keeps a home's own group out of its place."""
        return see(table, self.spec, self.typical, self.levels, self.surface, groups)

    def estimate(self, table: Table, groups: Ints | None = None) -> Estimate:
        """Values of homes that are not the model's own, or of `groups` that are left out."""
        seen = self.see(table, groups)
        leaves = self.forest.leaves(seen.x)
        model = self.forest.sums(leaves)
        surface = self.surface.predict(seen.at, seen.z)
        found = self.shop.nearest(
            seen.at,
            seen.z,
            (leaves[:, self.shop.trees] & 255).astype(np.uint8),
            np.asarray(table["month"]),
            zone_codes(table["zone"]),
            groups,
        )
        comparables = self.shop.estimate(surface, found)
        value = model + self.blend * (comparables - model)
        zones: Sequence[Any] = table["zone"].tolist()
        low, high = self.ranges.around(inputs_of(seen.x, model, comparables), zones)
        when = table["city"], table["month"], table["day"]
        level, stale = self.index.levels(*when), Z90 * self.index.staleness(*when)
        return Estimate(
            model=model,
            surface=surface,
            comparables=comparables,
            value=value,
            low=value - np.hypot(low, stale),
            high=value + np.hypot(high, stale),
            level=level,
            found=found,
            seen=seen,
        )


def leaves_of(forest: Forest, trees: Ints, x: Floats) -> NDArray[np.uint8]:
    """Leaf numbers of some trees; what is above 255 shares a number, which does no harm."""
    return (forest.leaves(x, trees) & 255).astype(np.uint8)


def see(
    table: Table,
    spec: Features,
    typical: Typical,
    levels: Levels,
    surface: Surface | None,
    groups: Ints | None = None,
) -> Seen:
    """What models see of a table's homes; without a surface `z` is empty."""
    place = levels.columns(table, spec, groups)
    x = spec.matrix(table, place)
    columns = surface_columns(table, spec, typical, place)
    z = surface.scaler.scaled(columns) if surface is not None else np.zeros((len(x), 0))
    return Seen(x=x, at=spec.metres(table), z=z, table=table)


def surface_columns(
    table: Table, spec: Features, typical: Typical, place: Floats
) -> dict[str, Floats]:
    """Columns of the surface: the fields, filled with what is typical, and levels of the place."""
    full = filled(table, typical)
    columns = {name: full[name] for name in spec.fields if name in full and name not in _PLACES}
    columns = {name: v for name, v in columns.items() if v.dtype != object}
    if "year_renovated" in columns:
        # not renovated: as old as it is
        columns["year_renovated"] = np.fmax(columns["year_renovated"], full["year_built"])
    columns["rooms_in_all"] = rooms_of(full)
    if "property_type" in spec.fields:
        for name in ("apartment", "house", "townhouse", "cabin", "farm"):
            columns[f"is_{name}"] = (table["property_type"] == name).astype(np.float64)
    wide = ("zone_level", "city_level")
    columns.update({name: place[:, PLACE_COLUMNS.index(name)] for name in wide})
    return columns


_PLACES = ("latitude", "longitude", "postcode", "rooms", "bedrooms", "property_type")


def filled(table: Table, typical: Typical) -> Table:
    """The table with typical values where a field is missing."""
    full = dict(table)
    lacking = {
        name: np.nonzero(np.isnan(table[name]))[0] for name in typical.values if name in table
    }
    rows = sorted({int(row) for found in lacking.values() for row in found})
    places = {
        row: typical.places(
            _known(table["latitude"][row]),
            _known(table["longitude"][row]),
            table["zone"][row],
            table["city"][row],
        )
        for row in rows
    }
    for name, where in lacking.items():
        if len(where):
            values = table[name].copy()
            for row in where:
                values[row] = _typical(typical.values[name], places[int(row)])
            full[name] = values
    return full


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _typical(levels: dict[str, dict[str, float]], places: dict[str, str | None]) -> float:
    """The value of the finest place that has one."""
    for level, place in places.items():
        if place is not None and place in levels.get(level, {}):
            return levels[level][place]
    return np.nan
