"""Services that give values: on a made-up town, beside the shipped photo models."""

import base64
import json
from pathlib import Path
from typing import Any

import altcha
import httpx

from tests.avm_trained import bundle
from tests.service import Service

SHIPPED = Path(__file__).resolve().parent.parent / "models"

TOWN_HOME: dict[str, Any] = {
    "latitude": 45.13,
    "longitude": 9.15,
    "area_m2": 95.0,
    "rooms": 3,
    "bathrooms": 2,
    "floor": 2,
    "floors_in_building": 5,
    "year_built": 1985,
    "lift": True,
}


def models(folder: Path) -> Path:
    """A folder of models: the shipped ones for photos, and the town's for values."""
    for name in ("rooms", "objects", "people"):
        (folder / name).symlink_to(SHIPPED / name, target_is_directory=True)
    bundle(folder / "avm" / "town")
    return folder


def solution(service: Service, **headers: str) -> str:
    """A solved challenge, as ALTCHA's widget would send it."""
    got = httpx.get(f"{service.url}/v1/valuations/challenge", headers=headers)
    assert got.status_code == 200, got.text
    return solve(got.json())


def solve(challenge: dict[str, Any]) -> str:
    """The solution of a challenge."""
    found = altcha.Challenge.from_dict(challenge)
    solved = altcha.solve_challenge(found)
    assert solved is not None
    text = json.dumps({"challenge": challenge, "solution": solved.to_dict()})
    return base64.b64encode(text.encode()).decode()


def ask(service: Service, home: dict[str, Any], **more: Any) -> httpx.Response:
    """POST a home; `headers` are the request's, all else goes into the body."""
    headers = more.pop("headers", {})
    body = {"home": home, "market": "town", **more}
    return httpx.post(f"{service.url}/v1/valuations", json=body, headers=headers, timeout=30)
