"""The attacker of `homelens bench copycat`, on the made-up town."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from avm.schema import HomeRecord, from_row
from avm.value import Valuer
from serving.settings import Settings
from tests.avm_town import TOWN
from tests.avm_trained import bundle, busy_rows, trained, valuer
from training.bench.copycat import (
    ADDRESS_PER_DAY,
    ANONYMOUS_PER_DAY,
    Plan,
    ask,
    bench_copycat,
    copy_figures,
    through_gate,
    try_out,
)
from training.bench.copycat_callers import Callers, get
from vision.errors import DataError

NOTHING = {
    "price": None,
    "asking_price": None,
    "first_asking_price": None,
    "date": date(2021, 12, 15),
}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> tuple[Valuer, list[HomeRecord]]:
    market, _, _ = trained()
    homes = [from_row(row).model_copy(update=NOTHING) for row in market.frame.to_dicts()]
    return valuer(tmp_path_factory.mktemp("town")), homes


def test_quotas_are_the_services() -> None:
    fields = Settings.model_fields
    assert fields["valuation_address_per_day"].default == ADDRESS_PER_DAY
    assert fields["valuation_anonymous_per_day"].default == ANONYMOUS_PER_DAY


def test_callers_are_what_they_are_called(known: tuple[Valuer, list[HomeRecord]]) -> None:
    callers = Callers.of(known[1], known[0], 3)
    agent = callers.agent(15)
    assert len({(home.latitude, home.longitude) for home in agent}) == 15
    family = callers.family(5)
    assert len(family) == 6
    assert {(home.latitude, home.longitude) for home in family} == {
        (family[0].latitude, family[0].longitude)
    }
    grid = callers.grid(25)
    names = list(callers.values)
    changed = [sum(get(home, n) != get(grid[0], n) for n in names) for home in grid[1:]]
    assert max(changed) == 1
    box = callers.box(50)
    areas = [home.area_m2 for home in box if home.area_m2 is not None]
    assert np.std(areas) > 20
    assert len({home.latitude for home in box}) == 50


def test_a_copy_gets_better_with_more_answers(known: tuple[Valuer, list[HomeRecord]]) -> None:
    town, homes = known
    trial = try_out(town, homes[:120], np.full(120, 300_000.0))
    asked = [ask(town, home) for home in homes[120:520]]
    few, many = (
        copy_figures("x", [(one.home, one.seen(None)) for one in asked[:n]], town, trial)[0]
        for n in (25, 400)
    )
    assert many.value < few.value
    assert many.low <= many.value <= many.high
    assert copy_figures("x", [(asked[0].home, asked[0].seen(0))], town, trial) == []


def test_the_gate_lets_through_what_it_should(known: tuple[Valuer, list[HomeRecord]]) -> None:
    town, homes = known
    asked = [ask(town, home) for home in homes[:200]]
    one, ten = (through_gate(town, asked, addresses) for addresses in (1, 10))
    assert 10 <= len(one) <= ADDRESS_PER_DAY
    assert len(one) < len(ten) <= 200
    steps = [abs(seen.value) for _, seen in one if seen is not None]
    assert all(value == round(value) for value in steps)


def test_bench_wants_homes_after_the_models_time(tmp_path: Path) -> None:
    bundle(tmp_path / "town")
    busy_rows().write_parquet(tmp_path / "town.parquet")
    (tmp_path / "town.yaml").write_text(TOWN)
    with pytest.raises(DataError, match="has learned from"):
        bench_copycat(
            tmp_path,
            "town",
            tmp_path / "town.parquet",
            str(tmp_path / "town.yaml"),
            date(2021, 6, 1),
            Plan(),
        )


def test_whole_bench_on_the_town(tmp_path: Path) -> None:
    bundle(tmp_path / "town", trained_through="2021-09")
    busy_rows().write_parquet(tmp_path / "town.parquet")
    (tmp_path / "town.yaml").write_text(TOWN)
    plan = Plan(queries=130, tested=60, people=8, attempts=80)
    copies, detector = bench_copycat(
        tmp_path, "town", tmp_path / "town.parquet", str(tmp_path / "town.yaml"),
        date(2021, 10, 1), plan,
    )  # fmt: skip
    named = {one.name: one for one in (*copies, *detector)}
    assert named["copycat.homes.exact.125.from_model"].value > 0
    assert named["copycat.homes.protected.1_addresses.answered"].value <= ADDRESS_PER_DAY
    assert named["copycat.false_alarm.agent.level_3"].value <= 0.2
    assert named["copycat.address.box.level_1.seen"].value > 0
    from training.bench.draw_copycat import draw_copycat

    draw_copycat(copies, plan.sizes, tmp_path / "copycat.png")
    assert (tmp_path / "copycat.png").stat().st_size > 10_000
