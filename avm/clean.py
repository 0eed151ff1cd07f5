"""What is missing, impossible or contradictory in canonical rows, and what follows from it.

    kept, report_parts = clean(frame, adapter)

A row without a date, a price, an area, rooms (or bedrooms) or a location is dropped, and so is one
where these cannot be true; of any other field the impossible value alone is cleared, which leaves
it missing. What contradicts something without saying which of the two is wrong stays, as a remark.
Every drop is counted once, by the first rule that holds; codes of rules stay, sentences may change.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from avm.adapter import Adapter
from avm.market_report import Finding
from avm.outliers import rooms_of
from avm.schema import DETAIL, FIELDS, NUMBERS, PRICES, label, limits
from avm.zones import METRES_PER_DEGREE

LEAST_AREA_PER_ROOM = 5.0
"""Square metres: less than a room can be, so the rooms or the area are wrong."""

PLANNED_YEARS = 4
"""Homes are sold off the plan so many years before they are built, at most."""

TOLERATED_FLOORS = 1
"""An attic or a mezzanine that one source counts and the other does not."""

ASKED = (0.4, 2.5)
"""Range of price over asking price; beyond it one of the two has a digit too many or too few."""

FAR_FROM_CITY = 4.0
"""Times the distance that 95% of a city's homes keep from its middle: no longer in that city."""

CITY_FROM = 50
"""Homes of a city, for its extent to be known."""

Rule = tuple[str, str, pl.Expr, str]
"""Code, field, when it holds, and what it says."""

ALWAYS_KNOWN = ("date", "price", "area_m2")


@dataclass
class Parts:
    """What `clean` found, in the parts of the report."""

    dropped: list[Finding] = field(default_factory=list)
    cleared: list[Finding] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)


def clean(frame: pl.DataFrame, adapter: Adapter) -> tuple[pl.DataFrame, Parts]:
    """Rows that can be used, impossible values among them cleared, and what was done."""
    parts = Parts()
    frame = _drop(frame, adapter, parts)
    frame = _clear(frame, adapter, parts)
    for rule in adapter.remark:
        _note(parts.remarks, rule.code, None, _coded(frame, rule.code), rule.says)
    for code, name, when, says in remarks(frame):
        _note(parts.remarks, code, name, frame.select(when.fill_null(False)).to_series(), says)
    return _coarser(frame, adapter, parts).drop("codes"), parts


def bounds(adapter: Adapter, name: str) -> tuple[float, float]:
    """The narrower of the schema's and the adapter's limits."""
    low, high = limits(name)
    own = adapter.bounds.get(name, (low, high))
    return max(low, own[0]), min(high, own[1])


def _coded(frame: pl.DataFrame, code: str) -> pl.Series:
    return frame["codes"].list.contains(code)


def _note(part: list[Finding], code: str, name: str | None, hit: pl.Series, says: str) -> int:
    """Report the rows that are hit; how many they are."""
    n = int(hit.sum())
    if n:
        part.append(Finding(code=code, field=name, n=n, says=says))
    return n


def _drop(frame: pl.DataFrame, adapter: Adapter, parts: Parts) -> pl.DataFrame:
    for rule in adapter.drop:
        hit = _coded(frame, rule.code)
        _note(parts.dropped, rule.code, None, hit, rule.says)
        frame = frame.filter(~hit)
    for code, name, when, says in reasons(adapter):
        hit = frame.select(when.fill_null(False)).to_series()
        _note(parts.dropped, code, name, hit, says)
        frame = frame.filter(~hit)
    # the same listing with the same date and price twice says nothing more
    same = [name for name in frame.columns if name not in ("row", "codes")]
    hit = frame.select((~pl.struct(same).is_first_distinct() & _identified()).alias("hit"))["hit"]
    _note(parts.dropped, "repeated_row", None, hit, "the same row again")
    return frame.filter(~hit)


def _identified() -> pl.Expr:
    return pl.col("listing_id").is_not_null() | pl.col("dwelling_id").is_not_null()


def reasons(adapter: Adapter) -> Iterator[Rule]:
    """Rules that drop a row."""
    for name in ALWAYS_KNOWN:
        yield f"missing_{name}", name, pl.col(name).is_null(), f"the {label(name)} is missing"
    for name in ("price", "area_m2"):
        low, high = bounds(adapter, name)
        says = f"the {label(name)} is outside {low:,.10g} to {high:,.10g}"
        yield f"impossible_{name}", name, ~pl.col(name).is_between(low, high), says
    yield "missing_rooms", "rooms", rooms_of().is_null(), "rooms and bedrooms are missing"
    for name in ("rooms", "bedrooms"):
        low, high = bounds(adapter, name)
        says = f"the {label(name)} are outside {low:g} to {high:g}"
        yield f"impossible_{name}", name, ~pl.col(name).is_between(low, high), says
    yield (
        "contradictory_rooms",
        "rooms",
        pl.col("area_m2") < LEAST_AREA_PER_ROOM * rooms_of(),
        f"less than {LEAST_AREA_PER_ROOM:g} m² for each room",
    )
    yield from _locations(adapter)


def _locations(adapter: Adapter) -> Iterator[Rule]:
    at = adapter.location
    if at.kind == "lonlat":
        gone = pl.col("latitude").is_null() | pl.col("longitude").is_null()
        yield "missing_location", "latitude", gone, "the coordinates are missing"
        inside = pl.col("latitude").is_between(at.south, at.north) & pl.col("longitude").is_between(
            at.west, at.east
        )
        # 0, 0 is what geocoders answer when they do not know
        nowhere = (pl.col("latitude") == 0) & (pl.col("longitude") == 0)
        says = "the coordinates are outside the market"
        yield "outside_market", "latitude", ~inside | nowhere, says
        yield "outside_city", "latitude", _far_from_city(), "the coordinates are far from the city"
    elif at.kind != "none":
        yield (
            f"missing_{at.kind}",
            at.kind,
            pl.col(at.kind).is_null(),
            f"the {at.kind} is missing",
        )


def _far_from_city() -> pl.Expr:
    """Further from the middle of its city than the city is large."""
    north = (pl.col("latitude") - pl.col("latitude").median().over("city")) * METRES_PER_DEGREE
    shrink = pl.col("latitude").radians().cos()
    east = pl.col("longitude") - pl.col("longitude").median().over("city")
    away = (north**2 + (east * METRES_PER_DEGREE * shrink) ** 2).sqrt()
    usual = away.quantile(0.95).over("city")
    known = pl.col("city").is_not_null() & (pl.len().over("city") >= CITY_FROM)
    return known & (away > FAR_FROM_CITY * usual) & (away > 1000)


def _clear(frame: pl.DataFrame, adapter: Adapter, parts: Parts) -> pl.DataFrame:
    details = [name for name in frame.columns if name.startswith(DETAIL)]
    settled = {"price", "area_m2", "rooms", "bedrooms", "latitude", "longitude"}
    for name in [n for n in (*NUMBERS, *PRICES, *details) if n not in settled]:
        low, high = bounds(adapter, name)
        if (low, high) == (float("-inf"), float("inf")):
            continue
        hit = (~pl.col(name).is_between(low, high)).fill_null(False)
        says = f"{label(name)} outside {low:,.10g} to {high:,.10g}"
        frame = _cleared(frame, f"impossible_{name}", name, hit, says, parts)
    for code, name, when, says in contradictions():
        frame = _cleared(frame, code, name, when.fill_null(False), says, parts)
    return frame


def _cleared(
    frame: pl.DataFrame, code: str, name: str, when: pl.Expr, says: str, parts: Parts
) -> pl.DataFrame:
    hit = frame.select(when).to_series()
    n = _note(parts.cleared, code, name, hit, says)
    return frame.with_columns(pl.when(~hit).then(name).alias(name)) if n else frame


def contradictions() -> Iterator[Rule]:
    """Rules that clear a field."""
    year = pl.col("date").dt.year()
    yield (
        "contradictory_year_built",
        "year_built",
        pl.col("year_built") > year + PLANNED_YEARS,
        f"built more than {PLANNED_YEARS} years after the date of the price",
    )
    yield (
        "contradictory_year_renovated",
        "year_renovated",
        (pl.col("year_renovated") < pl.col("year_built")) | (pl.col("year_renovated") > year + 1),
        "renovated before it was built, or after the date of the price",
    )
    # bedrooms leave out the living room
    rooms = pl.coalesce("rooms", pl.col("bedrooms") + 1)
    yield (
        "contradictory_bathrooms",
        "bathrooms",
        pl.col("bathrooms").floor() > rooms,
        "more bathrooms than rooms",
    )
    yield (
        "contradictory_floors_in_building",
        "floors_in_building",
        pl.col("floor") > pl.col("floors_in_building") + TOLERATED_FLOORS,
        "the floor is above the building's floors, which are taken for wrong",
    )
    for name in ("asking_price", "first_asking_price"):
        ratio = pl.col("price") / pl.col(name)
        yield (
            f"contradictory_{name}",
            name,
            ~ratio.is_between(*ASKED),
            f"the price is below {ASKED[0]:g} or above {ASKED[1]:g} times the {label(name)}",
        )


def remarks(frame: pl.DataFrame) -> Iterator[Rule]:
    """Rules that change nothing."""
    if frame["dwelling_id"].null_count() < frame.height:
        area, mine = pl.col("area_m2"), pl.col("dwelling_id").is_not_null()
        spread = area.max().over("dwelling_id") / area.min().over("dwelling_id")
        says = "listings of one dwelling differ by more than a tenth in area"
        yield "dwelling_disagrees", "area_m2", mine & (spread > 1.1), says
    yield (
        "floor_above_building",
        "floor",
        pl.col("floor") > pl.col("floors_in_building"),
        "the floor is one above the building's floors",
    )
    yield (
        "bedrooms_above_rooms",
        "bedrooms",
        pl.col("bedrooms") > pl.col("rooms"),
        "more bedrooms than rooms",
    )


def _coarser(frame: pl.DataFrame, adapter: Adapter, parts: Parts) -> pl.DataFrame:
    """Points where buildings of many years stand are a neighbourhood's, not an address."""
    if adapter.location.kind != "lonlat" or frame["year_built"].null_count() == frame.height:
        return frame
    years = pl.col("year_built").drop_nulls().n_unique().over("latitude", "longitude")
    hit = frame.select((years >= adapter.location.shared_by).alias("hit"))["hit"]
    says = f"buildings of {adapter.location.shared_by} or more years at one point: no address"
    _note(parts.remarks, "shared_point", "location_precision", hit, says)
    return frame.with_columns(
        pl.when(hit)
        .then(pl.lit("area"))
        .otherwise("location_precision")
        .alias("location_precision")
    )


def missing_shares(frame: pl.DataFrame, adapter: Adapter) -> dict[str, float]:
    """Field to share of rows without it, of what the adapter reads."""
    read = [name for name in FIELDS if name in adapter.columns]
    read += [DETAIL + name for name in adapter.details]
    n = max(1, frame.height)
    return {name: round(frame[name].null_count() / n, 6) for name in read}
