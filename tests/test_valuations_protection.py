"""What keeps the models from being copied, part by part: rounding, days, challenges, the gate."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from avm.value import Valuer
from serving.errors import ChallengeNeeded, DayQuota, SweepRefused
from serving.store.database import Database
from serving.store.valuation_tables import AskerRow
from serving.valuing.challenge import VALID, make_challenge, read_solution
from serving.valuing.days import address_hash, day_secret, find_secret
from serving.valuing.gate import Asker, Gate, Quotas, Trust, sweep_valuations
from serving.valuing.natural import fit_natural
from serving.valuing.rounding import COMPARABLES, rounded, step_of, to
from serving.valuing.sweeps import (
    PARTNER,
    PUBLIC,
    Query,
    SweepState,
    code_of,
    compare,
    level_of,
    observe,
)
from tests.avm_trained import a_home, busy_rows, trained, valuer
from tests.valued import solve

NOON = datetime.combine(datetime.now(UTC).date() + timedelta(days=1), time(12), UTC)
"""Tomorrow's: the library too looks at the clock, and the tests before these may take long."""

SOMEBODY = Asker("a1", Trust.PUBLIC)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    address = f"sqlite:///{tmp_path / 'test.db'}"
    if request.param == "postgresql":
        address = str(request.getfixturevalue("postgres_url"))
    found = Database.open(address)
    with found.write() as session:
        for name in ("valuation_askers", "valuation_used", "valuation_secrets"):
            session.execute(text(f"DELETE FROM {name}"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def town_valuer(tmp_path_factory: pytest.TempPathFactory) -> Valuer:
    return valuer(tmp_path_factory.mktemp("town"))


def query(number: int, place: str = "p", surprise: float = -1.0) -> Query:
    """A home of its own: all its fields differ from those of other numbers."""
    return Query(f"{place}{number}", f"{number:03d}" * 5, surprise)


# Rounding


@given(
    area=st.floats(45, 135),
    year=st.integers(1925, 1990),
    level=st.integers(0, 2),
    rooms=st.integers(1, 5),
)
def test_rounded_amounts_agree(
    town_valuer: Valuer, area: float, year: int, level: int, rooms: int
) -> None:
    exact = town_valuer.value(a_home(area_m2=area, year_built=year, rooms=rooms))
    step = step_of(exact, level)
    found = rounded(exact, step)
    assert step <= (exact.high - exact.low) / (20 if level < 2 else 6)
    assert abs(found.value - exact.value) <= step / 2
    assert found.low <= exact.low <= exact.high <= found.high
    assert exact.low - found.low < step
    assert found.value == found.base + sum(one.amount for one in found.contributions)
    amounts = [found.value, found.low, found.high, found.base]
    amounts += [one.amount for one in found.contributions]
    amounts += [one.adjusted_price for one in found.comparables]
    assert all(amount == to(amount, step) for amount in amounts)
    assert len(found.comparables) <= COMPARABLES
    # rounding what is rounded tells nothing more
    assert rounded(found, step).value == found.value


def test_doubtful_callers_get_coarser_steps(town_valuer: Valuer) -> None:
    exact = town_valuer.value(a_home())
    assert step_of(exact, 0) == step_of(exact, 1) < step_of(exact, 2)


# Days and addresses


def test_hashes_last_a_day_and_are_shared(database: Database) -> None:
    today, tomorrow = NOON.date(), NOON.date() + timedelta(days=1)
    with ThreadPoolExecutor(4) as pool:
        secrets = set(pool.map(lambda _: day_secret(database, today), range(8)))
    assert len(secrets) == 1
    secret = secrets.pop()
    assert len(secret) == 32
    other = day_secret(database, tomorrow)
    assert address_hash(secret, "203.0.113.9") != address_hash(other, "203.0.113.9")
    sweep_valuations(database, NOON + timedelta(days=2))
    assert find_secret(database, today) is None
    assert find_secret(database, tomorrow) is not None


def test_addresses_that_are_one_customers() -> None:
    def same(one: str, other: str) -> bool:
        return address_hash(b"x" * 32, one) == address_hash(b"x" * 32, other)

    assert same("2001:db8:0:1::1", "2001:db8:0:1:ffff::2")
    assert not same("2001:db8:0:1::1", "2001:db8:0:2::1")
    assert same("::ffff:203.0.113.9", "203.0.113.9")
    assert not same("203.0.113.9", "203.0.113.10")
    assert same("fe80::1%eth0", "fe80::2")
    assert address_hash(b"x" * 32, "") != "testclient"


# Challenges


def made(level: int = 0, now: datetime = NOON, secret: bytes = b"s" * 32) -> str:
    return solve(make_challenge(secret, now.date(), level=level, tries=4, now=now))


def test_challenges() -> None:
    secret = b"s" * 32
    read_solution(made()).check(secret, 0, NOON)
    with pytest.raises(ChallengeNeeded, match="expired"):
        read_solution(made()).check(secret, 0, NOON + VALID)
    with pytest.raises(ChallengeNeeded, match="not from here"):
        read_solution(made(secret=b"t" * 32)).check(secret, 0, NOON)
    with pytest.raises(ChallengeNeeded, match="harder"):
        read_solution(made()).check(secret, 1, NOON)
    read_solution(made(level=2)).check(secret, 1, NOON)


def test_a_solution_that_is_none() -> None:
    challenge = make_challenge(b"s" * 32, NOON.date(), level=0, tries=4, now=NOON)
    solved = read_solution(solve(challenge))
    solved.payload.solution.derived_key = "00" * 32
    with pytest.raises(ChallengeNeeded, match="not solved"):
        solved.check(b"s" * 32, 0, NOON)
    easier = {**challenge, "parameters": {**challenge["parameters"], "keyPrefix": "00"}}
    with pytest.raises(ChallengeNeeded, match="not from here"):
        read_solution(solve(easier)).check(b"s" * 32, 0, NOON)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda b: b.decode("latin-1")))
def test_any_text_is_answered(text: str) -> None:
    with pytest.raises(ChallengeNeeded):
        read_solution(text).check(b"s" * 32, 0, NOON)


def test_harder_challenges_take_more_tries() -> None:
    tries = [
        read_solution(made(level)).payload.solution.counter for level in (0, 1) for _ in range(3)
    ]
    assert max(tries[:3]) < 4
    assert min(tries[3:]) >= 16


# The gate


def test_replicas_count_together(database: Database) -> None:
    gates = [Gate(database, Quotas(address=10, key=5, anonymous=100)) for _ in range(2)]

    def ask(number: int) -> bool:
        try:
            gates[number % 2].pass_(SOMEBODY, query(number), None, NOON)
        except DayQuota:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(ask, range(20))) == 10
    assert ask(21) is False
    assert gates[0].pass_(SOMEBODY, query(22), None, NOON + timedelta(days=1)) == 0


def test_addresses_share_a_day(database: Database) -> None:
    """Many addresses, each within its own quota; more threads than values, on two replicas."""
    quotas = Quotas(address=4, key=5, anonymous=12)
    gates = [Gate(database, quotas) for _ in range(2)]
    people = [Asker(f"{number:032x}", Trust.PUBLIC) for number in range(8)]

    def ask(number: int, asker: Asker | None = None) -> str:
        try:
            one = asker or people[number % len(people)]
            gates[number % 2].pass_(one, query(number), None, NOON)
        except DayQuota as refused:
            return f"{refused.retry_after:.0f} s: {refused}"
        return "given"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(32)))
    assert answers.count("given") == 12
    (refused,) = set(answers) - {"given"}
    assert refused.startswith("43200 s: 12 values were given today to people without a key, which")
    assert "ask for a key" in refused
    with database.read() as session:
        rows = session.scalars(select(AskerRow)).all()
    asked = {row.asker.split(":")[1]: row.asked for row in rows}
    assert asked.pop("everybody") == 12 == sum(asked.values())
    # keys are not touched, and not counted
    for trust in (Trust.PARTNER, Trust.EXACT):
        assert [ask(40 + k, Asker("key:1", trust)) for k in range(5)] == ["given"] * 5
    tomorrow = NOON + timedelta(days=1)
    assert gates[0].pass_(people[0], query(50), None, tomorrow) == 0
    assert sweep_valuations(database, tomorrow) >= 9
    with database.read() as session:
        assert session.get(AskerRow, f"pub:everybody:{NOON:%Y%m%d}") is None


def test_an_address_of_its_own_is_told_of_its_own_quota_first(database: Database) -> None:
    gate = Gate(database, Quotas(address=2, key=5, anonymous=3))
    for number in range(2):
        gate.pass_(SOMEBODY, query(number), None, NOON)
    with pytest.raises(DayQuota, match="2 values were given today,"):
        gate.pass_(SOMEBODY, query(3), None, NOON)
    other = Asker("a2", Trust.PUBLIC)
    gate.pass_(other, query(4), None, NOON)  # what was refused took nothing from the others
    with pytest.raises(DayQuota, match="to people without a key"):
        gate.pass_(other, query(5), None, NOON)


def test_challenges_get_harder_before_a_day_is_spent(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate(database, Quotas(address=100, key=100, anonymous=7))
    stranger = Asker("a9", Trust.PUBLIC)
    early = read_solution(made(secret=day_secret(database, NOON.date())))
    levels = []
    with caplog.at_level(logging.WARNING, "homelens"):
        for number in range(7):
            levels.append(gate.work(stranger, NOON))
            # answers of a busy day are as fine as ever
            assert gate.pass_(Asker(f"b{number}", Trust.PUBLIC), query(number), None, NOON) == 0
    assert levels == [0, 0, 0, 0, 1, 1, 1]
    assert [text.partition(":")[2] for text in caplog.messages] == [
        " challenges get harder",
        " no more until tomorrow",
    ]
    gate.check(early, stranger, NOON)  # who was at it goes on
    assert gate.work(stranger, NOON + timedelta(days=1)) == 0


def test_a_challenge_opens_once(database: Database) -> None:
    gate = Gate(database, Quotas(address=100, key=100, anonymous=100))
    text = made(secret=day_secret(database, NOON.date()))
    gate.check(read_solution(text), SOMEBODY, NOON)

    def ask(number: int) -> bool:
        try:
            gate.pass_(SOMEBODY, query(number), read_solution(text), NOON)
        except ChallengeNeeded:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(ask, range(8))) == 1
    with pytest.raises(ChallengeNeeded, match="used"):
        gate.check(read_solution(text), SOMEBODY, NOON)
    read = replace(read_solution(text), day=NOON.date() - timedelta(days=5))
    with pytest.raises(ChallengeNeeded, match="expired"):  # of a day that nothing is known of
        gate.check(read, SOMEBODY, NOON)


def test_trusted_keys_are_watched_but_not_cut(database: Database) -> None:
    gate = Gate(database, Quotas(address=500, key=500, anonymous=500))
    strange = [query(k, surprise=3.0) for k in range(12)]
    for one in strange:
        level = gate.pass_(Asker("key:1", Trust.EXACT), one, None, NOON)
    assert level == 3

    def all_of_them() -> None:
        for one in strange:
            gate.pass_(Asker("key:1", Trust.PARTNER), one, None, NOON)

    with pytest.raises(SweepRefused):
        all_of_them()
    assert gate.level(SOMEBODY, NOON) == 0


# The detector


def test_state_survives_json() -> None:
    state = SweepState()
    for number in range(5):
        state, _ = observe(state, query(number, surprise=0.5), PUBLIC)
    assert SweepState.read(state.json()) == state
    assert SweepState.read({}) == SweepState()


def test_same_request_again_is_nothing_new() -> None:
    state, level = observe(SweepState(), query(1, surprise=9.0), PUBLIC)
    assert observe(state, query(1, surprise=9.0), PUBLIC) == (state, level)


def test_a_family_and_a_grid() -> None:
    def asked(variants: int) -> int:
        state, level = SweepState(), 0
        for number in range(variants + 1):
            one = Query("home", code_of(["aaa", "bbb", "ccc", "ddd", f"{number:03d}"]), -0.1)
            state, level = observe(state, one, PUBLIC)
        assert state.homes == 1
        return level

    assert [asked(number) for number in (10, 14, 22, 36)] == [0, 1, 2, 3]


def test_the_same_home_everywhere_is_a_sweep() -> None:
    state, levels = SweepState(), []
    for number in range(20):
        state, level = observe(state, Query(f"p{number}", "aaabbbcccddd", -0.5), PUBLIC)
        levels.append(level)
    assert state.moved == 19
    assert levels[4] == 1
    assert levels[-1] == 3


def test_thin_descriptions_are_no_variants() -> None:
    state = SweepState()
    for number in range(15):
        one = Query("zone", code_of([f"{number:03d}", "aaa", None, None]), -0.5)
        state, level = observe(state, one, PUBLIC)
    assert (state.variants, state.homes, level) == (0, 15, 0)


@given(st.lists(st.sampled_from(["aaa", "bbb", None]), max_size=12))
def test_compare_with_itself(hashes: list[str | None]) -> None:
    code = code_of(hashes)
    assert compare(code, code) == (sum(one is not None for one in hashes), 0)


def test_partners_have_room() -> None:
    state = SweepState(variants=900, moved=20, homes=4000)
    assert level_of(state, PUBLIC) == 3
    assert level_of(state, PARTNER) == 0


def test_made_up_homes_stand_out() -> None:
    market, _, package = trained()
    natural = fit_natural(package)
    real = []
    for row in market.frame.iter_rows(named=True):
        place = {name: row[name] for name in ("latitude", "longitude", "area_m2", "rooms")}
        real.append(natural.surprise(a_home(**place, year_built=row["year_built"])))
    odd = []
    for k, row in enumerate(busy_rows(100).iter_rows(named=True)):
        home = a_home(
            latitude=row["lat"] + 0.05 * (-1) ** k,
            longitude=row["lon"],
            area_m2=130.0 - k,
            rooms=1 + k % 6,
            year_built=1925 + k % 70,
        )
        odd.append(natural.surprise(home))
    assert sum(real) / len(real) < -0.3
    assert sum(odd) / len(odd) > 0.3
