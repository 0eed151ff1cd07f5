"""Visits of the valuation page: signed, counted once, kept as totals, and what the report says."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from serving.errors import Unprocessable
from serving.settings import Settings
from serving.store.database import Database
from serving.store.visit_tables import SpentVisitRow
from serving.store.visits import Total, count_seen, count_taken, forget_visits, totals
from serving.valuing.visits import VALID, VARIANTS, choose, make_token, read_token
from tests.service import Service, running
from tests.test_service_errors import assert_problem
from tests.valued import models

SECRET, NOW = b"s" * 32, datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = NOW.date()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        return Database.open(f"sqlite:///{tmp_path / 'visits.db'}")
    return Database.open(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="module")
def valued(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = models(tmp_path_factory.mktemp("models"))
    with running(tmp_path_factory.mktemp("valued"), MODELS=str(folder)) as service:
        yield service


def test_token_is_read_by_who_signed_it() -> None:
    token = make_token(SECRET, DAY, "words", NOW)
    visit = read_token(token)
    visit.check(SECRET, NOW + VALID - timedelta(seconds=1))
    assert (visit.variant, visit.day) == ("words", DAY)
    for secret, now in ((SECRET, NOW + VALID), (b"t" * 32, NOW), (None, NOW)):
        with pytest.raises(Unprocessable):
            visit.check(secret, now)
    with pytest.raises(Unprocessable):
        read_token(token.replace(".words.", ".full.")).check(SECRET, NOW)
    for wrong in ("", token[:-1], token + "0", token.replace("2026-11-24", "2026-13-24"), "é" * 99):
        with pytest.raises(Unprocessable):
            read_token(wrong)


def test_every_variant_is_chosen_about_as_often() -> None:
    drawn = [choose(VARIANTS) for _ in range(3000)]
    # beyond five standard deviations once in a million runs
    assert all(abs(drawn.count(variant) - 1000) < 5 * 26 for variant in VARIANTS)
    assert Settings(explanations="full,full").variants == ("full",)


def test_a_visit_counts_once(database: Database) -> None:
    until = datetime(2026, 11, 25)
    market = "krakow"

    def see(token: str) -> bool:
        with database.write() as session:
            return count_seen(session, token, "words", market, "it", DAY, until)

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(see, ["a" * 64] * 4)) == [False, False, False, True]
    assert see("b" * 64)
    with database.write() as session:
        assert not count_taken(session, "c" * 64)
        assert count_taken(session, "a" * 64)
        assert not count_taken(session, "a" * 64)
    with database.read() as session:
        assert totals(session, market=market) == [Total("words", 2, 1)]
        assert totals(session, market=market, language="it", since=DAY, until=DAY) == [
            Total("words", 2, 1)
        ]
        for nobody in (
            totals(session, market=market, language="en"),
            totals(session, market=market, since=date(2026, 11, 25)),
            totals(session, market=market, until=date(2026, 11, 23)),
        ):
            assert nobody == []
    with database.write() as session:
        assert forget_visits(session, until - timedelta(seconds=1)) == 0
        assert forget_visits(session, until) == 2
        assert session.get(SpentVisitRow, "a" * 64) is None
        # the totals stay
        assert totals(session, market=market) == [Total("words", 2, 1)]
    database.close()


def test_what_is_kept_is_a_count_and_a_hash(database: Database) -> None:
    """No column could hold an address, a browser or a home."""
    assert set(SpentVisitRow.__table__.columns.keys()) == {
        *("token", "day", "variant", "market", "language", "taken", "expires_at")
    }
    database.close()


def post(service: Service, path: str, body: object = None) -> httpx.Response:
    return httpx.post(f"{service.url}/v1/visits{path}", json=body)


def test_visit_over_http(valued: Service) -> None:
    begun = post(valued, "")
    assert begun.status_code == 201
    visit = begun.json()
    assert visit["variant"] in VARIANTS
    assert visit["next"] == {"url": None}
    body = {"token": visit["token"], "market": "town", "language": "it"}
    early = post(valued, "/next", {"token": visit["token"]})
    assert early.json() == {"counted": False}
    assert [post(valued, "/seen", body).json()["counted"] for _ in range(2)] == [True, False]
    assert [
        post(valued, "/next", {"token": visit["token"]}).json()["counted"] for _ in range(2)
    ] == [True, False]
    other = "none" if visit["variant"] != "none" else "full"
    forged = visit["token"].replace(f".{visit['variant']}.", f".{other}.")
    for path, wrong, code in (
        ("/seen", {**body, "token": forged}, "request.invalid"),
        ("/seen", {**body, "token": "x"}, "request.invalid"),
        ("/seen", {**body, "market": "atlantis"}, "valuation.market"),
        ("/seen", {**body, "language": "de"}, "request.invalid"),
        ("/seen", {**body, "who": "me"}, "request.invalid"),
        ("/next", {}, "request.invalid"),
    ):
        assert_problem(post(valued, path, wrong), 422, code)


def test_report_says_what_was_counted(valued: Service, tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{valued.state / 'homelens.db'}")
    counted = {"none": (400, 20), "words": (400, 40), "full": (400, 60)}
    with database.write() as session:
        for variant, (seen, taken) in counted.items():
            for number in range(seen):
                token = f"{variant}-{number}"
                until = datetime(2100, 1, 1)
                count_seen(session, token, variant, "krakow", "en", date(2020, 5, 1), until)
                if number < taken:
                    count_taken(session, token)
    database.close()
    only = ("--market", "krakow", "--since", "2020-05-01", "--until", "2020-05-31")
    done = valued.command("avm", "report", *only)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Explanations help: +7.5 points [4.")
    assert "5.0% [3.3% to 7.6%]" in done.stdout
    found = json.loads(valued.command("avm", "report", *only, "--json").stdout)
    figures = {one["name"]: one for one in found["figures"]}
    assert figures["avm.next_step.full"]["value"] == 0.15
    gain = figures["avm.next_step_gain.explained"]
    assert (gain["value"], gain["n"], gain["unit"]) == (pytest.approx(0.075), 1200, "share")
    for name, start in (("r.html", b"<!doctype html>"), ("r.png", b"\x89PNG")):
        done = valued.command("avm", "report", *only, "--out", str(tmp_path / name))
        assert done.returncode == 0, done.stderr
        assert (tmp_path / name).read_bytes().startswith(start)
    nobody = valued.command("avm", "report", "--market", "nowhere")
    assert nobody.stdout.startswith("Not known yet")
    for wrong in (("--out", "r.txt"), ("--since", "yesterday")):
        assert valued.command("avm", "report", *wrong).returncode == 2
