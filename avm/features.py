"""What a model sees of a home: named columns of numbers, the same at training and when serving.

    spec = fit_features(table_of(frame))            # which columns a market has
    x = spec.matrix(table, place)                   # (n, features), NaN is missing
    spec.names                                      # "area_m2", "near_15", "x_grade", …
    topic("area_per_room")                          # "area": what people are told it is about

A table is a dict of numpy columns, made of a market's frame (`table_of`) or of homes
(`homes_table`), so that one code computes what is derived. `place` are the columns that
`avm.location` adds.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from avm.schema import DETAIL, EXTRAS, NUMBERS, PROPERTY_TYPES, HomeRecord
from avm.zones import METRES_PER_DEGREE, metres_per_longitude
from vision.findings import Frozen

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
Table = dict[str, NDArray[Any]]

TEXT = ("city", "zone", "postcode", "property_type")
"""Columns of a table that hold words, None where they are missing."""

RARE = 0.02
"""A field that fewer homes have is no feature."""

LOCATION = "location"
PLACE_COLUMNS = ("near_5", "near_15", "near_50", "near_reach", "zone_level", "city_level")
"""What `avm.location` adds, in the order of the matrix."""

TOPICS = {
    "latitude": LOCATION,
    "longitude": LOCATION,
    "north": LOCATION,
    "east": LOCATION,
    "north_east": LOCATION,
    "north_west": LOCATION,
    "postcode": LOCATION,
    "area_per_room": "area_m2",
    "covered": "plot_m2",
    "rooms": "rooms",
    "bedrooms": "rooms",
    "floor_share": "floor",
    "floors_in_building": "building_height",
    "renewed": "year_built",
    "year_renovated": "year_built",
    **dict.fromkeys(PLACE_COLUMNS, LOCATION),
}
"""Columns that say one thing to people."""


def topic(name: str) -> str:
    """What a column is about; most are about themselves, distances to things about the place."""
    if name.startswith(DETAIL) and name.endswith(("_km", "_nearby")):
        return LOCATION
    return TOPICS.get(name, name)


class Features(Frozen):
    """The columns of a market's models. `latitude`, `longitude`: where metres are counted from."""

    fields: tuple[str, ...] = Field(description="fields and details that enough homes have")
    latitude: float = 0.0
    longitude: float = 0.0
    located: bool = Field(False, description="homes have coordinates")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the matrix's columns."""
        return tuple(self.own()) + PLACE_COLUMNS

    def own(self) -> list[str]:
        """Names without those of the place."""
        have = set(self.fields)
        names = [name for name in self.fields if name not in ("latitude", "longitude")]
        if self.located:
            names += ["north", "east", "north_east", "north_west"]
        if have & {"rooms", "bedrooms"}:
            names.append("area_per_room")
        if "plot_m2" in have:
            names.append("covered")
        if {"floor", "floors_in_building"} <= have:
            names.append("floor_share")
        if {"year_built", "year_renovated"} <= have:
            names.append("renewed")
        return names

    def metres(self, table: Table) -> Floats:
        """(n, 2) metres north and east of the market's middle; NaN where not known."""
        north = (table["latitude"] - self.latitude) * METRES_PER_DEGREE
        east = (table["longitude"] - self.longitude) * metres_per_longitude(self.latitude)
        return np.column_stack([north, east]).astype(np.float64)

    def columns(self, table: Table) -> dict[str, Floats]:
        """The columns of `own`."""
        at = self.metres(table)
        rooms = rooms_of(table)
        with np.errstate(divide="ignore", invalid="ignore"):
            derived = {
                "north": at[:, 0],
                "east": at[:, 1],
                "north_east": at[:, 0] + at[:, 1],
                "north_west": at[:, 0] - at[:, 1],
                "area_per_room": table["area_m2"] / np.maximum(rooms, 0.5),
                "covered": table["area_m2"] / table["plot_m2"],
                "floor_share": table["floor"] / np.maximum(table["floors_in_building"], 1),
                "renewed": np.fmax(table["year_built"], table["year_renovated"]),
                "property_type": kinds(table["property_type"]),
                "postcode": digits(table["postcode"]),
            }
        gone = np.full(len(rooms), np.nan)
        return {name: derived.get(name, table.get(name, gone)) for name in self.own()}

    def matrix(self, table: Table, place: Floats) -> Floats:
        """(n, features): the columns of `names`."""
        return np.column_stack([*self.columns(table).values(), place]).astype(np.float64)


def fit_features(table: Table, less: Sequence[str] = ()) -> Features:
    """The features that a table's homes have; `less` are fields to do without."""
    located = np.isfinite(table["latitude"]) & np.isfinite(table["longitude"])
    without = set(less)
    is_located = bool(located.mean() > 0.5) and "latitude" not in without
    names = [name for name in (*NUMBERS, *EXTRAS) if _varies(table[name])]
    names += sorted(name for name in table if name.startswith(DETAIL) and _varies(table[name]))
    if _varies(kinds(table["property_type"])):
        names.append("property_type")
    if _varies(digits(table["postcode"])) and not is_located:
        names.append("postcode")
    return Features(
        fields=tuple(name for name in names if name not in without),
        latitude=round(float(np.median(table["latitude"][located])), 3) if is_located else 0.0,
        longitude=round(float(np.median(table["longitude"][located])), 3) if is_located else 0.0,
        located=is_located,
    )


def _varies(values: Floats) -> bool:
    """Known often enough, and not always the same."""
    known = values[np.isfinite(values)]
    return len(known) >= max(1, RARE * len(values)) and bool((known != known[0]).any())


def rooms_of(table: Table) -> Floats:
    """Rooms, or bedrooms where a market counts those."""
    return np.where(np.isfinite(table["rooms"]), table["rooms"], table["bedrooms"])


def kinds(values: NDArray[Any]) -> Floats:
    """The number of each property type; NaN for none."""
    of: dict[Any, float] = {name: float(i) for i, name in enumerate(PROPERTY_TYPES)}
    return np.array([of.get(value, np.nan) for value in values], dtype=np.float64)


def digits(values: NDArray[Any]) -> Floats:
    """Postcodes as numbers: neighbouring codes are neighbouring places in many countries."""
    known = {value: _digits(value) for value in set(values)}
    return np.array([known[value] for value in values], dtype=np.float64)


def _digits(value: Any) -> float:
    found = "".join(c for c in value if c in "0123456789") if isinstance(value, str) else ""
    return float(found) if 2 <= len(found) <= 9 else np.nan


def table_of(frame: "pl.DataFrame") -> Table:
    """The columns of a market's frame as numpy arrays; flags become 0 and 1."""
    import polars as pl

    details = [name for name in frame.columns if name.startswith(DETAIL)]
    found: Table = {}
    for name in (*NUMBERS, *EXTRAS, *details):
        found[name] = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
    for name in TEXT:
        found[name] = np.array(frame[name].to_list(), dtype=object)
    found["month"] = month_number(frame["date"].dt.year(), frame["date"].dt.month())
    found["day"] = frame["date"].dt.day().to_numpy().astype(np.float64)
    return found


def month_number(year: "pl.Series", month: "pl.Series") -> NDArray[np.int64]:
    """Months since year 0, of two polars columns."""
    found: NDArray[np.int64] = year.to_numpy().astype(np.int64) * 12
    return np.asarray(found + month.to_numpy().astype(np.int64) - 1, dtype=np.int64)


def homes_table(homes: Sequence[HomeRecord], details: Sequence[str] = ()) -> Table:
    """The same columns of single homes; `details` are columns that a market knows, "x_grade"."""
    names = set(details) | {DETAIL + name for home in homes for name in home.details}
    found: Table = {}
    for name in (*NUMBERS, *EXTRAS):
        found[name] = np.array([_number(getattr(home, name)) for home in homes])
    for name in sorted(names):
        plain = name.removeprefix(DETAIL)
        found[name] = np.array([_number(home.details.get(plain)) for home in homes])
    for name in TEXT:
        found[name] = np.array([getattr(home, name) for home in homes], dtype=object)
    found["month"] = np.array([home.date.year * 12 + home.date.month - 1 for home in homes])
    found["day"] = np.array([float(home.date.day) for home in homes])
    return found


def _number(value: float | bool | None) -> float:
    return np.nan if value is None else float(value)


def rows_of(table: Table, rows: NDArray[Any]) -> Table:
    """Some rows of a table."""
    return {name: values[rows] for name, values in table.items()}


def with_values(table: Table, values: Mapping[str, float | None]) -> Table:
    """The table of one home with some of its numbers replaced; None is missing."""
    changed = {name: np.array([_number(value)]) for name, value in values.items()}
    return {**table, **changed}
