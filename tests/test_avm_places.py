"""Zones, and values that are typical of a place: the same in a table and when serving."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from avm.adapter import ZoneRule
from avm.impute import Typical, fill, fit_typical
from avm.schema import from_row
from avm.zones import Zones, fit_zones, kmeans, nearest
from tests.avm_town import TOWN, development_set, town, town_adapter, town_rows


def test_a_grid_names_its_cells_by_their_middles() -> None:
    frame = town().frame
    zones = fit_zones(ZoneRule(grid_m=2000), frame)
    for row in frame.head(50).iter_rows(named=True):
        middle = [float(part) for part in row["zone"].split(",")]
        assert abs(middle[0] - row["latitude"]) * 111_320 <= 1001
        assert abs(middle[1] - row["longitude"]) * 78_600 <= 1010
    assert Zones.model_validate_json(zones.model_dump_json()) == zones


def test_clusters_are_made_of_neighbours_and_stay_the_same() -> None:
    text = TOWN.replace("{grid_m: 2000}", "{kmeans_homes: 50, within: city}")
    frame = town(town_rows(600), text).frame
    assert frame["zone"].n_unique() == 12
    assert frame["zone"].str.starts_with("Town ").all()
    zones = fit_zones(town_adapter(text).zone, frame)
    again = zones.assign(
        frame["latitude"].to_numpy(), frame["longitude"].to_numpy(), ["Town"] * 600
    )
    assert again == frame["zone"].to_list()
    assert zones == fit_zones(town_adapter(text).zone, frame)
    elsewhere = frame["latitude"].to_numpy()[:1], frame["longitude"].to_numpy()[:1], ["Atlantis"]
    assert zones.assign(*elsewhere) == [None]


def test_kmeans_survives_what_it_is_given() -> None:
    same = np.zeros((10, 2))
    assert len(kmeans(same, 4)) == 1
    three = np.array([[0.0, 0], [100, 0], [0, 100]])
    assert sorted(map(tuple, kmeans(three, 5).tolist())) == [(0, 0), (0, 100), (100, 0)]
    assert nearest(np.array([[90.0, 5]]), three).tolist() == [1]


def test_named_zones_are_found_for_new_homes() -> None:
    text = TOWN.replace("{grid_m: 2000}", "{column: quarter}").replace(
        "  latitude: lat", "  postcode: zip\n  latitude: lat"
    )
    north = pl.col("lat") > 45.14
    rows = town_rows().with_columns(
        pl.when(north).then(pl.lit("hill")).otherwise(pl.lit("port")).alias("quarter"),
        pl.when(north).then(pl.lit("100")).otherwise(pl.lit("200")).alias("zip"),
    )
    market = town(rows, text)
    home = from_row(market.frame.filter(pl.col("zone") == "port").row(0, named=True))
    bare = home.model_copy(update={"zone": None})
    assert market.zones.of(home) == market.zones.of(bare) == "port"
    placed = bare.model_copy(update={"postcode": None, "latitude": 45.175, "longitude": 9.15})
    assert market.zones.of(placed) == "hill"
    lost = placed.model_copy(update={"latitude": None, "longitude": None})
    assert market.zones.of(lost) is None  # neither quarter has more than half of the town


def hidden(frame: pl.DataFrame, share: float = 0.3) -> pl.DataFrame:
    """Some homes' year of construction and lift removed at random."""
    gone = pl.Series(np.random.default_rng(5).random(frame.height) < share)
    return frame.with_columns(
        pl.when(~gone).then(name).alias(name) for name in ("year_built", "lift")
    )


def test_the_era_is_the_neighbourhoods() -> None:
    frame = town(town_rows(1500)).frame
    blind = hidden(frame)
    typical = fit_typical(blind)
    assert set(typical.values) == {"year_built", "lift"}
    filled = fill(blind, typical)
    gone = filled["was_missing_year_built"]
    assert gone.sum() == blind["year_built"].null_count()
    assert filled["year_built"].null_count() == filled["lift"].null_count() == 0
    assert filled["lift"].dtype == pl.Boolean
    away = (filled["year_built"] - frame["year_built"]).abs().filter(gone)
    assert away.median() < 8  # type: ignore[operator]
    kept = filled.filter(~gone)["year_built"] == frame.filter(~gone)["year_built"]
    assert kept.all()


def test_serving_says_what_the_table_says() -> None:
    blind = hidden(town(town_rows(800)).frame)
    typical = Typical.model_validate_json(fit_typical(blind).model_dump_json())
    filled = fill(blind, typical)
    for row, full in zip(blind.iter_rows(named=True), filled.iter_rows(named=True), strict=True):
        found = typical.of(from_row(row))
        if row["year_built"] is None:
            assert found["year_built"] == full["year_built"]
            assert (found["lift"] >= 0.5) is full["lift"]


def test_a_home_without_a_place_gets_the_markets() -> None:
    blind = hidden(town(town_rows(800)).frame)
    typical = fit_typical(blind)
    row = blind.row(0, named=True)
    nowhere = {**row, "latitude": None, "longitude": None, "zone": None, "city": None}
    once = blind["year_built"].median()
    assert typical.of(from_row(nowhere))["year_built"] == pytest.approx(once, abs=1)


def test_neighbours_know_the_era_better_than_the_market(homelens_data: Path) -> None:
    market = development_set(homelens_data, "poland_asking")
    homes = market.frame.unique("twin_group", keep="first", maintain_order=True)
    known = homes.filter(pl.col("year_built").is_not_null())
    blind = hidden(known)
    filled = fill(blind, fit_typical(blind, ("year_built",)))
    gone = filled["was_missing_year_built"]
    near = (filled["year_built"] - known["year_built"]).abs().filter(gone).mean()
    middle = known["year_built"].median()
    far = (known["year_built"] - middle).abs().filter(gone).mean()
    assert near < 0.7 * far  # type: ignore[operator]
