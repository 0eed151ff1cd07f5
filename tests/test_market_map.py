"""The map of a market: density of its homes, names of its parts, and nothing of prices."""

import json
from pathlib import Path

import httpx
import numpy as np
import pytest

from avm.value import Valuer
from avm.zones import Zones
from serving.valuing.places import box, cells, districts, market_map, places_of
from tests import avm_trained
from tests.service import running
from tests.test_service_errors import assert_problem
from tests.valued import models


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Valuer:
    return avm_trained.valuer(tmp_path_factory.mktemp("town") / "town")


def test_every_square_is_where_its_homes_are() -> None:
    points = np.array([[50.0, 20.0]] * 40 + [[50.1, 20.2]] * 5 + [[50.05, 20.1]])
    low, high = box(points)
    rows = cells(points, low, high)
    assert len({len(row) for row in rows}) == 1
    south_west = int((50.0 - low[0]) / (high[0] - low[0]) * len(rows))
    column = int((20.0 - low[1]) / (high[1] - low[1]) * len(rows[0]))
    assert rows[::-1][south_west][column] == max("".join(rows))
    assert sum(cell != "0" for row in rows for cell in row) == 3


def test_a_lone_home_of_a_city_is_not_drawn() -> None:
    random = np.random.default_rng(1)
    crowd = random.uniform((50.0, 20.0), (50.1, 20.15), size=(60_000, 2))
    points = np.vstack([crowd, [[50.14, 20.2]] * 200, [[50.12, 20.01]]])
    low, high = box(points)
    rows = cells(points, low, high)[::-1]
    row = int((50.12 - low[0]) / (high[0] - low[0]) * len(rows))
    column = int((20.01 - low[1]) / (high[1] - low[1]) * len(rows[0]))
    assert rows[row][column] == "0"


def test_districts_lie_in_their_cities() -> None:
    for city, found in districts().items():
        middles = np.array(list(found.values()))
        centre = np.median(middles, axis=0)
        assert (np.abs(middles - centre) < (0.15, 0.25)).all(), city
        assert len(found) == len(set(found.values())), city


def test_a_district_leads_to_the_nearest_zone() -> None:
    zones = Zones(
        kind="kmeans",
        by_city=True,
        middles={"Kraków": {"Kraków 1": (50.06, 19.94), "Kraków 2": (50.07, 20.06)}},
    )
    found = {place.name: place.value for place in places_of(zones, "Kraków")}
    assert found["Stare Miasto"] == "Kraków 1"
    assert found["Nowa Huta"] == "Kraków 2"
    assert places_of(zones, "Radom") == ()


def test_named_zones_and_postcodes_are_places() -> None:
    zones = Zones(kind="named", postcodes={"8000": "Aarhus C", "8200": "8200"}, cities={})
    found = [(place.name, place.field) for place in places_of(zones, "Aarhus")]
    assert found == [("8000", "postcode"), ("8200", "zone"), ("Aarhus C", "zone")]
    country = zones.model_copy(update={"postcodes": {**zones.postcodes, "9000": "Aalborg"}})
    assert [place.name for place in places_of(country, "Aarhus")] == ["8000", "8200", "Aarhus C"]
    assert "Aalborg" in [place.name for place in places_of(country, None)]


def test_map_holds_no_price(town: Valuer) -> None:
    found = market_map(town, None)
    assert found.located
    assert found.south is not None
    assert found.north is not None
    assert found.south < 45.14 < found.north
    assert set("".join(found.cells)) <= set("01234")
    text = json.dumps(found.model_dump(mode="json"))
    assert not any(f"{price:.0f}" in text for price in town.package.cards.price[:200])


def test_map_over_http(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    with running(tmp_path / "state", MODELS=str(models(folder))) as service:
        got = httpx.get(f"{service.url}/v1/markets/town/map", params={"city": "Nowhere"})
        assert got.status_code == 200
        assert got.json()["city"] is None
        assert len(got.json()["cells"]) > 10
        assert "max-age" in got.headers["cache-control"]
        missing = httpx.get(f"{service.url}/v1/markets/atlantis/map")
        assert_problem(missing, 422, "valuation.market")
        allowed = httpx.get(f"{service.url}/value").headers["permissions-policy"]
        assert "geolocation=(self)" in allowed
        elsewhere = httpx.get(f"{service.url}/").headers["permissions-policy"]
        assert "geolocation=()" in elsewhere
