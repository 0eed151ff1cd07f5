"""The commands of a model's life as a user runs them: train, index, backtest, promote, manual."""

import json
import shutil
from dataclasses import fields
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import polars as pl
import pytest

from tests.avm_town import TOWN
from tests.avm_trained import busy_rows
from tests.homelens_command import assert_named_error, homelens
from training.avm.settings import Settings
from vision.errors import SettingsError

QUICK = "rounds=12 leaves=8 rate=0.3 folds=2 origins=1 comparables=200"
SMALL = [*(part for one in QUICK.split() for part in ("--set", one)), "--threads", "1"]
"""A training of seconds."""


def prices(n: int, seed: int, years: int, level: float = 0.0) -> pl.DataFrame:
    """Sales of two years, so many years after the first; `level`: how prices moved."""
    return busy_rows(n, seed).with_columns(
        (pl.lit(f"n{years}") + pl.col("id")).alias("id"),
        pl.col("sold").dt.offset_by(f"{years}y"),
        (pl.col("eur") * float(np.exp(level))).round(1),
        (pl.col("lat") + 0.0007 * years).alias("lat"),
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained town, whose prices then rose by a third; then homes that nobody has seen."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "town.yaml").write_text(TOWN, encoding="utf-8")
    old, new = busy_rows(320), prices(200, 21, 2, 0.3)
    fresh = prices(130, 22, 4, 0.3)
    for name, parts in (("old", [old]), ("new", [old, new]), ("all", [old, new, fresh])):
        pl.concat(parts).write_csv(folder / f"{name}.csv")
    done = run(folder, "train", "old.csv", "--market", "town", "--out", "models", *SMALL)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "models/town\n"
    assert "town: 320 homes, MdAPE" in done.stderr
    return folder


@pytest.fixture
def town(made: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    return shutil.copytree(made, tmp_path / "town")


def run(folder: Path, command: str, *arguments: str) -> CompletedProcess[str]:
    return homelens("avm", command, *arguments, "--schema", "town.yaml", folder=folder)


def manifest(folder: Path) -> dict[str, str]:
    return dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))


def test_an_index_is_estimated_from_a_file(made: Path) -> None:
    done = run(made, "index", "new.csv", "--json", *SMALL)
    assert done.returncode == 0, done.stderr
    table = {row["month"]: row for row in json.loads(done.stdout)["index"]}
    assert len(table) == 48
    assert all(row["low"] <= row["level"] <= row["high"] for row in table.values())
    assert table["2023-06"]["level"] / table["2021-06"]["level"] == pytest.approx(1.35, abs=0.15)


def test_an_old_model_is_kept_current(town: Path) -> None:
    before = manifest(town / "models" / "town")
    done = run(town, "index", "new.csv", "--bundle", "models/town", "--out", "next")
    assert done.returncode == 0, done.stderr
    assert "wrote next, whose index has seen prices through 2023-12" in done.stderr
    assert "market               2023-12" in done.stdout
    after = manifest(town / "next")
    assert (after["index_through"], after["trained_through"]) == ("2023-12", "2021-12")
    assert after["sha256"] != before["sha256"]
    assert manifest(town / "models" / "town") == before
    again = run(town, "index", "old.csv", "--bundle", "models/town")
    assert again.returncode == 0, again.stderr
    assert "no price after 2021-12: the index stays as it is" in again.stderr
    assert "2022" not in again.stdout


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        (("index", "new.csv", "--out", "next"), ("--out next without --bundle",)),
        (
            ("index", "new.csv", "--bundle", "models/town", "--out", "new.csv"),
            ("new.csv is not a folder", "settings.invalid"),
        ),
        (("index", "new.csv", "--bundle", "nowhere"), ("nowhere", "bundle.missing")),
        (("index", "new.csv", "--set", "rounds=1.5"), ("rounds=1.5", "a whole number from 1")),
        (("backtest", "new.csv", "--test-from", "2023-07"), ("either --frozen or --less",)),
        (
            ("backtest", "new.csv", "--test-from", "2023-07", "--less", "wings"),
            ("no home has wings", "x_sea_view"),
        ),
        (
            ("backtest", "new.csv", "--test-from", "2021-01", "--frozen", "2022-01"),
            ("--frozen 2022-01-01 is not before",),
        ),
    ],
)
def test_what_cannot_be_is_named(
    made: Path, arguments: tuple[str, ...], texts: tuple[str, ...]
) -> None:
    assert_named_error(run(made, *arguments), *texts)


def test_a_market_is_evaluated(made: Path, tmp_path: Path) -> None:
    arguments = ("--test-from", "2021-07-01", "--out", str(tmp_path / "report"))
    done = run(made, "evaluate", "old.csv", *arguments, "--json", *SMALL)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "--test-from 2021-07-01 --set rounds=12" in found["command"]
    figures = {one["name"]: one for one in found["figures"]}
    error = figures["avm.mdape"]
    assert 0 < error["low"] <= error["value"] <= error["high"] < 1
    assert any(name.startswith("avm.mdape.month.2021-") for name in figures)
    assert "MdAPE" in (tmp_path / "report/report.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "report/evaluation.json").read_text()) == found


def test_what_age_does_to_a_model(made: Path) -> None:
    dates = ("--frozen", "2022-01-01", "--test-from", "2023-07-01")
    done = run(made, "backtest", "new.csv", *dates, "--json", *SMALL)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "--frozen 2022-01-01 --set rounds=12" in found["command"]
    figures = {one["name"]: one for one in found["figures"]}
    error = {who: figures[f"avm.mdape.{who}"]["value"] for who in ("fresh", "frozen", "indexed")}
    assert error["frozen"] > 0.15  # prices rose by a third, and it does not know
    assert error["indexed"] < error["frozen"] - 0.05
    assert error["fresh"] < error["frozen"] - 0.05
    assert figures["avm.ppe10_lost.frozen"]["low"] > 0


def test_what_a_field_was_good_for(made: Path) -> None:
    arguments = ("--test-from", "2021-07-01", "--less", "area_m2", "--less", "rooms")
    done = run(made, "backtest", "old.csv", *arguments, *SMALL)
    assert done.returncode == 0, done.stderr
    for text in ("avm.mdape.with", "avm.mdape.missing", "avm.mdape.without", "ppe10_lost.without"):
        assert text in done.stdout


def test_a_better_model_is_let_in_and_a_worse_one_is_not(town: Path) -> None:
    old = manifest(town / "models" / "town")["version"]
    shutil.copytree(town / "models" / "town", town / "old")
    done = run(town, "index", "new.csv", "--bundle", "models/town", "--out", "next")
    assert done.returncode == 0, done.stderr
    new = manifest(town / "next")["version"]

    where = ("all.csv", "--market", "town", "--models", "models")
    asked = run(town, "promote", "next", *where)
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.startswith("promote: The challenger is nearer, beyond chance")
    assert manifest(town / "models" / "town")["version"] == old  # nobody said --yes

    let_in = run(town, "promote", "next", *where, "--yes", "--json")
    assert let_in.returncode == 0, let_in.stderr
    found = json.loads(let_in.stdout)
    assert (found["champion"], found["challenger"], found["done"]) == (old, new, True)
    assert found["figures"]["challenger"]["mdape"] < found["figures"]["champion"]["mdape"]
    assert manifest(town / "models" / "town")["version"] == new

    refused = run(town, "promote", "old", *where, "--yes")
    assert refused.returncode == 1, refused.stderr
    assert refused.stdout.startswith("keep: The challenger is worse, beyond chance")
    assert manifest(town / "models" / "town")["version"] == new

    told = homelens("avm", "history", "town", "--models", "models", folder=town)
    assert told.returncode == 0, told.stderr
    assert f"{new}  installed: The challenger is nearer" in told.stdout
    assert f"to go back to: {old}" in told.stdout
    back = homelens("avm", "rollback", "town", "--models", "models", folder=town)
    assert back.stdout == f"town: {old} is active\n"
    twice = homelens("avm", "rollback", "town", "--models", "models", folder=town)
    assert_named_error(twice, "no earlier version")


def test_the_first_model_of_a_market_needs_no_comparison(town: Path) -> None:
    where = ("all.csv", "--market", "town", "--models", "empty")
    done = run(town, "promote", "models/town", *where, "--yes")
    assert done.returncode == 0, done.stderr
    assert "There was no model of town." in done.stdout
    assert manifest(town / "empty" / "town") == manifest(town / "models" / "town")


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        (("models/town", "all.csv", "--market", "rome"), ("a bundle of town, not of rome",)),
        (("models/town", "old.csv", "--market", "town"), ("0 fresh homes since 2022-01",)),
        (("nowhere", "all.csv", "--market", "town"), ("nowhere", "bundle.missing")),
    ],
)
def test_what_cannot_be_promoted_is_named(
    made: Path, arguments: tuple[str, ...], texts: tuple[str, ...]
) -> None:
    assert_named_error(run(made, "promote", *arguments, "--models", "models"), *texts)


def test_peoples_values_are_compared_by_month(town: Path) -> None:
    sales = pl.read_csv(town / "old.csv", try_parse_dates=True).tail(40)
    values = sales.select(
        pl.col("id").alias("listing_id"),
        pl.col("sold").dt.offset_by("-1mo").alias("date"),
        (pl.col("eur") * 1300).alias("value"),
    )
    values.write_csv(town / "values.csv")
    where = ("values.csv", "old.csv", "--market", "town", "--models", "models")
    done = run(town, "manual", *where, "--metrics", "manual.prom")
    assert done.returncode == 0, done.stderr
    assert "2021-11" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last.startswith("all")
    assert "40 homes  people 30.0%" in last
    metrics = (town / "manual.prom").read_text(encoding="utf-8")
    assert 'homelens_valuation_compared{market="town"} 40.0' in metrics
    rows = json.loads(run(town, "manual", *where, "--json").stdout)["months"]
    assert rows[-1]["n"] == 40


def test_what_cannot_be_compared_is_named(town: Path) -> None:
    where = ("values.csv", "old.csv", "--market", "town", "--models", "models")
    assert_named_error(run(town, "manual", *where), "values.csv cannot be read")
    (town / "values.csv").write_text("listing_id,date,value\ns1,2029-01-01,5\n", encoding="utf-8")
    assert_named_error(run(town, "manual", *where), "priced later")
    elsewhere = ("values.csv", "old.csv", "--market", "rome", "--models", "models")
    assert_named_error(run(town, "manual", *elsewhere), "no market 'rome'", "accepted: town")


@pytest.mark.parametrize(
    ("name", "text", "accepted"),
    [
        ("wings", "2", "half_life_years"),
        ("rounds", "many", "a whole number from 1 to 100,000"),
        ("leaves", "1", "a whole number from 2"),
        ("rate", "nan", "a number from 0.0001 to 1"),
        ("years", "0", "or none"),
    ],
)
def test_settings_that_cannot_be_are_named(name: str, text: str, accepted: str) -> None:
    with pytest.raises(SettingsError, match=name) as found:
        Settings().changed({name: text})
    assert accepted in str(found.value)


def test_every_setting_can_be_changed() -> None:
    """A whole number stays one: the trees' library takes no other."""
    given = {one.name: str(one.default) for one in fields(Settings) if one.default is not None}
    changed = Settings().changed({**given, "less": "", "years": "none", "half_life_years": "none"})
    assert changed == Settings()
    for one in fields(Settings):
        assert type(getattr(changed, one.name)) is type(one.default)
    assert Settings().changed({"years": "12", "less": "lift+floor"}) == Settings(
        years=12.0, less=("lift", "floor")
    )
