"""`homelens avm evaluate` on files that it never saw: figures, groups and the report."""

import datetime
import json
from pathlib import Path

import polars as pl
import pytest

from tests.avm_town import TOWN, town
from tests.avm_trained import QUICK, busy_rows
from tests.homelens_command import homelens
from training.avm.evaluate import figures, origins_of, value_homes
from training.avm.report import write_report
from training.figures import measured
from vision.errors import DataError

BARE = """
market: bare
title: Sales with a postcode and little else
country: IT
currency: EUR
price_kind: closing
records: sales
location: {kind: none}
zone: {field: postcode}
columns:
  date: sold
  price: {column: eur, unit: thousand}
  postcode: zip
  area_m2: {column: sqft, unit: sqft}
  rooms: rooms
"""
NAMES = ("mdape", "mape", "ppe10", "ppe20", "cod", "prd", "prb", "fsd", "coverage90", "width")


def test_every_figure_has_its_interval_and_the_report_its_maps(tmp_path: Path) -> None:
    market = town(busy_rows())
    valued = value_homes(market, origins_of(market), QUICK)
    found = {one.name: one for one in figures(valued)}
    for name in NAMES:
        one = found[f"avm.{name}"]
        assert one.low <= one.value <= one.high
    assert found["avm.mdape"].value < 0.1
    for kind in ("zone", "band", "tier", "month"):
        assert any(f".{kind}." in name for name in found)
    assert 0 <= found["avm.ppe10.surest_quarter"].value <= 1
    write_report(tmp_path, measured("avm evaluate", [], [], list(found.values())), valued, market)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8"))["figures"]


def test_a_file_without_coordinates_is_measured_without_maps(tmp_path: Path) -> None:
    place = (pl.lit("10") + ((pl.col("lat") - 45.1) * 50).cast(pl.Int64).cast(pl.String)) + "0"
    rows = busy_rows(400).with_columns(place.alias("zip"))
    market = town(rows.select("sold", "eur", "sqft", "rooms", "zip"), BARE)
    valued = value_homes(market, origins_of(market), QUICK)
    found = {one.name for one in figures(valued)}
    assert {"avm.mdape", "avm.coverage90"} <= found
    write_report(tmp_path, measured("avm evaluate", [], [], figures(valued)), valued, market)
    assert "<svg" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_too_few_homes_are_an_error_that_says_how_many_it_takes(tmp_path: Path) -> None:
    busy_rows(40).write_csv(tmp_path / "few.csv")
    (tmp_path / "few.yaml").write_text(TOWN, encoding="utf-8")
    schema = str(tmp_path / "few.yaml")
    done = homelens("avm", "evaluate", str(tmp_path / "few.csv"), "--schema", schema)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "homes" in done.stderr


def test_one_month_alone_is_an_error_too() -> None:
    rows = busy_rows(200).with_columns(pl.lit(datetime.date(2024, 1, 10)).alias("sold"))
    market = town(rows)
    with pytest.raises(DataError, match="before and after"):
        value_homes(market, origins_of(market), QUICK)
