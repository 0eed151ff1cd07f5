"""Time-ordered, twin-free splits: what was known then, and homes that nobody had seen.

    parts = split(market.frame, test_from=date(2015, 4, 1), train_until=date(2015, 3, 1))
    for parts in rolling_origins(market.frame, date(2024, 1, 1), date(2024, 5, 1)): ...

Training holds every row before `train_until` (default: `test_from`). The test holds, from
`test_from` on, one row of each dwelling of which no row is older: its first. A dwelling is a
`twin_group`, so a home that is advertised again, or its like next door, is not tested on what it
was trained on. `outlier` is marked again, by the training's prices alone.
"""

import contextlib
import datetime
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from avm.outliers import mark_outliers
from vision.errors import DataError


@dataclass(frozen=True)
class Split:
    """One training and its test; `left_out` counts rows that are in neither, by reason."""

    train: pl.DataFrame
    test: pl.DataFrame
    train_until: datetime.date
    test_from: datetime.date
    test_until: datetime.date
    left_out: dict[str, int]


def split(
    frame: pl.DataFrame,
    test_from: datetime.date,
    *,
    train_until: datetime.date | None = None,
    test_until: datetime.date | None = None,
    groups: str = "twin_group",
) -> Split:
    """Split a market's frame at a date; `train_until` and `test_until` are the first days after.

    `groups` is "twin_group", or "id_group" where only a common id makes a dwelling. Raises
    DataError when a side is empty, naming the dates that there are.
    """
    until = train_until or test_from
    last: datetime.date = frame["date"].max()  # type: ignore[assignment]
    end = test_until or last + datetime.timedelta(days=1)
    if until > test_from:
        raise DataError(
            f"training until {until} would see the test from {test_from}",
            accepted="train_until on or before test_from",
        )
    train = frame.filter(pl.col("date") < until)
    new = pl.col("date").min().over(groups) >= test_from
    later = frame.with_columns(new.alias("_new")).filter(
        pl.col("date").is_between(test_from, end, "left")
    )
    fresh = later.filter("_new").drop("_new")
    test = fresh.sort("date", "row").unique(groups, keep="first", maintain_order=True)
    for side, rows in (("training", train), ("test", test)):
        if not rows.height:
            raise DataError(
                f"the {side} is empty with test_from {test_from}",
                accepted=f"dates within {frame['date'].dt.min()} to {last}",
            )
    left_out = {
        "gap": frame.height - train.height - frame.filter(pl.col("date") >= test_from).height,
        "after": frame.filter(pl.col("date") >= end).height,
        "known_dwelling": later.height - fresh.height,
        "same_dwelling": fresh.height - test.height,
    }
    marked = mark_outliers(train)
    return Split(marked, mark_outliers(test, like=train), until, test_from, end, left_out)


def rolling_origins(
    frame: pl.DataFrame,
    first: datetime.date,
    last: datetime.date,
    *,
    months: int = 1,
    groups: str = "twin_group",
) -> Iterator[Split]:
    """A split for each origin from `first` to `last`, `months` apart, each tested so far ahead.

    Origins without any home to train on or to test are left out.
    """
    origin = first
    while origin <= last:
        end = months_after(origin, months)
        with contextlib.suppress(DataError):  # a month without new homes is no error
            yield split(frame, origin, test_until=end, groups=groups)
        origin = end


def months_after(day: datetime.date, months: int) -> datetime.date:
    """The first day of the month so many months later; of the day's own month with 0."""
    index = day.year * 12 + day.month - 1 + months
    return datetime.date(index // 12, index % 12 + 1, 1)
