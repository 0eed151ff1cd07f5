"""Values that are typical of a place, for fields that a home lacks, with a mark that they were.

    typical = fit_typical(parts.train)
    filled = fill(parts.train, typical)            # and "was_missing_FIELD" for each of its fields
    typical.of(home)                               # {"year_built": 1962.0, "lift": 0.8}

A neighbourhood was built in an era: the median of the homes around is nearer than that of a whole
market. The finest of these that has AT_LEAST homes with the field speaks: a cell of 250 m, one of
1 km, the zone, the city, the market. Numbers are medians; yes and no are shares of yes. Homes that
are listed again count once. Serving reads it without a library of tables.
"""

import math
from typing import TYPE_CHECKING

from pydantic import Field

from avm.schema import DETAIL, EXTRAS, NUMBERS, HomeRecord
from avm.zones import METRES_PER_DEGREE, metres_per_longitude
from vision.findings import Frozen

if TYPE_CHECKING:
    import polars as pl

CELLS = (250.0, 1000.0)
"""Metres of the cells: a few buildings, a few streets."""

AT_LEAST = 5
"""Homes of a place that know the field: the median of fewer is one of them."""

MOST_MISSING = 0.8
"""A field that more homes lack is not typical of anything."""

STRUCTURAL = ("latitude", "longitude", "area_m2", "rooms", "bedrooms", "year_renovated")
"""Not to be filled: what a home must have, and a year that is missing because nothing was done."""

WAS_MISSING = "was_missing_"

LEVELS = ("cell_250", "cell_1000", "zone", "city", "market")


class Typical(Frozen):
    """For each field, level by level, place to value. `latitude` is where cells are measured."""

    latitude: float
    values: dict[str, dict[str, dict[str, float]]] = Field(
        description="field to level to place to value"
    )

    def of(self, home: HomeRecord) -> dict[str, float]:
        """What is typical where the home is, for every field; whether it lacks it or not."""
        places = self.places(home.latitude, home.longitude, home.zone, home.city)
        found: dict[str, float] = {}
        for name, levels in self.values.items():
            for level in LEVELS:
                place = places[level]
                if place is not None and place in levels.get(level, {}):
                    found[name] = levels[level][place]
                    break
        return found

    def places(
        self, latitude: float | None, longitude: float | None, zone: str | None, city: str | None
    ) -> dict[str, str | None]:
        """The name of the place on each level."""
        cells: list[str | None] = [None] * len(CELLS)
        if latitude is not None and longitude is not None:
            north = latitude * METRES_PER_DEGREE
            east = longitude * metres_per_longitude(self.latitude)
            cells = [f"{math.floor(north / m)},{math.floor(east / m)}" for m in CELLS]
        return dict(zip(LEVELS, (*cells, zone, city, ""), strict=True))


def fit_typical(frame: "pl.DataFrame", fields: tuple[str, ...] | None = None) -> Typical:
    """Typical values of a canonical frame, by default of the fields that some homes lack."""
    import polars as pl

    once = frame.sort("date", "row").unique("id_group", keep="last", maintain_order=True)
    names = fields or fillable(once)
    middle = once["latitude"].median()
    latitude = round(float(middle), 2) if isinstance(middle, float) else 0.0
    placed = once.with_columns(_places(latitude))
    values: dict[str, dict[str, dict[str, float]]] = {}
    for name in names:
        known = placed.filter(pl.col(name).is_not_null())
        value = pl.col(name).cast(pl.Float64)
        middle_of = value.mean() if known[name].dtype == pl.Boolean else value.median()
        values[name] = {}
        for level in LEVELS:
            groups = (
                known.filter(pl.col(f"_{level}").is_not_null())
                .group_by(f"_{level}")
                .agg(middle_of.round(3).alias("value"), pl.len().alias("n"))
                .filter(pl.col("n") >= (1 if level == "market" else AT_LEAST))
                .sort(f"_{level}")
            )
            values[name][level] = dict(groups.select(f"_{level}", "value").iter_rows())
    return Typical(latitude=latitude, values=values)


def fillable(frame: "pl.DataFrame") -> tuple[str, ...]:
    """Fields that some homes lack and most of them have."""
    names = [name for name in (*NUMBERS, *EXTRAS) if name not in STRUCTURAL]
    names += [name for name in frame.columns if name.startswith(DETAIL)]
    share = {name: frame[name].null_count() / max(1, frame.height) for name in names}
    return tuple(name for name in names if 0 < share[name] <= MOST_MISSING)


def fill(frame: "pl.DataFrame", typical: Typical) -> "pl.DataFrame":
    """The frame with typical values where a field is missing, and a mark for each field."""
    import polars as pl

    places = frame.select(_places(typical.latitude))
    columns: list[pl.Series] = []
    for name, levels in typical.values.items():
        found = pl.Series(name, [None] * frame.height, dtype=pl.Float64)
        for level in LEVELS:
            if levels.get(level):
                here = places[f"_{level}"].replace_strict(
                    levels[level], default=None, return_dtype=pl.Float64
                )
                found = found.fill_null(here)
        gone = frame[name].is_null()
        guess = found >= 0.5 if frame[name].dtype == pl.Boolean else found
        columns.append(frame[name].fill_null(guess.cast(frame[name].dtype)).alias(name))
        columns.append(gone.alias(WAS_MISSING + name))
    return frame.with_columns(columns)


def _places(latitude: float) -> "list[pl.Expr]":
    """Columns "_LEVEL" with the names that `Typical.places` gives."""
    import polars as pl

    north = pl.col("latitude") * METRES_PER_DEGREE
    east = pl.col("longitude") * metres_per_longitude(latitude)
    cells = [
        pl.concat_str(
            (north / m).floor().cast(pl.Int64), (east / m).floor().cast(pl.Int64), separator=","
        )
        for m in CELLS
    ]
    levels = [*cells, pl.col("zone"), pl.col("city"), pl.lit("")]
    return [level.alias(f"_{name}") for name, level in zip(LEVELS, levels, strict=True)]
