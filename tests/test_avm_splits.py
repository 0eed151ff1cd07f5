"""Splits: nothing of the test is older than the training, no home is on both sides."""

import datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avm.splits import Split, months_after, rolling_origins, split
from tests.avm_town import development_set, town, town_rows
from vision.errors import DataError

DAY = datetime.date(2021, 6, 1)


def repeated() -> pl.DataFrame:
    """A town where 40 homes are sold again a year later, under another id."""
    rows = town_rows(300)
    again = rows.slice(130, 40).with_columns(
        ("again" + pl.col("id")).alias("id"),
        pl.col("sold").dt.offset_by("1y"),
        (pl.col("lat") + 0.0001).alias("lat"),
    )
    return town(pl.concat([rows, again])).frame


def check(parts: Split) -> None:
    assert parts.train["date"].max() < parts.train_until  # type: ignore[operator]
    assert parts.test["date"].is_between(parts.test_from, parts.test_until, "left").all()
    assert not set(parts.train["twin_group"]) & set(parts.test["twin_group"])
    assert parts.test["twin_group"].is_unique().all()


def test_both_sides() -> None:
    frame = repeated()
    parts = split(frame, DAY)
    check(parts)
    assert parts.left_out["known_dwelling"] > 10
    assert parts.train.height + parts.test.height + sum(parts.left_out.values()) == frame.height
    assert parts.train.columns == parts.test.columns == frame.columns


def test_a_gap_is_in_neither() -> None:
    frame = repeated()
    parts = split(
        frame, DAY, train_until=datetime.date(2021, 4, 1), test_until=months_after(DAY, 2)
    )
    check(parts)
    assert parts.left_out["gap"] > 0
    assert parts.left_out["after"] > 0
    assert parts.train.height + parts.test.height + sum(parts.left_out.values()) == frame.height
    # a home that is first seen in the gap is not new, for either of two trainings
    gap = frame.filter(pl.col("date").is_between(datetime.date(2021, 4, 1), DAY, "left"))
    assert not set(gap["twin_group"]) & set(parts.test["twin_group"])


def test_dwellings_by_id_alone() -> None:
    frame = repeated()
    assert split(frame, DAY, groups="id_group").test.height > split(frame, DAY).test.height


def test_a_listing_is_tested_when_it_is_first_seen() -> None:
    rows = town_rows(100)
    looks = [
        rows.with_columns(
            pl.col("sold").dt.offset_by(f"{i}mo"), (pl.col("eur") * (1 - i / 50)).alias("eur")
        )
        for i in range(3)
    ]
    frame = town(pl.concat(looks)).frame
    parts = split(frame, DAY)
    check(parts)
    assert (parts.test["date"] == parts.test["first_seen"]).all()
    assert parts.left_out["same_dwelling"] > 0


@settings(max_examples=25, deadline=None)
@given(st.dates(datetime.date(2020, 2, 1), datetime.date(2021, 12, 10)), st.integers(0, 200))
def test_any_date_gives_two_clean_sides_or_a_named_error(day: datetime.date, gap: int) -> None:
    try:
        parts = split(FRAME, day, train_until=day - datetime.timedelta(days=gap))
    except DataError as error:
        assert "empty" in error.wrong  # noqa: PT017 - either outcome is right
    else:
        check(parts)


FRAME = repeated()


@pytest.mark.parametrize(
    ("day", "until", "named"),
    [
        (datetime.date(2019, 1, 1), None, "the training is empty"),
        (datetime.date(2030, 1, 1), None, "the test is empty"),
        (DAY, datetime.date(2021, 7, 1), "would see the test"),
    ],
)
def test_what_cannot_be_split(day: datetime.date, until: datetime.date | None, named: str) -> None:
    with pytest.raises(DataError, match=named) as caught:
        split(FRAME, day, train_until=until)
    assert caught.value.accepted


def test_outliers_are_judged_by_the_training() -> None:
    late = pl.col("date") >= DAY
    frame = FRAME.with_columns(
        pl.when(late).then(pl.col("price") * 5).otherwise("price").alias("price")
    )
    parts = split(frame, DAY)
    assert parts.test["outlier"].all()
    assert not parts.train["outlier"].any()


def test_rolling_origins() -> None:
    origins = list(
        rolling_origins(FRAME, datetime.date(2020, 1, 1), datetime.date(2021, 12, 1), months=3)
    )
    assert [parts.test_from.month for parts in origins] == [4, 7, 10, 1, 4, 7, 10]
    for parts in origins:
        check(parts)
        assert parts.test_until == months_after(parts.test_from, 3)
    sizes = [parts.train.height for parts in origins]
    assert sizes == sorted(sizes)


def test_months_after() -> None:
    assert months_after(datetime.date(2023, 11, 30), 3) == datetime.date(2024, 2, 1)
    assert months_after(datetime.date(2023, 11, 30), 0) == datetime.date(2023, 11, 1)
    assert months_after(datetime.date(2024, 1, 1), -1) == datetime.date(2023, 12, 1)


@pytest.mark.parametrize(
    ("name", "day", "until", "train", "test"),
    [
        ("king_county", datetime.date(2015, 4, 1), datetime.date(2015, 3, 1), 16_849, 2_773),
        ("poland_asking", datetime.date(2024, 5, 1), None, 153_829, 5_498),
        ("idealista18", datetime.date(2018, 12, 1), None, 57_667, 20_915),
        ("denmark", datetime.date(2024, 1, 1), None, 81_319, 3_880),
    ],
)
def test_development_sets(
    name: str,
    day: datetime.date,
    until: datetime.date | None,
    train: int,
    test: int,
    homelens_data: Path,
) -> None:
    market = development_set(homelens_data, name)
    parts = split(market.frame, day, train_until=until)
    check(parts)
    assert (parts.train.height, parts.test.height) == (train, test)
