"""The shipped markets over HTTP: each values a home in one of its zones."""

from typing import Any

import httpx
import pytest

from avm.bundle import read_manifest
from avm.markets import Markets
from tests.service import Service
from vision.bundle import models_folder

MARKETS = Markets(models_folder() / "avm").names()


def test_every_shipped_market_is_listed(service: Service) -> None:
    found = httpx.get(f"{service.url}/v1/markets").json()["markets"]
    assert MARKETS
    assert [one["name"] for one in found] == list(MARKETS)


@pytest.mark.parametrize("market", MARKETS)
def test_a_home_in_a_zone_is_valued(service: Service, market: str) -> None:
    details = httpx.get(f"{service.url}/v1/markets/{market}", timeout=60).json()
    home: dict[str, Any] = {"area_m2": 75, "rooms": 3, "bedrooms": 2}
    # the middle of a country lies in the fields, that of a zone among homes
    home |= {"zone": details["zones"][0]} if details["zones"] else details["middle"]
    body = {"market": market, "home": home}
    got = httpx.post(f"{service.url}/v1/valuations", json=body, timeout=60)
    assert got.status_code == 200, got.text
    answer = got.json()
    assert 0 < answer["low"] < answer["value"] < answer["high"]
    assert answer["currency"] == read_manifest(models_folder() / "avm" / market).currency
    # the model reads what it says it does, and says what it misses
    assert set(answer["missing"]) <= set(details["reads"])
