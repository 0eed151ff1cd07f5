"""Every error has one shape, and every answer its security headers."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving import errors as service_errors
from serving.api import info_models, models, review_models, valuation_models, visit_models
from serving.api.models import Problem
from serving.valuing import places
from tests.service import HOME, Service, picture
from vision.errors import HomelensError

ROOT = Path(__file__).resolve().parent.parent
LISTING = "/v1/listings/lst_AAAAAAAAAAAAAAAA"
PHOTO = f"{LISTING}/photos/pho_AAAAAAAAAAAAAAAA"
FORM = "multipart/form-data; boundary=x"
JSON = {"content-type": "application/json"}


def assert_problem(got: httpx.Response, status: int, code: str) -> Problem:
    """The answer is problem+json of this status and code, and says all that it should."""
    assert got.headers["content-type"] == "application/problem+json"
    found = Problem.model_validate_json(got.content)
    assert (got.status_code, found.status, found.code) == (status, status, code), got.text
    assert found.type == f"urn:homelens:error:{code}"
    assert found.instance == f"urn:homelens:request:{got.headers['x-request-id']}"
    assert found.title
    assert found.detail
    assert "Traceback" not in got.text
    return found


@pytest.mark.parametrize(
    ("method", "path", "request_", "status", "code"),
    [
        ("GET", "/v1/nothing", {}, 404, "not_found"),
        ("GET", "/nothing\x00".replace("\x00", "%00"), {}, 404, "not_found"),
        ("GET", LISTING, {}, 404, "not_found"),
        ("GET", f"{LISTING}/report", {}, 404, "not_found"),
        ("GET", f"{LISTING}/events", {}, 404, "not_found"),
        ("GET", PHOTO, {}, 404, "not_found"),
        ("DELETE", PHOTO, {}, 404, "not_found"),
        ("GET", f"{PHOTO}/original", {}, 404, "not_found"),
        ("PUT", f"{PHOTO}/rooms", {"json": {"rooms": []}}, 404, "not_found"),
        ("GET", "/v1/copies/AAAAAAAAAAAAAAAAAAAAAA", {}, 404, "not_found"),
        ("GET", "/v1/listings/../../etc/passwd", {}, 404, "not_found"),
        ("GET", "/v1/listings/lst_%00", {}, 422, "request.invalid"),
        ("PUT", "/v1/listings", {}, 405, "request.method"),
        ("GET", "/v1/check", {}, 405, "request.method"),
        ("POST", "/v1/listings", {"content": b"{", "headers": JSON}, 400, "request.malformed"),
        ("POST", "/v1/listings", {"json": {}}, 422, "home.invalid"),
        (
            "POST",
            "/v1/listings",
            {"json": {"home": {**HOME, "type": "castle"}}},
            422,
            "home.invalid",
        ),
        ("POST", "/v1/listings", {"json": {"home": HOME, "x": 1}}, 422, "request.invalid"),
        ("POST", "/v1/listings", {"json": {"home": HOME, "rules": "../x"}}, 422, "request.invalid"),
        ("POST", "/v1/review/next", {"json": {"count": 4}}, 422, "request.invalid"),
        ("POST", "/v1/review/next", {"json": {"set": "none"}}, 404, "not_found"),
        ("POST", "/v1/review/tasks/tsk_x", {"json": {"outcome": "accept"}}, 404, "not_found"),
        ("PUT", "/v1/review/tasks/tsk_x/draft", {"json": {"edits": []}}, 404, "not_found"),
        ("POST", "/v1/review/tasks/tsk_x/release", {}, 404, "not_found"),
        ("GET", "/v1/review/progress?set=none", {}, 404, "not_found"),
        ("GET", "/v1/labels/images/img_x/photo", {}, 404, "not_found"),
        ("GET", "/v1/listings?limit=0", {}, 422, "request.invalid"),
        ("GET", "/v1/listings?after=x", {}, 422, "request.invalid"),
        ("POST", "/v1/valuations", {"json": {}}, 422, "home.invalid"),
        ("POST", "/v1/valuations", {"json": {"home": {"area": 1}}}, 422, "home.invalid"),
        ("POST", "/v1/valuations", {"json": {"home": {}, "x": 1}}, 422, "request.invalid"),
        ("GET", "/v1/markets/%00", {}, 422, "request.invalid"),
        ("POST", "/v1/check", {"json": {}}, 415, "request.media_type"),
        ("POST", "/v1/check", {"headers": {"content-type": "multipart/form-data"}}, 400, None),
        ("POST", "/v1/check", {"headers": {"content-type": FORM}, "content": b"--x"}, 400, None),
        ("POST", "/v1/check", {"files": {"photos": ("a.jpg", b"x")}}, 422, "home.invalid"),
        ("POST", "/v1/check", {"files": {"other": ("a.jpg", b"x")}}, 422, "request.invalid"),
    ],
)
def test_error_shape(
    service: Service,
    method: str,
    path: str,
    request_: dict[str, Any],
    status: int,
    code: str | None,
) -> None:
    got = httpx.request(method, service.url + path, **request_)
    assert_problem(got, status, code or "request.malformed")


def test_nothing_to_undo(keyed: Service) -> None:
    """A labeler of its own: others in the tests have answered tasks."""
    key = {"authorization": f"Bearer {keyed.make_key('labeler')}"}
    got = httpx.post(f"{keyed.url}/v1/review/undo", headers=key)
    assert_problem(got, 404, "not_found")


def test_405_names_every_method(service: Service) -> None:
    got = httpx.request("DELETE", f"{service.url}/v1/listings")
    assert got.headers["allow"] == "GET, POST"


def test_wrong_fields_are_all_named(service: Service) -> None:
    home = {"type": "castle", "bedrooms": -1, "bathrooms": 0.3}
    got = httpx.post(f"{service.url}/v1/listings", json={"home": home})
    found = assert_problem(got, 422, "home.invalid")
    assert found.errors is not None
    assert [one.where for one in found.errors] == [
        f"body.home.{name}" for name in ("type", "bedrooms", "bathrooms")
    ]
    assert found.accepted
    assert "house, townhouse" in found.accepted


def test_check_form_is_validated(service: Service) -> None:
    url, photo = f"{service.url}/v1/check", ("a.jpg", picture())

    def refused(**fields: str) -> Problem:
        got = httpx.post(url, data={"home": json.dumps(HOME), **fields}, files={"photos": photo})
        return assert_problem(got, 422, "request.invalid")

    assert "default, holiday_let, mls" in str(refused(rules="none").accepted)
    assert "copies" in refused(copies="all").detail
    assert "a.jpg" in str(refused(answers='{"b.jpg": ["kitchen"]}').accepted)
    assert "kitchen" in str(refused(answers='{"a.jpg": ["ballroom"]}').accepted)
    assert "extra" in refused(extra="1").detail
    got = httpx.post(url, data={"home": "{"}, files={"photos": photo})
    assert_problem(got, 400, "request.malformed")
    got = httpx.post(url, data={"home": json.dumps(HOME)}, files={"x": ("", b"")})
    assert_problem(got, 422, "request.invalid")


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/info", "/v1/nothing", "/docs", "/metrics"])
def test_security_headers(service: Service, path: str) -> None:
    headers = httpx.get(service.url + path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


def test_every_code_is_documented() -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    tree = service_errors.__doc__ or ""
    for error in (*kinds(service_errors.ServiceError), *photo_errors()):
        assert f"`{error.code}`" in text or error.code == "service.error", error
        if issubclass(error, service_errors.ServiceError):
            assert error.code in tree or error is service_errors.ServiceError
            assert re.search(rf"{error.__name__}\s+({error.status}\s+)?\S", tree)


def kinds(base: type[HomelensError]) -> list[type[HomelensError]]:
    """All errors below one."""
    below = base.__subclasses__()
    return [*below, *(error for kind in below for error in kinds(kind))]


def photo_errors() -> list[type[HomelensError]]:
    from vision.errors import PhotoError

    return kinds(PhotoError)


def test_examples_are_valid(service: Service) -> None:
    """Every answer and every body of the description has an example, and it is of its own model."""
    schemas = httpx.get(f"{service.url}/openapi.json").json()["components"]["schemas"]
    shown = {name: schema["examples"] for name, schema in schemas.items() if "examples" in schema}
    for name, found in shown.items():
        for example in found:
            homes = (models, info_models, review_models, valuation_models, visit_models, places)
            model = next(m for home in homes if (m := getattr(home, name, None)))
            model.model_validate(example)
    needed = {"CheckResult", "Listing", "ListingPage", "ListingReport", "Photo", "UploadResult"}
    needed |= {"NewListing", "ListingChange", "RoomAnswer", "NewToken", "Token", "Problem"}
    needed |= {"NextTasks", "TaskList", "NewDraft", "NewReview", "ReviewTaken", "ReviewProgress"}
    needed |= {"Undone", "Agreement"}
    needed |= {"ValuationRequest", "ValuationAnswer", "MarketList", "MarketDetails", "Challenge"}
    assert needed | {"CorrectionPage"} <= set(shown)


def test_description_is_complete(service: Service) -> None:
    found = httpx.get(f"{service.url}/openapi.json").json()
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            where = f"{method.upper()} {path}"
            assert operation.get("description"), where
            problem = operation["responses"]["default"]["content"]
            assert set(problem) == {"application/problem+json"}, where
            assert path in text, where
    assert found["paths"]["/v1/check"]["post"]["requestBody"]
