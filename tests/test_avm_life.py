"""A model's life: promoted or kept on fresh homes, kept current, compared with people, undone."""

import datetime
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from avm.bundle import load_package, save_package
from avm.market import Market
from avm.registry import Registry
from tests.avm_town import town
from tests.avm_trained import QUICK, bundle, busy_rows, trained
from tests.homelens_command import homelens
from training.avm.manual import compare_manual, read_manual
from training.avm.promote import compare, decide, fresh_homes
from training.avm.staleness import stopped, updated
from vision.errors import DataError, RegistryError

LATER = datetime.date(2022, 1, 1)


def later(n: int = 260, level: float = 0.0, seed: int = 21) -> Market:
    """The town with new homes in the months after the training; `level`: how prices moved."""
    rows = busy_rows(n, seed).with_columns(
        (pl.lit("n") + pl.col("id")).alias("id"),
        pl.col("sold").dt.offset_by("2y"),
        (pl.col("eur") * float(np.exp(level))).round(1),
        (pl.col("lat") + 0.0007).alias("lat"),
    )
    return town(pl.concat([busy_rows(), rows]))


def test_a_worse_challenger_is_kept_out_and_a_better_one_let_in(tmp_path: Path) -> None:
    package, _ = load_package(bundle(tmp_path / "good"))
    fresh = fresh_homes(later(), LATER)
    spoilt = package.model.index.model_copy(
        update={
            "curves": {
                name: curve.model_copy(
                    update={"levels": tuple(level + 0.4 for level in curve.levels)}
                )
                for name, curve in package.model.index.curves.items()
            }
        }
    )
    worse = replace(package, model=replace(package.model, index=spoilt))
    refused = decide(compare(package, worse, fresh))
    assert not refused.promote
    assert "worse" in refused.because[0]
    let_in = decide(compare(worse, package, fresh))
    assert let_in.promote
    assert "nearer, beyond chance" in let_in.because[0]
    same = decide(compare(package, package, fresh))
    assert not same.promote
    assert "nothing to change" in same.because[0]


def test_too_few_fresh_homes_decide_nothing() -> None:
    with pytest.raises(DataError, match="fresh homes"):
        fresh_homes(later(30), LATER)


def test_the_index_layer_follows_prices_that_moved(tmp_path: Path) -> None:
    package, _ = load_package(bundle(tmp_path / "town"))
    market = later(600, level=0.25)
    newer = updated(package, market)
    assert newer.model.index.last > package.model.index.last
    month = newer.model.index.last
    moved = newer.model.index.level("Town", month) - stopped(package.model.index).level(
        "Town", month
    )
    assert 0.15 < moved < 0.45
    assert newer.model.forest is package.model.forest  # nothing was trained


def test_what_was_installed_can_be_undone(tmp_path: Path) -> None:
    first = bundle(tmp_path / "models" / "town")
    package, manifest = load_package(first)
    later_one = save_package(
        tmp_path / "next", package, manifest.model_copy(update={"trained_through": "2022-01"})
    )
    registry = Registry(first)
    registry.install(tmp_path / "next", "better on 200 homes")
    assert registry.active() == later_one
    assert registry.versions() == (manifest.version,)
    models = str(tmp_path / "models")
    done = homelens("avm", "rollback", "town", "--models", models, "--why", "a slip")
    assert done.returncode == 0, done.stderr
    told = homelens("avm", "history", "town", "--models", models, "--json")
    found = json.loads(told.stdout)
    assert found["active"] == manifest.version
    assert [entry["action"] for entry in found["history"]] == ["installed", "rolled_back"]
    with pytest.raises(RegistryError, match="no version"):
        registry.rollback("1999-01-00000000")
    wrong = homelens("avm", "rollback", "atlantis", "--models", models)
    assert wrong.returncode == 2
    assert "town" in wrong.stderr


def test_peoples_values_stand_beside_the_models(tmp_path: Path) -> None:
    market, _, package = trained()
    homes = market.frame.filter(pl.col("date") >= datetime.date(2021, 6, 1)).head(60)
    file = tmp_path / "values.csv"
    homes.select(
        "listing_id",
        pl.lit("2021-05-31").alias("date"),
        (pl.col("price") * 1.3).alias("value"),
    ).write_csv(file)
    rows = compare_manual(package, market, read_manual(file))
    assert [row["month"] for row in rows] == ["2021-05", "all"]
    assert rows[-1]["manual_mdape"] == pytest.approx(0.3, abs=1e-6)
    assert rows[-1]["model_mdape"] < 0.1
    assert rows[-1]["high"] < 0
    file.write_text("id,value\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="listing_id"):
        read_manual(file)


def test_settings_of_hurried_forests_go_as_far_in_fewer_steps() -> None:
    hurried = QUICK.hurried
    assert hurried.rounds == QUICK.rounds * QUICK.haste
    assert hurried.rounds * hurried.rate == pytest.approx(QUICK.rounds * QUICK.rate)
