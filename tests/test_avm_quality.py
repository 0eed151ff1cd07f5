"""Data quality by month: what the numbers are of a file whose answers are known."""

import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avm.draw_quality import draw_quality
from avm.quality import market_quality, trend
from tests.avm_town import development_set, town, town_rows

PNG = b"\x89PNG\r\n\x1a\n"


def test_series_of_a_town() -> None:
    rows = town_rows(1200).with_columns(
        pl.when(pl.int_range(pl.len()) % 4 == 0).then(None).otherwise("built").alias("built")
    )
    quality = market_quality(town(rows).frame)
    assert len(quality.months) == 24
    assert quality.months[0] == datetime.date(2020, 1, 1)
    series = quality.series
    assert sum(series["homes"].n) == 1200
    spread = series["spread.asking_closing"]
    assert all(value == pytest.approx(1 / 1.04 - 1, abs=0.002) for value in spread.values)
    missing = [value for value in series["missing.year_built"].values if value is not None]
    assert np.mean(missing) == pytest.approx(0.25, abs=0.02)
    like = [value for value in series["variance.within_groups"].values if value is not None]
    assert np.mean(like) == pytest.approx(0.065, abs=0.015)  # 0.06, and the step of two years
    assert "missing.area_m2" not in series
    assert "missing.pool" not in series  # the file has no such column
    assert "repeats" not in series  # nothing comes again
    for one in series.values():
        assert one.says
        assert len(one.values) == len(one.n) == 24


def test_looks_at_listings() -> None:
    rows = town_rows(300).with_columns(pl.lit(datetime.date(2021, 1, 15)).alias("sold"))
    cut = rows.with_columns(
        pl.lit(datetime.date(2021, 3, 15)).alias("sold"),
        pl.when(pl.int_range(pl.len()) < 60)
        .then(pl.col("eur") * 0.95)
        .otherwise("eur")
        .alias("eur"),
    )
    twin = rows.head(30).with_columns(
        ("t" + pl.col("id")).alias("id"), pl.lit(datetime.date(2021, 3, 20)).alias("sold")
    )
    other = town_rows(20, seed=9).with_columns(
        ("n" + pl.col("id")).alias("id"), pl.lit(datetime.date(2021, 3, 20)).alias("sold")
    )
    frame = town(pl.concat([rows, cut, twin, other])).frame.with_columns(
        pl.lit("asking").alias("price_kind")
    )
    series = market_quality(frame).series
    assert series["price_cuts"].values == (None, None, 0.2)
    assert series["price_cuts"].n == (0, 0, 300)
    assert series["repeats"].values == (0.0, None, 0.6)  # 30 of 50 new listings
    assert series["doubled"].values == (0.0, None, pytest.approx(60 / 350, abs=1e-6))
    assert "spread.asking_closing" not in series
    assert series["homes"].values == (300.0, None, 350.0)


def test_trends() -> None:
    rising = trend([0.1 + 0.01 * month for month in range(24)])
    assert rising is not None
    assert (rising.per_year, rising.clear) == (pytest.approx(0.12), True)
    random = np.random.default_rng(3)
    noise = trend(random.normal(0, 1, 60).tolist())
    assert noise is not None
    assert noise.low < 0 < noise.high
    assert not noise.clear
    flat = trend([0.0] * 30)
    assert flat is not None
    assert (flat.per_year, flat.clear) == (0, False)
    assert trend([1.0, None, 2.0, None, 3.0]) is None
    bent = [*range(20), 1000.0]  # one wild month moves nothing
    robust = trend([float(value) for value in bent])
    assert robust is not None
    assert robust.per_year == pytest.approx(12, abs=1)


@given(st.lists(st.none() | st.floats(-1e6, 1e6), max_size=40))
def test_a_trend_lies_within_its_interval(values: list[float | None]) -> None:
    found = trend(values)
    if found is None:
        assert sum(value is not None for value in values) < 6
    else:
        assert found.low <= found.per_year <= found.high


@pytest.mark.parametrize("n", [1, 30, 400])
def test_pictures(n: int) -> None:
    quality = market_quality(town(town_rows(n)).frame)
    assert draw_quality(quality, "A made-up town").startswith(PNG)


@pytest.mark.parametrize("name", ["denmark", "grinnell", "idealista18", "poland_asking"])
def test_development_sets(name: str, homelens_data: Path) -> None:
    market = development_set(homelens_data, name)
    quality = market_quality(market.frame)
    like = [v for v in quality.series["variance.within_groups"].values if v is not None]
    assert 0.05 < np.median(like) < 0.6
    if name == "poland_asking":
        cuts = [v for v in quality.series["price_cuts"].values if v is not None]
        assert 0.05 < np.mean(cuts) < 0.2
    assert draw_quality(quality, market.report.title).startswith(PNG)
