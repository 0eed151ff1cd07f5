"""Values over HTTP: a real service on a made-up town."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from avm.value import Valuer
from serving.api.valuation_models import ValuationAnswer, ValuedHome
from serving.client import ApiError
from tests.avm_trained import a_home
from tests.service import Service, launch, running
from tests.test_service_errors import assert_problem
from tests.valued import TOWN_HOME, ask, models, solution, solve


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def valued(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service without keys."""
    with running(tmp_path_factory.mktemp("valued"), MODELS=str(folder)) as found:
        yield found


@pytest.fixture(scope="module")
def public(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with keys, that people without one may ask."""
    state = tmp_path_factory.mktemp("public")
    with running(state, MODELS=str(folder), VALUATION_WORK="8") as found:
        found.make_key()
        yield found


def test_this_machine_gets_what_the_model_says(valued: Service, folder: Path) -> None:
    got = ask(valued, TOWN_HOME, date="2021-12-20", pictures=True)
    assert got.status_code == 200, got.text
    answer = ValuationAnswer.model_validate_json(got.content)
    home = a_home(details={}, property_type=None)
    known = Valuer.load(folder / "avm" / "town").value(home)
    assert answer.exact
    assert answer.rounded_to is None
    assert (answer.value, answer.low, answer.high) == pytest.approx(
        (known.value, known.low, known.high)
    )
    total = answer.base + sum(one.amount for one in answer.contributions)
    assert total == pytest.approx(answer.value)
    assert len(answer.comparables) == 6
    assert answer.words.lines
    assert answer.waterfall is not None
    assert answer.waterfall.startswith("<svg")
    assert answer.map is not None


def test_public_answers_are_rounded_alike(public: Service) -> None:
    got = ask(public, TOWN_HOME, altcha=solution(public), language="it", pictures=True)
    assert got.status_code == 200, got.text
    answer = ValuationAnswer.model_validate_json(got.content)
    step = answer.rounded_to
    assert not answer.exact
    assert step is not None
    amounts = [answer.value, answer.low, answer.high, answer.base]
    amounts += [one.amount for one in answer.contributions]
    for one in answer.comparables:
        amounts += [one.price, one.price_today, one.adjusted_price]
        assert (one.weight, one.floor, one.year_built, one.date.day) == (None, None, None, 1)
    assert [amount % step for amount in amounts] == [0] * len(amounts)
    assert answer.base + sum(one.amount for one in answer.contributions) == answer.value
    assert answer.low < answer.value < answer.high
    assert len(answer.comparables) <= 3
    assert answer.words.language == "it"


def test_a_solution_counts_once_and_not_for_refusals(public: Service) -> None:
    solved = solution(public)
    thin = ask(public, {**TOWN_HOME, "area_m2": None}, altcha=solved)
    assert "area_m2" in str(assert_problem(thin, 422, "valuation.thin").accepted)
    outside = ask(public, {**TOWN_HOME, "latitude": -10}, altcha=solved)
    assert_problem(outside, 422, "valuation.outside")
    assert ask(public, TOWN_HOME, altcha=solved).status_code == 200
    assert_problem(ask(public, TOWN_HOME, altcha=solved), 401, "valuation.challenge")


@pytest.mark.parametrize("text", [None, "", "x", "e30=", "eyJjaGFsbGVuZ2UiOjF9", "A" * 3000])
def test_without_key_or_solution_nothing_is_valued(public: Service, text: str | None) -> None:
    found = assert_problem(ask(public, TOWN_HOME, altcha=text), 401, "valuation.challenge")
    assert "/v1/valuations/challenge" in str(found.do)


def test_a_wrong_key_is_not_nobody(public: Service) -> None:
    headers = {"Authorization": "Bearer hlk_wrong"}
    got = ask(public, TOWN_HOME, altcha=solution(public), headers=headers)
    assert_problem(got, 401, "auth.required")


def test_scopes(public: Service) -> None:
    def given(scope: str) -> httpx.Response:
        key = public.make_key(scope)
        return ask(public, TOWN_HOME, headers={"Authorization": f"Bearer {key}"})

    assert {scope: given(scope).json()["exact"] for scope in ("service", "analyst", "partner")} == {
        "service": True,
        "analyst": True,
        "partner": False,
    }
    assert_problem(given("labeler"), 403, "auth.forbidden")
    key = public.make_key("partner")
    headers = {"Authorization": f"Bearer {key}"}
    got = httpx.get(f"{public.url}/v1/listings", headers=headers)
    assert_problem(got, 403, "auth.forbidden")
    listing = {"home": {"type": "house", "bedrooms": 1, "bathrooms": 1}}
    got = httpx.post(f"{public.url}/v1/listings", json=listing, headers=headers)
    assert_problem(got, 403, "auth.forbidden")


def test_markets(public: Service) -> None:
    found = httpx.get(f"{public.url}/v1/markets").json()
    assert (found["public"], found["challenge"]) == (True, True)
    assert [one["name"] for one in found["markets"]] == ["town"]
    details = httpx.get(f"{public.url}/v1/markets/town").json()
    assert "area_m2" in details["reads"]
    assert "area_m2" in details["needs"]
    assert details["bounds"]["south"] < 45.14 < details["bounds"]["north"]
    assert_problem(httpx.get(f"{public.url}/v1/markets/none"), 422, "valuation.market")


def test_values_and_refusals_are_counted(folder: Path, tmp_path: Path) -> None:
    with running(tmp_path, MODELS=str(folder)) as service:
        assert ask(service, TOWN_HOME, date="2021-12-20").status_code == 200
        assert ask(service, {"area_m2": 95.0}, date="2021-12-20").status_code == 422
        text = httpx.get(f"{service.url}/metrics").text
    counted = [line for line in text.splitlines() if line.startswith("homelens_valuations_total")]
    assert any('outcome="valued"' in line and line.endswith(" 1.0") for line in counted)
    assert any('outcome="valuation.thin"' in line and line.endswith(" 1.0") for line in counted)


def test_models_name_the_markets(valued: Service, folder: Path) -> None:
    running_models = httpx.get(f"{valued.url}/v1/models").json()["models"]
    (town,) = [one for one in running_models if one["task"] == "value"]
    manifest = (folder / "avm" / "town" / "manifest.json").read_bytes()
    assert town["name"] == "avm/town"
    assert town["manifest_sha256"] == hashlib.sha256(manifest).hexdigest()
    assert town["sha256"] == json.loads(manifest)["sha256"]


def test_market_by_country_and_city(valued: Service) -> None:
    def post(**body: Any) -> httpx.Response:
        return httpx.post(f"{valued.url}/v1/valuations", json={"home": TOWN_HOME, **body})

    assert post(country="it").json()["market"] == "town"
    assert post().json()["market"] == "town"  # there is no other
    found = assert_problem(post(country="PL"), 422, "valuation.market")
    assert found.accepted == "town"
    assert_problem(post(market="krakow"), 422, "valuation.market")


def test_client(valued: Service) -> None:
    with valued.client() as client:
        assert client.markets().markets[0].name == "town"
        found = client.valuation(ValuedHome(**TOWN_HOME), market="town", comparables=2)
        assert len(found.comparables) == 2
        assert client.market("town").located
        with pytest.raises(ApiError) as refused:
            client.valuation(ValuedHome(area_m2=90), market="town")
    assert refused.value.code == "valuation.thin"


def test_quota_of_a_day_and_of_an_address(folder: Path, tmp_path: Path) -> None:
    settings = {"VALUATION_ADDRESS_PER_DAY": "3", "VALUATION_WORK": "4"}
    with running(tmp_path, MODELS=str(folder), **settings) as service:
        service.make_key()
        home = dict(TOWN_HOME)

        def given(address: str) -> httpx.Response:
            home["area_m2"] += 0.5
            headers = {"X-Forwarded-For": address}
            solved = solution(service, **headers)
            return ask(service, home, altcha=solved, headers=headers)

        assert [given("203.0.113.9").status_code for _ in range(3)] == [200] * 3
        refused = given("203.0.113.9")
        assert_problem(refused, 429, "limit.day")
        assert 0 < int(refused.headers["retry-after"]) <= 24 * 3600
        assert given("203.0.113.10").status_code == 200
        # no address is kept, in any form that could be looked for
        for path in tmp_path.glob("homelens.db*"):
            assert b"203.0.113" not in path.read_bytes()


def test_many_addresses_share_a_day(folder: Path, tmp_path: Path) -> None:
    settings = {"VALUATION_ANONYMOUS_PER_DAY": "4", "VALUATION_WORK": "4"}
    with running(tmp_path, MODELS=str(folder), **settings) as service:
        key = service.make_key("partner")

        def given(number: int, work: list[int]) -> httpx.Response:
            headers = {"X-Forwarded-For": f"203.0.113.{number}"}
            url = f"{service.url}/v1/valuations/challenge"
            challenge = httpx.get(url, headers=headers).json()
            work.append(challenge["parameters"]["data"]["level"])
            home = {**TOWN_HOME, "area_m2": 90 + number}
            return ask(service, home, altcha=solve(challenge), headers=headers)

        work: list[int] = []
        answers = [given(number, work) for number in range(1, 7)]
        assert [one.status_code for one in answers] == [200] * 4 + [429] * 2
        assert work == [0, 0, 1, 1, 1, 1]
        found = assert_problem(answers[-1], 429, "limit.day")
        assert "people without a key" in found.detail
        assert "ask for a key" in str(found.do)
        assert 0 < int(answers[-1].headers["retry-after"]) <= 24 * 3600
        with_key = ask(service, TOWN_HOME, headers={"Authorization": f"Bearer {key}"})
        assert with_key.status_code == 200, with_key.text
        assert sum("without a key" in line for line in service.said) == 2


def test_a_sweep_is_cut(folder: Path, tmp_path: Path) -> None:
    settings = {"VALUATION_WORK": "2", "VALUATION_ADDRESS_PER_MINUTE": "1000"}
    with running(tmp_path, MODELS=str(folder), **settings) as service:
        service.make_key()
        answers = []
        for number in range(60):
            home = {**TOWN_HOME, "area_m2": 60 + number}
            answers.append(ask(service, home, altcha=solution(service)))
            if answers[-1].status_code != 200:
                break
        assert_problem(answers[-1], 429, "valuation.sweep")
        steps = [one.json()["rounded_to"] for one in answers[:-1]]
        assert steps[-1] > steps[0]
        assert len(steps) < 40
        assert any("looks like a sweep" in line for line in service.said)


def test_no_public(folder: Path, tmp_path: Path) -> None:
    with running(tmp_path, MODELS=str(folder), VALUATION_PUBLIC="false") as service:
        service.make_key()
        assert_problem(ask(service, TOWN_HOME), 401, "auth.required")
        assert httpx.get(f"{service.url}/v1/markets").json()["public"] is False


def test_without_models_photos_go_on(folder: Path, tmp_path: Path) -> None:
    for name in ("rooms", "objects", "people"):
        (tmp_path / name).symlink_to(folder / name, target_is_directory=True)
    with running(tmp_path / "state", MODELS=str(tmp_path)) as service:
        assert any("No valuation models" in line for line in service.said)
        assert httpx.get(f"{service.url}/v1/markets").json()["markets"] == []
        assert_problem(ask(service, TOWN_HOME), 503, "valuation.none")
        assert_problem(httpx.get(f"{service.url}/v1/markets/town"), 503, "valuation.none")


def test_a_damaged_bundle_is_not_served(tmp_path: Path) -> None:
    damaged = models(tmp_path)
    path = next((damaged / "avm" / "town").glob("model-*.npz"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    service = launch(tmp_path / "state", MODELS=str(damaged))
    assert service.process.wait(60) == 2
    service.end()
    assert "its manifest says" in "".join(service.said)
