"""Cleaning: what is dropped, cleared or doubted, each once and with its code; outliers."""

import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avm.adapter import load_adapter
from avm.market import make_market
from avm.outliers import mark_outliers
from tests.avm_town import TOWN, changed, development_set, town, town_adapter, town_rows
from vision.errors import MarketError

KNOWN = {
    # rows of the file, rows kept, dropped by code
    "denmark": (
        100_000,
        85_199,
        {"not_at_arms_length": 10_713, "forced_sale": 1_055, "rebuilt_since": 3_033},
    ),
    "grinnell": (929, 906, {"missing_area_m2": 18, "missing_rooms": 5}),
    "idealista18": (95_108, 94_978, {"missing_rooms": 129, "impossible_bedrooms": 1}),
    "king_county": (21_613, 21_599, {"missing_rooms": 13, "contradictory_rooms": 1}),
    "poland_asking": (174_067, 174_058, {"share_of_a_home": 9}),
}


def test_a_clean_file_is_kept_whole() -> None:
    report = town().report
    assert report.kept == report.rows == 400
    assert not report.dropped + report.cleared + report.unreadable + report.remarks


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("missing_price", {"eur": None}),
        ("missing_date", {"sold": None}),
        ("missing_area_m2", {"sqft": None}),
        ("missing_rooms", {"rooms": 0}),
        ("missing_location", {"lat": None}),
        ("impossible_price", {"eur": 3.0}),  # in thousands: bounds of the adapter
        ("impossible_area_m2", {"sqft": 30.0}),  # limits of the schema
        ("impossible_rooms", {"rooms": 81, "sqft": 9000.0}),
        ("contradictory_rooms", {"rooms": 33}),
        ("outside_market", {"lat": 41.0}),
        ("outside_city", {"lat": 45.39, "lon": 9.39}),
        ("auction", {"how": "auction"}),
    ],
)
def test_rows_that_are_dropped(code: str, values: dict[str, object]) -> None:
    market = town(changed(town_rows(), 7, **values))
    assert [(one.code, one.n) for one in market.report.dropped] == [(code, 1)]
    assert market.report.kept == 399
    assert 7 not in market.frame["row"]


@pytest.mark.parametrize(
    ("code", "field", "values"),
    [
        ("impossible_floor", "floor", {"floor": 400}),
        ("contradictory_year_built", "year_built", {"built": 2030}),
        ("contradictory_bathrooms", "bathrooms", {"baths": 9}),
        ("contradictory_floors_in_building", "floors_in_building", {"floor": 9}),
        ("contradictory_asking_price", "asking_price", {"asked": 5000.0}),
    ],
)
def test_values_that_are_cleared(code: str, field: str, values: dict[str, object]) -> None:
    market = town(changed(town_rows(), 7, **values))
    assert [(one.code, one.field, one.n) for one in market.report.cleared] == [(code, field, 1)]
    assert market.report.kept == 400
    row = market.frame.filter(pl.col("row") == 7).row(0, named=True)
    assert row[field] is None
    assert market.report.missing[field] == pytest.approx(1 / 400)


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("floor_above_building", {"floor": 6}),
        ("much_per_room", {"sqft": 1500.0, "rooms": 1, "eur": 400.0, "asked": 400.0, "baths": 1}),
    ],
)
def test_contradictions_that_stay(code: str, values: dict[str, object]) -> None:
    market = town(changed(town_rows(), 7, **values))
    assert [(one.code, one.n) for one in market.report.remarks] == [(code, 1)]
    assert market.report.kept == 400


def test_a_row_counts_for_its_first_reason_alone() -> None:
    rows = changed(town_rows(), 7, how="auction", eur=None, rooms=0)
    report = town(rows).report
    assert [(one.code, one.n) for one in report.dropped] == [("auction", 1)]


def test_the_same_row_again_is_dropped() -> None:
    rows = town_rows()
    report = town(pl.concat([rows, rows.head(3)])).report
    assert report.count("dropped", "repeated_row") == 3
    assert report.kept == 400


def test_a_point_where_many_buildings_stand_is_no_address() -> None:
    rows = town_rows()
    for row, year in enumerate([1920, 1950, 1980, 2010, None]):
        rows = changed(rows, row, lat=45.15, lon=9.15, built=year)
    market = town(rows)
    assert market.report.count("remarks", "shared_point") == 5
    precision = market.frame.sort("row")["location_precision"].to_list()
    assert precision[:6] == ["area"] * 5 + ["address"]


def test_a_file_of_which_nothing_is_left_says_why() -> None:
    rows = town_rows(30).with_columns(pl.lit("auction").alias("how"))
    with pytest.raises(MarketError, match="none of 30 rows can be used: sold by auction in 30"):
        town(rows)


def test_counts_add_up_whatever_the_file_holds() -> None:
    number = st.none() | st.floats(-1e4, 1e4) | st.sampled_from([0.0, 1.0, 2.0, 500.0, 45.13])

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(*[number] * 7), min_size=1, max_size=12))
    def adds_up(values: list[tuple[float | None, ...]]) -> None:
        names = ("eur", "lat", "lon", "sqft", "rooms", "baths", "floor")
        bad = town_rows(len(values)).with_columns(
            pl.Series(name, [row[index] for row in values], dtype=pl.Float64)
            for index, name in enumerate(names)
        )
        good = town_rows(20, seed=2).with_columns(pl.col(names).cast(pl.Float64))
        market = town(pl.concat([bad, good]))
        report = market.report
        assert report.kept == market.frame.height
        assert report.kept + sum(one.n for one in report.dropped) == report.rows
        for name, low, high in (("area_m2", 8, 2000), ("price", 20_000, 5_000_000)):
            assert market.frame[name].is_between(low, high).all()
        assert market.frame["rooms"].is_not_null().all()

    adds_up()


def test_outliers_are_marked_and_kept() -> None:
    rows = town_rows(600)
    rows = changed(changed(rows, 10, eur=rows["eur"][10] * 3), 20, eur=rows["eur"][20] / 3)
    rows = rows.with_columns((pl.col("eur") * 1.04).alias("asked"))
    market = town(rows)
    assert market.report.kept == 600
    assert market.frame.filter("outlier")["row"].sort().to_list() == [10, 20]
    assert market.report.outliers == 2


def test_rising_prices_are_no_outliers() -> None:
    rows = town_rows(2000).with_columns(
        (pl.col("sold").dt.year() * 365 + pl.col("sold").dt.ordinal_day()).alias("_day")
    )
    growth = ((pl.col("_day") - pl.col("_day").min()) / 365 * 1.2).exp()  # 11-fold in two years
    rows = rows.with_columns((pl.col(name) * growth).alias(name) for name in ("eur", "asked"))
    assert town(rows.drop("_day")).report.outliers <= 2


def test_outliers_can_be_judged_by_the_past_alone() -> None:
    frame = town().frame
    past = frame.filter(pl.col("date") < datetime.date(2021, 1, 1))
    later = frame.filter(pl.col("date") >= datetime.date(2021, 1, 1))
    dear = later.with_columns(pl.col("price") * 4)
    assert not mark_outliers(later, like=past)["outlier"].any()
    assert mark_outliers(dear, like=past)["outlier"].all()
    assert not mark_outliers(dear)["outlier"].any()  # alike among themselves
    few = mark_outliers(frame.head(3))
    assert few["outlier"].to_list() == [False] * 3


def test_a_market_without_coordinates_needs_its_town() -> None:
    text = TOWN.replace("location: {kind: lonlat", "location: {kind: city, precision: city")
    text = text.replace("{grid_m: 2000}", "{field: city}").replace("{constant: Town}", "town")
    text = text.replace("  latitude: lat\n  longitude: lon\n", "")
    rows = town_rows(50).with_columns(pl.Series("town", ["A"] * 30 + ["B"] * 19 + [None]))
    market = make_market(rows, town_adapter(text))
    assert market.report.count("dropped", "missing_city") == 1
    assert market.report.zones == 2


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_counts_of_the_development_sets(name: str, homelens_data: Path) -> None:
    market = development_set(homelens_data, name)
    rows, kept, dropped = KNOWN[name]
    report = market.report
    assert (report.rows, report.kept) == (rows, kept)
    assert {one.code: one.n for one in report.dropped} == dropped
    assert market.frame["date"].is_sorted()
    assert report.outliers / kept < 0.025
    adapter = load_adapter(name)
    if adapter.price_kind == "closing" and name != "king_county":
        spread = (market.frame["price"] / market.frame["asking_price"] - 1).median()
        assert isinstance(spread, float)
        assert -0.06 < spread < 0
    if name == "denmark":
        asked = market.frame.filter(pl.col("asking_price").is_not_null())
        assert asked["date"].dt.year().min() == 2009
        assert np.isclose(
            (market.frame["city"] == "København").sum() + (market.frame["city"] == "Aarhus").sum(),
            7_000,
            atol=1500,
        )
    if name == "poland_asking":
        assert market.frame["floor"].is_null().mean() == pytest.approx(0.0125, abs=0.001)
