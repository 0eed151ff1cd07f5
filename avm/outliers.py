"""Prices per square metre that are far from those of like homes nearby at about the same time.

    frame = mark_outliers(frame)                          # adds "outlier"
    frame = mark_outliers(frame, like=frame.filter(...))  # by what was known at training alone

A price is compared with its group: same zone, kind of home, number of rooms, like area and years;
where a group has fewer than SMALLEST homes, with a coarser one. Middle and spread are medians, so
that outliers do not hide themselves. A mark is a doubt: models may leave marked rows out of their
training, and no evaluation leaves them out of its test.
"""

from collections.abc import Sequence

import polars as pl

SMALLEST = 15
"""Homes of a group: its spread is then known to about a fifth."""

FAR = 4.5
"""Robust standard deviations from the group's middle; of normal values one in 150,000 is so far."""

LEAST_SPREAD = 0.08
"""Of log prices in a group: homes that look the same in a table differ by that much anyway."""

AREA_STEP = 0.25
"""Width of a class of areas on the log scale: 28% from end to end."""

YEARS = 3
"""Width of a class of dates; within it the market's middle of each period is taken off."""

PERIODS = ("1mo", "1q", "1y")
A_PERIOD = 60
"""Homes of a mean period: the finest that has so many, for its middle to be no noise."""

LEVELS = (
    ("zone", "property_type", "_rooms", "_area", "_years"),
    ("zone", "property_type", "_years"),
    ("city", "property_type", "_area", "_years"),
    ("property_type", "_years"),
    (),
)
"""From the finest to the coarsest group."""


def rooms_of() -> pl.Expr:
    """Rooms, or bedrooms where a market counts those."""
    return pl.coalesce("rooms", "bedrooms")


def mark_outliers(frame: pl.DataFrame, like: pl.DataFrame | None = None) -> pl.DataFrame:
    """The frame with `outlier`, judged by the prices of `like` (default: its own).

    Needs the fields of the canonical frame; rows without a price or an area are no outliers.
    """
    frame = frame.drop("outlier", strict=False)
    found = from_group(frame, frame if like is None else like)
    far = (found["away"] / found["width"]).abs() > FAR
    return frame.with_columns(far.fill_null(False).alias("outlier"))


def from_group(
    frame: pl.DataFrame, like: pl.DataFrame, levels: Sequence[tuple[str, ...]] = LEVELS
) -> pl.DataFrame:
    """For each row `away`, the log distance of its price per m² from the middle of its group,
    and `width`, the group's robust standard deviation; None where no group is large enough."""
    period = next((p for p in PERIODS if mean_period(like, p) >= A_PERIOD), PERIODS[-1])
    known = prepared(like, period).filter(pl.col("_log").is_finite())
    base = prepared(frame, period)
    drift = known.group_by("_period").agg(pl.col("_log").median().alias("_drift"))
    # a period that `like` does not hold is compared with the newest that it does
    newest = drift.sort("_period")["_drift"].last() if drift.height else 0.0
    level = pl.col("_log") - pl.col("_drift").fill_null(newest)
    known, base = (
        part.join(drift, on="_period", how="left", maintain_order="left").with_columns(
            level.alias("_level"), pl.lit(0).alias("_all")
        )
        for part in (known, base)
    )
    found = pl.DataFrame({"away": [None] * frame.height, "width": [None] * frame.height})
    found = found.cast(pl.Float64)
    for group in levels:
        names = list(group) or ["_all"]
        joined = base.join(
            groups(known, names), on=names, how="left", nulls_equal=True, maintain_order="left"
        )
        here = joined.select((pl.col("_level") - pl.col("_middle")).alias("away"), "width")
        found = pl.DataFrame([found[name].fill_null(here[name]) for name in ("away", "width")])
    return found


def groups(known: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Middle and width of every group that is large enough."""
    middle = pl.col("_level").median().over(names)
    return (
        known.with_columns(middle.alias("_middle"))
        .group_by(names)
        .agg(
            pl.col("_middle").first(),
            (pl.col("_level") - pl.col("_middle")).abs().median().alias("_mad"),
            pl.len().alias("_n"),
        )
        .filter(pl.col("_n") >= SMALLEST)
        .select(
            *names,
            "_middle",
            pl.max_horizontal(1.4826 * pl.col("_mad"), pl.lit(LEAST_SPREAD)).alias("width"),
        )
    )


def mean_period(frame: pl.DataFrame, period: str) -> float:
    """Rows in the mean period that has any."""
    periods = frame["date"].dt.truncate(period).n_unique()
    return frame.height / periods if periods else 0.0


def prepared(frame: pl.DataFrame, period: str) -> pl.DataFrame:
    """With the log price per square metre, and the classes that groups are made of."""
    price = pl.when((pl.col("price") > 0) & (pl.col("area_m2") > 0)).then(
        (pl.col("price") / pl.col("area_m2")).log()
    )
    return frame.with_columns(
        price.alias("_log"),
        rooms_of().clip(0, 7).round().alias("_rooms"),
        (pl.col("area_m2").log() / AREA_STEP).floor().alias("_area"),
        (pl.col("date").dt.year() // YEARS).alias("_years"),
        pl.col("date").dt.truncate(period).alias("_period"),
    )
