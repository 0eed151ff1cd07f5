"""How good a market's data is, month by month, and where it is going.

    quality = market_quality(market.frame)
    quality.series["spread.asking_closing"].values       # one a month, None where nothing is known
    quality.series["missing.year_built"].trend           # per year, with its 95% interval

Asked are: how far closings are from what was asked, how prices of like homes differ, what is
missing, what comes again, what is doubted, and how often the asked price was cut. A trend is the
median of all slopes between two months (Theil and Sen), with Sen's interval from Kendall's tau.
"""

import datetime
import math
from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from pydantic import Field

from avm.outliers import LEVELS, from_group
from avm.schema import DETAIL, FIELDS, label
from vision.findings import Frozen

LEAST = {"homes": 1, "log": 20}
LEAST_ELSE = 5
"""Homes of a month, for a value of it to be given; a spread needs more of them than a median."""

IN_ZONE = LEVELS[:2]
"""Groups of like homes that are neighbours."""

Z95 = 1.959963984540054


class Trend(Frozen):
    """Change per year of a monthly value, with its 95% interval; `clear` if that excludes 0."""

    per_year: float
    low: float
    high: float
    clear: bool


class Series(Frozen):
    """One value a month; `low` and `high` are quartiles where the value is a median."""

    says: str
    unit: str
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] | None = None
    high: tuple[float | None, ...] | None = None
    n: tuple[int, ...] = Field(description="homes that the value comes from")
    trend: Trend | None = None


class MarketQuality(Frozen):
    """All series of a market; `months` holds the first day of each."""

    months: tuple[datetime.date, ...]
    series: dict[str, Series]


def market_quality(frame: pl.DataFrame) -> MarketQuality:
    """The quality of a market's frame (`avm.market`)."""
    monthly = frame.with_columns(pl.col("date").dt.truncate("1mo").alias("month"))
    ends = pl.date_range(pl.col("month").min(), pl.col("month").max(), "1mo")
    months = monthly.select(ends.alias("month"))
    found = {name: _series(one, months) for name, one in _queries(monthly)}
    return MarketQuality(months=tuple(months["month"].to_list()), series=found)


Query = tuple[str, str, pl.DataFrame]
"""What it says, its unit, and a table: month, value, n, and low and high or none."""


def _queries(frame: pl.DataFrame) -> Iterator[tuple[str, Query]]:
    by = frame.group_by("month")
    count = by.agg(pl.len().cast(pl.Float64).alias("value"), pl.len().alias("n"))
    yield "homes", ("records of the month", "homes", count)
    unit_price = frame.with_columns((pl.col("price") / pl.col("area_m2")).alias("_v"))
    yield "price_per_m2", ("price per square metre", "currency/m²", _median(unit_price))
    spread = frame.with_columns((pl.col("price") / pl.col("asking_price") - 1).alias("_v"))
    spread = spread.filter((pl.col("price_kind") == "closing") & pl.col("_v").is_not_null())
    if spread.height:
        says = "closing price over the last asking price, less 1"
        yield "spread.asking_closing", (says, "share", _median(spread))
    groups = within_groups(frame)
    if groups.height:
        says = (
            "distance of log prices per m² from the middle of like homes, as a standard deviation"
        )
        yield "variance.within_groups", (says, "log", groups)
    if frame["twin_group"].n_unique() < frame.height:
        says = "new listings of a dwelling, or its like, that was there in an earlier month"
        yield "repeats", (says, "share", repeats(frame))
        says = "rows beside another listing of the same dwelling, or its like, in the month"
        yield "doubled", (says, "share", doubled(frame))
    yield "outliers", ("prices far from their group's", "share", _share(frame, pl.col("outlier")))
    cuts = price_cuts(frame)
    if cuts.height:
        says = "listings that ask less than in an earlier month"
        yield "price_cuts", (says, "share", cuts)
    for name in [*FIELDS, *(name for name in frame.columns if name.startswith(DETAIL))]:
        gone = frame[name].null_count()
        if 0 < gone < frame.height:
            table = _share(frame, pl.col(name).is_null())
            yield f"missing.{name}", (f"{label(name)} is missing", "share", table)


def _median(frame: pl.DataFrame) -> pl.DataFrame:
    """Median and quartiles of "_v"."""
    value = pl.col("_v")
    return frame.group_by("month").agg(
        value.median().alias("value"),
        value.quantile(0.25).alias("low"),
        value.quantile(0.75).alias("high"),
        value.count().alias("n"),
    )


def _share(frame: pl.DataFrame, when: pl.Expr) -> pl.DataFrame:
    return frame.group_by("month").agg(when.mean().alias("value"), pl.len().alias("n"))


def within_groups(frame: pl.DataFrame) -> pl.DataFrame:
    """Robust standard deviation of log prices per m² within groups of like homes, by month.

    A group is what outliers are judged by, of one zone and about the same time; homes without a
    large enough group are left out.
    """
    homes = frame.unique(["id_group", "month"], keep="first", maintain_order=True)
    away = from_group(homes, homes, IN_ZONE)["away"].abs().alias("_away")
    known = homes.select("month").with_columns(away).drop_nulls()
    return known.group_by("month").agg(
        (1.4826 * pl.col("_away").median()).alias("value"), pl.len().alias("n")
    )


def repeats(frame: pl.DataFrame) -> pl.DataFrame:
    """Share of first-seen listings whose dwelling group was there in an earlier month."""
    earliest = pl.col("month").min().over("twin_group")
    new = frame.with_columns(earliest.alias("_earliest")).filter(
        pl.col("first_seen").dt.truncate("1mo") == pl.col("month")
    )
    return _share(new, pl.col("_earliest") < pl.col("month"))


def doubled(frame: pl.DataFrame) -> pl.DataFrame:
    """Share of rows beside another row of the same dwelling group and month."""
    count = pl.len().over("twin_group", "month")
    return _share(frame.with_columns((count > 1).alias("_hit")), pl.col("_hit"))


def price_cuts(frame: pl.DataFrame) -> pl.DataFrame:
    """Share of listings seen before that ask less than at the look before; empty without such."""
    looks = frame.filter(pl.col("listing_id").is_not_null() & (pl.col("price_kind") == "asking"))
    looks = looks.sort("listing_id", "date").with_columns(
        pl.col("price").shift(1).over("listing_id").alias("_before")
    )
    again = looks.filter(pl.col("_before").is_not_null())
    return _share(again, pl.col("price") < pl.col("_before"))


def _series(query: Query, months: pl.DataFrame) -> Series:
    says, unit, table = query
    filled = months.join(table, on="month", how="left", maintain_order="left")
    filled = filled.with_columns(pl.col("n").fill_null(0))
    least = LEAST.get(unit, LEAST_ELSE)
    columns = {
        name: tuple(
            None if value is None or n < least else round(float(value), 6)
            for value, n in zip(filled[name], filled["n"], strict=True)
        )
        for name in ("value", "low", "high")
        if name in filled.columns
    }
    return Series(
        says=says,
        unit=unit,
        values=columns["value"],
        low=columns.get("low"),
        high=columns.get("high"),
        n=tuple(filled["n"].to_list()),
        trend=trend(columns["value"]),
    )


def trend(values: Sequence[float | None]) -> Trend | None:
    """The trend of monthly values; None of fewer than six."""
    known = [(month, value) for month, value in enumerate(values) if value is not None]
    if len(known) < 6:
        return None
    when, what = (np.array(column, dtype=np.float64) for column in zip(*known, strict=True))
    first, second = np.triu_indices(len(when), 1)
    slopes = np.sort((what[second] - what[first]) / (when[second] - when[first])) * 12
    n = len(when)
    # the variance of Kendall's S, less what ties take from it
    _, ties = np.unique(what, return_counts=True)
    spread = n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())
    reach = Z95 * math.sqrt(max(0.0, spread) / 18)
    low = max(0, math.floor((len(slopes) - reach) / 2))
    high = min(len(slopes) - 1, math.ceil((len(slopes) + reach) / 2))
    ends = float(slopes[low]), float(slopes[high])
    return Trend(
        per_year=round(float(np.median(slopes)), 6),
        low=round(ends[0], 6),
        high=round(ends[1], 6),
        clear=ends[0] > 0 or ends[1] < 0,
    )
