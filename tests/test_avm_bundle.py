"""Bundles: what is written is what is read, damage is found, serving needs no training code."""

import datetime
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avm.bundle import load_package, read_manifest, save_package, to_bytes
from avm.features import homes_table, table_of
from avm.markets import Markets
from avm.registry import Registry
from avm.schema import make_record
from avm.value import Valuer
from tests.avm_trained import a_home, bundle, trained
from vision.errors import (
    BundleDamaged,
    BundleMissing,
    BundleUnsuitable,
    MarketUnknown,
    OutsideExperience,
    RegistryError,
    ThinHome,
)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Valuer:
    return Valuer.load(bundle(tmp_path_factory.mktemp("models") / "town"))


def test_what_is_read_values_as_what_was_written(tmp_path: Path) -> None:
    market, fitted, made = trained()
    package, manifest = load_package(bundle(tmp_path))
    table = table_of(market.frame.head(40))
    before, after = made.model.estimate(table), package.model.estimate(table)
    for name in ("value", "low", "high", "comparables", "level"):
        assert getattr(after, name) == pytest.approx(getattr(before, name), abs=1e-6), name
    assert manifest.homes == len(fitted.data)
    assert manifest.version.endswith(manifest.sha256[:8])
    assert {"avm.mdape", "avm.ppe10", "avm.cod"} <= {one.name for one in manifest.metrics}


def test_the_same_package_gives_the_same_bytes() -> None:
    _, _, package = trained()
    assert to_bytes(package) == to_bytes(package)


def test_a_home_and_its_row_are_valued_alike(town: Valuer) -> None:
    market, fitted, _ = trained()
    row = market.frame.row(5, named=True)
    details = {"sea_view": row["x_sea_view"]}
    names = ("date", "area_m2", "rooms", "bathrooms", "floor", "floors_in_building", "year_built")
    names = (*names, "property_type", "lift", "latitude", "longitude", "city")
    home = make_record({"market": "town", **{n: row[n] for n in names}, "details": details})
    estimate = fitted.model.estimate(table_of(market.frame[5]))
    expected = float(np.exp(estimate.value[0] + estimate.level[0]))
    assert town.value(home).value == pytest.approx(expected, rel=1e-5)


def test_a_valuation_is_whole(town: Valuer) -> None:
    one = town.value(a_home())
    assert one.low < one.value < one.high
    assert one.tier in ("high", "medium", "low")
    assert 0 < len(one.comparables) <= 6
    assert all(0 < c.weight <= 1 and 0 <= c.likeness <= 1 for c in one.comparables)
    prices = [c.adjusted_price for c in one.comparables]
    assert one.value == pytest.approx(np.median(prices), rel=0.4)
    assert json.loads(one.model_dump_json())["currency"] == "EUR"
    assert one == town.value(a_home())


def test_what_is_not_known_widens_the_range_and_is_asked_for(town: Valuer) -> None:
    full = town.value(a_home())
    thin = town.value(
        make_record(
            {
                "market": "town",
                "date": "2021-12-20",
                "area_m2": 95,
                "rooms": 3,
                "latitude": 45.13,
                "longitude": 9.15,
            }
        )
    )
    assert not full.missing
    assert {"year_built", "lift", "bathrooms"} <= set(thin.missing)
    assert np.log(thin.high / thin.low) > np.log(full.high / full.low)
    assert thin.narrows
    assert all(one.field in (*thin.missing, "location") for one in thin.narrows)


def test_months_after_the_model_widen_the_range(town: Valuer) -> None:
    known, later, much_later = (
        town.value(a_home(date=day), reasons=False)
        for day in ("2021-12-20", "2022-12-20", "2023-11-20")
    )
    widths = [math.log(one.high / one.low) for one in (known, later, much_later)]
    assert widths == sorted(widths)
    assert widths[2] > widths[0]
    assert known.low < known.value < known.high


def test_a_zone_stands_in_for_an_address(town: Valuer) -> None:
    exact = town.value(a_home())
    vague = town.value(a_home(latitude=None, longitude=None, zone=exact.zone))
    assert vague.zone == exact.zone
    assert vague.latitude is not None


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({"area_m2": None}, "area_m2"),
        ({"rooms": None}, "rooms"),
        ({"latitude": None, "city": "Elsewhere"}, "location"),
    ],
)
def test_a_home_that_is_too_thin_is_refused_with_what_it_needs(
    town: Valuer, changes: dict[str, object], lacks: str
) -> None:
    with pytest.raises(ThinHome, match=lacks) as caught:
        town.value(a_home(**changes))
    assert "area_m2" in caught.value.accepted


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"latitude": 45.9}, "km away"),
        ({"area_m2": 900.0, "rooms": 6}, "area"),
        ({"date": "2031-01-01"}, "2031-01"),
        ({"date": "1999-01-01"}, "1999-01"),
    ],
)
def test_what_the_model_never_saw_is_refused(
    town: Valuer, changes: dict[str, object], says: str
) -> None:
    with pytest.raises(OutsideExperience, match=says) as caught:
        town.value(a_home(**changes))
    assert caught.value.accepted


@settings(max_examples=40, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "bathrooms": st.floats(0.25, 9),
            "floor": st.integers(-2, 40),
            "floors_in_building": st.integers(1, 60),
            "year_built": st.integers(1500, 2030),
            "lift": st.booleans() | st.none(),
            "property_type": st.sampled_from(["apartment", "house", "other", None]),
            "condition": st.integers(1, 5),
            "plot_m2": st.floats(1, 1e5),
            "city": st.sampled_from(["Town", "Elsewhere", None]),
        },
    ),
    st.floats(45.1, 45.18),
    st.floats(9.1, 9.2),
    st.floats(40, 140),
)
def test_any_home_of_the_town_gets_a_finite_value(
    town: Valuer, fields: dict[str, object], latitude: float, longitude: float, area: float
) -> None:
    one = town.value(a_home(latitude=latitude, longitude=longitude, area_m2=area, **fields))
    assert 0 < one.low <= one.value <= one.high < 1e8
    total = one.base + sum(part.amount for part in one.contributions)
    assert total == pytest.approx(one.value, abs=1)


@pytest.mark.parametrize("size", [0, 10, 1000])
def test_damage_is_found(tmp_path: Path, size: int) -> None:
    folder = bundle(tmp_path)
    path = folder / read_manifest(folder).file
    path.write_bytes(path.read_bytes()[:-size] if size else path.read_bytes() + b"x")
    with pytest.raises(BundleDamaged, match="sha256"):
        load_package(folder)


def test_missing_and_unsuitable_bundles_are_named(tmp_path: Path) -> None:
    with pytest.raises(BundleMissing, match="no valuation bundle"):
        load_package(tmp_path)
    with pytest.raises(BundleUnsuitable, match="classify"):
        load_package(ROOT / "models" / "rooms")
    folder = bundle(tmp_path / "town")
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    (folder / "manifest.json").write_text(text.replace('"format": 2', '"format": 99'))
    with pytest.raises(BundleUnsuitable, match="format 99"):
        load_package(folder)
    (folder / "manifest.json").write_text(text.replace("model-", "../model-"))
    with pytest.raises(BundleDamaged, match="not a manifest"):
        load_package(folder)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(BundleDamaged, match="not a manifest"):
        load_package(folder)


def test_a_file_of_the_right_hash_and_the_wrong_content_is_damaged(tmp_path: Path) -> None:
    import hashlib

    folder = bundle(tmp_path)
    manifest = read_manifest(folder)
    (folder / manifest.file).write_bytes(b"no archive")
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    wrong = hashlib.sha256(b"no archive").hexdigest()
    (folder / "manifest.json").write_text(text.replace(manifest.sha256, wrong), encoding="utf-8")
    with pytest.raises(BundleDamaged, match="cannot be read"):
        load_package(folder)


def test_serving_needs_no_training_code(tmp_path: Path) -> None:
    bundle(tmp_path / "town")
    code = f"""
import sys
from pathlib import Path
from avm.markets import Markets
from avm.explain import explain
from avm.svg import map_of, waterfall
from avm.schema import make_record
markets = Markets(Path({str(tmp_path)!r}))
home = make_record({{"market": "town", "date": "2021-12-20", "area_m2": 95, "rooms": 3,
                     "latitude": 45.13, "longitude": 9.15}})
valuation = markets.get("town").value(home)
explain(valuation, "it"), waterfall(valuation), map_of(valuation)
heavy = [name for name in ("lightgbm", "polars", "scipy", "sklearn", "pandas", "training", "torch")
         if name in sys.modules]
print(heavy)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_markets_are_loaded_when_asked_for_and_the_least_used_dropped(tmp_path: Path) -> None:
    for name, city in (("town", None), ("port", "Port"), ("hill", "Hill")):
        bundle(tmp_path / name, name=name, city=city)
    one = Valuer.load(tmp_path / "town").nbytes / 1e6
    markets = Markets(tmp_path, limit_mb=2.2 * one)
    assert markets.names() == ("hill", "port", "town")
    assert markets.held() == ()
    for name in ("town", "port", "town", "hill"):
        assert markets.get(name).manifest.name == name
    assert markets.held() == ("town", "hill")
    assert Markets(tmp_path, limit_mb=0.001).get("port").manifest.name == "port"


def test_homes_go_to_their_city_else_to_the_country(tmp_path: Path) -> None:
    bundle(tmp_path / "town", name="town", city=None)
    bundle(tmp_path / "krakow", name="krakow", city="Kraków")
    markets = Markets(tmp_path)
    for city in ("Kraków", "KRAKOW", " krakow "):
        assert markets.route("it", city) == "krakow"
    assert markets.route("IT", "Elsewhere") == markets.route("IT") == "town"
    with pytest.raises(MarketUnknown, match="PL") as caught:
        markets.route("PL", "Kraków")
    assert "krakow" in caught.value.accepted
    with pytest.raises(MarketUnknown, match="atlantis"):
        markets.get("atlantis")


def test_threads_share_markets(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    bundle(tmp_path / "town")
    markets = Markets(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: markets.get("town").value(a_home()).value, range(24)))
    assert len(set(found)) == 1


def other_version(folder: Path) -> Path:
    """The town with another index, which makes it another model."""
    from dataclasses import replace

    _, _, package = trained()
    index = package.model.index.model_copy(update={"reference": package.model.index.reference + 1})
    manifest = read_manifest(bundle(folder))
    save_package(folder, replace(package, model=replace(package.model, index=index)), manifest)
    return folder


def test_the_registry_keeps_every_model_and_the_way_back(tmp_path: Path) -> None:
    first, second = bundle(tmp_path / "first"), other_version(tmp_path / "second")
    registry = Registry(tmp_path / "town")
    assert registry.active() is None
    with pytest.raises(RegistryError, match="no earlier version"):
        registry.rollback()
    at = datetime.datetime(2024, 6, 1, 12, tzinfo=datetime.UTC)
    one = registry.install(first, "the first", now=at)
    with pytest.raises(RegistryError, match="active already"):
        registry.install(first, "again")
    two = registry.install(second, "better")
    assert registry.active() == two
    assert registry.versions() == (one.version,)
    assert [path.name for path in registry.folder.glob("model-*.npz")] == [two.file]
    back = registry.rollback(why="it was not")
    assert back == registry.active() == one
    assert Valuer.load(registry.folder).manifest.version == one.version
    assert registry.rollback(two.version) == two
    said = [(entry.action, entry.version, entry.why) for entry in registry.history()]
    assert said == [
        ("installed", one.version, "the first"),
        ("installed", two.version, "better"),
        ("rolled_back", one.version, "it was not"),
        ("rolled_back", two.version, "rolled back"),
    ]
    entry = registry.history()[0]
    assert (entry.at, entry.sha256, entry.before) == (at, one.sha256, None)
    assert entry.data == one.data
    assert entry.metrics
    with pytest.raises(RegistryError, match="no version never"):
        registry.rollback("never")


def test_a_damaged_challenger_is_not_installed(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "town")
    one = registry.install(bundle(tmp_path / "first"), "the first")
    second = other_version(tmp_path / "second")
    (second / read_manifest(second).file).write_bytes(b"")
    with pytest.raises(BundleDamaged):
        registry.install(second, "better")
    assert registry.active() == one
    (registry.folder / "history.jsonl").write_text("{}\n")
    with pytest.raises(RegistryError, match="line 1"):
        registry.history()


def test_tables_of_homes_have_the_markets_columns() -> None:
    market, _, _ = trained()
    home = homes_table([a_home()], ["x_sea_view", "x_never"])
    assert set(table_of(market.frame)) | {"x_never"} == set(home)
